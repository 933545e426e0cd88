#include <algorithm>
#include <string>
#include <vector>

#include "commands/families.h"
#include "commands/help.h"
#include "commands/subcommand_error.h"
#include "engine/call.h"

namespace pongo {
namespace {

// Channels and patterns are counted together, shard channels by themselves.
std::int64_t told_count(const Session& session, Subscribed kind) {
    const auto count_of = [&](Subscribed one) {
        return session.subscribed[static_cast<std::size_t>(one)].get();
    };
    if (kind == Subscribed::ShardChannel) return count_of(kind);
    return count_of(Subscribed::Channel) + count_of(Subscribed::Pattern);
}

void confirm(Call& call, Subscribed kind, std::string_view what, std::optional<std::string_view> name) {
    ReplyWriter to = call.pushes();
    to.push(3);
    to.bulk(what);
    name ? to.bulk(*name) : to.null();
    to.integer(told_count(call.session(), kind));
}

void subscribe_to(Call& call, Subscribed kind, std::string_view what) {
    for (const std::string_view name : call.args().subspan(1)) {
        call.engine().channels().subscribe(call.session(), kind, name);
        confirm(call, kind, what, name);
    }
}

void unsubscribe_from(Call& call, Subscribed kind, std::string_view what) {
    Session& session = call.session();
    std::vector<std::string> names(call.args().begin() + 1, call.args().end());
    if (names.empty() && session.subscriptions) {
        const auto& all = session.subscriptions->of(kind);
        names.assign(all.begin(), all.end());
    }
    for (const std::string& name : names) {
        call.engine().channels().unsubscribe(session, kind, name);
        confirm(call, kind, what, name);
    }
    if (names.empty()) confirm(call, kind, what, std::nullopt);
}

void subscribe(Call& call) {
    subscribe_to(call, Subscribed::Channel, "subscribe");
}
void psubscribe(Call& call) {
    subscribe_to(call, Subscribed::Pattern, "psubscribe");
}
void ssubscribe(Call& call) {
    subscribe_to(call, Subscribed::ShardChannel, "ssubscribe");
}
void unsubscribe(Call& call) {
    unsubscribe_from(call, Subscribed::Channel, "unsubscribe");
}
void punsubscribe(Call& call) {
    unsubscribe_from(call, Subscribed::Pattern, "punsubscribe");
}
void sunsubscribe(Call& call) {
    unsubscribe_from(call, Subscribed::ShardChannel, "sunsubscribe");
}

void publish_to(Call& call, Subscribed kind) {
    const std::uint64_t receivers =
        call.engine().channels().publish(call.session().reactor, kind, call.arg(1), call.arg(2));
    call.reply().integer(static_cast<std::int64_t>(receivers));
}

void publish(Call& call) {
    publish_to(call, Subscribed::Channel);
}
void spublish(Call& call) {
    publish_to(call, Subscribed::ShardChannel);
}

void reply_names(Call& call, Subscribed kind) {
    if (call.argc() > 3) return fail_subcommand(call);
    const auto names = call.engine().channels().names(kind, call.argc() == 3 ? call.arg(2) : "");
    call.reply().array(names.size());
    for (const std::string& name : names) call.reply().bulk(name);
}

void reply_audiences(Call& call, Subscribed kind) {
    call.reply().array((call.argc() - 2) * 2);
    for (const std::string_view name : call.args().subspan(2)) {
        call.reply().bulk(name);
        call.reply().integer(static_cast<std::int64_t>(call.engine().channels().audience(kind, name)));
    }
}

void pubsub_channels(Call& call) {
    reply_names(call, Subscribed::Channel);
}
void pubsub_shardchannels(Call& call) {
    reply_names(call, Subscribed::ShardChannel);
}
void pubsub_numsub(Call& call) {
    reply_audiences(call, Subscribed::Channel);
}
void pubsub_shardnumsub(Call& call) {
    reply_audiences(call, Subscribed::ShardChannel);
}
void pubsub_numpat(Call& call) {
    call.reply().integer(static_cast<std::int64_t>(call.engine().channels().count(Subscribed::Pattern)));
}

constexpr std::uint32_t kSubscribing = PubSub | NoScript | Loading | Stale | CatchesUp | WhileSubscribed;
constexpr std::uint32_t kPublishing = PubSub | Loading | Stale | Fast | MayReplicate;
constexpr std::uint32_t kAsking = PubSub | Loading | Stale;

constexpr CommandSpec kPubsub[] = {
    {.name = "CHANNELS",
     .handler = pubsub_channels,
     .arity = {-2},
     .flags = kAsking,
     .group = Group::PubSub,
     .since = "2.8.0",
     .cost = "O(N) where N is how many channels have subscribers.",
     .summary = "Returns the channels that have subscribers, or those of them that match a pattern.",
     .syntax = "[pattern]"},
    {.name = "NUMPAT",
     .handler = pubsub_numpat,
     .arity = {2},
     .flags = kAsking,
     .group = Group::PubSub,
     .since = "2.8.0",
     .cost = "O(1)",
     .summary = "Returns how many patterns have subscribers."},
    {.name = "NUMSUB",
     .handler = pubsub_numsub,
     .arity = {-2},
     .flags = kAsking,
     .group = Group::PubSub,
     .since = "2.8.0",
     .cost = "O(N) where N is how many channels are asked for.",
     .summary = "Returns how many clients subscribe to each channel, patterns not counted.",
     .syntax = "[channel:string...]"},
    {.name = "SHARDCHANNELS",
     .handler = pubsub_shardchannels,
     .arity = {-2},
     .flags = kAsking,
     .group = Group::PubSub,
     .since = "7.0.0",
     .cost = "O(N) where N is how many shard channels have subscribers.",
     .summary = "Returns the shard channels that have subscribers, or those of them that match a pattern.",
     .syntax = "[pattern]"},
    {.name = "SHARDNUMSUB",
     .handler = pubsub_shardnumsub,
     .arity = {-2},
     .flags = kAsking,
     .group = Group::PubSub,
     .since = "7.0.0",
     .cost = "O(N) where N is how many shard channels are asked for.",
     .summary = "Returns how many clients subscribe to each shard channel.",
     .syntax = "[shardchannel:string...]"},
    {.name = "HELP",
     .handler = reply_help,
     .arity = {2},
     .flags = Loading | Stale,
     .group = Group::PubSub,
     .since = "6.2.0",
     .cost = "O(1)",
     .summary = "Lists the subcommands."},
};

constexpr CommandSpec kCommands[] = {
    {.name = "PSUBSCRIBE",
     .handler = psubscribe,
     .arity = at_least(1),
     .flags = kSubscribing,
     .group = Group::PubSub,
     .since = "2.0.0",
     .cost = "O(N) where N is how many patterns are subscribed to.",
     .summary = "From now on the client gets what is published to channels that match a pattern.",
     .syntax = "pattern=(pattern)..."},
    {.name = "PUBLISH",
     .handler = publish,
     .arity = exactly(2),
     .flags = kPublishing,
     .group = Group::PubSub,
     .since = "2.0.0",
     .cost = "O(N+M) where N is how many clients get the message and M how many patterns are tried.",
     .summary = "Gives a message to all who subscribe to a channel, and returns how many they are.",
     .syntax = "channel:string message:string"},
    {.name = "PUBSUB",
     .arity = at_least(1),
     .group = Group::PubSub,
     .since = "2.8.0",
     .cost = "Depends on subcommand.",
     .summary = "Commands that tell who subscribes to what.",
     .subcommands = kPubsub},
    {.name = "PUNSUBSCRIBE",
     .handler = punsubscribe,
     .arity = at_least(0),
     .flags = kSubscribing,
     .group = Group::PubSub,
     .since = "2.0.0",
     .cost = "O(N) where N is how many patterns are given up.",
     .summary = "Gives up patterns, or all of them.",
     .syntax = "[pattern...]"},
    {.name = "SPUBLISH",
     .handler = spublish,
     .arity = exactly(2),
     .flags = kPublishing,
     .keys = key_at(1, KeyNotKey),
     .group = Group::PubSub,
     .since = "7.0.0",
     .cost = "O(N) where N is how many clients get the message.",
     .summary = "Gives a message to all who subscribe to a shard channel, and returns how many they are.",
     .syntax = "shardchannel:string message:string"},
    {.name = "SSUBSCRIBE",
     .handler = ssubscribe,
     .arity = at_least(1),
     .flags = kSubscribing,
     .keys = keys_from(1, -1, 1, KeyNotKey),
     .group = Group::PubSub,
     .since = "7.0.0",
     .cost = "O(N) where N is how many shard channels are subscribed to.",
     .summary = "From now on the client gets what is published to some shard channels.",
     .syntax = "shardchannel:string..."},
    {.name = "SUBSCRIBE",
     .handler = subscribe,
     .arity = at_least(1),
     .flags = kSubscribing,
     .group = Group::PubSub,
     .since = "2.0.0",
     .cost = "O(N) where N is how many channels are subscribed to.",
     .summary = "From now on the client gets what is published to some channels.",
     .syntax = "channel:string..."},
    {.name = "SUNSUBSCRIBE",
     .handler = sunsubscribe,
     .arity = at_least(0),
     .flags = kSubscribing,
     .keys = keys_from(1, -1, 1, KeyNotKey),
     .group = Group::PubSub,
     .since = "7.0.0",
     .cost = "O(N) where N is how many shard channels are given up.",
     .summary = "Gives up shard channels, or all of them.",
     .syntax = "[shardchannel:string...]"},
    {.name = "UNSUBSCRIBE",
     .handler = unsubscribe,
     .arity = at_least(0),
     .flags = kSubscribing,
     .group = Group::PubSub,
     .since = "2.0.0",
     .cost = "O(N) where N is how many channels are given up.",
     .summary = "Gives up channels, or all of them.",
     .syntax = "[channel:string...]"},
};
static_assert(well_formed(kCommands));

}  // namespace

std::span<const CommandSpec> pubsub_commands() {
    return kCommands;
}

}  // namespace pongo

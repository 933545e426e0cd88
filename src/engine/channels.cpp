#include "engine/channels.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "base/check.h"
#include "engine/session.h"

namespace pongo {
namespace {

constexpr std::size_t index_of(Subscribed kind) {
    return static_cast<std::size_t>(kind);
}

Frame frame_of_message(Subscribed kind, std::string_view channel, std::string_view message) {
    return Frame::of([&](ReplyWriter& push) {
        push.push(3);
        push.bulk(kind == Subscribed::ShardChannel ? "smessage" : "message");
        push.bulk(channel);
        push.bulk(message);
    });
}

Frame frame_of_match(std::string_view pattern, std::string_view channel, std::string_view message) {
    return Frame::of([&](ReplyWriter& push) {
        push.push(4);
        push.bulk("pmessage");
        push.bulk(pattern);
        push.bulk(channel);
        push.bulk(message);
    });
}

}  // namespace

struct Channels::Message {
    struct Match {
        std::string pattern;
        Frame frame;
    };

    Subscribed kind;
    std::string channel;
    Frame frame = {};
    std::vector<Match> matches = {};
    std::vector<bool> reactors = {};  // Those that have somebody for it.
    std::uint64_t receivers = 0;
};

Channels::Channels(std::size_t reactors) : locals_(reactors) {}

bool Channels::subscribe(Session& session, Subscribed kind, std::string_view name) {
    if (!session.subscriptions) session.subscriptions = std::make_unique<Subscriptions>();
    if (!session.subscriptions->of(kind).emplace(name).second) return false;
    session.add_name(name);
    note_count(session, kind);
    locals_[session.reactor].of[index_of(kind)][std::string(name)].push_back(&session);

    const std::unique_lock lock(mutex_);
    Audience& audience = audiences_[index_of(kind)][std::string(name)];
    if (audience.total == 0) {
        audience.by_reactor.resize(locals_.size());
        if (kind == Subscribed::Pattern) patterns_.add(name);
    }
    ++audience.by_reactor[session.reactor];
    ++audience.total;
    return true;
}

bool Channels::unsubscribe(Session& session, Subscribed kind, std::string_view name) {
    if (!session.subscriptions) return false;
    auto& own = session.subscriptions->of(kind);
    const auto found = own.find(name);
    if (found == own.end()) return false;
    const std::string key = *found;
    own.erase(found);
    session.remove_name(key);
    note_count(session, kind);
    Subscribers& subscribers = locals_[session.reactor].of[index_of(kind)];
    const auto local = subscribers.find(key);
    std::erase(local->second, &session);
    if (local->second.empty()) subscribers.erase(local);

    const std::unique_lock lock(mutex_);
    const auto shared = audiences_[index_of(kind)].find(key);
    --shared->second.by_reactor[session.reactor];
    if (--shared->second.total == 0) {
        audiences_[index_of(kind)].erase(shared);
        if (kind == Subscribed::Pattern) patterns_.remove(key);
    }
    return true;
}

void Channels::note_count(Session& session, Subscribed kind) {
    session.subscribed[index_of(kind)] = static_cast<int>(session.subscriptions->of(kind).size());
}

void Channels::forget(Session& session) {
    if (!session.subscriptions) return;
    for (const Subscribed kind : {Subscribed::Channel, Subscribed::Pattern, Subscribed::ShardChannel}) {
        auto& own = session.subscriptions->of(kind);
        while (!own.empty()) unsubscribe(session, kind, std::string(*own.begin()));
    }
    session.subscriptions.reset();
}

void Channels::add_to(const Audience& audience, Message& message) {
    message.receivers += audience.total;
    for (std::size_t i = 0; i < audience.by_reactor.size(); ++i) {
        if (audience.by_reactor[i] > 0) message.reactors[i] = true;
    }
}

std::uint64_t Channels::publish(std::size_t from, Subscribed kind, std::string_view channel,
                                std::string_view text, Deliveries::Wake wake) {
    const auto message = std::make_shared<Message>(Message{.kind = kind, .channel = std::string(channel)});
    message->reactors.resize(locals_.size());
    {
        const std::shared_lock lock(mutex_);
        const auto found = audiences_[index_of(kind)].find(message->channel);
        if (found != audiences_[index_of(kind)].end()) {
            add_to(found->second, *message);
            message->frame = frame_of_message(kind, channel, text);
        }
        if (kind == Subscribed::Channel) {
            patterns_.for_each_match(channel, [&](const std::string& pattern) {
                add_to(audiences_[index_of(Subscribed::Pattern)].at(pattern), *message);
                message->matches.push_back({pattern, frame_of_match(pattern, channel, text)});
            });
        }
    }
    const std::size_t bytes = (1 + message->matches.size()) * (channel.size() + text.size());
    for (std::size_t reactor = 0; reactor < message->reactors.size(); ++reactor) {
        if (!message->reactors[reactor]) continue;
        if (reactor == from && !(deliveries_ && deliveries_->waiting(from))) {
            deliver(reactor, *message);
        } else {
            deliveries_->deliver(
                from, reactor, [this, reactor, message](Executor&) { deliver(reactor, *message); }, wake,
                bytes);
        }
    }
    return message->receivers;
}

void Channels::give(const Subscribers& subscribers, const std::string& name, const Frame& frame) {
    const auto found = subscribers.find(name);
    if (found == subscribers.end()) return;
    if (!frame.in(Protocol::Resp2)) return;  // They have come since it was published.
    for (Session* const session : found->second) session->link->push(frame.in(session->protocol));
}

void Channels::deliver(std::size_t reactor, const Message& message) {
    const Local& local = locals_[reactor];
    give(local.of[index_of(message.kind)], message.channel, message.frame);
    for (const Message::Match& match : message.matches) {
        give(local.of[index_of(Subscribed::Pattern)], match.pattern, match.frame);
    }
}

std::uint64_t Channels::audience(Subscribed kind, std::string_view name) const {
    const std::shared_lock lock(mutex_);
    const auto found = audiences_[index_of(kind)].find(std::string(name));
    return found == audiences_[index_of(kind)].end() ? 0 : found->second.total;
}

std::vector<std::string> Channels::names(Subscribed kind, std::string_view pattern) const {
    const std::shared_lock lock(mutex_);
    std::vector<std::string> names;
    for (const auto& [name, audience] : audiences_[index_of(kind)]) {
        if (pattern.empty() || glob_match(pattern, name)) names.push_back(name);
    }
    return names;
}

std::size_t Channels::count(Subscribed kind) const {
    const std::shared_lock lock(mutex_);
    return audiences_[index_of(kind)].size();
}

}  // namespace pongo

#include <optional>
#include <string>
#include <vector>

#include "commands/client_name.h"
#include "commands/client_tracking.h"
#include "commands/families.h"
#include "commands/help.h"
#include "commands/subcommand_error.h"
#include "engine/args.h"
#include "engine/client_line.h"
#include "engine/executor.h"

namespace pongo {
namespace {

constexpr std::string_view kNoSuchClient = "ERR No such client";
constexpr std::string_view kInvalidId = "ERR Invalid client ID";
constexpr std::string_view kIdNotPositive = "ERR client-id should be greater than 0";
constexpr std::string_view kBadPauseMode = "ERR CLIENT PAUSE mode must be WRITE or ALL";
constexpr std::string_view kBadTimeout = "ERR timeout is not an integer or out of range";
constexpr std::string_view kNegativeTimeout = "ERR timeout is negative";

enum class ClientType : std::uint8_t { Normal, Master, Replica, PubSub };

ClientType type_argument(Call& call, Args& args) {
    const std::string_view word = args.next();
    if (equals_ignore_case(word, "normal")) return ClientType::Normal;
    if (equals_ignore_case(word, "master")) return ClientType::Master;
    if (equals_ignore_case(word, "replica") || equals_ignore_case(word, "slave")) return ClientType::Replica;
    if (equals_ignore_case(word, "pubsub")) return ClientType::PubSub;
    call.fail("ERR Unknown client type '" + std::string(until_nul(word)) + "'");
    return ClientType::Normal;
}

// A monitor is a normal client, here as for client-output-buffer-limit.
ClientType type_of(const Session& session) {
    return session.subscribes() ? ClientType::PubSub : ClientType::Normal;
}

void id(Call& call) {
    call.reply().integer(static_cast<std::int64_t>(call.session().id));
}

void getname(Call& call) {
    const std::string name = call.session().texts().name;
    name.empty() ? call.reply().null() : call.reply().bulk(name);
}

void setname(Call& call) {
    set_client_name(call, call.arg(2));
    if (!call.failed()) call.reply().ok();
}

void setinfo(Call& call) {
    const std::string_view attribute = call.arg(2);
    const std::string_view value = call.arg(3);
    const bool is_name = equals_ignore_case(attribute, "LIB-NAME");
    if (!is_name && !equals_ignore_case(attribute, "LIB-VER")) {
        return call.fail("ERR Unrecognized option '" + std::string(until_nul(attribute)) + "'");
    }
    if (!is_plain_word(value)) {
        return call.fail("ERR " + to_lower(attribute) +
                         " cannot contain spaces, newlines or special characters.");
    }

    call.session().change_texts(
        [&](Session::Texts& texts) { (is_name ? texts.library_name : texts.library_version) = value; });
    call.reply().ok();
}

void info(Call& call) {
    call.reply().verbatim(client_line(call.session(), call.now_ms()) + '\n');
}

std::string lines_of_ids(Call& call, Args& args) {
    std::vector<std::uint64_t> ids;
    while (args.more()) ids.push_back(static_cast<std::uint64_t>(args.integer(kInvalidId)));
    std::string text;
    for (const std::uint64_t each : ids) {
        call.engine().clients().with(each, [&](const Session& session) {
            if (!session.doomed) text += client_line(session, call.now_ms()) + '\n';
        });
    }
    return text;
}

std::string lines_of_type(Call& call, std::optional<ClientType> type) {
    std::string text;
    call.engine().clients().for_each([&](const Session& session) {
        if (!session.doomed && (!type || type_of(session) == *type))
            text += client_line(session, call.now_ms()) + '\n';
    });
    return text;
}

void list(Call& call) {
    Args args(call, 2);
    std::string text;
    if (!args.more()) {
        text = lines_of_type(call, std::nullopt);
    } else if (args.left() == 2 && args.accept("TYPE")) {
        const ClientType type = type_argument(call, args);
        if (!call.failed()) text = lines_of_type(call, type);
    } else if (args.accept("ID", 1)) {
        text = lines_of_ids(call, args);
    } else {
        args.reject();
    }
    call.reply().verbatim(text);
}

struct KillFilter {
    std::optional<std::uint64_t> id;
    std::optional<std::string_view> address;
    std::optional<std::string_view> local_address;
    std::optional<std::string_view> user;
    std::optional<ClientType> type;
    bool skip_me = true;

    bool accepts(const Session& session, const Session& me) const {
        if (session.doomed || (id && session.id != *id)) return false;
        if (address && session.peer_address != *address) return false;
        if (local_address && session.local_address != *local_address) return false;
        if (user && session.texts().user != *user) return false;
        if (type && type_of(session) != *type) return false;
        return !(skip_me && &session == &me);
    }
};

void user_argument(Call& call, Args& args, KillFilter& filter) {
    filter.user = args.next();
    if (*filter.user != "default")
        call.fail("ERR No such user '" + std::string(until_nul(*filter.user)) + "'");
}

void skip_me_argument(Args& args, KillFilter& filter) {
    if (args.accept("yes")) {
        filter.skip_me = true;
    } else if (args.accept("no")) {
        filter.skip_me = false;
    } else {
        args.reject();
    }
}

KillFilter kill_filter(Call& call) {
    KillFilter filter;
    Args args(call, 2);
    while (args.more()) {
        if (args.accept("ID", 1)) {
            const std::int64_t wanted = args.integer(kIdNotPositive);
            if (wanted < 1) call.fail(kIdNotPositive);
            filter.id = static_cast<std::uint64_t>(wanted);
        } else if (args.accept("TYPE", 1)) {
            filter.type = type_argument(call, args);
        } else if (args.accept("ADDR", 1)) {
            filter.address = args.next();
        } else if (args.accept("LADDR", 1)) {
            filter.local_address = args.next();
        } else if (args.accept("USER", 1)) {
            user_argument(call, args, filter);
        } else if (args.accept("SKIPME", 1)) {
            skip_me_argument(args, filter);
        } else {
            args.reject();
        }
    }
    return filter;
}

// Returns how many clients the filter fits. The caller itself is closed after its reply.
std::int64_t kill_clients(Call& call, const KillFilter& filter) {
    std::int64_t killed = 0;
    Session& me = call.session();
    call.engine().clients().for_each([&](Session& session) {
        if (!filter.accepts(session, me)) return;
        ++killed;
        if (&session == &me) {
            me.closing = true;
        } else {
            session.doom();
        }
    });
    return killed;
}

// What the command has said holds from its reply on: nothing that it forbids happens later.
void let_others_see(Call& call) {
    if (call.session().must_not_block) {
        call.executor().wait_for_others_later();
    } else {
        call.executor().wait_for_others();
    }
}

void unblock(Call& call) {
    Args args(call, 2);
    const std::int64_t id = args.integer();
    bool by_error = false;
    if (args.more() && !args.accept("TIMEOUT")) {
        by_error = args.accept("ERROR");
        if (!by_error) call.fail("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR");
    }
    if (args.more()) return fail_subcommand(call);
    if (call.failed()) return;

    std::shared_ptr<Waiter> waiter;
    call.engine().clients().with(static_cast<std::uint64_t>(id),
                                 [&](Session& session) { waiter = session.waiter(); });
    if (!waiter || !waiter->claim(Waiter::State::Unblocked)) return call.reply().integer(0);
    constexpr std::string_view kUnblocked = "UNBLOCKED client unblocked via CLIENT UNBLOCK";
    const BlobRef reply =
        by_error ? BlobRef::copy_of("-" + std::string(kUnblocked) + "\r\n") : waiter->reply_in_vain();
    call.executor().stats().commands[waiter->command->index].failed.add();
    if (by_error) call.count_error(kUnblocked);
    call.engine().deliveries().deliver(
        call.session().reactor, waiter->reactor,
        [waiter, reply](Executor& executor) { executor.end_waiting(waiter, reply, {}); },
        Deliveries::Wake::Now);
    call.reply().integer(1);
}

void kill(Call& call) {
    const bool by_address_alone = call.argc() == 3;
    KillFilter filter;
    if (by_address_alone) {
        filter.address = call.arg(2);
        filter.skip_me = false;
    } else {
        filter = kill_filter(call);
    }
    if (call.failed()) return;

    const std::int64_t killed = kill_clients(call, filter);
    if (killed > 0) let_others_see(call);
    if (!by_address_alone) return call.reply().integer(killed);
    killed > 0 ? call.reply().ok() : call.fail(kNoSuchClient);
}

void switch_on_or_off(Call& call, Published<bool>& what) {
    Args args(call, 2);
    const bool on = args.accept("ON");
    if (!on && !args.accept("OFF")) args.reject();
    if (call.failed()) return;
    what = on;
    call.reply().ok();
}

void no_evict(Call& call) {
    switch_on_or_off(call, call.session().no_evict);
}

void no_touch(Call& call) {
    switch_on_or_off(call, call.session().no_touch);
}

void reply(Call& call) {
    Args args(call, 2);
    Session& session = call.session();
    if (args.accept("ON")) {
        session.replies = Session::Replies::On;
        call.pushes().ok();
    } else if (args.accept("OFF")) {
        session.replies = Session::Replies::Off;
    } else if (args.accept("SKIP")) {
        if (session.replies != Session::Replies::Off) session.replies = Session::Replies::SkipNext;
    } else {
        args.reject();
    }
}

Pause::Mode pause_mode(Call& call) {
    if (call.argc() < 4) return Pause::Mode::All;
    Args args(call, 3);
    if (args.accept("WRITE")) return Pause::Mode::Writes;
    if (!args.accept("ALL")) call.fail(kBadPauseMode);
    return Pause::Mode::All;
}

void pause(Call& call) {
    if (call.argc() > 4) return fail_subcommand(call);
    const Pause::Mode mode = pause_mode(call);
    const std::int64_t timeout_ms = call.failed() ? 0 : Args(call, 2).integer(kBadTimeout);
    if (timeout_ms < 0) call.fail(kNegativeTimeout);
    if (call.failed()) return;

    // A time so far away that it cannot be counted lies in the past, as in Redis: there is no pause.
    std::int64_t until_ms = 0;
    if (!__builtin_add_overflow(call.now_ms(), timeout_ms, &until_ms)) {
        call.engine().pause().begin(mode, until_ms, call.now_ms());
        let_others_see(call);
    }
    call.reply().ok();
}

void unpause(Call& call) {
    call.engine().pause().end();
    if (call.engine().wake_reactors) call.engine().wake_reactors();
    call.reply().ok();
}

constexpr std::uint32_t kOfOneself = NoScript | Loading | Stale | KeepsCaching;
constexpr std::uint32_t kOfOthers = Admin | kOfOneself;

constexpr Change kKillHistory[] = {
    {"2.8.12", "Filters may be given by name."},
    {"2.8.12", "The filter ID."},
    {"3.2.0", "The type `master`."},
    {"5.0.0", "The type `replica`; `slave` still means the same."},
    {"6.2.0", "The filter LADDR."},
};
constexpr Change kListHistory[] = {
    {"2.8.12", "The field `id`."},
    {"5.0.0", "The filter TYPE."},
    {"6.0.0", "The field `user`."},
    {"6.2.0", "The fields `argv-mem`, `tot-mem`, `laddr` and `redir`, and the filter ID."},
    {"7.0.0", "The fields `resp`, `multi-mem`, `rbs` and `rbp`."},
    {"7.0.3", "The field `ssub`."},
};
constexpr Change kPauseHistory[] = {{"6.2.0", "The mode, and with it pausing only what writes."}};

constexpr CommandSpec kClient[] = {
    {.name = "CACHING",
     .handler = client_caching,
     .arity = {3},
     .flags = kOfOneself,
     .categories = CatConnection,
     .group = Group::Connection,
     .since = "6.0.0",
     .cost = "O(1)",
     .summary = "Says whether what the next command or transaction reads is to be tracked.",
     .syntax = "mode=<YES | NO>"},
    {.name = "GETNAME",
     .handler = getname,
     .arity = {2},
     .flags = kOfOneself,
     .categories = CatConnection,
     .group = Group::Connection,
     .since = "2.6.9",
     .cost = "O(1)",
     .summary = "Tells the connection's name."},
    {.name = "GETREDIR",
     .handler = client_getredir,
     .arity = {2},
     .flags = kOfOneself,
     .categories = CatConnection,
     .group = Group::Connection,
     .since = "6.0.0",
     .cost = "O(1)",
     .summary = "Tells to which client the notices of tracking are redirected."},
    {.name = "ID",
     .handler = id,
     .arity = {2},
     .flags = kOfOneself,
     .categories = CatConnection,
     .group = Group::Connection,
     .since = "5.0.0",
     .cost = "O(1)",
     .summary = "Tells the connection's number, which no other connection ever has."},
    {.name = "INFO",
     .handler = info,
     .arity = {2},
     .flags = kOfOneself,
     .categories = CatConnection,
     .group = Group::Connection,
     .since = "6.2.0",
     .cost = "O(1)",
     .summary = "Describes the connection in the form of CLIENT LIST.",
     .tips = "nondeterministic_output"},
    {.name = "KILL",
     .handler = kill,
     .arity = {-3},
     .flags = kOfOthers,
     .categories = CatConnection,
     .group = Group::Connection,
     .since = "2.4.0",
     .cost = "O(N) in the number of connections",
     .summary = "Closes the connections that all of the filters fit.",
     .syntax = "filter=<ip:port@-2.8.12 | new-format=<[ID client-id:integer@2.8.12] | [TYPE "
               "normal_master_slave_pubsub=<NORMAL | MASTER@3.2.0 | SLAVE | REPLICA@5.0.0 | PUBSUB>@2.8.12] "
               "| [USER username] | [ADDR ip:port] | [LADDR ip:port@6.2.0] | [SKIPME yes/no]>...>",
     .history = kKillHistory},
    {.name = "LIST",
     .handler = list,
     .arity = {-2},
     .flags = kOfOthers,
     .categories = CatConnection,
     .group = Group::Connection,
     .since = "2.4.0",
     .cost = "O(N) in the number of connections",
     .summary = "Describes the connections, each in one line.",
     .syntax = "[TYPE normal_master_replica_pubsub=<NORMAL | MASTER | REPLICA | PUBSUB>@5.0.0] [ID "
               "id=(client-id:integer...)@6.2.0]",
     .tips = "nondeterministic_output",
     .history = kListHistory},
    {.name = "NO-EVICT",
     .handler = no_evict,
     .arity = {3},
     .flags = kOfOthers,
     .categories = CatConnection,
     .group = Group::Connection,
     .since = "7.0.0",
     .cost = "O(1)",
     .summary = "Exempts the connection from being closed when clients take too much memory.",
     .syntax = "enabled=<ON | OFF>"},
    {.name = "NO-TOUCH",
     .handler = no_touch,
     .arity = {3},
     .flags = kOfOneself,
     .categories = CatConnection,
     .group = Group::Connection,
     .since = "7.2.0",
     .cost = "O(1)",
     .summary = "Lets the connection use keys without a trace in their idle time and frequency of use.",
     .syntax = "enabled=<ON | OFF>"},
    {.name = "PAUSE",
     .handler = pause,
     .arity = {-3},
     .flags = kOfOthers,
     .categories = CatConnection,
     .group = Group::Connection,
     .since = "2.9.50",
     .cost = "O(1)",
     .summary = "Makes the commands of all clients, or only those that write, wait for some milliseconds.",
     .syntax = "timeout:integer [mode=<WRITE | ALL>@6.2.0]",
     .history = kPauseHistory},
    {.name = "REPLY",
     .handler = reply,
     .arity = {3},
     .flags = kOfOneself,
     .categories = CatConnection,
     .group = Group::Connection,
     .since = "3.2.0",
     .cost = "O(1)",
     .summary = "Turns the replies to this connection off, on, or off for the next command only.",
     .syntax = "on_off_skip=<ON | OFF | SKIP>"},
    {.name = "SETINFO",
     .handler = setinfo,
     .arity = {4},
     .flags = kOfOneself,
     .categories = CatConnection,
     .group = Group::Connection,
     .since = "7.2.0",
     .cost = "O(1)",
     .summary = "Notes which client library, in which version, the connection uses.",
     .syntax = "attr=<LIB-NAME libname | LIB-VER libver>"},
    {.name = "SETNAME",
     .handler = setname,
     .arity = {3},
     .flags = kOfOneself,
     .categories = CatConnection,
     .group = Group::Connection,
     .since = "2.6.9",
     .cost = "O(1)",
     .summary = "Names the connection; an empty name takes the name away.",
     .syntax = "connection-name"},
    {.name = "TRACKING",
     .handler = client_tracking,
     .arity = {-3},
     .flags = kOfOneself | CatchesUp,
     .categories = CatConnection,
     .group = Group::Connection,
     .since = "6.0.0",
     .cost = "O(1), and some more for prefixes.",
     .summary = "From now on the client is told when a key changes that it has read, or no more.",
     .syntax = "status=<ON | OFF> [REDIRECT client-id:integer] [PREFIX prefix:string]... [BCAST] [OPTIN] "
               "[OPTOUT] [NOLOOP]"},
    {.name = "TRACKINGINFO",
     .handler = client_trackinginfo,
     .arity = {2},
     .flags = kOfOneself,
     .categories = CatConnection,
     .group = Group::Connection,
     .since = "6.2.0",
     .cost = "O(1)",
     .summary = "Tells how the client is tracked."},
    {.name = "UNBLOCK",
     .handler = unblock,
     .arity = {-3},
     .flags = kOfOthers,
     .categories = CatConnection,
     .group = Group::Connection,
     .since = "5.0.0",
     .cost = "O(log N) where N is the number of clients",
     .summary = "Ends a client's waiting in a blocking command, as its timeout would, or with an error.",
     .syntax = "client-id:integer [timeout_error=<TIMEOUT | ERROR>]"},
    {.name = "UNPAUSE",
     .handler = unpause,
     .arity = {2},
     .flags = kOfOthers,
     .categories = CatConnection,
     .group = Group::Connection,
     .since = "6.2.0",
     .cost = "O(N) in the number of clients that wait",
     .summary = "Ends a pause before its time."},
    {.name = "HELP",
     .handler = reply_help,
     .arity = {2},
     .flags = Loading | Stale | KeepsCaching,
     .categories = CatConnection,
     .group = Group::Connection,
     .since = "5.0.0",
     .cost = "O(1)",
     .summary = "Lists the subcommands."},
};

constexpr CommandSpec kCommands[] = {
    {.name = "CLIENT",
     .arity = at_least(1),
     .group = Group::Connection,
     .since = "2.4.0",
     .cost = "Depends on the subcommand.",
     .summary = "The connections of the server, this one and others.",
     .subcommands = kClient},
};
static_assert(well_formed(kCommands));

}  // namespace

std::span<const CommandSpec> client_commands() {
    return kCommands;
}

}  // namespace pongo

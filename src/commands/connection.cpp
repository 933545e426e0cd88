#include "base/version.h"
#include "commands/client_name.h"
#include "commands/families.h"
#include "engine/args.h"

namespace pongo {
namespace {

constexpr std::string_view kPasswordNotAsked =
    "ERR AUTH <password> called without any password configured for the default user. Are you sure your "
    "configuration is correct?";
constexpr std::string_view kHelloNeedsAuth =
    "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO AUTH <user> "
    "<pass> option can be used to authenticate the client and select the RESP protocol version at the same "
    "time";
constexpr std::string_view kNotProtocolVersion = "ERR Protocol version is not an integer or out of range";
constexpr std::string_view kUnknownProtocol = "NOPROTO unsupported protocol version";
constexpr std::string_view kNotInt =
    "ERR value is out of range, value must between -2147483648 and 2147483647";

constexpr std::string_view kDefaultUser = "default";

// Looks at every byte of `given`, whatever it finds, so that the time says nothing about the password.
bool same_secret(std::string_view given, std::string_view secret) {
    unsigned difference = given.size() == secret.size() ? 0 : 1;
    for (std::size_t i = 0; i < given.size(); ++i) {
        const char expected = secret.empty() ? '\0' : secret[i % secret.size()];
        difference |= static_cast<unsigned char>(given[i] ^ expected);
    }
    return difference == 0;
}

bool authenticate(Call& call, std::string_view user, std::string_view password) {
    const std::string secret = call.settings().requirepass.get();
    if (user != kDefaultUser || (!secret.empty() && !same_secret(password, secret))) {
        call.fail(errors::kWrongPass);
        return false;
    }
    call.session().authenticated = true;
    call.session().change_texts([&](Session::Texts& texts) { texts.user = kDefaultUser; });
    return true;
}

void auth(Call& call) {
    if (call.argc() > 3) return call.fail_syntax();
    const std::size_t password = call.argc() - 1;
    const std::string_view user = call.argc() == 3 ? call.arg(1) : kDefaultUser;
    const std::string_view given = call.arg(password);
    call.redact(password);
    if (call.argc() == 3) call.redact(1);
    if (call.argc() == 2 && call.settings().requirepass.empty()) return call.fail(kPasswordNotAsked);

    if (authenticate(call, user, given)) call.reply().ok();
}

void echo(Call& call) {
    call.reply().bulk(call.arg(1));
}

// The options take effect from left to right, even those in front of one that is refused.
void hello_options(Call& call) {
    Args args(call, 2);
    while (args.more()) {
        const std::string_view option = args.peek();
        if (args.accept("AUTH", 2)) {
            const std::size_t first = args.position();
            const std::string_view user = args.next();
            const std::string_view password = args.next();
            call.redact(first);
            call.redact(first + 1);
            authenticate(call, user, password);
        } else if (args.accept("SETNAME", 1)) {
            set_client_name(call, args.next());
        } else {
            call.fail("ERR Syntax error in HELLO option '" + std::string(until_nul(option)) + "'");
        }
    }
}

void reply_server_facts(Call& call) {
    ReplyWriter& reply = call.reply();
    reply.map(7);
    reply.bulk("server");
    reply.bulk("redis");
    reply.bulk("version");
    reply.bulk(kRedisVersion);
    reply.bulk("proto");
    reply.integer(static_cast<int>(call.session().protocol.get()));
    reply.bulk("id");
    reply.integer(static_cast<std::int64_t>(call.session().id));
    reply.bulk("mode");
    reply.bulk("standalone");
    reply.bulk("role");
    reply.bulk("master");
    reply.bulk("modules");
    reply.array(0);
}

void hello(Call& call) {
    Protocol protocol = call.session().protocol;
    if (call.argc() > 1) {
        const auto version = parse_int64(call.arg(1));
        if (!version) return call.fail(kNotProtocolVersion);
        if (*version != 2 && *version != 3) return call.fail(kUnknownProtocol);
        protocol = static_cast<Protocol>(*version);
    }
    hello_options(call);
    if (!call.failed() && !call.session().authenticated) call.fail(kHelloNeedsAuth);
    if (call.failed()) return;

    call.session().protocol = protocol;
    call.reply().set_protocol(protocol);
    reply_server_facts(call);
}

void ping(Call& call) {
    if (call.argc() > 2) return call.fail_arity();
    if (call.session().subscribes() && call.session().protocol == Protocol::Resp2) {
        call.reply().array(2);
        call.reply().bulk("pong");
        return call.reply().bulk(call.argc() == 2 ? call.arg(1) : "");
    }
    if (call.argc() == 2) return call.reply().bulk(call.arg(1));
    call.reply().simple("PONG");
}

void quit(Call& call) {
    call.reply().ok();
    call.session().closing = true;
}

void reset(Call& call) {
    Session& session = call.session();
    session.db = 0;
    session.protocol = Protocol::Resp2;
    session.authenticated = call.settings().requirepass.empty();
    const bool is_skipped = session.replies == Session::Replies::SkipThis;
    if (!is_skipped) session.replies = Session::Replies::On;
    call.engine().take_transaction(session);
    call.engine().channels().forget(session);
    call.engine().tracking().stop(session);
    call.engine().monitors().remove(session);
    session.no_touch = false;
    session.change_texts([](Session::Texts& texts) {
        texts.name.clear();
        texts.user = kDefaultUser;
    });
    ReplyWriter reply = is_skipped ? call.reply() : call.pushes();
    reply.set_protocol(Protocol::Resp2);
    reply.simple("RESET");
}

void select(Call& call) {
    const auto db = parse_int64(call.arg(1));
    if (!db) return call.fail(errors::kNotInteger);
    if (*db < INT32_MIN || *db > INT32_MAX) return call.fail(kNotInt);
    if (*db < 0 || *db >= call.engine().keyspace().databases()) return call.fail(errors::kDbIndexOutOfRange);

    call.session().db = static_cast<int>(*db);
    call.reply().ok();
}

constexpr Change kAuthHistory[] = {{"6.0.0", "A user may be named in front of the password."}};
constexpr Change kHelloHistory[] = {{"6.2.0", "Without a version it tells about the connection as it is."}};

constexpr std::uint32_t kBeforeAuth = NoScript | Loading | Stale | Fast | NoAuth | AllowBusy;

constexpr CommandSpec kCommands[] = {
    {.name = "AUTH",
     .handler = auth,
     .arity = at_least(1),
     .flags = kBeforeAuth,
     .categories = CatConnection,
     .group = Group::Connection,
     .since = "1.0.0",
     .cost = "O(N) in the number of the user's passwords",
     .summary = "Proves who the client is.",
     .syntax = "[username@6.0.0] password",
     .history = kAuthHistory},
    {.name = "ECHO",
     .handler = echo,
     .arity = exactly(1),
     .flags = Loading | Stale | Fast,
     .categories = CatConnection,
     .group = Group::Connection,
     .since = "1.0.0",
     .cost = "O(1)",
     .summary = "Answers with its argument.",
     .syntax = "message"},
    {.name = "HELLO",
     .handler = hello,
     .arity = at_least(0),
     .flags = kBeforeAuth,
     .categories = CatConnection,
     .group = Group::Connection,
     .since = "6.0.0",
     .cost = "O(1)",
     .summary = "Greets the server: chooses the protocol, optionally authenticates and names the connection.",
     .syntax =
         "[arguments=(protover:integer [AUTH username_password=(username password)] [SETNAME clientname])]",
     .history = kHelloHistory},
    {.name = "PING",
     .handler = ping,
     .arity = at_least(0),
     .flags = Fast | WhileSubscribed | TellsOfTrouble,
     .categories = CatConnection,
     .group = Group::Connection,
     .since = "1.0.0",
     .cost = "O(1)",
     .summary = "Shows that the server answers.",
     .syntax = "[message]",
     .tips = "request_policy:all_shards response_policy:all_succeeded"},
    {.name = "QUIT",
     .handler = quit,
     .arity = at_least(0),
     .flags = kBeforeAuth | NotQueued | EndsMulti | WhileSubscribed,
     .categories = CatConnection,
     .group = Group::Connection,
     .since = "1.0.0",
     .cost = "O(1)",
     .summary = "Ends the connection after the replies that are pending."},
    {.name = "RESET",
     .handler = reset,
     .arity = exactly(0),
     .flags = kBeforeAuth | NotQueued | EndsMulti | WhileSubscribed | CatchesUp,
     .categories = CatConnection,
     .group = Group::Connection,
     .since = "6.2.0",
     .cost = "O(1)",
     .summary = "Makes the connection as it was when it was new."},
    {.name = "SELECT",
     .handler = select,
     .arity = exactly(1),
     .flags = Loading | Stale | Fast,
     .categories = CatConnection,
     .group = Group::Connection,
     .since = "1.0.0",
     .cost = "O(1)",
     .summary = "Chooses the database that the connection works with.",
     .syntax = "index:integer"},
};
static_assert(well_formed(kCommands));

}  // namespace

std::span<const CommandSpec> connection_commands() {
    return kCommands;
}

}  // namespace pongo

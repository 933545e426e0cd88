#include "commands/families.h"
#include "commands/help.h"
#include "commands/subcommand_error.h"
#include "engine/args.h"

namespace pongo {
namespace {

constexpr std::int64_t kDefaultCount = 10;
constexpr std::string_view kBadCount = "ERR count should be greater than or equal to -1";

void reply_record(ReplyWriter& reply, const SlowLog::Record& record) {
    reply.array(6);
    reply.integer(record.id);
    reply.integer(record.unix_s);
    reply.integer(record.duration_us);
    reply.array(record.args.size());
    for (const std::string& arg : record.args) reply.bulk(arg);
    reply.bulk(record.peer);
    reply.bulk(record.client_name);
}

void get(Call& call) {
    if (call.argc() > 3) return fail_subcommand(call);
    std::int64_t count = kDefaultCount;
    if (call.argc() == 3) {
        const auto given = parse_int64(call.arg(2));
        if (!given || *given < -1) return call.fail(kBadCount);
        count = *given == -1 ? INT64_MAX : *given;
    }

    const auto records = call.engine().slow_log().latest(static_cast<std::size_t>(count));
    call.reply().array(records.size());
    for (const SlowLog::Record& record : records) reply_record(call.reply(), record);
}

void len(Call& call) {
    call.reply().integer(static_cast<std::int64_t>(call.engine().slow_log().size()));
}

void reset(Call& call) {
    call.engine().slow_log().clear();
    call.reply().ok();
}

constexpr Change kGetHistory[] = {{"4.0.0", "Tells the client's address and name as well."}};

constexpr CommandSpec kSlowlog[] = {
    {.name = "GET",
     .handler = get,
     .arity = {-2},
     .flags = Admin | Loading | Stale,
     .group = Group::Server,
     .since = "2.2.12",
     .cost = "O(N) in the number of entries returned",
     .summary = "Returns the latest slow commands; -1 asks for all of them.",
     .syntax = "[count:integer]",
     .tips = "request_policy:all_nodes nondeterministic_output",
     .history = kGetHistory},
    {.name = "LEN",
     .handler = len,
     .arity = {2},
     .flags = Admin | Loading | Stale,
     .group = Group::Server,
     .since = "2.2.12",
     .cost = "O(1)",
     .summary = "Counts the entries of the slow log.",
     .tips = "request_policy:all_nodes response_policy:agg_sum nondeterministic_output"},
    {.name = "RESET",
     .handler = reset,
     .arity = {2},
     .flags = Admin | Loading | Stale,
     .group = Group::Server,
     .since = "2.2.12",
     .cost = "O(N) in the number of entries",
     .summary = "Empties the slow log.",
     .tips = "request_policy:all_nodes response_policy:all_succeeded"},
    {.name = "HELP",
     .handler = reply_help,
     .arity = {2},
     .flags = Loading | Stale,
     .group = Group::Server,
     .since = "6.2.0",
     .cost = "O(1)",
     .summary = "Lists the subcommands."},
};

constexpr CommandSpec kCommands[] = {
    {.name = "SLOWLOG",
     .arity = at_least(1),
     .group = Group::Server,
     .since = "2.2.12",
     .cost = "Depends on the subcommand.",
     .summary = "What took longer than the option slowlog-log-slower-than.",
     .subcommands = kSlowlog},
};
static_assert(well_formed(kCommands));

}  // namespace

std::span<const CommandSpec> slowlog_commands() {
    return kCommands;
}

}  // namespace pongo

#include "commands/families.h"
#include "engine/args.h"

namespace pongo {
namespace {

// How many replicas have what this client has written. There are none yet that could follow.
constexpr std::int64_t kReplicas = 0;

void wait(Call& call) {
    Args args(call, 1);
    const std::int64_t wanted = args.integer();
    const std::int64_t timeout_ms = args.integer("ERR timeout is not an integer or out of range");
    if (call.failed()) return;
    if (timeout_ms < 0) return call.fail("ERR timeout is negative");
    if (wanted <= kReplicas || call.session().must_not_block) return call.reply().integer(kReplicas);
    call.wait_for(
        {.timeout_ms = timeout_ms, .in_vain = [](ReplyWriter& reply) { reply.integer(kReplicas); }});
}

// Whether the server itself has it on disk, and how many replicas do.
void reply_copies(ReplyWriter& reply, const LogProgress& log, std::uint64_t position) {
    reply.array(2);
    reply.integer(log.enabled() && log.is_safe(position) ? 1 : 0);
    reply.integer(kReplicas);
}

void waitaof(Call& call) {
    constexpr std::string_view kNoLog =
        "ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.";
    Args args(call, 1);
    const std::int64_t local = args.integer();
    if (!call.failed() && (local < 0 || local > 1)) {
        call.fail("ERR value is out of range, value must between 0 and 1");
    }
    const std::int64_t replicas = args.integer(errors::kOutOfRangePositive);
    if (!call.failed() && replicas < 0) call.fail(errors::kOutOfRangePositive);
    const std::int64_t timeout_ms = args.integer("ERR timeout is not an integer or out of range");
    if (!call.failed() && timeout_ms < 0) call.fail("ERR timeout is negative");
    if (call.failed()) return;
    const LogProgress& log = call.engine().data_set().log();
    if (local > 0 && !log.enabled()) return call.fail(kNoLog);

    const std::uint64_t position = call.session().log_position;
    const bool is_there = (local == 0 || log.is_safe(position)) && replicas <= kReplicas;
    if (is_there || call.session().must_not_block) return reply_copies(call.reply(), log, position);
    Wait wait{.timeout_ms = timeout_ms};
    if (replicas <= kReplicas) wait.log_position = position;
    wait.in_vain = [&log, position, local](ReplyWriter& reply) {
        if (local > 0 && !log.enabled()) return reply.error(kNoLog);
        reply_copies(reply, log, position);
    };
    call.wait_for(std::move(wait));
}

constexpr CommandSpec kCommands[] = {
    {.name = "WAIT",
     .handler = wait,
     .arity = exactly(2),
     .flags = NoScript,
     .categories = CatConnection,
     .group = Group::Generic,
     .since = "3.0.0",
     .cost = "O(1)",
     .summary = "Waits until so many replicas have what this client has written, or the timeout is over.",
     .syntax = "numreplicas:integer timeout:integer",
     .tips = "request_policy:all_shards response_policy:agg_min"},
    {.name = "WAITAOF",
     .handler = waitaof,
     .arity = exactly(3),
     .flags = NoScript,
     .categories = CatConnection,
     .group = Group::Generic,
     .since = "7.2.0",
     .cost = "O(1)",
     .summary = "Waits until what this client has written is on disk: here, and at so many replicas.",
     .syntax = "numlocal:integer numreplicas:integer timeout:integer",
     .tips = "request_policy:all_shards response_policy:agg_min"},
};
static_assert(well_formed(kCommands));

}  // namespace

std::span<const CommandSpec> replication_commands() {
    return kCommands;
}

}  // namespace pongo

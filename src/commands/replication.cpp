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
    call.wait_for({}, Type::List, timeout_ms);
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
};
static_assert(well_formed(kCommands));

}  // namespace

std::span<const CommandSpec> replication_commands() {
    return kCommands;
}

}  // namespace pongo

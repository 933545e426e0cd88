#include "commands/families.h"
#include "engine/args.h"

namespace pongo {
namespace {

void reset(Call& call) {
    call.reply().integer(0);
}

constexpr CommandSpec kSubcommands[] = {
    {.name = "RESET",
     .handler = reset,
     .arity = {-2},
     .flags = Admin | NoScript | Loading | Stale,
     .categories = 0,
     .group = Group::Server,
     .since = "2.8.13",
     .cost = "O(1)",
     .summary = "Forgets latency events."},
};
constexpr CommandSpec kCommands[] = {
    {.name = "LATENCY",
     .arity = at_least(1),
     .group = Group::Server,
     .since = "2.8.13",
     .summary = "Forgets latency events.",
     .subcommands = kSubcommands},
};
static_assert(well_formed(kCommands));

}  // namespace

std::span<const CommandSpec> latency_commands() {
    return kCommands;
}

}  // namespace pongo

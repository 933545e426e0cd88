#include "commands/families.h"
#include "engine/args.h"

namespace pongo {
namespace {

void debug(Call& call) {
    call.reply().ok();
}

constexpr CommandSpec kCommands[] = {
    {.name = "DEBUG",
     .handler = debug,
     .arity = at_least(1),
     .flags = Admin | NoScript | Loading | Stale | Protected,
     .group = Group::Server,
     .since = "1.0.0",
     .summary = "For tests."},
};
static_assert(well_formed(kCommands));

}  // namespace

std::span<const CommandSpec> debug_commands() {
    return kCommands;
}

}  // namespace pongo

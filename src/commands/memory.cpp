#include "base/memory_usage.h"
#include "commands/families.h"
#include "engine/args.h"

namespace pongo {
namespace {

void purge(Call& call) {
    purge_free_memory();
    call.reply().ok();
}

constexpr CommandSpec kSubcommands[] = {
    {.name = "PURGE",
     .handler = purge,
     .arity = {2},
     .flags = 0,
     .categories = 0,
     .group = Group::Server,
     .since = "4.0.0",
     .cost = "O(1)",
     .summary = "Gives memory back."},
};
constexpr CommandSpec kCommands[] = {
    {.name = "MEMORY",
     .arity = at_least(1),
     .group = Group::Server,
     .since = "4.0.0",
     .summary = "Gives memory back.",
     .subcommands = kSubcommands},
};
static_assert(well_formed(kCommands));

}  // namespace

std::span<const CommandSpec> memory_commands() {
    return kCommands;
}

}  // namespace pongo

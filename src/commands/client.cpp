#include "commands/families.h"
#include "engine/args.h"

namespace pongo {
namespace {

void id(Call& call) {
    call.reply().integer(static_cast<std::int64_t>(call.session().id));
}

constexpr CommandSpec kSubcommands[] = {
    {.name = "ID",
     .handler = id,
     .arity = {2},
     .flags = NoScript | Loading | Stale,
     .categories = CatConnection,
     .group = Group::Server,
     .since = "5.0.0",
     .cost = "O(1)",
     .summary = "The connection's number."},
};
constexpr CommandSpec kCommands[] = {
    {.name = "CLIENT",
     .arity = at_least(1),
     .group = Group::Server,
     .since = "5.0.0",
     .summary = "The connection's number.",
     .subcommands = kSubcommands},
};
static_assert(well_formed(kCommands));

}  // namespace

std::span<const CommandSpec> client_commands() {
    return kCommands;
}

}  // namespace pongo

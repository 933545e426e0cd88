#include "commands/families.h"
#include "engine/args.h"

namespace pongo {
namespace {

void info(Call& call) {
    call.reply().verbatim("# Server\r\nredis_version:7.0.15\r\n");
}

constexpr CommandSpec kCommands[] = {
    {.name = "INFO",
     .handler = info,
     .arity = at_least(0),
     .flags = Loading | Stale,
     .categories = CatDangerous,
     .group = Group::Server,
     .since = "1.0.0",
     .summary = "Tells of the server."},
};
static_assert(well_formed(kCommands));

}  // namespace

std::span<const CommandSpec> info_commands() {
    return kCommands;
}

}  // namespace pongo

#include <vector>

#include "commands/families.h"
#include "commands/help.h"
#include "engine/call.h"

namespace pongo {
namespace {

void get(Call& call) {
    const auto found = call.engine().config().get(call.args().subspan(2));
    call.reply().map(found.size());
    for (const auto& [name, value] : found) {
        call.reply().bulk(name);
        call.reply().bulk(value);
    }
}

void set(Call& call) {
    if (call.argc() % 2 != 0) return call.fail_syntax();
    std::vector<Config::Assignment> assignments;
    for (std::size_t i = 2; i < call.argc(); i += 2) {
        assignments.push_back({.name = call.arg(i), .value = call.arg(i + 1)});
        if (Config::is_sensitive(call.arg(i))) call.redact(i + 1);
    }
    const bool local = call.session().from_loopback || call.session().over_unix_socket;

    const auto client = local ? Config::Client::Local : Config::Client::Remote;
    if (const auto error = call.engine().config().set(assignments, client)) return call.fail(*error);
    call.reply().ok();
}

void resetstat(Call& call) {
    call.engine().reset_stats();
    call.reply().ok();
}

void rewrite(Call& call) {
    if (const auto error = call.engine().config().rewrite()) return call.fail(*error);
    call.reply().ok();
}

constexpr Change kGetHistory[] = {{"7.0.0", "Several patterns may be given."}};
constexpr Change kSetHistory[] = {{"7.0.0", "Several options may be set at once."}};

constexpr std::uint32_t kAdministration = Admin | NoScript | Loading | Stale;

constexpr CommandSpec kConfig[] = {
    {.name = "GET",
     .handler = get,
     .arity = {-3},
     .flags = kAdministration,
     .group = Group::Server,
     .since = "2.0.0",
     .cost = "O(N), N being how many patterns are given.",
     .summary = "Tells the options whose names match, with their values.",
     .syntax = "parameter=(parameter)...",
     .history = kGetHistory},
    {.name = "HELP",
     .handler = reply_help,
     .arity = {2},
     .flags = Loading | Stale,
     .group = Group::Server,
     .since = "5.0.0",
     .cost = "O(1)",
     .summary = "Lists the subcommands."},
    {.name = "RESETSTAT",
     .handler = resetstat,
     .arity = {2},
     .flags = kAdministration,
     .group = Group::Server,
     .since = "2.0.0",
     .cost = "O(1)",
     .summary = "Starts the counters that INFO shows again from zero."},
    {.name = "REWRITE",
     .handler = rewrite,
     .arity = {2},
     .flags = kAdministration,
     .group = Group::Server,
     .since = "2.8.0",
     .cost = "O(1)",
     .summary = "Brings the configuration file up to date with the running server, comments kept."},
    {.name = "SET",
     .handler = set,
     .arity = {-4},
     .flags = kAdministration,
     .group = Group::Server,
     .since = "2.0.0",
     .cost = "O(N), N being how many options are given.",
     .summary = "Changes options of the running server: all that are given, or none.",
     .syntax = "parameter_value=(parameter value)...",
     .tips = "request_policy:all_nodes response_policy:all_succeeded",
     .history = kSetHistory},
};

constexpr CommandSpec kCommands[] = {
    {.name = "CONFIG",
     .arity = at_least(1),
     .group = Group::Server,
     .since = "2.0.0",
     .cost = "Depends on the subcommand.",
     .summary = "Reads, changes and writes the server's configuration.",
     .subcommands = kConfig},
};
static_assert(well_formed(kCommands));

}  // namespace

std::span<const CommandSpec> config_commands() {
    return kCommands;
}

}  // namespace pongo

#include <algorithm>

#include "commands/families.h"
#include "commands/info_sections.h"
#include "engine/args.h"

namespace pongo {
namespace {

enum class Told : std::uint8_t { ByDefault, OnRequest };

struct Section {
    std::string_view name;
    std::string_view other_name;
    Told told;
    void (*write)(InfoWriter&, Call&);
};

// In the order in which they are told, however they were asked for.
constexpr Section kSections[] = {
    {"server", "", Told::ByDefault, write_server_info},
    {"clients", "", Told::ByDefault, write_clients_info},
    {"memory", "", Told::ByDefault, write_memory_info},
    {"persistence", "", Told::ByDefault, write_persistence_info},
    {"stats", "", Told::ByDefault, write_stats_info},
    {"replication", "", Told::ByDefault, write_replication_info},
    {"cpu", "", Told::ByDefault, write_cpu_info},
    {"modules", "module_list", Told::ByDefault, write_modules_info},
    {"commandstats", "", Told::OnRequest, write_command_stats_info},
    {"errorstats", "", Told::ByDefault, write_error_stats_info},
    {"latencystats", "", Told::OnRequest, write_latency_stats_info},
    {"cluster", "", Told::ByDefault, write_cluster_info},
    {"keyspace", "", Told::ByDefault, write_keyspace_info},
};

bool includes(std::string_view wanted, const Section& section) {
    if (equals_ignore_case(wanted, "all") || equals_ignore_case(wanted, "everything")) return true;
    if (equals_ignore_case(wanted, "default")) return section.told == Told::ByDefault;
    return equals_ignore_case(wanted, section.name) ||
           (!section.other_name.empty() && equals_ignore_case(wanted, section.other_name));
}

void info(Call& call) {
    InfoWriter writer;
    const auto wanted = call.args().subspan(1);
    for (const Section& section : kSections) {
        const bool told =
            wanted.empty()
                ? section.told == Told::ByDefault
                : std::ranges::any_of(wanted, [&](std::string_view name) { return includes(name, section); });
        if (told) section.write(writer, call);
    }
    call.reply().verbatim(writer.text());
}

constexpr Change kHistory[] = {{"7.0.0", "Several sections may be named."}};

constexpr CommandSpec kCommands[] = {
    {.name = "INFO",
     .handler = info,
     .arity = at_least(0),
     .flags = Loading | Stale | AllShards,
     .categories = CatDangerous,
     .group = Group::Server,
     .since = "1.0.0",
     .cost = "O(1)",
     .summary = "Tells about the server, in sections of `name:value` lines.",
     .syntax = "[section...]",
     .tips = "nondeterministic_output request_policy:all_shards response_policy:special",
     .history = kHistory},
};
static_assert(well_formed(kCommands));

}  // namespace

std::span<const CommandSpec> info_commands() {
    return kCommands;
}

}  // namespace pongo

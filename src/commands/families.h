// The command families: one file each, its rows at the bottom of it.
#pragma once

#include <span>

#include "engine/command.h"

namespace pongo {

std::span<const CommandSpec> string_commands();
std::span<const CommandSpec> bitmap_commands();
std::span<const CommandSpec> list_commands();
std::span<const CommandSpec> set_commands();
std::span<const CommandSpec> hash_commands();
std::span<const CommandSpec> hash_expiry_commands();
std::span<const CommandSpec> hyperloglog_commands();
std::span<const CommandSpec> sorted_set_commands();
std::span<const CommandSpec> script_commands();
std::span<const CommandSpec> function_commands();
std::span<const CommandSpec> stream_commands();
std::span<const CommandSpec> geo_commands();
std::span<const CommandSpec> sort_commands();
std::span<const CommandSpec> key_commands();
std::span<const CommandSpec> expiry_commands();
std::span<const CommandSpec> dump_commands();
std::span<const CommandSpec> persistence_commands();
std::span<const CommandSpec> transaction_commands();
std::span<const CommandSpec> pubsub_commands();
std::span<const CommandSpec> replication_commands();
std::span<const CommandSpec> connection_commands();
std::span<const CommandSpec> client_commands();
std::span<const CommandSpec> server_commands();
std::span<const CommandSpec> config_commands();
std::span<const CommandSpec> command_commands();
std::span<const CommandSpec> debug_commands();
std::span<const CommandSpec> info_commands();
std::span<const CommandSpec> memory_commands();
std::span<const CommandSpec> latency_commands();
std::span<const CommandSpec> slowlog_commands();

// All of the above.
std::span<const std::span<const CommandSpec>> all_families();

}  // namespace pongo

#include "commands/families.h"

#include <array>

namespace pongo {

std::span<const std::span<const CommandSpec>> all_families() {
    static const std::array families{
        string_commands(),   bitmap_commands(),      list_commands(),        set_commands(),
        hash_commands(),     hash_expiry_commands(), hyperloglog_commands(), sorted_set_commands(),
        geo_commands(),      sort_commands(),        key_commands(),         expiry_commands(),
        dump_commands(),     transaction_commands(), pubsub_commands(),      connection_commands(),
        client_commands(),   server_commands(),      config_commands(),      command_commands(),
        debug_commands(),    info_commands(),        memory_commands(),      latency_commands(),
        slowlog_commands(),  replication_commands(), stream_commands(),      script_commands(),
        function_commands(), persistence_commands(),
    };
    return families;
}

}  // namespace pongo

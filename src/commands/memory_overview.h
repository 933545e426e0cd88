// Where the process's memory goes: the figures behind INFO memory, MEMORY STATS and MEMORY DOCTOR.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/memory_usage.h"
#include "engine/engine.h"

namespace pongo {

struct MemoryOverview {
    struct DatabaseOverhead {
        int db;
        std::size_t table_bytes;
        std::size_t deadline_bytes;
    };

    MemoryUsage usage;
    std::size_t peak = 0;
    std::size_t startup = 0;
    std::size_t scripts = 0;  // What is known of scripts and functions, beside the Lua states.
    std::size_t functions = 0;
    std::size_t clients = 0;  // Bytes that all of them together hold.
    std::size_t client_count = 0;
    std::vector<DatabaseOverhead> databases;  // Those that have keys.
    std::uint64_t keys = 0;
    std::size_t longest_query = 0;    // Of all clients, in bytes: not yet parsed ...
    std::size_t longest_replies = 0;  // ... and not yet sent.

    // What serves to hold the data, and what is left for the data itself.
    std::size_t overhead() const;
    std::size_t dataset() const;
    // Of what was allocated since the start, in percent.
    double dataset_percentage() const;
    double peak_percentage() const;
    std::size_t bytes_per_key() const;

    double fragmentation() const { return ratio(usage.rss, usage.used); }
    double allocator_fragmentation() const { return ratio(usage.active, usage.allocated); }
    double allocator_rss() const { return ratio(usage.resident, usage.active); }
    double rss_overhead() const { return ratio(usage.rss, usage.resident); }

    static double ratio(std::size_t part, std::size_t whole);
};

// REQUIRES: all shards are locked.
MemoryOverview memory_overview(Engine& engine);

}  // namespace pongo

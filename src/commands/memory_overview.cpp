#include "commands/memory_overview.h"

#include <algorithm>

#include "scripting/scripting.h"

namespace pongo {
namespace {

void add_clients(MemoryOverview& overview, Engine& engine) {
    engine.clients().for_each([&](const Session& session) {
        const std::size_t query = session.query_buffer_bytes + session.argument_bytes;
        ++overview.client_count;
        overview.clients += session.memory();
        overview.longest_query = std::max(overview.longest_query, query);
        overview.longest_replies = std::max(overview.longest_replies, session.reply_bytes.get());
    });
}

void add_databases(MemoryOverview& overview, Keyspace& keyspace) {
    for (int db = 0; db < keyspace.databases(); ++db) {
        const std::uint64_t keys = keyspace.size(db);
        if (keys == 0) continue;
        overview.keys += keys;
        MemoryOverview::DatabaseOverhead sum{db, 0, 0};
        for (std::size_t shard = 0; shard < static_cast<std::size_t>(keyspace.shards()); ++shard) {
            const Database& database = *keyspace.shard(shard).databases[static_cast<std::size_t>(db)];
            sum.table_bytes += database.table_bytes();
            sum.deadline_bytes += database.deadline_bytes();
        }
        overview.databases.push_back(sum);
    }
}

}  // namespace

MemoryOverview memory_overview(Engine& engine) {
    MemoryOverview overview;
    overview.usage = memory_usage();
    overview.peak = std::max(engine.peak_memory.load(), overview.usage.used);
    overview.startup = engine.startup_memory();
    overview.scripts = engine.scripting().cache().memory();
    overview.functions = engine.scripting().libraries().snapshot()->memory();
    add_clients(overview, engine);
    add_databases(overview, engine.keyspace());
    return overview;
}

std::size_t MemoryOverview::overhead() const {
    std::size_t sum = startup + clients + scripts + functions;
    for (const DatabaseOverhead& database : databases) sum += database.table_bytes + database.deadline_bytes;
    return sum;
}

std::size_t MemoryOverview::dataset() const {
    return usage.used - std::min(overhead(), usage.used);
}

double MemoryOverview::dataset_percentage() const {
    return 100 * ratio(dataset(), usage.used - std::min(startup, usage.used));
}

double MemoryOverview::peak_percentage() const {
    return 100 * ratio(usage.used, peak);
}

std::size_t MemoryOverview::bytes_per_key() const {
    return keys == 0 ? 0 : (usage.used - std::min(startup, usage.used)) / keys;
}

double MemoryOverview::ratio(std::size_t part, std::size_t whole) {
    return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace pongo

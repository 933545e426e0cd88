#include <algorithm>
#include <string>

#include "base/allocator_control.h"
#include "base/memory_usage.h"
#include "commands/families.h"
#include "commands/help.h"
#include "commands/memory_overview.h"
#include "engine/args.h"
#include "persistence/persistence.h"

namespace pongo {
namespace {

// What a key is said to take of the tables that it shares with others, at most: those are never quite empty.
constexpr std::size_t kMostShareBytes = 24;

// An entry's share of the hash table's buckets, and of the index of deadlines if it has one.
std::size_t share_of(const Database& database, const Entry& entry) {
    std::size_t bytes = database.table_bytes() / database.size();
    if (entry.has_expiry()) bytes += database.deadline_bytes() / database.volatile_size();
    return std::min(bytes, kMostShareBytes);
}

void usage(Call& call) {
    Args args(call, 3);
    while (args.more()) {
        // Sizes are kept, not estimated from samples; the number is only checked.
        if (!args.accept("SAMPLES", 1)) {
            args.reject();
        } else if (args.integer() < 0) {
            args.reject();
        }
    }
    if (call.failed()) return;

    const Entry* entry = call.keys().find(call.arg(2), Access::Note::Nothing);
    if (!entry) return call.reply().null();
    Keyspace& keyspace = call.engine().keyspace();
    const Database& database = keyspace.database(call.session().db, keyspace.locate(call.arg(2)));
    call.reply().integer(static_cast<std::int64_t>(entry->memory() + share_of(database, *entry)));
}

// Writes a map whose size is counted along.
class StatsWriter {
  public:
    explicit StatsWriter(ReplyWriter& reply) : reply_(reply), map_(reply.begin_map()) {}
    ~StatsWriter() { reply_.finish(map_, count_); }
    StatsWriter(const StatsWriter&) = delete;
    StatsWriter& operator=(const StatsWriter&) = delete;

    void bytes(std::string_view name, std::size_t value) {
        begin(name);
        reply_.integer(static_cast<std::int64_t>(value));
    }
    // How much more `larger` is; less than nothing where the system has not caught up.
    void difference(std::string_view name, std::size_t larger, std::size_t smaller) {
        begin(name);
        reply_.integer(static_cast<std::int64_t>(larger) - static_cast<std::int64_t>(smaller));
    }
    void real(std::string_view name, double value) {
        begin(name);
        reply_.real(value);
    }
    void database(const MemoryOverview::DatabaseOverhead& overhead) {
        begin("db." + std::to_string(overhead.db));
        reply_.map(3);
        reply_.bulk("overhead.hashtable.main");
        reply_.integer(static_cast<std::int64_t>(overhead.table_bytes));
        reply_.bulk("overhead.hashtable.expires");
        reply_.integer(static_cast<std::int64_t>(overhead.deadline_bytes));
        reply_.bulk("overhead.hashtable.slot-to-keys");
        reply_.integer(0);
    }

  private:
    void begin(std::string_view name) {
        reply_.bulk(name);
        ++count_;
    }

    ReplyWriter& reply_;
    ReplyWriter::Deferred map_;
    std::size_t count_ = 0;
};

void stats(Call& call) {
    const MemoryOverview memory = memory_overview(call.engine());
    StatsWriter writer(call.reply());
    writer.bytes("peak.allocated", memory.peak);
    writer.bytes("total.allocated", memory.usage.used);
    writer.bytes("startup.allocated", memory.startup);
    writer.bytes("replication.backlog", 0);
    writer.bytes("clients.slaves", 0);
    writer.bytes("clients.normal", memory.clients);
    writer.bytes("cluster.links", 0);
    writer.bytes("aof.buffer", call.engine().persistence().append_only().status().log.pending_bytes);
    writer.bytes("lua.caches", memory.scripts);
    writer.bytes("functions.caches", memory.functions);
    for (const auto& database : memory.databases) writer.database(database);
    writer.bytes("overhead.total", memory.overhead());
    writer.bytes("keys.count", memory.keys);
    writer.bytes("keys.bytes-per-key", memory.bytes_per_key());
    writer.bytes("dataset.bytes", memory.dataset());
    writer.real("dataset.percentage", memory.dataset_percentage());
    writer.real("peak.percentage", memory.peak_percentage());
    writer.bytes("allocator.allocated", memory.usage.allocated);
    writer.bytes("allocator.active", memory.usage.active);
    writer.bytes("allocator.resident", memory.usage.resident);
    writer.real("allocator-fragmentation.ratio", memory.allocator_fragmentation());
    writer.difference("allocator-fragmentation.bytes", memory.usage.active, memory.usage.allocated);
    writer.real("allocator-rss.ratio", memory.allocator_rss());
    writer.difference("allocator-rss.bytes", memory.usage.resident, memory.usage.active);
    writer.real("rss-overhead.ratio", memory.rss_overhead());
    writer.difference("rss-overhead.bytes", memory.usage.rss, memory.usage.resident);
    writer.real("fragmentation", memory.fragmentation());
    writer.difference("fragmentation.bytes", memory.usage.rss, memory.usage.used);
}

std::string diagnosis(const MemoryOverview& memory) {
    constexpr std::size_t kTooLittleToJudge = std::size_t{5} << 20;
    constexpr double kMuchFragmented = 1.4;
    constexpr double kFarBelowPeak = 67;
    constexpr std::size_t kMuchPerClient = std::size_t{200} << 10;
    if (memory.usage.used < kTooLittleToJudge) return "There is too little data here to judge by.\n";
    std::string text;
    if (memory.peak_percentage() < kFarBelowPeak) {
        text +=
            "- The server has held half as much again as now, or more. The allocator gives such memory "
            "back in time; MEMORY PURGE makes it do so at once.\n";
    }
    if (memory.fragmentation() > kMuchFragmented) {
        text +=
            "- The process occupies 1.4 times what it uses, or more. After deleting much that passes with "
            "MEMORY PURGE; if it stays, values of ever changing sizes are the usual reason.\n";
    }
    if (memory.clients > kMuchPerClient * std::max<std::size_t>(1, memory.client_count)) {
        text +=
            "- Clients hold more than 200 KiB each on average: some send more than they read, or send "
            "very long commands. CLIENT LIST shows them in the fields omem and qbuf.\n";
    }
    return text.empty() ? "Nothing strikes me: memory is used as it should be.\n"
                        : "What strikes me:\n\n" + text;
}

void doctor(Call& call) {
    call.reply().verbatim(diagnosis(memory_overview(call.engine())));
}

void malloc_stats(Call& call) {
    call.reply().verbatim(allocator_report());
}

void purge(Call& call) {
    purge_free_memory();
    call.reply().ok();
}

constexpr std::string_view kTips =
    "nondeterministic_output request_policy:all_shards response_policy:special";
constexpr std::string_view kDependsOnMemory = "Depends on how much memory there is; may be slow";

constexpr CommandSpec kMemory[] = {
    {.name = "DOCTOR",
     .handler = doctor,
     .arity = {2},
     .flags = AllShards,
     .group = Group::Server,
     .since = "4.0.0",
     .cost = "O(1)",
     .summary = "Says what is unusual about the use of memory.",
     .tips = kTips},
    {.name = "MALLOC-STATS",
     .handler = malloc_stats,
     .arity = {2},
     .group = Group::Server,
     .since = "4.0.0",
     .cost = kDependsOnMemory,
     .summary = "Returns the allocator's own report.",
     .tips = kTips},
    {.name = "PURGE",
     .handler = purge,
     .arity = {2},
     .group = Group::Server,
     .since = "4.0.0",
     .cost = kDependsOnMemory,
     .summary = "Makes the allocator give back to the system what it keeps for later.",
     .tips = "request_policy:all_shards response_policy:all_succeeded"},
    {.name = "STATS",
     .handler = stats,
     .arity = {2},
     .flags = AllShards,
     .group = Group::Server,
     .since = "4.0.0",
     .cost = "O(1)",
     .summary = "Tells where the memory goes.",
     .tips = kTips},
    {.name = "USAGE",
     .handler = usage,
     .arity = {-3},
     .flags = ReadOnly,
     .keys = key_at(2, KeyRO),
     .group = Group::Server,
     .since = "4.0.0",
     .cost = "O(N) in the number of samples",
     .summary = "Tells how many bytes a key and its value take.",
     .syntax = "key [SAMPLES count:integer]"},
    {.name = "HELP",
     .handler = reply_help,
     .arity = {2},
     .flags = Loading | Stale,
     .group = Group::Server,
     .since = "4.0.0",
     .cost = "O(1)",
     .summary = "Lists the subcommands."},
};

constexpr CommandSpec kCommands[] = {
    {.name = "MEMORY",
     .arity = at_least(1),
     .group = Group::Server,
     .since = "4.0.0",
     .cost = "Depends on the subcommand.",
     .summary = "How memory is used.",
     .subcommands = kMemory},
};
static_assert(well_formed(kCommands));

}  // namespace

std::span<const CommandSpec> memory_commands() {
    return kCommands;
}

}  // namespace pongo

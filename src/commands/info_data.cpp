// INFO's sections about the data: memory, persistence, replication, keyspace.
#include <algorithm>

#include "base/clock.h"
#include "commands/info_sections.h"
#include "commands/memory_overview.h"
#include "persistence/persistence.h"
#include "scripting/scripting.h"

namespace pongo {
namespace {

std::int64_t difference(std::size_t larger, std::size_t smaller) {
    return static_cast<std::int64_t>(larger) - static_cast<std::int64_t>(smaller);
}

void write_used_memory(InfoWriter& info, const MemoryOverview& memory) {
    info.bytes("used_memory", memory.usage.used);
    info.bytes("used_memory_rss", memory.usage.rss);
    info.bytes("used_memory_peak", memory.peak);
    info.percent("used_memory_peak_perc", memory.peak_percentage());
    info.field("used_memory_overhead", memory.overhead());
    info.field("used_memory_startup", memory.startup);
    info.field("used_memory_dataset", memory.dataset());
    info.percent("used_memory_dataset_perc", memory.dataset_percentage());
    info.field("allocator_allocated", memory.usage.allocated);
    info.field("allocator_active", memory.usage.active);
    info.field("allocator_resident", memory.usage.resident);
    info.bytes("total_system_memory", machine_memory());
}

void write_script_memory(InfoWriter& info, Scripting& scripting, const MemoryOverview& memory) {
    const auto libraries = scripting.libraries().snapshot();
    const std::size_t eval = scripting.eval_memory();
    const std::size_t functions = scripting.function_memory();
    info.field("used_memory_lua", eval);
    info.field("used_memory_vm_eval", eval);
    info.human("used_memory_lua_human", eval);
    info.field("used_memory_scripts_eval", memory.scripts);
    info.field("number_of_cached_scripts", scripting.cache().size());
    info.field("number_of_functions", libraries->functions.size());
    info.field("number_of_libraries", libraries->by_name.size());
    info.field("used_memory_vm_functions", functions);
    info.bytes("used_memory_vm_total", eval + functions);
    info.field("used_memory_functions", memory.functions);
    info.bytes("used_memory_scripts", memory.scripts + memory.functions);
}

void write_ratios(InfoWriter& info, const MemoryOverview& memory) {
    const MemoryUsage& usage = memory.usage;
    info.real("allocator_frag_ratio", memory.allocator_fragmentation(), 2);
    info.field("allocator_frag_bytes", difference(usage.active, usage.allocated));
    info.real("allocator_rss_ratio", memory.allocator_rss(), 2);
    info.field("allocator_rss_bytes", difference(usage.resident, usage.active));
    info.real("rss_overhead_ratio", memory.rss_overhead(), 2);
    info.field("rss_overhead_bytes", difference(usage.rss, usage.resident));
    info.real("mem_fragmentation_ratio", memory.fragmentation(), 2);
    info.field("mem_fragmentation_bytes", difference(usage.rss, usage.used));
}

}  // namespace

void write_memory_info(InfoWriter& info, Call& call) {
    Engine& engine = call.engine();
    const MemoryOverview memory = memory_overview(engine);
    info.section("Memory");
    write_used_memory(info, memory);
    write_script_memory(info, engine.scripting(), memory);
    info.bytes("maxmemory", static_cast<std::size_t>(call.settings().maxmemory.get()));
    info.field("maxmemory_policy", engine.config().get("maxmemory-policy").value_or(""));
    write_ratios(info, memory);
    info.field("mem_not_counted_for_evict", engine.memory_limit().not_counted());
    info.field("mem_replication_backlog", 0);
    info.field("mem_total_replication_buffers", 0);
    info.field("mem_clients_slaves", 0);
    info.field("mem_clients_normal", memory.clients);
    info.field("mem_cluster_links", 0);
    info.field("mem_aof_buffer", engine.persistence().append_only().status().log.pending_bytes);
    info.field("mem_allocator", allocator_name());
    info.field("active_defrag_running", 0);
    info.field("lazyfree_pending_objects", engine.keyspace().reclaimer().pending());
    info.field("lazyfreed_objects", engine.keyspace().reclaimer().finished());
}

namespace {

void write_loading(InfoWriter& info, const DataSet& data_set) {
    const std::int64_t since_s = data_set.loading_since_s;
    const std::uint64_t total = data_set.loading_total_bytes;
    const std::uint64_t done = data_set.loading_done_bytes;
    const std::int64_t elapsed_s = unix_ms() / kMsPerSecond - since_s;
    const double share = total == 0 ? 0 : static_cast<double>(done) / static_cast<double>(total);
    info.field("loading_start_time", since_s);
    info.field("loading_total_bytes", total);
    info.field("loading_rdb_used_mem", 0);
    info.field("loading_loaded_bytes", done);
    info.real("loading_loaded_perc", share * 100, 2);
    info.field(
        "loading_eta_seconds",
        done == 0 ? 1 : static_cast<std::int64_t>(static_cast<double>(elapsed_s) * (1 - share) / share));
}

void write_append_only(InfoWriter& info, const AppendOnly::Status& status, const DataSet& data_set) {
    info.field("aof_enabled", status.state != AppendOnly::State::Off ? 1 : 0);
    info.field("aof_rewrite_in_progress", status.rewriting ? 1 : 0);
    info.field("aof_rewrite_scheduled", status.rewrite_scheduled ? 1 : 0);
    info.field("aof_last_rewrite_time_sec", status.last_rewrite_s);
    info.field("aof_current_rewrite_time_sec",
               status.rewriting ? unix_ms() / kMsPerSecond - status.rewriting_since_s : -1);
    info.field("aof_last_bgrewrite_status", status.last_rewrite_ok ? "ok" : "err");
    info.field("aof_rewrites", data_set.log_rewrites.load());
    info.field("aof_rewrites_consecutive_failures", status.failures);
    info.field("aof_last_write_status", data_set.append_error == 0 ? "ok" : "err");
    info.field("aof_last_cow_size", status.most_kept_bytes);
}

void write_log(InfoWriter& info, const AppendOnly::Status& status) {
    info.field("aof_current_size", status.bytes);
    info.field("aof_base_size", status.bytes_then);
    info.field("aof_pending_rewrite", status.rewrite_scheduled ? 1 : 0);
    info.field("aof_buffer_length", status.log.pending_bytes);
    info.field("aof_pending_bio_fsync", status.log.sync_runs ? 1 : 0);
    info.field("aof_delayed_fsync", status.log.delayed_syncs);
}

}  // namespace

void write_persistence_info(InfoWriter& info, Call& call) {
    const Saves& saves = call.engine().persistence().saves();
    const Saves::Status status = saves.status();
    const DataSet& data_set = call.engine().data_set();
    info.section("Persistence");
    info.field("loading", data_set.loading() ? 1 : 0);
    info.field("async_loading", 0);
    // What writers make a snapshot keep is what copied pages are elsewhere.
    const AppendOnly::Status file = call.engine().persistence().append_only().status();
    const SnapshotProgress& progress = status.running ? status.progress : file.progress;
    info.field("current_cow_peak", progress.most_kept_bytes);
    info.field("current_cow_size", progress.kept_bytes);
    info.field("current_cow_size_age", 0);
    info.real("current_fork_perc",
              100 * static_cast<double>(progress.keys_taken) /
                  static_cast<double>(std::max<std::uint64_t>(progress.keys, 1)),
              2);
    info.field("current_save_keys_processed", progress.keys_taken);
    info.field("current_save_keys_total", progress.keys);
    info.field("rdb_changes_since_last_save", saves.changes_since_last());
    info.field("rdb_bgsave_in_progress", status.running ? 1 : 0);
    info.field("rdb_last_save_time", status.last_save_s);
    info.field("rdb_last_bgsave_status", status.last_ok ? "ok" : "err");
    info.field("rdb_last_bgsave_time_sec", status.last_duration_s);
    info.field("rdb_current_bgsave_time_sec",
               status.running ? unix_ms() / kMsPerSecond - status.running_since_s : -1);
    info.field("rdb_saves", data_set.saves.load());
    info.field("rdb_last_cow_size", status.most_kept_bytes);
    info.field("rdb_last_load_keys_expired", data_set.keys_expired.load());
    info.field("rdb_last_load_keys_loaded", data_set.keys_loaded.load());
    const AppendOnly::Status log = call.engine().persistence().append_only().status();
    write_append_only(info, log, data_set);
    info.field("module_fork_in_progress", 0);
    info.field("module_fork_last_cow_size", 0);
    if (log.state != AppendOnly::State::Off) write_log(info, log);
    if (data_set.loading()) write_loading(info, data_set);
}

void write_replication_info(InfoWriter& info, Call& call) {
    constexpr std::size_t kIdDigits = 40;
    info.section("Replication");
    info.field("role", "master");
    info.field("connected_slaves", 0);
    info.field("master_failover_state", "no-failover");
    info.field("master_replid", call.engine().replication_id());
    info.field("master_replid2", std::string(kIdDigits, '0'));
    info.field("master_repl_offset", 0);
    info.field("second_repl_offset", -1);
    info.field("repl_backlog_active", 0);
    info.field("repl_backlog_size", call.settings().repl_backlog_size.get());
    info.field("repl_backlog_first_byte_offset", 0);
    info.field("repl_backlog_histlen", 0);
}

void write_keyspace_info(InfoWriter& info, Call& call) {
    Keyspace& keyspace = call.engine().keyspace();
    info.section("Keyspace");
    for (int db = 0; db < keyspace.databases(); ++db) {
        const std::uint64_t keys = keyspace.size(db);
        const std::uint64_t with_expiry = keyspace.volatile_size(db);
        if (keys == 0) continue;
        double ttl_sum_ms = 0;
        for (std::size_t shard = 0; shard < static_cast<std::size_t>(keyspace.shards()); ++shard) {
            const Database& database = *keyspace.shard(shard).databases[static_cast<std::size_t>(db)];
            ttl_sum_ms += static_cast<double>(database.average_ttl_ms(call.now_ms())) *
                          static_cast<double>(database.volatile_size());
        }
        const double average_ms = with_expiry == 0 ? 0 : ttl_sum_ms / static_cast<double>(with_expiry);
        info.field("db" + std::to_string(db),
                   "keys=" + std::to_string(keys) + ",expires=" + std::to_string(with_expiry) +
                       ",avg_ttl=" + std::to_string(static_cast<std::int64_t>(average_ms)));
    }
}

}  // namespace pongo

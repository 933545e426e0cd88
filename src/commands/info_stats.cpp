// INFO's sections of what was counted: stats, commandstats, errorstats, latencystats.
#include <array>
#include <cstdio>

#include "base/clock.h"
#include "base/escape.h"
#include "base/numbers.h"
#include "commands/command_totals.h"
#include "commands/info_sections.h"

namespace pongo {
namespace {

void write_traffic(InfoWriter& info, const Engine& engine) {
    constexpr double kBytesPerKilobyte = 1024;
    const Rates& rates = engine.rates();
    info.field("total_connections_received", engine.total(&Counters::connections));
    info.field("total_commands_processed", engine.total(&Counters::commands));
    info.field("instantaneous_ops_per_sec", static_cast<std::int64_t>(rates.commands.per_second()));
    info.field("total_net_input_bytes", engine.total(&Counters::input_bytes));
    info.field("total_net_output_bytes", engine.total(&Counters::output_bytes));
    info.field("total_net_repl_input_bytes", 0);
    info.field("total_net_repl_output_bytes", 0);
    info.real("instantaneous_input_kbps", rates.input_bytes.per_second() / kBytesPerKilobyte, 2);
    info.real("instantaneous_output_kbps", rates.output_bytes.per_second() / kBytesPerKilobyte, 2);
    info.real("instantaneous_input_repl_kbps", 0, 2);
    info.real("instantaneous_output_repl_kbps", 0, 2);
    info.field("rejected_connections", engine.rejected_connections.load());
    info.field("sync_full", 0);
    info.field("sync_partial_ok", 0);
    info.field("sync_partial_err", 0);
}

void write_keys(InfoWriter& info, const Engine& engine) {
    info.field("expired_keys", engine.total(&Counters::expired_keys));
    info.field("expired_subkeys", engine.total(&Counters::expired_fields));
    info.real("expired_stale_perc", 0, 2);
    info.field("expired_time_cap_reached_count", 0);
    info.field("expire_cycle_cpu_milliseconds", engine.total(&Counters::expire_cycle_cpu_us) / kUsPerMs);
    info.field("evicted_keys", engine.total(&Counters::evicted_keys));
    info.field("evicted_clients", engine.client_memory().evicted());
    const MemoryLimit& limit = engine.memory_limit();
    const std::int64_t now_us = monotonic_us();
    info.field("total_eviction_exceeded_time", limit.total_exceeded_us(now_us) / kUsPerMs);
    info.field("current_eviction_exceeded_time", limit.current_exceeded_us(now_us) / kUsPerMs);
    info.field("keyspace_hits", engine.total(&Counters::keyspace_hits));
    info.field("keyspace_misses", engine.total(&Counters::keyspace_misses));
}

void write_pubsub(InfoWriter& info, Engine& engine) {
    info.field("pubsub_channels", engine.channels().count(Subscribed::Channel));
    info.field("pubsub_patterns", engine.channels().count(Subscribed::Pattern));
    info.field("pubsubshard_channels", engine.channels().count(Subscribed::ShardChannel));
}

void write_what_is_not_there(InfoWriter& info) {
    for (const char* name :
         {"latest_fork_usec", "total_forks", "migrate_cached_sockets", "slave_expires_tracked_keys",
          "active_defrag_hits", "active_defrag_misses", "active_defrag_key_hits", "active_defrag_key_misses",
          "total_active_defrag_time", "current_active_defrag_time"}) {
        info.field(name, 0);
    }
}

void write_tracking(InfoWriter& info, const Tracking& tracking) {
    info.field("tracking_total_keys", tracking.keys());
    info.field("tracking_total_items", tracking.items());
    info.field("tracking_total_prefixes", tracking.prefixes());
}

std::string fixed(double value, int decimals) {
    std::array<char, 64> digits;
    const int size = std::snprintf(digits.data(), digits.size(), "%.*f", decimals, value);
    return std::string(digits.data(), static_cast<std::size_t>(size));
}

template <typename Visit>
void for_each_command(Call& call, Visit&& visit) {
    const CommandTable& table = call.engine().commands();
    for (std::size_t i = 0; i < table.count_with_subcommands(); ++i) visit(table.at(i));
}

}  // namespace

void write_stats_info(InfoWriter& info, Call& call) {
    const Engine& engine = call.engine();
    info.section("Stats");
    write_traffic(info, engine);
    write_keys(info, engine);
    write_pubsub(info, call.engine());
    write_what_is_not_there(info);
    write_tracking(info, call.engine().tracking());
    info.field("unexpected_error_replies", 0);
    info.field("total_error_replies", engine.total(&Counters::error_replies));
    info.field("dump_payload_sanitizations", 0);
    info.field("total_reads_processed", engine.total(&Counters::reads));
    info.field("total_writes_processed", engine.total(&Counters::writes));
    info.field("io_threaded_reads_processed", 0);
    info.field("io_threaded_writes_processed", 0);
    info.field("client_query_buffer_limit_disconnections",
               engine.total(&Counters::query_buffer_limit_disconnections));
    info.field("client_output_buffer_limit_disconnections",
               engine.total(&Counters::output_buffer_limit_disconnections));
    info.field("reply_buffer_shrinks", 0);
    info.field("reply_buffer_expands", 0);
}

void write_command_stats_info(InfoWriter& info, Call& call) {
    info.section("Commandstats");
    for_each_command(call, [&](const Command& command) {
        const CommandTotals totals = totals_of(call.engine(), command);
        if (totals.empty()) return;
        const double us = static_cast<double>(totals.ns) / kNsPerUs;
        const double per_call = totals.calls == 0 ? 0 : us / static_cast<double>(totals.calls);
        info.field("cmdstat_" + command.name, "calls=" + std::to_string(totals.calls) + ",usec=" +
                                                  fixed(us, 0) + ",usec_per_call=" + fixed(per_call, 2) +
                                                  ",rejected_calls=" + std::to_string(totals.rejected) +
                                                  ",failed_calls=" + std::to_string(totals.failed));
    });
}

void write_error_stats_info(InfoWriter& info, Call& call) {
    info.section("Errorstats");
    for (const auto& [code, count] : call.engine().errors().get()) {
        info.field("errorstat_" + code, "count=" + std::to_string(count));
    }
}

void write_latency_stats_info(InfoWriter& info, Call& call) {
    const auto percentiles = split_arguments(call.settings().latency_tracking_info_percentiles.get());
    info.section("Latencystats");
    for_each_command(call, [&](const Command& command) {
        if (totals_of(call.engine(), command).calls == 0) return;
        const Distribution durations = durations_of(call.engine(), command);
        if (durations.count() == 0) return;
        std::string values;
        for (const std::string& percent : percentiles.value_or(std::vector<std::string>{})) {
            const auto ns = durations.percentile_ns(parse_double(percent).value_or(0));
            if (!values.empty()) values += ',';
            values += "p" + percent + "=" + fixed(static_cast<double>(ns) / kNsPerUs, 3);
        }
        info.field("latency_percentiles_usec_" + command.name, values);
    });
}

}  // namespace pongo

// What all reactors share: the data, the commands, the clients, the configuration, and what is counted.
//
// Thread rule: the parts are safe on any thread, each by its own rule. Executors are added before the first
// command runs.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "effects/effect_log.h"
#include "engine/channels.h"
#include "engine/client_memory.h"
#include "engine/client_registry.h"
#include "engine/command_table.h"
#include "engine/config.h"
#include "engine/data_set.h"
#include "engine/key_events.h"
#include "engine/memory_limit.h"
#include "engine/monitors.h"
#include "engine/pause.h"
#include "engine/running_scripts.h"
#include "engine/tracking.h"
#include "engine/waiters.h"
#include "engine/watches.h"
#include "keyspace/keyspace.h"
#include "stats/counters.h"
#include "stats/histogram.h"
#include "stats/latency_monitor.h"
#include "stats/rates.h"
#include "stats/slow_log.h"

namespace pongo {

class Persistence;
class Scripting;

// What one executor counts; only its thread writes it.
struct ExecutorStats {
    explicit ExecutorStats(std::size_t command_count)
        : commands(std::make_unique<CommandStats[]>(command_count)) {}
    Counters counters;
    std::unique_ptr<CommandStats[]> commands;  // By Command::index.
};

// How often each error code ("ERR", "WRONGTYPE") was replied.
class ErrorCounts {
  public:
    void add(std::string_view error);
    std::map<std::string, std::uint64_t> get() const;
    void reset();

  private:
    // Codes are few; a client that invents them by the thousand is not let in.
    static constexpr std::size_t kMaxCodes = 128;
    mutable std::mutex mutex_;
    std::map<std::string, std::uint64_t, std::less<>> counts_;
};

// Whether the data set is saved before the server ends.
enum class FinalSave : std::uint8_t { AsConfigured, Yes, No };

class Engine {
  public:
    Engine(Config& config, std::span<const std::span<const CommandSpec>> families);
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    Config& config() { return config_; }
    const Settings& settings() const { return config_.settings(); }
    Keyspace& keyspace() { return keyspace_; }
    EffectLog& effects() { return effects_; }
    const CommandTable& commands() const { return commands_; }
    ClientRegistry& clients() { return clients_; }
    SlowLog& slow_log() { return slow_log_; }
    LatencyMonitor& latency() { return latency_; }
    ErrorCounts& errors() { return errors_; }
    Pause& pause() { return pause_; }
    Watches& watches() { return watches_; }
    Channels& channels() { return channels_; }
    Waiters& waiters() { return waiters_; }
    // The way to the clients of other reactors. Set by the server before the first command.
    Deliveries& deliveries() { return *deliveries_; }
    void set_deliveries(Deliveries& deliveries) {
        deliveries_ = &deliveries;
        channels_.set_deliveries(deliveries);
        tracking_.set_deliveries(deliveries);
        monitors_.set_deliveries(deliveries);
    }
    // What runs scripts. Set by the server before the first command.
    Scripting& scripting() { return *scripting_; }
    void set_scripting(Scripting& scripting) { scripting_ = &scripting; }
    // What loads and saves the data set. Set by the server before the first command.
    Persistence& persistence() { return *persistence_; }
    void set_persistence(Persistence& persistence) { persistence_ = &persistence; }
    DataSet& data_set() { return data_set_; }
    // The error of commands that write, because of the disk; empty if they may run.
    std::string write_denial() const;
    RunningScripts& running_scripts() { return running_scripts_; }
    Tracking& tracking() { return tracking_; }
    Monitors& monitors() { return monitors_; }
    ClientMemory& client_memory() { return client_memory_; }
    const ClientMemory& client_memory() const { return client_memory_; }
    MemoryLimit& memory_limit() { return memory_limit_; }
    const MemoryLimit& memory_limit() const { return memory_limit_; }

    // Ends a client's transaction, if it has one, and forgets what it watches. Returns what was queued.
    std::unique_ptr<Transaction> take_transaction(Session& session);
    void unwatch(Session& session);
    // Of a client that leaves, all that others know of it.
    void forget(Session& session);

    const std::string& run_id() const { return run_id_; }
    const std::string& replication_id() const { return replication_id_; }
    std::int64_t started_ms() const { return started_ms_; }
    // In use when the engine was made, in bytes.
    std::size_t startup_memory() const { return startup_memory_; }

    // To be called some ten times a second by the server, always on the same thread: takes the samples from
    // which rates and peaks are told.
    void clock_tick();
    const Rates& rates() const { return rates_; }

    ExecutorStats& add_executor();
    // Adds up over all executors.
    std::uint64_t total(Counter Counters::*counter) const;
    template <typename Visit>
    void for_each_executor(Visit&& visit) const {
        for (const auto& stats : executors_) visit(*stats);
    }
    void reset_stats();

    // DEBUG SET-ACTIVE-EXPIRE.
    std::atomic<bool> active_expire{true};
    // DEBUG PAUSE-CRON: what is done by the clock is not done.
    std::atomic<bool> clock_paused{false};
    // High-water mark of used memory, kept by the server's clock.
    std::atomic<std::size_t> peak_memory{0};
    std::atomic<std::uint64_t> rejected_connections{0};

    // Set by the server: SHUTDOWN, when all has been saved that is to be; and waking every reactor (after a
    // pause has ended).
    std::function<void()> on_shutdown;
    std::function<void()> wake_reactors;

  private:
    Config& config_;
    Keyspace keyspace_;
    EffectLog effects_;
    CommandTable commands_;
    ClientRegistry clients_;
    ClientMemory client_memory_;
    MemoryLimit memory_limit_;
    SlowLog slow_log_;
    LatencyMonitor latency_;
    ErrorCounts errors_;
    Pause pause_;
    Watches watches_;
    Channels channels_;
    Waiters waiters_;
    Deliveries* deliveries_ = nullptr;
    Scripting* scripting_ = nullptr;
    Persistence* persistence_ = nullptr;
    DataSet data_set_;
    Tracking tracking_;
    Monitors monitors_;
    KeyEvents key_events_;
    RunningScripts running_scripts_;
    Rates rates_;
    std::string run_id_;
    std::string replication_id_;
    std::int64_t started_ms_;
    std::size_t startup_memory_;
    std::vector<std::unique_ptr<ExecutorStats>> executors_;
};

}  // namespace pongo

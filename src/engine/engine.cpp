#include "engine/engine.h"

#include <algorithm>
#include <system_error>

#include "base/clock.h"
#include "base/memory_usage.h"
#include "base/random.h"
#include "resp/errors.h"

namespace pongo {
namespace {

constexpr std::size_t kRunIdDigits = 40;

}  // namespace

void ErrorCounts::add(std::string_view error) {
    // As Redis does with errors of scripts, which may be any text.
    constexpr std::size_t kMostOfACode = 32;
    const std::size_t end = error.substr(0, kMostOfACode - 1).find(' ');
    const std::string_view code = end == std::string_view::npos ? "ERR" : error.substr(0, end);
    const std::lock_guard lock(mutex_);
    const auto found = counts_.find(code);
    if (found != counts_.end()) {
        ++found->second;
    } else if (counts_.size() < kMaxCodes) {
        counts_.emplace(code, 1);
    }
}

std::map<std::string, std::uint64_t> ErrorCounts::get() const {
    const std::lock_guard lock(mutex_);
    return {counts_.begin(), counts_.end()};
}

void ErrorCounts::reset() {
    const std::lock_guard lock(mutex_);
    counts_.clear();
}

Engine::Engine(Config& config, std::span<const std::span<const CommandSpec>> families)
    : config_(config),
      keyspace_(static_cast<int>(config.settings().databases),
                Keyspace::shards_for(static_cast<int>(config.settings().reactors))),
      commands_(families),
      client_memory_(clients_, config.settings(), static_cast<std::size_t>(config.settings().reactors)),
      memory_limit_(config.settings(), keyspace_, data_set_),
      watches_(keyspace_, effects_),
      channels_(static_cast<std::size_t>(config.settings().reactors)),
      waiters_(keyspace_, effects_, static_cast<std::size_t>(config.settings().reactors)),
      tracking_(effects_, clients_, config.settings(), static_cast<std::size_t>(config.settings().reactors)),
      monitors_(config.settings(), static_cast<std::size_t>(config.settings().reactors)),
      key_events_(config, effects_, channels_),
      running_scripts_(static_cast<std::size_t>(config.settings().reactors), keyspace_),
      run_id_(random_hex(kRunIdDigits)),
      replication_id_(random_hex(kRunIdDigits)),
      started_ms_(unix_ms()),
      startup_memory_(memory_usage().used) {
    peak_memory = startup_memory_;
    for (const Config::RenamedCommand& each : config.renamed_commands()) {
        CHECK(!commands_.rename(each.from, each.to));  // Config::load() has tried it.
    }
}

void Engine::unwatch(Session& session) {
    for (const Watcher::Key& key : session.watcher.keys()) session.remove_name(key.name);
    watches_.clear(session.watcher);
}

std::unique_ptr<Transaction> Engine::take_transaction(Session& session) {
    unwatch(session);
    session.queued = -1;
    session.queued_bytes = 0;
    return std::move(session.transaction);
}

void Engine::forget(Session& session) {
    const auto waiter = session.waiter();
    const bool is_mine =
        waiter && (waiter->claim(Waiter::State::Gone) || waiter->state() == Waiter::State::Gone);
    if (is_mine) waiters_.remove(waiter);
    session.set_waiter(nullptr);
    unwatch(session);
    channels_.forget(session);
    tracking_.forget(session);
    monitors_.remove(session);
    client_memory_.forget(session);
    clients_.remove(session);
}

void Engine::clock_tick() {
    if (clock_paused) return;
    const std::int64_t now_us = monotonic_us();
    rates_.commands.sample(now_us, total(&Counters::commands));
    rates_.input_bytes.sample(now_us, total(&Counters::input_bytes));
    rates_.output_bytes.sample(now_us, total(&Counters::output_bytes));
    const MemoryUsage usage = memory_usage();
    peak_memory = std::max(peak_memory.load(), usage.used);
    memory_limit_.give_back(usage);
}

std::string Engine::write_denial() const {
    const bool save_counts = settings().stop_writes_on_bgsave_error && !settings().save.empty();
    if (data_set_.save_failed && save_counts) return std::string(errors::kSavesFail);
    if (const int error = data_set_.append_error; error != 0) {
        return "MISCONF Errors writing to the AOF file: " + std::generic_category().message(error);
    }
    return {};
}

ExecutorStats& Engine::add_executor() {
    return *executors_.emplace_back(std::make_unique<ExecutorStats>(commands_.count_with_subcommands()));
}

std::uint64_t Engine::total(Counter Counters::*counter) const {
    std::uint64_t sum = 0;
    for (const auto& stats : executors_) sum += (stats->counters.*counter).get();
    return sum;
}

void Engine::reset_stats() {
    for (const auto& stats : executors_) {
        Counters::for_each([&](Counter Counters::*counter) {
            // The data set's changes are not a statistic: they decide when to save.
            if (counter != &Counters::changes) (stats->counters.*counter).reset();
        });
        for (std::size_t i = 0; i < commands_.count_with_subcommands(); ++i) stats->commands[i].reset();
    }
    errors_.reset();
    client_memory_.reset_stats();
    memory_limit_.reset_stats();
    data_set_.reset_stats();
    rejected_connections = 0;
    keyspace_.reclaimer().reset_finished();
}

}  // namespace pongo

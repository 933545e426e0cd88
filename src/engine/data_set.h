// Where the data set stands between disk and memory, as gates and INFO want to know.
// Thread rule: any thread; told by who loads and saves.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "engine/log_progress.h"

namespace pongo {

class DataSet {
  public:
    bool loading() const { return loading_.load(std::memory_order_acquire); }
    void begin_loading(std::int64_t now_s, std::uint64_t total_bytes) {
        loading_since_s = now_s;
        loading_total_bytes = total_bytes;
        loading_done_bytes = 0;
        loading_.store(true, std::memory_order_release);
    }
    void end_loading() { loading_.store(false, std::memory_order_release); }
    std::atomic<std::int64_t> loading_since_s{0};
    std::atomic<std::uint64_t> loading_total_bytes{0};
    std::atomic<std::uint64_t> loading_done_bytes{0};
    // By the last time that something was loaded.
    std::atomic<std::uint64_t> keys_loaded{0};
    std::atomic<std::uint64_t> keys_expired{0};

    // Whether the last save has.
    std::atomic<bool> save_failed{false};
    // The errno of what the append-only file could not do, until it can again.
    std::atomic<int> append_error{0};
    // Whether clients that write may have to be told of one of these.
    bool is_in_trouble() const { return save_failed || append_error != 0; }
    // Whether writers should wait until a snapshot has caught up with what they made it keep, or the
    // append-only file with what they have told it.
    std::atomic<bool> snapshot_is_crowded{false};
    std::atomic<bool> log_is_crowded{false};
    bool is_crowded() const { return snapshot_is_crowded || log_is_crowded; }
    // A snapshot is being written to a file.
    std::atomic<bool> snapshot_runs{false};
    // Bytes of records that wait for the append-only file, and of what a snapshot keeps because somebody was
    // about to change it. They count for no limit of memory: keys that go would make them more.
    std::atomic<std::size_t> log_bytes{0};
    std::atomic<std::size_t> snapshot_bytes{0};

    // How many were begun.
    std::atomic<std::uint64_t> saves{0};
    std::atomic<std::uint64_t> log_rewrites{0};
    void reset_stats() { saves = log_rewrites = 0; }

    LogProgress& log() { return log_; }
    const LogProgress& log() const { return log_; }

  private:
    LogProgress log_;
    std::atomic<bool> loading_{false};
};

}  // namespace pongo

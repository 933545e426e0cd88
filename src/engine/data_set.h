// Where the data set stands between disk and memory, as gates and INFO want to know.
// Thread rule: any thread; told by who loads and saves.
#pragma once

#include <atomic>
#include <cstdint>

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
    // Whether writers should wait until a snapshot has caught up with what they made it keep.
    std::atomic<bool> snapshot_is_crowded{false};

  private:
    std::atomic<bool> loading_{false};
};

}  // namespace pongo

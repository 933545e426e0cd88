// maxmemory and maxmemory-rss: how much memory may be in use, and how much too much it is.
//
//  1. What counts is what the allocator has handed out, and memory mapped beside it: the data, the buffers of
//     clients, everything. Values that wait for being freed in the background do not count any more.
//  2. The resident size of the process is looked at now and then, and turned into a ceiling of what may be in
//     use until the next look: what is taken from now on is resident, at worst. Where keys come and go it may
//     also grow without more being in use, when what they leave does not fit what comes.
//
// Thread rule: any thread, without locks; give_back() on one.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "base/memory_meter.h"
#include "base/memory_usage.h"
#include "engine/data_set.h"
#include "engine/settings.h"
#include "keyspace/keyspace.h"

namespace pongo {

class MemoryLimit {
  public:
    // All must outlive it.
    MemoryLimit(const Settings& settings, const Keyspace& keyspace, const DataSet& data_set)
        : settings_(settings), keyspace_(keyspace), data_set_(data_set) {}

    // In bytes; 0: there is none.
    std::int64_t bytes() const {
        const std::int64_t most = settings_.maxmemory;
        const std::int64_t ceiling = ceiling_.load(std::memory_order_relaxed);
        if (ceiling == 0 || most == 0) return most + ceiling;
        return most < ceiling ? most : ceiling;
    }
    // Bytes that are too many; below 0, how many more may be in use.
    std::int64_t excess() const {
        const std::int64_t most = bytes();
        if (most == 0) return -INT64_MAX;
        const std::int64_t excess = static_cast<std::int64_t>(MemoryMeter::mine().used()) - most;
        return excess <= 0 ? excess : excess - static_cast<std::int64_t>(not_counted());
    }
    // Bytes in use that are no reason to remove keys: they are about to go.
    std::size_t not_counted() const {
        return keyspace_.unreclaimed_bytes() + data_set_.log_bytes + data_set_.snapshot_bytes;
    }

    // To be called some ten times a second, with fresh figures: gives memory back to the system when too much
    // is resident, and sets the ceiling anew.
    void give_back(const MemoryUsage& usage);
    // To be called more often than that, and after a few keys have gone: lowers the ceiling by as much as
    // more has become resident than should be. (What keys have left is resident until it is given back: that
    // must not cost further keys.)
    void look_at_resident_size() {
        if (ceiling_.load(std::memory_order_relaxed) != 0) {
            follow(MemoryMeter::mine().used(), resident_size());
        }
    }
    // These two with what is in use and resident.
    void set_ceiling(std::size_t used, std::size_t resident);
    void follow(std::size_t used, std::size_t resident);

    // To be told after each attempt to stay below the limit, with the time of the monotonic clock.
    enum class State : std::uint8_t { Kept, Exceeded };
    void note(State state, std::int64_t now_us) {
        const bool was_kept = exceeded_since_us_.load(std::memory_order_relaxed) == 0;
        if (was_kept != (state == State::Kept)) change(state, now_us);
    }
    // For how long it was exceeded, all in all, and for how long it has been now.
    std::int64_t total_exceeded_us(std::int64_t now_us) const;
    std::int64_t current_exceeded_us(std::int64_t now_us) const;
    void reset_stats() { total_exceeded_us_ = 0; }

  private:
    std::int64_t resident_target() const;
    void change(State state, std::int64_t now_us);

    const Settings& settings_;
    const Keyspace& keyspace_;
    const DataSet& data_set_;
    std::atomic<std::int64_t> ceiling_{0};            // Because of the resident size; 0: none.
    std::atomic<std::int64_t> resident_{0};           // The most for which it was lowered.
    std::atomic<std::int64_t> exceeded_since_us_{0};  // 0: it is not.
    std::atomic<std::int64_t> total_exceeded_us_{0};  // Before that.
};

}  // namespace pongo

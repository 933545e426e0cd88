// How often which duration occurred, to about 1.6 %: 64 linear steps in each power of two of nanoseconds.
// (The idea of Gil Tene's HdrHistogram.) Written by one thread, readable by all.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <memory>
#include <vector>

#include "stats/counters.h"

namespace pongo {

class Histogram {
  public:
    static constexpr int kStepBits = 6;
    static constexpr std::uint64_t kSteps = std::uint64_t{1} << kStepBits;
    // Longer ones count as this: 64 s, more than any command should take.
    static constexpr std::uint64_t kMaxNs = (std::uint64_t{1} << 36) - 1;
    static constexpr std::size_t kBuckets = (36 - kStepBits + 1) * kSteps;

    void record(std::uint64_t ns) { counts_[bucket_of(ns)].add(); }
    void reset() {
        for (Counter& count : counts_) count.reset();
    }
    // Adds this one's counts to `totals`, which has kBuckets elements.
    void add_to(std::vector<std::uint64_t>& totals) const {
        for (std::size_t i = 0; i < kBuckets; ++i) totals[i] += counts_[i].get();
    }

    static std::size_t bucket_of(std::uint64_t ns) {
        if (ns > kMaxNs) ns = kMaxNs;
        const int exponent = std::max(0, 64 - std::countl_zero(ns | 1) - kStepBits - 1);
        return static_cast<std::size_t>(exponent) * kSteps + (ns >> exponent);
    }
    // The highest duration that falls into the bucket.
    static std::uint64_t highest_of(std::size_t bucket) {
        if (bucket < 2 * kSteps) return bucket;
        const std::size_t exponent = bucket / kSteps - 1;
        return ((bucket % kSteps + kSteps + 1) << exponent) - 1;
    }

  private:
    Counter counts_[kBuckets];
};

// What one reactor knows of one command.
struct CommandStats {
    Counter calls;
    Counter ns;
    Counter rejected;
    Counter failed;
    // Allocated at the first call; the writer publishes it once.
    std::atomic<Histogram*> histogram{nullptr};

    ~CommandStats() { delete histogram.load(); }

    void record(std::uint64_t duration_ns, bool with_histogram) {
        calls.add();
        ns.add(duration_ns);
        if (!with_histogram) return;
        Histogram* mine = histogram.load(std::memory_order_relaxed);
        if (!mine) {
            mine = new Histogram;
            histogram.store(mine, std::memory_order_release);
        }
        mine->record(duration_ns);
    }
    void reset() {
        calls.reset();
        ns.reset();
        rejected.reset();
        failed.reset();
        if (Histogram* mine = histogram.load(std::memory_order_acquire)) mine->reset();
    }
};

}  // namespace pongo

// How durations are distributed: histograms of several threads added up, as they were at one moment.
// Thread rule: one thread; the histograms may be written meanwhile.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "stats/histogram.h"

namespace pongo {

class Distribution {
  public:
    Distribution() : counts_(Histogram::kBuckets) {}

    void add(const Histogram& histogram) { histogram.add_to(counts_); }

    std::uint64_t count() const;
    // The duration that so many percent of all do not exceed; 0 percent is the shortest. 0 of an empty one.
    std::uint64_t percentile_ns(double percent) const;
    // For 1024 ns, 2048 ns and so on: a duration of about that length, and how many are not longer. Only
    // those steps in which there is something new.
    std::vector<std::pair<std::uint64_t, std::uint64_t>> doubling_steps_us() const;

  private:
    std::vector<std::uint64_t> counts_;
};

}  // namespace pongo

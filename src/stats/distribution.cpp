#include "stats/distribution.h"

#include <algorithm>
#include <numeric>

#include "base/clock.h"

namespace pongo {
namespace {

std::uint64_t lowest_of(std::size_t bucket) {
    return bucket == 0 ? 0 : Histogram::highest_of(bucket - 1) + 1;
}

}  // namespace

std::uint64_t Distribution::count() const {
    return std::accumulate(counts_.begin(), counts_.end(), std::uint64_t{0});
}

std::uint64_t Distribution::percentile_ns(double percent) const {
    const double share = std::clamp(percent, 0.0, 100.0) / 100;
    const auto rank = static_cast<std::uint64_t>(share * static_cast<double>(count()) + 0.5);
    std::uint64_t seen = 0;
    for (std::size_t bucket = 0; bucket < counts_.size(); ++bucket) {
        seen += counts_[bucket];
        if (seen == 0 || seen < rank) continue;
        return percent <= 0 ? lowest_of(bucket) : Histogram::highest_of(bucket);
    }
    return 0;
}

std::vector<std::pair<std::uint64_t, std::uint64_t>> Distribution::doubling_steps_us() const {
    constexpr std::uint64_t kFirstStepNs = 1024;
    std::vector<std::pair<std::uint64_t, std::uint64_t>> steps;
    std::uint64_t step_ns = kFirstStepNs;
    std::uint64_t told = 0;
    std::uint64_t seen = 0;
    for (std::size_t bucket = 0; bucket < counts_.size(); ++bucket) {
        seen += counts_[bucket];
        if (lowest_of(bucket) < step_ns && bucket + 1 < counts_.size()) continue;
        // Redis names a step by the end of a bucket that is half as wide as these.
        if (seen > told) steps.emplace_back((step_ns + step_ns / 128 - 1) / kNsPerUs, seen);
        told = seen;
        step_ns *= 2;
    }
    return steps;
}

}  // namespace pongo

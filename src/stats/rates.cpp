#include "stats/rates.h"

#include <numeric>

#include "base/clock.h"

namespace pongo {

void RateSampler::sample(std::int64_t now_us, std::uint64_t total) {
    if (begun_ && now_us > last_us_) {
        const std::uint64_t grown = total >= last_total_ ? total - last_total_ : 0;
        const auto elapsed_us = static_cast<double>(now_us - last_us_);
        speeds_[next_] = static_cast<double>(grown) * kUsPerSecond / elapsed_us;
        next_ = (next_ + 1) % kSamples;
        const double sum = std::accumulate(speeds_.begin(), speeds_.end(), 0.0);
        per_second_.store(sum / kSamples, std::memory_order_relaxed);
    }
    begun_ = true;
    last_us_ = now_us;
    last_total_ = total;
}

}  // namespace pongo

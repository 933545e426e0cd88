// How fast totals grow: INFO's instantaneous_ops_per_sec and its kin.
//
// Thread rule: sample() on the thread of the server's clock; per_second() on any.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace pongo {

// The mean speed over the last kSamples calls of sample().
class RateSampler {
  public:
    static constexpr std::size_t kSamples = 16;

    // `total` so far, at `now_us` of a clock that never goes back. A total that has shrunk was reset.
    void sample(std::int64_t now_us, std::uint64_t total);
    double per_second() const { return per_second_.load(std::memory_order_relaxed); }

  private:
    std::array<double, kSamples> speeds_{};
    std::size_t next_ = 0;
    std::int64_t last_us_ = 0;
    std::uint64_t last_total_ = 0;
    bool begun_ = false;
    std::atomic<double> per_second_{0};
};

struct Rates {
    RateSampler commands;
    RateSampler input_bytes;
    RateSampler output_bytes;
};

}  // namespace pongo

// What an entry remembers of its use in 24 bits: the second of the last one (LRU), or, under an LFU policy, a
// logarithmic counter in the low byte and the minute of its last decay above. (Morris, "Counting large
// numbers of events in small registers".) Thread rule: one per thread.
#pragma once

#include <cstdint>

#include "base/random.h"

namespace pongo {

class AccessClock {
  public:
    enum class Policy : std::uint8_t { LeastRecent, LeastFrequent };

    // To be called now and then: with the time, and with the settings in force.
    void advance(std::int64_t unix_ms, Policy policy, int lfu_log_factor, int lfu_decay_minutes);

    Policy policy() const { return policy_; }
    std::uint32_t fresh() const;
    std::uint32_t touched(std::uint32_t access);
    // Of a key that is said to have been used so long ago (under Policy::LeastRecent) ...
    std::uint32_t idle_for(std::int64_t seconds) const;
    // ... or so often (under the other).
    std::uint32_t with_frequency(std::uint8_t frequency) const;
    std::int64_t idle_seconds(std::uint32_t access) const;
    // With the decay since its last use.
    std::uint8_t frequency(std::uint32_t access) const;

    std::uint32_t seconds() const { return seconds_; }

  private:
    Policy policy_ = Policy::LeastRecent;
    int log_factor_ = 10;
    int decay_minutes_ = 1;
    std::uint32_t seconds_ = 0;  // 24 bits
    std::uint32_t minutes_ = 0;  // 16 bits
    Random random_;
};

}  // namespace pongo

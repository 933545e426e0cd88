#include "keyspace/access_clock.h"

#include <algorithm>

#include "base/clock.h"

namespace pongo {
namespace {

constexpr std::uint32_t kSecondsMask = (1U << 24) - 1;
constexpr std::uint32_t kMinutesMask = (1U << 16) - 1;
constexpr std::uint8_t kFirstFrequency = 5;  // So that a new key is not the first to go.

}  // namespace

void AccessClock::advance(std::int64_t unix_ms, Policy policy, int lfu_log_factor, int lfu_decay_minutes) {
    policy_ = policy;
    log_factor_ = lfu_log_factor;
    decay_minutes_ = lfu_decay_minutes;
    seconds_ = static_cast<std::uint32_t>(unix_ms / kMsPerSecond) & kSecondsMask;
    minutes_ = static_cast<std::uint32_t>(unix_ms / 60000) & kMinutesMask;
}

std::uint32_t AccessClock::fresh() const {
    return policy_ == Policy::LeastRecent ? seconds_ : (minutes_ << 8) | kFirstFrequency;
}

std::uint32_t AccessClock::touched(std::uint32_t access) {
    if (policy_ == Policy::LeastRecent) return seconds_;
    std::uint32_t counter = frequency(access);
    if (counter < 255) {
        const double over = counter > kFirstFrequency ? counter - kFirstFrequency : 0;
        if (random_.uniform() < 1.0 / (over * log_factor_ + 1)) ++counter;
    }
    return (minutes_ << 8) | counter;
}

std::uint32_t AccessClock::idle_for(std::int64_t seconds) const {
    return (seconds_ - static_cast<std::uint32_t>(seconds)) & kSecondsMask;
}

std::uint32_t AccessClock::with_frequency(std::uint8_t frequency) const {
    return (minutes_ << 8) | frequency;
}

std::int64_t AccessClock::idle_seconds(std::uint32_t access) const {
    return (seconds_ - access) & kSecondsMask;
}

std::uint8_t AccessClock::frequency(std::uint32_t access) const {
    const auto counter = static_cast<std::uint8_t>(access);
    if (decay_minutes_ == 0) return counter;
    const std::uint32_t elapsed = (minutes_ - (access >> 8)) & kMinutesMask;
    const std::uint32_t decay = elapsed / static_cast<std::uint32_t>(decay_minutes_);
    return static_cast<std::uint8_t>(counter - std::min<std::uint32_t>(counter, decay));
}

}  // namespace pongo

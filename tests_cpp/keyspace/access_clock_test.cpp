#include "keyspace/access_clock.h"

#include <gtest/gtest.h>

namespace pongo {
namespace {

constexpr std::int64_t kMsPerMinute = 60'000;

AccessClock lru_at(std::int64_t unix_ms) {
    AccessClock clock;
    clock.advance(unix_ms, AccessClock::Policy::LeastRecent, 10, 1);
    return clock;
}

AccessClock lfu_at(std::int64_t unix_ms, int log_factor = 10, int decay_minutes = 1) {
    AccessClock clock;
    clock.advance(unix_ms, AccessClock::Policy::LeastFrequent, log_factor, decay_minutes);
    return clock;
}

TEST(AccessClock, CountsTheSecondsSinceTheLastUse) {
    const std::uint32_t access = lru_at(1'000'000).fresh();
    EXPECT_EQ(lru_at(1'000'000).idle_seconds(access), 0);
    EXPECT_EQ(lru_at(1'042'500).idle_seconds(access), 42);
    EXPECT_EQ(lru_at(1'042'500).touched(access), lru_at(1'042'500).fresh());
}

TEST(AccessClock, CountsOnWhenTheSecondsNoLongerFit) {
    constexpr std::int64_t kWrapMs = (std::int64_t{1} << 24) * 1000;
    const std::uint32_t access = lru_at(kWrapMs * 7 - 5000).fresh();
    EXPECT_LT(access, 1U << 24);
    EXPECT_EQ(lru_at(kWrapMs * 7 + 3000).idle_seconds(access), 8);
}

TEST(AccessClock, ANewKeyStartsWithAFewUses) {
    const AccessClock clock = lfu_at(0);
    EXPECT_EQ(clock.frequency(clock.fresh()), 5);
}

TEST(AccessClock, FrequencyDecaysWithTheMinutes) {
    const std::uint32_t access = lfu_at(100 * kMsPerMinute).fresh();
    EXPECT_EQ(lfu_at(102 * kMsPerMinute).frequency(access), 3);
    EXPECT_EQ(lfu_at(200 * kMsPerMinute).frequency(access), 0);
    EXPECT_EQ(lfu_at(102 * kMsPerMinute, 10, 2).frequency(access), 4);
    EXPECT_EQ(lfu_at(200 * kMsPerMinute, 10, 0).frequency(access), 5) << "a decay time of 0 means never";
}

TEST(AccessClock, FrequencyDecaysOnWhenTheMinutesNoLongerFit) {
    constexpr std::int64_t kWrapMinutes = 1 << 16;
    const std::uint32_t access = lfu_at((kWrapMinutes - 1) * kMsPerMinute).fresh();
    EXPECT_EQ(lfu_at((kWrapMinutes + 1) * kMsPerMinute).frequency(access), 3);
}

TEST(AccessClock, EachUseCountsLessThanTheOneBefore) {
    AccessClock clock = lfu_at(0);
    std::uint32_t access = clock.fresh();
    for (int i = 0; i < 100; ++i) access = clock.touched(access);
    const int after_hundred = clock.frequency(access);
    EXPECT_GT(after_hundred, 6);
    EXPECT_LT(after_hundred, 30);
    for (int i = 0; i < 100'000; ++i) access = clock.touched(access);
    EXPECT_GT(clock.frequency(access), 100);
    EXPECT_LT(clock.frequency(access), 200);
}

TEST(AccessClock, FrequencyStopsAtTheMost) {
    AccessClock clock = lfu_at(0, 0);  // Every use counts.
    std::uint32_t access = clock.fresh();
    for (int i = 0; i < 1000; ++i) access = clock.touched(access);
    EXPECT_EQ(clock.frequency(access), 255);
}

}  // namespace
}  // namespace pongo

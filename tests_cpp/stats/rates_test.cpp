#include "stats/rates.h"

#include <gtest/gtest.h>

namespace pongo {
namespace {

constexpr std::int64_t kSecond = 1'000'000;

TEST(RateSampler, HasNoRateBeforeTheSecondSample) {
    RateSampler sampler;
    EXPECT_EQ(sampler.per_second(), 0);
    sampler.sample(5 * kSecond, 1000);
    EXPECT_EQ(sampler.per_second(), 0);
}

TEST(RateSampler, IsTheMeanOfItsWindow) {
    RateSampler sampler;
    std::uint64_t total = 0;
    for (std::size_t i = 0; i <= RateSampler::kSamples; ++i) {
        sampler.sample(static_cast<std::int64_t>(i) * kSecond / 10, total);
        total += 50;
    }
    EXPECT_DOUBLE_EQ(sampler.per_second(), 500);
}

TEST(RateSampler, ForgetsWhatIsOlderThanItsWindow) {
    RateSampler sampler;
    sampler.sample(0, 0);
    sampler.sample(kSecond, 1'000'000);
    EXPECT_GT(sampler.per_second(), 0);
    for (std::size_t i = 0; i < RateSampler::kSamples; ++i) {
        sampler.sample(static_cast<std::int64_t>(i + 2) * kSecond, 1'000'000);
    }
    EXPECT_EQ(sampler.per_second(), 0);
}

TEST(RateSampler, ATotalThatShrankIsNoRate) {
    RateSampler sampler;
    sampler.sample(0, 1000);
    sampler.sample(kSecond, 0);
    EXPECT_EQ(sampler.per_second(), 0);
}

TEST(RateSampler, AClockThatStandsStillIsNoSample) {
    RateSampler sampler;
    sampler.sample(kSecond, 0);
    sampler.sample(kSecond, 100);
    EXPECT_EQ(sampler.per_second(), 0);
}

}  // namespace
}  // namespace pongo

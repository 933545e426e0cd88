#include "stats/distribution.h"

#include <gtest/gtest.h>

#include <memory>

namespace pongo {
namespace {

using Steps = std::vector<std::pair<std::uint64_t, std::uint64_t>>;

TEST(Distribution, OfNothingIsNothing) {
    const Distribution none;
    EXPECT_EQ(none.count(), 0u);
    EXPECT_EQ(none.percentile_ns(50), 0u);
    EXPECT_EQ(none.doubling_steps_us(), Steps{});
}

TEST(Distribution, AddsUpHistograms) {
    const auto one = std::make_unique<Histogram>();
    const auto other = std::make_unique<Histogram>();
    one->record(10);
    other->record(10);
    other->record(20);
    Distribution sum;
    sum.add(*one);
    sum.add(*other);
    EXPECT_EQ(sum.count(), 3u);
    EXPECT_EQ(sum.percentile_ns(50), 10u);
    EXPECT_EQ(sum.percentile_ns(100), 20u);
}

TEST(Distribution, PercentilesAreWithinTheWidthOfABucket) {
    const auto histogram = std::make_unique<Histogram>();
    for (std::uint64_t us = 1; us <= 1000; ++us) histogram->record(us * 1000);
    Distribution durations;
    durations.add(*histogram);
    for (const double percent : {1.0, 10.0, 50.0, 99.0, 99.9}) {
        const double expected = percent / 100 * 1e6;
        EXPECT_NEAR(static_cast<double>(durations.percentile_ns(percent)), expected, expected / 60)
            << percent;
    }
    EXPECT_LE(durations.percentile_ns(0), 1000u);
}

TEST(Distribution, StepsDoubleAndLeaveOutWhereNothingIsNew) {
    const auto histogram = std::make_unique<Histogram>();
    for (const std::uint64_t ns : {500u, 900u, 1'500u, 30'000u, 30'000'000u}) histogram->record(ns);
    Distribution durations;
    durations.add(*histogram);
    EXPECT_EQ(durations.doubling_steps_us(), (Steps{{1, 2}, {2, 3}, {33, 4}, {33'816, 5}}));
}

}  // namespace
}  // namespace pongo

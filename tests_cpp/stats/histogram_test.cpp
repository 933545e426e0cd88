#include "stats/histogram.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "stats/distribution.h"

namespace pongo {
namespace {

TEST(Histogram, BucketsFollowOneAnotherWithoutAGap) {
    for (std::size_t bucket = 0; bucket + 1 < Histogram::kBuckets; ++bucket) {
        const std::uint64_t highest = Histogram::highest_of(bucket);
        ASSERT_EQ(Histogram::bucket_of(highest), bucket);
        ASSERT_EQ(Histogram::bucket_of(highest + 1), bucket + 1);
    }
    EXPECT_EQ(Histogram::bucket_of(0), 0u);
    EXPECT_EQ(Histogram::highest_of(Histogram::kBuckets - 1), Histogram::kMaxNs);
}

TEST(Histogram, ABucketIsNarrowerThanASixtyFourthOfWhatItHolds) {
    Random random(1);
    for (int i = 0; i < 100000; ++i) {
        const std::uint64_t ns = random.below(std::uint64_t{1} << (1 + random.below(36)));
        const std::uint64_t highest = Histogram::highest_of(Histogram::bucket_of(ns));
        ASSERT_GE(highest, ns);
        ASSERT_LE(highest - ns, ns / 64);
    }
}

TEST(Histogram, LongerThanTheLongestCountsAsTheLongest) {
    EXPECT_EQ(Histogram::bucket_of(Histogram::kMaxNs), Histogram::kBuckets - 1);
    EXPECT_EQ(Histogram::bucket_of(UINT64_MAX), Histogram::kBuckets - 1);
}

TEST(Histogram, AddsItsCountsToOthers) {
    Histogram histogram;
    histogram.record(5);
    histogram.record(5);
    histogram.record(1000);
    std::vector<std::uint64_t> totals(Histogram::kBuckets);
    histogram.add_to(totals);
    histogram.add_to(totals);
    EXPECT_EQ(totals[Histogram::bucket_of(5)], 4u);
    EXPECT_EQ(totals[Histogram::bucket_of(1000)], 2u);
    histogram.reset();
    std::vector<std::uint64_t> none(Histogram::kBuckets);
    histogram.add_to(none);
    EXPECT_EQ(none, std::vector<std::uint64_t>(Histogram::kBuckets));
}

TEST(CommandStats, KeepAHistogramOnlyWhereItIsWanted) {
    CommandStats stats;
    stats.record(100, false);
    EXPECT_EQ(stats.histogram.load(), nullptr);
    stats.record(200, true);
    ASSERT_NE(stats.histogram.load(), nullptr);
    EXPECT_EQ(stats.calls.get(), 2u);
    EXPECT_EQ(stats.ns.get(), 300u);
    Distribution distribution;
    distribution.add(*stats.histogram);
    EXPECT_EQ(distribution.count(), 1u);
}

TEST(CommandStats, ResetForgetsAll) {
    CommandStats stats;
    stats.record(100, true);
    stats.rejected.add();
    stats.failed.add();
    stats.reset();
    EXPECT_EQ(stats.calls.get() + stats.ns.get() + stats.rejected.get() + stats.failed.get(), 0u);
    Distribution distribution;
    distribution.add(*stats.histogram);
    EXPECT_EQ(distribution.count(), 0u);
}

TEST(Distribution, OfNothingHasNoPercentiles) {
    Distribution distribution;
    EXPECT_EQ(distribution.count(), 0u);
    EXPECT_EQ(distribution.percentile_ns(50), 0u);
    EXPECT_TRUE(distribution.doubling_steps_us().empty());
}

TEST(Distribution, PercentilesAreThoseOfASortedList) {
    Histogram histogram;
    std::vector<std::uint64_t> durations;
    Random random(2);
    for (int i = 0; i < 5000; ++i) {
        durations.push_back(1 + random.below(std::uint64_t{1} << (4 + random.below(25))));
        histogram.record(durations.back());
    }
    std::sort(durations.begin(), durations.end());
    Distribution distribution;
    distribution.add(histogram);
    for (const double percent : {1.0, 10.0, 50.0, 90.0, 99.0, 99.9, 100.0}) {
        const auto rank = static_cast<std::size_t>(percent / 100 * 5000 + 0.5);
        const std::uint64_t exact = durations[rank - 1];
        EXPECT_GE(distribution.percentile_ns(percent), exact) << percent;
        EXPECT_LE(distribution.percentile_ns(percent), exact + exact / 64) << percent;
    }
    EXPECT_LE(distribution.percentile_ns(0), durations.front());
}

TEST(Distribution, SeveralHistogramsAddUp) {
    Histogram one, other;
    one.record(10);
    other.record(20);
    other.record(30);
    Distribution distribution;
    distribution.add(one);
    distribution.add(other);
    EXPECT_EQ(distribution.count(), 3u);
    EXPECT_EQ(distribution.percentile_ns(0), 10u);
    EXPECT_EQ(distribution.percentile_ns(100), 30u);
}

TEST(Distribution, DoublingStepsNameOnlyWhatIsNew) {
    Histogram histogram;
    for (int i = 0; i < 3; ++i) histogram.record(900);
    histogram.record(1500);
    histogram.record(100'000);
    Distribution distribution;
    distribution.add(histogram);
    const std::vector<std::pair<std::uint64_t, std::uint64_t>> expected{{1, 3}, {2, 4}, {132, 5}};
    EXPECT_EQ(distribution.doubling_steps_us(), expected);
}

}  // namespace
}  // namespace pongo

#include "base/random.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/clock.h"

namespace pongo {
namespace {

TEST(Random, the_same_seed_gives_the_same_sequence) {
    Random a(7);
    Random b(7);
    Random c(8);
    bool differs = false;
    for (int i = 0; i < 100; ++i) {
        const auto value = a.next();
        EXPECT_EQ(value, b.next());
        differs |= value != c.next();
    }
    EXPECT_TRUE(differs);
}

TEST(Random, reproduces_xoshiro256_seeded_by_splitmix64) {
    // From the authors' published algorithms, worked out apart from this code.
    Random random(0);
    EXPECT_EQ(random.next(), 0x99ec5f36cb75f2b4u);
    EXPECT_EQ(random.next(), 0xbf6e1f784956452au);
    EXPECT_EQ(random.next(), 0x1a5f849d4933e6e0u);
}

TEST(Random, two_unseeded_ones_differ) {
    Random a;
    Random b;
    EXPECT_NE(a.next(), b.next());
}

TEST(Random, below_is_evenly_spread) {
    Random random(1);
    std::vector<int> counts(7);
    for (int i = 0; i < 70'000; ++i) ++counts.at(random.below(7));
    for (const int count : counts) EXPECT_NEAR(count, 10'000, 500);
}

TEST(Random, below_is_unbiased_for_a_bound_close_to_the_range) {
    // Of a bound of three quarters of the range, a product without rejection would favour every third value.
    Random random(1);
    constexpr std::uint64_t kBound = std::uint64_t{3} << 62;
    int thirds[3] = {};
    for (int i = 0; i < 30'000; ++i) {
        const std::uint64_t value = random.below(kBound);
        ASSERT_LT(value, kBound);
        ++thirds[value % 3];
    }
    for (const int count : thirds) EXPECT_NEAR(count, 10'000, 400);
}

TEST(Random, below_one_is_zero) {
    Random random(1);
    for (int i = 0; i < 100; ++i) EXPECT_EQ(random.below(1), 0u);
}

TEST(Random, uniform_stays_in_its_interval_and_fills_it) {
    Random random(1);
    double sum = 0;
    for (int i = 0; i < 10'000; ++i) {
        const double value = random.uniform();
        ASSERT_GE(value, 0);
        ASSERT_LT(value, 1);
        sum += value;
    }
    EXPECT_NEAR(sum / 10'000, 0.5, 0.02);
}

TEST(RandomHex, has_the_length_asked_for_and_hexadecimal_digits_only) {
    for (const std::size_t size : {0u, 1u, 8u, 40u, 41u}) {
        const std::string text = random_hex(size);
        EXPECT_EQ(text.size(), size);
        EXPECT_EQ(text.find_first_not_of("0123456789abcdef"), std::string::npos) << text;
    }
    EXPECT_NE(random_hex(40), random_hex(40));
}

TEST(Clock, units_agree_with_each_other) {
    const auto before = unix_ms();
    const auto us = unix_us();
    const auto after = unix_ms();
    EXPECT_LE(before, us / 1000);
    EXPECT_GE(after, us / 1000);
    EXPECT_GT(before, 1'600'000'000'000);
}

TEST(Clock, the_monotonic_one_never_goes_back) {
    const auto first = monotonic_ns();
    const auto second = monotonic_us();
    const auto third = monotonic_ns();
    EXPECT_LE(first / 1000, second);
    EXPECT_LE(second, third / 1000);
}

}  // namespace
}  // namespace pongo

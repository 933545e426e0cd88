#include "structures/bucket_array.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/random.h"

namespace pongo {
namespace {

std::uint64_t hash_at(std::uint64_t position) {
    return position << (64 - BucketArray::kPositionBits);
}

TEST(Bucket, KeepsTagsAndPointersApart) {
    Bucket bucket{};
    EXPECT_EQ(bucket.free_slots(), (1U << Bucket::kSlots) - 1);
    std::vector<int> items(Bucket::kSlots);
    for (int slot = 0; slot < Bucket::kSlots; ++slot) {
        bucket.set(slot, static_cast<std::uint8_t>(slot % 2 == 0 ? 7 : 255), &items[slot]);
    }
    bucket.passed = 7;  // Not a slot, though it stands before them.
    EXPECT_EQ(bucket.free_slots(), 0U);
    EXPECT_EQ(bucket.match(7), 0b101010101U);
    EXPECT_EQ(bucket.match(255), 0b010101010U);
    for (int slot = 0; slot < Bucket::kSlots; ++slot) EXPECT_EQ(bucket.item<int>(slot), &items[slot]);
    bucket.clear(4);
    EXPECT_EQ(bucket.match(0), 1U << 4);
    EXPECT_EQ(bucket.used_slots(), 0b111101111U);
}

TEST(Bucket, CountsWhatPassedItUntilTheCountSticks) {
    Bucket bucket{};
    bucket.count_passed();
    bucket.count_passed();
    bucket.uncount_passed();
    EXPECT_EQ(bucket.passed, 1);
    for (int i = 0; i < 300; ++i) bucket.count_passed();
    for (int i = 0; i < 301; ++i) bucket.uncount_passed();
    EXPECT_EQ(bucket.passed, Bucket::kPassedMany);
}

TEST(BucketArray, AnEmptyArrayReadsAsOneFreeBucket) {
    const BucketArray array;
    EXPECT_TRUE(array.empty());
    EXPECT_EQ(array.bytes(), 0U);
    EXPECT_EQ(array.home(~std::uint64_t{0}), 0U);
    EXPECT_EQ(array[0].used_slots(), 0U);
    EXPECT_EQ(array[0].passed, 0);
}

TEST(BucketArray, StartsWithFreeBucketsOfEverySize) {
    for (const std::uint64_t homes : {1, 2, 31, 32, 5000, 70'000}) {
        const BucketArray array(homes);
        EXPECT_EQ(array.homes(), homes);
        EXPECT_GT(array.buckets(), homes);
        EXPECT_EQ(reinterpret_cast<std::uintptr_t>(&array[0]) % sizeof(Bucket), 0U);
        for (std::uint64_t i = 0; i < array.buckets(); ++i) {
            ASSERT_EQ(array[i].used_slots(), 0U);
            ASSERT_EQ(array[i].passed, 0);
        }
    }
}

TEST(BucketArray, HomesKeepTheOrderOfTheHashes) {
    Random random(1);
    for (const std::uint64_t homes : {1, 2, 3, 7, 64, 1000, 12345}) {
        const BucketArray array(homes);
        EXPECT_EQ(array.home(0), 0U);
        EXPECT_EQ(array.home(~std::uint64_t{0}), homes - 1);
        for (int i = 0; i < 1000; ++i) {
            const std::uint64_t one = random.next();
            const std::uint64_t other = random.next();
            if (one <= other) {
                ASSERT_LE(array.home(one), array.home(other));
            }
        }
    }
}

TEST(BucketArray, FirstPositionIsWhereAHomeBegins) {
    for (const std::uint64_t homes : {1, 2, 3, 7, 64, 1000, 12345}) {
        const BucketArray array(homes);
        EXPECT_EQ(array.first_position(0), 0U);
        for (std::uint64_t home = 1; home < homes; ++home) {
            const std::uint64_t first = array.first_position(home);
            ASSERT_EQ(array.home(hash_at(first)), home);
            ASSERT_EQ(array.home(hash_at(first) - 1), home - 1);
        }
        EXPECT_EQ(array.first_position(homes), std::uint64_t{1} << BucketArray::kPositionBits);
    }
}

TEST(BucketArray, MovingLeavesAnEmptyArrayBehind) {
    BucketArray array(100);
    array[5].passed = 3;
    BucketArray taken = std::move(array);
    EXPECT_TRUE(array.empty());  // NOLINT: what a moved-from array is, is part of its contract.
    EXPECT_EQ(taken.homes(), 100U);
    EXPECT_EQ(taken[5].passed, 3);
    taken = BucketArray();
    EXPECT_EQ(taken.bytes(), 0U);
}

TEST(BucketArray, ReleasesLargePiecesAndKeepsTheRest) {
    constexpr std::uint64_t kHomes = 200'000;
    BucketArray array(kHomes);
    const std::size_t whole = array.bytes();
    array.release_before(10);
    EXPECT_EQ(array.bytes(), whole);
    array[100'000].passed = 9;
    array.release_before(100'000);
    EXPECT_LT(array.bytes(), whole * 6 / 10);
    EXPECT_EQ(array[100'000].passed, 9);
    array.release_before(array.buckets());
    EXPECT_LT(array.bytes(), std::size_t{2} << 20);
}

}  // namespace
}  // namespace pongo

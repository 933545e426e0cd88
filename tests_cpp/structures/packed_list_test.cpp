#include "structures/packed_list.h"

#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <vector>

#include "base/random.h"

namespace pongo {
namespace {

using Strings = std::vector<std::string>;

Strings contents(const PackedList& list) {
    Strings all;
    for (auto at = list.begin(); at != list.end(); at = list.next(at)) all.push_back(list[at].to_string());
    return all;
}

Strings backwards(const PackedList& list) {
    Strings all;
    for (auto at = list.end(); at != list.begin();) {
        at = list.previous(at);
        all.push_back(list[at].to_string());
    }
    return all;
}

TEST(BlockLimits, FollowTheOption) {
    EXPECT_EQ(BlockLimits::of_option(-1).bytes, 4096U);
    EXPECT_EQ(BlockLimits::of_option(-2).bytes, 8192U);
    EXPECT_EQ(BlockLimits::of_option(-5).bytes, 65536U);
    EXPECT_EQ(BlockLimits::of_option(-9).bytes, 65536U);
    EXPECT_EQ(BlockLimits::of_option(128).elements, 128U);
    EXPECT_EQ(BlockLimits::of_option(0).elements, 1U);
}

TEST(PackedList, AnEmptyOneHasNothing) {
    const PackedList list;
    EXPECT_EQ(list.begin(), list.end());
    EXPECT_EQ(list.seek(0), list.end());
    EXPECT_EQ(list.bytes(), 0U);
}

TEST(PackedList, FillsOneBlockAfterTheOther) {
    PackedList list;
    const BlockLimits limits = BlockLimits::of_option(10);
    for (int i = 0; i < 95; ++i) list.push_back(std::to_string(i), limits);
    EXPECT_EQ(list.blocks(), 10U);
    EXPECT_EQ(list.size(), 95U);
    for (std::uint64_t i = 0; i < 95; ++i) {
        EXPECT_EQ(list[list.seek(i)].integer, static_cast<std::int64_t>(i));
    }
    EXPECT_EQ(list.seek(95), list.end());
    EXPECT_TRUE(list.valid(limits));
}

TEST(PackedList, AnElementLargerThanABlockHasOneForItself) {
    PackedList list;
    const BlockLimits limits{100, SIZE_MAX};
    const std::string large(1000, 'x');
    list.push_back("a", limits);
    list.push_back(large, limits);
    list.push_back("b", limits);
    list.insert(list.seek(1), large, limits);
    EXPECT_EQ(list.blocks(), 4U);
    EXPECT_EQ(contents(list), (Strings{"a", large, large, "b"}));
    list.replace(list.seek(1), "c", limits);
    EXPECT_TRUE(list.valid(limits));
}

TEST(PackedList, BlocksThatWereCutUpAreJoinedAgain) {
    PackedList list;
    const BlockLimits limits = BlockLimits::of_option(16);
    for (int i = 0; i < 64; ++i) list.push_back("x", limits);
    for (int i = 0; i < 64; ++i) list.insert(list.seek(32), "y", limits);
    EXPECT_EQ(list.size(), 128U);
    EXPECT_LE(list.blocks(), 14U);
    EXPECT_TRUE(list.valid(limits));
}

TEST(PackedList, GivesItsMemoryBack) {
    PackedList list;
    const BlockLimits limits;
    for (int i = 0; i < 10'000; ++i) list.push_back("element " + std::to_string(i), limits);
    EXPECT_LT(list.bytes(), 10'000U * 20);
    list.erase(list.begin(), 10'000);
    EXPECT_TRUE(list.empty());
    EXPECT_EQ(list.bytes(), 0U);
}

class PackedListModel : public testing::TestWithParam<BlockLimits> {};

// Against std::deque, with the invariants verified after each step.
TEST_P(PackedListModel, RandomChangesEqualThoseOfADeque) {
    const BlockLimits limits = GetParam();
    Random random(5);
    PackedList list;
    std::deque<std::string> model;
    const auto text = [&] {
        const std::uint64_t kind = random.below(8);
        if (kind < 4) return std::to_string(static_cast<std::int64_t>(random.next() >> random.below(64)));
        return std::string(kind == 7 ? random.below(300) : random.below(12), 'x');
    };
    for (int step = 0; step < 6000; ++step) {
        const std::string added = text();
        const std::uint64_t index = random.below(model.size() + 1);
        const auto place = model.begin() + static_cast<std::ptrdiff_t>(index);
        const bool shrinking = step / 1000 % 2 == 1;
        switch (random.below(shrinking ? 8 : 5)) {
            case 0:
                list.push_front(added, limits);
                model.push_front(added);
                break;
            case 1:
                list.push_back(added, limits);
                model.push_back(added);
                break;
            case 2:
                list.insert(list.seek(index), added, limits);
                model.insert(place, added);
                break;
            case 3:
                if (index == model.size()) break;
                list.replace(list.seek(index), added, limits);
                *place = added;
                break;
            default: {
                const std::uint64_t count = std::min<std::uint64_t>(random.below(6), model.size() - index);
                const auto following = list.erase(list.seek(index), count);
                model.erase(place, place + static_cast<std::ptrdiff_t>(count));
                ASSERT_EQ(following, list.seek(index));
            }
        }
        ASSERT_EQ(list.size(), model.size());
        ASSERT_TRUE(list.valid(limits));
        if (step % 20 != 0) continue;
        ASSERT_EQ(contents(list), Strings(model.begin(), model.end()));
    }
    EXPECT_EQ(backwards(list), Strings(model.rbegin(), model.rend()));
}

INSTANTIATE_TEST_SUITE_P(OfSeveralLimits, PackedListModel,
                         testing::Values(BlockLimits{}, BlockLimits{64, SIZE_MAX}, BlockLimits{8192, 1},
                                         BlockLimits{8192, 7}));

}  // namespace
}  // namespace pongo

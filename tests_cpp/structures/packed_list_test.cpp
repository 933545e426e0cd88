#include "structures/packed_list.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
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

// Of many blocks: what a call does with all of them may not take their square. Making the list is the
// measure.
TEST(PackedList, ErasingInTheMiddleTakesNoLongerThanMakingIt) {
    constexpr int kBlocks = 200'000;
    const BlockLimits limits{8192, 1};
    const auto cpu_us_of = [](auto&& work) {
        const std::int64_t start = thread_cpu_us();
        work();
        return thread_cpu_us() - start;
    };
    const auto any = [](const Listpack::Element&) { return true; };
    for (const ListEnd from : {ListEnd::Front, ListEnd::Back}) {
        PackedList list;
        const std::int64_t making = cpu_us_of([&] {
            for (int i = 0; i < kBlocks; ++i) list.push_back(i % 2 == 0 ? "even" : "odd", limits);
        });
        const auto is_odd = [](const Listpack::Element& element) { return element.bytes == "odd"; };
        EXPECT_LT(cpu_us_of([&] { EXPECT_EQ(list.erase_if(from, UINT64_MAX, is_odd), 100'000U); }),
                  5 * making);
        EXPECT_LT(cpu_us_of([&] { list.erase(list.seek(40'000), 20'000); }), 5 * making);
        EXPECT_EQ(list.size(), 80'000U);
        EXPECT_TRUE(list.valid(limits));
        EXPECT_EQ(list.erase_if(from, UINT64_MAX, any), 80'000U);
        EXPECT_EQ(list.begin(), list.end());
    }
}

TEST(PackedList, InnerBlocksAreCompressedAndReadAsIfTheyWereNot) {
    const BlockLimits plain;
    BlockLimits limits;
    limits.compress_depth = 2;
    PackedList list;
    PackedList uncompressed;
    Strings expected;
    for (int i = 0; i < 20'000; ++i) {
        expected.push_back("the element " + std::to_string(i));
        list.push_back(expected.back(), limits);
        list.compress_inner(list.blocks() - 1, limits);
        uncompressed.push_back(expected.back(), plain);
    }
    EXPECT_TRUE(list.has_compressed());
    EXPECT_LT(list.bytes(), uncompressed.bytes() / 2);
    EXPECT_EQ(contents(list), expected);
    EXPECT_TRUE(list.valid(limits));
    PackedList copy;
    copy.append_blocks_of(list);
    EXPECT_EQ(copy.bytes(), list.bytes());
    list.compress_all_inner(plain);
    EXPECT_TRUE(list.has_compressed());
    for (int i = 0; i < 20'000; ++i) {
        ASSERT_EQ(list[list.begin()].to_string(), expected[static_cast<std::size_t>(i)]);
        list.erase(list.begin());
        list.compress_inner(0, plain);
    }
    EXPECT_FALSE(list.has_compressed());
}

TEST(PackedList, WhatDoesNotCompressStaysAsItIs) {
    Random random(1);
    const BlockLimits limits{.bytes = 8192, .compress_depth = 1};
    PackedList list;
    for (int i = 0; i < 3000; ++i) {
        std::string text;
        for (int k = 0; k < 4; ++k) {
            const std::uint64_t bits = random.next();
            text.append(reinterpret_cast<const char*>(&bits), sizeof(bits));
        }
        list.push_back(text, limits);
    }
    list.compress_all_inner(limits);
    EXPECT_FALSE(list.has_compressed());
    EXPECT_TRUE(list.valid(limits));
}

// Knows what blocks are like as long as it is not told that they change.
class WatchedBlocks final : public ListWatcher {
  public:
    void before_change(std::size_t block) override { known_[block] = std::nullopt; }
    void before_erase(std::size_t block, ListBlock&) override { known_[block] = std::nullopt; }
    void erased(std::size_t first, std::size_t last) override {
        known_.erase(known_.begin() + static_cast<std::ptrdiff_t>(first),
                     known_.begin() + static_cast<std::ptrdiff_t>(last));
    }
    void inserted(std::size_t block) override {
        known_.insert(known_.begin() + static_cast<std::ptrdiff_t>(block), std::nullopt);
    }

    // False if a block is not as it is known.
    bool agrees_with(const PackedList& list) {
        if (known_.size() != list.blocks()) return false;
        for (std::size_t i = 0; i < known_.size(); ++i) {
            if (!known_[i]) known_[i] = list.block(i);
            if (*known_[i] != list.block(i)) return false;
        }
        return true;
    }

  private:
    std::deque<std::optional<std::string>> known_;
};

class PackedListModel : public testing::TestWithParam<BlockLimits> {};

// Against std::deque, with the invariants verified after each step.
TEST_P(PackedListModel, RandomChangesEqualThoseOfADeque) {
    const BlockLimits limits = GetParam();
    Random random(5);
    PackedList list;
    WatchedBlocks watcher;
    list.watch(&watcher);
    std::deque<std::string> model;
    const auto text = [&] {
        const std::uint64_t kind = random.below(8);
        if (kind < 4) return std::to_string(static_cast<std::int64_t>(random.next() >> random.below(64)));
        return std::string(kind == 7 ? random.below(300) : random.below(12), 'x');
    };
    int compressed = 0;
    for (int step = 0; step < 6000; ++step) {
        const std::string added = text();
        const std::uint64_t index = random.below(model.size() + 1);
        const auto place = model.begin() + static_cast<std::ptrdiff_t>(index);
        const std::size_t changed_block = list.seek(index).block;
        const bool shrinking = step / 1000 % 2 == 1;
        switch (random.below(shrinking || random.below(3) == 0 ? 9 : 4)) {
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
            case 4: {
                // What the texts end in is as good as chance.
                const std::string last = std::to_string(random.below(10));
                const auto ends = [&](const std::string& one) { return one.ends_with(last); };
                const std::uint64_t count = random.below(4);
                const bool front = random.below(2) == 0;
                const std::uint64_t erased = list.erase_if(
                    front ? ListEnd::Front : ListEnd::Back, count,
                    [&](const Listpack::Element& element) { return ends(element.to_string()); });
                if (!front) std::reverse(model.begin(), model.end());
                std::uint64_t gone = 0;
                std::erase_if(model, [&](const std::string& one) {
                    const bool goes = gone < count && ends(one);
                    gone += goes ? 1 : 0;
                    return goes;
                });
                if (!front) std::reverse(model.begin(), model.end());
                ASSERT_EQ(erased, gone);
                break;
            }
            default: {
                const std::uint64_t count = std::min<std::uint64_t>(random.below(6), model.size() - index);
                const auto following = list.erase(list.seek(index), count);
                model.erase(place, place + static_cast<std::ptrdiff_t>(count));
                ASSERT_EQ(following, list.seek(index));
            }
        }
        list.compress_inner(changed_block, limits);
        if (step % 50 == 0) list.compress_all_inner(limits);
        ASSERT_EQ(list.size(), model.size());
        ASSERT_TRUE(list.valid(limits));
        ASSERT_TRUE(watcher.agrees_with(list));
        compressed += list.has_compressed() ? 1 : 0;
        if (step % 20 != 0) continue;
        ASSERT_EQ(contents(list), Strings(model.begin(), model.end()));
    }
    EXPECT_EQ(backwards(list), Strings(model.rbegin(), model.rend()));
    EXPECT_EQ(compressed > 100, limits.compress_depth > 0);
}

INSTANTIATE_TEST_SUITE_P(OfSeveralLimits, PackedListModel,
                         testing::Values(BlockLimits{}, BlockLimits{64, SIZE_MAX}, BlockLimits{8192, 1},
                                         BlockLimits{8192, 7}, BlockLimits{400, SIZE_MAX, 1},
                                         BlockLimits{300, SIZE_MAX, 2}));

}  // namespace
}  // namespace pongo

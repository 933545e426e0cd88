#include "base/range_sort.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <vector>

#include "base/random.h"

namespace pongo {
namespace {

struct Item {
    std::uint64_t key;
    std::size_t index;
};

int by_key(const Item& a, const Item& b) {
    return a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
}

TEST(RangeSort, TheWantedPartIsAsIfAllWereSorted) {
    Random random(1);
    for (const std::size_t size : {0, 1, 2, 6, 7, 8, 40, 41, 100, 1000}) {
        for (int round = 0; round < 200; ++round) {
            const std::uint64_t keys = 1 + random.below(2 * size + 1);
            std::vector<Item> items(size);
            for (std::size_t i = 0; i < size; ++i) items[i] = {random.below(keys), i};
            if (round % 4 == 1)
                std::sort(items.begin(), items.end(), [](auto& a, auto& b) { return a.key < b.key; });
            if (round % 4 == 2)
                std::sort(items.begin(), items.end(), [](auto& a, auto& b) { return a.key > b.key; });
            std::vector<std::uint64_t> expected(size);
            std::transform(items.begin(), items.end(), expected.begin(),
                           [](const Item& item) { return item.key; });
            std::sort(expected.begin(), expected.end());

            const std::size_t first = random.below(size + 1);
            const std::size_t count = random.below(size - first + 1);
            sort_range(std::span(items), first, count, by_key);
            for (std::size_t i = first; i < first + count; ++i) ASSERT_EQ(items[i].key, expected[i]);
            std::vector<bool> seen(size);
            for (const Item& item : items) {
                EXPECT_FALSE(seen[item.index]);
                seen[item.index] = true;
            }
        }
    }
}

TEST(RangeSort, ManyEqualItemsTakeNoLonger) {
    std::vector<int> items(1'000'000, 7);
    std::uint64_t comparisons = 0;
    sort_range(std::span(items), 0, items.size(), [&](int a, int b) {
        ++comparisons;
        return a - b;
    });
    EXPECT_LT(comparisons, 2 * items.size());
}

TEST(RangeSort, ASmallPartOfManyTakesFewComparisons) {
    Random random(2);
    std::vector<std::uint64_t> items(100'000);
    for (auto& item : items) item = random.below(UINT64_MAX);
    std::uint64_t comparisons = 0;
    sort_range(std::span(items), 0, 10, [&](std::uint64_t a, std::uint64_t b) {
        ++comparisons;
        return a < b ? -1 : a > b ? 1 : 0;
    });
    EXPECT_TRUE(std::is_sorted(items.begin(), items.begin() + 10));
    EXPECT_LT(comparisons, 6 * items.size());
}

}  // namespace
}  // namespace pongo

// OrderedIndex against std::set under random operations.
#include "structures/ordered_index.h"

#include <gtest/gtest.h>

#include <compare>
#include <cstdint>
#include <ostream>
#include <set>
#include <vector>

#include "base/random.h"

namespace pongo {
namespace {

struct Key {
    std::int64_t at = 0;
    std::uint64_t id = 0;
    auto operator<=>(const Key&) const = default;
    friend std::ostream& operator<<(std::ostream& out, const Key& key) {
        return out << key.at << '/' << key.id;
    }
};

class Model {
  public:
    explicit Model(std::uint64_t seed) : random_(seed) {}

    Random& random() { return random_; }
    std::size_t size() const { return keys_.size(); }
    void insert(const Key& key) { EXPECT_EQ(index_.insert(key), keys_.insert(key).second); }
    void erase(const Key& key) { EXPECT_EQ(index_.erase(key), keys_.erase(key) != 0); }
    void erase_first() {
        if (!keys_.empty()) erase(index_.first());
    }
    // The first at or after a random key.
    void erase_near(const Key& key) {
        const auto found = keys_.lower_bound(key);
        if (found != keys_.end()) erase(Key(*found));
    }

    void check() const {
        ASSERT_EQ(index_.size(), keys_.size());
        ASSERT_EQ(index_.empty(), keys_.empty());
        if (!keys_.empty()) {
            ASSERT_EQ(index_.first(), *keys_.begin());
        }
    }
    void check_all() const {
        ASSERT_NO_FATAL_FAILURE(check());
        ASSERT_TRUE(index_.valid());
        std::vector<Key> visited;
        index_.for_each([&](const Key& key) { visited.push_back(key); });
        ASSERT_EQ(visited, std::vector<Key>(keys_.begin(), keys_.end()));
        for (const Key& key : keys_) {
            ASSERT_TRUE(index_.contains(key));
            const Key next{key.at, key.id + 1};
            ASSERT_EQ(index_.contains(next), keys_.contains(next));
        }
    }
    std::size_t bytes() const { return index_.bytes(); }

  private:
    Random random_;
    OrderedIndex<Key> index_;
    std::set<Key> keys_;
};

TEST(OrderedIndex, AgreesWithASetUnderRandomOperations) {
    for (std::uint64_t seed = 1; seed <= 6; ++seed) {
        Model model(seed);
        const std::uint64_t times = seed % 2 == 0 ? 50 : 5000;  // Few times: many keys are equal, or nearly.
        for (const std::uint64_t inserts : {90, 30, 60, 50, 5}) {
            for (int i = 0; i < 4000; ++i) {
                const Key key{static_cast<std::int64_t>(model.random().below(times)),
                              model.random().below(40)};
                if (model.random().below(100) < inserts) {
                    model.insert(key);
                } else if (model.random().below(4) == 0) {
                    model.erase(key);
                } else {
                    model.erase_near(key);
                }
                ASSERT_NO_FATAL_FAILURE(model.check());
                if (i % 200 == 0) {
                    ASSERT_NO_FATAL_FAILURE(model.check_all());
                }
            }
        }
    }
}

TEST(OrderedIndex, KeysThatArriveInOrderLeaveFullLeaves) {
    Model model(1);
    constexpr std::int64_t kKeys = 20'000;
    for (std::int64_t at = 0; at < kKeys; ++at) model.insert({at, 0});
    ASSERT_NO_FATAL_FAILURE(model.check_all());
    EXPECT_LT(model.bytes(), kKeys * sizeof(Key) * 11 / 10);
}

TEST(OrderedIndex, KeysThatArriveBackwardsInAGapDoNotGetALeafEach) {
    OrderedIndex<Key> index;
    for (std::int64_t at = 0; at < 3100; ++at) index.insert({at, 0});
    index.insert({1'000'000, 0});
    for (std::int64_t at = 100'000; at > 50'000; --at) index.insert({at, 0});
    EXPECT_TRUE(index.valid());
    EXPECT_LT(index.bytes(), index.size() * sizeof(Key) * 3);
}

TEST(OrderedIndex, KeysThatArriveBackwardsAreKeptAsWell) {
    Model model(1);
    for (std::int64_t at = 10'000; at > 0; --at) model.insert({at, 0});
    ASSERT_NO_FATAL_FAILURE(model.check_all());
}

TEST(OrderedIndex, EmptiedFromTheFrontItHoldsNoMemory) {
    Model model(1);
    for (int i = 0; i < 10'000; ++i) model.insert({static_cast<std::int64_t>(model.random().next() >> 1), 0});
    while (model.size() > 0) {
        model.erase_first();
        ASSERT_NO_FATAL_FAILURE(model.check());
        if (model.size() % 500 == 0) {
            ASSERT_NO_FATAL_FAILURE(model.check_all());
        }
    }
    EXPECT_EQ(model.bytes(), 0U);
}

TEST(OrderedIndex, ErasingMostKeysGivesTheirMemoryBack) {
    Model model(1);
    for (std::int64_t at = 0; at < 20'000; ++at) model.insert({at, 0});
    const std::size_t full = model.bytes();
    for (std::int64_t at = 0; at < 20'000; ++at) {
        if (at % 20 != 0) model.erase({at, 0});
    }
    ASSERT_NO_FATAL_FAILURE(model.check_all());
    EXPECT_LT(model.bytes(), full / 5);
}

TEST(OrderedIndex, KnowsTheExtremesOfItsKeys) {
    OrderedIndex<Key> index;
    EXPECT_FALSE(index.contains({0, 0}));
    EXPECT_FALSE(index.erase({0, 0}));
    EXPECT_TRUE(index.insert({INT64_MAX, UINT64_MAX}));
    EXPECT_TRUE(index.insert({INT64_MIN, 0}));
    EXPECT_FALSE(index.insert({INT64_MIN, 0}));
    EXPECT_EQ(index.first(), (Key{INT64_MIN, 0}));
    EXPECT_TRUE(index.erase({INT64_MIN, 0}));
    EXPECT_EQ(index.first(), (Key{INT64_MAX, UINT64_MAX}));
}

TEST(OrderedIndex, SwapAndClearExchangeAndForgetAllKeys) {
    OrderedIndex<Key> one;
    OrderedIndex<Key> other;
    for (std::int64_t at = 0; at < 500; ++at) one.insert({at, 0});
    other.insert({-1, 0});
    one.swap(other);
    EXPECT_EQ(one.size(), 1U);
    EXPECT_EQ(one.first().at, -1);
    EXPECT_EQ(other.size(), 500U);
    EXPECT_TRUE(other.valid());
    other.clear();
    EXPECT_TRUE(other.empty());
    EXPECT_EQ(other.bytes(), 0U);
    EXPECT_TRUE(other.insert({1, 1}));
}

TEST(OrderedIndex, ARandomKeyIsAnyWithAboutTheSameChance) {
    constexpr std::int64_t kKeys = 2000;
    constexpr int kDraws = 200'000;
    OrderedIndex<Key> index;
    Random random(7);
    for (std::int64_t i = 0; i < kKeys; ++i) index.insert({i, 0});
    // Some leaves are full, some are not.
    for (std::int64_t i = 0; i < kKeys / 2; ++i) index.erase({i - i % 3, 0});
    std::vector<int> drawn(kKeys);
    for (int i = 0; i < kDraws; ++i) ++drawn[static_cast<std::size_t>(index.random(random).at)];
    const double expected = static_cast<double>(kDraws) / static_cast<double>(index.size());
    index.for_each([&](const Key& key) {
        EXPECT_GT(drawn[static_cast<std::size_t>(key.at)], expected / 2) << key;
        EXPECT_LT(drawn[static_cast<std::size_t>(key.at)], expected * 2) << key;
    });
}

TEST(OrderedIndex, TheRandomKeyOfOneIsThatOne) {
    OrderedIndex<Key> index;
    Random random(7);
    index.insert({5, 1});
    EXPECT_EQ(index.random(random), (Key{5, 1}));
}

}  // namespace
}  // namespace pongo

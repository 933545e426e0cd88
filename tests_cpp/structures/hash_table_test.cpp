// HashTable against std::unordered_map under random operations, with a scan running meanwhile.
#include "structures/hash_table.h"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <ostream>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace pongo {
namespace {

struct Item {
    std::string key;
    std::uint64_t hash;
};

struct ItemPolicy {
    std::uint64_t hash(const Item* item) const { return item->hash; }
    bool matches(const Item* item, std::string_view key) const { return item->key == key; }
};

using Table = HashTable<Item, ItemPolicy>;
using HashOf = std::function<std::uint64_t(std::uint64_t)>;

std::uint64_t mixed(std::uint64_t number) {
    number = (number ^ (number >> 30)) * 0xbf58476d1ce4e5b9;
    number = (number ^ (number >> 27)) * 0x94d049bb133111eb;
    return number ^ (number >> 31);
}

// A scan that goes on while the table changes, and what it must and must not return.
class RunningScan {
  public:
    explicit RunningScan(const Table& table) : table_(table) {}

    void note_erased(const Item* item) {
        there_throughout_.erase(item);
        seen_.erase(item);
    }
    void note_replaced(const Item* before, const Item* after) {
        if (there_throughout_.erase(before) != 0) there_throughout_.insert(after);
        if (seen_.erase(before) != 0) seen_.insert(after);
    }

    void step() {
        if (cursor_ == 0) begin();
        cursor_ = table_.scan(cursor_, [&](const Item* item) {
            EXPECT_TRUE(seen_.insert(item).second) << item->key << " came twice";
        });
        ASSERT_LT(cursor_, std::uint64_t{1} << BucketArray::kPositionBits);
        if (cursor_ == 0) end();
    }
    void finish() {
        while (cursor_ != 0) step();
    }
    int rounds() const { return rounds_; }

  private:
    void begin() {
        seen_.clear();
        there_throughout_.clear();
        table_.for_each([&](const Item* item) { there_throughout_.insert(item); });
    }
    void end() {
        for (const Item* item : there_throughout_) EXPECT_TRUE(seen_.contains(item)) << item->key;
        ++rounds_;
    }

    const Table& table_;
    std::uint64_t cursor_ = 0;
    std::set<const Item*> there_throughout_;
    std::set<const Item*> seen_;
    int rounds_ = 0;
};

// The table and a std::unordered_map that get the same operations.
class Model {
  public:
    Model(std::uint64_t seed, HashOf hash_of) : random_(seed), hash_of_(std::move(hash_of)) {}

    std::uint64_t size() const { return items_.size(); }
    const Table& table() const { return table_; }
    Table& table() { return table_; }
    RunningScan& scan() { return scan_; }

    void insert(std::uint64_t number) {
        const std::string key = std::to_string(number);
        if (items_.contains(key)) return erase(key);
        auto item = std::make_unique<Item>(Item{key, hash_of_(number)});
        table_.insert(item->hash, item.get());
        items_.emplace(key, std::move(item));
    }
    void erase(const std::string& key) {
        const auto found = items_.find(key);
        if (found == items_.end()) return;
        scan_.note_erased(found->second.get());
        table_.erase(found->second->hash, found->second.get());
        items_.erase(found);
    }
    void erase_any() {
        if (const Item* item = table_.random(random_)) erase(item->key);
    }
    void replace_any() {
        const Item* before = table_.random(random_);
        if (!before) return;
        auto after = std::make_unique<Item>(*before);
        table_.replace(before->hash, before, after.get());
        scan_.note_replaced(before, after.get());
        items_[after->key] = std::move(after);
    }
    void erase_all() {
        while (!items_.empty()) erase_any();
    }

    // One random operation; `inserts` of 100 are inserts.
    void change(std::uint64_t keys, std::uint64_t inserts) {
        const std::uint64_t dice = random_.below(100);
        if (dice < inserts) {
            insert(random_.below(keys));
        } else if (dice < 97) {
            erase_any();
        } else {
            replace_any();
        }
        if (random_.below(16) == 0) table_.step(1);
    }

    void check(std::uint64_t keys) const {
        ASSERT_EQ(table_.size(), items_.size());
        for (int i = 0; i < 4; ++i) check_look_up(random_.below(keys));
    }
    void check_all() const {
        ASSERT_TRUE(table_.valid());
        for (const auto& [key, item] : items_) ASSERT_EQ(table_.find(item->hash, key), item.get());
    }

  private:
    void check_look_up(std::uint64_t number) const {
        const std::string key = std::to_string(number);
        const auto found = items_.find(key);
        ASSERT_EQ(table_.find(hash_of_(number), key), found == items_.end() ? nullptr : found->second.get());
    }

    mutable Random random_;
    HashOf hash_of_;
    Table table_{ItemPolicy{}};
    std::unordered_map<std::string, std::unique_ptr<Item>> items_;
    RunningScan scan_{table_};
};

struct Hashing {
    const char* name;
    HashOf hash_of;
    std::uint64_t keys;
    friend std::ostream& operator<<(std::ostream& out, const Hashing& hashing) { return out << hashing.name; }
};

class HashTableModel : public testing::TestWithParam<Hashing> {};

// Grows and shrinks in turns; a scan step every few operations, so that one scan sees many sizes.
TEST_P(HashTableModel, AgreesWithAnUnorderedMapWhileAScanRuns) {
    for (std::uint64_t seed = 1; seed <= 6; ++seed) {
        Model model(seed, GetParam().hash_of);
        const std::uint64_t keys = GetParam().keys;
        for (const std::uint64_t inserts : {90, 20, 70, 45, 80, 5}) {
            for (std::uint64_t i = 0; i < keys; ++i) {
                model.change(keys, inserts);
                if (i % (seed * 3) == 0) model.scan().step();
                ASSERT_NO_FATAL_FAILURE(model.check(keys));
                if (i % 61 == 0) {
                    ASSERT_TRUE(model.table().valid());
                }
            }
            ASSERT_NO_FATAL_FAILURE(model.check_all());
        }
        model.scan().finish();
        EXPECT_GT(model.scan().rounds(), 2);
    }
}

INSTANTIATE_TEST_SUITE_P(
    Hashes, HashTableModel,
    testing::Values(Hashing{"Random", mixed, 3000}, Hashing{"RandomAndFew", mixed, 60},
                    // All homes at the end: the spill buckets run out, and the table is rebuilt larger.
                    Hashing{"ClusteredAtTheEnd", [](std::uint64_t n) { return ~(mixed(n) >> 6); }, 700},
                    Hashing{"ClusteredInTheMiddle",
                            [](std::uint64_t n) { return (std::uint64_t{1} << 63) + (mixed(n) >> 5); }, 700},
                    // Ever the same tag, and tag 0, which stands for a free slot.
                    Hashing{"OneTag", [](std::uint64_t n) { return mixed(n) & ~std::uint64_t{255}; }, 1000},
                    // Items that no size of the table can tell apart.
                    Hashing{"FewPositions", [](std::uint64_t n) { return mixed(n % 40) ^ (n & 255); }, 900}),
    [](const auto& tested) { return tested.param.name; });

TEST(HashTable, AnEmptyTableHoldsNoMemoryAndFindsNothing) {
    const Table table{ItemPolicy{}};
    EXPECT_EQ(table.bytes(), 0U);
    EXPECT_EQ(table.find(7, "a"), nullptr);
    EXPECT_EQ(table.scan(0, [](const Item*) { FAIL(); }), 0U);
    Random random(1);
    EXPECT_EQ(table.random(random), nullptr);
}

TEST(HashTable, GrowsByHalfAndShrinksAgainWithItsItems) {
    Model model(1, mixed);
    std::map<std::uint64_t, int> sizes;
    for (std::uint64_t number = 0; number < 20'000; ++number) {
        model.insert(number);
        ++sizes[model.table().slots()];
    }
    std::uint64_t before = 0;
    for (const auto& [slots, count] : sizes) {
        if (before > 64 * Bucket::kSlots) {
            EXPECT_LE(slots, before + before / 2);
        }
        before = slots;
    }
    const std::size_t full = model.table().bytes();
    EXPECT_LT(full, 20'000U * 64 / Bucket::kSlots * 3);
    while (model.size() > 1000) model.erase_any();
    EXPECT_LT(model.table().bytes(), full / 3);
    model.check_all();
    model.erase_all();
    EXPECT_EQ(model.table().bytes(), 0U);
}

TEST(HashTable, NoInsertOrEraseMovesMoreThanAFewRuns) {
    Model model(1, mixed);
    for (std::uint64_t number = 0; number < 5000; ++number) {
        const bool was_moving = model.table().moving();
        const std::uint64_t slots = model.table().slots();
        model.insert(number);
        if (was_moving) {
            EXPECT_EQ(model.table().slots(), slots) << "grew before the move was through";
        }
    }
}

TEST(HashTable, StepFinishesAMoveWithoutInserts) {
    Model model(1, mixed);
    std::uint64_t number = 0;
    while (!model.table().moving() || model.size() < 1000) model.insert(number++);
    int steps = 0;
    while (model.table().step(10)) ++steps;
    EXPECT_GT(steps, 0);
    EXPECT_FALSE(model.table().moving());
    model.check_all();
}

TEST(HashTable, AScanIsCompleteWhenTheTableShrinksBehindIt) {
    Model model(1, mixed);
    for (std::uint64_t number = 0; number < 3000; ++number) model.insert(number);
    model.scan().step();
    while (model.size() > 30) model.erase_any();
    model.scan().finish();
    EXPECT_EQ(model.scan().rounds(), 1);
}

// One home of the small array reaches beyond the frontier of the large one, and is its last home at that.
TEST(HashTable, AScanFromAMovedHomeGoesOnWithWhatHasNotMoved) {
    for (std::uint64_t left = 2; left < 40; ++left) {
        Model model(left, mixed);
        for (std::uint64_t number = 0; number < 40; ++number) model.insert(number);
        while (model.size() > left) model.erase_any();
        model.scan().step();
        model.scan().finish();
    }
}

TEST(HashTable, AnyCursorIsHarmless) {
    Model model(1, mixed);
    for (std::uint64_t number = 0; number < 500; ++number) model.insert(number);
    Random random(2);
    for (int i = 0; i < 1000; ++i) {
        const std::uint64_t cursor = random.next() >> (64 - BucketArray::kPositionBits);
        const std::uint64_t next = model.table().scan(
            cursor, [&](const Item* item) { EXPECT_GE(BucketArray::position(item->hash), cursor); });
        EXPECT_TRUE(next == 0 || next > cursor);
    }
}

TEST(HashTable, RandomReturnsEveryItemEquallyOften) {
    Model model(1, mixed);
    for (std::uint64_t number = 0; number < 100; ++number) model.insert(number);
    Random random(3);
    std::map<const Item*, int> drawn;
    for (int i = 0; i < 100'000; ++i) ++drawn[model.table().random(random)];
    EXPECT_EQ(drawn.size(), 100U);
    for (const auto& [item, times] : drawn) {
        EXPECT_GT(times, 800) << item->key;
        EXPECT_LT(times, 1200) << item->key;
    }
}

TEST(HashTable, AReservedTableNeverMoves) {
    Model model(1, mixed);
    model.table().reserve(5000);
    for (std::uint64_t number = 0; number < 5000; ++number) {
        model.insert(number);
        ASSERT_FALSE(model.table().moving());
    }
    model.check_all();
}

TEST(HashTable, SwapExchangesEverythingAlsoWhileMoving) {
    Model few(1, mixed);
    Model many(2, mixed);
    few.insert(1);
    std::uint64_t number = 0;
    while (!many.table().moving() || many.size() < 500) many.insert(number++);
    const std::uint64_t size = many.size();
    few.table().swap(many.table());
    EXPECT_EQ(few.table().size(), size);
    EXPECT_TRUE(few.table().moving());
    EXPECT_TRUE(few.table().valid());
    EXPECT_EQ(many.table().size(), 1U);
    EXPECT_TRUE(many.table().valid());
    few.table().swap(many.table());
    few.check_all();
    many.check_all();
}

// Large enough that arrays are mapped, and moved buckets are given back while the table still moves.
TEST(HashTable, ALargeTableGivesBackWhatHasMoved) {
    Model model(1, mixed);
    bool gave_back = false;
    for (std::uint64_t number = 0; number < 400'000; ++number) {
        const bool was_moving = model.table().moving();
        const std::size_t bytes = model.table().bytes();
        model.insert(number);
        gave_back = gave_back || (was_moving && model.table().moving() && model.table().bytes() < bytes);
    }
    EXPECT_TRUE(gave_back);
    model.check_all();
    model.scan().step();
    for (std::uint64_t number = 0; number < 380'000; ++number) {
        model.erase(std::to_string(number));
        if (number % 8 == 0) model.scan().step();
    }
    model.scan().finish();
    model.check_all();
    model.erase_all();
    EXPECT_EQ(model.table().bytes(), 0U);
}

TEST(HashTable, ASampleHasAsManyItemsAsWereAskedForAndReachesAll) {
    Table table{ItemPolicy{}};
    Random random(3);
    std::vector<std::unique_ptr<Item>> items;
    std::set<const Item*> reached;
    for (std::uint64_t i = 0; i < 700; ++i) {  // Also while the table moves.
        items.push_back(std::make_unique<Item>(Item{std::to_string(i), mixed(i + 1)}));
        table.insert(items.back()->hash, items.back().get());
        std::set<const Item*> sampled;
        table.sample(random, 5, [&](const Item* item) { sampled.insert(item); });
        ASSERT_GE(sampled.size(), std::min<std::size_t>(5, items.size()));
        ASSERT_EQ(table.find_hashed(items.back()->hash), items.back().get());
    }
    for (int i = 0; i < 3000; ++i) table.sample(random, 5, [&](const Item* item) { reached.insert(item); });
    EXPECT_EQ(reached.size(), items.size());
    std::set<const Item*> all;
    table.sample(random, 1'000'000, [&](const Item* item) { all.insert(item); });
    EXPECT_EQ(all.size(), items.size());
    EXPECT_EQ(table.find_hashed(12345), nullptr);
    table.clear();
    table.sample(random, 5, [](const Item*) { FAIL(); });
}

}  // namespace
}  // namespace pongo

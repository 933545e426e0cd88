// PackedTable against std::unordered_map under random operations, with a scan running meanwhile.
#include "structures/packed_table.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstring>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace pongo {
namespace {

constexpr HashSecret kSecret{0x0123456789abcdef, 0xfedcba9876543210};

// A scan that goes on while the table changes, and what it must and must not return.
class RunningScan {
  public:
    explicit RunningScan(const PackedTable& table) : table_(table) {}

    void note_erased(const std::string& key) { there_throughout_.erase(key); }

    void step() {
        if (cursor_ == 0) begin();
        const std::uint64_t before = cursor_;
        cursor_ = table_.scan(cursor_, [&](std::string_view key, std::string_view) {
            EXPECT_TRUE(seen_.emplace(key).second) << key << " came twice";
        });
        ASSERT_LT(cursor_, std::uint64_t{1} << PackedTable::kPositionBits);
        ASSERT_TRUE(cursor_ == 0 || cursor_ > before);
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
        table_.for_each([&](std::string_view key, std::string_view) { there_throughout_.emplace(key); });
    }
    void end() {
        for (const std::string& key : there_throughout_) EXPECT_TRUE(seen_.contains(key)) << key;
        ++rounds_;
    }

    const PackedTable& table_;
    std::uint64_t cursor_ = 0;
    std::unordered_set<std::string> there_throughout_;
    std::unordered_set<std::string> seen_;
    int rounds_ = 0;
};

// The table and a std::unordered_map that get the same operations.
class Model {
  public:
    explicit Model(std::uint64_t seed) : random_(seed) {}

    PackedTable& table() { return table_; }
    // The scan goes on in the copy.
    void become_copy() { table_ = table_.copy(); }
    RunningScan& scan() { return scan_; }
    std::uint64_t size() const { return items_.size(); }

    void put(const std::string& key, const std::string& value) {
        const bool is_new = items_.insert_or_assign(key, value).second;
        ASSERT_EQ(table_.put(key, value), is_new);
    }
    void erase(const std::string& key) {
        const bool was_there = items_.erase(key) != 0;
        if (was_there) scan_.note_erased(key);
        ASSERT_EQ(table_.erase(key), was_there);
    }
    void erase_any() {
        if (const auto item = table_.random(random_)) erase(std::string(item->key));
    }
    void replace_any() {
        if (const auto item = table_.random(random_)) put(std::string(item->key), some_value());
    }
    void erase_all() {
        while (!items_.empty()) erase_any();
    }

    // One random operation; `puts` of 100 are puts of a random key.
    void change(std::uint64_t keys, std::uint64_t puts) {
        const std::uint64_t dice = random_.below(100);
        if (dice < puts) {
            put(some_key(random_.below(keys)), some_value());
        } else if (dice < 92) {
            erase_any();
        } else if (dice < 97) {
            replace_any();
        } else {
            erase(some_key(random_.below(keys)));
        }
    }

    void check(std::uint64_t keys) {
        ASSERT_EQ(table_.size(), items_.size());
        for (int i = 0; i < 4; ++i) ASSERT_NO_FATAL_FAILURE(check_look_up(some_key(random_.below(keys))));
    }
    void check_all() {
        ASSERT_TRUE(table_.valid());
        for (const auto& each : items_) ASSERT_NO_FATAL_FAILURE(check_look_up(each.first));
        std::unordered_map<std::string, std::string> all;
        table_.for_each([&](std::string_view key, std::string_view value) { all.emplace(key, value); });
        ASSERT_EQ(all, items_);
    }

    // Of every kind: the empty one, binary ones, ones of more than 512 bytes.
    static std::string some_key(std::uint64_t number) {
        if (number == 0) return "";
        char bytes[sizeof(number)];
        std::memcpy(bytes, &number, sizeof(number));
        if (number % 5 == 0) return std::string(bytes, sizeof(bytes));
        if (number % 97 == 0) return std::string(500 + number % 30, 'k') + std::to_string(number);
        return "key:" + std::to_string(number);
    }
    std::string some_value() {
        const std::uint64_t dice = random_.below(100);
        if (dice < 40) return "";
        if (dice < 70) return std::string(8, static_cast<char>(random_.below(256)));
        if (dice < 95) return std::string(random_.below(200), 'v');
        return std::string(505 + random_.below(600), 'v');
    }

  private:
    void check_look_up(const std::string& key) {
        const auto found = items_.find(key);
        const auto value = table_.find(key);
        ASSERT_EQ(value.has_value(), found != items_.end());
        ASSERT_EQ(table_.contains(key), value.has_value());
        if (value) {
            ASSERT_EQ(*value, found->second);
        }
    }

    Random random_;
    PackedTable table_{&kSecret};
    std::unordered_map<std::string, std::string> items_;
    RunningScan scan_{table_};
};

class PackedTableModel : public testing::TestWithParam<std::uint64_t> {};

// Grows and shrinks in turns; a scan step every few operations, so that one scan sees many sizes.
TEST_P(PackedTableModel, AgreesWithAnUnorderedMapWhileAScanRuns) {
    const std::uint64_t keys = GetParam();
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
        Model model(seed);
        std::uint64_t steps = 0;
        for (const std::uint64_t puts : {90, 20, 70, 45, 80, 5}) {
            for (std::uint64_t i = 0; i < keys; ++i, ++steps) {
                ASSERT_NO_FATAL_FAILURE(model.change(keys, puts));
                if (i % (seed * 6) == 0) {
                    ASSERT_NO_FATAL_FAILURE(model.scan().step());
                }
                ASSERT_NO_FATAL_FAILURE(model.check(keys));
                if (steps % 100 == 0) {
                    ASSERT_TRUE(model.table().valid());
                }
            }
            ASSERT_NO_FATAL_FAILURE(model.check_all());
            model.become_copy();
            ASSERT_TRUE(model.table().valid());
            ASSERT_NO_FATAL_FAILURE(model.check_all());
        }
        model.scan().finish();
        EXPECT_GT(model.scan().rounds(), 2);
        model.erase_all();
        EXPECT_EQ(model.table().bytes(), 0U);
    }
}

INSTANTIATE_TEST_SUITE_P(Keys, PackedTableModel, testing::Values(30, 300, 3000));

// valid() looks at everything, so it comes less often as the table gets larger.
TEST(PackedTable, GrowsTo200000AndBackToNothingWhileAScanRuns) {
    constexpr std::uint64_t kItems = 200'000;
    Model model(1);
    const auto check_now_and_then = [&](std::uint64_t step) {
        if (step % 300 == 0) model.scan().step();
        if (step % 2000 == 0 || (model.size() < 2000 && step % 100 == 0)) {
            ASSERT_TRUE(model.table().valid());
        }
    };
    for (std::uint64_t number = 0; number < kItems; ++number) {
        ASSERT_NO_FATAL_FAILURE(model.put(Model::some_key(number), model.some_value()));
        ASSERT_NO_FATAL_FAILURE(check_now_and_then(number));
    }
    ASSERT_NO_FATAL_FAILURE(model.check_all());
    for (std::uint64_t number = kItems; number-- > 0;) {
        ASSERT_NO_FATAL_FAILURE(model.erase(Model::some_key(number)));
        ASSERT_NO_FATAL_FAILURE(check_now_and_then(number));
    }
    model.scan().finish();
    EXPECT_GT(model.scan().rounds(), 1);
    EXPECT_EQ(model.size(), 0U);
    EXPECT_EQ(model.table().bytes(), 0U);
}

TEST(PackedTable, AnEmptyTableHoldsNoMemoryAndFindsNothing) {
    PackedTable table(&kSecret);
    EXPECT_EQ(table.size(), 0U);
    EXPECT_EQ(table.bytes(), 0U);
    EXPECT_FALSE(table.find("a"));
    EXPECT_FALSE(table.find_mutable("a"));
    EXPECT_FALSE(table.erase("a"));
    Random random(1);
    EXPECT_FALSE(table.random(random));
    EXPECT_EQ(table.scan(0, [](std::string_view, std::string_view) { FAIL(); }), 0U);
    EXPECT_TRUE(table.valid());
}

TEST(PackedTable, TheEmptyKeyIsAKeyAndTheEmptyValueAValue) {
    PackedTable table(&kSecret);
    EXPECT_FALSE(table.contains(""));
    EXPECT_TRUE(table.put(std::string_view(), std::string_view()));
    EXPECT_FALSE(table.put("", ""));
    EXPECT_EQ(table.find(""), "");
    EXPECT_TRUE(table.erase(""));
    EXPECT_FALSE(table.contains(""));
    EXPECT_EQ(table.bytes(), 0U);
}

TEST(PackedTable, AValueIsChangedWhereItStands) {
    PackedTable table(&kSecret);
    for (int i = 0; i < 1000; ++i) table.put(std::to_string(i), "12345678");
    const auto value = table.find_mutable("500");
    ASSERT_TRUE(value);
    ASSERT_EQ(value->size(), 8U);
    std::memcpy(value->data(), "abcdefgh", 8);
    EXPECT_EQ(table.find("500"), "abcdefgh");
    EXPECT_EQ(table.find("501"), "12345678");
    const char* where = table.find("500")->data();
    EXPECT_FALSE(table.put("500", "87654321"));
    EXPECT_EQ(table.find("500")->data(), where);
}

TEST(PackedTable, AScanIsCompleteWhenTheTableGrowsOrShrinksBehindIt) {
    for (const int steps : {1, 3, 17}) {
        for (const std::uint64_t start : {40, 5000}) {
            Model model(start);
            for (std::uint64_t number = 0; number < start; ++number) model.put(Model::some_key(number), "v");
            for (int i = 0; i < steps; ++i) model.scan().step();
            if (start == 40) {
                for (std::uint64_t number = 0; number < 5000; ++number)
                    model.put(Model::some_key(number), "");
            } else {
                while (model.size() > 40) model.erase_any();
            }
            model.scan().finish();
            EXPECT_GE(model.scan().rounds(), 1);
        }
    }
}

TEST(PackedTable, AScanOfATableAtRestReturnsEverythingOnce) {
    for (std::uint64_t items = 1; items < 600; ++items) {
        Model model(items);
        for (std::uint64_t number = 0; number < items; ++number) model.put(Model::some_key(number), "");
        model.scan().step();
        model.scan().finish();
        ASSERT_EQ(model.scan().rounds(), 1);
    }
}

TEST(PackedTable, AnyCursorIsHarmless) {
    PackedTable table(&kSecret);
    for (int i = 0; i < 500; ++i) table.put(std::to_string(i), "");
    Random random(2);
    for (int i = 0; i < 1000; ++i) {
        const std::uint64_t cursor = random.next() >> (64 - PackedTable::kPositionBits);
        const std::uint64_t next = table.scan(cursor, [](std::string_view, std::string_view) {});
        EXPECT_TRUE(next == 0 || next > cursor);
    }
}

// Pearson's chi-squared: with n items it is n - 1 on average, with a variance of twice that.
TEST(PackedTable, ASampleHasSoManyDifferentItems) {
    PackedTable table(&kSecret);
    for (int i = 0; i < 200; ++i) table.put(std::to_string(i), "");
    table.put("", "");  // Even an empty key is told from its neighbours.
    Random random(4);
    for (const std::size_t count : {0, 1, 50, 200, 201}) {
        std::set<std::string> keys;
        for (const PackedTable::Item& item : table.sample(count, random)) keys.emplace(item.key);
        EXPECT_EQ(keys.size(), count);
    }
}

TEST(PackedTable, RandomReturnsEveryItemEquallyOften) {
    constexpr int kItems = 1000;
    constexpr int kDraws = 400 * kItems;
    PackedTable table(&kSecret);
    for (int i = 0; i < 3 * kItems; ++i) table.put(std::to_string(i), "");
    for (int i = kItems; i < 3 * kItems; ++i) table.erase(std::to_string(i));
    Random random(3);
    std::map<std::string, int, std::less<>> drawn;
    for (int i = 0; i < kDraws; ++i) ++drawn[std::string(table.random(random)->key)];
    EXPECT_EQ(drawn.size(), std::size_t{kItems});
    double chi_squared = 0;
    for (const auto& [key, times] : drawn) {
        const double off = times - double{kDraws} / kItems;
        chi_squared += off * off / (double{kDraws} / kItems);
    }
    EXPECT_GT(chi_squared, 999 - 4 * 45);
    EXPECT_LT(chi_squared, 999 + 4 * 45);
}

TEST(PackedTable, AMillionMembersTakeLessThan24BytesMoreThanTheirOwn) {
    constexpr std::uint64_t kItems = 1'000'000;
    PackedTable table(&kSecret);
    for (std::uint64_t i = 0; i < kItems; ++i) {
        char member[17];
        std::snprintf(member, sizeof(member), "member%010u", static_cast<unsigned>(i));
        table.put(std::string_view(member, 16), "");
    }
    EXPECT_EQ(table.size(), kItems);
    EXPECT_LT(table.bytes(), kItems * (16 + 24));
    EXPECT_GT(table.bytes(), kItems * 16);
    table.clear();
    EXPECT_EQ(table.size(), 0U);
    EXPECT_EQ(table.bytes(), 0U);
    EXPECT_TRUE(table.valid());
    EXPECT_TRUE(table.put("a", "b"));
    EXPECT_EQ(table.find("a"), "b");
}

TEST(PackedTable, MemoryFollowsTheNumberOfItems) {
    Model model(1);
    std::size_t before = 0;
    for (std::uint64_t number = 0; number < 100'000; ++number) {
        model.put(std::to_string(number), "");
        const std::size_t bytes = model.table().bytes();
        // The directory's first chunk, or one of the others, is the largest step.
        ASSERT_LT(bytes, before + 4096 * sizeof(void*) + 2048);
        before = bytes;
    }
    const std::size_t full = before;
    for (std::uint64_t number = 0; number < 90'000; ++number) model.erase(std::to_string(number));
    EXPECT_LT(model.table().bytes(), full / 6);
    EXPECT_TRUE(model.table().valid());
}

TEST(PackedTable, SwapAndMoveTakeEverythingAlong) {
    constexpr HashSecret kOther{1, 2};
    PackedTable few(&kSecret);
    PackedTable many(&kOther);
    few.put("a", "1");
    for (int i = 0; i < 1000; ++i) many.put(std::to_string(i), "x");
    few.swap(many);
    EXPECT_EQ(few.size(), 1000U);
    EXPECT_EQ(few.find("999"), "x");
    EXPECT_EQ(many.find("a"), "1");
    EXPECT_TRUE(few.valid());
    EXPECT_TRUE(many.valid());

    PackedTable moved(std::move(few));
    EXPECT_EQ(moved.size(), 1000U);
    EXPECT_TRUE(moved.valid());
    many = std::move(moved);
    EXPECT_EQ(many.find("0"), "x");
    EXPECT_FALSE(many.contains("a"));
    EXPECT_TRUE(many.valid());
}

TEST(PackedTable, AnItemIsInItsRegionHoweverManyPagesThereAre) {
    PackedTable table(&kSecret);
    for (const int items : {0, 1, 20, 500, 3000}) {
        for (int i = 0; i < items; ++i) table.put(std::to_string(i), "x");
        for (const std::uint64_t regions : {1, 2, 3, 64, 100, 1000}) {
            std::set<std::string> seen;
            for (std::uint64_t region = 0; region < regions; ++region) {
                table.for_each_in_region(region, regions, [&](std::string_view key, std::string_view) {
                    EXPECT_EQ(PackedTable::region_of(table.hash(key), regions), region);
                    EXPECT_TRUE(seen.emplace(key).second);
                });
            }
            EXPECT_EQ(seen.size(), table.size());
        }
    }
}

// Remembers which items were about to change.
class Announcements final : public TableWatcher {
  public:
    void before_change(std::uint64_t hash) override { hashes.insert(hash); }
    void moved_to(const PackedTable& now) override { table = &now; }

    std::set<std::uint64_t> hashes;
    const PackedTable* table = nullptr;
};

TEST(PackedTable, AWatcherIsToldBeforeAnItemChangesAndGoesAlongWithThem) {
    Announcements watcher;
    PackedTable table(&kSecret);
    for (int i = 0; i < 100; ++i) table.put(std::to_string(i), "x");
    table.watch(&watcher);
    EXPECT_EQ(watcher.table, &table);
    table.erase("nothing");
    table.find("1");
    EXPECT_TRUE(watcher.hashes.empty());
    table.put("1", "y");
    table.put("new", "y");
    table.erase("2");
    table.announce(std::string_view("3"));
    std::set<std::uint64_t> expected;
    for (const char* key : {"1", "new", "2", "3"}) expected.insert(table.hash(key));
    EXPECT_EQ(watcher.hashes, expected);

    EXPECT_EQ(table.copy().watcher(), nullptr);
    PackedTable moved = std::move(table);
    EXPECT_EQ(watcher.table, &moved);
    EXPECT_EQ(table.watcher(), nullptr);
    for (int i = 0; i < 100; ++i) moved.erase(std::to_string(i));
    moved.erase("new");
    EXPECT_EQ(moved.bytes(), 0U);
    EXPECT_EQ(moved.watcher(), &watcher);  // Though it is empty.
    moved.watch(nullptr);
}

}  // namespace
}  // namespace pongo

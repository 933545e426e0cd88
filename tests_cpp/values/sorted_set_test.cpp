#include "values/sorted_set.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"
#include "support/value_in_memory.h"

namespace pongo {
namespace {

using Scored = std::pair<double, std::string>;
using Items = std::vector<Scored>;
using Edge = SortedSet::Edge;
using Outcome = SortedSetEditor::Outcome;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

Scored as_scored(const SortedSet::Item& item) {
    return {item.score, item.member.to_string()};
}

Items contents_of(const SortedSet& set) {
    Items all;
    if (set.size() == 0) return all;
    auto at = set.at(0);
    for (std::uint64_t i = 0; i < set.size(); ++i, at.next()) all.push_back(as_scored(*at));
    return all;
}

class SortedSetTest : public testing::Test {
  protected:
    SortedSet set() const { return SortedSet(value_.payload()); }
    Items contents() const { return contents_of(set()); }
    bool valid() const {
        return set().is_packed() ? SortedSet::valid(set().packed()) : set().ranked().valid();
    }

    SortedSetLimits limits_{8, 20};
    ValueInMemory value_{SortedSet::empty()};
    SortedSetEditor edit_{value_, limits_};
};

TEST_F(SortedSetTest, ASmallOneStandsNextToItsKeyInOrder) {
    EXPECT_EQ(edit_.put("b", 2), Outcome::Added);
    EXPECT_EQ(edit_.put("10", 2), Outcome::Added);
    EXPECT_EQ(edit_.put("a", -1.5), Outcome::Added);
    EXPECT_EQ(edit_.put("9", 2), Outcome::Added);
    EXPECT_EQ(contents(), (Items{{-1.5, "a"}, {2, "10"}, {2, "9"}, {2, "b"}}));
    EXPECT_TRUE(set().is_packed());
    EXPECT_EQ(name_of(value_.payload().encoding), "listpack");
    EXPECT_EQ(set().packed().size(), 8U);
}

TEST_F(SortedSetTest, ScoresStandInAListpackAsRedisWritesThem) {
    const std::pair<double, const char*> scores[] = {
        {0.1, "0.10000000000000001"}, {3.5, "3.5"}, {1e20, "1e+20"}, {kInfinity, "inf"}, {-kInfinity, "-inf"},
    };
    for (const auto& [score, text] : scores) {
        edit_.put("m", score);
        const auto element = set().packed()[set().packed().seek(1)];
        EXPECT_FALSE(element.is_integer);
        EXPECT_EQ(element.bytes, text);
        EXPECT_EQ(set().score("m"), score);
    }
    for (const double score : {0.0, -3.0, 1e17, 0x1p62, -0x1p62}) {
        edit_.put("m", score);
        const auto element = set().packed()[set().packed().seek(1)];
        EXPECT_TRUE(element.is_integer);
        EXPECT_EQ(static_cast<double>(element.integer), score);
    }
    edit_.put("m", 0x1p62 + 1024);
    EXPECT_EQ(set().packed()[set().packed().seek(1)].bytes, "4.6116860184273889e+18");
}

TEST_F(SortedSetTest, AZeroHasASignOnlyOutsideOfListpacks) {
    edit_.put("m", -0.0);
    EXPECT_FALSE(std::signbit(*set().score("m")));
    edit_.put("a member longer than that", -0.0);
    EXPECT_TRUE(std::signbit(*set().score("a member longer than that")));
    EXPECT_EQ(edit_.put("a member longer than that", 0.0), Outcome::Unchanged);
}

TEST_F(SortedSetTest, LeavesItsListpackForAnItemTooManyOrALongMember) {
    for (int i = 0; i < 8; ++i) edit_.put(std::to_string(i), i);
    EXPECT_TRUE(set().is_packed());
    edit_.put("one too many", 3);
    EXPECT_FALSE(set().is_packed());
    EXPECT_EQ(name_of(value_.payload().encoding), "skiplist");
    EXPECT_EQ(set().rank("one too many"), 4U);

    ValueInMemory other(SortedSet::empty());
    SortedSetEditor edit(other, limits_);
    edit.put(std::string(20, 'x'), 1);
    EXPECT_TRUE(edit.set().is_packed());
    edit.put(std::string(21, 'x'), 1);
    EXPECT_FALSE(edit.set().is_packed());
}

TEST_F(SortedSetTest, StaysWhatItHasBecome) {
    for (int i = 0; i < 9; ++i) edit_.put(std::to_string(i), i);
    edit_.erase_range(1, 100);
    EXPECT_FALSE(set().is_packed());
    EXPECT_EQ(contents(), (Items{{0, "0"}}));
    EXPECT_TRUE(edit_.erase("0"));
    EXPECT_TRUE(is_emptied(value_.payload()));
}

TEST_F(SortedSetTest, AChosenScoreSeesTheOneThatIsThere) {
    for (const bool big : {false, true}) {
        if (big) edit_.put("a member longer than that", 0);
        edit_.erase("m");
        const auto add_one = [](std::optional<double> now) { return std::optional(now.value_or(10) + 1); };
        EXPECT_EQ(edit_.put_chosen("m", add_one), Outcome::Added);
        EXPECT_EQ(edit_.put_chosen("m", add_one), Outcome::Moved);
        EXPECT_EQ(edit_.put_chosen("m", [](auto) { return std::optional<double>(); }), Outcome::Unchanged);
        EXPECT_EQ(edit_.put_chosen("m", [](auto now) { return now; }), Outcome::Unchanged);
        EXPECT_EQ(set().score("m"), 12);
    }
}

TEST_F(SortedSetTest, ADuplicateIsIndependent) {
    for (int i = 0; i < 1000; ++i) edit_.put(std::to_string(i), i % 7);
    const Items before = contents();
    ValueInMemory copy(duplicate(value_.payload()));
    edit_.erase_range(0, 1000);
    EXPECT_EQ(contents_of(SortedSet(copy.payload())), before);
    EXPECT_GT(heap_bytes(copy.payload()), 1000U);
    EXPECT_GT(release_effort(copy.payload()), 10U);
}

TEST_F(SortedSetTest, LeavesItsListpackWhenMoreIsExpectedThanItMayHold) {
    edit_.expect(8, 20);
    EXPECT_TRUE(set().is_packed());
    edit_.expect(9);
    EXPECT_FALSE(set().is_packed());
    edit_.append({{.bytes = "a"}, -0.0});
    EXPECT_TRUE(std::signbit(*set().score("a")));

    ValueInMemory other(SortedSet::empty());
    SortedSetEditor edit(other, limits_);
    edit.expect(1, 21);
    EXPECT_FALSE(edit.set().is_packed());
}

TEST_F(SortedSetTest, AppendingInOrderMakesWhatPuttingMakes) {
    for (const int size : {0, 1, 8, 9, 5000}) {
        ValueInMemory appended(SortedSet::empty());
        ValueInMemory put(SortedSet::empty());
        SortedSetEditor append(appended, limits_);
        SortedSetEditor edit(put, limits_);
        for (int i = 0; i < size; ++i) {
            const std::string member = std::to_string(10'000 + i);
            append.append({{.bytes = member}, static_cast<double>(i / 3)});
            edit.put(member, i / 3);
        }
        EXPECT_EQ(appended.payload().encoding, put.payload().encoding);
        EXPECT_EQ(contents_of(append.set()), contents_of(edit.set()));
        EXPECT_EQ(appended.view(), put.view());
    }
}

bool is_valid(const std::vector<std::string>& texts) {
    std::string bytes(Listpack::empty_bytes());
    StringStore store(bytes);
    for (const std::string& text : texts) ListpackEditor(store).push_back(text);
    return SortedSet::valid(Listpack(bytes));
}

TEST(SortedSetFromElsewhere, IsCheckedInEveryDetail) {
    EXPECT_TRUE(is_valid({}));
    EXPECT_TRUE(is_valid({"a", "-inf", "b", "0.5", "10", "2", "9", "2", "c", "inf"}));
    EXPECT_FALSE(is_valid({"a"}));
    EXPECT_FALSE(is_valid({"a", "b"}));
    EXPECT_FALSE(is_valid({"a", ""}));
    EXPECT_FALSE(is_valid({"a", "nan"}));
    EXPECT_FALSE(is_valid({"a", "1.5x"}));
    EXPECT_FALSE(is_valid({"a", "2", "b", "1"}));
    EXPECT_FALSE(is_valid({"b", "1", "a", "1"}));
    EXPECT_FALSE(is_valid({"a", "1", "a", "1"}));
    EXPECT_FALSE(is_valid({"a", "1", "a", "2"}));
}

// Against std containers: by member, and in order.
class Model {
  public:
    void put(const std::string& member, double score) { scores_[member] = score; }
    bool erase(const std::string& member) { return scores_.erase(member) == 1; }
    void erase_range(std::size_t first, std::size_t count) {
        const Items items = ordered();
        for (std::size_t i = first; i < std::min(items.size(), first + count); ++i)
            scores_.erase(items[i].second);
    }
    Items ordered() const {
        Items items;
        for (const auto& [member, score] : scores_) items.emplace_back(score, member);
        std::sort(items.begin(), items.end());
        return items;
    }

  private:
    std::map<std::string, double> scores_;
};

void expect_the_same_answers(const SortedSet& set, const Items& items, const Scored& probe) {
    const auto count = [&](auto&& holds) {
        return static_cast<std::uint64_t>(std::count_if(items.begin(), items.end(), holds));
    };
    const auto& [score, member] = probe;
    EXPECT_EQ(set.count_before(score, Edge::Before),
              count([&](const Scored& item) { return item.first < score; }));
    EXPECT_EQ(set.count_before(score, Edge::After),
              count([&](const Scored& item) { return item.first <= score; }));

    const auto found =
        std::find_if(items.begin(), items.end(), [&](const Scored& item) { return item.second == member; });
    EXPECT_EQ(set.score(member).has_value(), found != items.end());
    EXPECT_EQ(set.rank(member).has_value(), found != items.end());
    if (found != items.end()) {
        EXPECT_EQ(set.score(member), found->first);
        EXPECT_EQ(set.rank(member), static_cast<std::uint64_t>(found - items.begin()));
    }
}

TEST_F(SortedSetTest, RandomChangesEqualThoseOfStandardContainers) {
    Random random(4);
    limits_ = {40, 20};
    Model model;
    for (int step = 0; step < 4000; ++step) {
        const double score = random.below(4) == 0 ? static_cast<double>(random.below(20)) / 8 - 1
                                                  : static_cast<double>(random.below(10));
        const std::string member = random.below(2) == 0 ? std::to_string(random.below(120))
                                                        : "m" + std::to_string(random.below(120));
        if (random.below(10) == 0) {
            const std::size_t first = random.below(model.ordered().size() + 2);
            const std::size_t some = random.below(5);
            edit_.erase_range(first, some);
            model.erase_range(first, some);
        } else if (random.below(step / 500 % 2 == 0 ? 8 : 2) == 0) {
            EXPECT_EQ(edit_.erase(member), model.erase(member));
        } else {
            edit_.put(member, score);
            model.put(member, score);
        }
        const Items items = model.ordered();
        ASSERT_EQ(contents(), items);
        ASSERT_TRUE(valid());
        expect_the_same_answers(set(), items, {score, member});
    }
    EXPECT_FALSE(set().is_packed());
}

TEST_F(SortedSetTest, CutsByMemberWhereAllScoresAreEqual) {
    for (const bool big : {false, true}) {
        if (big) limits_ = {0, 0};
        for (const char* member : {"a", "b", "10", "9", "", "bb"}) edit_.put(member, 5);
        if (big) edit_.put("new", 5);
        if (big) edit_.erase("new");
        ASSERT_EQ(set().is_packed(), !big);
        const auto before = [&](const char* member) { return set().count_before(member, Edge::Before); };
        const auto through = [&](const char* member) { return set().count_before(member, Edge::After); };
        EXPECT_EQ(before(""), 0U);
        EXPECT_EQ(through(""), 1U);
        EXPECT_EQ(before("10"), 1U);
        EXPECT_EQ(through("10"), 2U);
        EXPECT_EQ(before("8"), 2U);
        EXPECT_EQ(through("8"), 2U);
        EXPECT_EQ(before("b"), 4U);
        EXPECT_EQ(through("b"), 5U);
        EXPECT_EQ(before("z"), 6U);
        EXPECT_EQ(through("z"), 6U);
    }
}

TEST_F(SortedSetTest, CursorsWalkBothWays) {
    for (const int size : {5, 2000}) {
        for (int i = 0; i < size; ++i) edit_.put(std::to_string(i), i / 2);
        Items backwards;
        auto at = set().at(static_cast<std::uint64_t>(size) - 1);
        for (int i = 0; i < size; ++i, at.previous()) backwards.push_back(as_scored(*at));
        std::reverse(backwards.begin(), backwards.end());
        EXPECT_EQ(backwards, contents());
    }
}

TEST_F(SortedSetTest, EveryItemIsDrawnAboutEquallyOften) {
    for (const int size : {8, 64}) {
        for (int i = 0; i < size; ++i) edit_.put("m" + std::to_string(i), i);
        Random random(6);
        std::map<std::string, int> drawn;
        constexpr int kDraws = 64'000;
        for (int i = 0; i < kDraws; ++i) ++drawn[set().random(random).member.to_string()];
        EXPECT_EQ(drawn.size(), static_cast<std::size_t>(size));
        for (const auto& [member, count] : drawn)
            EXPECT_NEAR(count, kDraws / size, kDraws / size / 5) << member;
    }
}

}  // namespace
}  // namespace pongo

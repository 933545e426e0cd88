// ScoredMembers against a std::set of pairs under random operations.
#include "structures/scored_members.h"

#include <gtest/gtest.h>

#include <bit>
#include <cstdint>
#include <cstdio>
#include <iterator>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"

namespace pongo {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

using Item = std::pair<double, std::string>;
using Items = std::set<Item>;

void expect_same_bits(double left, double right) {
    ASSERT_EQ(std::bit_cast<std::uint64_t>(left), std::bit_cast<std::uint64_t>(right));
}

std::string member_of_16_bytes(std::uint64_t number) {
    char text[17];
    std::snprintf(text, sizeof(text), "%016llx",
                  static_cast<unsigned long long>(number * 0x9e3779b97f4a7c15));
    return text;
}

// The set and a std::set that get the same operations.
class Model {
  public:
    explicit Model(std::uint64_t seed, std::uint64_t scores = 20, std::uint64_t members = 500)
        : random_(seed), scores_(scores), members_(members) {}

    ScoredMembers& set() { return set_; }
    Random& random() { return random_; }
    const Items& items() const { return items_; }

    void insert(const Item& item) {
        const auto [known, is_new] = scores_of_.insert({item.second, item.first});
        if (!is_new) return update({known->second, item.second}, item.first);
        items_.insert(item);
        set_.insert(item.second, item.first);
    }
    void erase(const Item& item) {
        ASSERT_EQ(set_.erase(item.second), scores_of_.erase(item.second) != 0);
        items_.erase(item);
    }
    void erase_member(const std::string& member) {
        const auto known = scores_of_.find(member);
        erase({known == scores_of_.end() ? 0 : known->second, member});
    }
    void update(const Item& item, double score) {
        items_.erase(item);
        items_.insert({score, item.second});
        scores_of_[item.second] = score;
        set_.update(item.second, score);
    }
    void erase_range(std::uint64_t first, std::uint64_t count) {
        std::vector<Item> erased;
        set_.erase_range(first, count,
                         [&](std::string_view member, double score) { erased.emplace_back(score, member); });
        auto at = items_.begin();
        std::advance(at, std::min<std::uint64_t>(first, items_.size()));
        for (const Item& item : erased) {
            ASSERT_EQ(*at, item);
            at = items_.erase(at);
            scores_of_.erase(item.second);
        }
        ASSERT_TRUE(erased.size() == count || at == items_.end());
    }
    Item any() {
        const ScoredMembers::Cursor at = set_.at(random_.below(set_.size()));
        return {at.score(), std::string(at.member())};
    }

    // One random operation; `inserts` of 100 are inserts.
    void change(std::uint64_t inserts) {
        const std::uint64_t dice = random_.below(100);
        if (dice < inserts) {
            insert({some_score(), some_member()});
        } else if (items_.empty() || dice == 98) {
            erase_member(some_member());
        } else if (dice < 80) {
            erase(any());
        } else if (dice < 90) {
            const Item item = any();
            update(item, item.first + (static_cast<double>(random_.below(3)) - 1) / 4);
        } else if (dice < 98) {
            update(any(), some_score());
        } else {
            erase_range(random_.below(items_.size()), random_.below(20));
        }
    }

    void check() {
        ASSERT_EQ(set_.size(), items_.size());
        ASSERT_EQ(set_.empty(), items_.empty());
        ASSERT_NO_FATAL_FAILURE(check_look_up({some_score(), some_member()}));
        if (!items_.empty()) {
            ASSERT_NO_FATAL_FAILURE(check_look_up(any()));
        }
    }
    void check_all() {
        ASSERT_TRUE(set_.valid());
        auto forwards = set_.first();
        std::uint64_t rank = 0;
        for (const auto& [score, member] : items_) {
            ASSERT_TRUE(forwards);
            ASSERT_NO_FATAL_FAILURE(expect_same_bits(forwards.score(), score));
            ASSERT_EQ(forwards.member(), member);
            ASSERT_EQ(set_.rank(member), rank);
            ASSERT_NO_FATAL_FAILURE(expect_same_bits(*set_.score(member), score));
            ASSERT_EQ(set_.rank_of(forwards), rank);
            ASSERT_EQ(set_.at(rank), forwards);
            forwards.next();
            ++rank;
        }
        ASSERT_EQ(forwards, set_.end());
        ASSERT_EQ(set_.rank_of(forwards), items_.size());
        auto backwards = set_.end();
        for (auto at = items_.rbegin(); at != items_.rend(); ++at) {
            backwards.previous();
            ASSERT_EQ(backwards.member(), at->second);
        }
        backwards.previous();
        ASSERT_FALSE(backwards);
        auto at = items_.begin();
        set_.for_each([&](std::string_view member, double score) {
            EXPECT_EQ(score, at->first);
            EXPECT_EQ(member, (at++)->second);
        });
        ASSERT_EQ(at, items_.end());
    }

    double some_score() {
        const std::uint64_t dice = random_.below(20);
        if (dice == 0) return kInfinity;
        if (dice == 1) return -kInfinity;
        if (dice == 2) return -0.0;
        if (dice == 3) return 0.0;
        return static_cast<double>(random_.below(scores_)) - static_cast<double>(scores_ / 2);
    }
    // Of every kind: the empty one, prefixes of each other, binary ones, ones of more than 512 bytes.
    std::string some_member() {
        const std::uint64_t number = random_.below(members_);
        const std::uint64_t kind = number % 16;
        if (kind == 0) return std::string(number / 16 % 12, 'a');
        if (kind == 1) return "binary" + std::string(number / 16 % 5, '\0') + static_cast<char>(number);
        if (kind == 2) return std::string(505 + number / 16 % 12, 'l');
        if (kind == 3) return std::string(700, 'x') + std::to_string(number);
        if (kind == 4) return std::string(1, static_cast<char>(number / 16));
        if (kind < 8) return std::string(100 + number % 60, 'm') + std::to_string(number);
        return "member:" + std::to_string(number);
    }

  private:
    void check_look_up(const Item& item) {
        const auto place = items_.lower_bound(item);
        const auto before = [&](Items::const_iterator at) {
            return static_cast<std::uint64_t>(std::distance(items_.begin(), at));
        };
        if (place != items_.end() && *place == item) {
            ASSERT_EQ(set_.rank(item.second), before(place));
        } else if (!scores_of_.contains(item.second)) {
            ASSERT_EQ(set_.rank(item.second), std::nullopt);
        }
        const auto not_below = items_.lower_bound({item.first, ""});
        const auto lower = set_.lower_bound(item.first);
        ASSERT_EQ(set_.rank_of(lower), before(not_below));
        ASSERT_EQ(static_cast<bool>(lower), not_below != items_.end());
        auto above = not_below;
        while (above != items_.end() && above->first == item.first) ++above;
        ASSERT_EQ(set_.rank_of(set_.upper_bound(item.first)), before(above));
    }

    Random random_;
    std::uint64_t scores_;
    std::uint64_t members_;
    ScoredMembers set_{&HashSecret::of_process()};
    Items items_;
    std::map<std::string, double> scores_of_;
};

struct Sizes {
    std::uint64_t scores;
    std::uint64_t members;
    int steps;
};

// A copy has the same items, and stays as it is when they go.
void expect_equal_copy(const ScoredMembers& set) {
    const auto items_of = [](const ScoredMembers& members) {
        std::vector<std::pair<std::string, double>> items;
        members.for_each([&](std::string_view member, double score) { items.emplace_back(member, score); });
        return items;
    };
    const auto expected = items_of(set);
    ScoredMembers first(set);
    ASSERT_TRUE(first.valid());
    ASSERT_EQ(items_of(first), expected);
    const ScoredMembers second(first);
    first.clear();
    ASSERT_TRUE(second.valid());
    ASSERT_EQ(items_of(second), expected);
}

class ScoredMembersModel : public testing::TestWithParam<Sizes> {};

TEST_P(ScoredMembersModel, AgreesWithASetOfPairs) {
    const auto [scores, members, steps] = GetParam();
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
        Model model(seed, scores, members);
        int step = 0;
        for (const std::uint64_t inserts : {75, 20, 55, 35, 70, 3}) {
            for (int i = 0; i < steps; ++i, ++step) {
                ASSERT_NO_FATAL_FAILURE(model.change(inserts));
                if (step % 10 == 0) {
                    ASSERT_NO_FATAL_FAILURE(model.check());
                }
                if (step % 100 == 0) {
                    ASSERT_TRUE(model.set().valid());
                }
            }
            ASSERT_NO_FATAL_FAILURE(model.check_all());
            ASSERT_NO_FATAL_FAILURE(expect_equal_copy(model.set()));
        }
        while (!model.items().empty()) ASSERT_NO_FATAL_FAILURE(model.erase(model.any()));
        EXPECT_EQ(model.set().bytes(), 0U);
        EXPECT_TRUE(model.set().valid());
    }
}

INSTANTIATE_TEST_SUITE_P(Sizes, ScoredMembersModel,
                         testing::Values(Sizes{1, 60, 300}, Sizes{20, 500, 3000}, Sizes{1, 20'000, 4000},
                                         Sizes{100'000, 20'000, 4000}));

TEST(ScoredMembers, BoundsByMemberAgreeWithASet) {
    Model model(1, 1, 40'000);
    std::set<std::string> members;
    for (int i = 0; i < 6000; ++i) members.insert(model.some_member());
    for (const std::string& member : members) model.set().insert(member, 7.5);
    for (int i = 0; i < 6000; ++i) {
        const std::string member = model.some_member();
        const auto check = [&](ScoredMembers::Cursor at, std::set<std::string>::const_iterator expected) {
            ASSERT_EQ(static_cast<bool>(at), expected != members.end());
            if (at) {
                ASSERT_EQ(at.member(), *expected);
            }
        };
        const auto lower = model.set().lower_bound_member(member);
        ASSERT_NO_FATAL_FAILURE(check(lower, members.lower_bound(member)));
        ASSERT_NO_FATAL_FAILURE(check(model.set().upper_bound_member(member), members.upper_bound(member)));
    }
}

TEST(ScoredMembers, AnEmptySetHoldsNoMemoryAndFindsNothing) {
    ScoredMembers set(&HashSecret::of_process());
    EXPECT_TRUE(set.empty());
    EXPECT_EQ(set.bytes(), 0U);
    EXPECT_FALSE(set.erase("a"));
    EXPECT_EQ(set.rank("a"), std::nullopt);
    EXPECT_FALSE(set.first());
    EXPECT_FALSE(set.last());
    EXPECT_EQ(set.first(), set.end());
    EXPECT_EQ(set.at(0), set.end());
    EXPECT_EQ(set.lower_bound(0), set.end());
    EXPECT_EQ(set.upper_bound_member(""), set.end());
    EXPECT_EQ(set.rank_of(set.end()), 0U);
    set.erase_range(0, 10, [](std::string_view, double) { FAIL(); });
    EXPECT_TRUE(set.valid());
}

TEST(ScoredMembers, NegativeZeroComesBackAndEqualsZero) {
    ScoredMembers set(&HashSecret::of_process());
    set.insert("b", -0.0);
    set.insert("a", 0.0);
    expect_same_bits(set.first().score(), 0.0);
    expect_same_bits(set.last().score(), -0.0);
    EXPECT_EQ(set.rank("b"), 1U);
    EXPECT_EQ(set.lower_bound(-0.0), set.first());
    EXPECT_EQ(set.upper_bound(-0.0), set.end());
    set.update("b", 0.0);
    expect_same_bits(set.last().score(), 0.0);
    EXPECT_TRUE(set.erase("a"));
}

TEST(ScoredMembers, MembersThatBeginAlikeAreFoundAmongEqualScores) {
    ScoredMembers set(&HashSecret::of_process());
    const auto member = [](unsigned number) {
        return "a long common beginning " + std::to_string(number + 100'000);
    };
    for (unsigned i = 0; i < 20'000; ++i) set.insert(member(i * 7919 % 20'000), 1);
    ASSERT_TRUE(set.valid());
    for (unsigned i = 0; i < 20'000; ++i) ASSERT_EQ(set.rank(member(i)), i);
    for (unsigned i = 0; i < 20'000; i += 2) ASSERT_TRUE(set.erase(member(i)));
    ASSERT_TRUE(set.valid());
    for (unsigned i = 1; i < 20'000; i += 2) ASSERT_EQ(set.rank(member(i)), i / 2);
}

class ScoredMembersGrowth : public testing::TestWithParam<const char*> {
  protected:
    static constexpr int kItems = 60'000;

    static Item item(int number) {
        char digits[17];
        std::snprintf(digits, sizeof(digits), "member%010d", number);
        switch (GetParam()[0]) {
            case 'A':
                return {number, digits};
            case 'D':
                return {-number, digits};
            default:
                return {3, digits};
        }
    }
};

TEST_P(ScoredMembersGrowth, To60000AndBackKeepsTheInvariants) {
    ScoredMembers set(&HashSecret::of_process());
    for (int i = 0; i < kItems; ++i) {
        const auto [score, member] = item(i);
        set.insert(member, score);
        if (i % 10'000 == 0 || (i < 3000 && i % 100 == 0)) {
            ASSERT_TRUE(set.valid());
        }
    }
    ASSERT_TRUE(set.valid());
    // 27 bytes of an item, and what leaves and inner nodes take.
    EXPECT_LT(set.bytes(), kItems * std::size_t{16 + 8 + 32});
    for (int i = 0; i < kItems; i += 997) {
        const auto [score, member] = item(i);
        const auto rank = static_cast<std::uint64_t>(GetParam()[0] == 'D' ? kItems - 1 - i : i);
        ASSERT_EQ(set.rank(member), rank);
        ASSERT_EQ(set.at(rank).member(), member);
    }
    for (int i = 0; i < kItems; ++i) {
        const auto [score, member] = item(i);
        ASSERT_TRUE(set.erase(member));
        if (i % 10'000 == 0 || (i > kItems - 3000 && i % 100 == 0)) {
            ASSERT_TRUE(set.valid());
        }
    }
    EXPECT_EQ(set.bytes(), 0U);
}

INSTANTIATE_TEST_SUITE_P(Orders, ScoredMembersGrowth,
                         testing::Values("Ascending", "Descending", "EqualScores"),
                         [](const auto& order) { return order.param; });

// Each item is inserted below the one before, but above a set that is there already.
TEST(ScoredMembers, ARunThatDescendsInTheMiddleLeavesLeavesHalfFull) {
    ScoredMembers set(&HashSecret::of_process());
    for (int i = 0; i < 5000; ++i) set.insert(member_of_16_bytes(static_cast<std::uint64_t>(i)), i);
    for (int i = 100'000; i > 50'000; --i) set.insert(member_of_16_bytes(static_cast<std::uint64_t>(i)), i);
    EXPECT_TRUE(set.valid());
    EXPECT_LT(set.bytes(), set.size() * (16 + 8 + 34));
}

TEST(ScoredMembers, RandomMembersTakeLessThan26BytesBeyondMemberAndScore) {
    constexpr std::uint64_t kItems = 100'000;
    Random random(5);
    ScoredMembers set(&HashSecret::of_process());
    for (std::uint64_t i = 0; i < kItems; ++i) set.insert(member_of_16_bytes(i), random.uniform());
    EXPECT_EQ(set.size(), kItems);
    EXPECT_TRUE(set.valid());
    EXPECT_LT(set.bytes(), kItems * (16 + 8 + 26));
    EXPECT_GT(set.bytes(), kItems * (16 + 8));
    const std::size_t full = set.bytes();
    while (set.size() > kItems / 10) {
        const auto at = set.at(random.below(set.size()));
        set.erase(std::string(at.member()));
    }
    EXPECT_TRUE(set.valid());
    EXPECT_LT(set.bytes(), full / 5);
    set.clear();
    EXPECT_EQ(set.bytes(), 0U);
    EXPECT_EQ(set.size(), 0U);
    EXPECT_TRUE(set.valid());
    set.insert("a", 1);
    EXPECT_EQ(set.first().member(), "a");
}

TEST(ScoredMembers, ClearGivesBackLongMembers) {
    ScoredMembers set(&HashSecret::of_process());
    for (int i = 0; i < 1000; ++i) set.insert(std::string(600, 'x') + std::to_string(i), i % 7);
    EXPECT_GT(set.bytes(), 600'000U);
    EXPECT_TRUE(set.valid());
    set.clear();
    EXPECT_EQ(set.bytes(), 0U);
}

TEST(ScoredMembers, EraseRangeAgreesWithASetOfPairs) {
    for (std::uint64_t seed = 1; seed <= 12; ++seed) {
        Model model(seed, seed % 2 == 0 ? 1 : 1000, 30'000);
        for (int i = 0; i < 4000; ++i) model.insert({model.some_score(), model.some_member()});
        while (!model.items().empty()) {
            const std::uint64_t size = model.items().size();
            const std::uint64_t first = model.random().below(3) == 0 ? 0 : model.random().below(size + 2);
            ASSERT_NO_FATAL_FAILURE(model.erase_range(first, 1 + model.random().below(size)));
            ASSERT_TRUE(model.set().valid());
            for (int i = 0; i < 50 && model.items().size() > 100; ++i) {
                ASSERT_NO_FATAL_FAILURE(model.change(60));
            }
        }
        ASSERT_EQ(model.set().bytes(), 0U);
    }
}

TEST(ScoredMembers, UpdatesWithinALeafAndAcrossLeavesKeepTheOrder) {
    Model model(3, 1000, 100);
    for (int i = 0; i < 3000; ++i) model.insert({static_cast<double>(i), member_of_16_bytes(i)});
    for (int i = 0; i < 100; ++i) {
        model.insert({static_cast<double>(i) + 0.5, std::string(600, 'x') + std::to_string(i)});
    }
    for (int i = 0; i < 20'000; ++i) {
        const Item item = model.any();
        const double reach = i % 2 == 0 ? 8 : 3000;
        model.update(item, item.first + (model.random().uniform() - 0.5) * reach);
        if (i % 100 == 0) {
            ASSERT_TRUE(model.set().valid());
        }
    }
    ASSERT_NO_FATAL_FAILURE(model.check_all());
}

TEST(ScoredMembers, IsScannedAndDrawnFromWhole) {
    ScoredMembers set(&HashSecret::of_process());
    for (int i = 0; i < 1000; ++i) set.insert(std::to_string(i), i);
    std::set<std::string> seen;
    std::uint64_t cursor = 0;
    do {
        cursor = set.scan(cursor, [&](std::string_view member, double score) {
            EXPECT_EQ(std::to_string(static_cast<int>(score)), member);
            EXPECT_TRUE(seen.insert(std::string(member)).second);
        });
    } while (cursor != 0);
    EXPECT_EQ(seen.size(), 1000U);
    Random random(4);
    std::set<std::string> drawn;
    for (int i = 0; i < 20'000; ++i) drawn.insert(std::string(set.random(random).member));
    EXPECT_EQ(drawn.size(), 1000U);
}

}  // namespace
}  // namespace pongo

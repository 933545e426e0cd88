#include "values/set_algebra.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/random.h"

namespace pongo {
namespace {

using Strings = std::set<std::string>;
using set_algebra::DifferenceBy;
using set_algebra::UnionBy;

// Sets with their models.
class SetAlgebraTest : public testing::Test {
  protected:
    void add_set(const Strings& members, std::uint64_t intset_entries = 512) {
        auto value = std::make_unique<DetachedValue>();
        value->replace(Set::empty());
        const SetLimits limits{intset_entries};
        SetEditor editor(*value, limits);
        for (const std::string& member : members) editor.add(member);
        values_.push_back(std::move(value));
        models_.push_back(members);
    }
    void forget_sets() {
        values_.clear();
        models_.clear();
    }
    // In the order in which they were added.
    std::vector<Set> sets() const {
        std::vector<Set> all;
        for (const auto& value : values_) all.emplace_back(value->payload());
        return all;
    }
    static Strings integers(int first, int last) {
        Strings all;
        for (int i = first; i < last; ++i) all.insert(std::to_string(i));
        return all;
    }
    static Strings words(int first, int last) {
        Strings all;
        for (int i = first; i < last; ++i) all.insert("word:" + std::to_string(i));
        return all;
    }

    // What is visited, each member once.
    template <typename VisitAll>
    static Strings visited(VisitAll&& visit_all) {
        Strings all;
        visit_all([&](const Set::Element& element) {
            EXPECT_TRUE(all.insert(element.to_string()).second) << "twice";
            return true;
        });
        return all;
    }
    template <typename Store>
    static Strings stored(Store&& store) {
        DetachedValue result;
        result.replace(Set::empty());
        store(result);
        Strings all;
        Set(result.payload()).for_each([&](const Set::Element& element) { all.insert(element.to_string()); });
        EXPECT_EQ(Set(result.payload()).size(), all.size());
        return all;
    }

    Strings intersection_of_models() const {
        Strings all = models_[0];
        for (const Strings& model : models_) {
            std::erase_if(all, [&](const std::string& member) { return !model.contains(member); });
        }
        return all;
    }
    Strings union_of_models() const {
        Strings all;
        for (const Strings& model : models_) all.insert(model.begin(), model.end());
        return all;
    }
    Strings difference_of_models() const {
        Strings all = models_[0];
        for (std::size_t i = 1; i < models_.size(); ++i) {
            for (const std::string& member : models_[i]) all.erase(member);
        }
        return all;
    }

    void expect_results_of_models() const {
        const SetLimits limits;
        std::vector<Set> given = sets();
        EXPECT_EQ(visited([&](auto visit) { visit_intersection(given, visit); }), intersection_of_models());
        EXPECT_EQ(stored([&](DetachedValue& result) { store_intersection(given, limits, result); }),
                  intersection_of_models());
        EXPECT_EQ(stored([&](DetachedValue& result) { store_union(given, limits, result); }),
                  union_of_models());
        EXPECT_EQ(visited([&](auto visit) { visit_union(given, visit); }), union_of_models());
        given = sets();
        EXPECT_EQ(visited([&](auto visit) { visit_difference(given, visit); }), difference_of_models());
        EXPECT_EQ(stored([&](DetachedValue& result) { store_difference(given, limits, result); }),
                  difference_of_models());
        expect_every_way(given);
    }
    // Those that would not be taken, too.
    static void expect_every_way(std::vector<Set> given) {
        const Strings merged = visited([&](auto visit) { set_algebra::visit_adding(given, visit); });
        const Strings probed = visited([&](auto visit) {
            auto probes = set_algebra::probes_of(given, 1000);
            for (std::size_t i = 0; i < given.size(); ++i) {
                set_algebra::visit_filtered(given[i], std::span(probes).first(i), MemberBatch::Keep::Absent,
                                            visit);
            }
        });
        EXPECT_EQ(merged, probed);
        const Strings removed = stored(
            [&](DetachedValue& result) { set_algebra::remove_from_first(given, SetLimits(), result); });
        const Strings filtered = visited([&](auto visit) {
            auto probes = set_algebra::probes_of(std::span(given).subspan(1), 1);
            set_algebra::visit_filtered(given[0], probes, MemberBatch::Keep::Absent, visit);
        });
        EXPECT_EQ(removed, filtered);
    }

    std::vector<std::unique_ptr<DetachedValue>> values_;
    std::vector<Strings> models_;
};

TEST_F(SetAlgebraTest, ResultsOfEveryPairOfEncodings) {
    const std::vector<Strings> kinds{integers(0, 40), integers(30, 400), words(0, 60), words(40, 400),
                                     integers(-20, 5)};
    for (std::size_t i = 0; i < kinds.size(); ++i) {
        for (std::size_t j = 0; j < kinds.size(); ++j) {
            for (const std::uint64_t limit : {0, 512}) {
                forget_sets();
                add_set(kinds[i], limit);
                add_set(kinds[j]);
                expect_results_of_models();
            }
        }
    }
}

TEST_F(SetAlgebraTest, AnEmptyTextIsNoInteger) {
    add_set({"", "a"});
    add_set(integers(0, 300));
    expect_results_of_models();
}

TEST_F(SetAlgebraTest, ASetWithItself) {
    for (const Strings& members : {integers(0, 100), words(0, 100), words(0, 1000)}) {
        forget_sets();
        for (int i = 0; i < 3; ++i) add_set(members);
        expect_results_of_models();
    }
}

TEST_F(SetAlgebraTest, AVisitEndsWhenItIsToldTo) {
    for (const Strings& members : {integers(0, 100), words(0, 100), words(0, 1000)}) {
        for (std::size_t most = 1; most < 40; most += 7) {
            forget_sets();
            add_set(members);
            add_set(members);
            std::vector<Set> given = sets();
            std::size_t count = 0;
            const auto visit = [&](const Set::Element&) { return ++count < most; };
            visit_intersection(given, visit);
            EXPECT_EQ(count, most);
            count = 0;
            visit_union(given, visit);
            EXPECT_EQ(count, most);
            count = 0;
            set_algebra::visit_adding(given, visit);
            EXPECT_EQ(count, most);
            given.pop_back();
            count = 0;
            visit_difference(given, visit);
            EXPECT_EQ(count, most);
        }
    }
}

TEST_F(SetAlgebraTest, AUnionOfIntsetsComesInAscendingOrder) {
    add_set(integers(-50, 50));
    add_set({"9223372036854775807", "-9223372036854775808", "0"});
    add_set(integers(0, 3));
    std::vector<Set> given = sets();
    std::vector<std::int64_t> order;
    visit_union(given, [&](const Set::Element& element) {
        order.push_back(element.integer);
        return true;
    });
    EXPECT_EQ(order.size(), 102U);
    EXPECT_TRUE(std::ranges::is_sorted(order));
}

TEST_F(SetAlgebraTest, TheWayDependsOnTheSets) {
    add_set(integers(0, 10));
    add_set(integers(5, 15));
    EXPECT_EQ(set_algebra::way_to_union(sets()), UnionBy::Merging);
    EXPECT_EQ(set_algebra::way_to_difference(sets()), DifferenceBy::Probing);
    add_set(words(0, 2));
    EXPECT_EQ(set_algebra::way_to_union(sets()), UnionBy::Probing);
    EXPECT_EQ(set_algebra::way_to_difference(sets()), DifferenceBy::Probing);
    forget_sets();
    for (int i = 0; i < 10; ++i) add_set(words(i, i + 300));
    EXPECT_EQ(set_algebra::way_to_union(sets()), UnionBy::Adding);
    forget_sets();
    add_set(words(0, 300));
    for (int i = 0; i < 10; ++i) add_set(words(i, i + 5));
    EXPECT_EQ(set_algebra::way_to_difference(sets()), DifferenceBy::Removing);
}

TEST_F(SetAlgebraTest, NoSetsHaveAnEmptyUnion) {
    EXPECT_EQ(visited([&](auto visit) { visit_union({}, visit); }), Strings{});
}

TEST_F(SetAlgebraTest, RandomSetsGiveTheResultsOfTheirModels) {
    Random random(5);
    for (int round = 0; round < 300; ++round) {
        forget_sets();
        const std::uint64_t many = 1 + random.below(6);
        for (std::uint64_t i = 0; i < many; ++i) {
            Strings members;
            const std::uint64_t range = random.below(3) == 0 ? 600 : 60;
            const std::uint64_t size = 1 + random.below(range);
            const bool texts = random.below(2) == 0;
            while (members.size() < size) {
                const std::string number = std::to_string(random.below(2 * range));
                switch (texts ? random.below(4) : 0) {
                    case 1:
                        members.insert("text:" + number);
                        break;
                    case 2:
                        members.insert(std::string(random.below(70), 'x') + number);
                        break;
                    default:
                        members.insert(number);
                }
            }
            add_set(members, random.below(2) * 512);
        }
        expect_results_of_models();
        if (HasFailure()) return;
    }
}

}  // namespace
}  // namespace pongo

// What chance chooses from sets, in every encoding: how much, and with which probabilities.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/random.h"
#include "support/value_in_memory.h"
#include "values/set.h"

namespace pongo {
namespace {

struct Kind {
    const char* prefix;
    int size;
    Encoding encoding;
};

constexpr Kind kKinds[] = {
    {"", 20, Encoding::Intset},          {"", 100, Encoding::Intset},
    {"word:", 20, Encoding::PackedSet},  {"word:", 128, Encoding::PackedSet},
    {"word:", 129, Encoding::Hashtable}, {"", 150, Encoding::Hashtable},
};

class RandomMembers : public testing::TestWithParam<Kind> {
  protected:
    void SetUp() override {
        SetEditor edit(full_, limits_);
        for (int i = 0; i < GetParam().size; ++i) edit.add(GetParam().prefix + std::to_string(i));
        fill();
        ASSERT_EQ(set().encoding(), GetParam().encoding);
    }
    void fill() { value_.replace(duplicate(full_.payload())); }

    Set set() const { return Set(value_.payload()); }
    std::uint64_t size() const { return static_cast<std::uint64_t>(GetParam().size); }
    auto counting() {
        return [this](const Set::Element& element) { ++counts_[element.to_string()]; };
    }
    std::uint64_t total() const {
        std::uint64_t sum = 0;
        for (const auto& [member, count] : counts_) sum += count;
        return sum;
    }
    // Pearson's chi-squared test; every draw is of `at_once` different members. The bound lies five standard
    // deviations above what may be expected.
    void expect_uniform(std::uint64_t at_once = 1) const {
        const auto members = static_cast<double>(size());
        const double expected = static_cast<double>(total()) / members;
        double chi_squared = 0;
        for (const auto& [member, count] : counts_) {
            const double off = static_cast<double>(count) - expected;
            chi_squared += off * off / expected;
        }
        chi_squared += expected * (members - static_cast<double>(counts_.size()));
        // Draws without repetition vary less.
        chi_squared *= (members - 1) / (members - static_cast<double>(at_once));
        EXPECT_LT(chi_squared, members - 1 + 5 * std::sqrt(2 * (members - 1)));
    }

    SetLimits limits_{.intset_entries = 100};
    ValueInMemory full_{Set::empty()};
    ValueInMemory value_{Set::empty()};
    SetEditor edit_{value_, limits_};
    Random random_{17};
    std::map<std::string, std::uint64_t> counts_;
};

TEST_P(RandomMembers, OneIsAnyOfThem) {
    for (std::uint64_t i = 0; i < 100 * size(); ++i) counting()(set().random(random_));
    EXPECT_EQ(counts_.size(), size());
    expect_uniform();
}

TEST_P(RandomMembers, DrawsRepeatThemselves) {
    set().draw(100 * size(), random_, counting());
    EXPECT_EQ(total(), 100 * size());
    EXPECT_EQ(counts_.size(), size());
    expect_uniform();
}

TEST_P(RandomMembers, ASampleHasDifferentMembers) {
    for (std::uint64_t count = 0; count <= size() + 1; ++count) {
        counts_.clear();
        set().sample(count, random_, counting());
        EXPECT_EQ(counts_.size(), std::min(count, size()));
        EXPECT_EQ(total(), counts_.size());
        for (const auto& [member, times] : counts_) EXPECT_TRUE(set().contains(member));
    }
}

TEST_P(RandomMembers, SamplesOfEverySizeAreUniform) {
    for (const std::uint64_t count : {std::uint64_t{3}, size() / 4, size() / 2, size() - 3}) {
        counts_.clear();
        for (std::uint64_t i = 0; i * count < 100 * size(); ++i) set().sample(count, random_, counting());
        expect_uniform(count);
    }
}

TEST_P(RandomMembers, WhatIsPoppedIsGone) {
    for (std::uint64_t count = 1; count < size(); count += 1 + size() / 10) {
        fill();
        counts_.clear();
        edit_.pop(count, random_, counting());
        EXPECT_EQ(counts_.size(), count);
        EXPECT_EQ(total(), count);
        EXPECT_EQ(set().size(), size() - count);
        for (const auto& [member, times] : counts_) EXPECT_FALSE(set().contains(member));
        set().for_each([&](const Set::Element& left) { EXPECT_FALSE(counts_.contains(left.to_string())); });
        std::set<std::string> left;
        set().for_each([&](const Set::Element& element) { left.insert(element.to_string()); });
        EXPECT_EQ(left.size(), size() - count);
    }
}

TEST_P(RandomMembers, PopsOfEverySizeAreUniform) {
    for (const std::uint64_t count : {std::uint64_t{1}, size() / 2, size() - 2}) {
        counts_.clear();
        for (std::uint64_t i = 0; i * count < 30 * size(); ++i) {
            fill();
            edit_.pop(count, random_, counting());
        }
        expect_uniform(count);
    }
}

TEST_P(RandomMembers, AFewLeftAreWrittenAnew) {
    edit_.add("x");
    edit_.remove("x");
    edit_.pop(size() - 3, random_, counting());
    EXPECT_EQ(set().encoding(), *GetParam().prefix == '\0' ? Encoding::Intset : Encoding::PackedSet);
}

TEST_P(RandomMembers, ManyLeftStayAsTheyAre) {
    edit_.pop(size() / 2, random_, counting());
    EXPECT_EQ(set().encoding(), GetParam().encoding);
}

INSTANTIATE_TEST_SUITE_P(OfEveryKind, RandomMembers, testing::ValuesIn(kKinds));

}  // namespace
}  // namespace pongo

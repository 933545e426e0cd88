#include "structures/member_table.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

#include "base/random.h"

namespace pongo {
namespace {

using Reference = MemberTable::Reference;

// With few bits of address many items agree in all that a reference has of their hashes.
class MemberTableReferences : public testing::TestWithParam<int> {};

TEST_P(MemberTableReferences, LeadBackToTheirItemsWhileOthersComeAndGo) {
    const HashSecret secret{1, 2};
    MemberTable table(&secret, GetParam());
    Random random(7);
    const std::uint64_t most = std::min<std::uint64_t>(std::uint64_t{8} << GetParam(), 3000);
    std::map<std::string, Reference> model;
    std::size_t numbered = 0;
    for (int step = 0; step < 20'000; ++step) {
        const std::string member = "member" + std::to_string(random.below(most));
        const auto found = model.find(member);
        if (found == model.end()) {
            const Reference reference = table.insert(table.find(member), member, step);
            EXPECT_LT(reference, Reference{1} << 48);
            numbered += reference >> 44 != 0;
            model[member] = reference;
        } else if (random.below(3) == 0) {
            random.below(2) == 0 ? table.erase(found->second) : table.erase(table.find(member), member);
            model.erase(found);
        } else {
            ASSERT_EQ(table.member(found->second), member);
            ASSERT_EQ(table.find(member).reference(), found->second);
        }
    }
    ASSERT_EQ(table.size(), model.size());
    std::set<Reference> references;
    for (const auto& [member, reference] : model) {
        ASSERT_EQ(table.member(reference), member);
        ASSERT_TRUE(references.insert(reference).second);
    }
    EXPECT_TRUE(table.valid());
    if (GetParam() < 10) {
        EXPECT_GT(numbered, 0U);
    }
}

INSTANTIATE_TEST_SUITE_P(AddressBits, MemberTableReferences, testing::Values(3, 5, 8, 36),
                         [](const auto& bits) { return std::to_string(bits.param); });

TEST(MemberTable, ScoresCanBeSet) {
    MemberTable table(&HashSecret::of_process());
    EXPECT_EQ(table.score("a"), std::nullopt);
    EXPECT_FALSE(table.find("a"));
    const Reference reference = table.insert(table.find("a"), "a", 1.5);
    EXPECT_EQ(table.score("a"), 1.5);
    EXPECT_EQ(table.find("a").score(), 1.5);
    table.set_score(table.find("a"), -2);
    EXPECT_EQ(table.score("a"), -2);
    EXPECT_EQ(table.member(reference), "a");
    table.erase(table.find("a"), "a");
    EXPECT_FALSE(table.find("a"));
    EXPECT_EQ(table.size(), 0U);
}

TEST(MemberTable, LongMembersHaveReferencesToo) {
    MemberTable table(&HashSecret::of_process());
    const std::string member(5000, 'x');
    const Reference reference = table.insert(table.find(member), member, 1);
    EXPECT_EQ(table.member(reference), member);
    table.erase(reference);
    EXPECT_EQ(table.bytes(), 0U);
}

}  // namespace
}  // namespace pongo

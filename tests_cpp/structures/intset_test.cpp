#include "structures/intset.h"

#include <gtest/gtest.h>

#include <limits>
#include <set>
#include <string>
#include <vector>

#include "base/random.h"

namespace pongo {
namespace {

using namespace std::string_view_literals;

class IntsetTest : public testing::Test {
  protected:
    Intset set() const { return Intset(bytes_); }
    std::vector<std::int64_t> contents() const {
        std::vector<std::int64_t> all;
        for (std::size_t i = 0; i < set().size(); ++i) all.push_back(set()[i]);
        return all;
    }

    std::string bytes_{Intset::empty_bytes()};
    StringStore store_{bytes_};
    IntsetEditor edit_{store_};
};

TEST_F(IntsetTest, IsWrittenAsTheFormatSays) {
    for (const int value : {3, -1, 2}) EXPECT_TRUE(edit_.add(value));
    EXPECT_EQ(bytes_, "\2\0\0\0\3\0\0\0\xff\xff\2\0\3\0"sv);
    EXPECT_TRUE(edit_.add(70'000));
    EXPECT_EQ(bytes_, "\4\0\0\0\4\0\0\0\xff\xff\xff\xff\2\0\0\0\3\0\0\0\x70\x11\1\0"sv);
}

TEST_F(IntsetTest, TakesTheWidthOfTheWidest) {
    edit_.add(std::numeric_limits<std::int16_t>::max());
    EXPECT_EQ(set().width(), 2U);
    edit_.add(std::numeric_limits<std::int16_t>::min() - 1);
    EXPECT_EQ(set().width(), 4U);
    edit_.add(std::numeric_limits<std::int64_t>::min());
    edit_.add(std::numeric_limits<std::int64_t>::max());
    EXPECT_EQ(set().width(), 8U);
    EXPECT_EQ(contents(), (std::vector<std::int64_t>{std::numeric_limits<std::int64_t>::min(), -32769, 32767,
                                                     std::numeric_limits<std::int64_t>::max()}));
}

TEST_F(IntsetTest, AddAndRemoveTellWhetherTheyChangedIt) {
    EXPECT_TRUE(edit_.add(5));
    EXPECT_FALSE(edit_.add(5));
    EXPECT_FALSE(edit_.remove(1'000'000'000'000));
    EXPECT_TRUE(edit_.remove(5));
    EXPECT_FALSE(edit_.remove(5));
    EXPECT_EQ(bytes_, Intset::empty_bytes());
}

// Against std::set, with the format verified after each step.
TEST_F(IntsetTest, RandomChangesEqualThoseOfASet) {
    Random random(3);
    for (int round = 0; round < 20; ++round) {
        std::set<std::int64_t> model;
        bytes_ = Intset::empty_bytes();
        const std::uint64_t most_bits = 4 + random.below(60);
        for (int step = 0; step < 400; ++step) {
            const auto value = static_cast<std::int64_t>(random.next()) >> (63 - random.below(most_bits));
            if (random.below(3) == 0) {
                EXPECT_EQ(edit_.remove(value), model.erase(value) == 1);
            } else {
                EXPECT_EQ(edit_.add(value), model.insert(value).second);
            }
            ASSERT_EQ(contents(), std::vector<std::int64_t>(model.begin(), model.end()));
            ASSERT_EQ(Intset::valid(bytes_), !model.empty());
            ASSERT_EQ(set().contains(value), model.contains(value));
        }
    }
}

TEST_F(IntsetTest, DamagedBytesAreInvalid) {
    for (const int value : {1, 2, 3}) edit_.add(value);
    EXPECT_TRUE(Intset::valid(bytes_));
    EXPECT_FALSE(Intset::valid(""));
    EXPECT_FALSE(Intset::valid(Intset::empty_bytes()));
    EXPECT_FALSE(Intset::valid(std::string_view(bytes_).substr(0, bytes_.size() - 1)));
    EXPECT_FALSE(Intset::valid(bytes_ + "x"));
    EXPECT_FALSE(Intset::valid("\3\0\0\0\1\0\0\0abc"sv));
    EXPECT_FALSE(Intset::valid("\2\0\0\0\2\0\0\0\1\0\1\0"sv));
    EXPECT_FALSE(Intset::valid("\2\0\0\0\2\0\0\0\2\0\1\0"sv));
    EXPECT_FALSE(Intset::valid("\2\0\0\0\2\0\0\x80\2\0\3\0"sv));
}

}  // namespace
}  // namespace pongo

#include "net/withheld.h"

#include <gtest/gtest.h>

namespace pongo {
namespace {

TEST(Withheld, GoesWhenTheLogHasComeThatFar) {
    Withheld withheld;
    EXPECT_TRUE(withheld.empty());
    EXPECT_FALSE(withheld.release(100));
    withheld.add(10, 5);
    withheld.add(20, 5);
    EXPECT_FALSE(withheld.release(4));
    EXPECT_EQ(withheld.bytes(), 30U);
    EXPECT_TRUE(withheld.release(5));
    EXPECT_TRUE(withheld.empty());
}

TEST(Withheld, WhatCameFirstWaitsForNothingThatCameLater) {
    Withheld withheld;
    withheld.add(10, 5);
    for (std::uint64_t position = 6; position < 100; ++position) withheld.add(1, position);
    EXPECT_TRUE(withheld.release(5));
    EXPECT_EQ(withheld.bytes(), 94U);
    withheld.add(1000, 100);
    EXPECT_FALSE(withheld.release(98));
    EXPECT_TRUE(withheld.release(99));
    EXPECT_EQ(withheld.bytes(), 1000U);
}

TEST(Withheld, WhatNeedsNoWaitingKeepsItsPlace) {
    Withheld withheld;
    withheld.add(10, 5);
    withheld.add(1, 0);
    withheld.add(20, 9);
    withheld.add(2, 0);
    EXPECT_TRUE(withheld.release(5));
    EXPECT_EQ(withheld.bytes(), 22U);
    EXPECT_TRUE(withheld.release(9));
    EXPECT_TRUE(withheld.empty());
}

TEST(Withheld, AllGoesAtOnceWhenTheLogIsFarAhead) {
    Withheld withheld;
    withheld.add(10, 5);
    withheld.add(20, 9);
    EXPECT_TRUE(withheld.release(9));
    EXPECT_TRUE(withheld.empty());
}

}  // namespace
}  // namespace pongo

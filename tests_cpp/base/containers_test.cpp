#include "base/containers.h"

#include <gtest/gtest.h>

namespace pongo {
namespace {

TEST(ClearAndKeep, KeepsTheMemoryOfASmallVector) {
    std::vector<int> vector(100);
    clear_and_keep(vector, 100);
    EXPECT_TRUE(vector.empty());
    EXPECT_EQ(vector.capacity(), 100U);
}

TEST(ClearAndKeep, GivesTheMemoryOfALargeOneBack) {
    std::vector<int> vector(101);
    clear_and_keep(vector, 100);
    EXPECT_TRUE(vector.empty());
    EXPECT_EQ(vector.capacity(), 0U);
}

}  // namespace
}  // namespace pongo

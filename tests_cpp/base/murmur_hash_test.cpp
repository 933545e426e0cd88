#include "base/murmur_hash.h"

#include <gtest/gtest.h>

namespace pongo {
namespace {

// Computed with the author's own code.
TEST(MurmurHash, HasThePublishedValuesForEveryLengthOfTheTail) {
    constexpr std::string_view kText = "The quick brown fox";
    constexpr std::uint64_t kHashes[] = {
        0xd8dfea6585bc9732, 0x54f437c0fd1dc9ea, 0x33998b2ab0a8a8e8, 0xf2de48f407e0dea2, 0x00d9f9e189325c37,
        0x5aa75fe24f02bdf4, 0xd4ae00145a08d272, 0x43b72f8a55f3f37a, 0x79054dfaf67ec472, 0x352769a5f7d93619,
        0x30a817dc13d26a7c, 0xc4736bc83ac7fc3e, 0x4c5bbef7d62cdb60, 0x042216901c15c50a, 0x6884d19b430986c6,
        0x2f1bebcd7dbc06d1, 0x25e060c74b1bbfa2, 0xa9a866792a602780, 0x33d11229f16ea40f, 0xb8cb2a48ba03f3e4,
    };
    for (std::size_t size = 0; size <= kText.size(); ++size) {
        EXPECT_EQ(murmur_hash_64a(kText.substr(0, size), 0xadc83b19), kHashes[size]) << size;
    }
}

}  // namespace
}  // namespace pongo

#include "values/bits.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace pongo {
namespace {

std::string random_bytes(std::mt19937& random, std::size_t size) {
    std::string bytes(size, '\0');
    // Runs of equal bytes are what searches skip.
    const unsigned kind = random() % 3;
    for (char& byte : bytes) byte = static_cast<char>(kind == 0 ? 0x00 : kind == 1 ? 0xff : random());
    if (size > 0 && random() % 2 == 0) bytes[random() % size] = static_cast<char>(random());
    return bytes;
}

std::string bits_of(std::string_view bytes) {
    std::string bits;
    for (const char byte : bytes) {
        for (int i = 7; i >= 0; --i) bits += (static_cast<unsigned char>(byte) >> i & 1) != 0 ? '1' : '0';
    }
    return bits;
}

TEST(Bits, TheFirstOneIsTheHighestOfTheFirstByte) {
    EXPECT_TRUE(bit_at("\x80", 0));
    EXPECT_FALSE(bit_at("\x80", 1));
    EXPECT_TRUE(bit_at("\x80\x01", 15));
}

TEST(Bits, AreZeroBeyondTheEnd) {
    EXPECT_FALSE(bit_at("\xff", 8));
    EXPECT_FALSE(bit_at("", 0));
    EXPECT_FALSE(bit_at("\xff", UINT64_MAX));
}

TEST(Bits, AreSetAndClearedOneByOne) {
    std::string bytes("\x00\xff", 2);
    set_bit(bytes.data(), 7, true);
    set_bit(bytes.data(), 8, false);
    set_bit(bytes.data(), 9, true);
    EXPECT_EQ(bits_of(bytes), "0000000101111111");
}

TEST(Bits, AreCountedInAnyRange) {
    std::mt19937 random(2);
    for (int round = 0; round < 2000; ++round) {
        const std::string bytes = random_bytes(random, 1 + random() % 80);
        const std::string bits = bits_of(bytes);
        BitRange range{random() % bits.size(), random() % bits.size()};
        if (range.first > range.last) std::swap(range.first, range.last);
        const std::string part = bits.substr(range.first, range.last - range.first + 1);
        ASSERT_EQ(count_bits(bytes, range),
                  static_cast<std::uint64_t>(std::count(part.begin(), part.end(), '1')));
        ASSERT_EQ(count_bits(bytes), static_cast<std::uint64_t>(std::count(bits.begin(), bits.end(), '1')));
    }
}

TEST(Bits, OfNothingAreNone) {
    EXPECT_EQ(count_bits(""), 0U);
}

TEST(Bits, AreFoundInAnyRange) {
    std::mt19937 random(3);
    for (int round = 0; round < 4000; ++round) {
        const std::string bytes = random_bytes(random, 1 + random() % 80);
        const std::string bits = bits_of(bytes);
        BitRange range{random() % bits.size(), random() % bits.size()};
        if (range.first > range.last) std::swap(range.first, range.last);
        const bool value = random() % 2 == 0;
        const std::size_t expected = bits.find(value ? '1' : '0', range.first);
        const auto found = find_bit(bytes, value, range);
        if (expected == std::string::npos || expected > range.last) {
            ASSERT_FALSE(found) << bits << " " << range.first << ".." << range.last;
        } else {
            ASSERT_EQ(found, expected) << bits << " " << range.first << ".." << range.last;
        }
    }
}

char combined(BitOperation operation, char a, char b) {
    switch (operation) {
        case BitOperation::And:
            return static_cast<char>(a & b);
        case BitOperation::Or:
            return static_cast<char>(a | b);
        case BitOperation::Xor:
            return static_cast<char>(a ^ b);
        case BitOperation::Not:
            break;
    }
    return static_cast<char>(~a);
}

// Longer than one block, of different lengths.
constexpr std::size_t kLongBytes = 40'000;

TEST(Bits, AreCombinedAsIfAllSourcesWereAsLongAsTheLongest) {
    std::mt19937 random(4);
    for (const BitOperation operation : {BitOperation::And, BitOperation::Or, BitOperation::Xor}) {
        for (const std::size_t most : {std::size_t{50}, kLongBytes}) {
            std::vector<std::string> sources;
            for (int i = 0; i < 4; ++i) sources.push_back(random_bytes(random, random() % most));
            sources.push_back(random_bytes(random, most));
            std::rotate(sources.begin(), sources.begin() + 2, sources.end());

            std::string expected = sources[0];
            expected.resize(most, '\0');
            for (std::size_t s = 1; s < sources.size(); ++s) {
                std::string source = sources[s];
                source.resize(most, '\0');
                for (std::size_t i = 0; i < most; ++i) {
                    expected[i] = combined(operation, expected[i], source[i]);
                }
            }
            std::string result(most, 'x');
            const std::vector<std::string_view> views(sources.begin(), sources.end());
            combine_bits(operation, views, result.data());
            ASSERT_TRUE(result == expected) << static_cast<int>(operation) << " of " << most << " bytes";
        }
    }
}

TEST(Bits, AreInvertedAcrossBlocks) {
    std::mt19937 random(5);
    const std::string source = random_bytes(random, kLongBytes);
    std::string result(source.size(), 'x');
    const std::string_view views[] = {source};
    combine_bits(BitOperation::Not, views, result.data());
    for (std::size_t i = 0; i < source.size(); ++i) ASSERT_EQ(result[i], static_cast<char>(~source[i]));
}

}  // namespace
}  // namespace pongo

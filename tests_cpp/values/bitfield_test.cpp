#include "values/bitfield.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <random>
#include <string>

#include "values/bits.h"

namespace pongo {
namespace {

constexpr std::int64_t kLowest = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kHighest = std::numeric_limits<std::int64_t>::max();
constexpr IntegerType kU8{false, 8};
constexpr IntegerType kI8{true, 8};
constexpr IntegerType kU63{false, 63};
constexpr IntegerType kI64{true, 64};

IntegerType any_type(std::mt19937_64& random) {
    const bool is_signed = random() % 2 == 0;
    return {is_signed, static_cast<unsigned>(1 + random() % (is_signed ? 64 : 63))};
}

TEST(IntegerType, IsNamedByItsSignAndItsBits) {
    const auto type = IntegerType::parse("i16");
    ASSERT_TRUE(type);
    EXPECT_TRUE(type->is_signed);
    EXPECT_EQ(type->bits, 16U);
    EXPECT_TRUE(IntegerType::parse("u63"));
    EXPECT_TRUE(IntegerType::parse("i64"));
}

TEST(IntegerType, HasNoOtherNames) {
    for (const char* text :
         {"", "i", "u", "16", "u0", "i0", "u64", "i65", "u-1", "u08", "x8", "U8", "u8 ", "u+8"}) {
        EXPECT_FALSE(IntegerType::parse(text)) << text;
    }
}

TEST(IntegerType, KnowsItsRange) {
    EXPECT_EQ(kU8.lowest(), 0);
    EXPECT_EQ(kU8.highest(), 255);
    EXPECT_EQ(kI8.lowest(), -128);
    EXPECT_EQ(kI8.highest(), 127);
    EXPECT_EQ(kU63.highest(), kHighest);
    EXPECT_EQ(kI64.lowest(), kLowest);
    EXPECT_EQ(kI64.highest(), kHighest);
    EXPECT_EQ((IntegerType{true, 1}).lowest(), -1);
    EXPECT_EQ((IntegerType{true, 1}).highest(), 0);
}

TEST(Bitfield, WhatIsWrittenIsReadAndNothingElseChanges) {
    std::mt19937_64 random(6);
    for (int round = 0; round < 5000; ++round) {
        const IntegerType type = any_type(random);
        const std::uint64_t offset = random() % 50;
        std::string bytes(20, '\0');
        for (char& byte : bytes) byte = static_cast<char>(random());
        const std::string before = bytes;
        const std::int64_t value = *fit(type, static_cast<std::int64_t>(random()), Overflow::Wrap);

        write_integer(bytes.data(), type, offset, value);
        ASSERT_EQ(read_integer(bytes, type, offset), value);
        for (std::uint64_t i = 0; i < bytes.size() * kBitsPerByte; ++i) {
            if (i >= offset && i < offset + type.bits) {
                const std::uint64_t behind = offset + type.bits - 1 - i;  // The highest bit comes first.
                ASSERT_EQ(bit_at(bytes, i), (static_cast<std::uint64_t>(value) >> behind & 1) != 0);
            } else {
                ASSERT_EQ(bit_at(bytes, i), bit_at(before, i));
            }
        }
    }
}

TEST(Bitfield, BitsBeyondTheEndAreZero) {
    EXPECT_EQ(read_integer("\xff", kU8, 4), 0xf0);
    EXPECT_EQ(read_integer("\xff", kU8, 8), 0);
    EXPECT_EQ(read_integer("", kI64, 1000), 0);
}

TEST(Bitfield, OverflowWrapsAround) {
    EXPECT_EQ(add(kU8, 255, 1, Overflow::Wrap), 0);
    EXPECT_EQ(add(kU8, 0, -1, Overflow::Wrap), 255);
    EXPECT_EQ(add(kI8, 127, 1, Overflow::Wrap), -128);
    EXPECT_EQ(add(kI64, kHighest, 1, Overflow::Wrap), kLowest);
    EXPECT_EQ(add(kU63, kHighest, 1, Overflow::Wrap), 0);
    EXPECT_EQ(fit(kI8, 200, Overflow::Wrap), -56);
    EXPECT_EQ(fit(kU8, -1, Overflow::Wrap), 255);
}

TEST(Bitfield, OverflowSaturates) {
    EXPECT_EQ(add(kU8, 250, 100, Overflow::Saturate), 255);
    EXPECT_EQ(add(kU8, 5, -100, Overflow::Saturate), 0);
    EXPECT_EQ(add(kI8, -100, -100, Overflow::Saturate), -128);
    EXPECT_EQ(add(kI64, kLowest, kLowest, Overflow::Saturate), kLowest);
    EXPECT_EQ(add(kU63, kHighest, kHighest, Overflow::Saturate), kHighest);
    EXPECT_EQ(fit(kI8, -1000, Overflow::Saturate), -128);
}

TEST(Bitfield, ValuesFarBelowSaturateUpwardsAsInRedis) {
    EXPECT_EQ(fit(kU8, -1, Overflow::Saturate), 255);
    EXPECT_EQ(fit(kI8, kLowest, Overflow::Saturate), 127);
    EXPECT_EQ(fit(kI8, kLowest + 127, Overflow::Saturate), 127);
    EXPECT_EQ(fit(kI8, kLowest + 128, Overflow::Saturate), -128);
    EXPECT_EQ(fit(kI64, kLowest, Overflow::Saturate), kLowest);
}

TEST(Bitfield, OverflowFails) {
    EXPECT_EQ(add(kU8, 250, 6, Overflow::Fail), std::nullopt);
    EXPECT_EQ(add(kU8, 250, 5, Overflow::Fail), 255);
    EXPECT_EQ(fit(kI8, 128, Overflow::Fail), std::nullopt);
    EXPECT_EQ(fit(kI8, -128, Overflow::Fail), -128);
}

}  // namespace
}  // namespace pongo

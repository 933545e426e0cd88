#include "persistence/pieces.h"

#include <gtest/gtest.h>

#include <string>

#include "base/memory_meter.h"

namespace pongo {
namespace {

std::string all_of(const Pieces& pieces) {
    std::string all;
    pieces.for_each([&](std::string_view piece) { all += piece; });
    return all;
}

TEST(PiecesTest, KeepsBytesInTheirOrder) {
    Pieces pieces;
    std::string expected;
    for (std::size_t i = 0; i < 3'000; ++i) {
        const std::string bytes(i % 200, static_cast<char>('a' + i % 26));
        pieces.append(bytes);
        expected += bytes;
    }
    EXPECT_EQ(all_of(pieces), expected);
    EXPECT_EQ(pieces.size(), expected.size());
}

TEST(PiecesTest, WhatIsAppendedAtOnceIsInOnePiece) {
    const std::string big(1 << 20, 'b');
    Pieces pieces;
    pieces.append("a");
    pieces.append(big);
    pieces.append("c");
    std::size_t whole = 0;
    pieces.for_each([&](std::string_view piece) { whole += piece.find(big) != std::string_view::npos; });
    EXPECT_EQ(whole, 1U);
    EXPECT_EQ(all_of(pieces), "a" + big + "c");
}

TEST(PiecesTest, TakesOverWhatAnotherHas) {
    Pieces pieces;
    Pieces other;
    pieces.append("first, ");
    other.append("second");
    pieces.append(std::move(other));
    EXPECT_EQ(all_of(pieces), "first, second");
    EXPECT_EQ(pieces.size(), 13U);
    EXPECT_EQ(other.size(), 0U);
    other.append("third");
    EXPECT_EQ(all_of(other), "third");
}

TEST(PiecesTest, ManyBytesTakeHardlyMoreMemoryThanTheyAre) {
    const std::size_t before = MemoryMeter::mine().used();
    Pieces pieces;
    while (pieces.size() < 32 << 20) pieces.append(std::string(4'017, 'r'));
    EXPECT_LT(MemoryMeter::mine().used() - before, pieces.size() + pieces.size() / 8);
}

TEST(PiecesTest, FewBytesTakeLittle) {
    const std::size_t before = MemoryMeter::mine().used();
    std::vector<Pieces> many(10'000);
    for (Pieces& pieces : many) pieces.append("few");
    EXPECT_LT(MemoryMeter::mine().used() - before, many.size() * 512);
}

}  // namespace
}  // namespace pongo

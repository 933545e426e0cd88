#include "base/lzf.h"

#include <gtest/gtest.h>
#include <lzf.h>

#include <string>
#include <vector>

#include "base/random.h"

namespace pongo {
namespace {

// With as much room as it may need.
std::string compressed(const std::string& bytes) {
    std::string into(bytes.size() + bytes.size() / 32 + 2, '\0');
    into.resize(lzf::compress_quickly(bytes, into));
    return into;
}

std::size_t size_by_liblzf(const std::string& bytes) {
    std::string into(2 * bytes.size(), '\0');
    return lzf_compress(bytes.data(), static_cast<unsigned>(bytes.size()), into.data(),
                        static_cast<unsigned>(into.size()));
}

::testing::AssertionResult comes_back(const std::string& bytes) {
    const std::string small = compressed(bytes);
    std::string back(bytes.size(), '\0');
    if (lzf::decompress(small, back) && back == bytes) return ::testing::AssertionSuccess();
    return ::testing::AssertionFailure() << bytes.size() << " bytes became " << small.size();
}

// Some letters, so that much is there twice.
std::string text(std::size_t size, std::uint64_t letters, Random& random) {
    std::string bytes;
    while (bytes.size() < size) bytes += static_cast<char>('a' + random.below(letters));
    return bytes;
}

TEST(LzfTest, EverySizeComesBack) {
    Random random(1);
    for (std::size_t size = 1; size < 5'000; size += size < 600 ? 1 : 37) {
        for (const std::uint64_t letters : {1, 2, 4, 26, 256}) {
            EXPECT_TRUE(comes_back(text(size, letters, random))) << letters << " letters";
        }
    }
}

TEST(LzfTest, RunsOfEveryLengthAndDistanceComeBack) {
    Random random(2);
    for (std::size_t length = 3; length < 300; ++length) {
        const std::string run = text(length, 256, random);
        const std::string between = text(random.below(3'500), 256, random);
        EXPECT_TRUE(comes_back(run + between + run));
        EXPECT_TRUE(comes_back(run + between + run + "!"));
        EXPECT_TRUE(comes_back(std::string(length, 'x') + between));
    }
}

TEST(LzfTest, WhatFindsNoRoomIsNotCompressed) {
    Random random(3);
    for (const std::uint64_t letters : {1, 4, 26, 256}) {
        const std::string bytes = text(200, letters, random);
        const std::string whole = compressed(bytes);
        for (std::size_t room = 0; room < whole.size() + 10; ++room) {
            std::string into(room + 1, '#');
            const std::size_t size = lzf::compress_quickly(bytes, {into.data(), room});
            EXPECT_EQ(size, room < whole.size() ? 0 : whole.size());
            EXPECT_EQ(into.back(), '#');
        }
    }
}

TEST(LzfTest, ShortTextsBecomeAboutAsSmallAsByLiblzf) {
    Random random(4);
    const std::vector<std::string> words = {"user",  "name", "\":\"",   "true",
                                            "2026-", "com",  "http://", "{\"id\":"};
    std::size_t ours = 0;
    std::size_t theirs = 0;
    for (int i = 0; i < 2'000; ++i) {
        std::string bytes;
        const std::size_t size = 30 + random.below(4'000);
        while (bytes.size() < size) {
            bytes += words[random.below(words.size())] + text(random.below(6), 26, random);
        }
        bytes.resize(size);
        ours += compressed(bytes).size();
        theirs += size_by_liblzf(bytes);
    }
    EXPECT_LT(ours, theirs + theirs / 25);
}

}  // namespace
}  // namespace pongo

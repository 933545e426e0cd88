#include <gtest/gtest.h>

#include <string>

#include "base/crc16.h"
#include "base/crc64.h"
#include "base/sha1.h"

namespace pongo {
namespace {

static_assert(crc16("123456789") == 0x31c3);
static_assert(crc16("") == 0);

TEST(KeySlot, is_the_crc_of_the_key) {
    EXPECT_EQ(key_slot("foo"), 12182);
    EXPECT_EQ(key_slot("bar"), 5061);
    EXPECT_EQ(key_slot(""), 0);
    EXPECT_EQ(key_slot("123456789"), 0x31c3 % kSlotCount);
}

TEST(KeySlot, is_the_same_for_keys_with_the_same_tag) {
    EXPECT_EQ(key_slot("{user1000}.following"), key_slot("{user1000}.followers"));
    EXPECT_EQ(key_slot("{user1000}.following"), key_slot("user1000"));
}

TEST(HashTag, is_between_the_first_brace_and_the_next_closing_one) {
    EXPECT_EQ(hash_tag("{user1000}.following"), "user1000");
    EXPECT_EQ(hash_tag("foo{{bar}}zap"), "{bar");
    EXPECT_EQ(hash_tag("foo{bar}{zap}"), "bar");
    EXPECT_EQ(hash_tag("a}{b}"), "b");
}

TEST(HashTag, is_the_whole_key_when_empty_or_unclosed) {
    for (const char* key : {"", "foo", "foo{}{bar}", "foo{bar", "{", "}", "}{", "{}"})
        EXPECT_EQ(hash_tag(key), key);
}

TEST(Crc64, reproduces_the_check_value) {
    EXPECT_EQ(crc64(0, "123456789"), 0xe9c6d914c4b8d9cau);
    EXPECT_EQ(crc64(0, ""), 0u);
    EXPECT_EQ(crc64(42, ""), 42u);
}

/// One bit at a time, the polynomial unreflected, so that it shares nothing with the tables.
std::uint64_t crc64_by_definition(std::string_view bytes) {
    const auto reflect = [](std::uint64_t value, int width) {
        std::uint64_t result = 0;
        for (int i = 0; i < width; ++i) result |= (value >> i & 1) << (width - 1 - i);
        return result;
    };
    std::uint64_t crc = 0;
    for (const char c : bytes) {
        crc ^= reflect(static_cast<unsigned char>(c), 8) << 56;
        for (int bit = 0; bit < 8; ++bit) crc = crc << 1 ^ (crc >> 63 != 0 ? 0xad93d23594c935a9 : 0);
    }
    return reflect(crc, 64);
}

TEST(Crc64, agrees_with_the_definition_wherever_the_input_is_split) {
    std::string bytes;
    for (int i = 0; i < 100; ++i) bytes += static_cast<char>(i * 37);
    const std::uint64_t whole = crc64_by_definition(bytes);
    for (std::size_t split = 0; split <= bytes.size(); ++split) {
        const std::string_view view = bytes;
        EXPECT_EQ(crc64(crc64(0, view.substr(0, split)), view.substr(split)), whole) << split;
        EXPECT_EQ(crc64(0, view.substr(0, split)), crc64_by_definition(view.substr(0, split))) << split;
    }
}

TEST(Crc64, agrees_with_the_definition_at_any_length) {
    std::string bytes;
    for (std::uint64_t i = 0; i < 600; ++i) bytes += static_cast<char>(i * i * 0x9e3779b97f4a7c15 >> 56);
    for (std::size_t size = 0; size <= bytes.size(); ++size) {
        const std::string_view view = std::string_view(bytes).substr(0, size);
        ASSERT_EQ(crc64(0, view), crc64_by_definition(view)) << size;
        ASSERT_EQ(crc64(crc64(0, view.substr(0, size / 3)), view.substr(size / 3)), crc64(0, view)) << size;
    }
}

TEST(Sha1, reproduces_the_vectors_of_the_standard) {
    EXPECT_EQ(sha1_hex(""), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
    EXPECT_EQ(sha1_hex("abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
    EXPECT_EQ(sha1_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
              "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
    EXPECT_EQ(sha1_hex(std::string(1'000'000, 'a')), "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
    EXPECT_EQ(sha1("abc")[0], 0xa9);
}

}  // namespace
}  // namespace pongo

#include "base/siphash.h"

#include <gtest/gtest.h>

#include <string>

namespace pongo {
namespace {

// The key 00 01 ... 0f of the paper's test vectors.
constexpr HashSecret kVectorSecret{0x0706050403020100, 0x0f0e0d0c0b0a0908};

std::string counting_bytes(std::size_t size) {
    std::string bytes;
    for (std::size_t i = 0; i < size; ++i) bytes += static_cast<char>(i);
    return bytes;
}

/// The definition, byte by byte and with plain shifts, to hold the fast one against.
struct Reference {
    std::uint64_t v[4];

    static std::uint64_t rotate(std::uint64_t x, int by) { return x << by | x >> (64 - by); }

    void half_round(int a, int b, int c, int d, int s, int t) {
        v[a] += v[b];
        v[c] += v[d];
        v[b] = rotate(v[b], s) ^ v[a];
        v[d] = rotate(v[d], t) ^ v[c];
        v[a] = rotate(v[a], 32);
    }

    void rounds(int count) {
        for (; count > 0; --count) {
            half_round(0, 1, 2, 3, 13, 16);
            half_round(2, 1, 0, 3, 17, 21);
        }
    }

    static std::uint64_t hash(int compression, int finalization, const std::string& bytes,
                              HashSecret secret) {
        Reference state{{secret.k0 ^ 0x736f6d6570736575, secret.k1 ^ 0x646f72616e646f6d,
                         secret.k0 ^ 0x6c7967656e657261, secret.k1 ^ 0x7465646279746573}};
        std::string padded = bytes;
        while (padded.size() % 8 != 7) padded += '\0';
        padded += static_cast<char>(bytes.size());
        for (std::size_t i = 0; i < padded.size(); i += 8) {
            std::uint64_t word = 0;
            for (std::size_t j = 8; j-- > 0;) word = word << 8 | static_cast<unsigned char>(padded[i + j]);
            state.v[3] ^= word;
            state.rounds(compression);
            state.v[0] ^= word;
        }
        state.v[2] ^= 0xff;
        state.rounds(finalization);
        return state.v[0] ^ state.v[1] ^ state.v[2] ^ state.v[3];
    }
};

TEST(SipHash, reproduces_the_published_vectors_of_siphash_2_4) {
    EXPECT_EQ((siphash<2, 4>("", kVectorSecret)), 0x726fdb47dd0e0e31u);
    EXPECT_EQ((siphash<2, 4>(counting_bytes(1), kVectorSecret)), 0x74f839c593dc67fdu);
    EXPECT_EQ((siphash<2, 4>(counting_bytes(7), kVectorSecret)), 0xab0200f58b01d137u);
    EXPECT_EQ((siphash<2, 4>(counting_bytes(8), kVectorSecret)), 0x93f5f5799a932462u);
    EXPECT_EQ((siphash<2, 4>(counting_bytes(15), kVectorSecret)), 0xa129ca6149be45e5u);
}

TEST(SipHash, agrees_with_the_definition_at_every_length_and_alignment) {
    const std::string bytes = counting_bytes(300);
    for (std::size_t offset = 0; offset < 8; ++offset) {
        for (std::size_t size = 0; size + offset <= bytes.size(); ++size) {
            // A copy of its own, so that a sanitizer sees a read beyond either end.
            const std::string part = bytes.substr(offset, size);
            const std::string_view view = std::string_view(bytes).substr(offset, size);
            ASSERT_EQ(siphash13(part, kVectorSecret), Reference::hash(1, 3, part, kVectorSecret)) << size;
            ASSERT_EQ(siphash13(view, kVectorSecret), siphash13(part, kVectorSecret)) << size;
            ASSERT_EQ((siphash<2, 4>(part, kVectorSecret)), Reference::hash(2, 4, part, kVectorSecret))
                << size;
        }
    }
}

TEST(SipHash, another_secret_gives_another_hash) {
    const HashSecret one = HashSecret::random();
    const HashSecret other = HashSecret::random();
    EXPECT_FALSE(one.k0 == other.k0 && one.k1 == other.k1);
    EXPECT_NE(siphash13("key", one), siphash13("key", other));
}

}  // namespace
}  // namespace pongo

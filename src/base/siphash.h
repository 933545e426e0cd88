#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/bytes.h"

namespace pongo {

/// The key of the hash, drawn at start, so that nobody outside can aim for collisions.
struct HashSecret {
    std::uint64_t k0;
    std::uint64_t k1;

    /// Drawn from the operating system's source of randomness.
    static HashSecret random();
    /// The one that tables use which have nobody to get another from.
    static const HashSecret& of_process();
};

namespace detail {

/// The last size % 8 bytes as a little-endian number; never reads outside of [data, data + size).
inline std::uint64_t load_tail(const char* data, std::size_t size) noexcept {
    const std::size_t left = size & 7;
    if (left == 0) return 0;
    if (size >= 8) return load_le64(data + size - 8) >> (64 - 8 * left);
    if (size >= 4) return load_le32(data) | std::uint64_t{load_le32(data + size - 4)} << (8 * (size - 4));
    const auto byte = [data](std::size_t i) {
        return std::uint64_t{static_cast<unsigned char>(data[i])} << (8 * i);
    };
    // With one to three bytes these three indices cover them all, some of them twice.
    return byte(0) | byte(size / 2) | byte(size - 1);
}

struct SipState {
    std::uint64_t v0, v1, v2, v3;

    void round() noexcept {
        v0 += v1;
        v2 += v3;
        v1 = std::rotl(v1, 13) ^ v0;
        v3 = std::rotl(v3, 16) ^ v2;
        v0 = std::rotl(v0, 32);
        v2 += v1;
        v0 += v3;
        v1 = std::rotl(v1, 17) ^ v2;
        v3 = std::rotl(v3, 21) ^ v0;
        v2 = std::rotl(v2, 32);
    }

    template <int Rounds>
    void rounds() noexcept {
        for (int i = 0; i < Rounds; ++i) round();
    }

    template <int Rounds>
    void compress(std::uint64_t word) noexcept {
        v3 ^= word;
        rounds<Rounds>();
        v0 ^= word;
    }
};

}  // namespace detail

/// SipHash-c-d after Aumasson and Bernstein, "SipHash: a fast short-input PRF". Pure; any thread.
template <int CompressionRounds, int FinalRounds>
inline std::uint64_t siphash(std::string_view bytes, const HashSecret& secret) noexcept {
    detail::SipState state{secret.k0 ^ 0x736f6d6570736575, secret.k1 ^ 0x646f72616e646f6d,
                           secret.k0 ^ 0x6c7967656e657261, secret.k1 ^ 0x7465646279746573};
    const char* at = bytes.data();
    for (std::size_t words = bytes.size() / 8; words > 0; --words, at += 8)
        state.compress<CompressionRounds>(load_le64(at));

    const std::uint64_t size_byte = static_cast<std::uint64_t>(bytes.size()) << 56;
    state.compress<CompressionRounds>(size_byte | detail::load_tail(bytes.data(), bytes.size()));
    state.v2 ^= 0xff;
    state.rounds<FinalRounds>();
    return state.v0 ^ state.v1 ^ state.v2 ^ state.v3;
}

/// The hash of keys and members: fast, and safe against chosen keys as long as the secret stays one.
inline std::uint64_t siphash13(std::string_view bytes, const HashSecret& secret) noexcept {
    return siphash<1, 3>(bytes, secret);
}

}  // namespace pongo

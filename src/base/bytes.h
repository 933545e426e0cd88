#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

/// Unaligned little-endian loads, as in hashes, checksums and file formats. Pure; any thread.
namespace pongo {

inline std::uint64_t load_le64(const char* bytes) noexcept {
    std::uint64_t word;
    std::memcpy(&word, bytes, sizeof word);
    if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
    return word;
}

inline std::uint32_t load_le32(const char* bytes) noexcept {
    std::uint32_t word;
    std::memcpy(&word, bytes, sizeof word);
    if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap32(word);
    return word;
}

}  // namespace pongo

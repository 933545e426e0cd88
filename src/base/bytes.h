#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

/// Unaligned loads and stores, as in hashes, checksums, packed structures and file formats. Pure; any thread.
namespace pongo {

/// In the machine's own order.
template <typename T>
inline T load_as(const char* bytes) noexcept {
    T value;
    std::memcpy(&value, bytes, sizeof(T));
    return value;
}
template <typename T>
inline void store_as(char* bytes, T value) noexcept {
    std::memcpy(bytes, &value, sizeof(T));
}

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

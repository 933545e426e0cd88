#pragma once

#include <bit>
#include <cstddef>
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

/// memcmp() == 0, without a call for what is as short as most keys and fields are.
inline bool equal_bytes(const char* one, const char* other, std::size_t size) noexcept {
    const auto equal_ends = [&]<typename Word>(Word) {
        const std::size_t last = size - sizeof(Word);
        return load_as<Word>(one) == load_as<Word>(other) &&
               load_as<Word>(one + last) == load_as<Word>(other + last);
    };
    if (size > 2 * sizeof(std::uint64_t)) return std::memcmp(one, other, size) == 0;
    if (size >= sizeof(std::uint64_t)) return equal_ends(std::uint64_t{});
    if (size >= sizeof(std::uint32_t)) return equal_ends(std::uint32_t{});
    for (std::size_t i = 0; i < size; ++i) {
        if (one[i] != other[i]) return false;
    }
    return true;
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

// A length below 2^14 in one or two bytes, as it stands in packed blocks: seven bits a byte, the low ones
// first; the high bit of the first says that there is a second.
#pragma once

#include <cstdint>

namespace pongo {

inline constexpr std::uint32_t kMaxPackedLength = (1U << 14) - 1;

constexpr std::uint32_t bytes_of_length(std::uint32_t length) {
    return length < 128 ? 1 : 2;
}

// Leaves `from` behind the length.
inline std::uint32_t read_length(const char*& from) {
    const std::uint32_t low = static_cast<unsigned char>(*from++);
    if (low < 128) return low;
    const std::uint32_t high = static_cast<unsigned char>(*from++);
    return high << 7 | (low & 127);
}

// Returns where the next byte goes. REQUIRES: length <= kMaxPackedLength.
inline char* write_length(char* to, std::uint32_t length) {
    if (length >= 128) {
        *to++ = static_cast<char>(128 | (length & 127));
        length >>= 7;
    }
    *to++ = static_cast<char>(length);
    return to;
}

}  // namespace pongo

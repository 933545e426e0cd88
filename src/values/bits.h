// Strings seen as rows of bits. Bit 0 is the highest one of the first byte, as in Redis's bitmaps; beyond the
// end of a string all bits are 0.
//
// Pure functions; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace pongo {

inline constexpr std::uint64_t kBitsPerByte = 8;

// Both ends are part of the range.
struct BitRange {
    std::uint64_t first;
    std::uint64_t last;
};

bool bit_at(std::string_view bytes, std::uint64_t index);
// REQUIRES: the bit is within the bytes.
void set_bit(char* bytes, std::uint64_t index, bool value);

// How many bits are 1.
std::uint64_t count_bits(std::string_view bytes);
// REQUIRES: first <= last, and the last bit is within the bytes.
std::uint64_t count_bits(std::string_view bytes, BitRange range);

// Where the first bit of this value is. REQUIRES: as count_bits().
std::optional<std::uint64_t> find_bit(std::string_view bytes, bool value, BitRange range);

enum class BitOperation : std::uint8_t { And, Or, Xor, Not };

// Writes the combination of all sources, as long as the longest of them, to `out`.
// REQUIRES: at least one source; exactly one for Not. `out` overlaps none of them.
void combine_bits(BitOperation operation, std::span<const std::string_view> sources, char* out);

}  // namespace pongo

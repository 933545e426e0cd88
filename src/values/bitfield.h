// Integers of any width at any bit of a string: BITFIELD's arithmetic. Bits are numbered as in bits.h, and
// the highest bit of an integer comes first.
//
// Pure functions; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace pongo {

// i1 to i64 and u1 to u63: every value of each of them is an int64_t.
struct IntegerType {
    bool is_signed;
    unsigned bits;

    // From a text like "u8".
    static std::optional<IntegerType> parse(std::string_view text);
    std::int64_t lowest() const;
    std::int64_t highest() const;
};

// What becomes of a number that its type cannot hold.
enum class Overflow : std::uint8_t { Wrap, Saturate, Fail };

// Bits beyond the end of the bytes are 0.
std::int64_t read_integer(std::string_view bytes, IntegerType type, std::uint64_t bit_offset);
// REQUIRES: all of the integer's bits are within the bytes, and the type holds the value.
void write_integer(char* bytes, IntegerType type, std::uint64_t bit_offset, std::int64_t value);

// The value as the type holds it; nothing if it does not, and shall fail then. As in Redis, a negative value
// saturates an unsigned type upwards, and so does one near the lowest int64_t a narrow signed type.
std::optional<std::int64_t> fit(IntegerType type, std::int64_t value, Overflow overflow);
// The same for the sum. REQUIRES: the type holds `value`.
std::optional<std::int64_t> add(IntegerType type, std::int64_t value, std::int64_t increment,
                                Overflow overflow);

}  // namespace pongo

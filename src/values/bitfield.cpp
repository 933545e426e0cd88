#include "values/bitfield.h"

#include <limits>

#include "base/numbers.h"
#include "values/bits.h"

namespace pongo {
namespace {

__extension__ using Wide = __int128;
__extension__ using WideBits = unsigned __int128;

constexpr unsigned kMaxBits = 64;

std::uint64_t mask_of(IntegerType type) {
    return std::numeric_limits<std::uint64_t>::max() >> (kMaxBits - type.bits);
}

// The integer whose lowest bits these are.
std::int64_t from_bits(IntegerType type, std::uint64_t bits) {
    bits &= mask_of(type);
    const bool negative = type.is_signed && (bits >> (type.bits - 1)) != 0;
    return static_cast<std::int64_t>(negative ? bits | ~mask_of(type) : bits);
}

// Which bytes an integer touches, at most nine, and how many bits of them come behind it.
struct Place {
    std::uint64_t first_byte;
    unsigned bytes;
    unsigned bits_behind;

    Place(IntegerType type, std::uint64_t bit_offset)
        : first_byte(bit_offset / kBitsPerByte),
          bytes(static_cast<unsigned>((bit_offset % kBitsPerByte + type.bits + kBitsPerByte - 1) /
                                      kBitsPerByte)),
          bits_behind(bytes * static_cast<unsigned>(kBitsPerByte) -
                      static_cast<unsigned>(bit_offset % kBitsPerByte) - type.bits) {}
};

WideBits load(std::string_view bytes, const Place& place) {
    WideBits loaded = 0;
    for (std::uint64_t i = place.first_byte; i < place.first_byte + place.bytes; ++i) {
        loaded = loaded << kBitsPerByte | (i < bytes.size() ? static_cast<std::uint8_t>(bytes[i]) : 0);
    }
    return loaded;
}

// Redis takes the distance from the value to the highest of the type; where 64 bits cannot hold it, the value
// counts as too high.
bool is_too_low_to_tell(IntegerType type, std::int64_t value) {
    std::int64_t distance = 0;
    return type.is_signed && type.bits < kMaxBits && __builtin_sub_overflow(type.highest(), value, &distance);
}

std::optional<std::int64_t> fit_wide(IntegerType type, Wide value, Overflow overflow) {
    if (value >= type.lowest() && value <= type.highest()) return static_cast<std::int64_t>(value);
    switch (overflow) {
        case Overflow::Wrap:
            return from_bits(type, static_cast<std::uint64_t>(value));
        case Overflow::Saturate:
            return value < type.lowest() ? type.lowest() : type.highest();
        case Overflow::Fail:
            break;
    }
    return std::nullopt;
}

}  // namespace

std::optional<IntegerType> IntegerType::parse(std::string_view text) {
    if (text.empty() || (text[0] != 'i' && text[0] != 'u')) return std::nullopt;
    const bool is_signed = text[0] == 'i';
    const auto bits = parse_int64(text.substr(1));
    if (!bits || *bits < 1 || *bits > (is_signed ? 64 : 63)) return std::nullopt;
    return IntegerType{is_signed, static_cast<unsigned>(*bits)};
}

std::int64_t IntegerType::lowest() const {
    return is_signed ? -highest() - 1 : 0;
}

std::int64_t IntegerType::highest() const {
    return static_cast<std::int64_t>(mask_of(*this) >> (is_signed ? 1 : 0));
}

std::int64_t read_integer(std::string_view bytes, IntegerType type, std::uint64_t bit_offset) {
    const Place place(type, bit_offset);
    return from_bits(type, static_cast<std::uint64_t>(load(bytes, place) >> place.bits_behind));
}

void write_integer(char* bytes, IntegerType type, std::uint64_t bit_offset, std::int64_t value) {
    const Place place(type, bit_offset);
    const WideBits mask = static_cast<WideBits>(mask_of(type)) << place.bits_behind;
    const WideBits fresh = static_cast<WideBits>(static_cast<std::uint64_t>(value)) << place.bits_behind;
    const std::string_view before(bytes, place.first_byte + place.bytes);
    WideBits merged = (load(before, place) & ~mask) | (fresh & mask);
    for (unsigned i = place.bytes; i > 0; --i) {
        bytes[place.first_byte + i - 1] = static_cast<char>(static_cast<std::uint8_t>(merged));
        merged >>= kBitsPerByte;
    }
}

std::optional<std::int64_t> fit(IntegerType type, std::int64_t value, Overflow overflow) {
    if (overflow == Overflow::Saturate && is_too_low_to_tell(type, value)) return type.highest();
    const Wide exact = type.is_signed ? static_cast<Wide>(value) : static_cast<std::uint64_t>(value);
    return fit_wide(type, exact, overflow);
}

std::optional<std::int64_t> add(IntegerType type, std::int64_t value, std::int64_t increment,
                                Overflow overflow) {
    return fit_wide(type, static_cast<Wide>(value) + increment, overflow);
}

}  // namespace pongo

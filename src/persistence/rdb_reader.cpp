#include "persistence/rdb_reader.h"

#include <bit>

#include "base/lzf.h"
#include "base/numbers.h"
#include "persistence/rdb_format.h"

namespace pongo {

void RdbReader::fail(const char* reason) {
    if (!reason_) reason_ = reason;
}

std::string_view RdbReader::bytes(std::uint64_t size) {
    if (size > left()) fail("the bytes end too early");
    if (failed()) return {};
    const std::string_view found = bytes_.substr(at_, static_cast<std::size_t>(size));
    at_ += found.size();
    return found;
}

std::uint8_t RdbReader::byte() {
    const std::string_view found = bytes(1);
    return found.empty() ? 0 : static_cast<std::uint8_t>(found[0]);
}

std::uint64_t RdbReader::network_order(std::size_t size) {
    std::uint64_t value = 0;
    for (const char byte : bytes(size)) value = value << 8 | static_cast<std::uint8_t>(byte);
    return value;
}

std::uint64_t RdbReader::little_endian(std::size_t size) {
    std::uint64_t value = 0;
    int shift = 0;
    for (const char byte : bytes(size)) {
        value |= std::uint64_t{static_cast<std::uint8_t>(byte)} << shift;
        shift += 8;
    }
    return value;
}

std::uint64_t RdbReader::length() {
    return length_from(byte());
}

std::uint64_t RdbReader::length_from(std::uint8_t first) {
    switch (first & 0xc0) {
        case kLength6:
            return first;
        case kLength14:
            return (first & 0x3fU) << 8 | byte();
        default:
            break;
    }
    if (first == kLength32) return network_order(4);
    if (first == kLength64) return network_order(8);
    fail("this is no length");
    return 0;
}

std::uint64_t RdbReader::count(std::size_t least_bytes) {
    const std::uint64_t items = length();
    if (items > left() / least_bytes) fail("there cannot be so many items");
    return failed() ? 0 : items;
}

std::string_view RdbReader::string(RdbString& into) {
    into.view_ = {};
    const std::uint8_t first = byte();
    if (first == kStringLzf) {
        decompress(into);
    } else if ((first & kSpecialString) == kSpecialString) {
        decode_integer(first, into);
    } else {
        into.view_ = bytes(length_from(first));
    }
    return into.view_;
}

void RdbReader::skip_string() {
    const std::uint8_t first = byte();
    if (first == kStringLzf) {
        const std::uint64_t compressed_size = length();
        length();
        bytes(compressed_size);
    } else if ((first & kSpecialString) == kSpecialString) {
        bytes(integer_size(first));
    } else {
        bytes(length_from(first));
    }
}

std::size_t RdbReader::integer_size(std::uint8_t first) {
    switch (first) {
        case kStringInt8:
            return sizeof(std::int8_t);
        case kStringInt16:
            return sizeof(std::int16_t);
        case kStringInt32:
            return sizeof(std::int32_t);
        default:
            fail("this is no string");
            return 0;
    }
}

void RdbReader::decode_integer(std::uint8_t first, RdbString& into) {
    const std::size_t size = integer_size(first);
    const std::uint64_t bits = little_endian(size);
    if (failed()) return;
    const std::size_t unused_bits = 64 - 8 * size;
    const std::int64_t value = static_cast<std::int64_t>(bits << unused_bits) >> unused_bits;
    char digits[kMaxInt64Digits];
    into.decoded_.assign(digits, format_int64(value, digits));
    into.view_ = into.decoded_;
}

void RdbReader::decompress(RdbString& into) {
    const std::uint64_t compressed_size = length();
    const std::uint64_t size = length();
    const std::string_view compressed = bytes(compressed_size);
    if (size / lzf::kMostExpansion > compressed.size()) fail("so few bytes cannot expand to so many");
    if (failed()) return;
    into.decoded_.resize(static_cast<std::size_t>(size));
    if (lzf::decompress(compressed, into.decoded_)) {
        into.view_ = into.decoded_;
    } else {
        fail("this is not compressed by LZF");
    }
}

double RdbReader::real() {
    return std::bit_cast<double>(fixed64());
}

std::uint32_t RdbReader::fixed32() {
    return static_cast<std::uint32_t>(little_endian(4));
}

std::uint64_t RdbReader::fixed64() {
    return little_endian(8);
}

}  // namespace pongo

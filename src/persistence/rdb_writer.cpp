#include "persistence/rdb_writer.h"

#include <bit>
#include <cstring>

#include "base/lzf.h"
#include "base/numbers.h"

namespace pongo {
namespace {

constexpr std::size_t kMaxSmallIntegerDigits = 11;
constexpr std::size_t kLongestIncompressible = 20;
// What compression must save: the two lengths that it adds.
constexpr std::size_t kLeastSaving = 4;

// The `size` low bytes, the highest first.
void store_network_order(char* to, std::uint64_t value, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) to[i] = static_cast<char>(value >> 8 * (size - 1 - i));
}

// The `size` low bytes, the lowest first.
void store_little_endian(char* to, std::uint64_t value, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) to[i] = static_cast<char>(value >> 8 * i);
}

}  // namespace

void RdbWriter::byte(std::uint8_t value) {
    const char byte = static_cast<char>(value);
    sink_.append({&byte, 1});
}

void RdbWriter::length(std::uint64_t value) {
    char bytes[9];
    std::size_t size = 0;
    if (value < 1 << 6) {
        bytes[0] = static_cast<char>(kLength6 | value);
        size = 1;
    } else if (value < 1 << 14) {
        bytes[0] = static_cast<char>(kLength14 | value >> 8);
        bytes[1] = static_cast<char>(value);
        size = 2;
    } else if (value <= UINT32_MAX) {
        bytes[0] = static_cast<char>(kLength32);
        store_network_order(bytes + 1, value, 4);
        size = 5;
    } else {
        bytes[0] = static_cast<char>(kLength64);
        store_network_order(bytes + 1, value, 8);
        size = 9;
    }
    sink_.append({bytes, size});
}

void RdbWriter::string(std::string_view bytes) {
    if (bytes.size() <= kMaxSmallIntegerDigits) {
        const auto number = parse_int64(bytes);
        if (number && small_integer(*number)) return;
    }
    if (compressed(bytes)) return;
    length(bytes.size());
    sink_.append(bytes);
}

void RdbWriter::raw(std::string_view bytes) {
    sink_.append(bytes);
}

void RdbWriter::integer(std::int64_t value) {
    if (small_integer(value)) return;
    char digits[kMaxInt64Digits];
    const std::size_t size = format_int64(value, digits);
    length(size);
    sink_.append({digits, size});
}

void RdbWriter::real(double value) {
    fixed64(std::bit_cast<std::uint64_t>(value));
}

void RdbWriter::fixed64(std::uint64_t value) {
    char bytes[8];
    store_little_endian(bytes, value, sizeof bytes);
    sink_.append({bytes, sizeof bytes});
}

bool RdbWriter::small_integer(std::int64_t value) {
    char bytes[5];
    std::size_t size = 0;
    if (value >= INT8_MIN && value <= INT8_MAX) {
        bytes[0] = static_cast<char>(kStringInt8);
        size = 1;
    } else if (value >= INT16_MIN && value <= INT16_MAX) {
        bytes[0] = static_cast<char>(kStringInt16);
        size = 2;
    } else if (value >= INT32_MIN && value <= INT32_MAX) {
        bytes[0] = static_cast<char>(kStringInt32);
        size = 4;
    } else {
        return false;
    }
    store_little_endian(bytes + 1, static_cast<std::uint64_t>(value), size);
    sink_.append({bytes, 1 + size});
    return true;
}

bool RdbWriter::compressed(std::string_view bytes) {
    if (compression_ == Compression::Off) return false;
    if (bytes.size() <= kLongestIncompressible || bytes.size() > UINT32_MAX) return false;
    const std::size_t room = bytes.size() - kLeastSaving;
    if (scratch_size_ < room) {
        scratch_ = std::make_unique_for_overwrite<char[]>(room);
        scratch_size_ = room;
    }
    const auto compress = compression_ == Compression::Quick ? lzf::compress_quickly : lzf::compress;
    const std::size_t size = compress(bytes, {scratch_.get(), room});
    if (size == 0) return false;
    byte(kStringLzf);
    length(size);
    length(bytes.size());
    sink_.append({scratch_.get(), size});
    return true;
}

}  // namespace pongo

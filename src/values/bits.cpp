#include "values/bits.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/bytes.h"
#include "base/check.h"

namespace pongo {
namespace {

// A block of the result stays in the first-level cache while all sources are combined into it.
constexpr std::size_t kBlockBytes = std::size_t{16} << 10;

std::uint8_t byte_at(std::string_view bytes, std::uint64_t index) {
    return static_cast<std::uint8_t>(bytes[index]);
}

// In the byte of this bit, the bit and those behind it.
std::uint8_t mask_from(std::uint64_t bit) {
    return static_cast<std::uint8_t>(0xff >> (bit % kBitsPerByte));
}

// In the byte of this bit, the bit and those before it.
std::uint8_t mask_to(std::uint64_t bit) {
    return static_cast<std::uint8_t>(0xff << (kBitsPerByte - 1 - bit % kBitsPerByte));
}

std::uint64_t ones(std::uint8_t byte) {
    return static_cast<std::uint64_t>(std::popcount(byte));
}

// Forced into its callers, so that each of them compiles it with its own instructions.
[[gnu::always_inline]] inline std::uint64_t sum_of_words(const char* bytes, std::size_t words) {
    std::uint64_t sums[4] = {};
    std::size_t i = 0;
    for (; i + 4 <= words; i += 4) {
        for (std::size_t lane = 0; lane < 4; ++lane) {
            sums[lane] += static_cast<std::uint64_t>(
                std::popcount(load_le64(bytes + (i + lane) * sizeof(std::uint64_t))));
        }
    }
    for (; i < words; ++i) {
        sums[0] += static_cast<std::uint64_t>(std::popcount(load_le64(bytes + i * sizeof(std::uint64_t))));
    }
    return sums[0] + sums[1] + sums[2] + sums[3];
}

std::uint64_t count_in_words(const char* bytes, std::size_t words) {
    return sum_of_words(bytes, words);
}

#if defined(__x86_64__)
// Nearly every processor counts the bits of a word in one instruction, but not the oldest that this may run
// on.
[[gnu::target("popcnt")]] std::uint64_t count_in_words_natively(const char* bytes, std::size_t words) {
    return sum_of_words(bytes, words);
}

const auto count_words = __builtin_cpu_supports("popcnt") ? count_in_words_natively : count_in_words;
#else
const auto count_words = count_in_words;
#endif

// The first byte at or after `from` that is not `byte`; the size if there is none.
std::size_t find_other(std::string_view bytes, std::size_t from, std::uint8_t byte) {
    const std::uint64_t word = std::uint64_t{0x0101010101010101} * byte;
    while (from + sizeof(word) <= bytes.size() && load_le64(bytes.data() + from) == word)
        from += sizeof(word);
    while (from < bytes.size() && byte_at(bytes, from) == byte) ++from;
    return from;
}

void combine_into(BitOperation operation, std::string_view source, char* out, std::size_t size) {
    const std::size_t common = std::min(size, source.size());
    switch (operation) {
        case BitOperation::And:
            for (std::size_t i = 0; i < common; ++i) out[i] = static_cast<char>(out[i] & source[i]);
            std::memset(out + common, 0, size - common);
            break;
        case BitOperation::Or:
            for (std::size_t i = 0; i < common; ++i) out[i] = static_cast<char>(out[i] | source[i]);
            break;
        case BitOperation::Xor:
            for (std::size_t i = 0; i < common; ++i) out[i] = static_cast<char>(out[i] ^ source[i]);
            break;
        case BitOperation::Not:
            CHECK(false);  // Has one source.
    }
}

std::string_view block_of(std::string_view bytes, std::size_t offset) {
    return offset < bytes.size() ? bytes.substr(offset, kBlockBytes) : std::string_view();
}

}  // namespace

bool bit_at(std::string_view bytes, std::uint64_t index) {
    const std::uint64_t byte = index / kBitsPerByte;
    if (byte >= bytes.size()) return false;
    return (byte_at(bytes, byte) & mask_from(index) & mask_to(index)) != 0;
}

void set_bit(char* bytes, std::uint64_t index, bool value) {
    const int mask = mask_from(index) & mask_to(index);
    char& byte = bytes[index / kBitsPerByte];
    byte = static_cast<char>(value ? byte | mask : byte & ~mask);
}

std::uint64_t count_bits(std::string_view bytes) {
    const std::size_t words = bytes.size() / sizeof(std::uint64_t);
    std::uint64_t count = count_words(bytes.data(), words);
    for (std::size_t i = words * sizeof(std::uint64_t); i < bytes.size(); ++i)
        count += ones(byte_at(bytes, i));
    return count;
}

std::uint64_t count_bits(std::string_view bytes, BitRange range) {
    const std::uint64_t first_byte = range.first / kBitsPerByte;
    const std::uint64_t last_byte = range.last / kBitsPerByte;
    const auto before = static_cast<std::uint8_t>(~mask_from(range.first));
    const auto behind = static_cast<std::uint8_t>(~mask_to(range.last));
    return count_bits(bytes.substr(first_byte, last_byte - first_byte + 1)) -
           ones(byte_at(bytes, first_byte) & before) - ones(byte_at(bytes, last_byte) & behind);
}

std::optional<std::uint64_t> find_bit(std::string_view bytes, bool value, BitRange range) {
    const std::uint8_t without = value ? 0x00 : 0xff;
    const auto matches = [&](std::size_t byte) {
        return static_cast<std::uint8_t>(byte_at(bytes, byte) ^ without);
    };
    bytes = bytes.substr(0, range.last / kBitsPerByte + 1);
    std::size_t byte = range.first / kBitsPerByte;
    auto found = static_cast<std::uint8_t>(matches(byte) & mask_from(range.first));
    if (found == 0) {
        byte = find_other(bytes, byte + 1, without);
        if (byte == bytes.size()) return std::nullopt;
        found = matches(byte);
    }
    const std::uint64_t position = byte * kBitsPerByte + static_cast<std::uint64_t>(std::countl_zero(found));
    return position <= range.last ? std::optional(position) : std::nullopt;
}

void combine_bits(BitOperation operation, std::span<const std::string_view> sources, char* out) {
    const auto longest =
        std::max_element(sources.begin(), sources.end(), [](auto a, auto b) { return a.size() < b.size(); });
    for (std::size_t offset = 0; offset < longest->size(); offset += kBlockBytes) {
        const std::size_t size = std::min(longest->size() - offset, kBlockBytes);
        char* block = out + offset;
        const std::string_view first = block_of(sources[0], offset);
        if (operation == BitOperation::Not) {
            std::transform(first.begin(), first.end(), block, [](char c) { return static_cast<char>(~c); });
            continue;
        }
        std::fill(std::copy(first.begin(), first.end(), block), block + size, '\0');
        for (const std::string_view source : sources.subspan(1)) {
            combine_into(operation, block_of(source, offset), block, size);
        }
    }
}

}  // namespace pongo

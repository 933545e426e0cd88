#include "base/crc64.h"

#include <array>
#include <cstddef>

#include "base/bytes.h"

#ifdef __x86_64__
#include <immintrin.h>
#endif

namespace pongo {

namespace {

constexpr std::uint64_t kReflectedJones = 0x95ac9329ac4bc9b5;

using Table = std::array<std::uint64_t, 256>;

/// kTables[n][byte]: what `byte` leaves behind once n more bytes have passed.
constexpr std::array<Table, 8> kTables = [] {
    std::array<Table, 8> tables{};
    for (std::uint64_t byte = 0; byte < 256; ++byte) {
        std::uint64_t crc = byte;
        for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ ((crc & 1) != 0 ? kReflectedJones : 0);
        tables[0][byte] = crc;
    }
    for (std::size_t n = 1; n < 8; ++n) {
        for (std::size_t byte = 0; byte < 256; ++byte) {
            const std::uint64_t crc = tables[n - 1][byte];
            tables[n][byte] = crc >> 8 ^ tables[0][crc & 0xff];
        }
    }
    return tables;
}();

std::uint64_t crc64_by_table(std::uint64_t crc, std::string_view bytes) noexcept {
    const char* at = bytes.data();
    std::size_t left = bytes.size();
    for (; left >= 8; left -= 8, at += 8) {
        const std::uint64_t mixed = crc ^ load_le64(at);
        crc = 0;
        for (std::size_t i = 0; i < 8; ++i) crc ^= kTables[7 - i][mixed >> 8 * i & 0xff];
    }
    for (; left > 0; --left, ++at)
        crc = crc >> 8 ^ kTables[0][(crc ^ static_cast<unsigned char>(*at)) & 0xff];
    return crc;
}

#ifdef __x86_64__

constexpr std::size_t kBlock = sizeof(__m128i);
constexpr std::size_t kStride = 4 * kBlock;

/// x to the power of `exponent` modulo the polynomial, reflected: the highest bit is the coefficient of 1.
constexpr std::uint64_t power_of_x(std::size_t exponent) {
    std::uint64_t power = std::uint64_t{1} << 63;
    for (std::size_t i = 0; i < exponent; ++i) power = power >> 1 ^ ((power & 1) != 0 ? kReflectedJones : 0);
    return power;
}

/// What moves a block to where another one stands so many bytes behind it: a factor for either half of it.
/// The exponents are less by one because the product of two reflected words is that of their polynomials,
/// times x.
struct Shift {
    std::uint64_t first;
    std::uint64_t second;
};
constexpr Shift shift_by(std::size_t bytes) {
    return {power_of_x(8 * bytes + 63), power_of_x(8 * bytes - 1)};
}
constexpr Shift kByBlock = shift_by(kBlock);
constexpr Shift kByStride = shift_by(kStride);

__m128i load_block(const char* at) {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
}

/// `onto`, and the block moved there, as one.
__attribute__((target("pclmul"))) __m128i fold(__m128i block, Shift shift, __m128i onto) {
    const __m128i factors =
        _mm_set_epi64x(static_cast<long long>(shift.second), static_cast<long long>(shift.first));
    const __m128i first = _mm_clmulepi64_si128(block, factors, 0x00);
    const __m128i second = _mm_clmulepi64_si128(block, factors, 0x11);
    return _mm_xor_si128(_mm_xor_si128(first, second), onto);
}

/// REQUIRES: at least kStride bytes.
__attribute__((target("pclmul"))) std::uint64_t crc64_by_folding(std::uint64_t crc,
                                                                 std::string_view bytes) noexcept {
    const char* at = bytes.data();
    std::size_t left = bytes.size() - kStride;
    __m128i blocks[4];
    for (std::size_t i = 0; i < 4; ++i) blocks[i] = load_block(at + i * kBlock);
    blocks[0] = _mm_xor_si128(blocks[0], _mm_set_epi64x(0, static_cast<long long>(crc)));
    for (at += kStride; left >= kStride; left -= kStride, at += kStride) {
        for (std::size_t i = 0; i < 4; ++i)
            blocks[i] = fold(blocks[i], kByStride, load_block(at + i * kBlock));
    }
    for (std::size_t i = 1; i < 4; ++i) blocks[i] = fold(blocks[i - 1], kByBlock, blocks[i]);
    char folded[kBlock];
    _mm_storeu_si128(reinterpret_cast<__m128i*>(folded), blocks[3]);
    return crc64_by_table(crc64_by_table(0, {folded, kBlock}), {at, left});
}

const bool can_fold = __builtin_cpu_supports("pclmul");

#endif

}  // namespace

std::uint64_t crc64(std::uint64_t crc, std::string_view bytes) noexcept {
#ifdef __x86_64__
    if (bytes.size() >= 2 * kStride && can_fold) return crc64_by_folding(crc, bytes);
#endif
    return crc64_by_table(crc, bytes);
}

}  // namespace pongo

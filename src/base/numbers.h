#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Numbers to text and back, with exactly the texts that Redis accepts and produces. Pure functions; any
/// thread.
namespace pongo {

/// Room that format_int64 needs at most: a sign, 19 digits, and one to spare for a terminator.
inline constexpr std::size_t kMaxInt64Digits = 21;

constexpr bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// The full range, in the one canonical spelling: no spaces, no '+', no leading zeros, no "-0".
/// Hence format_int64(*parse_int64(s)) == s, which is what lets a string be stored as an integer.
namespace detail {
std::optional<std::int64_t> parse_int64(std::string_view text);
}
inline std::optional<std::int64_t> parse_int64(std::string_view text) {
    // Most texts are no numbers, which their first byte tells.
    if (text.empty() || (static_cast<unsigned char>(text[0] - '0') > 9 && text[0] != '-'))
        return std::nullopt;
    return detail::parse_int64(text);
}

/// What strtold reads (decimal, hexadecimal, inf), without surrounding spaces; refuses nan, overflow,
/// underflow to zero, and texts of 5120 bytes or more.
std::optional<long double> parse_long_double(std::string_view text);

/// What strtod reads (decimal, hexadecimal, inf), without surrounding spaces; refuses nan, overflow and
/// underflow to zero.
std::optional<double> parse_double(std::string_view text);

/// Bytes, from "0", "100", "100b", "5k" (5000), "5kb" (5120), and so on with m, mb, g, gb in any case.
/// No digits at all mean 0, as in Redis; refuses negative sizes and those that do not fit.
std::optional<std::int64_t> parse_memory_size(std::string_view text);

/// Writes `value` in decimal at `out`, unterminated, and returns the length.
/// REQUIRES: `out` has room for kMaxInt64Digits.
std::size_t format_int64(std::int64_t value, char* out);

/// "%.17Lf" without trailing zeros and without a bare point: what INCRBYFLOAT and HINCRBYFLOAT store and
/// reply.
std::string format_long_double_human(long double value);

/// Room that format_fixed needs at most: a sign, 309 digits, a point, 17 decimals, and some to spare.
inline constexpr std::size_t kMaxFixedText = 336;

/// "%.<decimals>f": writes at `out`, unterminated, and returns the length. REQUIRES: `out` has room for
/// kMaxFixedText, and there are at most 17 decimals.
std::size_t format_fixed(double value, int decimals, char* out);
/// format_long_double_human() of a double, likewise.
std::size_t format_double_human(double value, char* out);

/// Room that format_double needs at most: a sign, 17 digits, a point, "e-308", and some to spare.
inline constexpr std::size_t kMaxDoubleText = 32;

/// "%.17g", and inf, -inf or nan: a score or a RESP3 double as Redis 7.0 replies it. Written at `out`,
/// unterminated; returns the length. REQUIRES: `out` has room for kMaxDoubleText.
std::size_t format_double(double value, char* out);
std::string format_double(double value);

/// How many decimal digits `value` has; 1 for zero.
constexpr unsigned digits10(std::uint64_t value) noexcept {
    constexpr std::array<std::uint64_t, 20> kPowers = [] {
        std::array<std::uint64_t, 20> powers{};
        std::uint64_t power = 1;
        for (auto& slot : powers) {
            slot = power;
            power *= 10;
        }
        return powers;
    }();
    // 1233 / 4096 approximates log10(2): it turns the bit width into the digits, or one too many.
    const unsigned guess = static_cast<unsigned>(std::bit_width(value | 1)) * 1233 >> 12;
    return guess + ((value | 1) >= kPowers[guess] ? 1 : 0);
}

}  // namespace pongo

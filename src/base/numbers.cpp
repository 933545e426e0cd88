#include "base/numbers.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>

#include "base/escape.h"

namespace pongo {

namespace {

constexpr std::size_t kMaxLongDoubleText = 5 * 1024;

/// "00" "01" ... "99", so that one division yields two digits.
constexpr std::array<char, 200> kDigitPairs = [] {
    std::array<char, 200> pairs{};
    for (std::size_t i = 0; i < 100; ++i) {
        pairs[2 * i] = static_cast<char>('0' + i / 10);
        pairs[2 * i + 1] = static_cast<char>('0' + i % 10);
    }
    return pairs;
}();

constexpr bool is_space(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/// The rules that strtod and strtold share: all of the text read, and no overflow, underflow or nan.
template <typename Float>
std::optional<Float> parse_with(Float (*convert)(const char*, char**), const char* text, std::size_t size) {
    if (size == 0 || is_space(text[0])) return std::nullopt;
    char* end = nullptr;
    errno = 0;
    const Float value = convert(text, &end);
    if (end != text + size || std::isnan(value)) return std::nullopt;
    if (errno == ERANGE && (std::isinf(value) || value == 0)) return std::nullopt;
    return value;
}

}  // namespace

std::optional<std::int64_t> detail::parse_int64(std::string_view text) {
    const bool negative = !text.empty() && text[0] == '-';
    if (negative) text.remove_prefix(1);
    if (text.empty() || text.size() > 19) return std::nullopt;
    if (text[0] == '0' && (negative || text.size() > 1)) return std::nullopt;

    std::uint64_t magnitude = 0;  // 19 digits fit, whatever they are.
    for (const char c : text) {
        const auto digit = static_cast<unsigned char>(c - '0');
        if (digit > 9) return std::nullopt;
        magnitude = magnitude * 10 + digit;
    }
    constexpr std::uint64_t kMax = std::numeric_limits<std::int64_t>::max();
    if (magnitude > kMax + (negative ? 1 : 0)) return std::nullopt;
    return static_cast<std::int64_t>(negative ? 0 - magnitude : magnitude);
}

std::optional<long double> parse_long_double(std::string_view text) {
    if (const auto integer = parse_int64(text)) return static_cast<long double>(*integer);
    if (text.size() >= kMaxLongDoubleText) return std::nullopt;
    char terminated[kMaxLongDoubleText];
    std::copy(text.begin(), text.end(), terminated);
    terminated[text.size()] = '\0';
    return parse_with(std::strtold, terminated, text.size());
}

std::optional<double> parse_double(std::string_view text) {
    double value = 0;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (error == std::errc{} && stop == end && std::isfinite(value) && value != 0) return value;
    // The rest (hexadecimal, '+', infinities, zeros that may be an underflow) is rare.
    return parse_with(std::strtod, std::string(text).c_str(), text.size());
}

std::optional<std::int64_t> parse_memory_size(std::string_view text) {
    struct Unit {
        std::string_view name;
        std::int64_t bytes;
    };
    static constexpr Unit kUnits[] = {
        {"", 1},          {"b", 1},        {"k", 1000},          {"kb", 1 << 10},
        {"m", 1'000'000}, {"mb", 1 << 20}, {"g", 1'000'000'000}, {"gb", 1 << 30},
    };
    std::int64_t count = 0;  // Without any digit too: Redis takes "" and "mb" as nothing.
    std::size_t digits = 0;
    for (; digits < text.size() && is_digit(text[digits]); ++digits) {
        if (__builtin_mul_overflow(count, 10, &count)) return std::nullopt;
        if (__builtin_add_overflow(count, text[digits] - '0', &count)) return std::nullopt;
    }
    for (const Unit& unit : kUnits) {
        if (!equals_ignore_case(text.substr(digits), unit.name)) continue;
        if (__builtin_mul_overflow(count, unit.bytes, &count)) return std::nullopt;
        return count;
    }
    return std::nullopt;
}

std::size_t format_int64(std::int64_t value, char* out) {
    auto rest = static_cast<std::uint64_t>(value);
    char* at = out;
    if (value < 0) {
        *at++ = '-';
        rest = 0 - rest;
    }
    at += digits10(rest);
    const auto size = static_cast<std::size_t>(at - out);
    while (rest >= 100) {
        at -= 2;
        std::memcpy(at, &kDigitPairs[rest % 100 * 2], 2);
        rest /= 100;
    }
    if (rest >= 10)
        std::memcpy(at - 2, &kDigitPairs[rest * 2], 2);
    else
        *--at = static_cast<char>('0' + rest);
    return size;
}

std::string format_long_double_human(long double value) {
    if (std::isnan(value)) return "nan";
    if (std::isinf(value)) return value > 0 ? "inf" : "-inf";

    char buffer[kMaxLongDoubleText];
    const int size = std::snprintf(buffer, sizeof buffer, "%.17Lf", value);
    std::string_view text(buffer, static_cast<std::size_t>(size));
    text = text.substr(0, text.find_last_not_of('0') + 1);
    if (text.ends_with('.')) text.remove_suffix(1);
    return text == "-0" ? "0" : std::string(text);
}

std::size_t format_double(double value, char* out) {
    constexpr double kExactIntegers = 1e15;
    if (std::fabs(value) < kExactIntegers && value != 0 && value == std::trunc(value))
        return format_int64(static_cast<std::int64_t>(value), out);
    // As printf does it: one that comes of 0 / 0 has a sign.
    if (std::isnan(value))
        return std::string_view(std::signbit(value) ? "-nan" : "nan").copy(out, kMaxDoubleText);
    if (std::isinf(value)) return std::string_view(value > 0 ? "inf" : "-inf").copy(out, kMaxDoubleText);
    const auto [end, error] = std::to_chars(out, out + kMaxDoubleText, value, std::chars_format::general, 17);
    return static_cast<std::size_t>((error == std::errc{} ? end : out) - out);
}

std::string format_double(double value) {
    char text[kMaxDoubleText];
    return {text, format_double(value, text)};
}

std::size_t format_fixed(double value, int decimals, char* out) {
    const auto end = std::to_chars(out, out + kMaxFixedText, value, std::chars_format::fixed, decimals).ptr;
    return static_cast<std::size_t>(end - out);
}

std::size_t format_double_human(double value, char* out) {
    constexpr int kDecimals = 17;
    std::string_view text(out, format_fixed(value, kDecimals, out));
    if (!std::isfinite(value)) return text.size();
    text = text.substr(0, text.find_last_not_of('0') + 1);
    if (text.ends_with('.')) text.remove_suffix(1);
    if (text != "-0") return text.size();
    *out = '0';
    return 1;
}

}  // namespace pongo

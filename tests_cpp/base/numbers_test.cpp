#include "base/numbers.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <random>

namespace pongo {
namespace {

constexpr auto kMin = std::numeric_limits<std::int64_t>::min();
constexpr auto kMax = std::numeric_limits<std::int64_t>::max();

std::string text_of(std::int64_t value) {
    char buffer[kMaxInt64Digits];
    return {buffer, format_int64(value, buffer)};
}

TEST(ParseInt64, reads_the_full_range) {
    EXPECT_EQ(parse_int64("0"), 0);
    EXPECT_EQ(parse_int64("-1"), -1);
    EXPECT_EQ(parse_int64("1234567890"), 1234567890);
    EXPECT_EQ(parse_int64("9223372036854775807"), kMax);
    EXPECT_EQ(parse_int64("-9223372036854775808"), kMin);
}

TEST(ParseInt64, refuses_what_does_not_fit) {
    for (const char* text : {"9223372036854775808", "-9223372036854775809", "9999999999999999999",
                             "18446744073709551616", "92233720368547758070"})
        EXPECT_EQ(parse_int64(text), std::nullopt) << text;
}

TEST(ParseInt64, refuses_every_other_spelling) {
    for (const char* text :
         {"", "-", "+1", " 1", "1 ", "01", "00", "-0", "-01", "--1", "1.0", "0x1", "1e3", "1-"})
        EXPECT_EQ(parse_int64(text), std::nullopt) << text;
    EXPECT_EQ(parse_int64(std::string_view("1\0", 2)), std::nullopt);
}

TEST(FormatInt64, writes_what_printf_writes) {
    std::mt19937_64 random(1);
    for (int i = 0; i < 200'000; ++i) {
        const auto value = static_cast<std::int64_t>(random()) >> random() % 64;
        ASSERT_EQ(text_of(value), std::to_string(value));
        ASSERT_EQ(parse_int64(text_of(value)), value);
    }
}

TEST(FormatInt64, writes_the_borders_of_every_length) {
    std::int64_t power = 1;
    for (unsigned digits = 1; digits <= 19; ++digits) {
        for (const std::int64_t value : {power - 1, power, -power, 1 - power})
            EXPECT_EQ(text_of(value), std::to_string(value));
        EXPECT_EQ(digits10(static_cast<std::uint64_t>(power)), digits);
        EXPECT_EQ(digits10(static_cast<std::uint64_t>(power) - 1), std::max(digits - 1, 1u));
        if (digits < 19) power *= 10;
    }
    EXPECT_EQ(text_of(kMin), "-9223372036854775808");
    EXPECT_EQ(text_of(kMax), "9223372036854775807");
    EXPECT_EQ(digits10(0), 1u);
    EXPECT_EQ(digits10(std::numeric_limits<std::uint64_t>::max()), 20u);
}

TEST(ParseDouble, reads_every_form_that_strtod_reads) {
    EXPECT_EQ(parse_double("3"), 3.0);
    EXPECT_EQ(parse_double("-0.5"), -0.5);
    EXPECT_EQ(parse_double("+5"), 5.0);
    EXPECT_EQ(parse_double(".5"), 0.5);
    EXPECT_EQ(parse_double("5."), 5.0);
    EXPECT_EQ(parse_double("1e5"), 1e5);
    EXPECT_EQ(parse_double("0x10"), 16.0);
    EXPECT_EQ(parse_double("0x1p3"), 8.0);
    EXPECT_EQ(parse_double("5e-324"), 5e-324);
    EXPECT_EQ(parse_double("0"), 0.0);
    EXPECT_TRUE(std::signbit(*parse_double("-0")));
    for (const char* text : {"inf", "+inf", "INF", "infinity"})
        EXPECT_EQ(parse_double(text), std::numeric_limits<double>::infinity()) << text;
    EXPECT_EQ(parse_double("-inf"), -std::numeric_limits<double>::infinity());
}

TEST(ParseDouble, refuses_spaces_nan_and_what_does_not_fit) {
    for (const char* text : {"", " 1", "1 ", "\t1", "nan", "-nan", "nan(1)", "1e400", "-1e400", "1e-400",
                             "1,5", "a", "1a", "0x", "--1", "."})
        EXPECT_EQ(parse_double(text), std::nullopt) << text;
    EXPECT_EQ(parse_double(std::string_view("1\0", 2)), std::nullopt);
    EXPECT_EQ(parse_double(std::string_view()), std::nullopt);
}

TEST(ParseLongDouble, has_more_range_than_a_double) {
    EXPECT_EQ(parse_long_double("1e400"), 1e400L);
    EXPECT_EQ(parse_long_double("10.5"), 10.5L);
    EXPECT_EQ(parse_long_double("9223372036854775807"), 9223372036854775807.0L);
    EXPECT_EQ(parse_long_double("0x10"), 16.0L);
    EXPECT_TRUE(std::isinf(*parse_long_double("inf")));
}

TEST(ParseLongDouble, refuses_spaces_nan_and_what_does_not_fit) {
    for (const char* text : {"", " 1", "1 ", "nan", "1e5000", "1e-5000", "a", "1a"})
        EXPECT_EQ(parse_long_double(text), std::nullopt) << text;
    EXPECT_EQ(parse_long_double(std::string_view("1.5\0", 4)), std::nullopt);
    EXPECT_EQ(parse_long_double(std::string(5118, '0') + '1'), 1.0L);
    EXPECT_EQ(parse_long_double(std::string(5119, '0') + '1'), std::nullopt);
}

TEST(FormatLongDouble, has_17_decimals_at_most_and_no_needless_zeros) {
    EXPECT_EQ(format_long_double_human(10.6L), "10.6");
    EXPECT_EQ(format_long_double_human(100), "100");
    EXPECT_EQ(format_long_double_human(0.1L + 0.2L), "0.3");
    EXPECT_EQ(format_long_double_human(1e17L), "100000000000000000");
    EXPECT_EQ(format_long_double_human(-1.25L), "-1.25");
    EXPECT_EQ(format_long_double_human(0), "0");
    EXPECT_EQ(format_long_double_human(-0.0L), "0");
    EXPECT_EQ(format_long_double_human(-1e-20L), "0");
    EXPECT_EQ(format_long_double_human(std::numeric_limits<long double>::max()).size(), 4933u);
    EXPECT_EQ(format_long_double_human(std::numeric_limits<long double>::infinity()), "inf");
    EXPECT_EQ(format_long_double_human(-std::numeric_limits<long double>::infinity()), "-inf");
}

TEST(FormatDouble, has_17_significant_digits) {
    EXPECT_EQ(format_double(3), "3");
    EXPECT_EQ(format_double(-17), "-17");
    EXPECT_EQ(format_double(0.1), "0.10000000000000001");
    EXPECT_EQ(format_double(3.141), "3.141");
    EXPECT_EQ(format_double(1e16), "10000000000000000");
    EXPECT_EQ(format_double(1e17), "1e+17");
    EXPECT_EQ(format_double(1e-5), "1.0000000000000001e-05");
    EXPECT_EQ(format_double(0.0), "0");
    EXPECT_EQ(format_double(-0.0), "-0");
    EXPECT_EQ(format_double(std::numeric_limits<double>::infinity()), "inf");
    EXPECT_EQ(format_double(-std::numeric_limits<double>::infinity()), "-inf");
    EXPECT_EQ(format_double(std::numeric_limits<double>::quiet_NaN()), "nan");
}

TEST(FormatDouble, writes_what_printf_writes_and_parse_double_reads_it_back) {
    std::mt19937_64 random(1);
    for (int i = 0; i < 100'000; ++i) {
        const std::uint64_t bits = random();
        double value = std::bit_cast<double>(bits);
        if (i % 2 == 0) value = static_cast<double>(static_cast<std::int64_t>(bits) >> bits % 64) / 8;
        if (!std::isfinite(value)) continue;
        char expected[64];
        std::snprintf(expected, sizeof expected, "%.17g", value);
        ASSERT_EQ(format_double(value), expected);
        ASSERT_EQ(parse_double(expected), value);
    }
}

TEST(ParseMemorySize, knows_the_units_in_any_case) {
    EXPECT_EQ(parse_memory_size("0"), 0);
    EXPECT_EQ(parse_memory_size("100b"), 100);
    EXPECT_EQ(parse_memory_size("5k"), 5000);
    EXPECT_EQ(parse_memory_size("5kb"), 5 * 1024);
    EXPECT_EQ(parse_memory_size("5m"), 5'000'000);
    EXPECT_EQ(parse_memory_size("100mb"), 100 * 1024 * 1024);
    EXPECT_EQ(parse_memory_size("1g"), 1'000'000'000);
    EXPECT_EQ(parse_memory_size("1GB"), 1024 * 1024 * 1024);
    EXPECT_EQ(parse_memory_size("01k"), 1000);
    EXPECT_EQ(parse_memory_size("9223372036854775807"), kMax);
    EXPECT_EQ(parse_memory_size("gb"), 0);
}

TEST(ParseMemorySize, refuses_signs_spaces_and_what_does_not_fit) {
    for (const char* text :
         {"-1", "+1", " 1", "1 gb", "1kbb", "1t", "1.5gb", "9223372036854775808", "99999999999gb"})
        EXPECT_EQ(parse_memory_size(text), std::nullopt) << text;
}

TEST(Numbers, FixedDoublesAreThoseOfPrintf) {
    char out[kMaxFixedText];
    for (const double value :
         {0.0, -0.0, 0.5, 166274.15156960033, -179.99999731779098511, 1e308, -1e308, 5e-324}) {
        for (const int decimals : {0, 4, 6, 17}) {
            char expected[400];
            const int size = std::snprintf(expected, sizeof expected, "%.*f", decimals, value);
            EXPECT_EQ(std::string(out, format_fixed(value, decimals, out)),
                      std::string(expected, static_cast<std::size_t>(size)));
        }
        EXPECT_EQ(std::string(out, format_double_human(value, out)), format_long_double_human(value))
            << value;
    }
}

}  // namespace
}  // namespace pongo

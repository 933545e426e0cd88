#include "base/glob.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace pongo {
namespace {

TEST(Glob, literals_match_themselves_only) {
    EXPECT_TRUE(glob_match("", ""));
    EXPECT_TRUE(glob_match("abc", "abc"));
    EXPECT_FALSE(glob_match("abc", "abd"));
    EXPECT_FALSE(glob_match("abc", "ab"));
    EXPECT_FALSE(glob_match("ab", "abc"));
    EXPECT_FALSE(glob_match("", "a"));
}

TEST(Glob, a_star_takes_any_number_of_bytes) {
    EXPECT_TRUE(glob_match("*", "abc"));
    EXPECT_TRUE(glob_match("a*", "a"));
    EXPECT_TRUE(glob_match("a**", "a"));
    EXPECT_TRUE(glob_match("*c", "abcabc"));
    EXPECT_TRUE(glob_match("a*b*c", "axxbyybzc"));
    EXPECT_TRUE(glob_match("*?", "a"));
    EXPECT_FALSE(glob_match("a*b*c", "axxbyybz"));
    EXPECT_FALSE(glob_match("*abc", "abcab"));
}

TEST(Glob, a_star_does_not_match_the_empty_text) {
    EXPECT_FALSE(glob_match("*", ""));
    EXPECT_FALSE(glob_match("**", ""));
}

TEST(Glob, a_question_mark_takes_exactly_one_byte) {
    EXPECT_TRUE(glob_match("h?llo", "hello"));
    EXPECT_TRUE(glob_match("?", std::string_view("\0", 1)));
    EXPECT_FALSE(glob_match("h?llo", "hllo"));
    EXPECT_FALSE(glob_match("?", ""));
}

TEST(Glob, classes_hold_members_ranges_and_negation) {
    EXPECT_TRUE(glob_match("h[ae]llo", "hallo"));
    EXPECT_FALSE(glob_match("h[ae]llo", "hillo"));
    EXPECT_TRUE(glob_match("[a-c]", "b"));
    EXPECT_TRUE(glob_match("[c-a]", "b"));
    EXPECT_FALSE(glob_match("[a-c]", "d"));
    EXPECT_TRUE(glob_match("h[^e]llo", "hallo"));
    EXPECT_FALSE(glob_match("h[^e]llo", "hello"));
    EXPECT_FALSE(glob_match("[a-]", "-"));
    EXPECT_TRUE(glob_match("[\\]]", "]"));
    EXPECT_FALSE(glob_match("[]", "a"));
    EXPECT_TRUE(glob_match("[^]", "a"));
}

TEST(Glob, a_class_that_is_never_closed_ends_with_the_pattern) {
    EXPECT_TRUE(glob_match("[ab", "b"));
    EXPECT_FALSE(glob_match("[ab", "c"));
    EXPECT_FALSE(glob_match("[", "["));
    EXPECT_TRUE(glob_match("[^", "x"));
    EXPECT_TRUE(glob_match("[a-", "-"));
}

TEST(Glob, bytes_of_a_range_are_compared_signed) {
    EXPECT_TRUE(glob_match("[\xf0-\xff]", "\xf8"));
    EXPECT_TRUE(glob_match("[a-\xff]", "A"));
    EXPECT_FALSE(glob_match("[a-\xff]", "b"));
}

TEST(Glob, a_backslash_takes_the_next_byte_literally) {
    EXPECT_TRUE(glob_match("\\*", "*"));
    EXPECT_FALSE(glob_match("\\*", "a"));
    EXPECT_TRUE(glob_match("a\\", "a\\"));
    EXPECT_TRUE(glob_match("*\\?b", "a?b"));
}

TEST(Glob, case_counts_only_when_asked_for) {
    EXPECT_FALSE(glob_match("MAX*", "maxmemory"));
    EXPECT_TRUE(glob_match("MAX*", "maxmemory", CaseSensitivity::Insensitive));
    EXPECT_TRUE(glob_match("[A-C]x", "bX", CaseSensitivity::Insensitive));
    EXPECT_FALSE(glob_match("[\\A]", "a", CaseSensitivity::Insensitive));
}

TEST(Glob, many_stars_do_not_take_exponential_time) {
    std::string pattern;
    for (int i = 0; i < 1000; ++i) pattern += "a*";
    pattern += 'b';
    EXPECT_FALSE(glob_match(pattern, std::string(20'000, 'a')));
    EXPECT_TRUE(glob_match(pattern, std::string(20'000, 'a') + 'b'));
}

/// The plain definition for patterns of letters, '*' and '?' only: try every length for every star.
bool matches_by_definition(std::string_view pattern, std::string_view text) {
    if (pattern.empty()) return text.empty();
    if (pattern[0] == '*') {
        return matches_by_definition(pattern.substr(1), text) ||
               (!text.empty() && matches_by_definition(pattern, text.substr(1)));
    }
    return !text.empty() && (pattern[0] == '?' || pattern[0] == text[0]) &&
           matches_by_definition(pattern.substr(1), text.substr(1));
}

TEST(Glob, random_patterns_match_as_the_definition_says) {
    std::mt19937 random(1);
    const auto draw = [&random](std::string_view alphabet, std::size_t min_size, std::size_t max_size) {
        std::string text(min_size + random() % (max_size - min_size + 1), ' ');
        for (char& c : text) c = alphabet[random() % alphabet.size()];
        return text;
    };
    for (int i = 0; i < 100'000; ++i) {
        const std::string pattern = draw("ab**?", 0, 7);
        const std::string text = draw("ab", 1, 9);
        for (const auto cs : {CaseSensitivity::Sensitive, CaseSensitivity::Insensitive}) {
            ASSERT_EQ(glob_match(pattern, text, cs), matches_by_definition(pattern, text))
                << pattern << " on " << text;
        }
    }
}

}  // namespace
}  // namespace pongo

#include "base/escape.h"

#include <gtest/gtest.h>

namespace pongo {
namespace {

using Arguments = std::vector<std::string>;

TEST(Quoted, keeps_printable_ascii) {
    EXPECT_EQ(quoted(""), "\"\"");
    EXPECT_EQ(quoted("it's {fine} ~"), "\"it's {fine} ~\"");
}

TEST(Quoted, escapes_everything_else) {
    EXPECT_EQ(quoted("\n\r\t\a\b\\\""), R"("\n\r\t\a\b\\\"")");
    EXPECT_EQ(quoted(std::string_view("\0\x1f\x7f\xff", 4)), R"("\x00\x1f\x7f\xff")");
}

TEST(Quoted, is_read_back_as_one_argument) {
    std::string all;
    for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
    EXPECT_EQ(split_arguments(quoted(all)), Arguments{all});
}

TEST(SplitArguments, separates_at_white_space) {
    EXPECT_EQ(split_arguments(""), Arguments{});
    EXPECT_EQ(split_arguments(" \t\r\n\v\f"), Arguments{});
    EXPECT_EQ(split_arguments("  set  key\tvalue\r\n"), (Arguments{"set", "key", "value"}));
}

TEST(SplitArguments, a_vertical_tab_or_form_feed_does_not_end_a_word) {
    EXPECT_EQ(split_arguments("a\vb \vc"), (Arguments{"a\vb", "c"}));
    EXPECT_EQ(split_arguments("a\f"), Arguments{"a\f"});
}

TEST(SplitArguments, double_quotes_take_escapes) {
    EXPECT_EQ(split_arguments(R"("a b" "")"), (Arguments{"a b", ""}));
    EXPECT_EQ(split_arguments(R"("\n\r\t\b\a\\\"\q")"), Arguments{"\n\r\t\b\a\\\"q"});
    EXPECT_EQ(split_arguments(R"("\x41\xfF\xg0\x4")"), Arguments{"A\xffxg0x4"});
}

TEST(SplitArguments, single_quotes_take_only_an_escaped_single_quote) {
    EXPECT_EQ(split_arguments(R"('a "b" \n \' \\x' '')"), (Arguments{R"(a "b" \n ' \\x)", ""}));
}

TEST(SplitArguments, a_quote_may_open_inside_of_a_word) {
    EXPECT_EQ(split_arguments(R"(a"b c" d'e f')"), (Arguments{"ab c", "de f"}));
}

TEST(SplitArguments, unbalanced_quotes_give_nothing) {
    for (const char* line :
         {R"("a)", R"('a)", R"("a\")", R"("a"b)", R"('a'b)", R"("a""b")", R"(x "a"'b')", "\"a\\"})
        EXPECT_EQ(split_arguments(line), std::nullopt) << line;
}

TEST(SplitArguments, a_nul_ends_the_line) {
    EXPECT_EQ(split_arguments(std::string_view("a b\0c", 5)), (Arguments{"a", "b"}));
}

TEST(AsciiCase, letters_compare_equal_in_any_case_and_nothing_else_does) {
    EXPECT_TRUE(equals_ignore_case("GeT", "gEt"));
    EXPECT_TRUE(equals_ignore_case("", ""));
    EXPECT_FALSE(equals_ignore_case("get", "gets"));
    EXPECT_FALSE(equals_ignore_case("@", "`"));
    EXPECT_FALSE(equals_ignore_case("[", "{"));
    EXPECT_EQ(to_lower("AbZ@[\xc4 9"), "abz@[\xc4 9");
    EXPECT_EQ(to_upper("aBz`{\xe4 9"), "ABZ`{\xe4 9");
}

TEST(UntilNul, CutsWhereCWouldSeeTheEnd) {
    EXPECT_EQ(until_nul(std::string_view("ab\0c", 4)), "ab");
    EXPECT_EQ(until_nul("abc"), "abc");
    EXPECT_EQ(until_nul(std::string_view("\0", 1)), "");
}

}  // namespace
}  // namespace pongo

#include "engine/command_syntax.h"

#include <gtest/gtest.h>

namespace pongo {
namespace {

using Type = Argument::Type;

std::vector<Argument> parsed(std::string_view syntax) {
    auto arguments = parse_syntax(syntax);
    EXPECT_TRUE(arguments) << syntax;
    return arguments.value_or(std::vector<Argument>{});
}

Argument only(std::string_view syntax) {
    auto arguments = parsed(syntax);
    EXPECT_EQ(arguments.size(), 1u) << syntax;
    arguments.resize(1);
    return arguments[0];
}

TEST(CommandSyntax, AnEmptySyntaxHasNoArguments) {
    EXPECT_TRUE(parsed("").empty());
}

TEST(CommandSyntax, APlainNameIsAString) {
    const Argument value = only("value");
    EXPECT_EQ(value.name, "value");
    EXPECT_EQ(value.type, Type::String);
    EXPECT_FALSE(value.token || value.key_spec || value.optional || value.multiple || value.multiple_token);
    EXPECT_TRUE(value.since.empty() && value.deprecated_since.empty() && value.parts.empty());
}

TEST(CommandSyntax, ATypeStandsBehindTheLastColon) {
    EXPECT_EQ(only("seconds:integer").type, Type::Integer);
    EXPECT_EQ(only("seconds:integer").name, "seconds");
    EXPECT_EQ(only("at:unix-time").type, Type::UnixTime);
    EXPECT_EQ(only("x:double").type, Type::Double);
    EXPECT_EQ(only("key:string").type, Type::String);
    EXPECT_EQ(only("ip:port").name, "ip:port");
    EXPECT_EQ(only("ip:port").type, Type::String);
}

TEST(CommandSyntax, ANameThatIsATypeHasThatType) {
    EXPECT_EQ(only("key").type, Type::Key);
    EXPECT_EQ(only("pattern").type, Type::Pattern);
    EXPECT_EQ(only("pattern").name, "pattern");
}

TEST(CommandSyntax, KeysCountTheirSpecificationsUnlessTheySayWhich) {
    const auto counted = parsed("source:key value destination:key");
    EXPECT_EQ(counted[0].key_spec, 0);
    EXPECT_EQ(counted[1].key_spec, std::nullopt);
    EXPECT_EQ(counted[2].key_spec, 1);
    const auto given = parsed("key1:key key2:key#0 [BY pattern#1] [STORE key]");
    EXPECT_EQ(given[1].key_spec, 0);
    EXPECT_EQ(given[2].key_spec, 1);
    EXPECT_EQ(given[3].key_spec, 2);
}

TEST(CommandSyntax, AWordBeforeAnArgumentIsItsToken) {
    const Argument count = only("[COUNT count:integer@7.0.0]");
    EXPECT_EQ(count.name, "count");
    EXPECT_EQ(count.token, "COUNT");
    EXPECT_EQ(count.since, "7.0.0");
    EXPECT_TRUE(count.optional);
}

TEST(CommandSyntax, AWordAloneIsAPureTokenOfItsOwnName) {
    for (const std::string_view syntax : {"[KEEPTTL]", "KEEPTTL", "[ KEEPTTL ]"}) {
        const Argument token = only(syntax);
        EXPECT_EQ(token.type, Type::PureToken) << syntax;
        EXPECT_EQ(token.name, "keepttl") << syntax;
        EXPECT_EQ(token.token, "KEEPTTL") << syntax;
    }
    const auto both = parsed("GET@6.2.0 value");
    ASSERT_EQ(both.size(), 2u);
    EXPECT_EQ(both[0].type, Type::PureToken);
    EXPECT_EQ(both[0].since, "6.2.0");
}

TEST(CommandSyntax, APureTokenMayHaveAnotherNameAndAnySpelling) {
    const Argument change = only("[change=CH@3.0.2]");
    EXPECT_EQ(change.name, "change");
    EXPECT_EQ(change.token, "CH");
    EXPECT_EQ(change.since, "3.0.2");
    EXPECT_EQ(only("approximately=\"~\"").token, "~");
    EXPECT_EQ(only("empty_string=\"\"").token, "");
    EXPECT_EQ(only("no-one=\"NO ONE\"").token, "NO ONE");
}

TEST(CommandSyntax, AChoiceHoldsItsBranches) {
    const Argument choice = only("[expiration=<EX seconds:integer@2.6.12 | KEEPTTL | at=(day month)>@6.0.0]");
    EXPECT_EQ(choice.type, Type::OneOf);
    EXPECT_EQ(choice.since, "6.0.0");
    ASSERT_EQ(choice.parts.size(), 3u);
    EXPECT_EQ(choice.parts[0].token, "EX");
    EXPECT_EQ(choice.parts[0].since, "2.6.12");
    EXPECT_EQ(choice.parts[1].type, Type::PureToken);
    EXPECT_EQ(choice.parts[2].type, Type::Block);
    EXPECT_EQ(choice.parts[2].parts.size(), 2u);
}

TEST(CommandSyntax, ABlockMayHaveATokenAndBeRepeated) {
    const Argument block = only("[GET encoding_offset=(encoding offset:integer)]...");
    EXPECT_EQ(block.type, Type::Block);
    EXPECT_EQ(block.token, "GET");
    EXPECT_TRUE(block.optional && block.multiple && block.multiple_token);
    EXPECT_EQ(block.parts.size(), 2u);
}

TEST(CommandSyntax, DotsInsideTheBracketsRepeatTheArgumentWithoutItsToken) {
    const Argument weights = only("[WEIGHTS weight:integer...]");
    EXPECT_TRUE(weights.optional && weights.multiple);
    EXPECT_FALSE(weights.multiple_token);
}

TEST(CommandSyntax, DeprecationStandsBehindTheVersion) {
    EXPECT_EQ(only("ip:port@-2.8.12").deprecated_since, "2.8.12");
    const Argument both = only("name@1.0.0@-2.8.12");
    EXPECT_EQ(both.since, "1.0.0");
    EXPECT_EQ(both.deprecated_since, "2.8.12");
}

TEST(CommandSyntax, WhatIsNotInTheNotationIsRefused) {
    for (const std::string_view syntax :
         {"[key",     "key]",    "[]",          "a=",     "a=<",   "a=<b",        "a=<b |",
          "a=<b | >", "a=<>",    "a=()",        "a=(b",   "a=b",   "a=\"x",       "key#",
          "key#12",   "key@",    "key@-",       "@1.0.0", "...",   "key ...",     "key....",
          "[key]...", "[NX]...", "[A b...]...", "A B",    "A b=C", "A b=\"~\"",   "1a",
          "a | b",    "<a | b>", "(a b)",       "a$",     "NX#1",  "key@1.0.0..."}) {
        EXPECT_FALSE(parse_syntax(syntax)) << syntax;
    }
}

TEST(CommandSyntax, UsageShowsWhatAPersonTypes) {
    EXPECT_EQ(usage_text(""), "");
    EXPECT_EQ(
        usage_text(
            "key value [condition=<NX | XX>@2.6.12] [GET@6.2.0] [expiration=<EX seconds:integer | KEEPTTL>]"),
        "key value [NX | XX] [GET] [EX seconds | KEEPTTL]");
    EXPECT_EQ(usage_text("key_value=(key value)..."), "key value [key value ...]");
    EXPECT_EQ(usage_text("[command-name...]"), "[command-name [command-name ...]]");
    EXPECT_EQ(usage_text("[GET pattern]..."), "[GET pattern [GET pattern ...]]");
    EXPECT_EQ(usage_text("[WEIGHTS weight...]"), "[WEIGHTS weight [weight ...]]");
    EXPECT_EQ(usage_text("where=<LEFT | RIGHT>"), "<LEFT | RIGHT>");
    EXPECT_EQ(usage_text("[TYPE kind=<A | B>]"), "[TYPE <A | B>]");
    EXPECT_EQ(usage_text("key_or=<key | empty=\"\">"), "<key | \"\">");
    EXPECT_EQ(usage_text("filter=<ip:port | new=<[ID id] | [USER name]>...>"),
              "<ip:port | <ID id | USER name> ...>");
}

TEST(CommandSyntax, TypesAreSpelledAsCommandDocsSpellsThem) {
    EXPECT_EQ(name_of(Type::String), "string");
    EXPECT_EQ(name_of(Type::UnixTime), "unix-time");
    EXPECT_EQ(name_of(Type::PureToken), "pure-token");
    EXPECT_EQ(name_of(Type::OneOf), "oneof");
    EXPECT_EQ(name_of(Type::Block), "block");
}

}  // namespace
}  // namespace pongo

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/test_server.h"

namespace pongo {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

void do_nothing(Call&) {}

// With the word SURELY the key is written, otherwise only read.
std::uint16_t use_of_maybe(std::span<const std::string_view> args) {
    return args.back() == "SURELY" ? KeyRW | KeyUpdate : KeyRO;
}

constexpr CommandSpec row(std::string_view name, Arity arity, std::uint32_t flags, KeySpecs keys = {}) {
    return {.name = name,
            .handler = do_nothing,
            .arity = arity,
            .flags = flags,
            .keys = keys,
            .group = Group::String,
            .since = "1.0.0",
            .summary = "Of the test."};
}

constexpr CommandSpec counted() {
    CommandSpec spec = row("COUNTED", {-3}, ReadOnly, counted_keys(1, KeyRO | KeyAccess));
    return spec;
}
constexpr CommandSpec optional_keys() {
    CommandSpec spec = row("OPTIONAL", {-3}, ReadOnly | NoMandatoryKeys, counted_keys(1, KeyRO));
    return spec;
}
constexpr CommandSpec maybe() {
    KeySpec key = key_at(1, KeyRW | KeyUpdate | KeyVariableFlags);
    key.notes = "Depends.";
    CommandSpec spec = row("MAYBE", {-2}, Write, key);
    spec.key_use = use_of_maybe;
    return spec;
}
constexpr Change kHistory[] = {{"2.0.0", "It changed."}, {"3.0.0", "Once more."}};
constexpr CommandSpec old() {
    CommandSpec spec = row("OLD", {3}, ReadOnly | Fast, key_at(1, KeyRO | KeyAccess));
    spec.categories = CatString;
    spec.cost = "O(1)";
    spec.syntax = "key [EX seconds:integer@2.0.0]";
    spec.tips = "first_tip second_tip";
    spec.deprecated_since = "4.0.0";
    spec.replaced_by = "`NEW`";
    spec.history = kHistory;
    return spec;
}
constexpr CommandSpec keyword() {
    KeySpec key = keys_from(-2, -1, 1, KeyRM);
    key.begin = KeySpec::Begin::Keyword;
    key.keyword = "KEYS";
    const KeySpec unknown{.begin = KeySpec::Begin::Unknown, .find = KeySpec::Find::Unknown, .flags = KeyOW};
    return row("KEYWORD", {-2}, Write | SystemCommand, KeySpecs{key_at(2, KeyRO), key, unknown});
}
constexpr CommandSpec kSubs[] = {row("FIRST", {2}, Admin), row("SECOND", {-3}, ReadOnly, key_at(2, KeyRO))};
constexpr CommandSpec kRows[] = {
    counted(),
    optional_keys(),
    maybe(),
    old(),
    keyword(),
    row("PAIRS", {-3}, Write, keys_from(1, -1, 2, KeyOW | KeyUpdate)),
    row("TWO", {-3}, Write, KeySpecs{key_at(1, KeyOW), keys_from(2, -1, 1, KeyRO)}),
    {.name = "BOX", .arity = {-2}, .since = "1.0.0", .summary = "Of the test.", .subcommands = kSubs},
};

// The reply with spaces for line ends, to be read.
std::string flat(std::string reply) {
    for (std::size_t at = 0; (at = reply.find("\r\n", at)) != std::string::npos;) reply.replace(at, 2, " ");
    if (!reply.empty()) reply.pop_back();
    return reply;
}

class CommandTest : public testing::Test {
  protected:
    std::string run(std::vector<std::string> args) {
        args.insert(args.begin(), "COMMAND");
        return flat(server_.run(args));
    }
    std::string run3(const std::vector<std::string>& args) {
        server_.session().protocol = Protocol::Resp3;
        return run(args);
    }

    TestServer server_{{command_commands(), kRows}};
};

TEST_F(CommandTest, CountLeavesSubcommandsOut) {
    EXPECT_EQ(run({"COUNT"}), ":9");
}

TEST_F(CommandTest, AloneAndInfoWithoutNamesDescribeAll) {
    EXPECT_THAT(run({}), StartsWith("*9 *10 $3 box :-2 "));
    EXPECT_EQ(run({"INFO"}), run({}));
}

TEST_F(CommandTest, InfoHasTenFields) {
    EXPECT_EQ(run({"INFO", "old"}),
              "*1 *10 $3 old :3 *2 +readonly +fast :1 :1 :1 *3 +@read +@string +@fast *2 $9 first_tip $10 "
              "second_tip "
              "*1 *6 $5 flags *2 +RO +access $12 begin_search *4 $4 type $5 index $4 spec *2 $5 index :1 "
              "$9 find_keys *4 $4 type $5 range $4 spec *6 $7 lastkey :0 $7 keystep :1 $5 limit :0 *0");
}

TEST_F(CommandTest, InfoHasSetsAndMapsInResp3) {
    EXPECT_EQ(
        run3({"INFO", "maybe"}),
        "*1 *10 $5 maybe :-2 ~1 +write :1 :1 :1 ~2 +@write +@slow ~0 "
        "~1 %4 $5 notes $8 Depends. $5 flags ~3 +RW +update +variable_flags $12 begin_search %2 $4 type $5 "
        "index "
        "$4 spec %1 $5 index :1 $9 find_keys %2 $4 type $5 range $4 spec %3 $7 lastkey :0 $7 keystep :1 "
        "$5 limit :0 ~0");
}

TEST_F(CommandTest, InfoTellsHowCountedKeysAreFound) {
    EXPECT_THAT(
        run3({"INFO", "counted"}),
        HasSubstr(
            "$9 find_keys %2 $4 type $6 keynum $4 spec %3 $9 keynumidx :0 $8 firstkey :1 $7 keystep :1"));
}

TEST_F(CommandTest, InfoTellsOfKeywordsAndOfTheUnknown) {
    const std::string info = run3({"INFO", "keyword"});
    EXPECT_THAT(info, HasSubstr("$4 type $7 keyword $4 spec %2 $7 keyword $4 KEYS $9 startfrom :-2"));
    EXPECT_THAT(info, HasSubstr("$12 begin_search %2 $4 type $7 unknown $4 spec %0 "
                                "$9 find_keys %2 $4 type $7 unknown $4 spec %0"));
}

TEST_F(CommandTest, TheOldThreeNumbersCoverSeveralSpecificationsThatAdjoin) {
    EXPECT_THAT(run({"INFO", "two"}), HasSubstr("+write :1 :-1 :1 "));
    EXPECT_THAT(run({"INFO", "pairs"}), HasSubstr("+write :1 :-1 :2 "));
    EXPECT_THAT(run({"INFO", "counted"}), HasSubstr("+movablekeys :0 :0 :0 "));
    EXPECT_THAT(run({"INFO", "keyword"}), HasSubstr("+movablekeys :2 :2 :1 "));
}

TEST_F(CommandTest, InfoOfAContainerHoldsItsSubcommands) {
    EXPECT_THAT(run3({"INFO", "box"}),
                StartsWith("*1 *10 $3 box :-2 ~0 :0 :0 :0 ~1 +@slow ~0 ~0 *2 *10 $9 box|first :2 "));
}

TEST_F(CommandTest, InfoOfASubcommandIsByItsFullNameInAnyCase) {
    EXPECT_THAT(run({"INFO", "Box|SECOND"}), StartsWith("*1 *10 $10 box|second :-3 "));
}

TEST_F(CommandTest, InfoOfAnUnknownNameIsNull) {
    EXPECT_THAT(run({"INFO", "nope", "OLD", "box|third", "old|x"}),
                testing::AllOf(StartsWith("*4 $-1 *10 $3 old "), testing::EndsWith(" $-1 $-1")));
    EXPECT_EQ(run3({"INFO", "nope"}), "*1 _");
}

TEST_F(CommandTest, DocsNameEveryFactOfTheRow) {
    EXPECT_EQ(
        run3({"DOCS", "OLD"}),
        "%1 $3 old %9 $7 summary $12 Of the test. $5 since $5 1.0.0 $5 group $6 string $10 complexity $4 "
        "O(1) "
        "$9 doc_flags ~1 +deprecated $16 deprecated_since $5 4.0.0 $11 replaced_by $5 `NEW` "
        "$7 history ~2 *2 $5 2.0.0 $11 It changed. *2 $5 3.0.0 $10 Once more. "
        "$9 arguments *2 %3 $4 name $3 key $4 type $3 key $14 key_spec_index :0 "
        "%5 $4 name $7 seconds $4 type $7 integer $5 token $2 EX $5 since $5 2.0.0 $5 flags ~1 +optional");
}

TEST_F(CommandTest, DocsAreFlatInResp2AndLeaveOutWhatIsNot) {
    EXPECT_EQ(run({"DOCS", "keyword"}),
              "*2 $7 keyword *8 $7 summary $12 Of the test. $5 since $5 1.0.0 $5 group $6 string $9 "
              "doc_flags *1 +syscmd");
}

TEST_F(CommandTest, DocsOfAContainerHoldThoseOfItsSubcommands) {
    EXPECT_THAT(run3({"DOCS", "box"}), HasSubstr("$11 subcommands %2 $9 box|first %3 $7 summary "));
    EXPECT_THAT(run3({"DOCS", "box|first"}), StartsWith("%1 $9 box|first %3 "));
}

TEST_F(CommandTest, DocsOfArgumentsNestChoicesAndBlocks) {
    EXPECT_THAT(
        run3({"DOCS", "command|list"}),
        HasSubstr("$9 arguments *1 %5 $4 name $8 filterby $4 type $5 oneof $5 token $8 FILTERBY "
                  "$5 flags ~1 +optional $9 arguments *3 %3 $4 name $11 module-name $4 type $6 string "
                  "$5 token $6 MODULE "));
}

TEST_F(CommandTest, DocsPassOverUnknownNames) {
    EXPECT_THAT(run({"DOCS", "nope", "old", "old"}), StartsWith("*4 $3 old "));
    EXPECT_EQ(run3({"DOCS", "nope", "box|third"}), "%0");
}

TEST_F(CommandTest, DocsWithoutNamesAreOfAllCommands) {
    EXPECT_THAT(run3({"DOCS"}), StartsWith("%9 $3 box "));
}

TEST_F(CommandTest, ListNamesCommandsAndSubcommands) {
    EXPECT_THAT(run({"LIST"}),
                StartsWith("*18 $3 box $9 box|first $10 box|second $7 command $13 command|count "));
}

TEST_F(CommandTest, ListByPatternIsBlindToCase) {
    EXPECT_EQ(run({"LIST", "filterby", "Pattern", "BOX*T"}), "*1 $9 box|first");
    EXPECT_EQ(run({"LIST", "FILTERBY", "PATTERN", "old"}), "*1 $3 old");
}

TEST_F(CommandTest, ListByCategory) {
    EXPECT_EQ(run({"LIST", "FILTERBY", "ACLCAT", "DANGEROUS"}), "*1 $9 box|first");
    EXPECT_EQ(run({"LIST", "FILTERBY", "ACLCAT", "nope"}), "*0");
}

TEST_F(CommandTest, NoCommandIsOfAModule) {
    EXPECT_EQ(run({"LIST", "FILTERBY", "MODULE", "old"}), "*0");
}

TEST_F(CommandTest, ListRefusesOtherArguments) {
    for (const std::vector<std::string>& args :
         std::vector<std::vector<std::string>>{{"x"},
                                               {"FILTERBY"},
                                               {"FILTERBY", "PATTERN"},
                                               {"FILTERBY", "NAME", "x"},
                                               {"FILTERBY", "MODULE", "a", "b"}}) {
        std::vector<std::string> words{"LIST"};
        words.insert(words.end(), args.begin(), args.end());
        EXPECT_EQ(run(words), "-ERR syntax error");
    }
}

TEST_F(CommandTest, GetkeysPicksTheKeysOut) {
    EXPECT_EQ(run({"GETKEYS", "old", "k", "v"}), "*1 $1 k");
    EXPECT_EQ(run({"GETKEYS", "pairs", "a", "1", "b", "2"}), "*2 $1 a $1 b");
    EXPECT_EQ(run({"GETKEYS", "counted", "2", "a", "b", "c"}), "*2 $1 a $1 b");
    EXPECT_EQ(run({"GETKEYS", "box", "second", "k"}), "*1 $1 k");
}

TEST_F(CommandTest, GetkeysandflagsTellsHowEachKeyIsUsed) {
    EXPECT_EQ(run3({"GETKEYSANDFLAGS", "two", "a", "b"}), "*2 *2 $1 a ~1 +OW *2 $1 b ~1 +RO");
}

TEST_F(CommandTest, GetkeysandflagsAsksTheRowWhereTheUseDependsOnTheRequest) {
    EXPECT_EQ(run({"GETKEYSANDFLAGS", "maybe", "k"}), "*1 *2 $1 k *1 +RO");
    EXPECT_EQ(run({"GETKEYSANDFLAGS", "maybe", "k", "SURELY"}), "*1 *2 $1 k *2 +RW +update");
}

TEST_F(CommandTest, GetkeysOfWhatIsNoCommand) {
    EXPECT_EQ(run({"GETKEYS", "nope", "x"}), "-ERR Invalid command specified");
    EXPECT_EQ(run({"GETKEYS", "box", "third"}), "-ERR Invalid command specified");
    EXPECT_EQ(run({"GETKEYS", "box|second", "k"}), "-ERR Invalid command specified");
}

TEST_F(CommandTest, GetkeysOfACommandWithoutKeysComesBeforeItsArity) {
    EXPECT_EQ(run({"GETKEYS", "box", "first", "x"}), "-ERR The command has no key arguments");
}

TEST_F(CommandTest, GetkeysChecksTheArity) {
    EXPECT_EQ(run({"GETKEYS", "old", "k"}), "-ERR Invalid number of arguments specified for command");
}

TEST_F(CommandTest, GetkeysOfKeysThatCannotBeFound) {
    EXPECT_EQ(run({"GETKEYS", "counted", "9", "a"}), "-ERR Invalid arguments specified for command");
    EXPECT_EQ(run({"GETKEYSANDFLAGS", "counted", "x", "a"}), "-ERR Invalid arguments specified for command");
    EXPECT_EQ(run({"GETKEYS", "counted", "0", "a"}), "-ERR Invalid arguments specified for command");
    EXPECT_EQ(run({"GETKEYS", "optional", "9", "a"}), "*0");
    EXPECT_EQ(run({"GETKEYS", "optional", "0", "a"}), "*0");
}

TEST_F(CommandTest, HelpListsTheSubcommandsWithTheirArguments) {
    const std::string help = run({"HELP"});
    EXPECT_THAT(help, StartsWith("*15 +COMMAND <subcommand> "));
    EXPECT_THAT(
        help, HasSubstr(" +LIST [FILTERBY <MODULE module-name | ACLCAT category | PATTERN pattern>] +    "));
    EXPECT_THAT(help, HasSubstr(" +HELP +    "));
}

// Of the real commands, those whose use of their key depends on the request.
std::string use_of(std::vector<std::string> request) {
    TestServer server;
    request.insert(request.begin(), {"COMMAND", "GETKEYSANDFLAGS"});
    return flat(server.run(request));
}

TEST(KeyUse, SetReadsItsKeyOnlyWithGet) {
    EXPECT_EQ(use_of({"SET", "k", "get"}), "*1 *2 $1 k *2 +OW +update");
    EXPECT_EQ(use_of({"SET", "k", "v", "EX", "10", "get"}), "*1 *2 $1 k *3 +RW +access +update");
}

TEST(KeyUse, BitfieldOnlyReadsIfNothingWrites) {
    EXPECT_EQ(use_of({"BITFIELD", "k"}), "*1 *2 $1 k *2 +RO +access");
    EXPECT_EQ(use_of({"BITFIELD", "k", "GET", "u8", "0", "OVERFLOW", "SAT"}), "*1 *2 $1 k *2 +RO +access");
    EXPECT_EQ(use_of({"BITFIELD", "k", "GET", "u8", "0", "INCRBY", "u8", "0", "1"}),
              "*1 *2 $1 k *3 +RW +access +update");
    EXPECT_EQ(use_of({"BITFIELD", "k", "GET", "u8"}), "*1 *2 $1 k *3 +RW +access +update");
}

}  // namespace
}  // namespace pongo

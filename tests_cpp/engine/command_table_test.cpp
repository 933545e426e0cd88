#include "engine/command_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <climits>
#include <optional>

#include "commands/families.h"
#include "engine/command_syntax.h"

namespace pongo {
namespace {

using namespace std::literals;

void do_nothing(Call&) {}

constexpr CommandSpec row(std::string_view name, std::uint32_t flags = 0, KeySpecs keys = {},
                          std::uint32_t categories = 0) {
    return {.name = name,
            .handler = do_nothing,
            .arity = {-1},
            .flags = flags,
            .categories = categories,
            .keys = keys,
            .since = "1.0.0",
            .summary = "Of the test."};
}

constexpr CommandSpec kSubs[] = {row("LIST"), row("NO-EVICT", Admin)};
constexpr CommandSpec kContainer[] = {
    {.name = "CLIENT", .arity = {-2}, .since = "1.0.0", .summary = "Of the test.", .subcommands = kSubs}};
constexpr CommandSpec kRows[] = {
    row("SET", Write | DenyOom, key_at(1, KeyOW | KeyUpdate), CatString),
    row("GET", ReadOnly | Fast, key_at(1, KeyRO | KeyAccess), CatString),
    row("EVAL_RO", ReadOnly, counted_keys(2, KeyRO), CatScripting),
    row("MGET", ReadOnly, keys_from(1, -1, 1, KeyRO)),
    row("GEORADIUSBYMEMBER_RO", ReadOnly, key_at(1, KeyRO)),
};
constexpr std::span<const CommandSpec> kFamilies[] = {kRows, kContainer};

class CommandTableTest : public testing::Test {
  protected:
    const Command& at(std::string_view name) const {
        const Command* command = table_.find_full_name(name);
        EXPECT_NE(command, nullptr) << name;
        return *command;
    }

    CommandTable table_{kFamilies};
};

TEST_F(CommandTableTest, FindsACommandInAnyCase) {
    for (const std::string_view name : {"get", "GET", "gEt"}) {
        ASSERT_NE(table_.find(name), nullptr) << name;
        EXPECT_EQ(table_.find(name)->name, "get");
    }
    EXPECT_EQ(table_.find("GEORADIUSBYMEMBER_RO")->name, "georadiusbymember_ro");
}

TEST_F(CommandTableTest, FindsNothingElse) {
    for (const std::string_view name : {""sv, "ge"sv, "gett"sv, "get\0"sv, "\0"sv, "get "sv, "client|list"sv,
                                        "a name that is longer than any command's"sv}) {
        EXPECT_EQ(table_.find(name), nullptr) << name;
    }
}

TEST_F(CommandTableTest, ARenamedCommandIsFoundByItsNewNameAndTellsItsOwn) {
    EXPECT_EQ(table_.rename("Get", "Fetch"), std::nullopt);
    EXPECT_EQ(table_.find("GET"), nullptr);
    EXPECT_EQ(at("FETCH").name, "get");
    EXPECT_EQ(table_.rename("CLIENT", "c"), std::nullopt);
    EXPECT_EQ(at("c|list").name, "client|list");
    EXPECT_EQ(table_.find_full_name("client|list"), nullptr);
}

TEST_F(CommandTableTest, ANewNameMayBeLong) {
    const std::string name(40, 'x');
    EXPECT_EQ(table_.rename("SET", name), std::nullopt);
    EXPECT_EQ(at(std::string(40, 'X')).name, "set");
    EXPECT_EQ(table_.find(std::string(39, 'x')), nullptr);
    EXPECT_EQ(table_.find(std::string(41, 'x')), nullptr);
}

TEST_F(CommandTableTest, ACommandRenamedToNothingIsGone) {
    const std::size_t before = table_.commands().size();
    EXPECT_EQ(table_.rename("GET", ""), std::nullopt);
    EXPECT_EQ(table_.find("GET"), nullptr);
    EXPECT_EQ(table_.commands().size(), before - 1);
}

TEST_F(CommandTableTest, ARenameNeedsAKnownNameAndAFreeOne) {
    EXPECT_EQ(table_.rename("NONE", "x"), "No such command in rename-command");
    EXPECT_EQ(table_.rename("GET", "set"), "Target command name already exists");
}

TEST_F(CommandTableTest, ARequestFindsTheSubcommandOfItsSecondWord) {
    const std::string_view list[] = {"client", "List", "x"};
    ASSERT_NE(table_.find(list), nullptr);
    EXPECT_EQ(table_.find(list)->name, "client|list");
    EXPECT_EQ(table_.find(list)->parent, table_.find("client"));
}

TEST_F(CommandTableTest, ARequestWithoutAKnownSubcommandFindsTheContainer) {
    const std::string_view unknown[] = {"client", "lists"};
    const std::string_view alone[] = {"client"};
    EXPECT_EQ(table_.find(unknown), table_.find("client"));
    EXPECT_EQ(table_.find(alone), table_.find("client"));
}

TEST_F(CommandTableTest, AFullNameHasABarBeforeTheSubcommand) {
    EXPECT_EQ(at("CLIENT|no-evict").name, "client|no-evict");
    EXPECT_EQ(at("get").name, "get");
    for (const std::string_view name :
         {"client|", "client|lists", "client|list|", "|list", "get|", "nope|list", "|"}) {
        EXPECT_EQ(table_.find_full_name(name), nullptr) << name;
    }
}

TEST_F(CommandTableTest, CommandsAreSortedAndWithoutSubcommands) {
    std::vector<std::string> names;
    for (const Command* command : table_.commands()) names.push_back(command->name);
    const std::vector<std::string> expected{"client", "eval_ro", "georadiusbymember_ro",
                                            "get",    "mget",    "set"};
    EXPECT_EQ(names, expected);
    EXPECT_EQ(table_.count_with_subcommands(), 8u);
}

TEST_F(CommandTableTest, IndexesAreDenseAndLeadBackToTheCommand) {
    for (std::size_t i = 0; i < table_.count_with_subcommands(); ++i) EXPECT_EQ(table_.at(i).index, i);
}

TEST_F(CommandTableTest, CategoriesFollowFromFlags) {
    EXPECT_EQ(at("get").categories, std::uint32_t{CatRead | CatString | CatFast});
    EXPECT_EQ(at("set").categories, std::uint32_t{CatWrite | CatString | CatSlow});
    EXPECT_EQ(at("client|no-evict").categories, std::uint32_t{CatAdmin | CatDangerous | CatSlow});
    EXPECT_EQ(at("client").categories, std::uint32_t{CatSlow});
}

TEST_F(CommandTableTest, AReadOnlyScriptIsNotInTheReadCategory) {
    EXPECT_EQ(at("eval_ro").categories, std::uint32_t{CatScripting | CatSlow});
}

TEST_F(CommandTableTest, KeysThatTakeParsingAreMovable) {
    EXPECT_TRUE(at("eval_ro").is(MovableKeys));
    EXPECT_FALSE(at("mget").is(MovableKeys));
    EXPECT_FALSE(at("get").is(MovableKeys));
}

TEST_F(CommandTableTest, OnlyACommandOfOneFixedKeyHasASingleKey) {
    EXPECT_EQ(at("get").single_key, 1);
    EXPECT_EQ(at("mget").single_key, 0);
    EXPECT_EQ(at("eval_ro").single_key, 0);
    EXPECT_EQ(at("client|list").single_key, 0);
}

// The indexes of the keys that the specifications find in `args`; nullopt if they cannot be found.
std::optional<std::vector<std::size_t>> keys_in(const KeySpecs& specs, std::vector<std::string_view> args) {
    const CommandSpec spec = row("X", 0, specs);
    std::vector<std::size_t> found;
    const bool valid =
        for_each_key(spec, args, [&](std::size_t index, const KeySpec&) { found.push_back(index); });
    if (!valid) return std::nullopt;
    return found;
}
using Indexes = std::vector<std::size_t>;

KeySpec after(std::string_view keyword, int from) {
    KeySpec spec = keys_from(from, -1, 1, KeyRO);
    spec.begin = KeySpec::Begin::Keyword;
    spec.keyword = keyword;
    return spec;
}

TEST(KeySpecification, OneKeyIsWhereItSays) {
    EXPECT_EQ(keys_in(key_at(2, KeyRO), {"x", "sub", "k", "v"}), Indexes{2});
    EXPECT_EQ(keys_in(key_at(2, KeyRO), {"x", "sub"}), Indexes{});
}

TEST(KeySpecification, ANegativeLastCountsFromTheEnd) {
    EXPECT_EQ(keys_in(keys_from(1, -1, 1, KeyRO), {"x", "a", "b", "c"}), (Indexes{1, 2, 3}));
    EXPECT_EQ(keys_in(keys_from(1, -2, 1, KeyRO), {"x", "a", "b", "timeout"}), (Indexes{1, 2}));
    EXPECT_EQ(keys_in(keys_from(1, -2, 1, KeyRO), {"x", "timeout"}), Indexes{});
}

TEST(KeySpecification, AStepLeavesOutWhatIsBetween) {
    EXPECT_EQ(keys_in(keys_from(1, -1, 2, KeyRO), {"x", "a", "1", "b", "2"}), (Indexes{1, 3}));
    EXPECT_EQ(keys_in(keys_from(1, -1, 2, KeyRO), {"x", "a", "1", "b"}), (Indexes{1, 3}));
}

TEST(KeySpecification, ALimitOfTwoIsTheFirstHalfOfTheRest) {
    EXPECT_EQ(keys_in(keys_from(1, -1, 1, KeyRO, 2), {"x", "a", "b", "1", "2"}), (Indexes{1, 2}));
    EXPECT_EQ(keys_in(keys_from(1, -1, 1, KeyRO, 2), {"x", "a", "1"}), Indexes{1});
}

TEST(KeySpecification, ALastBeyondTheArgumentsIsCut) {
    EXPECT_EQ(keys_in(keys_from(1, 5, 1, KeyRO), {"x", "a", "b"}), (Indexes{1, 2}));
}

TEST(KeySpecification, ACountSaysHowManyKeysFollowIt) {
    const KeySpec spec = counted_keys(2, KeyRO);
    EXPECT_EQ(keys_in(spec, {"eval", "s", "2", "a", "b", "arg"}), (Indexes{3, 4}));
    EXPECT_EQ(keys_in(spec, {"eval", "s", "0", "arg"}), Indexes{});
    EXPECT_EQ(keys_in(spec, {"eval", "s", "0"}), Indexes{});
}

TEST(KeySpecification, ACountThatCannotBeIsInvalid) {
    const KeySpec spec = counted_keys(2, KeyRO);
    for (const std::string_view count : {"x", "", "-1", "3", "9223372036854775807", "99999999999999999999"}) {
        EXPECT_EQ(keys_in(spec, {"eval", "s", count, "a", "b"}), std::nullopt) << count;
    }
}

TEST(KeySpecification, AKeywordIsFoundInAnyCaseAndInBothDirections) {
    const std::vector<std::string_view> args{"x", "COUNT", "1", "Streams", "a", "b"};
    EXPECT_EQ(keys_in(after("STREAMS", 1), args), (Indexes{4, 5}));
    EXPECT_EQ(keys_in(after("STREAMS", -2), args), (Indexes{4, 5}));
    EXPECT_EQ(keys_in(after("STREAMS", -4), args), Indexes{});
    EXPECT_EQ(keys_in(after("KEYS", 1), args), Indexes{});
}

TEST(KeySpecification, AKeywordAtTheEndHasNoKeys) {
    EXPECT_EQ(keys_in(after("KEYS", 1), {"x", "keys"}), Indexes{});
}

TEST(KeySpecification, OfTheUnknownNothingIsFound) {
    const KeySpec spec{.begin = KeySpec::Begin::Unknown, .find = KeySpec::Find::Unknown};
    EXPECT_EQ(keys_in(spec, {"x", "a"}), Indexes{});
}

TEST(KeySpecification, SeveralSpecificationsAreTakenInTheirOrder) {
    const KeySpecs bitop{key_at(2, KeyOW), keys_from(3, -1, 1, KeyRO)};
    EXPECT_EQ(keys_in(bitop, {"bitop", "and", "d", "a", "b"}), (Indexes{2, 3, 4}));
}

// The table of the whole server.
class EveryCommand : public testing::Test {
  protected:
    template <typename Visit>
    void for_each(Visit&& visit) const {
        for (std::size_t i = 0; i < table_.count_with_subcommands(); ++i) {
            SCOPED_TRACE(table_.at(i).name);
            visit(table_.at(i), *table_.at(i).spec);
        }
    }

    CommandTable table_{all_families()};
};

std::vector<Argument> arguments_of(const CommandSpec& spec) {
    return parse_syntax(spec.syntax).value_or(std::vector<Argument>{});
}

template <typename Visit>
void for_each_argument(const std::vector<Argument>& arguments, Visit&& visit) {
    for (const Argument& argument : arguments) {
        visit(argument);
        for_each_argument(argument.parts, visit);
    }
}

bool is_version(std::string_view text) {
    return std::count(text.begin(), text.end(), '.') == 2 &&
           text.find_first_not_of("0123456789.") == text.npos;
}

TEST_F(EveryCommand, IsFoundByItsName) {
    for_each([&](const Command& command, const CommandSpec&) {
        EXPECT_EQ(table_.find_full_name(command.name), &command);
    });
}

TEST_F(EveryCommand, HasANameInCapitals) {
    for_each([](const Command&, const CommandSpec& spec) {
        EXPECT_TRUE(
            std::none_of(spec.name.begin(), spec.name.end(), [](char c) { return c >= 'a' && c <= 'z'; }));
    });
}

TEST_F(EveryCommand, HasAWellFormedSyntax) {
    for_each([](const Command&, const CommandSpec& spec) {
        EXPECT_TRUE(parse_syntax(spec.syntax)) << spec.syntax;
    });
}

TEST_F(EveryCommand, NamesKeySpecificationsThatItHas) {
    for_each([](const Command&, const CommandSpec& spec) {
        for_each_argument(arguments_of(spec), [&](const Argument& argument) {
            EXPECT_LT(static_cast<std::size_t>(argument.key_spec.value_or(-1) + 1), spec.keys.count + 1);
        });
    });
}

TEST_F(EveryCommand, SaysItsVersionsAsNumbers) {
    for_each([](const Command&, const CommandSpec& spec) {
        EXPECT_TRUE(is_version(spec.since)) << spec.since;
        EXPECT_TRUE(spec.deprecated_since.empty() || is_version(spec.deprecated_since))
            << spec.deprecated_since;
        for (const Change& change : spec.history) {
            EXPECT_TRUE(is_version(change.since)) << change.since;
            EXPECT_FALSE(change.what.empty());
        }
    });
}

TEST_F(EveryCommand, IsSummarisedInASentence) {
    for_each([](const Command&, const CommandSpec& spec) {
        EXPECT_TRUE(spec.summary.ends_with('.')) << spec.summary;
    });
}

TEST_F(EveryCommand, WithVariableUseOfItsKeysSaysWhichItIs) {
    for_each([](const Command&, const CommandSpec& spec) {
        for (const KeySpec& key : spec.keys) {
            EXPECT_EQ((key.flags & KeyVariableFlags) != 0, spec.key_use != nullptr);
        }
    });
}

// The fewest arguments that the syntax allows.
int fewest(const Argument& argument) {
    if (argument.optional) return 0;
    const int token = argument.token && argument.type != Argument::Type::PureToken ? 1 : 0;
    if (argument.type == Argument::Type::Block) {
        int sum = token;
        for (const Argument& part : argument.parts) sum += fewest(part);
        return sum;
    }
    if (argument.type != Argument::Type::OneOf) return token + 1;
    int least = INT_MAX;
    for (Argument branch : argument.parts) {
        branch.optional = false;  // One of them there must be.
        least = std::min(least, fewest(branch));
    }
    return token + least;
}

// Whether there may be more.
bool is_open(const Argument& argument) {
    const auto& parts = argument.parts;
    const bool uneven = argument.type == Argument::Type::OneOf &&
                        std::any_of(parts.begin(), parts.end(),
                                    [&](const Argument& part) { return fewest(part) != fewest(parts[0]); });
    return uneven || argument.optional || argument.multiple ||
           std::any_of(parts.begin(), parts.end(), is_open);
}

// Of these, Redis documents an argument as needed that may be left out.
constexpr std::string_view kShorterThanTheirSyntax[] = {"geohash", "geopos", "pfmerge"};

TEST_F(EveryCommand, HasTheArityOfItsSyntax) {
    for_each([](const Command& command, const CommandSpec& spec) {
        if (spec.syntax.empty() || std::ranges::count(kShorterThanTheirSyntax, command.name) > 0) return;
        int words = command.parent ? 2 : 1;
        bool open = false;
        for (const Argument& argument : arguments_of(spec)) {
            words += fewest(argument);
            open = open || is_open(argument);
        }
        EXPECT_EQ(spec.arity.value, open ? -words : words) << spec.syntax;
    });
}

}  // namespace
}  // namespace pongo

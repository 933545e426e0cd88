// What must hold for every row of the table, and the syntax of the options that have one of their own.
#include "engine/config_option.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "base/container_memory.h"
#include "base/escape.h"

namespace pongo {
namespace {

OptionValue read(std::string_view name, const std::string& word, std::string_view earlier = {}) {
    const Option* const option = find_option(name);
    EXPECT_NE(option, nullptr) << name;
    return read_value(*option, {&word, 1}, earlier);
}

std::string text_of(std::string_view name, const std::string& word) {
    const OptionValue value = read(name, word);
    EXPECT_TRUE(value.ok()) << name << " " << word << ": " << value.error;
    return value.text;
}

std::string error_of(std::string_view name, const std::string& word) {
    return read(name, word).error;
}

// The table.

TEST(ConfigOptions, NamesAndAliasesAreUniqueAndInLowerCase) {
    std::set<std::string> seen;
    for (const auto& option : options()) {
        for (const auto name : {option.name, option.alias}) {
            if (name.empty()) continue;
            EXPECT_TRUE(seen.insert(std::string(name)).second) << name;
            EXPECT_EQ(name, to_lower(name));
        }
    }
}

TEST(ConfigOptions, EachIsFoundByNameAndAliasInAnyCase) {
    for (const auto& option : options()) {
        EXPECT_EQ(find_option(option.name), &option);
        if (option.alias.empty()) continue;
        EXPECT_EQ(find_option(option.alias), &option);
    }
    EXPECT_EQ(find_option("MaxMemory"), find_option("maxmemory"));
    EXPECT_EQ(find_option("no-such-option"), nullptr);
}

TEST(ConfigOptions, TheDefaultOfEachIsACanonicalText) {
    for (const auto& option : options()) {
        const std::string text = default_text(option);
        if (text.empty() || text == "auto") continue;
        const OptionValue again = read_value(option, {&text, 1}, {});
        EXPECT_TRUE(again.ok()) << option.name << ": " << again.error;
        EXPECT_EQ(again.text, text) << option.name;
    }
}

TEST(ConfigOptions, TheFileLinesOfEachDefaultReadBackAsTheDefault) {
    for (const auto& option : options()) {
        const std::string text = default_text(option);
        std::string back;
        for (const auto& line : file_lines(option, text)) {
            auto words = split_arguments(line);
            ASSERT_TRUE(words) << line;
            EXPECT_EQ(words->front(), option.name);
            words->erase(words->begin());
            const OptionValue value = read_value(option, *words, back);
            EXPECT_TRUE(value.ok()) << line << ": " << value.error;
            back = value.text;
        }
        EXPECT_EQ(back, text) << option.name;
    }
}

TEST(ConfigOptions, NoTwoOptionsShareAPlace) {
    for (const auto& a : options()) {
        for (const auto& b : options()) {
            if (&a == &b || !a.has_meaning()) continue;
            EXPECT_FALSE(a.place == b.place) << a.name << " " << b.name;
        }
    }
}

TEST(ConfigOptions, SettingsStartAtTheDefaults) {
    const Settings settings;
    EXPECT_EQ(settings.port, 6379);
    EXPECT_EQ(settings.bind.get(), "* -::*");
    EXPECT_TRUE(settings.protected_mode);
    EXPECT_EQ(settings.proto_max_bulk_len, 512 << 20);
    EXPECT_EQ(settings.client_reply_backlog_limit, 64 << 20);
    EXPECT_EQ(settings.loglevel.get(), LogLevel::Notice);
    EXPECT_EQ(settings.maxmemory_policy.get(), MaxmemoryPolicy::NoEviction);
    EXPECT_EQ(settings.output_limit_normal.hard_bytes, 0);
    EXPECT_EQ(settings.output_limit_replica.hard_bytes, 256 << 20);
    EXPECT_EQ(settings.output_limit_pubsub.soft_seconds, 60);
    EXPECT_EQ(settings.shutdown_on_sigterm, 0u);
    EXPECT_GE(settings.reactors, 1);
    EXPECT_TRUE(settings.requirepass.empty());
}

// Types.

TEST(ConfigOptions, ABooleanIsYesOrNoInAnyCase) {
    EXPECT_EQ(text_of("appendonly", "YES"), "yes");
    EXPECT_EQ(error_of("appendonly", "1"), "argument must be 'yes' or 'no'");
}

TEST(ConfigOptions, ANumberStaysInItsRange) {
    EXPECT_EQ(text_of("port", "65535"), "65535");
    EXPECT_EQ(error_of("port", "65536"), "argument must be between 0 and 65535 inclusive");
    EXPECT_EQ(error_of("port", "12x"), "argument couldn't be parsed into an integer");
    EXPECT_EQ(text_of("slowlog-log-slower-than", "-1"), "-1");
}

TEST(ConfigOptions, MemoryTakesUnits) {
    EXPECT_EQ(text_of("maxmemory", "1gb"), "1073741824");
    EXPECT_EQ(text_of("maxmemory", "5k"), "5000");
    EXPECT_EQ(error_of("client-query-buffer-limit", "10%"), "argument must be a memory value");
    EXPECT_EQ(error_of("hash-max-listpack-value", "99999999999999999999"),
              "argument must be between 0 and 9223372036854775807 inclusive");
}

TEST(ConfigOptions, AShareOfMemoryIsShownInBytesAndWrittenAsItIs) {
    Settings settings;
    const Option& maxmemory = *find_option("maxmemory");
    const std::string text = text_of("maxmemory", "10%");
    store_value(maxmemory, text, settings);
    EXPECT_NEAR(static_cast<double>(settings.maxmemory), static_cast<double>(available_memory()) / 10, 1);
    EXPECT_EQ(shown_value(maxmemory, text, settings), std::to_string(settings.maxmemory));
    EXPECT_EQ(file_lines(maxmemory, text), std::vector<std::string>{"maxmemory 10%"});
    EXPECT_EQ(text_of("maxmemory", "0%"), "0");
    EXPECT_EQ(error_of("maxmemory", "x%"), "argument must be a memory value");
    EXPECT_EQ(error_of("maxmemory", "101%"), "percentage argument must be less or equal to 100");
}

TEST(ConfigOptions, APercentageOfMemoryIsStoredAsANegativeNumber) {
    Settings settings;
    store_value(*find_option("maxmemory-clients"), text_of("maxmemory-clients", "10%"), settings);
    EXPECT_EQ(settings.maxmemory_clients, -10);
    EXPECT_EQ(error_of("maxmemory-clients", "101%"), "percentage argument must be less or equal to 100");
    EXPECT_EQ(error_of("maxmemory-clients", "x%"), "argument must be a memory or percent value");
}

TEST(ConfigOptions, ModeBitsAreOctal) {
    Settings settings;
    store_value(*find_option("unixsocketperm"), text_of("unixsocketperm", "0700"), settings);
    EXPECT_EQ(settings.unixsocketperm, 0700);
    EXPECT_EQ(text_of("unixsocketperm", "0700"), "700");
    EXPECT_EQ(error_of("unixsocketperm", "9"), "argument couldn't be parsed as an octal number");
    EXPECT_EQ(error_of("unixsocketperm", "1000"), "argument must be between 0 and 777 inclusive");
}

TEST(ConfigOptions, ZeroReactorsAreAsManyAsTheProcessorsAllow) {
    Settings settings;
    const Option& option = *find_option("io-threads");
    EXPECT_EQ(text_of("reactors", "0"), "auto");
    store_value(option, "auto", settings);
    EXPECT_GE(settings.reactors, 1);
    EXPECT_EQ(shown_value(option, "auto", settings), std::to_string(settings.reactors));
    store_value(option, text_of("reactors", "7"), settings);
    EXPECT_EQ(settings.reactors, 7);
    EXPECT_EQ(error_of("reactors", "129"), "argument must be between 1 and 128 inclusive");
}

TEST(ConfigOptions, AnUnknownNameIsAnsweredWithTheKnownOnes) {
    EXPECT_EQ(text_of("loglevel", "WARNING"), "warning");
    EXPECT_EQ(error_of("loglevel", "loud"),
              "argument(s) must be one of the following: debug, verbose, notice, warning");
}

TEST(ConfigOptions, OfTwoNamesForOneValueTheFirstIsShown) {
    EXPECT_EQ(text_of("oom-score-adj", "relative"), "yes");
}

TEST(ConfigOptions, SeveralNamesAddUp) {
    Settings settings;
    store_value(*find_option("shutdown-on-sigint"), text_of("shutdown-on-sigint", "now save"), settings);
    EXPECT_EQ(settings.shutdown_on_sigint, kShutdownSave | kShutdownNow);
    EXPECT_EQ(text_of("shutdown-on-sigint", "default save"), "save");
    EXPECT_EQ(error_of("shutdown-on-sigint", "save nosave"),
              "shutdown options SAVE and NOSAVE can't be used simultaneously");
}

TEST(ConfigOptions, MoreWordsThanOneAreTooManyForMost) {
    const std::vector<std::string> words = {"1", "2"};
    EXPECT_EQ(read_value(*find_option("port"), words, {}).error, "wrong number of arguments");
    EXPECT_EQ(read_value(*find_option("port"), {}, {}).error, "wrong number of arguments");
}

// Options with a syntax of their own.

TEST(ConfigOptions, SavePointsOfSeveralLinesAddUp) {
    EXPECT_EQ(read("save", "900 1", "60 5").text, "60 5 900 1");
    EXPECT_EQ(read("save", "", "60 5").text, "");
    EXPECT_EQ(error_of("save", "900"), "Invalid save parameters");
    EXPECT_EQ(error_of("save", "0 1"), "Invalid save parameters");
    EXPECT_EQ(file_lines(*find_option("save"), ""), std::vector<std::string>{"save \"\""});
}

TEST(ConfigOptions, AnOutputLimitChangesOneClassOfClients) {
    const std::string earlier = default_text(*find_option("client-output-buffer-limit"));
    const std::string text = read("client-output-buffer-limit", "replica 1mb 2kb 3", earlier).text;
    EXPECT_EQ(text, "normal 0 0 0 slave 1048576 2048 3 pubsub 33554432 8388608 60");
    Settings settings;
    store_value(*find_option("client-output-buffer-limit"), text, settings);
    EXPECT_EQ(settings.output_limit_replica.soft_bytes, 2048);
    EXPECT_EQ(settings.output_limit_pubsub.hard_bytes, 32 << 20);
    EXPECT_EQ(error_of("client-output-buffer-limit", "master 1 2 3"),
              "Invalid client class specified in buffer limit configuration.");
}

TEST(ConfigOptions, KeyEventsAreShownInOneOrder) {
    Settings settings;
    store_value(*find_option("notify-keyspace-events"), text_of("notify-keyspace-events", "Kgxn$"), settings);
    EXPECT_EQ(settings.notify_keyspace_events, key_event::kKeyspace | key_event::kGeneric |
                                                   key_event::kExpired | key_event::kNew |
                                                   key_event::kString);
    EXPECT_EQ(text_of("notify-keyspace-events", "Kgxn$"), "g$xnK");
    EXPECT_EQ(text_of("notify-keyspace-events", "EKg$lshzxetd"), "AKE");
    EXPECT_EQ(text_of("notify-keyspace-events", "mKAnE"), "AnKEm");
    EXPECT_EQ(shown_value(*find_option("notify-keyspace-events"), "AnKEm", settings), "AKEm");
    EXPECT_EQ(error_of("notify-keyspace-events", "q"),
              "Invalid event class character. Use 'Ag$lshzxeKEtmdn'.");
}

TEST(ConfigOptions, PercentilesLieBetweenZeroAndAHundred) {
    EXPECT_EQ(text_of("latency-tracking-info-percentiles", "50.0 99.9 0.123456789"), "50 99.9 0.123457");
    EXPECT_EQ(error_of("latency-tracking-info-percentiles", "100.1"),
              "latency-tracking-info-percentiles parameters should sit between [0.0,100.0]");
}

TEST(ConfigOptions, ATitleTemplateKnowsItsVariables) {
    EXPECT_EQ(error_of("proc-title-template", "{title} {{x {port}"), "");
    const std::string invalid = "template format is invalid or contains unknown variables";
    EXPECT_EQ(error_of("proc-title-template", "{nothing}"), invalid);
    EXPECT_EQ(error_of("proc-title-template", "{title"), invalid);
    EXPECT_EQ(error_of("proc-title-template", ""), invalid);
}

TEST(ConfigOptions, ADirectoryMustExistAndBecomesAbsolute) {
    EXPECT_EQ(text_of("dir", "/tmp/../tmp/."), "/tmp");
    EXPECT_EQ(error_of("dir", "/no/such/place"), "No such file or directory");
    EXPECT_EQ(error_of("dir", "/etc/passwd"), "Not a directory");
}

}  // namespace
}  // namespace pongo

#include "engine/config_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace pongo {
namespace {

using Strings = std::vector<std::string>;

class ConfigFileTest : public testing::Test {
  protected:
    ConfigFileTest() {
        char name[] = "/tmp/pongo-config-XXXXXX";
        directory_ = mkdtemp(name);
    }
    ~ConfigFileTest() override { std::filesystem::remove_all(directory_); }

    std::string write(const std::string& name, const std::string& text) {
        const std::string path = directory_ + "/" + name;
        std::ofstream(path) << text;
        return path;
    }

    // Every directive as "name|word|word".
    Strings directives(const std::string& text) {
        Strings found;
        error_ = read_directives(text, directory_, [&](const Directive& directive) {
            std::string line = directive.name;
            for (const auto& word : directive.words) line += "|" + word;
            found.push_back(line);
            return directive.name == "wrong" ? std::optional<std::string>("no such thing") : std::nullopt;
        });
        return found;
    }

    std::string directory_;
    std::optional<std::string> error_;
};

TEST_F(ConfigFileTest, LinesAreNamesAndQuotedWords) {
    EXPECT_EQ(directives("PORT 1\n\n# comment\n  bind a 'b c' \"d\\n\"  \r\n\tlast"),
              (Strings{"port|1", "bind|a|b c|d\n", "last"}));
    EXPECT_EQ(error_, std::nullopt);
}

TEST_F(ConfigFileTest, AFaultNamesItsLineAndStopsTheReading) {
    EXPECT_EQ(directives("a 1\n\n   wrong  'x y'\nb 2"), (Strings{"a|1", "wrong|x y"}));
    EXPECT_EQ(error_,
              "\n*** FATAL CONFIG FILE ERROR (Redis 7.0.15) ***\n"
              "Reading the configuration file, at line 3\n>>> 'wrong  'x y''\nno such thing\n");
}

TEST_F(ConfigFileTest, UnbalancedQuotesAreAFault) {
    directives("a \"1");
    EXPECT_THAT(error_.value_or(""), testing::HasSubstr("Unbalanced quotes in configuration line"));
}

TEST_F(ConfigFileTest, AnIncludedFileIsReadInItsPlace) {
    write("inner.conf", "b 2\n");
    EXPECT_EQ(directives("a 1\ninclude inner.conf\nc 3"), (Strings{"a|1", "b|2", "c|3"}));
}

TEST_F(ConfigFileTest, AnIncludeMayBeAPattern) {
    write("1.conf", "a 1\n");
    write("2.conf", "b 2\n");
    EXPECT_EQ(directives("include *.conf"), (Strings{"a|1", "b|2"}));
    EXPECT_EQ(directives("include none*.conf"), Strings{});
    EXPECT_EQ(error_, std::nullopt);
}

TEST_F(ConfigFileTest, AMissingIncludeIsAFault) {
    directives("include none.conf");
    EXPECT_EQ(error_, "Fatal error, can't open config file 'none.conf': No such file or directory");
}

TEST_F(ConfigFileTest, AFileThatIncludesItselfIsAFault) {
    write("loop.conf", "include loop.conf\n");
    directives("include loop.conf");
    EXPECT_THAT(error_.value_or(""), testing::HasSubstr("include nested too deeply"));
}

TEST_F(ConfigFileTest, ADirectoryIsNoConfiguration) {
    EXPECT_TRUE(read_config_file(directory_, "here").error.has_value());
    EXPECT_FALSE(read_config_file(directory_, "here").missing);
    EXPECT_TRUE(read_config_file(directory_ + "/none", "none").missing);
}

TEST_F(ConfigFileTest, AnEmptyFileIsAnEmptyConfiguration) {
    const FileText file = read_config_file(write("empty.conf", ""), "empty.conf");
    EXPECT_EQ(file.error, std::nullopt);
    EXPECT_EQ(file.text, "");
}

TEST_F(ConfigFileTest, AReplacedFileKeepsItsModeAndLeavesNothingBehind) {
    const std::string path = write("a.conf", "old\n");
    chmod(path.c_str(), 0600);
    EXPECT_EQ(replace_file(path, "new\n"), std::nullopt);
    EXPECT_EQ(read_config_file(path, path).text, "new\n");
    struct stat status {};
    ASSERT_EQ(stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777, 0600u);
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory_), {}), 1);
}

TEST_F(ConfigFileTest, ASymbolicLinkStaysOne) {
    const std::string path = write("a.conf", "old\n");
    const std::string link = directory_ + "/link.conf";
    std::filesystem::create_symlink(path, link);
    EXPECT_EQ(replace_file(link, "new\n"), std::nullopt);
    EXPECT_TRUE(std::filesystem::is_symlink(link));
    EXPECT_EQ(read_config_file(path, path).text, "new\n");
}

TEST_F(ConfigFileTest, AFileThatCannotBeReplacedIsAnError) {
    EXPECT_EQ(replace_file(directory_ + "/none/a.conf", "x"), "No such file or directory");
}

// The command line.

TEST(CommandLineTest, TheFirstArgumentMayBeAFile) {
    const CommandLine line = read_command_line(Strings{"a.conf", "--port", "1"});
    EXPECT_EQ(line.file, "a.conf");
    EXPECT_EQ(line.options, "port \"1\" ");
}

TEST(CommandLineTest, ADashIsStandardInput) {
    EXPECT_TRUE(read_command_line(Strings{"-"}).standard_input);
    EXPECT_TRUE(read_command_line(Strings{"a.conf", "-", "--port", "1"}).standard_input);
    EXPECT_FALSE(read_command_line(Strings{"--requirepass", "-"}).standard_input);
}

TEST(CommandLineTest, EachOptionIsALineWithItsValues) {
    EXPECT_EQ(read_command_line(Strings{"--bind", "a", "b c", "--port", "1"}).options,
              "bind \"a\" \"b c\" \nport \"1\" ");
}

TEST(CommandLineTest, NameAndValueMayComeTogether) {
    EXPECT_EQ(read_command_line(Strings{"--port 1", "--hz", "2"}).options, "port 1 \nhz \"2\" ");
}

TEST(CommandLineTest, AValueMayLookLikeAnOption) {
    EXPECT_EQ(read_command_line(Strings{"--masterauth", "--secret", "--hz", "2"}).options,
              "masterauth \"--secret\" \nhz \"2\" ");
}

TEST(CommandLineTest, SaveAloneIsSaveNever) {
    EXPECT_EQ(read_command_line(Strings{"--save"}).options, "save \"\"");
    EXPECT_EQ(read_command_line(Strings{"--save", "--hz", "2"}).options, "save \"\"\nhz \"2\" ");
}

// Rewriting.

OptionLines wanted(std::string_view name, std::vector<OptionLines::Line> lines, std::string_view alias = {}) {
    return {.name = name, .alias = alias, .lines = std::move(lines)};
}

TEST(ConfigRewrite, ALineIsChangedInItsPlaceAndCommentsStay) {
    const OptionLines options[] = {wanted("hz", {{"hz 20", true}}), wanted("port", {{"port 1", false}})};
    EXPECT_EQ(rewritten_config("# top\nport 1\n# about hz\nhz 10\n", options),
              "# top\nport 1\n# about hz\nhz 20\n");
}

TEST(ConfigRewrite, AnOptionThatWasNotThereIsAppendedUnderTheMarkerIfItMust) {
    const OptionLines options[] = {wanted("hz", {{"hz 20", true}}), wanted("port", {{"port 1", false}})};
    const std::string once = rewritten_config("# top\n", options);
    EXPECT_EQ(once, "# top\n\n# Generated by CONFIG REWRITE\nhz 20\n");
    EXPECT_EQ(rewritten_config(once, options), once);
}

TEST(ConfigRewrite, AnOlderNameBecomesTheNewOne) {
    const OptionLines options[] = {
        wanted("replica-read-only", {{"replica-read-only no", true}}, "slave-read-only")};
    EXPECT_EQ(rewritten_config("slave-read-only yes\n", options), "replica-read-only no\n");
}

TEST(ConfigRewrite, RepeatedLinesOfAnOptionAreRemoved) {
    const OptionLines options[] = {wanted("hz", {{"hz 20", true}})};
    EXPECT_EQ(rewritten_config("hz 1\nhz 2\n# end\n", options), "hz 20\n\n# end\n");
}

TEST(ConfigRewrite, AnOptionWithoutLinesLosesItsLine) {
    const OptionLines options[] = {wanted("requirepass", {})};
    EXPECT_EQ(rewritten_config("requirepass x\n# end\n", options), "# end\n");
}

TEST(ConfigRewrite, DirectivesThatAreNoOptionsStay) {
    const std::string text = "include x.conf\nrename-command KEYS \"\"\nuser bob on\n";
    EXPECT_EQ(rewritten_config(text, {}), text);
}

TEST(ConfigRewrite, WhatNobodyUnderstandsBecomesAComment) {
    EXPECT_EQ(rewritten_config("nonsense 1\nopen \"quote\n", {}), "# ??? nonsense 1\n# ??? open \"quote\n");
}

}  // namespace
}  // namespace pongo

#include <gtest/gtest.h>

#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "commands/families.h"
#include "support/recording_sink.h"
#include "support/test_server.h"

namespace pongo {
namespace {

using Lines = std::vector<std::string>;

constexpr char kNull[] = "$-1\r\n";

class SetCommands : public testing::Test {
  protected:
    std::string run(const Lines& args) { return server_.run(args); }
    void given(const std::string& key, const Lines& members) {
        Lines args{"SADD", key};
        args.insert(args.end(), members.begin(), members.end());
        run(args);
        sink_.forget();
    }
    void given_words(const std::string& key, int count) {
        Lines members;
        for (int i = 0; i < count; ++i) members.push_back("word:" + std::to_string(i));
        given(key, members);
    }
    void expect_no_effect() {
        EXPECT_EQ(sink_.events(), Lines{});
        EXPECT_EQ(sink_.commands(), Lines{});
        EXPECT_EQ(sink_.touched(), Lines{});
    }
    static Lines words_of(const std::string& line) {
        std::istringstream in(line);
        Lines words;
        for (std::string word; in >> word;) words.push_back(word);
        return words;
    }

    TestServer server_{{set_commands(), key_commands(), string_commands(), config_commands()}};
    RecordingSink sink_{server_.engine().effects()};
};

TEST_F(SetCommands, SaddTellsOfWhatIsNew) {
    EXPECT_EQ(run({"SADD", "k", "a", "b", "a"}), ":2\r\n");
    EXPECT_EQ(sink_.events(), (Lines{"0 new k", "0 sadd k"}));
    EXPECT_EQ(sink_.commands(), Lines{"0 SADD k a b a"});
    EXPECT_EQ(sink_.touched(), Lines{"0 k"});
    EXPECT_EQ(run({"SADD", "k", "a"}), ":0\r\n");
    expect_no_effect();
}

TEST_F(SetCommands, SremOfTheLastMemberRemovesTheKey) {
    given("k", {"a", "b"});
    EXPECT_EQ(run({"SREM", "k", "x"}), ":0\r\n");
    expect_no_effect();
    EXPECT_EQ(run({"SREM", "k", "a", "b", "c"}), ":2\r\n");
    EXPECT_EQ(sink_.events(), (Lines{"0 srem k", "0 del k"}));
    EXPECT_EQ(sink_.commands(), Lines{"0 SREM k a b c"});
}

TEST_F(SetCommands, SmoveTellsOfBothKeys) {
    given("k", {"a", "b"});
    EXPECT_EQ(run({"SMOVE", "k", "l", "a"}), ":1\r\n");
    EXPECT_EQ(sink_.events(), (Lines{"0 srem k", "0 new l", "0 sadd l"}));
    EXPECT_EQ(sink_.commands(), Lines{"0 SMOVE k l a"});
    EXPECT_EQ(sink_.touched(), (Lines{"0 k", "0 l"}));
    EXPECT_EQ(run({"SMOVE", "k", "l", "b"}), ":1\r\n");
    EXPECT_EQ(sink_.events(), (Lines{"0 srem k", "0 del k", "0 sadd l"}));
    given("k", {"a"});
    EXPECT_EQ(run({"SMOVE", "k", "l", "a"}), ":1\r\n");
    EXPECT_EQ(sink_.events(), (Lines{"0 srem k", "0 del k"}));
    EXPECT_EQ(sink_.commands(), Lines{"0 SMOVE k l a"});
}

TEST_F(SetCommands, SmoveThatMovesNothingHasNoEffect) {
    given("k", {"a"});
    run({"SET", "s", "text"});
    sink_.forget();
    EXPECT_EQ(run({"SMOVE", "k", "k", "a"}), ":1\r\n");
    EXPECT_EQ(run({"SMOVE", "k", "k", "x"}), ":0\r\n");
    EXPECT_EQ(run({"SMOVE", "k", "l", "x"}), ":0\r\n");
    EXPECT_EQ(run({"SMOVE", "missing", "l", "a"}), ":0\r\n");
    EXPECT_EQ(run({"SMOVE", "k", "s", "a"}).substr(0, 10), "-WRONGTYPE");
    expect_no_effect();
}

TEST_F(SetCommands, SpopTellsWhichMemberWent) {
    given("k", {"7"});
    EXPECT_EQ(run({"SPOP", "k"}), bulk("7"));
    EXPECT_EQ(sink_.events(), (Lines{"0 spop k", "0 del k"}));
    EXPECT_EQ(sink_.commands(), Lines{"0 SREM k 7"});
    EXPECT_EQ(sink_.touched(), Lines{"0 k"});
    EXPECT_EQ(run({"SPOP", "k"}), kNull);
    expect_no_effect();
}

TEST_F(SetCommands, SpopOfEverythingIsADel) {
    given("k", {"a", "b"});
    run({"SPOP", "k", "5"});
    EXPECT_EQ(sink_.events(), (Lines{"0 spop k", "0 del k"}));
    EXPECT_EQ(sink_.commands(), Lines{"0 DEL k"});
}

TEST_F(SetCommands, SpopOfNothingHasNoEffect) {
    given("k", {"a", "b"});
    EXPECT_EQ(run({"SPOP", "k", "0"}), "*0\r\n");
    expect_no_effect();
}

// By every way to take members out.
TEST_F(SetCommands, SpopOfSeveralTellsWhichWent) {
    struct Case {
        int size;
        int popped;
    };
    for (const auto& [size, popped] : {Case{100, 40}, {100, 95}, {3000, 1500}, {3000, 2900}, {10, 3}}) {
        run({"DEL", "k", "copy"});
        given_words("k", size);
        run({"COPY", "k", "copy"});
        sink_.forget();
        run({"SPOP", "k", std::to_string(popped)});
        EXPECT_EQ(sink_.events(), Lines{"0 spop k"});
        std::size_t told = 0;
        for (const std::string& line : sink_.commands()) {
            Lines words = words_of(line);
            words.erase(words.begin());
            ASSERT_EQ(words[0], "SREM");
            words[1] = "copy";
            EXPECT_LE(words.size(), 1026U);
            told += words.size() - 2;
            run(words);
        }
        EXPECT_EQ(told, static_cast<std::size_t>(popped));
        EXPECT_EQ(run({"SCARD", "copy"}), run({"SCARD", "k"}));
        EXPECT_EQ(run({"SDIFF", "copy", "k"}), "*0\r\n");
        sink_.forget();
    }
}

TEST_F(SetCommands, AStoreTellsOfItsOwnEvent) {
    given("k", {"a", "b"});
    given("l", {"b", "c"});
    const struct {
        const char* command;
        const char* event;
    } stores[] = {
        {"SINTERSTORE", "sinterstore"}, {"SUNIONSTORE", "sunionstore"}, {"SDIFFSTORE", "sdiffstore"}};
    for (const auto& [command, event] : stores) {
        run({"DEL", "d"});
        sink_.forget();
        run({command, "d", "k", "l"});
        EXPECT_EQ(sink_.events(), (Lines{"0 new d", std::string("0 ") + event + " d"}));
        EXPECT_EQ(sink_.commands(), Lines{std::string("0 ") + command + " d k l"});
        EXPECT_EQ(sink_.touched(), Lines{"0 d"});
        run({command, "d", "k", "l"});
        EXPECT_EQ(sink_.events(), Lines{std::string("0 ") + event + " d"});
        sink_.forget();
    }
}

TEST_F(SetCommands, AnEmptyResultRemovesTheDestination) {
    for (const char* command : {"SINTERSTORE", "SUNIONSTORE", "SDIFFSTORE"}) {
        run({"SET", "d", "text"});
        sink_.forget();
        EXPECT_EQ(run({command, "d", "x", "y"}), ":0\r\n");
        EXPECT_EQ(sink_.events(), (Lines{"0 keymiss x", "0 keymiss y", "0 del d"}));
        EXPECT_EQ(sink_.commands(), Lines{std::string("0 ") + command + " d x y"});
        EXPECT_EQ(run({command, "d", "x"}), ":0\r\n");
        EXPECT_EQ(sink_.commands(), Lines{});
        sink_.forget();
    }
}

TEST_F(SetCommands, AStoreThatFailsHasNoEffect) {
    run({"SET", "s", "text"});
    run({"SET", "d", "text"});
    given("k", {"a"});
    for (const char* command : {"SINTERSTORE", "SUNIONSTORE", "SDIFFSTORE"}) {
        EXPECT_EQ(run({command, "d", "k", "s"}).substr(0, 10), "-WRONGTYPE");
        EXPECT_EQ(sink_.commands(), Lines{});
    }
    EXPECT_EQ(run({"GET", "d"}), bulk("text"));
}

TEST_F(SetCommands, ASmallSetIsScannedInOneCall) {
    given("k", {"a", "1"});
    EXPECT_EQ(run({"SSCAN", "k", "0", "COUNT", "1"}), "*2\r\n$1\r\n0\r\n*2\r\n$1\r\na\r\n$1\r\n1\r\n");
    EXPECT_EQ(run({"SSCAN", "k", "0", "MATCH", "1*"}), "*2\r\n$1\r\n0\r\n*1\r\n$1\r\n1\r\n");
}

}  // namespace
}  // namespace pongo

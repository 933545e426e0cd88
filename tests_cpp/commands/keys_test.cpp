#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/recording_sink.h"
#include "support/test_server.h"

namespace pongo {
namespace {

using Lines = std::vector<std::string>;

constexpr std::size_t kBigValue = std::size_t{80} << 20;  // Freed in the background where that is asked for.

class KeyCommands : public testing::Test {
  protected:
    // An idle time below ten seconds: the next one may begin at any moment.
    static bool is_recent(const std::string& reply) { return reply.size() == 4 && reply[0] == ':'; }
    std::string run(const std::vector<std::string>& args) { return server_.run(args); }
    void use_db(int db) { server_.session().db = db; }
    void set(const std::string& option, const std::string& value) {
        EXPECT_FALSE(server_.config().assign(option, value));
    }
    // Sets keys, and forgets that anybody heard of it.
    void given(const std::vector<std::string>& keys) {
        for (const std::string& key : keys) run({"SET", key, "value of " + key});
        sink_.forget();
    }
    std::uint64_t changes() { return server_.engine().total(&Counters::changes); }

    TestServer server_{{string_commands(), key_commands(), expiry_commands()}};
    RecordingSink sink_{server_.engine().effects()};
};

TEST_F(KeyCommands, DelRemovesKeysAndCountsThem) {
    given({"a", "b"});
    EXPECT_EQ(run({"DEL", "a", "missing", "b", "a"}), ":2\r\n");
    EXPECT_EQ(sink_.events(), (Lines{"0 del a", "0 del b"}));
    EXPECT_EQ(sink_.commands(), Lines{"0 DEL a missing b a"});
    EXPECT_EQ(sink_.touched(), (Lines{"0 a", "0 b"}));
    EXPECT_EQ(run({"DEL", "a"}), ":0\r\n");
    EXPECT_EQ(sink_.commands(), Lines{});
}

TEST_F(KeyCommands, DelFreesBigValuesInTheBackgroundOnlyWhereToldTo) {
    run({"SET", "k", std::string(kBigValue, 'v')});
    run({"DEL", "k"});
    EXPECT_EQ(server_.freed_in_background(), 0U);
    set("lazyfree-lazy-user-del", "yes");
    run({"SET", "k", std::string(kBigValue, 'v')});
    run({"DEL", "k"});
    EXPECT_EQ(server_.freed_in_background(), 1U);
}

TEST_F(KeyCommands, UnlinkFreesBigValuesInTheBackground) {
    given({"a"});
    run({"SET", "k", std::string(kBigValue, 'v')});
    sink_.forget();
    EXPECT_EQ(run({"UNLINK", "k", "a", "missing"}), ":2\r\n");
    EXPECT_EQ(server_.freed_in_background(), 1U);
    EXPECT_EQ(sink_.events(), (Lines{"0 del k", "0 del a"}));
    EXPECT_EQ(sink_.commands(), Lines{"0 UNLINK k a missing"});
}

TEST_F(KeyCommands, ExistsCountsAKeyAsOftenAsItIsNamed) {
    given({"a", "b"});
    EXPECT_EQ(run({"EXISTS", "a", "b", "a", "missing"}), ":3\r\n");
    EXPECT_EQ(sink_.commands(), Lines{});
}

TEST_F(KeyCommands, TypeTellsWhatAKeyHolds) {
    given({"a"});
    EXPECT_EQ(run({"TYPE", "a"}), "+string\r\n");
    EXPECT_EQ(run({"TYPE", "missing"}), "+none\r\n");
}

TEST_F(KeyCommands, OnlyTouchCountsAsAUse) {
    given({"k"});
    const auto access_of_k = [&] {
        Keyspace& keyspace = server_.engine().keyspace();
        const KeyLocation at = keyspace.locate("k");
        return keyspace.database(0, at).find(at)->access();
    };
    const auto make_old = [&] {
        Keyspace& keyspace = server_.engine().keyspace();
        const KeyLocation at = keyspace.locate("k");
        keyspace.database(0, at).find(at)->set_access(5);
    };
    make_old();
    const std::vector<std::vector<std::string>> looks = {
        {"EXISTS", "k"}, {"TYPE", "k"}, {"TTL", "k"}, {"PEXPIRETIME", "k"}, {"OBJECT", "IDLETIME", "k"},
        {"SCAN", "0"},   {"KEYS", "*"}, {"RANDOMKEY"}};
    for (const auto& look : looks) {
        run(look);
        EXPECT_EQ(access_of_k(), 5U) << look[0];
    }
    EXPECT_EQ(run({"TOUCH", "k", "missing", "k"}), ":2\r\n");
    EXPECT_GT(access_of_k(), 5U);
    EXPECT_TRUE(is_recent(run({"OBJECT", "IDLETIME", "k"})));
    make_old();
    server_.session().no_touch = true;
    run({"GET", "k"});
    EXPECT_EQ(access_of_k(), 5U);
    run({"TOUCH", "k"});
    EXPECT_GT(access_of_k(), 5U);
}

TEST_F(KeyCommands, RenameCarriesValueAndExpiryOver) {
    for (const std::string& value : {std::string("v"), std::string("42"), std::string(10'000, 'v')}) {
        run({"SET", "a", value, "PXAT", "33177117420000"});
        run({"SET", "b", "old"});
        sink_.forget();
        const std::uint64_t before = changes();
        EXPECT_EQ(run({"RENAME", "a", "b"}), "+OK\r\n");
        EXPECT_EQ(changes() - before, 1U);
        EXPECT_EQ(run({"GET", "b"}), "$" + std::to_string(value.size()) + "\r\n" + value + "\r\n");
        EXPECT_EQ(run({"PEXPIRETIME", "b"}), ":33177117420000\r\n");
        EXPECT_EQ(sink_.events(), (Lines{"0 new b", "0 rename_from a", "0 rename_to b"}));
        EXPECT_EQ(sink_.commands(), Lines{"0 RENAME a b"});
        EXPECT_EQ(sink_.touched(), (Lines{"0 a", "0 b"}));
        EXPECT_EQ(run({"EXISTS", "a"}), ":0\r\n");
    }
}

TEST_F(KeyCommands, RenameTakesTheExpiryOfWhatItReplacesAway) {
    run({"SET", "a", "v"});
    run({"SET", "b", "old", "EX", "100"});
    run({"RENAME", "a", "b"});
    EXPECT_EQ(run({"TTL", "b"}), ":-1\r\n");
}

TEST_F(KeyCommands, RenameToTheSameNameChangesNothing) {
    given({"a"});
    EXPECT_EQ(run({"RENAME", "a", "a"}), "+OK\r\n");
    EXPECT_EQ(run({"RENAMENX", "a", "a"}), ":0\r\n");
    EXPECT_EQ(sink_.commands(), Lines{});
    EXPECT_EQ(run({"RENAME", "missing", "missing"}), "-ERR no such key\r\n");
    EXPECT_EQ(run({"RENAMENX", "missing", "a"}), "-ERR no such key\r\n");
}

TEST_F(KeyCommands, RenamenxLeavesATakenNameAlone) {
    given({"a", "b"});
    EXPECT_EQ(run({"RENAMENX", "a", "b"}), ":0\r\n");
    EXPECT_EQ(sink_.commands(), Lines{});
    EXPECT_EQ(run({"RENAMENX", "a", "c"}), ":1\r\n");
    EXPECT_EQ(sink_.commands(), Lines{"0 RENAMENX a c"});
    EXPECT_EQ(run({"GET", "c"}), "$10\r\nvalue of a\r\n");
}

TEST_F(KeyCommands, CopyLeavesTheOriginalAndDoesNotShareItsChanges) {
    const std::string big(10'000, 'v');
    run({"SET", "a", big, "PXAT", "33177117420000"});
    sink_.forget();
    EXPECT_EQ(run({"COPY", "a", "b"}), ":1\r\n");
    EXPECT_EQ(sink_.events(), (Lines{"0 new b", "0 copy_to b"}));
    EXPECT_EQ(sink_.commands(), Lines{"0 COPY a b"});
    EXPECT_EQ(run({"PEXPIRETIME", "b"}), ":33177117420000\r\n");
    run({"SETRANGE", "a", "0", "changed"});
    EXPECT_EQ(run({"GET", "b"}), "$10000\r\n" + big + "\r\n");
}

TEST_F(KeyCommands, CopyReplacesOnlyWhenAskedTo) {
    run({"SET", "a", "new"});
    run({"SET", "b", "old", "EX", "100"});
    EXPECT_EQ(run({"COPY", "a", "b"}), ":0\r\n");
    EXPECT_EQ(run({"COPY", "missing", "b", "REPLACE"}), ":0\r\n");
    EXPECT_EQ(run({"COPY", "a", "b", "replace"}), ":1\r\n");
    EXPECT_EQ(run({"GET", "b"}), "$3\r\nnew\r\n");
    EXPECT_EQ(run({"TTL", "b"}), ":-1\r\n");
}

TEST_F(KeyCommands, CopyToAnotherDatabaseMayKeepTheName) {
    given({"a"});
    EXPECT_EQ(run({"COPY", "a", "a"}), "-ERR source and destination objects are the same\r\n");
    EXPECT_EQ(run({"COPY", "a", "a", "DB", "3"}), ":1\r\n");
    EXPECT_EQ(sink_.events(), (Lines{"3 new a", "3 copy_to a"}));
    use_db(3);
    EXPECT_EQ(run({"GET", "a"}), "$10\r\nvalue of a\r\n");
}

TEST_F(KeyCommands, CopyRefusesWhatItDoesNotUnderstand) {
    EXPECT_EQ(run({"COPY", "a", "b", "DB"}), "-ERR syntax error\r\n");
    EXPECT_EQ(run({"COPY", "a", "b", "DB", "16"}), "-ERR DB index is out of range\r\n");
    EXPECT_EQ(run({"COPY", "a", "b", "DB", "-1"}), "-ERR DB index is out of range\r\n");
    EXPECT_EQ(run({"COPY", "a", "b", "DB", "x"}), "-ERR value is not an integer or out of range\r\n");
    EXPECT_EQ(run({"COPY", "a", "b", "REPLACE", "REPLACE", "x"}), "-ERR syntax error\r\n");
}

TEST_F(KeyCommands, MoveTakesAKeyToAnotherDatabase) {
    run({"SET", "a", "v", "PXAT", "33177117420000"});
    sink_.forget();
    EXPECT_EQ(run({"MOVE", "a", "2"}), ":1\r\n");
    EXPECT_EQ(sink_.events(), (Lines{"2 new a", "0 move_from a", "2 move_to a"}));
    EXPECT_EQ(sink_.commands(), Lines{"0 MOVE a 2"});
    EXPECT_EQ(run({"EXISTS", "a"}), ":0\r\n");
    EXPECT_EQ(run({"MOVE", "a", "2"}), ":0\r\n");
    use_db(2);
    EXPECT_EQ(run({"PEXPIRETIME", "a"}), ":33177117420000\r\n");
}

TEST_F(KeyCommands, MoveDoesNotReplace) {
    given({"a"});
    use_db(2);
    given({"a"});
    EXPECT_EQ(run({"MOVE", "a", "0"}), ":0\r\n");
    EXPECT_EQ(run({"EXISTS", "a"}), ":1\r\n");
    EXPECT_EQ(run({"MOVE", "a", "2"}), "-ERR source and destination objects are the same\r\n");
    EXPECT_EQ(run({"MOVE", "a", "99"}), "-ERR DB index is out of range\r\n");
}

TEST_F(KeyCommands, ObjectTellsEncodings) {
    run({"SET", "int", "123"});
    run({"SET", "short", std::string(44, 'v')});
    run({"SET", "long", std::string(45, 'v')});
    EXPECT_EQ(run({"OBJECT", "ENCODING", "int"}), "$3\r\nint\r\n");
    EXPECT_EQ(run({"object", "encoding", "short"}), "$6\r\nembstr\r\n");
    EXPECT_EQ(run({"OBJECT", "ENCODING", "long"}), "$3\r\nraw\r\n");
    EXPECT_EQ(run({"OBJECT", "ENCODING", "missing"}), "$-1\r\n");
}

TEST_F(KeyCommands, ObjectRefcountCallsSmallIntegersShared) {
    run({"SET", "small", "9999"});
    run({"SET", "large", "10000"});
    EXPECT_EQ(run({"OBJECT", "REFCOUNT", "small"}), ":2147483647\r\n");
    EXPECT_EQ(run({"OBJECT", "REFCOUNT", "large"}), ":1\r\n");
    set("maxmemory", "1gb");
    set("maxmemory-policy", "allkeys-lru");
    EXPECT_EQ(run({"OBJECT", "REFCOUNT", "small"}), ":1\r\n");
    EXPECT_EQ(run({"OBJECT", "REFCOUNT", "missing"}), "$-1\r\n");
}

TEST_F(KeyCommands, ObjectFreqAndIdletimeDependOnThePolicy) {
    const std::string no_frequency = "-ERR An LFU maxmemory policy is not selected, access frequency not";
    const std::string no_idle_time = "-ERR An LFU maxmemory policy is selected, idle time not tracked.";
    given({"a"});
    EXPECT_TRUE(is_recent(run({"OBJECT", "IDLETIME", "a"})));
    EXPECT_TRUE(run({"OBJECT", "FREQ", "a"}).starts_with(no_frequency));
    EXPECT_EQ(run({"OBJECT", "FREQ", "missing"}), "$-1\r\n");
    set("maxmemory-policy", "allkeys-lfu");
    run({"SET", "b", "v"});
    EXPECT_EQ(run({"OBJECT", "FREQ", "b"}), ":5\r\n");
    EXPECT_TRUE(run({"OBJECT", "IDLETIME", "b"}).starts_with(no_idle_time));
}

TEST_F(KeyCommands, ObjectHelpNamesEverySubcommandAndItselfLast) {
    const std::string help = run({"OBJECT", "HELP"});
    EXPECT_EQ(help.substr(0, help.find('\r')), "*11");
    EXPECT_NE(help.find("+OBJECT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:\r\n"), help.npos);
    std::size_t at = 0;
    for (const char* name :
         {"\r\n+ENCODING", "\r\n+FREQ", "\r\n+IDLETIME", "\r\n+REFCOUNT", "\r\n+HELP\r\n+    "}) {
        at = help.find(name, at);
        EXPECT_NE(at, help.npos) << name;
    }
    EXPECT_EQ(run({"OBJECT", "FOO"}), "-ERR unknown subcommand 'FOO'. Try OBJECT HELP.\r\n");
}

TEST_F(KeyCommands, SubcommandsInOnePipelineAreNotTakenForEachOther) {
    given({"a"});
    std::vector<Request> requests(4);
    requests[0].args = {"OBJECT", "ENCODING", "a"};
    requests[1].args = {"OBJECT", "REFCOUNT", "a"};
    requests[2].args = {"OBJECT"};
    requests[3].args = {"OBJECT", "ENCODING", "a"};
    ReplyBuffer replies;
    server_.executor().run(server_.session(), requests, replies);
    EXPECT_EQ(replies.to_string(),
              "$6\r\nembstr\r\n:1\r\n-ERR wrong number of arguments for 'object' command\r\n"
              "$6\r\nembstr\r\n");
}

TEST_F(KeyCommands, ExpiredKeysAreNotThereForAnyCommand) {
    const std::vector<std::vector<std::string>> commands = {
        {"DEL", "k"},           {"UNLINK", "k"},    {"EXISTS", "k"},           {"TOUCH", "k"},
        {"COPY", "k", "other"}, {"MOVE", "k", "1"}, {"RENAMENX", "other", "k"}};
    for (const auto& command : commands) {
        use_db(0);
        run({"SET", "k", "v"});
        run({"SET", "other", "v"});
        Keyspace& keyspace = server_.engine().keyspace();
        const KeyLocation at = keyspace.locate("k");
        Database& database = keyspace.database(0, at);
        database.set_expiry(at, database.find(at), 1);
        sink_.forget();
        EXPECT_EQ(run(command), command[0] == "RENAMENX" ? ":1\r\n" : ":0\r\n") << command[0];
        EXPECT_EQ(sink_.events().front(), "0 expired k") << command[0];
        EXPECT_EQ(sink_.commands().front(), "0 DEL k") << command[0];
    }
}

}  // namespace
}  // namespace pongo

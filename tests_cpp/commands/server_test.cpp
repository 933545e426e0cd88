#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/clock.h"
#include "support/recording_sink.h"
#include "support/test_server.h"

namespace pongo {
namespace {

using Lines = std::vector<std::string>;

constexpr const char* kSyntax = "-ERR syntax error\r\n";

class ServerCommands : public testing::Test {
  protected:
    std::string run(const std::vector<std::string>& args) { return server_.run(args); }
    std::uint64_t changes() { return server_.engine().total(&Counters::changes); }

    TestServer server_{{server_commands(), string_commands(), connection_commands()}};
    RecordingSink sink_{server_.engine().effects()};
};

TEST_F(ServerCommands, DbsizeCountsTheKeysOfTheSelectedDatabase) {
    run({"MSET", "a", "1", "b", "2"});
    EXPECT_EQ(run({"DBSIZE"}), ":2\r\n");
    run({"SELECT", "1"});
    EXPECT_EQ(run({"DBSIZE"}), ":0\r\n");
}

TEST_F(ServerCommands, FlushdbEmptiesOneDatabaseAndTellsCopies) {
    run({"SET", "a", "1"});
    run({"SELECT", "1"});
    run({"SET", "b", "1"});
    sink_.forget();
    const std::uint64_t before = changes();
    EXPECT_EQ(run({"FLUSHDB"}), "+OK\r\n");
    EXPECT_EQ(changes(), before + 1);
    EXPECT_EQ(sink_.commands(), Lines{"1 FLUSHDB"});
    EXPECT_EQ(run({"DBSIZE"}), ":0\r\n");
    run({"SELECT", "0"});
    EXPECT_EQ(run({"DBSIZE"}), ":1\r\n");
}

TEST_F(ServerCommands, FlushallEmptiesAllDatabasesAndTellsCopiesEvenOfNothing) {
    run({"SET", "a", "1"});
    run({"SELECT", "9"});
    run({"SET", "b", "1"});
    EXPECT_EQ(run({"FLUSHALL", "async"}), "+OK\r\n");
    EXPECT_EQ(run({"DBSIZE"}), ":0\r\n");
    sink_.forget();
    EXPECT_EQ(run({"FLUSHALL", "SYNC"}), "+OK\r\n");
    EXPECT_EQ(sink_.commands(), Lines{"9 FLUSHALL SYNC"});
}

TEST_F(ServerCommands, FlushesFreeInTheBackgroundWhereToldTo) {
    run({"SET", "a", "1"});
    run({"FLUSHALL"});
    EXPECT_EQ(server_.freed_in_background(), 0u);
    run({"SET", "a", "1"});
    run({"FLUSHALL", "ASYNC"});
    EXPECT_EQ(server_.freed_in_background(), 1u);
    EXPECT_FALSE(server_.config().assign("lazyfree-lazy-user-flush", "yes"));
    run({"SET", "a", "1"});
    run({"FLUSHDB"});
    EXPECT_EQ(server_.freed_in_background(), 2u);
    run({"SET", "a", "1"});
    run({"FLUSHDB", "SYNC"});
    EXPECT_EQ(server_.freed_in_background(), 2u);
}

TEST_F(ServerCommands, FlushesRefuseOtherWords) {
    run({"SET", "a", "1"});
    EXPECT_EQ(run({"FLUSHALL", "NOW"}), kSyntax);
    EXPECT_EQ(run({"FLUSHDB", "SYNC", "ASYNC"}), kSyntax);
    EXPECT_EQ(run({"DBSIZE"}), ":1\r\n");
}

TEST_F(ServerCommands, SwapdbExchangesTwoDatabases) {
    run({"SET", "a", "1"});
    sink_.forget();
    EXPECT_EQ(run({"SWAPDB", "0", "1"}), "+OK\r\n");
    EXPECT_EQ(sink_.commands(), Lines{"0 SWAPDB 0 1"});
    EXPECT_EQ(run({"DBSIZE"}), ":0\r\n");
    run({"SELECT", "1"});
    EXPECT_EQ(run({"DBSIZE"}), ":1\r\n");
}

TEST_F(ServerCommands, SwapdbRefusesDatabasesThatAreNotThere) {
    EXPECT_EQ(run({"SWAPDB", "x", "1"}), "-ERR invalid first DB index\r\n");
    EXPECT_EQ(run({"SWAPDB", "1", "x"}), "-ERR invalid second DB index\r\n");
    EXPECT_EQ(run({"SWAPDB", "16", "1"}), "-ERR DB index is out of range\r\n");
    EXPECT_EQ(run({"SWAPDB", "1", "-1"}), "-ERR DB index is out of range\r\n");
}

TEST_F(ServerCommands, TimeIsSecondsAndMicroseconds) {
    const std::int64_t before_us = unix_us();
    const std::string reply = run({"TIME"});
    const std::int64_t after_us = unix_us();
    long long seconds = 0;
    long long microseconds = 0;
    ASSERT_EQ(std::sscanf(reply.c_str(), "*2\r\n$%*d\r\n%lld\r\n$%*d\r\n%lld\r\n", &seconds, &microseconds),
              2);
    EXPECT_GE(seconds * 1'000'000 + microseconds, before_us);
    EXPECT_LE(seconds * 1'000'000 + microseconds, after_us);
}

class Shutdown : public ServerCommands {
  protected:
    Shutdown() {
        server_.engine().on_shutdown = [this] { asked_ = true; };
    }

    bool asked_ = false;
};

TEST_F(Shutdown, AsksTheServerAndAnswersNothing) {
    EXPECT_EQ(run({"SHUTDOWN"}), "");
    EXPECT_TRUE(asked_);
    EXPECT_TRUE(server_.session().closing);
}

TEST_F(Shutdown, KnowsItsOptions) {
    run({"SHUTDOWN", "nosave", "NOW", "force"});
    EXPECT_TRUE(asked_);
}

TEST_F(Shutdown, RefusesOptionsThatContradict) {
    EXPECT_EQ(run({"SHUTDOWN", "SAVE", "NOSAVE"}), kSyntax);
    EXPECT_EQ(run({"SHUTDOWN", "ABORT", "NOW"}), kSyntax);
    EXPECT_EQ(run({"SHUTDOWN", "LATER"}), kSyntax);
    EXPECT_EQ(run({"SHUTDOWN", "ABORT"}), "-ERR No shutdown in progress.\r\n");
    EXPECT_FALSE(asked_);
}

TEST_F(ServerCommands, LolwutDrawsAndEndsWithTheVersion) {
    const std::string art = run({"LOLWUT", "VERSION", "5", "3", "2"});
    const std::string ending = "Redis ver. 7.0.15\n\r\n";
    ASSERT_GT(art.size(), ending.size());
    EXPECT_EQ(art.substr(art.size() - ending.size()), ending);
    EXPECT_EQ(run({"LOLWUT", "VERSION", "x"}), "-ERR value is not an integer or out of range\r\n");
    EXPECT_EQ(run({"LOLWUT", "VERSION", "6", "x"}), "-ERR value is not an integer or out of range\r\n");
}

}  // namespace
}  // namespace pongo

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/test_server.h"

namespace pongo {
namespace {

class ConfigCommandTest : public testing::Test {
  protected:
    std::string run(const std::vector<std::string>& args) { return server_.run(args); }

    TestServer server_{{config_commands()}};
};

TEST_F(ConfigCommandTest, GetAnswersNamesAndValuesInOneList) {
    EXPECT_EQ(run({"CONFIG", "GET", "hz", "timeou?"}),
              "*4\r\n$2\r\nhz\r\n$2\r\n10\r\n$7\r\ntimeout\r\n$1\r\n0\r\n");
}

TEST_F(ConfigCommandTest, GetAnswersAMapInResp3) {
    server_.session().protocol = Protocol::Resp3;
    EXPECT_EQ(run({"CONFIG", "GET", "hz"}), "%1\r\n$2\r\nhz\r\n$2\r\n10\r\n");
}

TEST_F(ConfigCommandTest, SetChangesAllOrNothing) {
    EXPECT_EQ(run({"CONFIG", "SET", "hz", "20", "timeout", "5"}), "+OK\r\n");
    EXPECT_EQ(server_.config().settings().timeout_s, 5);
    EXPECT_EQ(run({"CONFIG", "SET", "hz", "30", "timeout", "x"}),
              "-ERR CONFIG SET failed (possibly related to argument 'timeout') - "
              "argument couldn't be parsed into an integer\r\n");
    EXPECT_EQ(server_.config().settings().hz, 20);
}

TEST_F(ConfigCommandTest, SetOfANameWithoutValueIsASyntaxError) {
    EXPECT_EQ(run({"CONFIG", "SET", "hz", "20", "timeout"}), "-ERR syntax error\r\n");
    EXPECT_EQ(run({"CONFIG", "SET", "hz"}), "-ERR wrong number of arguments for 'config|set' command\r\n");
}

TEST_F(ConfigCommandTest, APasswordDoesNotShowInTheSlowLog) {
    EXPECT_EQ(run({"CONFIG", "SET", "slowlog-log-slower-than", "0"}), "+OK\r\n");
    EXPECT_EQ(run({"CONFIG", "SET", "requirepass", "secret"}), "+OK\r\n");
    const auto records = server_.engine().slow_log().latest(1);
    ASSERT_EQ(records.size(), 1u);
    EXPECT_THAT(records[0].args, testing::ElementsAre("CONFIG", "SET", "requirepass", "(redacted)"));
    EXPECT_EQ(server_.config().settings().requirepass.get(), "secret");
}

TEST_F(ConfigCommandTest, ProtectedOptionsAskWhereTheClientIs) {
    server_.config().assign("enable-protected-configs", "local");
    EXPECT_EQ(run({"CONFIG", "SET", "dbfilename", "x"}), "+OK\r\n");
    server_.session().from_loopback = false;
    EXPECT_THAT(run({"CONFIG", "SET", "dbfilename", "y"}), testing::HasSubstr("can't set protected config"));
    server_.session().over_unix_socket = true;
    EXPECT_EQ(run({"CONFIG", "SET", "dbfilename", "y"}), "+OK\r\n");
}

TEST_F(ConfigCommandTest, RewriteWithoutAFileIsRefused) {
    EXPECT_EQ(run({"CONFIG", "REWRITE"}), "-ERR The server is running without a config file\r\n");
}

TEST_F(ConfigCommandTest, ResetstatStartsTheCountersAgain) {
    for (int i = 0; i < 5; ++i) run({"CONFIG", "GET", "hz"});
    ASSERT_EQ(server_.engine().total(&Counters::commands), 5u);
    EXPECT_EQ(run({"CONFIG", "RESETSTAT"}), "+OK\r\n");
    EXPECT_LE(server_.engine().total(&Counters::commands), 1u);
}

}  // namespace
}  // namespace pongo

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/test_server.h"

namespace pongo {
namespace {

class SlowlogCommands : public testing::Test {
  protected:
    SlowlogCommands() { EXPECT_FALSE(server_.config().assign("slowlog-log-slower-than", "-1")); }
    std::string run(const std::vector<std::string>& args) { return server_.run(args); }
    void add(std::int64_t unix_s, std::int64_t duration_us, const std::vector<std::string_view>& args) {
        server_.engine().slow_log().add(unix_s, duration_us, args, "1.2.3.4:5", "bob", 128);
    }

    TestServer server_{{slowlog_commands()}};
};

TEST_F(SlowlogCommands, GetTellsTheLatestFirst) {
    add(100, 5, {"GET", "a"});
    add(200, 7, {"PING"});
    EXPECT_EQ(run({"SLOWLOG", "GET"}),
              "*2\r\n*6\r\n:1\r\n:200\r\n:7\r\n*1\r\n$4\r\nPING\r\n$9\r\n1.2.3.4:5\r\n$3\r\nbob\r\n"
              "*6\r\n:0\r\n:100\r\n:5\r\n*2\r\n$3\r\nGET\r\n$1\r\na\r\n$9\r\n1.2.3.4:5\r\n$3\r\nbob\r\n");
}

TEST_F(SlowlogCommands, GetTellsTenUnlessAskedForMore) {
    for (int i = 0; i < 12; ++i) add(i, 1, {"PING"});
    EXPECT_EQ(run({"SLOWLOG", "GET"}).substr(0, 5), "*10\r\n");
    EXPECT_EQ(run({"SLOWLOG", "GET", "11"}).substr(0, 5), "*11\r\n");
    EXPECT_EQ(run({"SLOWLOG", "GET", "-1"}).substr(0, 5), "*12\r\n");
    EXPECT_EQ(run({"SLOWLOG", "GET", "0"}), "*0\r\n");
}

TEST_F(SlowlogCommands, GetRefusesOtherCounts) {
    for (const char* count : {"-2", "x", ""}) {
        EXPECT_EQ(run({"SLOWLOG", "GET", count}), "-ERR count should be greater than or equal to -1\r\n");
    }
    EXPECT_EQ(run({"SLOWLOG", "GET", "1", "2"}),
              "-ERR unknown subcommand or wrong number of arguments for 'GET'. Try SLOWLOG HELP.\r\n");
}

TEST_F(SlowlogCommands, ResetEmptiesIt) {
    add(1, 1, {"PING"});
    EXPECT_EQ(run({"SLOWLOG", "LEN"}), ":1\r\n");
    EXPECT_EQ(run({"SLOWLOG", "RESET"}), "+OK\r\n");
    EXPECT_EQ(run({"SLOWLOG", "LEN"}), ":0\r\n");
}

}  // namespace
}  // namespace pongo

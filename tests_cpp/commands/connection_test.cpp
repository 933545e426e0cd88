#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/test_server.h"

namespace pongo {
namespace {

constexpr const char* kWrongPass = "-WRONGPASS invalid username-password pair or user is disabled.\r\n";
constexpr const char* kNoAuth = "-NOAUTH Authentication required.\r\n";

class ConnectionCommands : public testing::Test {
  protected:
    std::string run(const std::vector<std::string>& args) { return server_.run(args); }
    void require_password(const std::string& password) {
        EXPECT_FALSE(server_.config().assign("requirepass", password));
        server_.session().authenticated = false;
    }

    TestServer server_{{connection_commands(), client_commands(), slowlog_commands()}};
};

TEST_F(ConnectionCommands, PingAnswersPongOrItsArgument) {
    EXPECT_EQ(run({"PING"}), "+PONG\r\n");
    EXPECT_EQ(run({"ping", "a b"}), "$3\r\na b\r\n");
    EXPECT_EQ(run({"PING", "a", "b"}), "-ERR wrong number of arguments for 'ping' command\r\n");
    EXPECT_EQ(run({"ECHO", ""}), "$0\r\n\r\n");
}

TEST_F(ConnectionCommands, QuitAnswersAndCloses) {
    EXPECT_EQ(run({"QUIT", "now"}), "+OK\r\n");
    EXPECT_TRUE(server_.session().closing);
}

TEST_F(ConnectionCommands, SelectTakesOnlyDatabasesThatExist) {
    EXPECT_EQ(run({"SELECT", "15"}), "+OK\r\n");
    EXPECT_EQ(server_.session().db, 15);
    EXPECT_EQ(run({"SELECT", "16"}), "-ERR DB index is out of range\r\n");
    EXPECT_EQ(run({"SELECT", "-1"}), "-ERR DB index is out of range\r\n");
    EXPECT_EQ(run({"SELECT", "x"}), "-ERR value is not an integer or out of range\r\n");
    EXPECT_EQ(run({"SELECT", "2147483648"}),
              "-ERR value is out of range, value must between -2147483648 and 2147483647\r\n");
    EXPECT_EQ(server_.session().db, 15);
}

TEST_F(ConnectionCommands, AuthWithoutAPasswordSetIsRefusedUnlessTheUserIsNamed) {
    EXPECT_EQ(
        run({"AUTH", "x"}),
        "-ERR AUTH <password> called without any password configured for the default user. Are you sure "
        "your configuration is correct?\r\n");
    EXPECT_EQ(run({"AUTH", "default", "anything"}), "+OK\r\n");
    EXPECT_EQ(run({"AUTH", "nobody", "x"}), kWrongPass);
    EXPECT_EQ(run({"AUTH", "a", "b", "c"}), "-ERR syntax error\r\n");
}

TEST_F(ConnectionCommands, APasswordIsAskedForBeforeAnythingElse) {
    require_password("secret");
    EXPECT_EQ(run({"PING"}), kNoAuth);
    for (const char* wrong : {"", "secre", "secret!", "SECRET", "secretsecret"}) {
        EXPECT_EQ(run({"AUTH", wrong}), kWrongPass) << wrong;
    }
    EXPECT_EQ(run({"AUTH", "nobody", "secret"}), kWrongPass);
    EXPECT_EQ(run({"PING"}), kNoAuth);
    EXPECT_EQ(run({"AUTH", "secret"}), "+OK\r\n");
    EXPECT_EQ(run({"PING"}), "+PONG\r\n");
}

TEST_F(ConnectionCommands, AFailedAuthLeavesTheConnectionAsItWas) {
    require_password("secret");
    run({"AUTH", "default", "secret"});
    EXPECT_EQ(run({"AUTH", "wrong"}), kWrongPass);
    EXPECT_EQ(run({"PING"}), "+PONG\r\n");
}

TEST_F(ConnectionCommands, ARemovedPasswordIsNotAskedForAnyMore) {
    require_password("secret");
    EXPECT_FALSE(server_.config().assign("requirepass", ""));
    EXPECT_EQ(run({"PING"}), "+PONG\r\n");
}

TEST_F(ConnectionCommands, PasswordsStayOutOfTheSlowLog) {
    EXPECT_FALSE(server_.config().assign("slowlog-log-slower-than", "0"));
    run({"AUTH", "hidden1"});
    run({"AUTH", "hidden2", "hidden3"});
    run({"HELLO", "2", "AUTH", "hidden4", "hidden5"});
    const std::string log = run({"SLOWLOG", "GET"});
    EXPECT_EQ(log.find("hidden"), std::string::npos) << log;
    EXPECT_NE(log.find("(redacted)"), std::string::npos) << log;
}

TEST_F(ConnectionCommands, HelloTellsOfTheServerInTheProtocolThatItChooses) {
    const std::string id = std::to_string(server_.session().id);
    EXPECT_EQ(
        run({"HELLO"}),
        "*14\r\n$6\r\nserver\r\n$5\r\nredis\r\n$7\r\nversion\r\n$6\r\n7.0.15\r\n$5\r\nproto\r\n:2\r\n$"
        "2\r\nid\r\n:" +
            id +
            "\r\n$4\r\nmode\r\n$10\r\nstandalone\r\n$4\r\nrole\r\n$6\r\nmaster\r\n$7\r\nmodules\r\n*0\r\n");
    const std::string in_resp3 = run({"HELLO", "3"});
    EXPECT_EQ(in_resp3.substr(0, 4), "%7\r\n");
    EXPECT_NE(in_resp3.find("$5\r\nproto\r\n:3\r\n"), std::string::npos);
    EXPECT_EQ(run({"CLIENT", "GETNAME"}), "_\r\n");
}

TEST_F(ConnectionCommands, HelloRefusesWhatItDoesNotKnow) {
    EXPECT_EQ(run({"HELLO", "4"}), "-NOPROTO unsupported protocol version\r\n");
    EXPECT_EQ(run({"HELLO", "x"}), "-ERR Protocol version is not an integer or out of range\r\n");
    EXPECT_EQ(run({"HELLO", "3", "AUTH", "default"}), "-ERR Syntax error in HELLO option 'AUTH'\r\n");
    EXPECT_EQ(run({"HELLO", "3", "SETNAME"}), "-ERR Syntax error in HELLO option 'SETNAME'\r\n");
    EXPECT_EQ(server_.session().protocol, Protocol::Resp2);
}

TEST_F(ConnectionCommands, HelloAuthenticatesAndNames) {
    require_password("secret");
    EXPECT_EQ(run({"HELLO", "3"}).substr(0, 29), "-NOAUTH HELLO must be called ");
    EXPECT_EQ(run({"HELLO", "3", "AUTH", "default", "wrong", "SETNAME", "bob"}), kWrongPass);
    EXPECT_EQ(server_.session().protocol, Protocol::Resp2);
    EXPECT_EQ(run({"HELLO", "3", "AUTH", "default", "secret", "SETNAME", "bob"}).substr(0, 4), "%7\r\n");
    EXPECT_EQ(run({"CLIENT", "GETNAME"}), "$3\r\nbob\r\n");
}

TEST_F(ConnectionCommands, ResetMakesTheConnectionNew) {
    run({"HELLO", "3", "SETNAME", "bob"});
    run({"SELECT", "3"});
    EXPECT_EQ(run({"RESET"}), "+RESET\r\n");
    EXPECT_EQ(server_.session().db, 0);
    EXPECT_EQ(run({"CLIENT", "GETNAME"}), "$-1\r\n");
}

TEST_F(ConnectionCommands, ResetEndsSilence) {
    EXPECT_EQ(run({"CLIENT", "REPLY", "OFF"}), "");
    EXPECT_EQ(run({"PING"}), "");
    EXPECT_EQ(run({"RESET"}), "+RESET\r\n");
    EXPECT_EQ(run({"PING"}), "+PONG\r\n");
}

TEST_F(ConnectionCommands, ResetAsksForThePasswordAgain) {
    require_password("secret");
    run({"AUTH", "secret"});
    run({"RESET"});
    EXPECT_EQ(run({"PING"}), kNoAuth);
}

}  // namespace
}  // namespace pongo

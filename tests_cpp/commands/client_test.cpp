#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/clock.h"
#include "support/test_server.h"

namespace pongo {
namespace {

constexpr const char* kSyntax = "-ERR syntax error\r\n";

class OtherClient : public ClientLink {
  public:
    explicit OtherClient(TestServer& server)
        : session(server.engine().clients().next_id(), this), server_(server) {
        session.peer_address = "10.0.0." + std::to_string(session.id) + ":4000";
        session.local_address = "10.0.0.1:6379";
        server_.engine().clients().add(session);
    }
    ~OtherClient() override { server_.engine().clients().remove(session); }
    void close_soon() override { closed = true; }
    void push(const BlobRef&) override {}
    void catch_up() override {}
    bool answer(const BlobRef&) override { return true; }
    std::string id() const { return std::to_string(session.id); }

    Session session;
    bool closed = false;

  private:
    TestServer& server_;
};

class ClientCommands : public testing::Test {
  protected:
    ClientCommands() {
        server_.session().peer_address = "127.0.0.1:5000";
        server_.session().local_address = "127.0.0.1:6379";
    }
    std::string run(const std::vector<std::string>& args) { return server_.run(args); }
    std::int64_t now() { return server_.executor().now_ms(); }

    TestServer server_{{client_commands(), connection_commands(), server_commands()}};
};

TEST_F(ClientCommands, AClientIsOneLineOfRedisFieldsInRedisOrder) {
    server_.session().created_ms = unix_ms() - 70'500;
    server_.session().last_active_ms = unix_ms() - 3'500;
    server_.session().descriptor = 9;
    run({"CLIENT", "SETNAME", "bob"});
    const std::string id = std::to_string(server_.session().id);
    const std::string line = run({"CLIENT", "INFO"});
    const std::string expected =
        "id=" + id +
        " addr=127.0.0.1:5000 laddr=127.0.0.1:6379 fd=9 name=bob age=70 idle=3 flags=N db=0 sub=0 psub=0 "
        "ssub=0 "
        "multi=-1 qbuf=0 qbuf-free=0 argv-mem=0 multi-mem=0 rbs=0 rbp=0 obl=0 oll=0 omem=0 tot-mem=" +
        std::to_string(sizeof(Session)) + " events=r cmd=client|info user=default redir=-1 resp=2\n";
    EXPECT_EQ(line, "$" + std::to_string(expected.size()) + "\r\n" + expected + "\r\n");
}

TEST_F(ClientCommands, FlagsTellOfUnixSocketsClosingAndEviction) {
    EXPECT_EQ(run({"CLIENT", "NO-EVICT", "on"}), "+OK\r\n");
    server_.session().over_unix_socket = true;
    EXPECT_NE(run({"CLIENT", "INFO"}).find(" flags=Ue "), std::string::npos);
    EXPECT_EQ(run({"CLIENT", "NO-EVICT", "off"}), "+OK\r\n");
    EXPECT_NE(run({"CLIENT", "INFO"}).find(" flags=U "), std::string::npos);
    EXPECT_EQ(run({"CLIENT", "NO-EVICT", "maybe"}), kSyntax);
}

TEST_F(ClientCommands, ListChoosesByIdInTheOrderAskedFor) {
    OtherClient other(server_);
    const std::string mine = std::to_string(server_.session().id);
    const std::string list = run({"CLIENT", "LIST", "ID", other.id(), "99999", mine});
    const auto first = list.find("id=" + other.id() + " ");
    const auto second = list.find("id=" + mine + " ");
    ASSERT_NE(first, std::string::npos);
    ASSERT_NE(second, std::string::npos);
    EXPECT_LT(first, second);
    EXPECT_EQ(run({"CLIENT", "LIST", "ID", "x"}), "-ERR Invalid client ID\r\n");
    EXPECT_EQ(run({"CLIENT", "LIST", "ID"}), kSyntax);
}

TEST_F(ClientCommands, ListChoosesByType) {
    EXPECT_EQ(run({"CLIENT", "LIST", "TYPE", "pubsub"}), "$0\r\n\r\n");
    EXPECT_NE(run({"CLIENT", "LIST", "TYPE", "NORMAL"}).find("id="), std::string::npos);
    EXPECT_EQ(run({"CLIENT", "LIST", "TYPE", "odd"}), "-ERR Unknown client type 'odd'\r\n");
    EXPECT_EQ(run({"CLIENT", "LIST", "TYPE", "normal", "x"}), kSyntax);
}

TEST_F(ClientCommands, KillByAddressAlone) {
    OtherClient other(server_);
    EXPECT_EQ(run({"CLIENT", "KILL", "1.2.3.4:5"}), "-ERR No such client\r\n");
    EXPECT_EQ(run({"CLIENT", "KILL", other.session.peer_address}), "+OK\r\n");
    EXPECT_TRUE(other.closed);
    EXPECT_FALSE(server_.session().closing);
}

TEST_F(ClientCommands, KillingOneselfAnswersFirst) {
    EXPECT_EQ(run({"CLIENT", "KILL", "127.0.0.1:5000"}), "+OK\r\n");
    EXPECT_TRUE(server_.session().closing);
}

TEST_F(ClientCommands, KillFiltersMustAllFit) {
    OtherClient other(server_);
    OtherClient third(server_);
    EXPECT_EQ(run({"CLIENT", "KILL", "ID", other.id(), "ADDR", third.session.peer_address}), ":0\r\n");
    EXPECT_EQ(run({"CLIENT", "KILL", "LADDR", "10.0.0.1:6379", "ID", other.id(), "USER", "default"}),
              ":1\r\n");
    EXPECT_TRUE(other.closed);
    EXPECT_FALSE(third.closed);
}

TEST_F(ClientCommands, KillSparesTheCallerUnlessToldOtherwise) {
    OtherClient other(server_);
    EXPECT_EQ(run({"CLIENT", "KILL", "TYPE", "normal"}), ":1\r\n");
    EXPECT_FALSE(server_.session().closing);
    EXPECT_EQ(run({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "no"}), ":1\r\n");
    EXPECT_TRUE(server_.session().closing);
}

TEST_F(ClientCommands, AKilledClientIsNoLongerSeenThoughItsReactorHasYetToCloseIt) {
    OtherClient other(server_);
    EXPECT_EQ(run({"CLIENT", "KILL", "ID", other.id()}), ":1\r\n");
    EXPECT_EQ(run({"CLIENT", "KILL", "ID", other.id()}), ":0\r\n");
    EXPECT_EQ(run({"CLIENT", "LIST", "ID", other.id()}), "$0\r\n\r\n");
    EXPECT_EQ(run({"CLIENT", "LIST"}).find("id=" + other.id() + " "), std::string::npos);
}

TEST_F(ClientCommands, KillRefusesFiltersItDoesNotKnow) {
    EXPECT_EQ(run({"CLIENT", "KILL", "ID", "0"}), "-ERR client-id should be greater than 0\r\n");
    EXPECT_EQ(run({"CLIENT", "KILL", "ID", "x"}), "-ERR client-id should be greater than 0\r\n");
    EXPECT_EQ(run({"CLIENT", "KILL", "USER", "bob"}), "-ERR No such user 'bob'\r\n");
    EXPECT_EQ(run({"CLIENT", "KILL", "TYPE", "odd"}), "-ERR Unknown client type 'odd'\r\n");
    EXPECT_EQ(run({"CLIENT", "KILL", "SKIPME", "maybe"}), kSyntax);
    EXPECT_EQ(run({"CLIENT", "KILL", "FOO", "bar"}), kSyntax);
    EXPECT_EQ(run({"CLIENT", "KILL", "ID", "5", "ADDR"}), kSyntax);
}

TEST_F(ClientCommands, NamesArePlainWords) {
    EXPECT_EQ(run({"CLIENT", "SETNAME", "a b"}),
              "-ERR Client names cannot contain spaces, newlines or special characters.\r\n");
    EXPECT_EQ(run({"CLIENT", "SETNAME", "bob"}), "+OK\r\n");
    EXPECT_EQ(run({"CLIENT", "GETNAME"}), "$3\r\nbob\r\n");
    EXPECT_EQ(run({"CLIENT", "SETNAME", ""}), "+OK\r\n");
    EXPECT_EQ(run({"CLIENT", "GETNAME"}), "$-1\r\n");
}

TEST_F(ClientCommands, SetinfoNotesTheLibrary) {
    EXPECT_EQ(run({"CLIENT", "SETINFO", "LIB-NAME", "redis-py"}), "+OK\r\n");
    EXPECT_EQ(run({"CLIENT", "SETINFO", "lib-ver", "5.0.1"}), "+OK\r\n");
    EXPECT_EQ(server_.session().texts().library_name, "redis-py");
    EXPECT_EQ(server_.session().texts().library_version, "5.0.1");
    EXPECT_EQ(run({"CLIENT", "SETINFO", "LIB-NAME", "a b"}),
              "-ERR lib-name cannot contain spaces, newlines or special characters.\r\n");
    EXPECT_EQ(run({"CLIENT", "SETINFO", "COLOUR", "red"}), "-ERR Unrecognized option 'COLOUR'\r\n");
}

TEST_F(ClientCommands, ReplySkipSilencesTheNextCommandOnly) {
    EXPECT_EQ(run({"CLIENT", "REPLY", "SKIP"}), "");
    EXPECT_EQ(run({"PING"}), "");
    EXPECT_EQ(run({"PING"}), "+PONG\r\n");
    EXPECT_EQ(run({"CLIENT", "REPLY", "OFF"}), "");
    EXPECT_EQ(run({"CLIENT", "REPLY", "SKIP"}), "");
    EXPECT_EQ(run({"PING"}), "");
    EXPECT_EQ(run({"PING"}), "");
    EXPECT_EQ(run({"CLIENT", "REPLY", "ON"}), "+OK\r\n");
    EXPECT_EQ(run({"CLIENT", "REPLY", "maybe"}), kSyntax);
}

TEST_F(ClientCommands, PauseMakesOthersWaitUntilItIsEnded) {
    int woken = 0;
    server_.engine().wake_reactors = [&] { ++woken; };
    EXPECT_EQ(run({"CLIENT", "PAUSE", "100000", "write"}), "+OK\r\n");
    EXPECT_EQ(server_.engine().pause().mode(now()), Pause::Mode::Writes);
    EXPECT_EQ(run({"PING"}), "+PONG\r\n");
    EXPECT_EQ(run({"FLUSHALL"}), "");
    EXPECT_TRUE(server_.session().paused);
    EXPECT_EQ(run({"CLIENT", "UNPAUSE"}), "+OK\r\n");
    EXPECT_EQ(woken, 1);
    EXPECT_EQ(run({"FLUSHALL"}), "+OK\r\n");
}

TEST_F(ClientCommands, PauseIsForAllCommandsByDefault) {
    EXPECT_EQ(run({"CLIENT", "PAUSE", "100000"}), "+OK\r\n");
    EXPECT_EQ(run({"PING"}), "");
    EXPECT_EQ(run({"CLIENT", "UNPAUSE"}), "") << "Only writers' pauses can be ended before their time.";
    EXPECT_EQ(run({"SELECT"}), "-ERR wrong number of arguments for 'select' command\r\n");
}

TEST_F(ClientCommands, PauseRefusesWhatIsNoTime) {
    EXPECT_EQ(run({"CLIENT", "PAUSE", "x"}), "-ERR timeout is not an integer or out of range\r\n");
    EXPECT_EQ(run({"CLIENT", "PAUSE", "-1"}), "-ERR timeout is negative\r\n");
    EXPECT_EQ(run({"CLIENT", "PAUSE", "0", "READ"}), "-ERR CLIENT PAUSE mode must be WRITE or ALL\r\n");
    EXPECT_EQ(run({"CLIENT", "PAUSE", "0", "ALL", "x"}),
              "-ERR unknown subcommand or wrong number of arguments for 'PAUSE'. Try CLIENT HELP.\r\n");
    EXPECT_EQ(run({"CLIENT", "PAUSE", "9223372036854775807"}), "+OK\r\n");
    EXPECT_EQ(run({"PING"}), "+PONG\r\n") << "A time that cannot be counted is no pause.";
}

}  // namespace
}  // namespace pongo

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/clock.h"
#include "support/recording_sink.h"
#include "support/test_server.h"

namespace pongo {
namespace {

constexpr const char* kNothing = "+0000000000000000000000000000000000000000\r\n";

class DebugCommand : public testing::Test {
  protected:
    DebugCommand() { EXPECT_FALSE(server_.config().assign("enable-debug-command", "yes")); }
    std::string run(const std::vector<std::string>& args) { return server_.run(args); }
    std::string digest() { return run({"DEBUG", "DIGEST"}); }

    TestServer server_{{debug_commands(), string_commands(), key_commands(), expiry_commands(),
                        connection_commands(), server_commands()}};
};

// The digests are those that redis-server 7.0.15 gives for the same data.
TEST_F(DebugCommand, DigestIsThatOfRedis) {
    EXPECT_EQ(digest(), kNothing);
    run({"SET", "k", "v"});
    EXPECT_EQ(digest(), "+264ccf65edec66bccfa7cc659414ccca432057d2\r\n");
    run({"SET", "number", "12345"});
    run({"SET", "fleeting", "x", "EX", "1000"});
    run({"SELECT", "3"});
    run({"SET", "k", "other"});
    EXPECT_EQ(digest(), "+0dd9484758f135cdc18647c105c00e9479e19130\r\n");
}

TEST_F(DebugCommand, DigestDoesNotDependOnTheWayThere) {
    run({"SET", "a", "1"});
    run({"SET", "b", "x"});
    const std::string one_way = digest();
    run({"FLUSHALL"});
    run({"SET", "b", "ignored"});
    run({"SET", "a", "0"});
    run({"INCR", "a"});
    run({"SETRANGE", "b", "0", "x"});
    run({"SET", "b", "x"});
    EXPECT_EQ(digest(), one_way);
    run({"SET", "b", "y"});
    EXPECT_NE(digest(), one_way);
}

TEST_F(DebugCommand, DigestValueIsOfTheValueAlone) {
    run({"MSET", "a", "same", "b", "same", "c", "other"});
    EXPECT_EQ(run({"DEBUG", "DIGEST-VALUE", "a"}), run({"DEBUG", "DIGEST-VALUE", "b"}));
    EXPECT_NE(run({"DEBUG", "DIGEST-VALUE", "a"}), run({"DEBUG", "DIGEST-VALUE", "c"}));
    EXPECT_EQ(run({"DEBUG", "DIGEST-VALUE", "missing"}), std::string("*1\r\n") + kNothing);
    EXPECT_EQ(run({"DEBUG", "DIGEST-VALUE"}), "*0\r\n");
}

TEST_F(DebugCommand, ObjectTellsHowAValueIsKept) {
    run({"SET", "k", "12"});
    const std::string text = run({"DEBUG", "OBJECT", "k"});
    EXPECT_EQ(text.substr(0, 12), "+Value at:0x");
    EXPECT_NE(text.find(" refcount:2147483647 encoding:int serializedlength:2 lru:"), std::string::npos)
        << text;
    EXPECT_EQ(run({"DEBUG", "OBJECT", "missing"}), "-ERR no such key\r\n");
}

TEST_F(DebugCommand, SleepTakesItsTime) {
    const std::int64_t before_us = monotonic_us();
    EXPECT_EQ(run({"DEBUG", "SLEEP", "0.01"}), "+OK\r\n");
    EXPECT_GE(monotonic_us() - before_us, 10'000);
}

TEST_F(DebugCommand, SetActiveExpireAndPauseCronAreSwitches) {
    EXPECT_EQ(run({"DEBUG", "SET-ACTIVE-EXPIRE", "0"}), "+OK\r\n");
    EXPECT_FALSE(server_.engine().active_expire);
    EXPECT_EQ(run({"DEBUG", "SET-ACTIVE-EXPIRE", "1"}), "+OK\r\n");
    EXPECT_TRUE(server_.engine().active_expire);
    EXPECT_EQ(run({"DEBUG", "PAUSE-CRON", "1"}), "+OK\r\n");
    EXPECT_TRUE(server_.engine().clock_paused);
}

TEST_F(DebugCommand, PopulateCreatesWhatIsNotThereAndTellsNoCopies) {
    RecordingSink sink(server_.engine().effects());
    run({"SET", "key:1", "mine"});
    sink.forget();
    EXPECT_EQ(run({"DEBUG", "POPULATE", "3"}), "+OK\r\n");
    EXPECT_TRUE(sink.commands().empty());
    EXPECT_EQ(run({"MGET", "key:0", "key:1", "key:2", "key:3"}),
              "*4\r\n$7\r\nvalue:0\r\n$4\r\nmine\r\n$7\r\nvalue:2\r\n$-1\r\n");
    run({"DEBUG", "POPULATE", "1", "p", "9"});
    EXPECT_EQ(run({"GET", "p:0"}), std::string("$9\r\nvalue:0\0\0\r\n", 15));
    run({"DEBUG", "POPULATE", "1", "q", "3"});
    EXPECT_EQ(run({"GET", "q:0"}), "$3\r\nval\r\n");
    EXPECT_EQ(run({"DEBUG", "POPULATE", "-1"}), "-ERR value is out of range, must be positive\r\n");
}

TEST_F(DebugCommand, ProtocolShowsEveryTypeInBothProtocols) {
    EXPECT_EQ(run({"DEBUG", "PROTOCOL", "map"}), "*6\r\n:0\r\n:0\r\n:1\r\n:1\r\n:2\r\n:0\r\n");
    EXPECT_EQ(run({"DEBUG", "PROTOCOL", "push"}), "-ERR RESP2 is not supported by this command\r\n");
    EXPECT_EQ(run({"DEBUG", "PROTOCOL", "attrib"}), "$39\r\nSome real reply following the attribute\r\n");
    run({"HELLO", "3"});
    EXPECT_EQ(run({"DEBUG", "PROTOCOL", "map"}), "%3\r\n:0\r\n#f\r\n:1\r\n#t\r\n:2\r\n#f\r\n");
    EXPECT_EQ(run({"DEBUG", "PROTOCOL", "double"}), ",3.141\r\n");
    EXPECT_EQ(run({"DEBUG", "PROTOCOL", "push"}),
              ">2\r\n$16\r\nserver-cpu-usage\r\n:42\r\n$40\r\nSome real reply following the push reply\r\n");
    EXPECT_EQ(run({"DEBUG", "PROTOCOL", "odd"}),
              "-ERR Wrong protocol type name. Please use one of the following: "
              "string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false\r\n");
}

TEST_F(DebugCommand, ErrorRepliesWithItsText) {
    EXPECT_EQ(run({"DEBUG", "ERROR", "MY own\r\nerror"}), "-MY own  error\r\n");
}

TEST_F(DebugCommand, UnknownWordsAndWrongNumbersOfArgumentsAreRefused) {
    for (const std::vector<std::string>& args : {std::vector<std::string>{"DEBUG", "FOO"},
                                                 {"DEBUG", "SLEEP"},
                                                 {"DEBUG", "DIGEST", "x"},
                                                 {"DEBUG", "HELP", "x"}}) {
        EXPECT_EQ(run(args), "-ERR unknown subcommand or wrong number of arguments for '" + args[1] +
                                 "'. Try DEBUG HELP.\r\n");
    }
    EXPECT_EQ(run({"DEBUG"}), "-ERR wrong number of arguments for 'debug' command\r\n");
}

TEST_F(DebugCommand, WhatLooksIntoTheProcessAnswers) {
    for (const char* word : {"JMAP", "STRUCTSIZE", "STRINGMATCH-TEST", "HELP"}) {
        EXPECT_NE(run({"DEBUG", word}).substr(0, 1), "-") << word;
    }
    EXPECT_NE(run({"DEBUG", "HTSTATS", "0"}).find("[Deadlines]"), std::string::npos);
    EXPECT_EQ(run({"DEBUG", "HTSTATS", "16"}), "-ERR Out of range database\r\n");
    EXPECT_EQ(run({"DEBUG", "MALLCTL", "no.such.name"}), "-ERR No such file or directory\r\n");
}

TEST_F(DebugCommand, LooksIntoTables) {
    TestServer all;
    static_cast<void>(all.config().assign("enable-debug-command", "yes"));
    all.run({"SADD", "s", "a", "b"});
    all.run({"HSET", "h", "a", std::string(100, 'b')});
    all.run({"ZADD", "z", "1", std::string(100, 'b')});
    for (const char* const key : {"s", "h", "z"}) {
        const std::string text = all.run({"DEBUG", "HTSTATS-KEY", key});
        EXPECT_NE(text.find("elements: " + std::to_string(*key == 's' ? 2 : 1) + "\n bytes: "),
                  std::string::npos)
            << text;
    }
}

TEST_F(DebugCommand, ItIsForThoseWhoMay) {
    EXPECT_FALSE(server_.config().assign("enable-debug-command", "no"));
    EXPECT_EQ(run({"DEBUG", "DIGEST"}).substr(0, 31), "-ERR DEBUG command not allowed.");
    EXPECT_FALSE(server_.config().assign("enable-debug-command", "local"));
    EXPECT_EQ(digest(), kNothing);
    server_.session().from_loopback = false;
    EXPECT_EQ(run({"DEBUG", "DIGEST"}).substr(0, 31), "-ERR DEBUG command not allowed.");
}

TEST(DebugCrashes, EndTheProcess) {
    for (const char* word : {"ASSERT", "OOM", "PANIC", "SEGFAULT"}) {
        EXPECT_DEATH(
            {
                TestServer server({debug_commands()});
                static_cast<void>(server.config().assign("enable-debug-command", "yes"));
                server.run({"DEBUG", word});
            },
            "");
    }
}

}  // namespace
}  // namespace pongo

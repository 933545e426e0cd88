#include "engine/waiters.h"

#include <gtest/gtest.h>

#include <string>

#include "support/test_server.h"

namespace pongo {
namespace {

using Client = TestServer::Client;

TEST(Waiters, WhatWasTakenForAClientThatIsGoneGoesBack) {
    TestServer server;
    Client gone(server);
    EXPECT_EQ(gone.run({"BLPOP", "list", "0"}), "");
    gone.leave();
    server.run({"RPUSH", "list", "a", "b"});
    EXPECT_EQ(server.run({"LRANGE", "list", "0", "-1"}), "*2\r\n$1\r\na\r\n$1\r\nb\r\n");
    EXPECT_EQ(server.engine().waiters().count(), 0U);
}

TEST(Waiters, SeveralThatWereTakenGoBackInTheirOrder) {
    TestServer server;
    for (const std::string side : {"LEFT", "RIGHT"}) {
        Client gone(server);
        gone.run({"BLMPOP", "0", "1", "list", side, "COUNT", "2"});
        gone.leave();
        server.run({"RPUSH", "list", "1", "2", "3"});
        EXPECT_EQ(server.run({"LRANGE", "list", "0", "-1"}), "*3\r\n$1\r\n1\r\n$1\r\n2\r\n$1\r\n3\r\n");
        server.run({"DEL", "list"});
    }
    Client gone(server);
    gone.run({"BZMPOP", "0", "1", "zset", "MAX", "COUNT", "2"});
    gone.leave();
    server.run({"ZADD", "zset", "0.1", "a", "2", "b", "3", "c"});
    EXPECT_EQ(server.run({"ZRANGE", "zset", "0", "-1"}), "*3\r\n$1\r\na\r\n$1\r\nb\r\n$1\r\nc\r\n");
    EXPECT_EQ(server.run({"ZSCORE", "zset", "a"}), "$19\r\n0.10000000000000001\r\n");
}

TEST(Waiters, TheNextOneGetsWhatTheFirstOneDidNot) {
    TestServer server;
    Client gone(server);
    Client next(server);
    gone.run({"BLPOP", "list", "0"});
    next.run({"BLPOP", "list", "0"});
    gone.leave();
    server.run({"RPUSH", "list", "a"});
    EXPECT_EQ(next.pushed(), "*2\r\n$4\r\nlist\r\n$1\r\na\r\n");
    EXPECT_EQ(server.run({"EXISTS", "list"}), ":0\r\n");
}

TEST(Waiters, AClientThatHasLeftIsNotServed) {
    TestServer server;
    {
        Client client(server);
        client.run({"BLPOP", "a", "b", "0"});
        EXPECT_EQ(server.engine().waiters().count(), 1U);
    }
    EXPECT_EQ(server.engine().waiters().count(), 0U);
    server.run({"RPUSH", "b", "x"});
    EXPECT_EQ(server.run({"LLEN", "b"}), ":1\r\n");
}

TEST(Waiters, OnlyOneClaimSucceeds) {
    Waiter waiter;
    EXPECT_TRUE(waiter.waits());
    EXPECT_TRUE(waiter.claim(Waiter::State::Served));
    EXPECT_FALSE(waiter.claim(Waiter::State::TimedOut));
    EXPECT_FALSE(waiter.waits());
}

}  // namespace
}  // namespace pongo

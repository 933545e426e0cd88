#include "engine/channels.h"

#include <gtest/gtest.h>

#include <string>

#include "support/test_server.h"

namespace pongo {
namespace {

constexpr const char* kMessage = "*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$2\r\nhi\r\n";

TEST(Channels, AMessageIsPushedInTheProtocolOfEachSubscriber) {
    TestServer server;
    TestServer::Client plain(server);
    TestServer::Client modern(server);
    modern.run({"HELLO", "3"});
    plain.run({"SUBSCRIBE", "c"});
    modern.run({"SUBSCRIBE", "c"});
    EXPECT_EQ(server.run({"PUBLISH", "c", "hi"}), ":2\r\n");
    EXPECT_EQ(plain.pushed(), kMessage);
    std::string push = kMessage;
    push[0] = '>';
    EXPECT_EQ(modern.pushed(), push);
}

TEST(Channels, AClientThatLeavesHasNoSubscriptions) {
    TestServer server;
    {
        TestServer::Client client(server);
        client.run({"SUBSCRIBE", "c", "d"});
        client.run({"PSUBSCRIBE", "c*"});
        client.run({"SSUBSCRIBE", "s"});
        EXPECT_EQ(server.engine().channels().audience(Subscribed::Channel, "c"), 1U);
    }
    for (const Subscribed kind : {Subscribed::Channel, Subscribed::Pattern, Subscribed::ShardChannel}) {
        EXPECT_EQ(server.engine().channels().count(kind), 0U);
    }
    EXPECT_EQ(server.run({"PUBLISH", "c", "hi"}), ":0\r\n");
}

}  // namespace
}  // namespace pongo

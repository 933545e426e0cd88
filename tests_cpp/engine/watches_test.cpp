#include "engine/watches.h"

#include <gtest/gtest.h>

#include "support/test_server.h"

namespace pongo {
namespace {

TEST(Watches, NobodyPaysWhileNobodyWatches) {
    TestServer server;
    EXPECT_FALSE(server.engine().effects().wants(Interest::Touches));
    server.run({"WATCH", "a", "b", "a"});
    EXPECT_TRUE(server.engine().effects().wants(Interest::Touches));
    EXPECT_EQ(server.engine().watches().keys(), 2U);
    EXPECT_EQ(server.engine().watches().watchers(), 1U);
    server.run({"UNWATCH"});
    EXPECT_FALSE(server.engine().effects().wants(Interest::Touches));
    EXPECT_EQ(server.engine().watches().keys(), 0U);
}

TEST(Watches, AClientThatLeavesWatchesNothing) {
    TestServer server;
    {
        TestServer::Client client(server);
        client.run({"WATCH", "a"});
    }
    EXPECT_EQ(server.engine().watches().watchers(), 0U);
    server.run({"SET", "a", "1"});
}

TEST(Watches, WhoWatchesATouchedKeyHasLost) {
    TestServer server;
    TestServer::Client client(server);
    client.run({"WATCH", "a"});
    server.run({"SET", "b", "1"});
    EXPECT_FALSE(client.session().watcher.lost());
    server.run({"SET", "a", "1"});
    EXPECT_TRUE(client.session().watcher.lost());
}

}  // namespace
}  // namespace pongo

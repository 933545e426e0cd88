#include "engine/client_memory.h"

#include <gtest/gtest.h>

#include "support/test_server.h"

namespace pongo {
namespace {

constexpr std::size_t kKilobyte = 1024;

TEST(ClientMemory, TheLimitIsBytesOrAShareOfTheMemory) {
    TestServer server;
    const ClientMemory& memory = server.engine().client_memory();
    EXPECT_EQ(memory.limit(), 0U);
    server.run({"CONFIG", "SET", "maxmemory-clients", "1mb"});
    EXPECT_EQ(memory.limit(), 1024 * kKilobyte);
    server.run({"CONFIG", "SET", "maxmemory-clients", "10%"});
    EXPECT_EQ(memory.limit(), 0U);
    server.run({"CONFIG", "SET", "maxmemory", "100mb"});
    EXPECT_EQ(memory.limit(), 10 * 1024 * kKilobyte);
}

TEST(ClientMemory, NoLimitIsSoLowThatNobodyCouldMendIt) {
    TestServer server;
    server.run({"CONFIG", "SET", "maxmemory-clients", "1"});
    EXPECT_EQ(server.engine().client_memory().limit(), 128 * kKilobyte);
    server.run({"CONFIG", "SET", "maxmemory", "1mb", "maxmemory-clients", "1%"});
    EXPECT_EQ(server.engine().client_memory().limit(), 128 * kKilobyte);
}

TEST(ClientMemory, CountsEachClientOnce) {
    TestServer server;
    ClientMemory& memory = server.engine().client_memory();
    TestServer::Client one(server);
    one.session().reply_bytes = 1000;
    memory.note(one.session());
    memory.note(one.session());
    EXPECT_EQ(memory.total(), one.session().memory());
    one.session().reply_bytes = 10;
    memory.note(one.session());
    EXPECT_EQ(memory.total(), one.session().memory());
    memory.forget(one.session());
    EXPECT_EQ(memory.total(), 0U);
}

TEST(ClientMemory, TheBiggestGoUntilTheRestFits) {
    TestServer server;
    ClientMemory& memory = server.engine().client_memory();
    server.run({"CONFIG", "SET", "maxmemory-clients", "1mb"});
    TestServer::Client small(server);
    TestServer::Client big(server);
    TestServer::Client bigger(server);
    small.session().reply_bytes = 400 * kKilobyte;
    big.session().reply_bytes = 500 * kKilobyte;
    bigger.session().reply_bytes = 600 * kKilobyte;
    for (TestServer::Client* each : {&small, &big, &bigger}) memory.note(each->session());
    memory.enforce(0);
    memory.enforce(0);  // Nobody has gone yet, and nobody else has to.
    EXPECT_TRUE(bigger.session().doomed);
    EXPECT_FALSE(big.session().doomed);
    EXPECT_FALSE(small.session().doomed);
    EXPECT_EQ(memory.evicted(), 1U);
}

}  // namespace
}  // namespace pongo

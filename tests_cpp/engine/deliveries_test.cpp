#include "engine/deliveries.h"

#include <gtest/gtest.h>

#include "support/test_server.h"

namespace pongo {
namespace {

// A delivery may have to lock a shard: to take a waiter out of its queue, or to bring back what it was to
// get.
TEST(Deliveries, NoneRunsWhileATransactionHoldsLocks) {
    TestServer server;
    server.run({"MULTI"});
    server.run({"SET", "k", "v"});
    server.run({"CLIENT", "TRACKING", "ON"});
    server.run({"SSUBSCRIBE", "k"});
    SpinLock& lock = server.engine().keyspace().shard(server.engine().keyspace().locate("k").shard).lock;
    int ran = 0;
    int found_free = 0;
    server.engine().deliveries().deliver(
        0, 0,
        [&](Executor&) {
            ++ran;
            if (!lock.try_lock()) return;
            ++found_free;
            lock.unlock();
        },
        Deliveries::Wake::Now);
    server.run({"EXEC"});
    EXPECT_EQ(ran, 1);
    EXPECT_EQ(found_free, 1);
}

}  // namespace
}  // namespace pongo

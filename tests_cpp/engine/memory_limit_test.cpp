#include "engine/memory_limit.h"

#include <gtest/gtest.h>

#include "support/test_server.h"

namespace pongo {
namespace {

constexpr std::int64_t kMegabyte = 1 << 20;
constexpr std::string_view kOom = "-OOM command not allowed when used memory > 'maxmemory'.\r\n";

class MemoryLimitTest : public testing::Test {
  protected:
    Settings settings_;
    Keyspace keyspace_{1, 1};
    DataSet data_set_;
    MemoryLimit limit_{settings_, keyspace_, data_set_};
};

TEST_F(MemoryLimitTest, WithoutALimitNothingIsTooMuch) {
    EXPECT_EQ(limit_.bytes(), 0);
    EXPECT_LT(limit_.excess(), 0);
}

TEST_F(MemoryLimitTest, TheExcessIsWhatIsUsedBeyondTheLimit) {
    memory_usage();
    settings_.maxmemory = 1;
    EXPECT_GT(limit_.excess(), 1000);
    settings_.maxmemory = std::int64_t{1} << 50;
    EXPECT_LT(limit_.excess(), -(std::int64_t{1} << 49));
}

TEST_F(MemoryLimitTest, WhatWaitsToBeWrittenToALogIsNoExcess) {
    memory_usage();
    settings_.maxmemory = 1;
    const std::int64_t excess = limit_.excess();
    data_set_.log_bytes = std::size_t{1} << 40;
    // The process uses more or less memory all the time.
    EXPECT_NEAR(limit_.excess(), excess - (std::int64_t{1} << 40), 100 * kMegabyte);
    EXPECT_EQ(limit_.not_counted(), std::size_t{1} << 40);
}

TEST_F(MemoryLimitTest, TheResidentSizeLimitsWhatMayBeUsed) {
    settings_.maxmemory_rss = 640 * kMegabyte;
    limit_.set_ceiling(100 * kMegabyte, 200 * kMegabyte);
    EXPECT_EQ(limit_.bytes(), (100 + 600 - 200) * kMegabyte);
    limit_.set_ceiling(500 * kMegabyte, 640 * kMegabyte);
    EXPECT_EQ(limit_.bytes(), 460 * kMegabyte);
    settings_.maxmemory = 300 * kMegabyte;
    EXPECT_EQ(limit_.bytes(), 300 * kMegabyte);
    settings_.maxmemory_rss = 0;
    settings_.maxmemory = 0;
    limit_.give_back({});
    EXPECT_EQ(limit_.bytes(), 0);
}

TEST_F(MemoryLimitTest, WhatKeysHaveLeftCostsNoFurtherKeysThoughItIsResident) {
    settings_.maxmemory_rss = 640 * kMegabyte;
    limit_.set_ceiling(500 * kMegabyte, 580 * kMegabyte);
    EXPECT_EQ(limit_.bytes(), 520 * kMegabyte);
    limit_.follow(510 * kMegabyte, 590 * kMegabyte);
    EXPECT_EQ(limit_.bytes(), 520 * kMegabyte);
    limit_.follow(520 * kMegabyte, 610 * kMegabyte);  // Ten too many.
    EXPECT_EQ(limit_.bytes(), 500 * kMegabyte);
    limit_.follow(500 * kMegabyte, 610 * kMegabyte);  // Keys have gone.
    EXPECT_EQ(limit_.bytes(), 500 * kMegabyte);
    limit_.follow(500 * kMegabyte, 613 * kMegabyte);
    EXPECT_EQ(limit_.bytes(), 494 * kMegabyte);
    limit_.set_ceiling(494 * kMegabyte, 599 * kMegabyte);  // It was given back.
    EXPECT_EQ(limit_.bytes(), 495 * kMegabyte);
}

TEST_F(MemoryLimitTest, TheTimeAboveTheLimitIsAddedUp) {
    using State = MemoryLimit::State;
    limit_.note(State::Kept, 1000);
    EXPECT_EQ(limit_.total_exceeded_us(2000), 0);
    limit_.note(State::Exceeded, 3000);
    limit_.note(State::Exceeded, 4000);
    EXPECT_EQ(limit_.current_exceeded_us(5000), 2000);
    EXPECT_EQ(limit_.total_exceeded_us(5000), 2000);
    limit_.note(State::Kept, 6000);
    EXPECT_EQ(limit_.current_exceeded_us(9000), 0);
    EXPECT_EQ(limit_.total_exceeded_us(9000), 3000);
    limit_.reset_stats();
    EXPECT_EQ(limit_.total_exceeded_us(9000), 0);
}

TEST(MemoryLimitOfAServer, RefusesWhatNeedsMemoryAndNothingElse) {
    TestServer server;
    server.run({"SET", "k", "v"});
    server.run({"CONFIG", "SET", "maxmemory", "1"});
    EXPECT_EQ(server.run({"SET", "k", "w"}), kOom);
    EXPECT_EQ(server.run({"GET", "k"}), bulk("v"));
    EXPECT_EQ(server.run({"DEL", "k"}), ":1\r\n");
}

TEST(MemoryLimitOfAServer, ATransactionIsRefusedForWhatIsInIt) {
    TestServer server;
    server.run({"MULTI"});
    server.run({"SET", "k", "v"});
    TestServer::Client other(server);
    other.run({"CONFIG", "SET", "maxmemory", "1"});
    EXPECT_EQ(server.run({"EXEC"}),
              "-EXECABORT Transaction discarded because of: OOM command not allowed when used memory > "
              "'maxmemory'.\r\n");
    EXPECT_EQ(server.run({"GET", "k"}), "$-1\r\n");
}

TEST(MemoryLimitOfAServer, KeysMakeRoomForOthers) {
    TestServer server;
    const std::string value(4000, 'v');
    for (int i = 0; i < 1000; ++i) server.run({"SET", "old" + std::to_string(i), value});
    const auto used = static_cast<std::int64_t>(memory_usage().used);
    server.run({"CONFIG", "SET", "maxmemory-policy", "allkeys-lru", "maxmemory", std::to_string(used)});
    for (int i = 0; i < 1000; ++i) {
        ASSERT_EQ(server.run({"SET", "new" + std::to_string(i), value}), "+OK\r\n");
    }
    EXPECT_LT(static_cast<std::int64_t>(memory_usage().used), used + used / 50);
    EXPECT_GT(server.engine().total(&Counters::evicted_keys), 500U);
}

TEST(MemoryLimitOfAServer, NothingGoesWhileTheDataSetIsLoaded) {
    TestServer server;
    server.run({"SET", "k", "v"});
    server.run({"CONFIG", "SET", "maxmemory-policy", "allkeys-random"});
    server.engine().data_set().begin_loading(0, 0);
    server.run({"CONFIG", "SET", "maxmemory", "1"});
    server.run({"PING"});
    EXPECT_EQ(server.engine().total(&Counters::evicted_keys), 0U);
    server.engine().data_set().end_loading();
    server.run({"PING"});
    EXPECT_EQ(server.engine().total(&Counters::evicted_keys), 1U);
}

TEST(MemoryLimitOfAServer, ABigValueThatIsOnItsWayOutIsEnough) {
    TestServer server({all_families().begin(), all_families().end()}, "1");
    for (int i = 0; i < 20'000; ++i)
        server.run({"SADD", "big", "a member with the number " + std::to_string(i)});
    for (int i = 0; i < 1000; ++i) server.run({"SET", "k" + std::to_string(i), std::string(1000, 'v')});
    const auto used = static_cast<std::int64_t>(memory_usage().used);
    server.run({"CONFIG", "SET", "maxmemory-policy", "volatile-ttl", "lazyfree-lazy-eviction", "yes"});
    server.run({"EXPIRE", "big", "1000"});
    for (int i = 0; i < 1000; ++i) server.run({"EXPIRE", "k" + std::to_string(i), "2000"});
    server.run({"CONFIG", "SET", "maxmemory", std::to_string(used - 100'000)});
    server.run({"PING"});
    EXPECT_EQ(server.engine().total(&Counters::evicted_keys), 1U);
    EXPECT_EQ(server.freed_in_background(), 1U);
}

}  // namespace
}  // namespace pongo

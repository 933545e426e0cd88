#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/test_server.h"

namespace pongo {
namespace {

class MemoryCommands : public testing::Test {
  protected:
    std::string run(const std::vector<std::string>& args) { return server_.run(args); }
    std::int64_t usage(const std::string& key) { return std::stoll(run({"MEMORY", "USAGE", key}).substr(1)); }

    TestServer server_{{memory_commands(), string_commands(), connection_commands()}};
};

TEST_F(MemoryCommands, UsageGrowsWithTheValue) {
    EXPECT_EQ(run({"MEMORY", "USAGE", "missing"}), "$-1\r\n");
    run({"SET", "small", "v"});
    run({"SET", "big", std::string(100'000, 'v')});
    run({"SET", "fleeting", "v", "EX", "100"});
    EXPECT_GT(usage("small"), 8);
    EXPECT_LT(usage("small"), 64);
    EXPECT_GT(usage("fleeting"), usage("small"));
    EXPECT_GT(usage("big"), 100'000);
    EXPECT_LT(usage("big"), 120'000);
}

TEST_F(MemoryCommands, UsageTakesANumberOfSamples) {
    run({"SET", "k", "v"});
    EXPECT_EQ(run({"MEMORY", "USAGE", "k", "SAMPLES", "0"}), run({"MEMORY", "USAGE", "k"}));
    EXPECT_EQ(run({"MEMORY", "USAGE", "k", "SAMPLES", "-1"}), "-ERR syntax error\r\n");
    EXPECT_EQ(run({"MEMORY", "USAGE", "k", "SAMPLES", "x"}),
              "-ERR value is not an integer or out of range\r\n");
    EXPECT_EQ(run({"MEMORY", "USAGE", "k", "SAMPLES"}), "-ERR syntax error\r\n");
}

TEST_F(MemoryCommands, StatsTellOfTheDatabasesThatHaveKeys) {
    run({"HELLO", "3"});
    EXPECT_EQ(run({"MEMORY", "STATS"}).substr(0, 5), "%27\r\n");
    run({"SET", "k", "v"});
    run({"SELECT", "3"});
    run({"SET", "k", "v"});
    const std::string stats = run({"MEMORY", "STATS"});
    EXPECT_EQ(stats.substr(0, 5), "%29\r\n");
    EXPECT_NE(stats.find("$4\r\ndb.0\r\n%3\r\n"), std::string::npos) << stats;
    EXPECT_NE(stats.find("$4\r\ndb.3\r\n%3\r\n"), std::string::npos) << stats;
    EXPECT_NE(stats.find("$10\r\nkeys.count\r\n:2\r\n"), std::string::npos) << stats;
}

TEST_F(MemoryCommands, DoctorAndAllocatorHaveSomethingToSay) {
    EXPECT_GT(run({"MEMORY", "DOCTOR"}).size(), 20u);
    EXPECT_GT(run({"MEMORY", "MALLOC-STATS"}).size(), 100u);
    EXPECT_EQ(run({"MEMORY", "PURGE"}), "+OK\r\n");
}

}  // namespace
}  // namespace pongo

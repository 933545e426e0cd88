#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/test_server.h"

namespace pongo {
namespace {

class LatencyCommands : public testing::Test {
  protected:
    std::string run(const std::vector<std::string>& args) { return server_.run(args); }
    void add(std::string_view event, std::int64_t unix_s, std::int64_t duration_ms) {
        server_.engine().latency().add(event, duration_ms, 1, unix_s);
    }

    TestServer server_{{latency_commands(), connection_commands(), client_commands(), debug_commands()}};
};

TEST_F(LatencyCommands, LatestTellsTheLastAndTheWorstOfEachEvent) {
    EXPECT_EQ(run({"LATENCY", "LATEST"}), "*0\r\n");
    add("command", 100, 9);
    add("command", 200, 5);
    add("fork", 300, 1);
    EXPECT_EQ(run({"LATENCY", "LATEST"}),
              "*2\r\n*4\r\n$7\r\ncommand\r\n:200\r\n:5\r\n:9\r\n*4\r\n$4\r\nfork\r\n:300\r\n:1\r\n:1\r\n");
}

TEST_F(LatencyCommands, HistoryTellsTheOldestFirst) {
    add("command", 100, 9);
    add("command", 200, 5);
    EXPECT_EQ(run({"LATENCY", "HISTORY", "command"}), "*2\r\n*2\r\n:100\r\n:9\r\n*2\r\n:200\r\n:5\r\n");
    EXPECT_EQ(run({"LATENCY", "HISTORY", "other"}), "*0\r\n");
}

TEST_F(LatencyCommands, ResetForgetsWhatIsNamedOrAll) {
    for (const char* event : {"a", "b", "c"}) add(event, 100, 9);
    EXPECT_EQ(run({"LATENCY", "RESET", "a", "nothing"}), ":1\r\n");
    EXPECT_EQ(run({"LATENCY", "RESET"}), ":2\r\n");
    EXPECT_EQ(run({"LATENCY", "LATEST"}), "*0\r\n");
}

TEST_F(LatencyCommands, SlowCommandsAreEventsOnceThereIsAThreshold) {
    EXPECT_FALSE(server_.config().assign("enable-debug-command", "yes"));
    run({"DEBUG", "SLEEP", "0.003"});
    EXPECT_EQ(run({"LATENCY", "LATEST"}), "*0\r\n");
    EXPECT_FALSE(server_.config().assign("latency-monitor-threshold", "2"));
    run({"DEBUG", "SLEEP", "0.003"});
    EXPECT_NE(run({"LATENCY", "LATEST"}).find("$7\r\ncommand\r\n"), std::string::npos);
}

TEST_F(LatencyCommands, GraphNeedsSamples) {
    EXPECT_EQ(run({"LATENCY", "GRAPH", "x"}), "-ERR No samples available for event 'x'\r\n");
    for (int i = 0; i < 200; ++i) add("x", i, i % 7 + 1);
    const std::string graph = run({"LATENCY", "GRAPH", "x"});
    EXPECT_NE(graph.find("x - high 7 ms, low 1 ms (all time high 7 ms)\n"), std::string::npos) << graph;
}

TEST_F(LatencyCommands, DoctorSpeaksOfEveryEvent) {
    EXPECT_NE(run({"LATENCY", "DOCTOR"}).find("monitor is off"), std::string::npos);
    add("command", 100, 30);
    add("expire-cycle", 100, 20);
    const std::string report = run({"LATENCY", "DOCTOR"});
    EXPECT_NE(report.find("1. command: 1 samples, 30 ms"), std::string::npos) << report;
    EXPECT_NE(report.find("2. expire-cycle: 1 samples, 20 ms"), std::string::npos) << report;
}

TEST_F(LatencyCommands, HistogramTellsOfCommandsThatWereCalled) {
    run({"PING"});
    run({"PING"});
    run({"CLIENT", "ID"});
    const std::string ping = run({"LATENCY", "HISTOGRAM", "ping", "echo", "nothing"});
    EXPECT_EQ(ping.substr(0, ping.find("_usec")),
              "*2\r\n$4\r\nping\r\n*4\r\n$5\r\ncalls\r\n:2\r\n$14\r\nhistogram")
        << ping;
    EXPECT_NE(run({"LATENCY", "HISTOGRAM", "client"}).find("$9\r\nclient|id\r\n"), std::string::npos);
    EXPECT_NE(run({"LATENCY", "HISTOGRAM"}).find("$4\r\nping\r\n"), std::string::npos);
    server_.engine().reset_stats();
    EXPECT_EQ(run({"LATENCY", "HISTOGRAM", "ping"}), "*0\r\n");
}

TEST_F(LatencyCommands, HistogramNeedsTracking) {
    EXPECT_FALSE(server_.config().assign("latency-tracking", "no"));
    run({"PING"});
    EXPECT_EQ(run({"LATENCY", "HISTOGRAM", "ping"}), "*0\r\n");
}

}  // namespace
}  // namespace pongo

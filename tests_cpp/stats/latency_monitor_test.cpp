#include "stats/latency_monitor.h"

#include <gtest/gtest.h>

namespace pongo {
namespace {

TEST(LatencyMonitor, KeepsWhatReachesTheThreshold) {
    LatencyMonitor monitor;
    monitor.add("command", 9, 10, 1000);
    EXPECT_FALSE(monitor.event("command"));
    monitor.add("command", 10, 10, 1000);
    ASSERT_TRUE(monitor.event("command"));
    EXPECT_EQ(monitor.event("command")->samples.size(), 1u);
    EXPECT_EQ(monitor.event("command")->samples[0].duration_ms, 10);
    EXPECT_EQ(monitor.event("command")->samples[0].unix_s, 1000);
}

TEST(LatencyMonitor, AThresholdOfZeroTurnsItOff) {
    LatencyMonitor monitor;
    monitor.add("command", 100000, 0, 1000);
    EXPECT_TRUE(monitor.events().empty());
}

TEST(LatencyMonitor, KeepsTheLongestOfASecond) {
    LatencyMonitor monitor;
    for (const int duration_ms : {20, 50, 30}) monitor.add("command", duration_ms, 1, 1000);
    monitor.add("command", 25, 1, 1001);
    const auto event = monitor.event("command");
    ASSERT_EQ(event->samples.size(), 2u);
    EXPECT_EQ(event->samples[0].duration_ms, 50);
    EXPECT_EQ(event->samples[1].duration_ms, 25);
    EXPECT_EQ(event->longest_ms, 50);
}

TEST(LatencyMonitor, ForgetsOldSamplesButNotTheLongest) {
    LatencyMonitor monitor;
    monitor.add("command", 999, 1, 0);
    for (int second = 1; second <= static_cast<int>(LatencyMonitor::kMaxSamples); ++second) {
        monitor.add("command", 5, 1, second);
    }
    const auto event = monitor.event("command");
    EXPECT_EQ(event->samples.size(), LatencyMonitor::kMaxSamples);
    EXPECT_EQ(event->samples.front().unix_s, 1);
    EXPECT_EQ(event->longest_ms, 999);
}

TEST(LatencyMonitor, EventsAreSortedByName) {
    LatencyMonitor monitor;
    monitor.add("fast-command", 1, 1, 0);
    monitor.add("command", 1, 1, 0);
    const auto events = monitor.events();
    ASSERT_EQ(events.size(), 2u);
    EXPECT_EQ(events[0].name, "command");
    EXPECT_EQ(events[1].name, "fast-command");
}

TEST(LatencyMonitor, ResetTellsHowManyEventsItForgot) {
    LatencyMonitor monitor;
    monitor.add("a", 1, 1, 0);
    monitor.add("b", 1, 1, 0);
    monitor.add("c", 1, 1, 0);
    EXPECT_EQ(monitor.reset("nope"), 0u);
    EXPECT_EQ(monitor.reset("a"), 1u);
    EXPECT_FALSE(monitor.event("a"));
    EXPECT_EQ(monitor.reset(), 2u);
    EXPECT_EQ(monitor.reset(), 0u);
}

}  // namespace
}  // namespace pongo

// What LATENCY GRAPH and LATENCY DOCTOR say, in words and pictures of our own. Pure functions; any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "stats/latency_monitor.h"

namespace pongo {

// A column per sample, the latest at the right, with its age below.
std::string draw_latency_graph(const LatencyMonitor::Event& event, std::int64_t now_s);

// A report on all events with advice. The limits are the options latency-monitor-threshold and
// slowlog-log-slower-than.
std::string latency_advice(std::span<const LatencyMonitor::Event> events, std::int64_t threshold_ms,
                           std::int64_t slowlog_limit_us);

}  // namespace pongo

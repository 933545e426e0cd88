// What made the server slow, and when: for each kind of event the latest samples that were at least as long
// as the option latency-monitor-threshold. LATENCY shows them.
//
// Thread rule: any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pongo {

class LatencyMonitor {
  public:
    static constexpr std::size_t kMaxSamples = 160;

    struct Sample {
        std::int64_t unix_s;
        std::int64_t duration_ms;
    };
    struct Event {
        std::string name;
        std::deque<Sample> samples;   // The oldest first; never empty.
        std::int64_t longest_ms = 0;  // Of all, those that are forgotten included.
    };

    // Of several samples in one second the longest is kept. A threshold of 0 turns the monitor off.
    void add(std::string_view event, std::int64_t duration_ms, std::int64_t threshold_ms,
             std::int64_t unix_s);

    // Sorted by name.
    std::vector<Event> events() const;
    std::optional<Event> event(std::string_view name) const;

    // Forgets one event, if it is there; or all. Returns how many were forgotten.
    std::size_t reset(std::string_view name);
    std::size_t reset();

  private:
    mutable std::mutex mutex_;
    std::map<std::string, Event, std::less<>> events_;
};

// The names that Redis gives to events.
namespace latency_event {
inline constexpr std::string_view kCommand = "command";
inline constexpr std::string_view kFastCommand = "fast-command";
inline constexpr std::string_view kExpireCycle = "expire-cycle";
inline constexpr std::string_view kEvictionCycle = "eviction-cycle";
}  // namespace latency_event

}  // namespace pongo

#include "stats/latency_monitor.h"

#include <algorithm>

namespace pongo {

void LatencyMonitor::add(std::string_view event, std::int64_t duration_ms, std::int64_t threshold_ms,
                         std::int64_t unix_s) {
    if (threshold_ms == 0 || duration_ms < threshold_ms) return;
    const std::lock_guard lock(mutex_);
    auto found = events_.find(event);
    if (found == events_.end()) found = events_.emplace(event, Event{std::string(event), {}, 0}).first;
    Event& known = found->second;
    known.longest_ms = std::max(known.longest_ms, duration_ms);
    if (!known.samples.empty() && known.samples.back().unix_s == unix_s) {
        Sample& last = known.samples.back();
        last.duration_ms = std::max(last.duration_ms, duration_ms);
        return;
    }
    known.samples.push_back({unix_s, duration_ms});
    if (known.samples.size() > kMaxSamples) known.samples.pop_front();
}

std::vector<LatencyMonitor::Event> LatencyMonitor::events() const {
    const std::lock_guard lock(mutex_);
    std::vector<Event> result;
    result.reserve(events_.size());
    for (const auto& [name, each] : events_) result.push_back(each);
    return result;
}

std::optional<LatencyMonitor::Event> LatencyMonitor::event(std::string_view name) const {
    const std::lock_guard lock(mutex_);
    const auto found = events_.find(name);
    return found == events_.end() ? std::nullopt : std::optional(found->second);
}

std::size_t LatencyMonitor::reset(std::string_view name) {
    const std::lock_guard lock(mutex_);
    const auto found = events_.find(name);
    if (found == events_.end()) return 0;
    events_.erase(found);
    return 1;
}

std::size_t LatencyMonitor::reset() {
    const std::lock_guard lock(mutex_);
    const std::size_t count = events_.size();
    events_.clear();
    return count;
}

}  // namespace pongo

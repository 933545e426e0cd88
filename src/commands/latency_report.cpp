#include "commands/latency_report.h"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace pongo {
namespace {

using Sample = LatencyMonitor::Sample;

constexpr std::size_t kGraphColumns = 80;
constexpr std::int64_t kGraphRows = 5;

std::string age_label(std::int64_t seconds) {
    constexpr std::int64_t kMinute = 60;
    constexpr std::int64_t kHour = 60 * kMinute;
    constexpr std::int64_t kDay = 24 * kHour;
    if (seconds < kMinute) return std::to_string(seconds) + "s";
    if (seconds < kHour) return std::to_string(seconds / kMinute) + "m";
    if (seconds < kDay) return std::to_string(seconds / kHour) + "h";
    return std::to_string(seconds / kDay) + "d";
}

struct Extent {
    std::int64_t low_ms;
    std::int64_t high_ms;
};

Extent extent_of(std::span<const Sample> samples) {
    const auto [low, high] = std::ranges::minmax(samples, {}, &Sample::duration_ms);
    return {low.duration_ms, high.duration_ms};
}

// From 1 to kGraphRows.
std::int64_t height_of(const Sample& sample, const Extent& extent) {
    const std::int64_t range = std::max<std::int64_t>(1, extent.high_ms - extent.low_ms);
    return 1 + (sample.duration_ms - extent.low_ms) * (kGraphRows - 1) / range;
}

// The labels read from top to bottom.
std::string draw_ages(std::span<const Sample> samples, std::int64_t now_s) {
    std::vector<std::string> labels;
    std::size_t longest = 0;
    for (const Sample& sample : samples) {
        labels.push_back(age_label(std::max<std::int64_t>(0, now_s - sample.unix_s)));
        longest = std::max(longest, labels.back().size());
    }
    std::string text;
    for (std::size_t row = 0; row < longest; ++row) {
        for (const std::string& label : labels) text += row < label.size() ? label[row] : ' ';
        text += '\n';
    }
    return text;
}

struct Figures {
    double mean_ms;
    double deviation_ms;
    double period_s;  // Between two samples, on average.
};

Figures figures_of(const LatencyMonitor::Event& event) {
    const auto count = static_cast<double>(event.samples.size());
    double sum = 0;
    for (const Sample& sample : event.samples) sum += static_cast<double>(sample.duration_ms);
    const double mean = sum / count;
    double deviations = 0;
    for (const Sample& sample : event.samples) {
        deviations += std::abs(static_cast<double>(sample.duration_ms) - mean);
    }
    const auto span_s = static_cast<double>(event.samples.back().unix_s - event.samples.front().unix_s);
    return {mean, deviations / count, span_s / std::max(1.0, count - 1)};
}

std::string rounded(double value) {
    return std::to_string(std::llround(value));
}

std::string describe(std::size_t number, const LatencyMonitor::Event& event) {
    const Figures figures = figures_of(event);
    return std::to_string(number) + ". " + event.name + ": " + std::to_string(event.samples.size()) +
           " samples, " + rounded(figures.mean_ms) + " ms on average (mean deviation " +
           rounded(figures.deviation_ms) + " ms), one every " + rounded(figures.period_s) +
           " s, the longest ever " + std::to_string(event.longest_ms) + " ms.\n";
}

bool has_event(std::span<const LatencyMonitor::Event> events, std::string_view name) {
    return std::ranges::any_of(events, [&](const auto& event) { return event.name == name; });
}

std::string advice(std::span<const LatencyMonitor::Event> events, std::int64_t threshold_ms,
                   std::int64_t slowlog_limit_us) {
    const bool commands = has_event(events, latency_event::kCommand);
    std::string text;
    if (commands && (slowlog_limit_us < 0 || slowlog_limit_us > threshold_ms * kUsPerMs)) {
        text +=
            "- The slow log overlooks commands that are counted here. CONFIG SET slowlog-log-slower-than " +
            std::to_string(threshold_ms * kUsPerMs) + " makes it record them.\n";
    }
    if (commands) {
        text +=
            "- SLOWLOG GET names the commands that took long. Those that visit a whole collection or the "
            "whole keyspace are better replaced by their SCAN forms; big values are better split.\n";
    }
    if (has_event(events, latency_event::kFastCommand)) {
        text +=
            "- Commands that take constant time were slow. They had to wait: for the processor (look at the "
            "machine's load, its swap space and the virtual machine's share), or for the locks of a slow "
            "command's keys.\n";
    }
    if (has_event(events, latency_event::kExpireCycle)) {
        text +=
            "- Many keys expire at the same moment. Add some chance to their expiry, or lower "
            "active-expire-effort.\n";
    }
    return text;
}

}  // namespace

std::string draw_latency_graph(const LatencyMonitor::Event& event, std::int64_t now_s) {
    const std::vector<Sample> all(event.samples.begin(), event.samples.end());
    const std::span<const Sample> samples =
        std::span(all).last(std::min<std::size_t>(kGraphColumns, all.size()));
    const Extent extent = extent_of(samples);
    std::string text = event.name + " - high " + std::to_string(extent.high_ms) + " ms, low " +
                       std::to_string(extent.low_ms) + " ms (all time high " +
                       std::to_string(event.longest_ms) + " ms)\n";
    text.append(kGraphColumns, '-').append("\n");
    for (std::int64_t row = kGraphRows; row >= 1; --row) {
        for (const Sample& sample : samples) text += height_of(sample, extent) >= row ? '#' : ' ';
        text += '\n';
    }
    return text + "\n" + draw_ages(samples, now_s);
}

std::string latency_advice(std::span<const LatencyMonitor::Event> events, std::int64_t threshold_ms,
                           std::int64_t slowlog_limit_us) {
    if (events.empty() && threshold_ms == 0) {
        return "The latency monitor is off. CONFIG SET latency-monitor-threshold <milliseconds> turns it "
               "on.\n";
    }
    if (events.empty()) return "Nothing took longer than latency-monitor-threshold so far.\n";
    std::string text = "These events took longer than latency-monitor-threshold:\n\n";
    std::size_t number = 0;
    for (const LatencyMonitor::Event& event : events) text += describe(++number, event);
    const std::string hints = advice(events, threshold_ms, slowlog_limit_us);
    return hints.empty() ? text : text + "\nWhat may help:\n\n" + hints;
}

}  // namespace pongo

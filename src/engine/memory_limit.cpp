#include "engine/memory_limit.h"

#include <algorithm>

namespace pongo {
namespace {

// The resident size is kept a 16th below what is allowed: it grows between two looks, too.
constexpr std::int64_t kMarginShare = 16;
// Where keys leave holes, more has to go than has come.
constexpr std::int64_t kGrowthFactor = 2;
// With less free memory in the allocator's hands it is not worth the time.
constexpr std::size_t kWorthPurging = std::size_t{1} << 20;

}  // namespace

std::int64_t MemoryLimit::resident_target() const {
    const std::int64_t limit = settings_.maxmemory_rss;
    return limit - limit / kMarginShare;
}

void MemoryLimit::set_ceiling(std::size_t used, std::size_t resident) {
    if (settings_.maxmemory_rss == 0) {
        ceiling_ = 0;
        return;
    }
    const std::int64_t room = resident_target() - static_cast<std::int64_t>(resident);
    resident_ = static_cast<std::int64_t>(resident);
    ceiling_ = std::max<std::int64_t>(static_cast<std::int64_t>(used) + room, 1);
}

void MemoryLimit::follow(std::size_t used, std::size_t resident) {
    if (settings_.maxmemory_rss == 0) return;
    const auto now = static_cast<std::int64_t>(resident);
    if (now <= resident_target()) return set_ceiling(used, resident);
    std::int64_t known = resident_;
    while (now > known && !resident_.compare_exchange_weak(known, now)) {
    }
    const std::int64_t growth = now - std::max(known, resident_target());
    if (growth > 0) ceiling_ -= kGrowthFactor * growth;
}

void MemoryLimit::give_back(const MemoryUsage& usage) {
    const bool is_too_much = static_cast<std::int64_t>(usage.rss) > resident_target();
    const bool is_free = usage.resident > usage.active + kWorthPurging;
    const bool is_limited = settings_.maxmemory_rss != 0;
    if (is_limited && is_too_much && is_free) purge_free_memory();
    if (is_limited || ceiling_ != 0) set_ceiling(MemoryMeter::mine().used(), resident_size());
}

// Several may notice at once: the first counts.
void MemoryLimit::change(State state, std::int64_t now_us) {
    if (state == State::Exceeded) {
        std::int64_t kept = 0;
        exceeded_since_us_.compare_exchange_strong(kept, now_us);
    } else if (const std::int64_t since_us = exceeded_since_us_.exchange(0); since_us != 0) {
        total_exceeded_us_ += std::max<std::int64_t>(now_us - since_us, 0);
    }
}

std::int64_t MemoryLimit::current_exceeded_us(std::int64_t now_us) const {
    const std::int64_t since_us = exceeded_since_us_;
    return since_us == 0 ? 0 : std::max<std::int64_t>(now_us - since_us, 0);
}

std::int64_t MemoryLimit::total_exceeded_us(std::int64_t now_us) const {
    return total_exceeded_us_ + current_exceeded_us(now_us);
}

}  // namespace pongo

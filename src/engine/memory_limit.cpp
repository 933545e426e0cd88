#include "engine/memory_limit.h"

#include <algorithm>

namespace pongo {
namespace {

// The resident size is kept a 16th below what is allowed: it grows between two looks, too.
constexpr std::int64_t kMarginShare = 16;
// Beyond that, so much is tolerated; then memory is given back at once, and keys go: more than has come, for
// they leave holes.
constexpr std::int64_t kToleratedGrowth = std::int64_t{64} << 10;
constexpr std::int64_t kGrowthFactor = 2;
// Free memory in the allocator's hands is given back when it is more than that, and less than an 8th of the
// limit is left: before keys have to go for it.
constexpr std::int64_t kWorthPurging = std::int64_t{1} << 20;
constexpr std::int64_t kTightShare = 8;

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
    const std::int64_t growth = now - std::max(known, resident_target());
    if (growth < kToleratedGrowth || !resident_.compare_exchange_strong(known, now)) return;
    ceiling_ -= kGrowthFactor * growth;
    purge_free_memory();
}

void MemoryLimit::give_back(const MemoryUsage& usage) {
    const std::int64_t limit = settings_.maxmemory_rss;
    const bool is_limited = limit != 0;
    const bool is_tight = static_cast<std::int64_t>(usage.rss) > resident_target() - limit / kTightShare;
    const auto free = static_cast<std::int64_t>(usage.resident) - static_cast<std::int64_t>(usage.active);
    if (is_limited && is_tight && free > kWorthPurging) purge_free_memory();
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

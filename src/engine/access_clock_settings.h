// How entries remember their use, as the configuration says.
#pragma once

#include <cstdint>

#include "engine/settings.h"
#include "keyspace/access_clock.h"

namespace pongo {

inline bool is_lfu(MaxmemoryPolicy policy) {
    return policy == MaxmemoryPolicy::AllkeysLfu || policy == MaxmemoryPolicy::VolatileLfu;
}

inline void advance(AccessClock& clock, std::int64_t now_ms, const Settings& settings) {
    clock.advance(now_ms,
                  is_lfu(settings.maxmemory_policy) ? AccessClock::Policy::LeastFrequent
                                                    : AccessClock::Policy::LeastRecent,
                  static_cast<int>(settings.lfu_log_factor), static_cast<int>(settings.lfu_decay_time_min));
}

}  // namespace pongo

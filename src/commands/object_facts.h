// What Redis tells of the object that a value would be there: OBJECT and DEBUG OBJECT answer the same.
#pragma once

#include <cstdint>

#include "engine/settings.h"
#include "values/payload.h"

namespace pongo {

// Small integers are shared objects in Redis, with a count that stands for "by all", unless a policy looks
// at the use of each key.
inline std::int64_t reported_references(const Settings& settings, const Payload& payload) {
    constexpr std::int64_t kSharedIntegers = 10'000;
    const bool small =
        payload.storage == Storage::Integer && payload.integer >= 0 && payload.integer < kSharedIntegers;
    if (!small) return 1;
    if (settings.maxmemory != 0) {
        switch (settings.maxmemory_policy) {
            case MaxmemoryPolicy::AllkeysLru:
            case MaxmemoryPolicy::VolatileLru:
            case MaxmemoryPolicy::AllkeysLfu:
            case MaxmemoryPolicy::VolatileLfu:
                return 1;
            default:
                break;
        }
    }
    return INT32_MAX;
}

}  // namespace pongo

// How long something has taken, for the log.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>

#include "base/clock.h"

namespace pongo {

// In seconds, with three decimals; since this time of the monotonic clock.
inline std::string seconds_since(std::int64_t start_us) {
    char text[32];
    std::snprintf(text, sizeof text, "%.3f",
                  static_cast<double>(monotonic_us() - start_us) / static_cast<double>(kUsPerSecond));
    return text;
}

}  // namespace pongo

// The timeout of commands that wait: seconds with a fraction, in milliseconds.
#pragma once

#include <cmath>
#include <cstdint>
#include <string_view>

#include "base/numbers.h"
#include "engine/call.h"

namespace pongo {

// 0 is for ever. Fails the call if it is none.
inline std::int64_t read_timeout_ms(Call& call, std::string_view text) {
    const auto seconds = parse_long_double(text);
    if (!seconds) {
        call.fail("ERR timeout is not a float or out of range");
        return 0;
    }
    const long double ms = std::ceil(*seconds * 1000);
    // What does not fit is negative to Redis.
    if (ms < 0 || ms > static_cast<long double>(INT64_MAX)) call.fail("ERR timeout is negative");
    return call.failed() ? 0 : static_cast<std::int64_t>(ms);
}

}  // namespace pongo

// The arithmetic of INCRBYFLOAT and HINCRBYFLOAT.
#pragma once

#include <cmath>
#include <optional>
#include <string>

#include "base/numbers.h"

namespace pongo {

// The text of a sum, as it is stored and replied; nothing if the sum is not finite.
inline std::optional<std::string> sum_text(long double before, long double increment) {
    const long double after = before + increment;
    if (!std::isfinite(after)) return std::nullopt;
    return format_long_double_human(after);
}

}  // namespace pongo

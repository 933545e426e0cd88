#pragma once

#include <string_view>

namespace pongo {

// Our own release.
inline constexpr std::string_view kPongoVersion = "0.1.0";

// The release of Redis whose behaviour, texts and formats are reproduced.
inline constexpr std::string_view kRedisVersion = "7.0.15";

}  // namespace pongo

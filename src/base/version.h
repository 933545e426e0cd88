#pragma once

#include <string_view>

namespace pongo {

// The release of Redis whose behaviour, texts and formats are reproduced.
inline constexpr std::string_view kRedisVersion = "7.0.15";

}  // namespace pongo

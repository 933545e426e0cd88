#pragma once

#include <cstddef>

namespace pongo {

// How many bytes a collection that is one listpack may have, however high its limits are set: the size of a
// listpack is 32 bits.
inline constexpr std::size_t kMostPackedBytes = std::size_t{1} << 30;

}  // namespace pongo

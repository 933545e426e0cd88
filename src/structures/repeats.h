// Whether a run of elements from elsewhere keeps what a set promises.
#pragma once

#include <cstddef>

#include "structures/listpack.h"

namespace pongo {

// Whether two of the first, (skip + 2)-th, ... elements are the same text. Pure; takes O(n log n).
bool has_repeats(Listpack list, std::size_t skip);

}  // namespace pongo

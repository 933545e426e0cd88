// Ranges of a collection's elements by index, as LRANGE and ZRANGE are told them.
#pragma once

#include <algorithm>
#include <cstdint>

namespace pongo {

struct IndexRange {
    std::uint64_t first = 0;
    std::uint64_t count = 0;
};

// The elements from `first` to `last`, both counted from the end when negative.
inline IndexRange index_range(std::uint64_t size, std::int64_t first, std::int64_t last) {
    const auto end = static_cast<std::int64_t>(size);
    if (first < 0) first = std::max<std::int64_t>(first + end, 0);
    if (last < 0) last += end;
    last = std::min(last, end - 1);
    if (first > last) return {};
    return {static_cast<std::uint64_t>(first), static_cast<std::uint64_t>(last - first + 1)};
}

}  // namespace pongo

// Small helpers for standard containers.
#pragma once

#include <cstddef>
#include <vector>

namespace pongo {

// Empties a vector that is used again and again; one that grew beyond `kept` elements gives its memory back.
template <typename T>
void clear_and_keep(std::vector<T>& vector, std::size_t kept) {
    vector.clear();
    if (vector.capacity() > kept) std::vector<T>().swap(vector);
}

}  // namespace pongo

#include "structures/listpack_bytes.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <limits>

#include "base/bytes.h"
#include "base/check.h"
#include "base/memory_usage.h"
#include "structures/listpack.h"

namespace pongo {

ListpackBytes::ListpackBytes(std::size_t room) {
    const std::string_view empty = Listpack::empty_bytes();
    reallocate(std::max(room, empty.size()));
    std::memcpy(data_, empty.data(), empty.size());
}

ListpackBytes::ListpackBytes(std::string_view bytes) {
    reallocate(bytes.size());
    std::memcpy(data_, bytes.data(), bytes.size());
}

ListpackBytes::~ListpackBytes() {
    std::free(data_);
}

std::string_view ListpackBytes::view() const {
    return {data_, load_as<std::uint32_t>(data_)};
}

char* ListpackBytes::splice(std::size_t offset, std::size_t erased, std::size_t inserted) {
    const std::size_t before = size();
    const std::size_t after = before - erased + inserted;
    if (after == before) return data_;
    CHECK(after <= std::numeric_limits<std::uint32_t>::max());
    // Twice as much, so that growing costs no more than what is written.
    if (after > before && after > allocated()) reallocate(std::max(after, 2 * before));
    std::memmove(data_ + offset + inserted, data_ + offset + erased, before - offset - erased);
    store_as(data_, static_cast<std::uint32_t>(after));
    return data_;
}

void ListpackBytes::shrink_to_fit() {
    reallocate(size());
}

std::size_t ListpackBytes::allocated() const {
    return allocation_size(data_);
}

void ListpackBytes::reallocate(std::size_t room) {
    void* const moved = std::realloc(data_, room);
    CHECK(moved != nullptr);
    data_ = static_cast<char*>(moved);
}

}  // namespace pongo

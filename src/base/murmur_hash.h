#pragma once

#include <cstdint>
#include <string_view>

namespace pongo {

/// Austin Appleby's MurmurHash64A of little-endian machines, whatever machine this is. It can be attacked:
/// only for formats that are defined by it. Pure; any thread.
std::uint64_t murmur_hash_64a(std::string_view bytes, std::uint64_t seed) noexcept;

}  // namespace pongo

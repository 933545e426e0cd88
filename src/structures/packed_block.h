// Blocks of bytes in compressed form, on the heap, and where they are read: what the inner parts of long
// lists are kept as.
//
// Thread rule: a packed block never changes, so any thread may unpack it. Each thread has one place for
// unpacked bytes, which holds the block that it has unpacked last.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace pongo::packed_block {

// What is smaller is not worth it, and what is larger would make the place for unpacked bytes too large.
inline constexpr std::size_t kLeastBytes = 48;
inline constexpr std::size_t kMostBytes = std::size_t{1} << 20;

// From malloc(), for the caller to free(); nullptr if that would not save memory. `packed` becomes the size
// to be told when it is unpacked.
char* pack(std::string_view bytes, std::uint32_t& packed);

// The `size` bytes that a packed block stands for, where this thread keeps them until it unpacks another one.
std::string_view unpack(const char* block, std::uint32_t packed, std::size_t size);

}  // namespace pongo::packed_block

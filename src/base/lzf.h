// LZF, the compression of Redis's files and of long lists: by liblzf, to the same bytes as there. For short
// texts most of its time goes into a table of half a megabyte, which is cold; compress_quickly() has a table
// that fits the text, and finds other repetitions.
//
//   000nnnnn <n + 1 bytes>               these bytes (n + 1 of them)
//   nnnddddd dddddddd                    n + 2 bytes that stand d + 1 bytes before (n is 1 to 6)
//   111ddddd nnnnnnnn dddddddd           n + 9 bytes likewise
//
// Thread rule: pure.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace pongo::lzf {

// Every three compressed bytes stand for 264 others at most.
inline constexpr std::size_t kMostExpansion = 88;

// Returns how many bytes of `into` it took; 0 if they are not enough. REQUIRES: neither is of 4 GiB or more.
std::size_t compress(std::string_view bytes, std::span<char> into);
std::size_t compress_quickly(std::string_view bytes, std::span<char> into);

// Whether the bytes, which may come from anywhere, are the compressed form of exactly into.size() bytes;
// these are in `into` then.
bool decompress(std::string_view bytes, std::span<char> into);

}  // namespace pongo::lzf

// What the files of the bitmap commands share. Their rows stand in bitmaps.cpp, which says what each of them
// does.
#pragma once

#include <algorithm>

#include "engine/call.h"
#include "values/bits.h"
#include "values/string.h"

namespace pongo::bitmaps {

// bitmap_fields.cpp
void bitfield(Call& call);
void bitfield_ro(Call& call);

// bitmap_ranges.cpp
void bitcount(Call& call);
void bitpos(Call& call);

// The number of a bit, up to the longest string that there may be; fails the call if it is none.
std::uint64_t read_bit_offset(Call& call, std::string_view text);
// The same in units of so many bits.
std::uint64_t read_bit_offset(Call& call, std::string_view text, unsigned unit_bits);

// The bytes of a string made long enough to have this bit, ready to be changed.
struct WritableBits {
    char* bytes;
    std::size_t size;
    bool grown;  // Or created.
};
WritableBits make_writable(Call& call, Writable<String>& entry, std::uint64_t last_bit);

}  // namespace pongo::bitmaps

// The library `struct` of scripts: numbers and strings to packed bytes and back, by a format.
//
//   > < !n        big endian, little endian, alignment to at most n (8 if not given); spaces mean nothing
//   b B h H l L T signed and unsigned: 1, 2, 8 bytes; T is a size_t
//   in In         signed and unsigned: n bytes (4 if not given)
//   f d x         4 and 8 bytes of IEEE 754, a byte of padding
//   s cn          a string that ends with a zero; n bytes (1 if not given), or as many as the value before
//                 says (c0)
//
// The formats are described at http://www.inf.puc-rio.br/~roberto/struct/; what a format without much sense
// does (an integer of 12 bytes, an alignment to 7) is what Redis does.
// Thread rule: that of the state.
#pragma once

#include "lua/lua.h"

namespace pongo {

// Leaves the library's table on the stack.
void open_struct(lua_State* lua);

}  // namespace pongo

// The library `cmsgpack` of scripts: Lua values to MessagePack and back. The format is specified at
// https://github.com/msgpack/msgpack/blob/master/spec.md; of its types, `bin` and `ext` are neither written
// nor read. Tables nested deeper than 16 are written as nil, as is what MessagePack does not know.
// Thread rule: that of the state.
#pragma once

#include "lua/lua.h"

namespace pongo {

// Leaves the library's table on the stack.
void open_msgpack(lua_State* lua);

}  // namespace pongo

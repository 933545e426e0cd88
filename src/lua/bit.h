// The library `bit` of scripts: operations on 32 bits, after Lua BitOp 1.0.2, whose description is at
// https://bitop.luajit.org/api.html.
// Thread rule: that of the state.
#pragma once

#include "lua/lua.h"

namespace pongo {

// Leaves the library's table on the stack.
void open_bit(lua_State* lua);

}  // namespace pongo

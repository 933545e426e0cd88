// The library `cjson` of scripts: Lua values to JSON (RFC 8259) and back, with the options, the leniencies
// and the texts of lua-cjson 2.1.0, whose manual is at
// https://kyne.com.au/~mark/software/lua-cjson-manual.html. Its options belong to the state (to the table
// that cjson.new() returned, to be exact). Thread rule: that of the state.
#pragma once

#include "lua/lua.h"

namespace pongo {

// Leaves the library's table on the stack.
void open_json(lua_State* lua);

}  // namespace pongo

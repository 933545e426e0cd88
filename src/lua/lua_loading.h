// Lua source to functions. Only text is accepted: crafted bytecode could do anything.
// Thread rule: that of the state.
#pragma once

#include <string_view>

#include "lua/lua.h"

namespace pongo {

// Leaves the function on the stack and returns true; or leaves the text of what is wrong and returns false.
bool load_text(lua_State* lua, std::string_view source, const char* chunk_name);

}  // namespace pongo

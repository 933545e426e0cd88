// The two directions of cjson.
#pragma once

#include <string_view>

#include "lua/json.h"
#include "lua/lua.h"

namespace pongo {

// Replaces the value at the top of the stack by its JSON. No metamethod is called. What has no JSON is a Lua
// error.
void encode_json(lua_State* lua, const JsonOptions& options);

// Pushes the value of a text that stays where it is and is followed by a zero. What is not valid is a Lua
// error.
void decode_json(lua_State* lua, const JsonOptions& options, std::string_view text);

}  // namespace pongo

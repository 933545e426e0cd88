// The arguments of redis.register_function(), in both of its forms: a name and a callback, or one table with
// the fields function_name, callback, description and flags.
//
// Thread rule: that of the Lua state.
#pragma once

#include "lua/lua_state.h"
#include "scripting/function_libraries.h"

namespace pongo {

// Adds the function to the library and leaves its callback on top of the stack; or returns Redis's error,
// without a code, and changes nothing. May raise Lua errors, for missing memory.
const char* read_registration(lua_State* lua, FunctionLibrary& library);

}  // namespace pongo

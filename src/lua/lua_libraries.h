// The functions that scripts find: those of Lua 5.1 which redis-server leaves them. What the packaged library
// does well is its own; what could be misused, or runs long without being interrupted, is ours, with the same
// results and error texts. Thread rule: that of the state.
#pragma once

#include "lua/lua.h"

namespace pongo {

// Into an empty state: leaves the table of globals on the stack, of which scripts will see a read-only
// stand-in.
void open_script_globals(lua_State* lua);

// Pushes a read-only stand-in for the table at `index`, of which every field that is not there is an error
// that speaks of a global variable.
void push_protected_globals(lua_State* lua, int index);

// The name of a global function that makes of any error a table with the fields err, source and line.
inline constexpr const char* kErrorHandlerName = "__redis__err__handler";

// The parts, each of which puts its functions into the table on top of the stack.
void set_protection_functions(lua_State* lua);  // rawset, next, getmetatable, ...
void set_error_functions(lua_State* lua);       // pcall, xpcall
void set_loading_functions(lua_State* lua);     // load, loadstring
void set_coroutine_functions(lua_State* lua);
void set_table_functions(lua_State* lua);
void set_random_functions(lua_State* lua);
void set_pattern_functions(lua_State* lua);  // string.find, gsub, ...
void set_format_functions(lua_State* lua);   // string.format, rep
void set_number_functions(lua_State* lua);   // tonumber, tostring
void set_collector_functions(lua_State* lua);

}  // namespace pongo

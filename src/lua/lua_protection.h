// Tables that scripts can read but not change. Lua 5.1 has none; so scripts get a stand-in (but those of
// direct_environment.h): a table that is always empty, with a metatable that reads from the real one and
// refuses to write. Functions that would see
// the difference (next, rawget, rawset, getmetatable, setmetatable, table.insert, ...) are replaced by such
// as look behind the stand-in or refuse.
//
// Invariant: no script ever gets hold of a real table, nor of the metatable of a stand-in.
// Thread rule: that of the state.
#pragma once

#include "lua/lua.h"

namespace pongo {

// Pushes a stand-in for the table at `index`; tables in its fields are replaced by stand-ins.
void push_protected(lua_State* lua, int index);

// Pushes a stand-in of which scripts see that it has a metatable: that at `metatable`, to be used for the
// table at `index`; getmetatable() will give a stand-in for it, too.
void push_protected_with_metatable(lua_State* lua, int index, int metatable);

// Makes getmetatable() give what is on top of the stack, and pops it, for what has the metatable at
// `metatable`.
void set_visible_metatable(lua_State* lua, int metatable);

// If the value at `index` is a stand-in, pushes the real table and returns true. Else pushes nothing.
bool push_behind(lua_State* lua, int index);

// Raises an error if the value at `index` is a stand-in.
void check_modifiable(lua_State* lua, int index);

}  // namespace pongo

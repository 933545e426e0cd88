// What most scripts do with a library is to name a field of it, as in string.format. For these the stand-ins
// of lua_protection.h, which make three look-ups of one, protect nothing: they run in an environment that has
// the libraries themselves. To be decided by looking at the code of a script before it runs.
// Thread rule: that of the state.
#pragma once

#include "lua/bytecode.h"
#include "lua/lua.h"

namespace pongo {

// Pushes a copy of the table of globals at `index`, in which the real libraries have the place of their
// stand-ins.
void push_direct_environment(lua_State* lua, int index);

// Whether the script, and all functions in it, never holds a library any longer than it takes to read a field
// with a constant name, assigns to no global, and does without functions that reach globals by another way.
// Which of the names are libraries is looked up in the table of globals at `index`. Raises no errors, but if
// there is no memory.
bool reads_only_fields_of_libraries(lua_State* lua, const Prototype& script, int index);

}  // namespace pongo

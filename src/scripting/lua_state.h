// What the libraries of scripts need of the state that they run in.
// Thread rule: that of the state, which one thread uses at a time.
#pragma once

#include <cstddef>

#include "scripting/lua.h"

namespace pongo {

// Bytes that the state may still allocate.
std::size_t memory_left(lua_State* lua);

// Raises a Lua error if the script must end. To be called every few thousand steps of any loop whose length
// a script decides.
void check_interrupt(lua_State* lua);

}  // namespace pongo

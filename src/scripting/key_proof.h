// Proves of a script, by looking at its code before it ever runs, that its commands need no shards but those
// of the keys that it declares. ScriptHost lets such a script write while it holds only these.
//
// The proof follows the code along all its paths, and knows of every register what may be in it: KEYS, an
// element of KEYS, `redis`, redis.call, a constant, or anything else (see foreseen_value.h). It stands on
// two things:
//
//  1. Commands are run by redis.call and redis.pcall alone. Every call of them that is found has a constant
//     name, and elements of KEYS wherever the command has keys.
//  2. No call escapes, and KEYS stays what it was: neither `redis`, nor what it has to call commands, nor
//     KEYS is passed to a function (but for unpack, ipairs and pairs), stored, or returned by a nested
//     function. What can reach them by other ways (_G, loadstring) is not to be used at all. So nothing that
//     comes from anywhere else, be it an argument, a result or a field, is one of them.
//
// Nested functions are looked at like all others. An upvalue may be whatever its variable ever holds. A
// parameter may be what is passed to it, if all calls are seen, which takes a local function that is merely
// called; otherwise anything but what must not escape. A function of a library may have upvalues that others
// change: it must not use them, but as arguments of commands.
//
// Whatever is unexpected, or too long, is not proven. Takes time and memory in proportion to the code, times
// its registers, up to a limit.
// Thread rule: that of the state; without one, any thread.
#pragma once

#include "engine/command_table.h"
#include "lua/bytecode.h"
#include "lua/lua_state.h"

namespace pongo {

// With the keys in the global KEYS, or as the first parameter.
bool keeps_to_keys(const Prototype& script, ScriptCall::Passing passing, const CommandTable& commands);

// The same of a function in the registry of the state. Raises no errors.
bool keeps_to_keys(lua_State* lua, int function, ScriptCall::Passing passing, const CommandTable& commands);

}  // namespace pongo

// The interface of Lua 5.1. The library is the one that was compiled as C++: lua_error() throws, hence the
// destructors between it and lua_pcall() run. Who catches (...) on the way has to throw on.
#pragma once

extern "C" {
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
}

// Lua as it is packaged, without anything of ours: to compile with, and to run what is meant to be run so.
#pragma once

#include <gtest/gtest.h>

#include <string_view>

#include "lua/lua.h"

namespace pongo {

class PlainLua {
  public:
    PlainLua() : lua_(luaL_newstate()) { luaL_openlibs(lua_); }
    ~PlainLua() { lua_close(lua_); }
    PlainLua(const PlainLua&) = delete;
    PlainLua& operator=(const PlainLua&) = delete;

    lua_State* lua() { return lua_; }

    // Leaves the function on the stack, and nothing else.
    void compile(std::string_view source) {
        lua_settop(lua_, 0);
        ASSERT_EQ(luaL_loadbuffer(lua_, source.data(), source.size(), "@user_script"), 0)
            << lua_tostring(lua_, -1);
    }

    // Leaves its result, or its error, on the stack. False if it is an error.
    bool run(std::string_view source) {
        compile(source);
        return lua_pcall(lua_, 0, 1, 0) == 0;
    }

  private:
    lua_State* lua_;
};

}  // namespace pongo

// A Lua state for tests of what scripts call: without a server, with limited memory that it counts, and with
// the values that a script returns as a text to compare.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

#include "lua/bit.h"
#include "lua/json.h"
#include "lua/lua_state.h"
#include "lua/msgpack.h"
#include "lua/struct.h"

namespace pongo {

class ScriptState {
  public:
    explicit ScriptState(std::size_t limit = std::size_t{64} << 20) : state_(limit) {
        state_.add_library("bit", open_bit);
        state_.add_library("cjson", [this](lua_State* lua) { open_json(lua, json_); });
        state_.add_library("cmsgpack", open_msgpack);
        state_.add_library("struct", open_struct);
    }

    // What the script returns, or "error: " and its error. The script is called user_script, as in Redis.
    std::string run(std::string_view script) {
        std::string shown;
        const auto error = state_.run(nullptr, [&](lua_State* lua) {
            lua_ = lua;
            const int before = lua_gettop(lua);
            if (luaL_loadbuffer(lua, script.data(), script.size(), "@user_script") != 0 ||
                lua_pcall(lua, 0, LUA_MULTRET, 0) != 0) {
                shown = "error: " + std::string(lua_tostring(lua, -1));
                return;
            }
            for (int i = before + 1; i <= lua_gettop(lua); ++i)
                shown += (i > before + 1 ? ", " : "") + show(i);
        });
        return error ? "ended: " + error->message : shown;
    }

    LuaState& state() { return state_; }

  private:
    std::string show(int index) {
        switch (lua_type(lua_, index)) {
            case LUA_TNIL:
                return "nil";
            case LUA_TBOOLEAN:
                return lua_toboolean(lua_, index) != 0 ? "true" : "false";
            case LUA_TNUMBER:
                return show_number(lua_tonumber(lua_, index));
            case LUA_TLIGHTUSERDATA:
                return lua_touserdata(lua_, index) == nullptr ? "null" : "pointer";
            case LUA_TSTRING: {
                std::size_t size = 0;
                const char* const bytes = lua_tolstring(lua_, index, &size);
                return show_string({bytes, size});
            }
            case LUA_TTABLE:
                return show_table(index);
            default:
                return luaL_typename(lua_, index);
        }
    }

    static std::string show_number(double value) {
        if (std::isnan(value)) return "nan";
        char text[32];
        std::snprintf(text, sizeof text, "%.17g", value);
        return text;
    }

    static std::string show_string(std::string_view bytes) {
        std::string shown = "'";
        for (const char c : bytes) {
            char code[8];
            std::snprintf(code, sizeof code, "\\%02x", static_cast<unsigned>(static_cast<unsigned char>(c)));
            const bool printable = c >= ' ' && c < '\x7f';
            shown += printable ? std::string(1, c) : std::string(code);
        }
        return shown + "'";
    }

    // In the order of next().
    std::string show_table(int index) {
        std::string shown = "{";
        luaL_checkstack(lua_, 4, "table to show");
        for (lua_pushnil(lua_); lua_next(lua_, index) != 0; lua_pop(lua_, 1)) {
            const int value = lua_gettop(lua_);
            shown += (shown.size() > 1 ? "," : "") + show(value - 1) + "=" + show(value);
        }
        return shown + "}";
    }

    JsonOptions json_;
    LuaState state_;
    lua_State* lua_ = nullptr;  // Of the current run.
};

// Scripts and what Redis 7.0.15 answers to them.
struct ScriptCase {
    const char* script;
    const char* shown;
};

}  // namespace pongo

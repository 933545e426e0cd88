// A Lua state for tests of what scripts call: without a server, with limited memory that it counts, and with
// the values that a script returns as a text to compare.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "lua/bit.h"
#include "lua/json.h"
#include "lua/msgpack.h"
#include "lua/struct.h"

namespace pongo {

class ScriptState {
  public:
    explicit ScriptState(std::size_t limit = std::size_t{64} << 20)
        : limit_(limit), lua_(lua_newstate(allocate, this)) {
        luaL_openlibs(lua_);
        add("bit", open_bit);
        add("cjson", open_json);
        add("cmsgpack", open_msgpack);
        add("struct", open_struct);
    }
    ~ScriptState() {
        if (lua_ != nullptr) lua_close(lua_);
    }
    ScriptState(const ScriptState&) = delete;
    ScriptState& operator=(const ScriptState&) = delete;

    // What the script returns, or "error: " and its error. The script is called user_script, as in Redis.
    std::string run(std::string_view script) {
        const int before = lua_gettop(lua_);
        std::string shown;
        if (luaL_loadbuffer(lua_, script.data(), script.size(), "@user_script") != 0 ||
            lua_pcall(lua_, 0, LUA_MULTRET, 0) != 0) {
            shown = "error: " + std::string(lua_tostring(lua_, -1));
        } else {
            for (int i = before + 1; i <= lua_gettop(lua_); ++i)
                shown += (i > before + 1 ? ", " : "") + show(i);
        }
        lua_settop(lua_, before);
        return shown;
    }

    lua_State* lua() { return lua_; }
    std::size_t used() const { return used_; }
    void close() {
        lua_close(lua_);
        lua_ = nullptr;
    }

  private:
    static void* allocate(void* self, void* block, std::size_t old_size, std::size_t new_size) {
        auto& state = *static_cast<ScriptState*>(self);
        if (block == nullptr) old_size = 0;
        if (new_size == 0) {
            std::free(block);
            state.used_ -= old_size;
            return nullptr;
        }
        if (state.used_ - old_size + new_size > state.limit_) return nullptr;
        void* const moved = std::realloc(block, new_size);
        if (moved != nullptr) state.used_ += new_size - old_size;
        return moved;
    }

    void add(const char* name, void (*open)(lua_State*)) {
        open(lua_);
        lua_setglobal(lua_, name);
    }

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

    std::size_t limit_;
    std::size_t used_ = 0;
    lua_State* lua_;
};

// Scripts and what Redis 7.0.15 answers to them.
struct ScriptCase {
    const char* script;
    const char* shown;
};

}  // namespace pongo

// Runs scripts in a Lua state without a server, and writes down what they return as redis-cli would get it.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lua/lua_state.h"

namespace pongo {

// Ends a script at the n-th question, or at the first one after some time; never, unless told.
class TestWatch final : public ScriptWatch {
  public:
    using Clock = std::chrono::steady_clock;

    TestWatch() = default;
    explicit TestWatch(long end_at) : end_at_(end_at) {}
    explicit TestWatch(std::chrono::milliseconds time) : end_after_(Clock::now() + time) {}

    std::optional<std::string> reason_to_end() override {
        if (++asked != end_at_ && Clock::now() < end_after_) return std::nullopt;
        return "ERR Script killed";
    }

    long asked = 0;

  private:
    const long end_at_ = 0;
    const Clock::time_point end_after_ = Clock::time_point::max();
};

// The value at the index: `:1` a number, `$x` a string, `-x` an error, `[...]` a table, `nil`.
inline std::string describe(lua_State* lua, int index) {
    switch (lua_type(lua, index)) {
        case LUA_TSTRING:
            return "$" + std::string(lua_tostring(lua, index), lua_objlen(lua, index));
        case LUA_TNUMBER:
            return ":" + std::to_string(static_cast<long>(lua_tonumber(lua, index)));
        case LUA_TBOOLEAN:
            return lua_toboolean(lua, index) ? ":1" : "nil";
        case LUA_TTABLE:
            break;
        default:
            return "nil";
    }
    lua_getfield(lua, index, "err");
    const bool is_error = lua_isstring(lua, -1);
    std::string text = is_error ? "-" + std::string(lua_tostring(lua, -1)) : "[";
    lua_pop(lua, 1);
    if (is_error) return text;
    for (int element = 1;; ++element) {
        lua_rawgeti(lua, index, element);
        const bool done = lua_isnil(lua, -1);
        if (!done) text += (element > 1 ? ", " : "") + describe(lua, lua_gettop(lua));
        lua_pop(lua, 1);
        if (done) return text + "]";
    }
}

class ScriptRunner {
  public:
    explicit ScriptRunner(std::size_t memory_limit = LuaState::kDefaultMemoryLimit) : state_(memory_limit) {}

    // An error is "-message", with the place as redis-server tells it if there is one.
    std::string run(std::string_view source, std::vector<std::string> keys = {}) {
        TestWatch watch;
        return run(source, watch, std::move(keys));
    }

    std::string run(std::string_view source, TestWatch& watch, std::vector<std::string> keys = {}) {
        std::string error;
        const auto function = state_.compile(source, "@user_script", error);
        if (!function) return "-ERR Error compiling script (new function): " + error;
        const std::vector<std::string_view> views(keys.begin(), keys.end());
        std::string result;
        const auto failure =
            state_.call({.function = *function, .keys = views, .arguments = {}}, &watch, [&](lua_State* lua) {
                luaL_checkstack(lua, 100, "");
                result = describe(lua, lua_gettop(lua));
            });
        state_.release(*function);
        if (!failure) return result;
        if (failure->source.empty()) return "-" + failure->message;
        return "-" + failure->message + ", on " + failure->source + ":" + failure->line + ".";
    }

    LuaState& state() { return state_; }

  private:
    LuaState state_;
};

}  // namespace pongo

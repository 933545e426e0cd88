// math.random, math.randomseed, and collectgarbage: what has a state of its own, which ends with the call.
#include "lua/lua_random.h"

#include <cmath>

#include "lua/lua_libraries.h"
#include "lua/lua_state.h"

namespace pongo {
namespace {

int random(lua_State* lua) {
    const double fraction =
        static_cast<double>(LuaState::of(lua).random().next() % LuaRandom::kMost) / LuaRandom::kMost;
    switch (lua_gettop(lua)) {
        case 0:
            lua_pushnumber(lua, fraction);
            return 1;
        case 1: {
            const int most = luaL_checkint(lua, 1);
            luaL_argcheck(lua, 1 <= most, 1, "interval is empty");
            lua_pushnumber(lua, std::floor(fraction * most) + 1);
            return 1;
        }
        case 2: {
            const int least = luaL_checkint(lua, 1);
            const int most = luaL_checkint(lua, 2);
            luaL_argcheck(lua, least <= most, 2, "interval is empty");
            // redis-server has the width in 32 bits, too.
            const auto width = static_cast<std::int32_t>(static_cast<std::uint32_t>(most) -
                                                         static_cast<std::uint32_t>(least) + 1);
            lua_pushnumber(lua, std::floor(fraction * width) + least);
            return 1;
        }
        default:
            return luaL_error(lua, "wrong number of arguments");
    }
}

int randomseed(lua_State* lua) {
    LuaState::of(lua).random().seed(luaL_checkint(lua, 1));
    return 0;
}

int collectgarbage(lua_State* lua) {
    static constexpr const char* kOptions[] = {"stop", "restart",  "collect",    "count",
                                               "step", "setpause", "setstepmul", nullptr};
    static constexpr int kWhat[] = {LUA_GCSTOP, LUA_GCRESTART,  LUA_GCCOLLECT,   LUA_GCCOUNT,
                                    LUA_GCSTEP, LUA_GCSETPAUSE, LUA_GCSETSTEPMUL};
    const int what = kWhat[luaL_checkoption(lua, 1, "collect", kOptions)];
    const int value = luaL_optint(lua, 2, 0);
    LuaState& state = LuaState::of(lua);
    if (what == LUA_GCCOLLECT || what == LUA_GCSTEP) state.spend(lua, state.memory_used() / 64);
    if (what == LUA_GCSTOP || what == LUA_GCRESTART) state.collector_changed(what == LUA_GCSTOP);
    if (what == LUA_GCSETPAUSE || what == LUA_GCSETSTEPMUL)
        state.collector_changed(state.collector_stopped());
    const int result = lua_gc(lua, what, value);
    if (what == LUA_GCCOUNT) {
        lua_pushnumber(lua, result + lua_gc(lua, LUA_GCCOUNTB, 0) / 1024.0);
    } else if (what == LUA_GCSTEP) {
        lua_pushboolean(lua, result);
    } else {
        lua_pushnumber(lua, result);
    }
    return 1;
}

}  // namespace

void set_random_functions(lua_State* lua) {
    lua_getfield(lua, -1, LUA_MATHLIBNAME);
    lua_pushcfunction(lua, random);
    lua_setfield(lua, -2, "random");
    lua_pushcfunction(lua, randomseed);
    lua_setfield(lua, -2, "randomseed");
    lua_pop(lua, 1);
}

void set_collector_functions(lua_State* lua) {
    lua_pushcfunction(lua, collectgarbage);
    lua_setfield(lua, -2, "collectgarbage");
}

}  // namespace pongo

// coroutine.resume and wrap: a coroutine cannot outlive the end of its script.
#include "lua/lua_libraries.h"
#include "lua/lua_state.h"

namespace pongo {
namespace {

// Why the coroutine cannot be resumed; nullptr if it can.
const char* obstacle(lua_State* lua, lua_State* coroutine) {
    if (lua == coroutine) return "running";
    const int status = lua_status(coroutine);
    if (status == LUA_YIELD) return nullptr;
    if (status != 0) return "dead";
    lua_Debug activation;
    if (lua_getstack(coroutine, 0, &activation) > 0) return "normal";
    return lua_gettop(coroutine) == 0 ? "dead" : nullptr;
}

// Returns how many results there are on the stack; -1 if it is an error.
int resume_with(lua_State* lua, lua_State* coroutine, int arguments) {
    LuaState& state = LuaState::of(lua);
    const char* why_not = obstacle(lua, coroutine);
    if (!state.reserve_stack(coroutine, arguments)) luaL_error(lua, "too many arguments to resume");
    if (why_not != nullptr) {
        lua_pushfstring(lua, "cannot resume %s coroutine", why_not);
        return -1;
    }
    lua_xmove(lua, coroutine, arguments);
    const int status = state.resume(lua, coroutine, arguments);
    if (status != 0 && status != LUA_YIELD) {
        lua_xmove(coroutine, lua, 1);
        return -1;
    }
    const int results = lua_gettop(coroutine);
    if (!lua_checkstack(lua, results + 1)) luaL_error(lua, "too many results to resume");
    lua_xmove(coroutine, lua, results);
    return results;
}

int resume(lua_State* lua) {
    lua_State* coroutine = lua_tothread(lua, 1);
    luaL_argcheck(lua, coroutine != nullptr, 1, "coroutine expected");
    const int results = resume_with(lua, coroutine, lua_gettop(lua) - 1);
    lua_pushboolean(lua, results >= 0);
    const int given = results < 0 ? 1 : results;
    lua_insert(lua, -(given + 1));
    return given + 1;
}

// The coroutine is the upvalue.
int resume_wrapped(lua_State* lua) {
    const int results = resume_with(lua, lua_tothread(lua, lua_upvalueindex(1)), lua_gettop(lua));
    if (results >= 0) return results;
    if (lua_isstring(lua, -1)) {
        luaL_where(lua, 1);
        lua_insert(lua, -2);
        lua_concat(lua, 2);
    }
    return lua_error(lua);
}

int create(lua_State* lua) {
    luaL_argcheck(lua, lua_isfunction(lua, 1) && !lua_iscfunction(lua, 1), 1, "Lua function expected");
    lua_State* coroutine = lua_newthread(lua);
    lua_pushvalue(lua, 1);
    lua_xmove(lua, coroutine, 1);
    return 1;
}

int wrap(lua_State* lua) {
    create(lua);
    lua_pushcclosure(lua, resume_wrapped, 1);
    return 1;
}

}  // namespace

void set_coroutine_functions(lua_State* lua) {
    constexpr luaL_Reg kFunctions[] = {
        {"resume", resume}, {"create", create}, {"wrap", wrap}, {nullptr, nullptr}};
    lua_getfield(lua, -1, LUA_COLIBNAME);
    luaL_register(lua, nullptr, kFunctions);
    lua_pop(lua, 1);
}

}  // namespace pongo

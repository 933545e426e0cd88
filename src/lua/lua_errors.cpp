// pcall, xpcall: what catches errors, but for that which ends the script.
#include "lua/lua_libraries.h"
#include "lua/lua_state.h"

namespace pongo {
namespace {

// Lua leaves no message of an exception that is not its own; such are for missing memory, too.
void after_error(lua_State* lua, int status) {
    if (status == LUA_ERRMEM || status < 0) {
        lua_pushliteral(lua, "not enough memory");
        lua_replace(lua, -2);
        LuaState::of(lua).collect(lua);
    }
}

// As in redis-server, the error that is caught is the text in an error reply, not the table.
int pcall(lua_State* lua) {
    LuaState& state = LuaState::of(lua);
    state.check_stack(lua);
    lua_pushboolean(lua, 1);
    lua_insert(lua, 1);
    // Without arguments, what is called is the result to be.
    if (lua_gettop(lua) == 1) lua_pushvalue(lua, 1);
    const int status = lua_pcall(lua, lua_gettop(lua) - 2, LUA_MULTRET, 0);
    state.raise_if_ending(lua);
    if (status == 0) return lua_gettop(lua);
    after_error(lua, status);
    lua_pushboolean(lua, 0);
    lua_replace(lua, 1);
    if (!lua_istable(lua, 2)) return 2;
    lua_getfield(lua, 2, "err");
    // Where that is no text, redis-server gives it as a third result.
    if (!lua_isstring(lua, 3)) return 3;
    lua_replace(lua, 2);
    return 2;
}

// The handler of the script is the upvalue. It must not run while the script ends; nor with the hook turned
// off, as Lua would do for an error that was raised in the hook.
int handle_by_script(lua_State* lua) {
    if (LuaState::of(lua).ending()) return 1;
    lua_pushvalue(lua, lua_upvalueindex(1));
    lua_insert(lua, 1);
    lua_call(lua, lua_gettop(lua) - 1, 1);
    return 1;
}

int xpcall(lua_State* lua) {
    LuaState& state = LuaState::of(lua);
    luaL_checkany(lua, 2);
    state.check_stack(lua);
    lua_settop(lua, 2);
    if (lua_isfunction(lua, 2)) lua_pushcclosure(lua, handle_by_script, 1);
    lua_insert(lua, 1);
    const int status = lua_pcall(lua, 0, LUA_MULTRET, 1);
    state.raise_if_ending(lua);
    if (status != 0) after_error(lua, status);
    lua_pushboolean(lua, status == 0);
    lua_replace(lua, 1);
    return lua_gettop(lua);
}

}  // namespace

void set_error_functions(lua_State* lua) {
    constexpr luaL_Reg kFunctions[] = {{"pcall", pcall}, {"xpcall", xpcall}, {nullptr, nullptr}};
    luaL_register(lua, nullptr, kFunctions);
}

}  // namespace pongo

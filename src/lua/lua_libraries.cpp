#include "lua/lua_libraries.h"

#include "lua/lua_protection.h"
#include "lua/lua_state.h"

namespace pongo {
namespace {

// Access to a global that is not there. Scripts can call it, too: it is in the metatable of _G.
int missing_global(lua_State* lua) {
    if (lua_gettop(lua) != 2) return luaL_error(lua, "Wrong number of arguments to luaProtectedTableError");
    if (!lua_isstring(lua, 2)) {
        return luaL_error(lua, "Second argument to luaProtectedTableError must be a string or number");
    }
    return luaL_error(lua, "Script attempted to access nonexistent global variable '%s'",
                      lua_tostring(lua, 2));
}

// Into the table on top of the stack.
void set_place(lua_State* lua, const char* source, int line) {
    lua_pushliteral(lua, "source");
    lua_pushstring(lua, source);
    lua_rawset(lua, -3);
    lua_pushliteral(lua, "line");
    lua_pushinteger(lua, line);
    lua_rawset(lua, -3);
}

// tostring() is the upvalue.
int handle_error(lua_State* lua) {
    if (LuaState::of(lua).ending()) return 1;
    lua_settop(lua, 1);
    lua_Debug activation;
    bool known = lua_getstack(lua, 1, &activation) != 0;
    if (known) lua_getinfo(lua, "nSl", &activation);
    // Functions in C have no lines: it is the one that called them. At the bottom is what runs scripts.
    if (known && *activation.what == 'C') {
        lua_Debug below;
        known = lua_getstack(lua, 2, &activation) != 0 && lua_getstack(lua, 3, &below) != 0;
        if (known) lua_getinfo(lua, "nSl", &activation);
    }
    if (!lua_istable(lua, 1)) {
        lua_createtable(lua, 0, 3);
        lua_pushliteral(lua, "ERR ");
        lua_pushvalue(lua, lua_upvalueindex(1));
        lua_pushvalue(lua, 1);
        lua_call(lua, 1, 1);
        lua_concat(lua, 2);
        lua_setfield(lua, 2, "err");
        lua_replace(lua, 1);
    }
    if (!known) return 1;
    if (push_behind(lua, 1)) {
        // What the handler of redis-server, which is Lua code, stumbles over.
        lua_createtable(lua, 0, 3);
        lua_pushliteral(lua, "ERR err_handler_def:10: Attempt to modify a readonly table");
        lua_setfield(lua, -2, "err");
        set_place(lua, "@err_handler_def", 10);
        return 1;
    }
    set_place(lua, activation.source, activation.currentline);
    return 1;
}

void open_packaged_libraries(lua_State* lua) {
    constexpr luaL_Reg kLibraries[] = {{"", luaopen_base},
                                       {LUA_TABLIBNAME, luaopen_table},
                                       {LUA_STRLIBNAME, luaopen_string},
                                       {LUA_MATHLIBNAME, luaopen_math}};
    for (const luaL_Reg& library : kLibraries) {
        lua_pushcfunction(lua, library.func);
        lua_pushstring(lua, library.name);
        lua_call(lua, 1, 0);
    }
}

void remove_globals(lua_State* lua) {
    // Files, other functions' environments and userdata are not for scripts.
    for (const char* name : {"dofile", "loadfile", "getfenv", "setfenv", "newproxy", "print", "_G"}) {
        lua_pushnil(lua);
        lua_setfield(lua, -2, name);
    }
}

// The metatable of strings leads to the real table, which is quicker; scripts see another one. The globals,
// already protected, are on top of the stack.
void protect_strings(lua_State* lua) {
    const int globals = lua_gettop(lua);
    lua_pushliteral(lua, "");
    lua_getmetatable(lua, -1);
    lua_createtable(lua, 0, 1);
    lua_getfield(lua, globals, LUA_STRLIBNAME);
    lua_setfield(lua, -2, "__index");
    push_protected(lua, -1);
    set_visible_metatable(lua, globals + 2);
    lua_settop(lua, globals);
}

}  // namespace

void push_protected_globals(lua_State* lua, int index) {
    lua_pushvalue(lua, index);
    lua_createtable(lua, 0, 1);
    lua_pushcfunction(lua, missing_global);
    lua_setfield(lua, -2, "__index");
    push_protected_with_metatable(lua, -2, -1);
    lua_insert(lua, -3);
    lua_pop(lua, 2);
}

void open_script_globals(lua_State* lua) {
    open_packaged_libraries(lua);
    lua_pushvalue(lua, LUA_GLOBALSINDEX);
    remove_globals(lua);
    lua_getfield(lua, -1, "tostring");
    lua_pushcclosure(lua, handle_error, 1);
    lua_setfield(lua, -2, kErrorHandlerName);
    set_protection_functions(lua);
    set_error_functions(lua);
    set_loading_functions(lua);
    set_coroutine_functions(lua);
    set_table_functions(lua);
    set_random_functions(lua);
    set_pattern_functions(lua);
    set_format_functions(lua);
    set_number_functions(lua);
    set_collector_functions(lua);

    push_protected_globals(lua, -1);
    protect_strings(lua);
    lua_pushvalue(lua, -1);
    lua_setfield(lua, -3, "_G");
    lua_replace(lua, LUA_GLOBALSINDEX);
}

}  // namespace pongo

#include "lua/lua_protection.h"

#include "lua/lua_libraries.h"
#include "lua/lua_state.h"

namespace pongo {
namespace {

constexpr const char* kRefusal = "Attempt to modify a readonly table";

// Their addresses are fields of metatables that no script can name: the real table of a stand-in, and what
// getmetatable() is to give (nil, if that is false).
const char kBehind = 0;
const char kVisible = 0;

int absolute(lua_State* lua, int index) {
    return index > 0 || index <= LUA_REGISTRYINDEX ? index : lua_gettop(lua) + index + 1;
}

void push_key(lua_State* lua, const char* key) {
    lua_pushlightuserdata(lua, const_cast<char*>(key));
}

// From Lua code: the error says where.
int refuse_assignment(lua_State* lua) {
    return luaL_error(lua, "%s", kRefusal);
}

// Replaces tables in the fields of the table at `index`, unless they are stand-ins.
void protect_fields(lua_State* lua, int index) {
    lua_pushnil(lua);
    const int key = lua_gettop(lua);
    for (; lua_next(lua, index) != 0; lua_settop(lua, key)) {
        if (!lua_istable(lua, -1) || push_behind(lua, -1)) continue;
        lua_pushvalue(lua, key);
        push_protected(lua, -2);
        lua_rawset(lua, index);
    }
}

}  // namespace

void push_protected(lua_State* lua, int index) {
    index = absolute(lua, index);
    luaL_checkstack(lua, 8, "too many tables in tables");
    protect_fields(lua, index);
    lua_newtable(lua);
    lua_createtable(lua, 0, 4);
    lua_pushvalue(lua, index);
    lua_setfield(lua, -2, "__index");
    lua_pushcfunction(lua, refuse_assignment);
    lua_setfield(lua, -2, "__newindex");
    push_key(lua, &kBehind);
    lua_pushvalue(lua, index);
    lua_rawset(lua, -3);
    lua_pushboolean(lua, 0);
    set_visible_metatable(lua, -2);
    lua_setmetatable(lua, -2);
}

void push_protected_with_metatable(lua_State* lua, int index, int metatable) {
    metatable = absolute(lua, metatable);
    index = absolute(lua, index);
    push_protected(lua, index);
    lua_getmetatable(lua, -1);
    push_protected(lua, metatable);
    set_visible_metatable(lua, -2);
    lua_pop(lua, 1);
    lua_pushvalue(lua, metatable);
    lua_setmetatable(lua, index);
}

void set_visible_metatable(lua_State* lua, int metatable) {
    metatable = absolute(lua, metatable);
    push_key(lua, &kVisible);
    lua_insert(lua, -2);
    lua_rawset(lua, metatable);
}

bool push_behind(lua_State* lua, int index) {
    if (!lua_getmetatable(lua, index)) return false;
    push_key(lua, &kBehind);
    lua_rawget(lua, -2);
    if (lua_istable(lua, -1)) {
        lua_remove(lua, -2);
        return true;
    }
    lua_pop(lua, 2);
    return false;
}

void check_modifiable(lua_State* lua, int index) {
    if (!push_behind(lua, index)) return;
    lua_pushstring(lua, kRefusal);
    lua_error(lua);
}

namespace {

// The first argument, a table, becomes what is behind it.
void look_behind(lua_State* lua) {
    luaL_checktype(lua, 1, LUA_TTABLE);
    if (push_behind(lua, 1)) lua_replace(lua, 1);
}

int next(lua_State* lua) {
    look_behind(lua);
    lua_settop(lua, 2);
    if (lua_next(lua, 1) != 0) return 2;
    lua_pushnil(lua);
    return 1;
}

// The upvalues are the function next above and, for ordinary tables, the packaged one, which is quicker. That
// sees nothing in a stand-in.
int pairs(lua_State* lua) {
    luaL_checktype(lua, 1, LUA_TTABLE);
    const bool stand_in = push_behind(lua, 1);
    lua_pushvalue(lua, lua_upvalueindex(stand_in ? 1 : 2));
    lua_pushvalue(lua, 1);
    lua_pushnil(lua);
    return 3;
}

int rawget(lua_State* lua) {
    luaL_checktype(lua, 1, LUA_TTABLE);
    luaL_checkany(lua, 2);
    lua_settop(lua, 2);
    look_behind(lua);
    lua_rawget(lua, 1);
    return 1;
}

int rawset(lua_State* lua) {
    luaL_checktype(lua, 1, LUA_TTABLE);
    luaL_checkany(lua, 2);
    luaL_checkany(lua, 3);
    lua_settop(lua, 3);
    check_modifiable(lua, 1);
    lua_rawset(lua, 1);
    return 1;
}

int getmetatable(lua_State* lua) {
    luaL_checkany(lua, 1);
    if (!lua_getmetatable(lua, 1)) {
        lua_pushnil(lua);
        return 1;
    }
    push_key(lua, &kVisible);
    lua_rawget(lua, -2);
    if (!lua_isnil(lua, -1)) {
        if (!lua_toboolean(lua, -1)) lua_pushnil(lua);
        return 1;
    }
    lua_pop(lua, 1);
    if (luaL_getmetafield(lua, 1, "__metatable")) return 1;
    return 1;
}

// Lua would find nothing in a stand-in at the top of the stack: it becomes a copy of the real metatable, of
// which scripts see the stand-in.
void make_usable_metatable(lua_State* lua) {
    const int stand_in = lua_gettop(lua);
    if (!push_behind(lua, stand_in)) return;
    const int real = stand_in + 1;
    lua_newtable(lua);
    for (lua_pushnil(lua); lua_next(lua, real) != 0; lua_pop(lua, 1)) {
        lua_pushvalue(lua, -2);
        lua_pushvalue(lua, -2);
        lua_rawset(lua, real + 1);
    }
    lua_pushvalue(lua, stand_in);
    set_visible_metatable(lua, real + 1);
    lua_replace(lua, stand_in);
    lua_settop(lua, stand_in);
}

int setmetatable(lua_State* lua) {
    const int type = lua_type(lua, 2);
    luaL_checktype(lua, 1, LUA_TTABLE);
    luaL_argcheck(lua, type == LUA_TNIL || type == LUA_TTABLE, 2, "nil or table expected");
    check_modifiable(lua, 1);
    if (luaL_getmetafield(lua, 1, "__metatable"))
        return luaL_error(lua, "cannot change a protected metatable");
    lua_settop(lua, 2);
    if (type == LUA_TTABLE) make_usable_metatable(lua);
    lua_setmetatable(lua, 1);
    return 1;
}

int foreach (lua_State* lua) {
    look_behind(lua);
    luaL_checktype(lua, 2, LUA_TFUNCTION);
    lua_settop(lua, 2);
    for (lua_pushnil(lua); lua_next(lua, 1) != 0; lua_pop(lua, 2)) {
        lua_pushvalue(lua, 2);
        lua_pushvalue(lua, -3);
        lua_pushvalue(lua, -3);
        lua_call(lua, 2, 1);
        if (!lua_isnil(lua, -1)) return 1;
        LuaState::of(lua).spend(lua, 1);
    }
    return 0;
}

int insert(lua_State* lua) {
    luaL_checktype(lua, 1, LUA_TTABLE);
    const auto length = static_cast<int>(lua_objlen(lua, 1));
    const int arguments = lua_gettop(lua);
    if (arguments != 2 && arguments != 3) return luaL_error(lua, "wrong number of arguments to 'insert'");
    const int position = arguments == 2 ? length + 1 : luaL_checkint(lua, 2);
    check_modifiable(lua, 1);
    LuaState& state = LuaState::of(lua);
    // A position far before the first element moves many that are not there.
    for (int to = length + 1; to > position; --to) {
        state.spend(lua, 1);
        lua_rawgeti(lua, 1, to - 1);
        lua_rawseti(lua, 1, to);
    }
    lua_settop(lua, arguments);
    lua_rawseti(lua, 1, position);
    return 0;
}

}  // namespace

void set_protection_functions(lua_State* lua) {
    constexpr luaL_Reg kFunctions[] = {{"rawget", rawget},
                                       {"rawset", rawset},
                                       {"next", next},
                                       {"getmetatable", getmetatable},
                                       {"setmetatable", setmetatable},
                                       {nullptr, nullptr}};
    lua_getfield(lua, -1, "next");
    lua_insert(lua, -2);
    luaL_register(lua, nullptr, kFunctions);
    lua_getfield(lua, -1, "next");
    lua_pushvalue(lua, -3);
    lua_remove(lua, -4);
    lua_pushcclosure(lua, pairs, 2);
    lua_setfield(lua, -2, "pairs");

    lua_getfield(lua, -1, "table");
    lua_pushcfunction(lua, foreach);
    lua_setfield(lua, -2, "foreach");
    lua_pushcfunction(lua, insert);
    lua_setfield(lua, -2, "insert");
    lua_pop(lua, 1);
}

}  // namespace pongo

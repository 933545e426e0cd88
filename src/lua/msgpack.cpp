#include "lua/msgpack.h"

#include "lua/msgpack_format.h"

namespace pongo {
namespace {

int pack(lua_State* lua) {
    const int arguments = lua_gettop(lua);
    if (arguments == 0) return luaL_argerror(lua, 0, "MessagePack pack needs input.");
    if (lua_checkstack(lua, arguments) == 0)
        return luaL_argerror(lua, 0, "Too many arguments for MessagePack pack.");
    ScriptBuffer out(lua);
    for (int i = 1; i <= arguments; ++i) {
        lua_pushvalue(lua, i);
        write_msgpack(lua, out);
        // Redis has a string here for each argument. What that leaves of the stack is what nested tables of
        // the next arguments may take.
        lua_pop(lua, 1);
        lua_pushboolean(lua, 0);
    }
    lua_settop(lua, arguments);
    out.push();
    return 1;
}

std::string_view checked_input(lua_State* lua) {
    std::size_t size = 0;
    const char* bytes = luaL_checklstring(lua, 1, &size);
    return {bytes, size};
}

int unpack_all(lua_State* lua) {
    const std::string_view input = checked_input(lua);
    const int before = lua_gettop(lua);
    MsgpackReader reader(lua, input, 0);
    while (!reader.at_end()) reader.push_next();
    return lua_gettop(lua) - before;
}

// Returns the offset of what is left, or -1 if nothing is, and up to `limit` values.
int unpack_some(lua_State* lua, lua_Integer limit, lua_Integer offset) {
    if (lua_gettop(lua) > 1) lua_settop(lua, 1);
    // Without both it is a call to unpack().
    if (limit == 0 && offset == 0) return unpack_all(lua);
    const std::string_view input = checked_input(lua);
    const auto size = static_cast<int>(input.size());
    if (offset < 0 || limit < 0)
        return luaL_error(lua, "Invalid request to unpack with offset of %d and limit of %d.",
                          static_cast<int>(offset), size);
    if (static_cast<std::size_t>(offset) > input.size())
        return luaL_error(lua, "Start offset %d greater than input length %d.", static_cast<int>(offset),
                          size);
    MsgpackReader reader(lua, input, static_cast<std::size_t>(offset));
    lua_Integer values = 0;
    for (; values < limit && !reader.at_end(); ++values) reader.push_next();
    luaL_checkstack(lua, 1, "in function mp_unpack_full");
    lua_pushinteger(lua, reader.at_end() ? -1 : static_cast<lua_Integer>(reader.offset()));
    lua_insert(lua, 2);
    return static_cast<int>(values) + 1;
}

int unpack_one(lua_State* lua) {
    return unpack_some(lua, 1, luaL_optinteger(lua, 2, 0));
}

int unpack_limit(lua_State* lua) {
    const lua_Integer limit = luaL_checkinteger(lua, 2);
    return unpack_some(lua, limit, luaL_optinteger(lua, 3, 0));
}

constexpr luaL_Reg kFunctions[] = {{"pack", pack},
                                   {"unpack", unpack_all},
                                   {"unpack_one", unpack_one},
                                   {"unpack_limit", unpack_limit},
                                   {nullptr, nullptr}};

// What scripts can read about the library that this one stands in for.
constexpr const char* kConstants[][2] = {
    {"_NAME", "cmsgpack"},
    {"_VERSION", "lua-cmsgpack 0.4.0"},
    {"_COPYRIGHT", "Copyright (C) 2012, Salvatore Sanfilippo"},
    {"_DESCRIPTION", "MessagePack C implementation for Lua"},
};

}  // namespace

void open_msgpack(lua_State* lua) {
    lua_newtable(lua);
    luaL_register(lua, nullptr, kFunctions);
    for (const auto& [name, value] : kConstants) {
        lua_pushstring(lua, value);
        lua_setfield(lua, -2, name);
    }
}

}  // namespace pongo

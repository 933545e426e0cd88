#include "scripting/function_registration.h"

#include <algorithm>
#include <string>
#include <utility>

namespace pongo {
namespace {

// Where things are on the stack while the fields of a table are read.
constexpr int kFields = 1;
constexpr int kCallback = 2;  // Nil until it is found.
constexpr int kKey = 3;
constexpr int kValue = 4;

// Nothing if it is neither text nor a number. Of a copy: lua_next() needs its keys as they are.
std::optional<std::string> text_at(lua_State* lua, int index) {
    if (lua_isstring(lua, index) == 0) return std::nullopt;
    lua_pushvalue(lua, index);
    std::size_t size = 0;
    const char* const bytes = lua_tolstring(lua, -1, &size);
    std::string text(bytes, size);
    lua_pop(lua, 1);
    return text;
}

const char* read_flags(lua_State* lua, int table, std::uint32_t& flags) {
    for (int i = 1;; ++i) {
        lua_rawgeti(lua, table, i);
        if (lua_isnil(lua, -1)) break;
        const auto name = text_at(lua, -1);
        const std::uint32_t flag = name ? script_flag(to_lower(*name)) : 0;
        if (flag == 0) return "unknown flag given";
        flags |= flag;
        lua_pop(lua, 1);
        LuaState::of(lua).spend(lua, 1);
    }
    lua_pop(lua, 1);
    return nullptr;
}

// One field of the table, whose key and value are on the stack.
const char* read_field(lua_State* lua, Function& function) {
    const auto key = text_at(lua, kKey);
    if (!key) return "named argument key given to redis.register_function is not a string";
    if (equals_ignore_case(*key, "function_name")) {
        const auto name = text_at(lua, kValue);
        if (!name) return "function_name argument given to redis.register_function must be a string";
        function.name = *name;
    } else if (equals_ignore_case(*key, "description")) {
        function.description = text_at(lua, kValue);
        if (!function.description) {
            return "description argument given to redis.register_function must be a string";
        }
    } else if (equals_ignore_case(*key, "callback")) {
        if (!lua_isfunction(lua, kValue)) {
            return "callback argument given to redis.register_function must be a function";
        }
        lua_pushvalue(lua, kValue);
        lua_replace(lua, kCallback);
    } else if (equals_ignore_case(*key, "flags")) {
        if (!lua_istable(lua, kValue)) {
            return "flags argument to redis.register_function must be a table representing function flags";
        }
        return read_flags(lua, kValue, function.flags);
    } else {
        return "unknown argument given to redis.register_function";
    }
    return nullptr;
}

// In the order in which Lua has them: that decides which of several errors is told.
const char* read_fields(lua_State* lua, Function& function) {
    if (!lua_istable(lua, kFields)) {
        return "calling redis.register_function with a single argument is only applicable to Lua table "
               "(representing named arguments).";
    }
    bool has_name = false;
    lua_settop(lua, kCallback);
    for (lua_pushnil(lua); lua_next(lua, kFields) != 0; lua_settop(lua, kKey)) {
        if (const char* const error = read_field(lua, function)) return error;
        has_name = has_name || equals_ignore_case(text_at(lua, kKey).value_or(""), "function_name");
        LuaState::of(lua).spend(lua, 1);
    }
    if (!has_name) return "redis.register_function must get a function name argument";
    if (lua_isnil(lua, kCallback)) return "redis.register_function must get a callback argument";
    return nullptr;
}

const char* read_positions(lua_State* lua, Function& function) {
    const auto name = text_at(lua, 1);
    if (!name) return "first argument to redis.register_function must be a string";
    if (!lua_isfunction(lua, 2)) return "second argument to redis.register_function must be a function";
    function.name = *name;
    return nullptr;
}

}  // namespace

const char* read_registration(lua_State* lua, FunctionLibrary& library) {
    const int count = lua_gettop(lua);
    if (count != 1 && count != 2) return "wrong number of arguments to redis.register_function";
    Function function;
    const char* const error = count == 1 ? read_fields(lua, function) : read_positions(lua, function);
    if (error) return error;
    if (!is_function_name(function.name)) return kBadFunctionName.data();
    const auto has_name = [&](const Function& other) { return other.name == function.name; };
    if (std::ranges::any_of(library.functions, has_name)) return "Function already exists in the library";
    // What is outside of the Lua state is limited as if it were inside.
    const std::size_t size = function.name.size() + function.description.value_or("").size();
    if (library.memory() + size > memory_left(lua)) return "not enough memory";
    Function& added = library.functions.emplace_back();
    added.name = std::move(function.name);
    added.description = std::move(function.description);
    added.flags = function.flags;
    lua_settop(lua, 2);
    return nullptr;
}

}  // namespace pongo

#include "lua/json.h"

#include <limits>
#include <new>

#include "lua/json_format.h"

namespace pongo {
namespace {

constexpr int kLargestInt = std::numeric_limits<int>::max();

JsonOptions& options_of(lua_State* lua) {
    return *static_cast<JsonOptions*>(lua_touserdata(lua, lua_upvalueindex(1)));
}

int encode(lua_State* lua) {
    luaL_argcheck(lua, lua_gettop(lua) == 1, 1, "expected 1 argument");
    encode_json(lua, options_of(lua));
    return 1;
}

int decode(lua_State* lua) {
    luaL_argcheck(lua, lua_gettop(lua) == 1, 1, "expected 1 argument");
    std::size_t size = 0;
    const char* const text = luaL_checklstring(lua, 1, &size);
    decode_json(lua, options_of(lua), {text, size});
    return 1;
}

// The options. Each function sets what is given and not nil, and returns what then holds.

void take_at_most(lua_State* lua, int arguments) {
    luaL_argcheck(lua, lua_gettop(lua) <= arguments, arguments + 1, "found too many arguments");
    lua_settop(lua, arguments);
}

int integer_option(lua_State* lua, int argument, int& option, int least, int most) {
    if (!lua_isnil(lua, argument)) {
        const auto value = static_cast<int>(luaL_checkinteger(lua, argument));
        // Whichever argument it is, Redis says the first.
        if (value < least || value > most)
            luaL_argerror(lua, 1, lua_pushfstring(lua, "expected integer between %d and %d", least, most));
        option = value;
    }
    lua_pushinteger(lua, option);
    return 1;
}

// Words or booleans; the first two of `names` are off and on.
template <typename Option>
int named_option(lua_State* lua, Option& option, const char* const* names) {
    if (lua_isboolean(lua, 1)) {
        option = static_cast<Option>(lua_toboolean(lua, 1));
    } else if (!lua_isnil(lua, 1)) {
        option = static_cast<Option>(luaL_checkoption(lua, 1, nullptr, names));
    }
    const auto chosen = static_cast<int>(option);
    if (chosen > 1) {
        lua_pushstring(lua, names[chosen]);
    } else {
        lua_pushboolean(lua, chosen);
    }
    return 1;
}

constexpr const char* kSwitch[] = {"off", "on", nullptr};
constexpr const char* kInvalidNumbers[] = {"off", "on", "null", nullptr};

int encode_sparse_array(lua_State* lua) {
    JsonOptions& options = options_of(lua);
    take_at_most(lua, 3);
    named_option(lua, options.sparse_as_object, kSwitch);
    integer_option(lua, 2, options.sparse_ratio, 0, kLargestInt);
    integer_option(lua, 3, options.sparse_safe, 0, kLargestInt);
    return 3;
}

int encode_max_depth(lua_State* lua) {
    take_at_most(lua, 1);
    return integer_option(lua, 1, options_of(lua).encode_depth, 1, kLargestInt);
}

int decode_max_depth(lua_State* lua) {
    take_at_most(lua, 1);
    return integer_option(lua, 1, options_of(lua).decode_depth, 1, kLargestInt);
}

int encode_number_precision(lua_State* lua) {
    take_at_most(lua, 1);
    return integer_option(lua, 1, options_of(lua).precision, 1, 14);
}

int encode_keep_buffer(lua_State* lua) {
    take_at_most(lua, 1);
    return named_option(lua, options_of(lua).keep_buffer, kSwitch);
}

int encode_invalid_numbers(lua_State* lua) {
    take_at_most(lua, 1);
    return named_option(lua, options_of(lua).encode_invalid, kInvalidNumbers);
}

int decode_invalid_numbers(lua_State* lua) {
    take_at_most(lua, 1);
    return named_option(lua, options_of(lua).decode_invalid, kSwitch);
}

int new_library(lua_State* lua);

// pairs() shows them in an order that depends on that of their registration.
constexpr luaL_Reg kFunctions[] = {{"encode", encode},
                                   {"decode", decode},
                                   {"encode_sparse_array", encode_sparse_array},
                                   {"encode_max_depth", encode_max_depth},
                                   {"decode_max_depth", decode_max_depth},
                                   {"encode_number_precision", encode_number_precision},
                                   {"encode_keep_buffer", encode_keep_buffer},
                                   {"encode_invalid_numbers", encode_invalid_numbers},
                                   {"decode_invalid_numbers", decode_invalid_numbers},
                                   {"new", new_library}};

// The library, whose functions share the options on top of the stack, which it replaces.
void push_library(lua_State* lua) {
    lua_newtable(lua);
    lua_insert(lua, -2);
    for (const luaL_Reg& function : kFunctions) {
        lua_pushvalue(lua, -1);
        lua_pushcclosure(lua, function.func, 1);
        lua_setfield(lua, -3, function.name);
    }
    lua_pop(lua, 1);

    // JSON's null is a null pointer: Lua's nil can't be kept in a table.
    lua_pushlightuserdata(lua, nullptr);
    lua_setfield(lua, -2, "null");
    lua_pushliteral(lua, "cjson");
    lua_setfield(lua, -2, "_NAME");
    lua_pushliteral(lua, "2.1.0");
    lua_setfield(lua, -2, "_VERSION");
}

int new_library(lua_State* lua) {
    new (lua_newuserdata(lua, sizeof(JsonOptions))) JsonOptions;
    push_library(lua);
    return 1;
}

}  // namespace

void JsonOptions::take_changed(const JsonOptions& before, const JsonOptions& after) {
    const auto take = [&](auto... fields) {
        ((after.*fields != before.*fields ? void(this->*fields = after.*fields) : void()), ...);
    };
    take(&JsonOptions::sparse_as_object, &JsonOptions::sparse_ratio, &JsonOptions::sparse_safe,
         &JsonOptions::encode_depth, &JsonOptions::decode_depth, &JsonOptions::precision,
         &JsonOptions::keep_buffer, &JsonOptions::encode_invalid, &JsonOptions::decode_invalid);
}

void open_json(lua_State* lua, JsonOptions& options) {
    lua_pushlightuserdata(lua, &options);
    push_library(lua);
}

}  // namespace pongo

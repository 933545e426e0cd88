// tonumber and tostring. Whole numbers, which is what scripts have to do with most, are quicker than in the
// packaged library; everything else is left to that.
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "lua/lua_libraries.h"

namespace pongo {
namespace {

// So many digits fit into a double, and are written without an exponent.
constexpr std::size_t kExactDigits = 14;
constexpr double kExactNumbers = 1e14;

// The packaged function is the upvalue. It stays the one that the script has called, as errors tell.
int call_packaged(lua_State* lua) {
    return lua_tocfunction(lua, lua_upvalueindex(1))(lua);
}

int tonumber(lua_State* lua) {
    if (lua_gettop(lua) != 1 || lua_type(lua, 1) != LUA_TSTRING) return call_packaged(lua);
    std::size_t size = 0;
    const char* const text = lua_tolstring(lua, 1, &size);
    if (size == 0 || size > kExactDigits) return call_packaged(lua);
    std::int64_t number = 0;
    for (const char* at = text; at < text + size; ++at) {
        if (*at < '0' || *at > '9') return call_packaged(lua);
        number = number * 10 + (*at - '0');
    }
    lua_pushnumber(lua, static_cast<lua_Number>(number));
    return 1;
}

int tostring(lua_State* lua) {
    if (lua_type(lua, 1) != LUA_TNUMBER) return call_packaged(lua);
    const lua_Number number = lua_tonumber(lua, 1);
    const bool is_whole = std::abs(number) < kExactNumbers && number == std::trunc(number);
    if (!is_whole || (number == 0 && std::signbit(number))) return call_packaged(lua);
    char digits[kExactDigits + 1];
    const char* const end =
        std::to_chars(digits, digits + sizeof digits, static_cast<std::int64_t>(number)).ptr;
    lua_pushlstring(lua, digits, static_cast<std::size_t>(end - digits));
    return 1;
}

void set_in_front(lua_State* lua, const char* name, lua_CFunction function) {
    lua_getfield(lua, -1, name);
    lua_pushcclosure(lua, function, 1);
    lua_setfield(lua, -2, name);
}

}  // namespace

void set_number_functions(lua_State* lua) {
    set_in_front(lua, "tonumber", tonumber);
    set_in_front(lua, "tostring", tostring);
}

}  // namespace pongo

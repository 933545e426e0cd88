// table.concat, remove, sort, foreachi and unpack. As elsewhere in Lua 5.1, the length of a table with holes
// may be far beyond what it holds: so loops over it count their steps.
#include <cstdint>

#include "lua/lua_libraries.h"
#include "lua/lua_state.h"
#include "lua/script_buffer.h"

namespace pongo {
namespace {

int length_of(lua_State* lua, int index) {
    luaL_checktype(lua, index, LUA_TTABLE);
    return static_cast<int>(lua_objlen(lua, index));
}

void append_element(lua_State* lua, ScriptBuffer& buffer, int index) {
    lua_rawgeti(lua, 1, index);
    if (!lua_isstring(lua, -1)) {
        luaL_error(lua, "invalid value (%s) at index %d in table for 'concat'", luaL_typename(lua, -1),
                   index);
    }
    std::size_t size = 0;
    const char* bytes = lua_tolstring(lua, -1, &size);
    buffer.append(std::string_view(bytes, size));
    lua_pop(lua, 1);
}

int concat(lua_State* lua) {
    std::size_t size = 0;
    const char* bytes = luaL_optlstring(lua, 2, "", &size);
    const std::string_view separator(bytes, size);
    luaL_checktype(lua, 1, LUA_TTABLE);
    const std::int64_t first = luaL_optint(lua, 3, 1);
    const std::int64_t last = lua_isnoneornil(lua, 4) ? length_of(lua, 1) : luaL_checkint(lua, 4);
    ScriptBuffer buffer(lua);
    for (std::int64_t index = first; index <= last; ++index) {
        append_element(lua, buffer, static_cast<int>(index));
        if (index < last && !separator.empty()) buffer.append(separator);
    }
    buffer.push();
    return 1;
}

int remove(lua_State* lua) {
    const int length = length_of(lua, 1);
    int position = luaL_optint(lua, 2, length);
    if (position < 1 || position > length) return 0;
    LuaState& state = LuaState::of(lua);
    lua_rawgeti(lua, 1, position);
    for (; position < length; ++position) {
        state.spend(lua, 1);
        lua_rawgeti(lua, 1, position + 1);
        lua_rawseti(lua, 1, position);
    }
    lua_pushnil(lua);
    lua_rawseti(lua, 1, length);
    return 1;
}

int foreachi(lua_State* lua) {
    const int length = length_of(lua, 1);
    luaL_checktype(lua, 2, LUA_TFUNCTION);
    LuaState& state = LuaState::of(lua);
    for (int index = 1; index <= length; ++index) {
        lua_pushvalue(lua, 2);
        lua_pushinteger(lua, index);
        lua_rawgeti(lua, 1, index);
        lua_call(lua, 2, 1);
        if (!lua_isnil(lua, -1)) return 1;
        lua_pop(lua, 1);
        state.spend(lua, 1);
    }
    return 0;
}

int unpack(lua_State* lua) {
    luaL_checktype(lua, 1, LUA_TTABLE);
    const std::int64_t first = luaL_optint(lua, 2, 1);
    const std::int64_t last = lua_isnoneornil(lua, 3) ? length_of(lua, 1) : luaL_checkint(lua, 3);
    if (first > last) return 0;
    const std::int64_t count = last - first + 1;
    if (count > INT32_MAX || !lua_checkstack(lua, static_cast<int>(count))) {
        return luaL_error(lua, "too many results to unpack");
    }
    for (std::int64_t index = first; index <= last; ++index) lua_rawgeti(lua, 1, static_cast<int>(index));
    return static_cast<int>(count);
}

// table.sort at work: a quicksort with the median of three as the pivot (Sedgewick, "Implementing Quicksort
// Programs", 1978). Elements that are equal, and functions that contradict themselves, make every step of it
// visible: so it compares and swaps exactly what Lua 5.1 does.
class Sort {
  public:
    explicit Sort(lua_State* lua) : lua_(lua), state_(LuaState::of(lua)), by_function_(!lua_isnil(lua, 2)) {}

    void sort(int low, int high) {
        while (low < high) {
            order(low, high);
            if (high - low == 1) return;
            const int middle =
                static_cast<int>((static_cast<unsigned>(low) + static_cast<unsigned>(high)) / 2);
            if (!order(low, middle)) order(middle, high);
            if (high - low == 2) return;
            const int pivot = partition(low, high, middle);
            // The smaller part first: the depth is at most the logarithm of the length.
            if (pivot - low < high - pivot) {
                sort(low, pivot - 1);
                low = pivot + 1;
            } else {
                sort(pivot + 1, high);
                high = pivot - 1;
            }
        }
    }

  private:
    // Swaps the elements if the second is less than the first; returns whether it was.
    bool order(int first, int second) {
        lua_rawgeti(lua_, 1, first);
        lua_rawgeti(lua_, 1, second);
        const bool wrong = less(-1, -2);
        if (wrong) {
            store(first, second);
        } else {
            lua_pop(lua_, 2);
        }
        return wrong;
    }

    // Pops two elements: that on top becomes the first.
    void store(int first, int second) {
        lua_rawseti(lua_, 1, first);
        lua_rawseti(lua_, 1, second);
    }

    // Returns where the pivot is; what is less is before it.
    int partition(int low, int high, int middle) {
        lua_rawgeti(lua_, 1, middle);
        lua_pushvalue(lua_, -1);
        lua_rawgeti(lua_, 1, high - 1);
        store(middle, high - 1);
        // The pivot stays on the stack.
        int left = low;
        int right = high - 1;
        for (;;) {
            while (lua_rawgeti(lua_, 1, ++left), less(-1, -2)) {
                if (left > high) refuse_function();
                lua_pop(lua_, 1);
            }
            while (lua_rawgeti(lua_, 1, --right), less(-3, -1)) {
                if (right < low) refuse_function();
                lua_pop(lua_, 1);
            }
            if (right < left) break;
            store(left, right);
        }
        lua_pop(lua_, 3);
        lua_rawgeti(lua_, 1, high - 1);
        lua_rawgeti(lua_, 1, left);
        store(high - 1, left);
        return left;
    }

    // Zero bytes in strings are what takes long.
    std::size_t steps_to_compare(int first, int second) const {
        if (lua_type(lua_, first) != LUA_TSTRING || lua_type(lua_, second) != LUA_TSTRING) return 0;
        return std::min(lua_objlen(lua_, first), lua_objlen(lua_, second)) / 16;
    }

    bool less(int first, int second) {
        state_.spend(lua_, 1);
        if (!by_function_) {
            state_.spend(lua_, steps_to_compare(first, second));
            return lua_lessthan(lua_, first, second) != 0;
        }
        lua_pushvalue(lua_, 2);
        lua_pushvalue(lua_, first - 1);
        lua_pushvalue(lua_, second - 2);
        lua_call(lua_, 2, 1);
        const bool result = lua_toboolean(lua_, -1) != 0;
        lua_pop(lua_, 1);
        return result;
    }

    void refuse_function() { luaL_error(lua_, "invalid order function for sorting"); }

    lua_State* const lua_;
    LuaState& state_;
    const bool by_function_;
};

int sort(lua_State* lua) {
    constexpr int kSlots = 40;
    const int length = length_of(lua, 1);
    luaL_checkstack(lua, kSlots, "");
    if (!lua_isnoneornil(lua, 2)) luaL_checktype(lua, 2, LUA_TFUNCTION);
    lua_settop(lua, 2);
    LuaState::of(lua).check_stack(lua);
    Sort(lua).sort(1, length);
    return 0;
}

}  // namespace

void set_table_functions(lua_State* lua) {
    constexpr luaL_Reg kFunctions[] = {
        {"concat", concat}, {"remove", remove}, {"foreachi", foreachi}, {"sort", sort}, {nullptr, nullptr}};
    lua_getfield(lua, -1, LUA_TABLIBNAME);
    luaL_register(lua, nullptr, kFunctions);
    lua_pop(lua, 1);
    lua_pushcfunction(lua, unpack);
    lua_setfield(lua, -2, "unpack");
}

}  // namespace pongo

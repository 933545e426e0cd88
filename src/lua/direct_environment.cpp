#include "lua/direct_environment.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "lua/lua_protection.h"

namespace pongo {
namespace {

// These give other code the globals, or are the globals themselves.
constexpr std::array<std::string_view, 3> kOtherWays = {"_G", "load", "loadstring"};

bool is_library(lua_State* lua, const std::string& name, int globals) {
    lua_pushlstring(lua, name.data(), name.size());
    lua_rawget(lua, globals);
    const int value = lua_gettop(lua);
    const bool found = push_behind(lua, value);
    lua_settop(lua, value - 1);
    return found;
}

// Of an instruction and the one that follows it: whether the second replaces the global, which the first
// has read, by a field of it.
bool takes_field(Instruction read, std::optional<Instruction> next) {
    return next && next->opcode() == Opcode::GetTable && next->b() == read.a() && next->a() == read.a() &&
           (next->c() & kConstantBit) != 0;
}

}  // namespace

void push_direct_environment(lua_State* lua, int index) {
    lua_newtable(lua);
    const int copy = lua_gettop(lua);
    for (lua_pushnil(lua); lua_next(lua, index) != 0; lua_settop(lua, copy + 1)) {
        const bool library = push_behind(lua, copy + 2);
        lua_pushvalue(lua, copy + 1);
        lua_pushvalue(lua, library ? copy + 3 : copy + 2);
        lua_rawset(lua, copy);
    }
    if (lua_getmetatable(lua, index)) lua_setmetatable(lua, copy);
}

bool reads_only_fields_of_libraries(lua_State* lua, const Prototype& script, int index) {
    std::optional<Instruction> instruction;
    for (int pc = 0; (instruction = script.instruction(pc)); pc = script.next_pc(pc)) {
        if (instruction->opcode() == Opcode::SetGlobal) return false;
        if (instruction->opcode() != Opcode::GetGlobal) continue;
        const auto constant = static_cast<std::size_t>(instruction->bx());
        if (constant >= script.constants.size()) return false;
        const auto* const name = std::get_if<std::string>(&script.constants[constant]);
        if (!name || std::ranges::count(kOtherWays, *name) > 0) return false;
        const bool safe = takes_field(*instruction, script.instruction(pc + 1));
        if (!safe && is_library(lua, *name, index)) return false;
    }
    return std::ranges::all_of(script.nested, [&](const Prototype& nested) {
        return reads_only_fields_of_libraries(lua, nested, index);
    });
}

}  // namespace pongo

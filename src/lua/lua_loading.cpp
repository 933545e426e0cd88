#include "lua/lua_loading.h"

#include <algorithm>

#include "lua/lua_libraries.h"
#include "lua/lua_state.h"

namespace pongo {
namespace {

// The parser is fed so many bytes at a time, that it can be interrupted.
constexpr std::size_t kPiece = 4096;

// Gives the parser pieces of text. What begins like bytecode begins with a space first: so the parser reads
// it as text and complains of it, as redis-server's does, which knows nothing else.
class Feed {
  public:
    explicit Feed(std::string_view source) : left_(source), from_function_(false) {}
    // From a function at index 1 of the stack; index 3 keeps its result.
    Feed() : from_function_(true) {}

    static const char* read(lua_State* lua, void* self, std::size_t* size) {
        const std::string_view piece = static_cast<Feed*>(self)->next(lua);
        *size = piece.size();
        return piece.data();
    }

  private:
    std::string_view next(lua_State* lua) {
        check_interrupt(lua);
        if (from_function_ && left_.empty()) call(lua);
        if (left_.empty()) return {};
        if (first_ && left_.front() == LUA_SIGNATURE[0]) {
            first_ = false;
            return " ";
        }
        first_ = false;
        const std::string_view piece = left_.substr(0, kPiece);
        left_.remove_prefix(piece.size());
        return piece;
    }

    void call(lua_State* lua) {
        luaL_checkstack(lua, 2, "too many nested functions");
        lua_pushvalue(lua, 1);
        lua_call(lua, 0, 1);
        if (!lua_isnil(lua, -1) && !lua_isstring(lua, -1))
            luaL_error(lua, "reader function must return a string");
        lua_replace(lua, 3);
        std::size_t size = 0;
        const char* bytes = lua_tolstring(lua, 3, &size);
        left_ = bytes == nullptr ? std::string_view() : std::string_view(bytes, size);
    }

    std::string_view left_;
    const bool from_function_;
    bool first_ = true;
};

// Lua 5.1 makes a string of the chunk's name while it parses and lets go of it: a collection would take it
// away, were it not on the stack as well.
int load_from(lua_State* lua, Feed& feed, const char* chunk_name) {
    luaL_checkstack(lua, 4, nullptr);
    LuaState::of(lua).check_stack(lua);
    lua_pushstring(lua, chunk_name);
    const int status = lua_load(lua, Feed::read, &feed, lua_tostring(lua, -1));
    LuaState::of(lua).raise_if_ending(lua);
    lua_remove(lua, -2);
    return status;
}

int give_function(lua_State* lua, int status) {
    if (status == 0) return 1;
    lua_pushnil(lua);
    lua_insert(lua, -2);
    return 2;
}

int load(lua_State* lua) {
    luaL_checktype(lua, 1, LUA_TFUNCTION);
    const char* name = luaL_optstring(lua, 2, "=(load)");
    lua_settop(lua, 3);
    Feed feed;
    return give_function(lua, load_from(lua, feed, name));
}

int loadstring(lua_State* lua) {
    std::size_t size = 0;
    const char* source = luaL_checklstring(lua, 1, &size);
    const char* name = luaL_optstring(lua, 2, source);
    lua_settop(lua, 2);
    Feed feed(std::string_view(source, size));
    return give_function(lua, load_from(lua, feed, name));
}

}  // namespace

bool load_text(lua_State* lua, std::string_view source, const char* chunk_name) {
    Feed feed(source);
    return load_from(lua, feed, chunk_name) == 0;
}

void set_loading_functions(lua_State* lua) {
    constexpr luaL_Reg kFunctions[] = {{"load", load}, {"loadstring", loadstring}, {nullptr, nullptr}};
    luaL_register(lua, nullptr, kFunctions);
}

}  // namespace pongo

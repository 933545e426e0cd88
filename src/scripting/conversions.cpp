#include "scripting/conversions.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>

#include "base/check.h"
#include "base/escape.h"
#include "lua/lua_state.h"

namespace pongo {
namespace {

// What a level of a reply has on the stack, with room for what is in no further level.
constexpr int kSlots = 8;
// Of a verbatim string.
constexpr std::size_t kFormatSize = 3;

std::string_view view_of(lua_State* lua, int index) {
    std::size_t size = 0;
    const char* const bytes = lua_tolstring(lua, index, &size);
    return {bytes, size};
}

void push(lua_State* lua, std::string_view text) {
    lua_pushlstring(lua, text.data(), text.size());
}

void set_field(lua_State* lua, const char* name, std::string_view text) {
    push(lua, text);
    lua_setfield(lua, -2, name);
}

// Takes a reply apart from front to back.
class ReplyReader {
  public:
    ReplyReader(lua_State* lua, std::string_view reply) : lua_(lua), rest_(reply) {}

    void push_next() {
        const char type = take(1).front();
        switch (type) {
            case ':':
                return lua_pushnumber(lua_, static_cast<lua_Number>(take_number()));
            case '$':
                return push_bulk();
            case '*':
                return push_array(take_number());
            case '+':
                return push_in_table("ok", take_line());
            case '-':
                return push_counted_error(lua_, "-" + std::string(take_line()));
            case '_':
                take_line();
                return lua_pushnil(lua_);
            case '#':
                return lua_pushboolean(lua_, take_line() == "t" ? 1 : 0);
            case ',':
                return push_double();
            case '(':
                return push_in_table("big_number", take_line());
            case '=':
                return push_verbatim();
            case '%':
                return push_map(take_number());
            case '~':
                return push_set(take_number());
            default:
                CHECK(false);
        }
    }

  private:
    std::string_view take(std::size_t size) {
        CHECK(size <= rest_.size());
        const std::string_view taken = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return taken;
    }
    std::string_view take_line() {
        const std::size_t end = rest_.find('\r');
        CHECK(end != std::string_view::npos);
        const std::string_view line = take(end);
        take(2);
        return line;
    }
    // It is one that this server wrote.
    std::int64_t take_number() {
        std::string_view digits = take_line();
        const bool negative = digits.starts_with('-');
        if (negative) digits.remove_prefix(1);
        std::uint64_t number = 0;
        for (const char digit : digits) number = number * 10 + static_cast<std::uint64_t>(digit - '0');
        return static_cast<std::int64_t>(negative ? 0 - number : number);
    }
    std::string_view take_bytes(std::int64_t size) {
        const std::string_view bytes = take(static_cast<std::size_t>(size));
        take(2);
        return bytes;
    }

    void push_in_table(const char* field, std::string_view text) {
        lua_createtable(lua_, 0, 1);
        set_field(lua_, field, text);
    }
    void push_bulk() {
        const std::int64_t size = take_number();
        if (size < 0) return lua_pushboolean(lua_, 0);
        push(lua_, take_bytes(size));
    }
    void begin_level() { luaL_checkstack(lua_, kSlots, "too deep a reply"); }
    void push_array(std::int64_t size) {
        if (size < 0) return lua_pushboolean(lua_, 0);
        begin_level();
        lua_createtable(lua_, static_cast<int>(size), 0);
        for (int i = 1; i <= size; ++i) {
            push_next();
            lua_rawseti(lua_, -2, i);
        }
    }
    void push_double() {
        const std::string text(take_line());
        lua_createtable(lua_, 0, 1);
        lua_pushnumber(lua_, std::stod(text));
        lua_setfield(lua_, -2, "double");
    }
    void push_verbatim() {
        const std::string_view bytes = take_bytes(take_number());
        lua_createtable(lua_, 0, 1);
        lua_createtable(lua_, 0, 2);
        set_field(lua_, "string", bytes.substr(kFormatSize + 1));
        set_field(lua_, "format", bytes.substr(0, kFormatSize));
        lua_setfield(lua_, -2, "verbatim_string");
    }
    void push_map(std::int64_t pairs) {
        begin_level();
        lua_createtable(lua_, 0, 1);
        lua_newtable(lua_);  // It grows as in redis-server, so that its entries have the same order.
        for (; pairs > 0; --pairs) {
            push_next();
            push_next();
            lua_rawset(lua_, -3);
        }
        lua_setfield(lua_, -2, "map");
    }
    void push_set(std::int64_t size) {
        begin_level();
        lua_createtable(lua_, 0, 1);
        lua_newtable(lua_);
        for (; size > 0; --size) {
            push_next();
            lua_pushboolean(lua_, 1);
            lua_rawset(lua_, -3);
        }
        lua_setfield(lua_, -2, "set");
    }

    lua_State* lua_;
    std::string_view rest_;
};

std::string on_one_line(std::string_view text) {
    std::string line(text);
    std::ranges::replace_if(
        line, [](char c) { return c == '\r' || c == '\n'; }, ' ');
    return line;
}

std::string_view without_trailing_line_end(std::string_view text) {
    while (!text.empty() && (text.back() == '\r' || text.back() == '\n')) text.remove_suffix(1);
    return text;
}

std::string_view without_line_end(std::string_view text) {
    text = without_trailing_line_end(text);
    while (!text.empty() && (text.front() == '\r' || text.front() == '\n')) text.remove_prefix(1);
    return text;
}

// As a processor does it whose instruction for it knows no other answer to what is out of range.
std::int64_t to_integer(lua_Number number) {
    constexpr lua_Number kLimit = 9223372036854775808.0;
    if (!(number >= -kLimit && number < kLimit)) return std::numeric_limits<std::int64_t>::min();
    return static_cast<std::int64_t>(number);
}

// Pushes a field of the table on top of the stack, whatever its metatable says.
int push_field(lua_State* lua, const char* name) {
    lua_pushstring(lua, name);
    lua_rawget(lua, -2);
    return lua_type(lua, -1);
}

// Of the table on top of the stack: up to the first nil.
int count_elements(lua_State* lua) {
    for (int count = 0;; ++count) {
        LuaState::of(lua).spend(lua, 1);
        lua_rawgeti(lua, -1, count + 1);
        const bool ended = lua_isnil(lua, -1);
        lua_pop(lua, 1);
        if (ended) return count;
    }
}

std::size_t count_entries(lua_State* lua) {
    std::size_t count = 0;
    lua_pushnil(lua);
    for (; lua_next(lua, -2) != 0; ++count) {
        LuaState::of(lua).spend(lua, 1);
        lua_pop(lua, 1);
    }
    return count;
}

bool is_text(int type) {
    return type == LUA_TSTRING;
}

}  // namespace

void push_reply(lua_State* lua, std::string_view reply) {
    ReplyReader(lua, reply).push_next();
}

void push_error(lua_State* lua, std::string_view message) {
    std::string_view code = "ERR";
    if (message.starts_with('-')) {
        message = without_line_end(message).substr(1);
        if (const std::size_t space = message.find(' '); space != std::string_view::npos) {
            code = message.substr(0, space);
            message.remove_prefix(space + 1);
        }
    }
    message = without_line_end(message);
    lua_createtable(lua, 0, 2);
    lua_pushlstring(lua, code.data(), code.size());
    lua_pushliteral(lua, " ");
    lua_pushlstring(lua, message.data(), message.size());
    lua_concat(lua, 3);
    lua_setfield(lua, -2, "err");
}

void push_counted_error(lua_State* lua, std::string_view message) {
    push_error(lua, message);
    lua_pushboolean(lua, 1);
    lua_setfield(lua, -2, "ignore_error_stats_update");
}

void ScriptReply::write(lua_State* lua) {
    // One more than is needed: replies of redis-server begin that much higher, and so end at the same depth.
    if (lua_checkstack(lua, kSlots + 1) == 0 || LuaState::of(lua).is_stack_deep()) {
        error("ERR reached lua stack limit", false);
        lua_pop(lua, 1);
        return;
    }
    LuaState::of(lua).spend(lua, 1);
    switch (lua_type(lua, -1)) {
        case LUA_TSTRING:
            writer_.bulk(view_of(lua, -1));
            break;
        case LUA_TNUMBER:
            writer_.integer(to_integer(lua_tonumber(lua, -1)));
            break;
        case LUA_TBOOLEAN:
            if (protocol_ == Protocol::Resp3) {
                writer_.boolean(lua_toboolean(lua, -1) != 0);
            } else if (lua_toboolean(lua, -1) != 0) {
                writer_.integer(1);
            } else {
                writer_.null();
            }
            break;
        case LUA_TTABLE:
            return write_table(lua);
        default:
            writer_.null();
    }
    lua_pop(lua, 1);
}

void ScriptReply::write_table(lua_State* lua) {
    if (!write_special(lua)) write_array(lua);
    lua_pop(lua, 1);
}

// A table with one of these fields stands for something else than an array. Whatever the outcome, the stack
// stays as it is.
bool ScriptReply::write_special(lua_State* lua) {
    const int table = lua_gettop(lua);
    bool done = true;
    if (is_text(push_field(lua, "err"))) {
        const std::string message = on_one_line(without_trailing_line_end(until_nul(view_of(lua, -1))));
        lua_pop(lua, 1);
        push_field(lua, "ignore_error_stats_update");
        error(message, lua_toboolean(lua, -1) != 0);
    } else if (lua_settop(lua, table); is_text(push_field(lua, "ok"))) {
        writer_.simple(on_one_line(until_nul(view_of(lua, -1))));
    } else if (lua_settop(lua, table); push_field(lua, "double") == LUA_TNUMBER) {
        writer_.real(lua_tonumber(lua, -1));
    } else if (lua_settop(lua, table); is_text(push_field(lua, "big_number"))) {
        writer_.big_number(on_one_line(view_of(lua, -1)));
    } else if (lua_settop(lua, table);
               push_field(lua, "verbatim_string") == LUA_TTABLE && write_verbatim(lua)) {
    } else if (lua_settop(lua, table); push_field(lua, "map") == LUA_TTABLE) {
        write_map(lua);
    } else if (lua_settop(lua, table); push_field(lua, "set") == LUA_TTABLE) {
        write_set(lua);
    } else {
        done = false;
    }
    lua_settop(lua, table);
    return done;
}

void ScriptReply::write_map(lua_State* lua) {
    writer_.map(count_entries(lua));
    lua_pushnil(lua);
    while (lua_next(lua, -2) != 0) {
        lua_pushvalue(lua, -2);
        write(lua);
        write(lua);
    }
}

void ScriptReply::write_set(lua_State* lua) {
    writer_.set(count_entries(lua));
    lua_pushnil(lua);
    while (lua_next(lua, -2) != 0) {
        lua_pop(lua, 1);
        lua_pushvalue(lua, -1);
        write(lua);
    }
}

bool ScriptReply::write_verbatim(lua_State* lua) {
    if (!is_text(push_field(lua, "format"))) return false;
    lua_insert(lua, -2);  // Under the table.
    if (!is_text(push_field(lua, "string"))) return false;
    std::string format(until_nul(view_of(lua, -3)).substr(0, kFormatSize));
    format.resize(kFormatSize, ' ');
    writer_.verbatim(view_of(lua, -1), format);
    return true;
}

void ScriptReply::write_array(lua_State* lua) {
    const int elements = count_elements(lua);
    writer_.array(static_cast<std::size_t>(elements));
    for (int i = 1; i <= elements; ++i) {
        lua_rawgeti(lua, -1, i);
        write(lua);
    }
}

}  // namespace pongo

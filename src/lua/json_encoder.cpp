#include <array>
#include <cmath>
#include <cstdio>
#include <limits>
#include <vector>

#include "base/numbers.h"
#include "lua/json_format.h"
#include "lua/lua_protection.h"
#include "lua/script_buffer.h"

namespace pongo {
namespace {

constexpr auto kPowersOf10 = [] {
    std::array<double, 15> powers{1};
    for (std::size_t i = 1; i < powers.size(); ++i) powers[i] = powers[i - 1] * 10;
    return powers;
}();

// What stands for a byte in a string: 0 for itself, 'u' for \u00XX, else the character after a backslash.
constexpr auto kEscapes = [] {
    std::array<char, 256> escapes{};
    for (unsigned byte = 0; byte < 32; ++byte) escapes[byte] = 'u';
    escapes[127] = 'u';
    escapes['\b'] = 'b';
    escapes['\f'] = 'f';
    escapes['\n'] = 'n';
    escapes['\r'] = 'r';
    escapes['\t'] = 't';
    escapes['"'] = '"';
    escapes['\\'] = '\\';
    escapes['/'] = '/';
    return escapes;
}();

// The value that is being written is at the top of the stack, the tables around it are below, each followed
// by the key that is being written if it is an object. Tables may be nested as deep as the stack of Lua and
// the options let them; that of this thread does not grow with it.
class Encoder {
  public:
    Encoder(lua_State* lua, const JsonOptions& options)
        : lua_(lua), options_(options), out_(lua), steps_(lua) {}

    void run() {
        write_or_open();
        while (!open_.empty()) {
            if (next_member()) {
                write_or_open();
            } else {
                out_.append(open_.back().array ? ']' : '}');
                open_.pop_back();
                lua_pop(lua_, 1);
            }
        }
        out_.push();
    }

  private:
    // A table whose members are being written.
    struct Open {
        bool array;
        int length;
        int written;
    };

    // Writes and pops a value; a table stays, as the last of open_.
    void write_or_open() {
        switch (lua_type(lua_, -1)) {
            case LUA_TTABLE:
                return open_table();
            case LUA_TSTRING:
                write_string();
                break;
            case LUA_TNUMBER:
                write_number(-1);
                break;
            case LUA_TBOOLEAN:
                out_.append(std::string_view(lua_toboolean(lua_, -1) != 0 ? "true" : "false"));
                break;
            case LUA_TNIL:
                out_.append(std::string_view("null"));
                break;
            case LUA_TLIGHTUSERDATA:
                if (lua_touserdata(lua_, -1) == nullptr) {
                    out_.append(std::string_view("null"));
                    break;
                }
                [[fallthrough]];
            default:
                refuse(-1, "type not supported");
        }
        lua_pop(lua_, 1);
    }

    void open_table() {
        // An int: the stack is full long before.
        const int depth = static_cast<int>(open_.size()) + 1;
        if (depth > options_.encode_depth || lua_checkstack(lua_, 3) == 0)
            luaL_error(lua_, "Cannot serialise, excessive nesting (%d)", depth);
        if (push_behind(lua_, -1)) lua_replace(lua_, -2);
        const int length = array_length();
        const bool array = length > 0;
        open_.push_back({.array = array, .length = length, .written = 0});
        out_.append(array ? '[' : '{');
        if (!array) lua_pushnil(lua_);
    }

    // Pushes the next member of the innermost table, and writes what is before it. False if there is none.
    bool next_member() {
        steps_.add();
        Open& table = open_.back();
        if (table.array) {
            if (table.written == table.length) return false;
            if (table.written++ > 0) out_.append(',');
            lua_rawgeti(lua_, -1, table.written);
            return true;
        }
        if (lua_next(lua_, -2) == 0) return false;
        if (table.written > 0) out_.append(',');
        table.written = 1;
        write_key();
        return true;
    }

    // Written is what is below the top of the stack.
    void write_key() {
        switch (lua_type(lua_, -2)) {
            case LUA_TNUMBER:
                out_.append('"');
                write_number(-2);
                out_.append(std::string_view("\":"));
                return;
            case LUA_TSTRING:
                lua_pushvalue(lua_, -2);
                write_string();
                lua_pop(lua_, 1);
                return out_.append(':');
            default:
                refuse(-2, "table key must be a number or string");
        }
    }

    // The length of a table to be written as an array; below 1 if it is to be written as an object.
    int array_length() {
        // What Redis takes for the largest index: one that does not fit into an int becomes its least value,
        // and any smaller one that comes after it in the table is larger.
        int last = 0;
        int items = 0;
        lua_pushnil(lua_);
        while (lua_next(lua_, -2) != 0) {
            steps_.add();
            const double key = lua_type(lua_, -2) == LUA_TNUMBER ? lua_tonumber(lua_, -2) : 0;
            if (!(key >= 1 && std::floor(key) == key)) {
                lua_pop(lua_, 2);
                return -1;
            }
            if (key > last) last = key <= kLargestInt ? static_cast<int>(key) : kLeastInt;
            ++items;
            lua_pop(lua_, 1);
        }
        return is_sparse(last, items) ? length_of_sparse() : last;
    }

    bool is_sparse(int last, int items) const {
        // The product wraps around.
        const auto dense =
            static_cast<int>(static_cast<unsigned>(items) * static_cast<unsigned>(options_.sparse_ratio));
        return options_.sparse_ratio > 0 && last > dense && last > options_.sparse_safe;
    }

    int length_of_sparse() {
        if (!options_.sparse_as_object) refuse(-1, "excessively sparse array");
        return -1;
    }

    void write_number(int index) {
        const double value = lua_tonumber(lua_, index);
        if (!std::isfinite(value)) return write_invalid(value, index);
        char* const text = out_.room(kMaxNumberText);
        if (is_short_integer(value)) {
            return out_.wrote(format_int64(static_cast<std::int64_t>(value), text));
        }
        const int length = std::snprintf(text, kMaxNumberText, "%.*g", options_.precision, value);
        out_.wrote(static_cast<std::size_t>(length));
    }

    // Of which the precision shows all digits.
    bool is_short_integer(double value) const {
        if (value != std::trunc(value) || (value == 0 && std::signbit(value))) return false;
        return std::abs(value) < kPowersOf10[static_cast<std::size_t>(options_.precision)];
    }

    void write_invalid(double value, int index) {
        switch (options_.encode_invalid) {
            case InvalidNumbers::Refuse:
                refuse(index, "must not be NaN or Inf");
                return;
            case InvalidNumbers::WriteNull:
                return out_.append(std::string_view("null"));
            case InvalidNumbers::Write:
                break;
        }
        if (std::isnan(value)) return out_.append(std::string_view("nan"));
        out_.append(std::string_view(value < 0 ? "-inf" : "inf"));
    }

    void write_string() {
        constexpr const char* kDigits = "0123456789abcdef";
        std::size_t size = 0;
        const char* const bytes = lua_tolstring(lua_, -1, &size);
        const std::string_view text(bytes, size);
        out_.append('"');
        std::size_t written = 0;
        for (std::size_t i = 0; i < size; ++i) {
            const auto byte = static_cast<unsigned char>(text[i]);
            const char escape = kEscapes[byte];
            if (escape == 0) continue;
            out_.append(text.substr(written, i - written));
            written = i + 1;
            const char spelled[] = {'\\', escape, '0', '0', kDigits[byte >> 4], kDigits[byte & 15]};
            out_.append(std::string_view(spelled, escape == 'u' ? 6 : 2));
        }
        out_.append(text.substr(written));
        out_.append('"');
    }

    // `index` is what can't be written, or what the complaint is about.
    void refuse(int index, const char* reason) {
        luaL_error(lua_, "Cannot serialise %s: %s", luaL_typename(lua_, index), reason);
    }

    static constexpr int kLargestInt = std::numeric_limits<int>::max();
    static constexpr int kLeastInt = std::numeric_limits<int>::min();
    static constexpr std::size_t kMaxNumberText = 32;

    lua_State* lua_;
    const JsonOptions& options_;
    ScriptBuffer out_;
    Steps steps_;
    std::vector<Open> open_;
};

}  // namespace

void encode_json(lua_State* lua, const JsonOptions& options) {
    Encoder(lua, options).run();
}

}  // namespace pongo

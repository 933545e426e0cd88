#include <bit>
#include <cmath>
#include <limits>

#include "lua/lua_protection.h"
#include "lua/msgpack_format.h"

namespace pongo {
namespace {

using namespace msgpack;

class Writer {
  public:
    Writer(lua_State* lua, ScriptBuffer& out) : lua_(lua), out_(out), steps_(lua) {}

    // The value at the top of the stack, which stays there.
    void write(int depth) {
        switch (lua_type(lua_, -1)) {
            case LUA_TSTRING:
                return write_string();
            case LUA_TBOOLEAN:
                return byte(lua_toboolean(lua_, -1) != 0 ? kTrue : kFalse);
            case LUA_TNUMBER:
                return write_number(lua_tonumber(lua_, -1));
            case LUA_TTABLE:
                if (depth < kDeepestTable) return write_table(depth);
                [[fallthrough]];
            default:
                return byte(kNil);
        }
    }

  private:
    static constexpr int kDeepestTable = 16;

    void byte(std::uint8_t value) { out_.append(static_cast<char>(value)); }

    // A first byte and an integer, whose high byte comes first.
    template <typename Integer>
    void tagged(std::uint8_t tag, Integer value) {
        char* const bytes = out_.room(1 + sizeof value);
        bytes[0] = static_cast<char>(tag);
        for (std::size_t i = sizeof value; i > 0; --i) {
            bytes[i] = static_cast<char>(value & 0xff);
            value = static_cast<Integer>(static_cast<std::uint64_t>(value) >> 8);
        }
        out_.wrote(1 + sizeof value);
    }

    void write_string() {
        std::size_t size = 0;
        const char* const bytes = lua_tolstring(lua_, -1, &size);
        if (size < 32) {
            byte(static_cast<std::uint8_t>(kSmallString | size));
        } else if (size <= 0xff) {
            tagged(kString8, static_cast<std::uint8_t>(size));
        } else if (size <= 0xffff) {
            tagged(kString16, static_cast<std::uint16_t>(size));
        } else {
            tagged(kString32, static_cast<std::uint32_t>(size));
        }
        out_.append(std::string_view(bytes, size));
    }

    void write_number(double value) {
        constexpr double kTwoTo63 = 9223372036854775808.0;
        if (value >= -kTwoTo63 && value < kTwoTo63) {
            const auto integer = static_cast<std::int64_t>(value);
            if (static_cast<double>(integer) == value) return write_integer(integer);
        }
        // Conversion to float is undefined where it is out of range.
        if (std::isinf(value) || std::fabs(value) <= std::numeric_limits<float>::max()) {
            const auto narrow = static_cast<float>(value);
            if (static_cast<double>(narrow) == value)
                return tagged(kFloat32, std::bit_cast<std::uint32_t>(narrow));
        }
        tagged(kFloat64, std::bit_cast<std::uint64_t>(value));
    }

    void write_integer(std::int64_t value) {
        if (value >= -32 && value < 128) return byte(static_cast<std::uint8_t>(value));
        if (value >= 0) {
            if (value <= 0xff) return tagged(kUnsigned8, static_cast<std::uint8_t>(value));
            if (value <= 0xffff) return tagged(kUnsigned16, static_cast<std::uint16_t>(value));
            if (value <= 0xffffffff) return tagged(kUnsigned32, static_cast<std::uint32_t>(value));
            return tagged(kUnsigned64, static_cast<std::uint64_t>(value));
        }
        if (value >= std::numeric_limits<std::int8_t>::min())
            return tagged(kSigned8, static_cast<std::uint8_t>(value));
        if (value >= std::numeric_limits<std::int16_t>::min())
            return tagged(kSigned16, static_cast<std::uint16_t>(value));
        if (value >= std::numeric_limits<std::int32_t>::min())
            return tagged(kSigned32, static_cast<std::uint32_t>(value));
        tagged(kSigned64, static_cast<std::uint64_t>(value));
    }

    void write_length(std::uint32_t length, std::uint8_t small, std::uint8_t tag16, std::uint8_t tag32) {
        if (length < 16) return byte(static_cast<std::uint8_t>(small | length));
        if (length <= 0xffff) return tagged(tag16, static_cast<std::uint16_t>(length));
        tagged(tag32, length);
    }

    void write_table(int depth) {
        if (lua_checkstack(lua_, 3) != 0 && push_behind(lua_, -1)) lua_replace(lua_, -2);
        const Shape shape = shape_of_table();
        if (!shape.array) return write_map(shape.members, depth);
        write_length(shape.members, kSmallArray, kArray16, kArray32);
        luaL_checkstack(lua_, 1, "in function mp_encode_lua_table_as_array");
        for (std::uint32_t i = 1; i <= shape.members; ++i) {
            steps_.add();
            lua_rawgeti(lua_, -1, static_cast<int>(i));
            write(depth + 1);
            lua_pop(lua_, 1);
        }
    }

    void write_map(std::uint32_t members, int depth) {
        luaL_checkstack(lua_, 3, "in function mp_encode_lua_table_as_map");
        write_length(members, kSmallMap, kMap16, kMap32);
        for (lua_pushnil(lua_); lua_next(lua_, -2) != 0; lua_pop(lua_, 1)) {
            steps_.add();
            lua_pushvalue(lua_, -2);
            write(depth + 1);
            lua_pop(lua_, 1);
            write(depth + 1);
        }
    }

    // A table whose keys are exactly 1 to n, also if n is 0, is an array.
    struct Shape {
        bool array;
        std::uint32_t members;
    };
    Shape shape_of_table() {
        luaL_checkstack(lua_, 2, "in function table_is_an_array");
        std::uint32_t members = 0;
        double largest = 0;
        bool array = true;
        for (lua_pushnil(lua_); lua_next(lua_, -2) != 0; lua_pop(lua_, 1)) {
            steps_.add();
            ++members;
            if (!array) continue;
            const double key = lua_type(lua_, -2) == LUA_TNUMBER ? lua_tonumber(lua_, -2) : 0;
            array = key > 0 && std::floor(key) == key;
            if (key > largest) largest = key;
        }
        return {array && largest == members, members};
    }

    lua_State* lua_;
    ScriptBuffer& out_;
    Steps steps_;
};

}  // namespace

void write_msgpack(lua_State* lua, ScriptBuffer& out) {
    Writer(lua, out).write(0);
}

}  // namespace pongo

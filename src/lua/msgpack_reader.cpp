#include <bit>
#include <type_traits>
#include <vector>

#include "lua/msgpack_format.h"

namespace pongo {

using namespace msgpack;

namespace {

constexpr const char* kTooManyValues =
    "too many return values at once; use unpack_one or unpack_limit instead.";

}  // namespace

// A table that is being filled. How many values it is to have is only what the input says: nothing is
// allocated for them before they are there.
struct MsgpackReader::Open {
    enum class Kind : std::uint8_t { Array, Map };

    Kind kind;
    bool has_key = false;  // The key of the value that comes next is on the stack.
    std::uint64_t values;  // Still to come; of a map, pairs.
    lua_Integer index = 1;
};

// Tables may be nested as deep as the stack of Lua lets them; that of this thread does not grow with it.
void MsgpackReader::push_next() {
    std::vector<Open> open;
    for (;;) {
        Open table{};
        if (push_or_open(table)) {
            open.push_back(table);
            continue;
        }
        while (!open.empty() && put(open.back())) open.pop_back();
        if (open.empty()) return;
    }
}

bool MsgpackReader::put(Open& table) {
    if (table.kind == Open::Kind::Map && !table.has_key) {
        table.has_key = true;
        return false;
    }
    lua_rawset(lua_, -3);
    table.has_key = false;
    if (--table.values == 0) return true;
    if (table.kind == Open::Kind::Array) lua_pushinteger(lua_, ++table.index);
    return false;
}

bool MsgpackReader::open_array(Open& table, std::uint64_t values) {
    lua_newtable(lua_);
    luaL_checkstack(lua_, 1, "in function mp_decode_to_lua_array");
    table = {.kind = Open::Kind::Array, .values = values};
    if (values == 0) return false;
    lua_pushinteger(lua_, table.index);
    return true;
}

bool MsgpackReader::open_map(Open& table, std::uint64_t values) {
    lua_newtable(lua_);
    table = {.kind = Open::Kind::Map, .values = values};
    return values != 0;
}

void MsgpackReader::push_string(std::uint64_t size) {
    if (size > bytes_.size() - offset_) luaL_error(lua_, "Missing bytes in input.");
    lua_pushlstring(lua_, bytes_.data() + offset_, size);
    offset_ += size;
    steps_.add_bytes(size);
}

template <typename Integer>
Integer MsgpackReader::take() {
    if (bytes_.size() - offset_ < sizeof(Integer)) luaL_error(lua_, "Missing bytes in input.");
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < sizeof(Integer); ++i)
        value = value << 8 | static_cast<unsigned char>(bytes_[offset_++]);
    return static_cast<Integer>(value);
}

template <typename Number>
bool MsgpackReader::push_number() {
    if constexpr (std::is_same_v<Number, float>) {
        lua_pushnumber(lua_, std::bit_cast<float>(take<std::uint32_t>()));
    } else if constexpr (std::is_same_v<Number, double>) {
        lua_pushnumber(lua_, std::bit_cast<double>(take<std::uint64_t>()));
    } else {
        // An unsigned one of 64 bits with the highest of them set is negative, as in Redis.
        lua_pushnumber(lua_, static_cast<double>(static_cast<std::int64_t>(take<Number>())));
    }
    return false;
}

bool MsgpackReader::push_or_open(Open& table) {
    steps_.add();
    if (at_end()) luaL_error(lua_, "Missing bytes in input.");
    luaL_checkstack(lua_, 1, kTooManyValues);
    const auto first = take<std::uint8_t>();
    switch (first) {
        case kNil:
            lua_pushnil(lua_);
            return false;
        case kFalse:
        case kTrue:
            lua_pushboolean(lua_, first == kTrue);
            return false;
        case kFloat32:
            return push_number<float>();
        case kFloat64:
            return push_number<double>();
        case kUnsigned8:
            return push_number<std::uint8_t>();
        case kUnsigned16:
            return push_number<std::uint16_t>();
        case kUnsigned32:
            return push_number<std::uint32_t>();
        case kUnsigned64:
            return push_number<std::uint64_t>();
        case kSigned8:
            return push_number<std::int8_t>();
        case kSigned16:
            return push_number<std::int16_t>();
        case kSigned32:
            return push_number<std::int32_t>();
        case kSigned64:
            return push_number<std::int64_t>();
        case kString8:
            push_string(take<std::uint8_t>());
            return false;
        case kString16:
            push_string(take<std::uint16_t>());
            return false;
        case kString32:
            push_string(take<std::uint32_t>());
            return false;
        case kArray16:
            return open_array(table, take<std::uint16_t>());
        case kArray32:
            return open_array(table, take<std::uint32_t>());
        case kMap16:
            return open_map(table, take<std::uint16_t>());
        case kMap32:
            return open_map(table, take<std::uint32_t>());
        default:
            break;
    }
    if (first < kSmallMap || first >= kSmallNegative) {
        lua_pushnumber(lua_, static_cast<std::int8_t>(first));
        return false;
    }
    if (first < kSmallArray) return open_map(table, first & 15);
    if (first < kSmallString) return open_array(table, first & 15);
    if (first >= kNil) luaL_error(lua_, "Bad data format in input.");
    push_string(first & 31);
    return false;
}

}  // namespace pongo

// The options of cjson and the two directions that follow them.
#pragma once

#include <cstdint>
#include <string_view>

#include "lua/lua.h"

namespace pongo {

// In the order of their names in json.cpp.
enum class InvalidNumbers : std::uint8_t { Refuse, Write, WriteNull };

struct JsonOptions {
    // An array with holes is sparse if its last index is above `sparse_safe` and above `sparse_ratio` (if
    // that is not 0) times its items. It is refused, or written as an object.
    bool sparse_as_object = false;
    int sparse_ratio = 2;
    int sparse_safe = 10;
    int encode_depth = 1000;
    int decode_depth = 1000;
    // Significant digits.
    int precision = 14;
    // Only remembered: how long a buffer lives is nothing that a script could see.
    bool keep_buffer = true;
    InvalidNumbers encode_invalid = InvalidNumbers::Refuse;
    // inf, nan, hexadecimal ones, and those with a plus or with leading zeros.
    bool decode_invalid = true;
};

// Replaces the value at the top of the stack by its JSON. No metamethod is called. What has no JSON is a Lua
// error.
void encode_json(lua_State* lua, const JsonOptions& options);

// Pushes the value of a text that stays where it is and is followed by a zero. What is not valid is a Lua
// error.
void decode_json(lua_State* lua, const JsonOptions& options, std::string_view text);

}  // namespace pongo

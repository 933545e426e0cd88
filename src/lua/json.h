// The library `cjson` of scripts: Lua values to JSON (RFC 8259) and back, with the options, the leniencies
// and the texts of lua-cjson 2.1.0, whose manual is at
// https://kyne.com.au/~mark/software/lua-cjson-manual.html.
// Thread rule: that of the state.
#pragma once

#include <cstdint>

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

    bool operator==(const JsonOptions&) const = default;
    // Takes over what is not the same in these two.
    void take_changed(const JsonOptions& before, const JsonOptions& after);
};

// Leaves the library's table on the stack, whose options these are. What cjson.new() makes there has others.
void open_json(lua_State* lua, JsonOptions& options);

}  // namespace pongo

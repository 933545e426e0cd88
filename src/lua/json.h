// The library `cjson` of scripts: Lua values to JSON (RFC 8259) and back, with the options, the leniencies
// and the texts of lua-cjson 2.1.0, whose manual is at
// https://kyne.com.au/~mark/software/lua-cjson-manual.html.
// Thread rule: that of the state; the options on any thread.
#pragma once

#include <cstdint>

#include "base/published.h"
#include "lua/lua.h"

namespace pongo {

// In the order of their names in json.cpp.
enum class InvalidNumbers : std::uint8_t { Refuse, Write, WriteNull };

// One for all states whose scripts may run on any of them: what one sets holds for all.
struct JsonOptions {
    // An array with holes is sparse if its last index is above `sparse_safe` and above `sparse_ratio` (if
    // that is not 0) times its items. It is refused, or written as an object.
    Published<bool> sparse_as_object = false;
    Published<int> sparse_ratio = 2;
    Published<int> sparse_safe = 10;
    Published<int> encode_depth = 1000;
    Published<int> decode_depth = 1000;
    // Significant digits.
    Published<int> precision = 14;
    // Only remembered: how long a buffer lives is nothing that a script could see.
    Published<bool> keep_buffer = true;
    Published<InvalidNumbers> encode_invalid = InvalidNumbers::Refuse;
    // inf, nan, hexadecimal ones, and those with a plus or with leading zeros.
    Published<bool> decode_invalid = true;
};

// Leaves the library's table on the stack. What cjson.new() makes there has options of its own.
void open_json(lua_State* lua, JsonOptions& options);

}  // namespace pongo

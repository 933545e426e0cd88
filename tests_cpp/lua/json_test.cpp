#include "lua/json.h"

#include <gtest/gtest.h>

#include <initializer_list>

#include "support/script_state.h"

namespace pongo {
namespace {

// In one state, one after the other.
void expect_each(std::initializer_list<ScriptCase> cases) {
    ScriptState state;
    for (const auto& [script, shown] : cases) EXPECT_EQ(state.run(script), shown) << script;
}

TEST(JsonLibrary, the_library_has_what_that_of_redis_has_in_its_order) {
    expect_each({
        {R"(local all = {} for name, value in pairs(cjson) do all[#all + 1] = name .. (type(value) == 'string' and '=' .. value or '') end return table.concat(all, ' '))",
         R"('_NAME=cjson encode decode_max_depth _VERSION=2.1.0 decode_invalid_numbers encode_keep_buffer null encode_number_precision new encode_max_depth encode_invalid_numbers decode encode_sparse_array')"},
    });
}

TEST(JsonLibrary, values_are_written_as_json) {
    expect_each({
        {R"(return cjson.encode(nil))", R"('null')"},
        {R"(return cjson.encode(true))", R"('true')"},
        {R"(return cjson.encode(false))", R"('false')"},
        {R"(return cjson.encode(cjson.null))", R"('null')"},
        {R"(return cjson.encode('text'))", R"('"text"')"},
        {R"(return cjson.encode({}))", R"('{}')"},
        {R"(return cjson.encode({1, 2, 3}))", R"('[1,2,3]')"},
        {R"(return cjson.encode({a = 1}))", R"('{"a":1}')"},
        {R"(return cjson.encode({{}, {{}}}))", R"('[{},[{}]]')"},
        {R"(return cjson.encode({cjson.null, true}))", R"('[null,true]')"},
        {R"(return cjson.encode({b = 1, a = 2, c = {x = 1, y = 2, z = 3}, d = 4}))",
         R"('{"a":2,"d":4,"c":{"y":2,"x":1,"z":3},"b":1}')"},
    });
}

TEST(JsonLibrary, numbers_are_written_with_14_digits) {
    expect_each({
        {R"(return cjson.encode(0))", R"('0')"},
        {R"(return cjson.encode(-0))", R"('-0')"},
        {R"(return cjson.encode(1))", R"('1')"},
        {R"(return cjson.encode(-1.5))", R"('-1.5')"},
        {R"(return cjson.encode(1/3))", R"('0.33333333333333')"},
        {R"(return cjson.encode(0.1))", R"('0.1')"},
        {R"(return cjson.encode(100000))", R"('100000')"},
        {R"(return cjson.encode(99999999999999))", R"('99999999999999')"},
        {R"(return cjson.encode(100000000000000))", R"('1e+14')"},
        {R"(return cjson.encode(123456789012345))", R"('1.2345678901234e+14')"},
        {R"(return cjson.encode(2^53))", R"('9.007199254741e+15')"},
        {R"(return cjson.encode(-2^63))", R"('-9.2233720368548e+18')"},
        {R"(return cjson.encode(1e300))", R"('1e+300')"},
        {R"(return cjson.encode(5e-324))", R"('4.9406564584125e-324')"},
        {R"(return cjson.encode(1e-5))", R"('1e-05')"},
        {R"(return cjson.encode(1e-4))", R"('0.0001')"},
    });
}

TEST(JsonLibrary, strings_are_escaped_and_bytes_kept) {
    expect_each({
        {R"(return cjson.encode('\0\1\31\127\128\255'))", R"('"\u0000\u0001\u001f\u007f\80\ff"')"},
        {R"(return cjson.encode('\"\\/\b\f\n\r\t'))", R"('"\"\\\/\b\f\n\r\t"')"},
        {R"(return cjson.encode('\195\169'))", R"('"\c3\a9"')"},
        {R"(return cjson.encode(''))", R"('""')"},
    });
}

TEST(JsonLibrary, keys_are_strings_and_numbers) {
    expect_each({
        {R"(return cjson.encode({[''] = 1}))", R"('{"":1}')"},
        {R"(return cjson.encode({['\1\"'] = 1}))", R"('{"\u0001\"":1}')"},
        {R"(return cjson.encode({[0] = 1}))", R"('{"0":1}')"},
        {R"(return cjson.encode({[-1] = 1}))", R"('{"-1":1}')"},
        {R"(return cjson.encode({[1.5] = 1}))", R"('{"1.5":1}')"},
        {R"(return cjson.encode({1, a = 2}))", R"('{"1":1,"a":2}')"},
        {R"(return cjson.encode({[2^53] = 1}))", R"('{"9.007199254741e+15":1}')"},
        {R"(return cjson.encode({[1/0] = 1}))",
         R"(error: user_script:1: Cannot serialise number: must not be NaN or Inf)"},
        {R"(return cjson.encode({[true] = 1}))",
         R"(error: user_script:1: Cannot serialise boolean: table key must be a number or string)"},
        {R"(return cjson.encode({[{}] = 1}))",
         R"(error: user_script:1: Cannot serialise table: table key must be a number or string)"},
    });
}

TEST(JsonLibrary, what_has_no_json_is_refused) {
    expect_each({
        {R"(return cjson.encode(tostring))",
         R"(error: user_script:1: Cannot serialise function: type not supported)"},
        {R"(return cjson.encode(coroutine.create(tostring)))",
         R"(error: user_script:1: bad argument #1 to 'create' (Lua function expected))"},
        {R"(return cjson.encode({a = {tostring}}))",
         R"(error: user_script:1: Cannot serialise function: type not supported)"},
        {R"(return cjson.encode(1/0))",
         R"(error: user_script:1: Cannot serialise number: must not be NaN or Inf)"},
        {R"(return cjson.encode(0/0))",
         R"(error: user_script:1: Cannot serialise number: must not be NaN or Inf)"},
        {R"(return cjson.encode({-1/0}))",
         R"(error: user_script:1: Cannot serialise number: must not be NaN or Inf)"},
        {R"(return cjson.encode())",
         R"(error: user_script:1: bad argument #1 to 'encode' (expected 1 argument))"},
        {R"(return cjson.encode(1, 2))",
         R"(error: user_script:1: bad argument #1 to 'encode' (expected 1 argument))"},
        {R"(return pcall(cjson.encode, tostring))",
         R"(false, 'Cannot serialise function: type not supported')"},
    });
}

TEST(JsonLibrary, arrays_have_holes_until_they_are_sparse) {
    expect_each({
        {R"(return cjson.encode({1, nil, 3}))", R"('[1,null,3]')"},
        {R"(return cjson.encode({[10] = 1}))", R"('[null,null,null,null,null,null,null,null,null,1]')"},
        {R"(return cjson.encode({[11] = 1}))",
         R"(error: user_script:1: Cannot serialise table: excessively sparse array)"},
        {R"(return cjson.encode({1, 2, 3, 4, 5, [12] = 1}))",
         R"('[1,2,3,4,5,null,null,null,null,null,null,1]')"},
        {R"(return cjson.encode({1, 2, 3, 4, 5, [13] = 1}))",
         R"(error: user_script:1: Cannot serialise table: excessively sparse array)"},
        {R"(return cjson.encode({[2147483647] = 1}))",
         R"(error: user_script:1: Cannot serialise table: excessively sparse array)"},
        {R"(return cjson.encode({[2147483648] = 1}))", R"('{"2147483648":1}')"},
        {R"(return cjson.encode({1, 2, 3, [2147483648] = 5}))", R"('{"1":1,"2":2,"3":3,"2147483648":5}')"},
        {R"(return cjson.encode({[2^31] = 5, [2] = 1, [3] = 1}))", R"('[null,1]')"},
    });
}

TEST(JsonLibrary, sparse_arrays_are_written_by_the_options) {
    expect_each({
        {R"(return cjson.encode_sparse_array())", R"(false, 2, 10)"},
        {R"(return cjson.encode_sparse_array(true, 2, 3))", R"(true, 2, 3)"},
        {R"(return cjson.encode({[4] = 1}), cjson.encode({[3] = 1}))", R"('{"4":1}', '[null,null,1]')"},
        {R"(return cjson.encode_sparse_array(true, 0, 0))", R"(true, 0, 0)"},
        {R"(return #cjson.encode({[1000] = 1}))", R"(4998)"},
        {R"(return cjson.encode_sparse_array(true, 1073741824, 0))", R"(true, 1073741824, 0)"},
        {R"(return cjson.encode({1, [3] = 1}), cjson.encode({1, 2, 3, 4, [6] = 1}))",
         R"('{"1":1,"3":1}', '[1,2,3,4,null,1]')"},
        {R"(return cjson.encode_sparse_array('off', 3))", R"(false, 3, 0)"},
        {R"(return cjson.encode_sparse_array(nil, nil, 4))", R"(false, 3, 4)"},
        {R"(return cjson.encode_sparse_array(true, 1, -1))",
         R"(error: user_script:1: bad argument #1 to 'encode_sparse_array' (expected integer between 0 and 2147483647))"},
        {R"(return cjson.encode_sparse_array())", R"(true, 1, 4)"},
        {R"(return cjson.encode_sparse_array(1))",
         R"(error: user_script:1: bad argument #1 to 'encode_sparse_array' (invalid option '1'))"},
        {R"(return cjson.encode_sparse_array(true, 'x'))",
         R"(error: user_script:1: bad argument #2 to 'encode_sparse_array' (number expected, got string))"},
        {R"(return cjson.encode_sparse_array(true, 1, 1, 1))",
         R"(error: user_script:1: bad argument #4 to 'encode_sparse_array' (found too many arguments))"},
        {R"(cjson.encode_sparse_array(false, 2, 10))", R"()"},
    });
}

TEST(JsonLibrary, invalid_numbers_are_written_by_the_option) {
    expect_each({
        {R"(return cjson.encode_invalid_numbers())", R"(false)"},
        {R"(return cjson.encode_invalid_numbers(true))", R"(true)"},
        {R"(return cjson.encode({1/0, -1/0, 0/0, -(0/0)}), cjson.encode({[1/0] = 1}))",
         R"('[inf,-inf,nan,nan]', '{"inf":1}')"},
        {R"(return cjson.encode_invalid_numbers('null'))", R"('null')"},
        {R"(return cjson.encode({1/0, -1/0, 0/0}), cjson.encode({[1/0] = 1}))",
         R"('[null,null,null]', '{"null":1}')"},
        {R"(return cjson.encode_invalid_numbers())", R"('null')"},
        {R"(return cjson.encode_invalid_numbers('off'))", R"(false)"},
        {R"(return cjson.encode_invalid_numbers('Off'))",
         R"(error: user_script:1: bad argument #1 to 'encode_invalid_numbers' (invalid option 'Off'))"},
        {R"(return cjson.encode_invalid_numbers(1))",
         R"(error: user_script:1: bad argument #1 to 'encode_invalid_numbers' (invalid option '1'))"},
        {R"(return cjson.encode_invalid_numbers({}))",
         R"(error: user_script:1: bad argument #1 to 'encode_invalid_numbers' (string expected, got table))"},
        {R"(return cjson.encode_invalid_numbers(nil, nil))",
         R"(error: user_script:1: bad argument #2 to 'encode_invalid_numbers' (found too many arguments))"},
    });
}

TEST(JsonLibrary, precision_and_buffer_are_options) {
    expect_each({
        {R"(return cjson.encode_number_precision())", R"(14)"},
        {R"(return cjson.encode_number_precision(3))", R"(3)"},
        {R"(return cjson.encode({1/3, 1000, 12345, 999}))", R"('[0.333,1e+03,1.23e+04,999]')"},
        {R"(return cjson.encode_number_precision(0))",
         R"(error: user_script:1: bad argument #1 to 'encode_number_precision' (expected integer between 1 and 14))"},
        {R"(return cjson.encode_number_precision(15))",
         R"(error: user_script:1: bad argument #1 to 'encode_number_precision' (expected integer between 1 and 14))"},
        {R"(return cjson.encode_number_precision('14'))", R"(14)"},
        {R"(return cjson.encode_keep_buffer())", R"(true)"},
        {R"(return cjson.encode_keep_buffer('off'))", R"(false)"},
        {R"(return cjson.encode_keep_buffer(true))", R"(true)"},
        {R"(return cjson.encode_keep_buffer('null'))",
         R"(error: user_script:1: bad argument #1 to 'encode_keep_buffer' (invalid option 'null'))"},
        {R"(return cjson.encode_keep_buffer(1, 2))",
         R"(error: user_script:1: bad argument #2 to 'encode_keep_buffer' (found too many arguments))"},
    });
}

TEST(JsonLibrary, depth_has_a_limit_that_is_an_option) {
    expect_each({
        {R"(return cjson.encode_max_depth(), cjson.decode_max_depth())", R"(1000, 1000)"},
        {R"(local t = {} for i = 2, 1000 do t = {t} end return #cjson.encode(t))", R"(2000)"},
        {R"(local t = {} for i = 2, 1001 do t = {t} end return cjson.encode(t))",
         R"(error: user_script:1: Cannot serialise, excessive nesting (1001))"},
        {R"(return #cjson.encode(cjson.decode(('['):rep(1000) .. (']'):rep(1000))))", R"(2000)"},
        {R"(return cjson.decode(('['):rep(1001) .. (']'):rep(1001)))",
         R"(error: user_script:1: Found too many nested data structures (1001) at character 1001)"},
        {R"(return cjson.encode_max_depth(2), cjson.decode_max_depth(2))", R"(2, 2)"},
        {R"(return cjson.encode({{}}), cjson.decode('[{}]'))", R"('[{}]', {1={}})"},
        {R"(return cjson.encode({{{}}}))",
         R"(error: user_script:1: Cannot serialise, excessive nesting (3))"},
        {R"(return cjson.decode('[{"a":['))",
         R"(error: user_script:1: Found too many nested data structures (3) at character 7)"},
        {R"(return cjson.encode_max_depth(0))",
         R"(error: user_script:1: bad argument #1 to 'encode_max_depth' (expected integer between 1 and 2147483647))"},
        {R"(return cjson.encode_max_depth(2147483648))",
         R"(error: user_script:1: bad argument #1 to 'encode_max_depth' (expected integer between 1 and 2147483647))"},
        {R"(return cjson.decode_max_depth('x'))",
         R"(error: user_script:1: bad argument #1 to 'decode_max_depth' (number expected, got string))"},
        {R"(return cjson.encode_max_depth(1000.9), cjson.decode_max_depth(1000))", R"(1000, 1000)"},
    });
}

TEST(JsonLibrary, depth_ends_where_the_stack_ends) {
    expect_each({
        {R"(return cjson.encode_max_depth(1000000), cjson.decode_max_depth(1000000))", R"(1000000, 1000000)"},
        {R"(local t = {} t[1] = t return cjson.encode(t))",
         R"(error: user_script:1: Cannot serialise, excessive nesting (7998))"},
        {R"(local t = {} t.a = t return cjson.encode(t))",
         R"(error: user_script:1: Cannot serialise, excessive nesting (4000))"},
        {R"(local t = {} t[1] = {a = t} return cjson.encode(t))",
         R"(error: user_script:1: Cannot serialise, excessive nesting (5333))"},
        {R"(return cjson.decode(('['):rep(9000)))",
         R"(error: user_script:1: Found too many nested data structures (7999) at character 7999)"},
        {R"(return cjson.decode(('{"a":'):rep(9000)))",
         R"(error: user_script:1: Found too many nested data structures (4000) at character 19996)"},
        {R"(return cjson.decode(('[{"a":'):rep(9000)))",
         R"(error: user_script:1: Found too many nested data structures (5333) at character 15997)"},
        {R"(return #cjson.encode(cjson.decode(('['):rep(7997) .. (']'):rep(7997))))", R"(15994)"},
        {R"(cjson.encode_max_depth(1000) cjson.decode_max_depth(1000))", R"()"},
    });
}

TEST(JsonLibrary, options_belong_to_the_table_that_has_them) {
    expect_each({
        {R"(local other = cjson.new() other.encode_invalid_numbers(true) return other.encode(1/0), other.null == cjson.null, pcall(cjson.encode, 1/0))",
         R"('inf', true, false, 'Cannot serialise number: must not be NaN or Inf')"},
        {R"(local other = cjson.new() other.encode_number_precision(3) return other.new().encode(1/3), other.encode(1/3), cjson.encode(1/3))",
         R"('0.33333333333333', '0.333', '0.33333333333333')"},
    });
}

TEST(JsonLibrary, metamethods_are_not_called) {
    expect_each({
        {R"(return cjson.encode(setmetatable({1, 2}, {__index = error, __len = error, __pairs = error, __tostring = error})))",
         R"('[1,2]')"},
        {R"(return cjson.encode(setmetatable({}, {__index = function() return 7 end, __len = function() return 3 end})))",
         R"('{}')"},
        {R"(return cjson.decode(setmetatable({}, {__tostring = function() return '1' end})))",
         R"(error: user_script:1: bad argument #1 to 'decode' (string expected, got table))"},
    });
}

TEST(JsonLibrary, coroutines_may_encode_and_decode) {
    expect_each({
        {R"(local co = coroutine.wrap(function() local t = cjson.decode('[1,{"a":2}]') coroutine.yield(cjson.encode(t)) return cjson.encode(tostring) end) return co(), pcall(co))",
         R"('[1,{"a":2}]', false, 'user_script:1: Cannot serialise function: type not supported')"},
    });
}

// Two thousand million times "null,".
TEST(JsonLibrary, what_grows_beyond_the_memory_of_the_state_is_an_error) {
    ScriptState state(8 << 20);
    for (int i = 0; i < 3; ++i)
        EXPECT_EQ(state.run("cjson.encode_sparse_array(true, 0) return cjson.encode({[2147483647] = 1})"),
                  "error: not enough memory");
    EXPECT_EQ(state.run("return cjson.decode('[' .. ('{},'):rep(1000000))"), "error: not enough memory");
    EXPECT_EQ(state.run("return cjson.encode({1})"), "'[1]'");
}

}  // namespace
}  // namespace pongo

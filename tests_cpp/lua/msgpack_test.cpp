#include "lua/msgpack.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>

#include "support/script_state.h"

namespace pongo {
namespace {

// In one state, one after the other.
void expect_each(std::initializer_list<ScriptCase> cases) {
    ScriptState state;
    for (const auto& [script, shown] : cases) EXPECT_EQ(state.run(script), shown) << script;
}

TEST(MsgpackLibrary, the_library_has_what_that_of_redis_has_in_its_order) {
    expect_each({
        {R"(local all = {} for name, value in pairs(cmsgpack) do all[#all + 1] = name .. (type(value) == 'string' and '=' .. value or '') end return table.concat(all, ' '))",
         R"('_DESCRIPTION=MessagePack C implementation for Lua pack _NAME=cmsgpack unpack _COPYRIGHT=Copyright (C) 2012, Salvatore Sanfilippo _VERSION=lua-cmsgpack 0.4.0 unpack_one unpack_limit')"},
    });
}

TEST(MsgpackLibrary, integers_take_as_few_bytes_as_they_can) {
    expect_each({
        {R"(return cmsgpack.pack(0))", R"('\00')"},
        {R"(return cmsgpack.pack(127))", R"('\7f')"},
        {R"(return cmsgpack.pack(128))", R"('\cc\80')"},
        {R"(return cmsgpack.pack(255))", R"('\cc\ff')"},
        {R"(return cmsgpack.pack(256))", R"('\cd\01\00')"},
        {R"(return cmsgpack.pack(65535))", R"('\cd\ff\ff')"},
        {R"(return cmsgpack.pack(65536))", R"('\ce\00\01\00\00')"},
        {R"(return cmsgpack.pack(4294967295))", R"('\ce\ff\ff\ff\ff')"},
        {R"(return cmsgpack.pack(4294967296))", R"('\cf\00\00\00\01\00\00\00\00')"},
        {R"(return cmsgpack.pack(2^53))", R"('\cf\00 \00\00\00\00\00\00')"},
        {R"(return cmsgpack.pack(2^63-1024))", R"('\cf\7f\ff\ff\ff\ff\ff\fc\00')"},
        {R"(return cmsgpack.pack(-1))", R"('\ff')"},
        {R"(return cmsgpack.pack(-32))", R"('\e0')"},
        {R"(return cmsgpack.pack(-33))", R"('\d0\df')"},
        {R"(return cmsgpack.pack(-128))", R"('\d0\80')"},
        {R"(return cmsgpack.pack(-129))", R"('\d1\ff\7f')"},
        {R"(return cmsgpack.pack(-32768))", R"('\d1\80\00')"},
        {R"(return cmsgpack.pack(-32769))", R"('\d2\ff\ff\7f\ff')"},
        {R"(return cmsgpack.pack(-2147483648))", R"('\d2\80\00\00\00')"},
        {R"(return cmsgpack.pack(-2147483649))", R"('\d3\ff\ff\ff\ff\7f\ff\ff\ff')"},
        {R"(return cmsgpack.pack(-2^63))", R"('\d3\80\00\00\00\00\00\00\00')"},
        {R"(return cmsgpack.pack(-0))", R"('\00')"},
    });
}

TEST(MsgpackLibrary, floats_are_narrow_if_nothing_is_lost) {
    expect_each({
        {R"(return cmsgpack.pack(1.5))", R"('\ca?\c0\00\00')"},
        {R"(return cmsgpack.pack(0.1))", R"('\cb?\b9\99\99\99\99\99\9a')"},
        {R"(return cmsgpack.pack(1/0))", R"('\ca\7f\80\00\00')"},
        {R"(return cmsgpack.pack(-1/0))", R"('\ca\ff\80\00\00')"},
        {R"(return cmsgpack.pack(-(0/0)))", R"('\cb\7f\f8\00\00\00\00\00\00')"},
        {R"(return cmsgpack.pack(1e300))", R"('\cb~7\e4<\88\00u\9c')"},
        {R"(return cmsgpack.pack(5e-324))", R"('\cb\00\00\00\00\00\00\00\01')"},
        {R"(return cmsgpack.pack(2^63))", R"('\ca_\00\00\00')"},
        {R"(return cmsgpack.pack(2^64))", R"('\ca_\80\00\00')"},
        {R"(return cmsgpack.pack(-2^63-3000))", R"('\cb\c3\e0\00\00\00\00\00\01')"},
        {R"(return cmsgpack.pack(1e-45))", R"('\cb6\96\d6\01\ad7j\b9')"},
        {R"(return cmsgpack.pack(1.401298464324817e-45))", R"('\ca\00\00\00\01')"},
        {R"(return cmsgpack.pack(3.4028235677973366e38))", R"('\cbG\ef\ff\ff\f0\00\00\00')"},
        {R"(return cmsgpack.pack(2^127))", R"('\ca\7f\00\00\00')"},
        {R"(return cmsgpack.pack(2^128))", R"('\cbG\f0\00\00\00\00\00\00')"},
    });
}

TEST(MsgpackLibrary, strings_have_the_shortest_length) {
    expect_each({
        {R"(return cmsgpack.pack(''))", R"('\a0')"},
        {R"(return cmsgpack.pack('a\0\255'))", R"('\a3a\00\ff')"},
        {R"(local s = cmsgpack.pack(('x'):rep(31)) return s:sub(1, 3), #s)", R"('\bfxx', 32)"},
        {R"(local s = cmsgpack.pack(('x'):rep(32)) return s:sub(1, 6), #s, #cmsgpack.unpack(s))",
         R"('\d9 xxxx', 34, 32)"},
        {R"(local s = cmsgpack.pack(('x'):rep(255)) return s:sub(1, 6), #s, #cmsgpack.unpack(s))",
         R"('\d9\ffxxxx', 257, 255)"},
        {R"(local s = cmsgpack.pack(('x'):rep(256)) return s:sub(1, 6), #s, #cmsgpack.unpack(s))",
         R"('\da\01\00xxx', 259, 256)"},
        {R"(local s = cmsgpack.pack(('x'):rep(65535)) return s:sub(1, 6), #s, #cmsgpack.unpack(s))",
         R"('\da\ff\ffxxx', 65538, 65535)"},
        {R"(local s = cmsgpack.pack(('x'):rep(65536)) return s:sub(1, 6), #s, #cmsgpack.unpack(s))",
         R"('\db\00\01\00\00x', 65541, 65536)"},
    });
}

TEST(MsgpackLibrary, tables_with_the_keys_1_to_n_are_arrays) {
    expect_each({
        {R"(return cmsgpack.pack({}))", R"('\90')"},
        {R"(return cmsgpack.pack({1, 2}))", R"('\92\01\02')"},
        {R"(return cmsgpack.pack({[2] = 2, [1] = 1}))", R"('\92\01\02')"},
        {R"(return cmsgpack.pack({1, nil, 3}))", R"('\82\01\01\03\03')"},
        {R"(return cmsgpack.pack({[2] = 1}))", R"('\81\02\01')"},
        {R"(return cmsgpack.pack({[1.5] = 1}))", R"('\81\ca?\c0\00\00\01')"},
        {R"(return cmsgpack.pack({[0] = 1}))", R"('\81\00\01')"},
        {R"(return cmsgpack.pack({1, a = 2}))", R"('\82\01\01\a1a\02')"},
        {R"(return cmsgpack.pack({[-1] = 1}))", R"('\81\ff\01')"},
        {R"(return cmsgpack.pack({[2^53] = 1}))", R"('\81\cf\00 \00\00\00\00\00\00\01')"},
        {R"(return cmsgpack.pack({[1/0] = 1}))", R"('\81\ca\7f\80\00\00\01')"},
        {R"(local t = {} for i = 1, 15 do t[i] = 1 end local s = cmsgpack.pack(t) return s:sub(1, 6), #s)",
         R"('\9f\01\01\01\01\01', 16)"},
        {R"(local t = {} for i = 1, 16 do t[i] = 1 end local s = cmsgpack.pack(t) return s:sub(1, 6), #s)",
         R"('\dc\00\10\01\01\01', 19)"},
        {R"(local t = {} for i = 1, 65535 do t[i] = 1 end local s = cmsgpack.pack(t) return s:sub(1, 6), #s)",
         R"('\dc\ff\ff\01\01\01', 65538)"},
        {R"(local t = {} for i = 1, 65536 do t[i] = 1 end local s = cmsgpack.pack(t) return s:sub(1, 6), #s)",
         R"('\dd\00\01\00\00\01', 65541)"},
    });
}

TEST(MsgpackLibrary, other_tables_are_maps_in_the_order_of_next) {
    expect_each({
        {R"(return cmsgpack.pack({a = 1}))", R"('\81\a1a\01')"},
        {R"(return cmsgpack.pack({[true] = 1}))", R"('\81\c3\01')"},
        {R"(return cmsgpack.pack({[{}] = {}}))", R"('\81\90\90')"},
        {R"(return cmsgpack.pack({b = 1, a = 2, c = {x = 1, y = 2, z = 3}, d = 4}))",
         R"('\84\a1a\02\a1d\04\a1c\83\a1y\02\a1x\01\a1z\03\a1b\01')"},
        {R"(local t = {} for i = 1, 15 do t['k' .. i] = 1 end local s = cmsgpack.pack(t) return s:sub(1, 8), #s)",
         R"('\8f\a3k12\01\a2k', 67)"},
        {R"(local t = {} for i = 1, 16 do t['k' .. i] = 1 end local s = cmsgpack.pack(t) return s:sub(1, 8), #s)",
         R"('\de\00\10\a3k12\01', 74)"},
        {R"(local t = {} for i = 1, 65535 do t['k' .. i] = 1 end local s = cmsgpack.pack(t) return s:sub(1, 8), #s)",
         R"('\de\ff\ff\a6k331', 513177)"},
        {R"(local t = {} for i = 1, 65536 do t['k' .. i] = 1 end local s = cmsgpack.pack(t) return s:sub(1, 8), #s)",
         R"('\df\00\01\00\00\a6k3', 513187)"},
    });
}

TEST(MsgpackLibrary, what_has_no_messagepack_is_nil) {
    expect_each({
        {R"(return cmsgpack.pack(nil))", R"('\c0')"},
        {R"(return cmsgpack.pack(tostring, cjson.null, coroutine.create(tostring)))",
         R"(error: user_script:1: bad argument #1 to 'create' (Lua function expected))"},
        {R"(return cmsgpack.pack({1, tostring, 3}))", R"('\93\01\c0\03')"},
    });
}

TEST(MsgpackLibrary, tables_nested_deeper_than_16_are_nil) {
    expect_each({
        {R"(local t = {} for i = 1, 15 do t = {t} end return cmsgpack.pack(t))",
         R"('\91\91\91\91\91\91\91\91\91\91\91\91\91\91\91\90')"},
        {R"(local t = {} for i = 1, 16 do t = {t} end return cmsgpack.pack(t))",
         R"('\91\91\91\91\91\91\91\91\91\91\91\91\91\91\91\91\c0')"},
        {R"(local t = {} for i = 1, 16 do t = {a = t} end return cmsgpack.pack(t))",
         R"('\81\a1a\81\a1a\81\a1a\81\a1a\81\a1a\81\a1a\81\a1a\81\a1a\81\a1a\81\a1a\81\a1a\81\a1a\81\a1a\81\a1a\81\a1a\81\a1a\c0')"},
        {R"(local t = {} t[1] = t return cmsgpack.pack(t))",
         R"('\91\91\91\91\91\91\91\91\91\91\91\91\91\91\91\91\c0')"},
        {R"(local t = {} t[t] = t return #cmsgpack.pack(t))", R"(131071)"},
    });
}

TEST(MsgpackLibrary, arguments_follow_one_another) {
    expect_each({
        {R"(return cmsgpack.pack(1, 'a', nil, {}))", R"('\01\a1a\c0\90')"},
        {R"(return cmsgpack.pack())",
         R"(error: user_script:1: bad argument #0 to 'pack' (MessagePack pack needs input.))"},
        {R"(return pcall(cmsgpack.pack))",
         R"(false, 'bad argument #0 to '?' (MessagePack pack needs input.)')"},
    });
}

TEST(MsgpackLibrary, metamethods_are_not_called) {
    expect_each({
        {R"(return cmsgpack.pack(setmetatable({1, 2}, {__index = error, __len = error, __pairs = error, __tostring = error})))",
         R"('\92\01\02')"},
        {R"(return cmsgpack.pack(setmetatable({}, {__index = function() return 7 end, __len = function() return 3 end})))",
         R"('\90')"},
    });
}

TEST(MsgpackLibrary, arguments_are_as_many_as_the_stack_takes) {
    expect_each({
        {R"(local t = {} for i = 1, 4000 do t[i] = 1 end return #cmsgpack.pack(unpack(t)))", R"(4000)"},
        {R"(local t = {} for i = 1, 4001 do t[i] = 1 end return #cmsgpack.pack(unpack(t)))",
         R"(error: user_script:1: bad argument #0 to 'pack' (Too many arguments for MessagePack pack.))"},
        {R"(local t = {} for i = 1, 3998 do t[i] = {{}} end return #cmsgpack.pack(unpack(t)))", R"(7996)"},
        {R"(local t = {} for i = 1, 3999 do t[i] = {{}} end return #cmsgpack.pack(unpack(t)))",
         R"(error: user_script:1: stack overflow (in function table_is_an_array))"},
        {R"(local t = {} for i = 1, 3996 do t[i] = {a = {b = {c = 1}}} end return #cmsgpack.pack(unpack(t)))",
         R"(39960)"},
        {R"(local t = {} for i = 1, 3997 do t[i] = {a = {b = {c = 1}}} end return #cmsgpack.pack(unpack(t)))",
         R"(error: user_script:1: stack overflow (in function mp_encode_lua_table_as_map))"},
    });
}

TEST(MsgpackLibrary, every_type_is_unpacked) {
    expect_each({
        {R"(return cmsgpack.unpack('\192\194\195'))", R"(nil, false, true)"},
        {R"(return cmsgpack.unpack('\0\127\224\255'))", R"(0, 127, -32, -1)"},
        {R"(return cmsgpack.unpack('\204\255\205\1\2\206\255\255\255\255'))", R"(255, 258, 4294967295)"},
        {R"(return cmsgpack.unpack('\207\0\32\0\0\0\0\0\0'))", R"(9007199254740992)"},
        {R"(return cmsgpack.unpack('\207\255\255\255\255\255\255\255\255'))", R"(-1)"},
        {R"(return cmsgpack.unpack('\208\128\209\128\0\210\128\0\0\0\211\128\0\0\0\0\0\0\0'))",
         R"(-128, -32768, -2147483648, -9.2233720368547758e+18)"},
        {R"(return cmsgpack.unpack('\202\63\128\0\0\203\63\185\153\153\153\153\153\154'))",
         R"(1, 0.10000000000000001)"},
        {R"(return cmsgpack.unpack('\203\127\248\0\0\0\0\0\1'))", R"(nan)"},
        {R"(return cmsgpack.unpack('\162a\0\217\1b\218\0\1c\219\0\0\0\1d'))", R"('a\00', 'b', 'c', 'd')"},
        {R"(return cmsgpack.unpack('\146\1\144\220\0\1\2\221\0\0\0\1\3'))", R"({1=1,2={}}, {1=2}, {1=3})"},
        {R"(return cmsgpack.unpack('\129\161a\128\222\0\1\2\3\223\0\0\0\1\4\5'))",
         R"({'a'={}}, {2=3}, {4=5})"},
        {R"(return cmsgpack.unpack(''))", R"()"},
        {R"(return cmsgpack.unpack(12))", R"(49, 50)"},
    });
}

TEST(MsgpackLibrary, nil_in_tables_leaves_holes_and_is_no_key) {
    expect_each({
        {R"(return cmsgpack.unpack('\146\192\1'))", R"({2=1})"},
        {R"(return cmsgpack.unpack('\129\1\192'))", R"({})"},
        {R"(return cmsgpack.unpack('\129\192\1'))", R"(error: table index is nil)"},
        {R"(return cmsgpack.unpack('\129\203\127\248\0\0\0\0\0\1\1'))", R"(error: table index is NaN)"},
    });
}

TEST(MsgpackLibrary, what_is_cut_off_or_unknown_is_refused) {
    expect_each({
        {R"(return cmsgpack.unpack('\161'))", R"(error: user_script:1: Missing bytes in input.)"},
        {R"(return cmsgpack.unpack('\217\5ab'))", R"(error: user_script:1: Missing bytes in input.)"},
        {R"(return cmsgpack.unpack('\205\1'))", R"(error: user_script:1: Missing bytes in input.)"},
        {R"(return cmsgpack.unpack('\203\0\0\0'))", R"(error: user_script:1: Missing bytes in input.)"},
        {R"(return cmsgpack.unpack('\221\255\255\255\255'))",
         R"(error: user_script:1: Missing bytes in input.)"},
        {R"(return cmsgpack.unpack('\223\255\255\255\255\1'))",
         R"(error: user_script:1: Missing bytes in input.)"},
        {R"(return cmsgpack.unpack('\219\255\255\255\255a'))",
         R"(error: user_script:1: Missing bytes in input.)"},
        {R"(return cmsgpack.unpack('\145'))", R"(error: user_script:1: Missing bytes in input.)"},
        {R"(return cmsgpack.unpack('\129\1'))", R"(error: user_script:1: Missing bytes in input.)"},
        {R"(return cmsgpack.unpack('\193'))", R"(error: user_script:1: Bad data format in input.)"},
        {R"(return cmsgpack.unpack('\196\2ab'))", R"(error: user_script:1: Bad data format in input.)"},
        {R"(return cmsgpack.unpack('\199\1\1a'))", R"(error: user_script:1: Bad data format in input.)"},
        {R"(return cmsgpack.unpack('\216'))", R"(error: user_script:1: Bad data format in input.)"},
        {R"(return cmsgpack.unpack('\1\193'))", R"(error: user_script:1: Bad data format in input.)"},
    });
}

TEST(MsgpackLibrary, one_or_some_are_unpacked_from_an_offset) {
    expect_each({
        {R"(return cmsgpack.unpack_one(''))", R"(-1)"},
        {R"(return cmsgpack.unpack_one('\1'))", R"(-1, 1)"},
        {R"(return cmsgpack.unpack_one('\1\2'))", R"(1, 1)"},
        {R"(return cmsgpack.unpack_one('\1\2', 1))", R"(-1, 2)"},
        {R"(return cmsgpack.unpack_one('\1\2', 2))", R"(-1)"},
        {R"(return cmsgpack.unpack_one('\1\2', 3))",
         R"(error: user_script:1: Start offset 3 greater than input length 2.)"},
        {R"(return cmsgpack.unpack_one('\1\2', -1))",
         R"(error: user_script:1: Invalid request to unpack with offset of -1 and limit of 2.)"},
        {R"(return cmsgpack.unpack_one('\1', 2^31))",
         R"(error: user_script:1: Start offset -2147483648 greater than input length 1.)"},
        {R"(return cmsgpack.unpack_one())",
         R"(error: user_script:1: bad argument #1 to 'unpack_one' (string expected, got no value))"},
        {R"(return cmsgpack.unpack_limit('\1\2\3', 2))", R"(2, 1, 2)"},
        {R"(return cmsgpack.unpack_limit('\1\2\3', 9))", R"(-1, 1, 2, 3)"},
        {R"(return cmsgpack.unpack_limit('\1\2\3', 2, 1))", R"(-1, 2, 3)"},
        {R"(return cmsgpack.unpack_limit('\1\2\3', 0))", R"(1, 2, 3)"},
        {R"(return cmsgpack.unpack_limit('\1\2\3', 0, 2))", R"(2)"},
        {R"(return cmsgpack.unpack_limit('\1\2\3', -1))",
         R"(error: user_script:1: Invalid request to unpack with offset of 0 and limit of 3.)"},
        {R"(return cmsgpack.unpack_limit('\1\193', 1))", R"(1, 1)"},
        {R"(return cmsgpack.unpack_limit('\1\193', 2))",
         R"(error: user_script:1: Bad data format in input.)"},
        {R"(return cmsgpack.unpack_limit())",
         R"(error: user_script:1: bad argument #2 to 'unpack_limit' (number expected, got no value))"},
        {R"(return cmsgpack.unpack_limit('\1', 'x'))",
         R"(error: user_script:1: bad argument #2 to 'unpack_limit' (number expected, got string))"},
    });
}

TEST(MsgpackLibrary, values_are_as_many_and_as_deep_as_the_stack_takes) {
    expect_each({
        {R"(return select('#', cmsgpack.unpack(('\1'):rep(7999))))", R"(7999)"},
        {R"(return select('#', cmsgpack.unpack(('\1'):rep(8000))))",
         R"(error: user_script:1: stack overflow (too many return values at once; use unpack_one or unpack_limit instead.))"},
        {R"(return select('#', cmsgpack.unpack_limit(('\1'):rep(9000), 7998)))", R"(7999)"},
        {R"(return select('#', cmsgpack.unpack_limit(('\1'):rep(9000), 7999)))",
         R"(error: user_script:1: stack overflow (in function mp_unpack_full))"},
        {R"(return select('#', cmsgpack.unpack(('\145'):rep(3999) .. '\1')))", R"(1)"},
        {R"(return select('#', cmsgpack.unpack(('\145'):rep(4000) .. '\1')))",
         R"(error: user_script:1: stack overflow (in function mp_decode_to_lua_array))"},
        {R"(return select('#', cmsgpack.unpack(('\129\1'):rep(3999) .. '\1')))", R"(1)"},
        {R"(return select('#', cmsgpack.unpack(('\129\1'):rep(4000) .. '\1')))",
         R"(error: user_script:1: stack overflow (too many return values at once; use unpack_one or unpack_limit instead.))"},
        {R"(return select('#', cmsgpack.unpack(('\129'):rep(20000))))",
         R"(error: user_script:1: stack overflow (too many return values at once; use unpack_one or unpack_limit instead.))"},
    });
}

TEST(MsgpackLibrary, input_cut_off_at_any_byte_is_an_error_and_no_more) {
    ScriptState state;
    EXPECT_EQ(state.run(R"(
        local whole = cmsgpack.pack({1, 1.5, 0.1, 'text', ('x'):rep(300), {a = {}, b = {1, 2, {c = -70000}}}})
        for size = 1, #whole - 1 do
            local fine, why = pcall(cmsgpack.unpack, whole:sub(1, size))
            if fine or why ~= 'Missing bytes in input.' then return size, why end
        end
        return cmsgpack.pack((cmsgpack.unpack(whole))) == whole)"),
              "true");
}

TEST(MsgpackLibrary, announced_lengths_take_no_memory) {
    ScriptState state(1 << 20);
    for (const char* head : {"219", "221", "223"})
        EXPECT_EQ(state.run(std::string("return cmsgpack.unpack('\\") + head +
                            R"(\127\255\255\255' .. ('\1'):rep(1000)))"),
                  "error: user_script:1: Missing bytes in input.");
}

// Tables that hold the same one again and again, 16 deep, are 10^16 values.
TEST(MsgpackLibrary, what_grows_beyond_the_memory_of_the_state_is_an_error) {
    ScriptState state(8 << 20);
    const std::string bomb = R"(
        local t = {}
        for depth = 1, 16 do
            local wider = {}
            for i = 1, 10 do wider[i] = t end
            t = wider
        end
        return cmsgpack.pack(t))";
    for (int i = 0; i < 3; ++i) EXPECT_EQ(state.run(bomb), "error: not enough memory");
    EXPECT_EQ(state.run("return cmsgpack.pack({1})"), R"('\91\01')");
}

}  // namespace
}  // namespace pongo

#include "lua/struct.h"

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

TEST(StructLibrary, the_library_has_what_that_of_redis_has_in_its_order) {
    expect_each({
        {R"(local names = {} for name in pairs(struct) do names[#names + 1] = name end return table.concat(names, ' '))",
         R"('pack size unpack')"},
    });
}

TEST(StructLibrary, integers_are_packed_little_endian_unless_told_otherwise) {
    expect_each({
        {R"(return struct.pack('b', -1))", R"('\ff')"},
        {R"(return struct.pack('H', 513))", R"('\01\02')"},
        {R"(return struct.pack('>H', 513))", R"('\02\01')"},
        {R"(return struct.pack('<i', -2))", R"('\fe\ff\ff\ff')"},
        {R"(return struct.pack('>l', 2^40))", R"('\00\00\01\00\00\00\00\00')"},
        {R"(return struct.pack('>I3', 66051))", R"('\01\02\03')"},
        {R"(return struct.pack('i3', -2))", R"('\fe\ff\ff')"},
        {R"(return struct.pack('T', 5))", R"('\05\00\00\00\00\00\00\00')"},
        {R"(return struct.pack('> B < H > H', 1, 2, 3))", R"('\01\02\00\00\03')"},
        {R"(return struct.pack('i0', 7))", R"('')"},
    });
}

TEST(StructLibrary, numbers_that_do_not_fit_are_what_the_machine_makes_of_them) {
    expect_each({
        {R"(return struct.pack('b', 300))", R"(',')"},
        {R"(return struct.pack('B', -1.9))", R"('\ff')"},
        {R"(return struct.pack('L', 2^63))", R"('\00\00\00\00\00\00\00\80')"},
        {R"(return struct.pack('L', 2^64 - 2048))", R"('\00\f8\ff\ff\ff\ff\ff\ff')"},
        {R"(return struct.pack('L', 2^64))", R"('\00\00\00\00\00\00\00\00')"},
        {R"(return struct.pack('L', 1e300))", R"('\00\00\00\00\00\00\00\00')"},
        {R"(return struct.pack('l', -1e300))", R"('\00\00\00\00\00\00\00\80')"},
        {R"(return struct.pack('L', 0/0))", R"('\00\00\00\00\00\00\00\80')"},
        {R"(return struct.pack('L', 1/0))", R"('\00\00\00\00\00\00\00\00')"},
        {R"(return struct.pack('L', -0.5))", R"('\00\00\00\00\00\00\00\00')"},
    });
}

TEST(StructLibrary, of_integers_wider_than_8_bytes_only_8_count) {
    expect_each({
        {R"(return struct.pack('i10', -3))", R"('\fd\ff\ff\ff\ff\ff\ff\ff\00\00')"},
        {R"(return struct.pack('>i10', -3))", R"('\00\00\ff\ff\ff\ff\ff\ff\ff\fd')"},
        {R"(return struct.pack('I32', 2^40))",
         R"('\00\00\00\00\00\01\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00')"},
        {R"(return struct.unpack('i9', '\1\0\0\0\2\0\0\0\255'))", R"(-127, 10)"},
        {R"(return struct.unpack('>i9', '\1\0\0\0\2\0\0\0\255'))", R"(-1, 10)"},
        {R"(return struct.unpack('I12', ('\200'):rep(12)))", R"(1.4468034567615334e+19, 13)"},
        {R"(return struct.unpack('i16', ('\1'):rep(7) .. '\129' .. ('\1'):rep(8)))",
         R"(-9.1510318640166994e+18, 17)"},
    });
}

TEST(StructLibrary, floats_are_packed_and_unpacked) {
    expect_each({
        {R"(return struct.pack('f', 0.1))", R"('\cd\cc\cc=')"},
        {R"(return struct.pack('>d', 0.1))", R"('?\b9\99\99\99\99\99\9a')"},
        {R"(return struct.pack('f', 1e300))", R"('\00\00\80\7f')"},
        {R"(return struct.pack('f', 1e-46))", R"('\00\00\00\00')"},
        {R"(return struct.pack('d', -0))", R"('\00\00\00\00\00\00\00\80')"},
        {R"(return struct.pack('f', -(0/0)))", R"('\00\00\c0\7f')"},
        {R"(return struct.unpack('f', '\1\0\0\0'))", R"(1.4012984643248171e-45, 5)"},
        {R"(return struct.unpack('>d', '\64\9\33\251\84\68\45\24'))", R"(3.1415926535897931, 9)"},
        {R"(return struct.unpack('f', '\1\0\128\127'))", R"(nan, 5)"},
        {R"(return struct.unpack('d', '\0\0\0\0\0\0\240\255'))", R"(-inf, 9)"},
    });
}

TEST(StructLibrary, strings_are_packed_by_length_or_with_a_zero) {
    expect_each({
        {R"(return struct.pack('s', 'abc'))", R"('abc\00')"},
        {R"(return struct.pack('s', 'a\0b'))", R"('a\00b\00')"},
        {R"(return struct.pack('c0', 'a\0b'))", R"('a\00b')"},
        {R"(return struct.pack('c2', 'abc'))", R"('ab')"},
        {R"(return struct.pack('c', 'abc'))", R"('a')"},
        {R"(return struct.pack('Bc0', 3, 'abc'))", R"('\03abc')"},
        {R"(return struct.pack('c3', 1234))", R"('123')"},
        {R"(return struct.pack('c5', 'abc'))",
         R"(error: user_script:1: bad argument #3 to 'pack' (string too short))"},
        {R"(return struct.pack('c2147483647', 'a'))",
         R"(error: user_script:1: bad argument #3 to 'pack' (string too short))"},
    });
}

TEST(StructLibrary, strings_are_unpacked_by_length_or_to_a_zero) {
    expect_each({
        {R"(return struct.unpack('s', 'abc\0d'))", R"('abc', 5)"},
        {R"(return struct.unpack('s', 'abc'))", R"(error: user_script:1: unfinished string in data)"},
        {R"(return struct.unpack('c2', 'a\0b'))", R"('a\00', 3)"},
        {R"(return struct.unpack('Bc0', '\2abc'))", R"('ab', 4)"},
        {R"(return struct.unpack('bc0', '\255abc'))",
         R"(error: user_script:1: bad argument #2 to 'unpack' (data string too short))"},
        {R"(return struct.unpack('sc0', '2\0ab'))", R"('ab', 5)"},
        {R"(return struct.unpack('dc0', '\0\0\0\0\0\0\240\127ab'))", R"('', 9)"},
        {R"(return struct.unpack('c0', 'ab'))", R"(error: user_script:1: format 'c0' needs a previous size)"},
        {R"(return struct.unpack('c0', '3'))", R"(error: user_script:1: format 'c0' needs a previous size)"},
        {R"(return struct.unpack('Bxc0', '\1ab'))", R"('b', 4)"},
        {R"(return struct.unpack('bc0c0', '\1abc'))",
         R"(error: user_script:1: format 'c0' needs a previous size)"},
    });
}

TEST(StructLibrary, options_are_aligned_to_their_size_and_at_most_to_the_given) {
    expect_each({
        {R"(return struct.pack('!4bi', 1, 2))", R"('\01\00\00\00\02\00\00\00')"},
        {R"(return struct.pack('!bd', 1, 2))", R"('\01\00\00\00\00\00\00\00\00\00\00\00\00\00\00@')"},
        {R"(return struct.pack('bd', 1, 2))", R"('\01\00\00\00\00\00\00\00@')"},
        {R"(return struct.pack('!8bi16', 1, 2))",
         R"('\01\00\00\00\00\00\00\00\02\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00')"},
        {R"(return struct.pack('!2bhl', 1, 2, 3))", R"('\01\00\02\00\03\00\00\00\00\00\00\00')"},
        {R"(return struct.pack('!8bs', 1, 'abc'))", R"('\01abc\00')"},
        {R"(return struct.unpack('!4bi', 'a\0\0\0\1\0\0\0'))", R"(97, 1, 9)"},
        {R"(return struct.unpack('!4bi', 'abcdefgh', 2))", R"(98, 1751606885, 9)"},
        {R"(return struct.size('!8i7i'))", R"(20)"},
        {R"(return struct.size('!32bi12'))", R"(24)"},
        {R"(return struct.size('!8i3'))", R"(5)"},
        {R"(return struct.size('!3'))", R"(error: user_script:1: alignment 3 is not a power of 2)"},
        {R"(return struct.size('!0'))", R"(error: user_script:1: alignment 0 is not a power of 2)"},
        {R"(return struct.size('!64b'))", R"(1)"},
    });
}

TEST(StructLibrary, sizes_are_summed_up) {
    expect_each({
        {R"(return struct.size('lLTfdhHiIbB'))", R"(50)"},
        {R"(return struct.size('!lLTfdhHiIbB'))", R"(54)"},
        {R"(return struct.size('c2147483647c2147483647'))", R"(4294967294)"},
        {R"(return struct.size('c0'))",
         R"(error: user_script:1: bad argument #1 to 'size' (option 'c0' has no fixed size))"},
        {R"(return struct.size('s'))",
         R"(error: user_script:1: bad argument #1 to 'size' (option 's' has no fixed size))"},
        {R"(return struct.size('z'))", R"(0)"},
        {R"(return struct.size('%'))",
         R"(error: user_script:1: bad argument #1 to 'size' (invalid format option '%'))"},
        {R"(return struct.size('x c5'))", R"(6)"},
    });
}

TEST(StructLibrary, sizes_out_of_bounds_are_refused) {
    expect_each({
        {R"(return struct.size('i33'))",
         R"(error: user_script:1: integral size 33 is larger than limit of 32)"},
        {R"(return struct.pack('i2147483647', 1))",
         R"(error: user_script:1: integral size 2147483647 is larger than limit of 32)"},
        {R"(return struct.pack('i2147483648', 1))", R"(error: user_script:1: integral size overflow)"},
        {R"(return struct.unpack('c99999999999', 'a'))", R"(error: user_script:1: integral size overflow)"},
        {R"(return struct.size('c00000000000000000000000001'))", R"(1)"},
    });
}

TEST(StructLibrary, unpacking_begins_at_the_offset_and_tells_where_it_ended) {
    expect_each({
        {R"(return struct.unpack('b', 'ab', 2))", R"(98, 3)"},
        {R"(return struct.unpack('bb', 'ab', 2))",
         R"(error: user_script:1: bad argument #2 to 'unpack' (data string too short))"},
        {R"(return struct.unpack('', 'abc', 5))", R"(5)"},
        {R"(return struct.unpack('', 'abc', -5))", R"(-5)"},
        {R"(return struct.unpack(' ', 'abc', 5))",
         R"(error: user_script:1: bad argument #2 to 'unpack' (data string too short))"},
        {R"(return struct.unpack('b', 'ab', 0))",
         R"(error: user_script:1: bad argument #3 to 'unpack' (offset must be 1 or greater))"},
        {R"(return struct.unpack('b', 'ab', -1))",
         R"(error: user_script:1: bad argument #2 to 'unpack' (data string too short))"},
        {R"(return struct.unpack('!8d', ('\0'):rep(32), -3))",
         R"(error: user_script:1: bad argument #2 to 'unpack' (data string too short))"},
        {R"(return struct.unpack('b', 'ab', 2^63))",
         R"(error: user_script:1: bad argument #2 to 'unpack' (data string too short))"},
        {R"(return struct.unpack('x', ''))",
         R"(error: user_script:1: bad argument #2 to 'unpack' (data string too short))"},
        {R"(return struct.unpack('b', 'ab', 1.9))", R"(97, 2)"},
    });
}

TEST(StructLibrary, formats_and_arguments_that_are_wrong_are_told) {
    expect_each({
        {R"(return struct.pack())",
         R"(error: user_script:1: bad argument #1 to 'pack' (string expected, got no value))"},
        {R"(return struct.pack('b'))",
         R"(error: user_script:1: bad argument #2 to 'pack' (number expected, got nil))"},
        {R"(return struct.pack('hhh', 1, 2))",
         R"(error: user_script:1: bad argument #4 to 'pack' (number expected, got nil))"},
        {R"(return struct.pack('b', 'x'))",
         R"(error: user_script:1: bad argument #2 to 'pack' (number expected, got string))"},
        {R"(return struct.pack('s', {}))",
         R"(error: user_script:1: bad argument #2 to 'pack' (string expected, got table))"},
        {R"(return struct.pack('=i', 1))",
         R"(error: user_script:1: bad argument #1 to 'pack' (invalid format option '='))"},
        {R"(return struct.pack('z', 1))",
         R"(error: user_script:1: bad argument #1 to 'pack' (invalid format option 'z'))"},
        {R"(return struct.pack('b\0z', 1))", R"('\01')"},
        {R"(return struct.unpack('b'))",
         R"(error: user_script:1: bad argument #2 to 'unpack' (string expected, got no value))"},
        {R"(return struct.unpack('z', 'a'))",
         R"(error: user_script:1: bad argument #1 to 'unpack' (invalid format option 'z'))"},
        {R"(return struct.unpack('b', 'a', {}))",
         R"(error: user_script:1: bad argument #3 to 'unpack' (number expected, got table))"},
        {R"(return struct.size())",
         R"(error: user_script:1: bad argument #1 to 'size' (string expected, got no value))"},
    });
}

TEST(StructLibrary, results_are_as_many_as_the_stack_takes) {
    expect_each({
        {R"(local n = 7997 return select('#', struct.unpack(('b'):rep(n), ('a'):rep(n))))", R"(7998)"},
        {R"(local n = 7998 return select('#', struct.unpack(('b'):rep(n), ('a'):rep(n))))",
         R"(error: user_script:1: stack overflow (too many results))"},
    });
}

}  // namespace
}  // namespace pongo

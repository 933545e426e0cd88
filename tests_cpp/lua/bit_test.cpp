#include "lua/bit.h"

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

TEST(BitLibrary, the_library_has_what_that_of_redis_has_in_its_order) {
    expect_each({
        {R"(local names = {} for name in pairs(bit) do names[#names + 1] = name end return table.concat(names, ' '))",
         R"('band rshift bor bnot bswap bxor tobit ror lshift tohex rol arshift')"},
    });
}

TEST(BitLibrary, numbers_are_taken_modulo_2_to_the_32nd) {
    expect_each({
        {R"(return bit.tobit(0))", R"(0)"},
        {R"(return bit.tobit(-1))", R"(-1)"},
        {R"(return bit.tobit(2^31))", R"(-2147483648)"},
        {R"(return bit.tobit(2^32))", R"(0)"},
        {R"(return bit.tobit(2^32+5))", R"(5)"},
        {R"(return bit.tobit(-2^31))", R"(-2147483648)"},
        {R"(return bit.tobit(-2^31-1))", R"(2147483647)"},
        {R"(return bit.tobit(2^51-1))", R"(-1)"},
        {R"(return bit.tobit(-2^51))", R"(0)"},
    });
}

TEST(BitLibrary, fractions_are_rounded_to_even) {
    expect_each({
        {R"(return bit.tobit(1.5))", R"(2)"},
        {R"(return bit.tobit(2.5))", R"(2)"},
        {R"(return bit.tobit(-0.5))", R"(0)"},
        {R"(return bit.tobit(-1.5))", R"(-2)"},
        {R"(return bit.tobit(0.49999999999999994))", R"(0)"},
        {R"(return bit.tobit(4503599627370497.5))", R"(1)"},
    });
}

TEST(BitLibrary, what_is_beyond_2_to_the_51st_leaves_what_redis_leaves) {
    expect_each({
        {R"(return bit.tobit(2^51))", R"(0)"},
        {R"(return bit.tobit(2^52))", R"(0)"},
        {R"(return bit.tobit(2^52+1))", R"(0)"},
        {R"(return bit.tobit(2^53))", R"(0)"},
        {R"(return bit.tobit(1e300))", R"(-2013235812)"},
        {R"(return bit.tobit(-1e300))", R"(-2013235812)"},
        {R"(return bit.tobit(1/0))", R"(0)"},
        {R"(return bit.tobit(-1/0))", R"(0)"},
        {R"(return bit.tobit(0/0))", R"(0)"},
        {R"(return bit.tobit(-3*2^51+7))", R"(0)"},
        {R"(return bit.tobit((struct.unpack('d', '\1\2\3\4\0\0\248\127'))))", R"(67305985)"},
    });
}

TEST(BitLibrary, operations_take_one_or_more_numbers) {
    expect_each({
        {R"(return bit.band(255, 15, 7))", R"(7)"},
        {R"(return bit.band(-1))", R"(-1)"},
        {R"(return bit.bor(1, 2, 4, 8))", R"(15)"},
        {R"(return bit.bxor(255, 15, 7))", R"(247)"},
        {R"(return bit.bnot(5))", R"(-6)"},
        {R"(return bit.bswap(0x12345678))", R"(2018915346)"},
        {R"(return bit.band('12', '0x8'))", R"(8)"},
    });
}

TEST(BitLibrary, shifts_count_modulo_32) {
    expect_each({
        {R"(return bit.lshift(1, 31))", R"(-2147483648)"},
        {R"(return bit.lshift(-1, 33))", R"(-2)"},
        {R"(return bit.rshift(-1, 1))", R"(2147483647)"},
        {R"(return bit.rshift(-1, -1))", R"(1)"},
        {R"(return bit.arshift(-2^31, 31))", R"(-1)"},
        {R"(return bit.arshift(-8, 1))", R"(-4)"},
        {R"(return bit.rol(0x12345678, 4))", R"(591751041)"},
        {R"(return bit.ror(0x12345678, 4))", R"(-2128394905)"},
        {R"(return bit.rol(1, 32))", R"(1)"},
        {R"(return bit.ror(1, 1/0))", R"(1)"},
    });
}

TEST(BitLibrary, digits_are_counted_and_in_the_case_of_their_count) {
    expect_each({
        {R"(return bit.tohex(255))", R"('000000ff')"},
        {R"(return bit.tohex(-1, 4))", R"('ffff')"},
        {R"(return bit.tohex(171, -2))", R"('AB')"},
        {R"(return bit.tohex(1, 0))", R"('')"},
        {R"(return bit.tohex(1, 100))", R"('00000001')"},
        {R"(return bit.tohex(255, -2^31))", R"('000000FF')"},
        {R"(return bit.tohex('12', '2'))", R"('0c')"},
    });
}

TEST(BitLibrary, what_is_no_number_is_refused) {
    expect_each({
        {R"(return bit.tobit())",
         R"(error: user_script:1: bad argument #1 to 'tobit' (number expected, got no value))"},
        {R"(return bit.tobit('x'))",
         R"(error: user_script:1: bad argument #1 to 'tobit' (number expected, got string))"},
        {R"(return bit.bnot({}))",
         R"(error: user_script:1: bad argument #1 to 'bnot' (number expected, got table))"},
        {R"(return bit.band(1, nil))",
         R"(error: user_script:1: bad argument #2 to 'band' (number expected, got nil))"},
        {R"(return bit.band(1, 2, true))",
         R"(error: user_script:1: bad argument #3 to 'band' (number expected, got boolean))"},
        {R"(return bit.bor())",
         R"(error: user_script:1: bad argument #1 to 'bor' (number expected, got no value))"},
        {R"(return bit.lshift(1))",
         R"(error: user_script:1: bad argument #2 to 'lshift' (number expected, got no value))"},
        {R"(return bit.rshift(nil, 1))",
         R"(error: user_script:1: bad argument #1 to 'rshift' (number expected, got nil))"},
        {R"(return bit.tohex(1, nil))",
         R"(error: user_script:1: bad argument #2 to 'tohex' (number expected, got nil))"},
        {R"(return bit.tohex(1, 'x'))",
         R"(error: user_script:1: bad argument #2 to 'tohex' (number expected, got string))"},
    });
}

}  // namespace
}  // namespace pongo

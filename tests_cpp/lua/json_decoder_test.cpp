#include <gtest/gtest.h>

#include <initializer_list>

#include "lua/json_format.h"
#include "support/script_state.h"

namespace pongo {
namespace {

// In one state, one after the other.
void expect_each(std::initializer_list<ScriptCase> cases) {
    ScriptState state;
    for (const auto& [script, shown] : cases) EXPECT_EQ(state.run(script), shown) << script;
}

TEST(JsonDecoding, values_are_read) {
    expect_each({
        {R"(return cjson.decode('1'))", R"(1)"},
        {R"(return cjson.decode(' [ 1 , "a" , true , false , null ] '))",
         R"({1=1,2='a',3=true,4=false,5=null})"},
        {R"(return cjson.decode('{}'))", R"({})"},
        {R"(return cjson.decode('[]'))", R"({})"},
        {R"(return cjson.decode('{"a":{"b":[]}}'))", R"({'a'={'b'={}}})"},
        {R"(return cjson.decode('{"b":1,"a":2,"c":{"x":1,"y":2,"z":3},"d":4}'))",
         R"({'a'=2,'d'=4,'c'={'y'=2,'x'=1,'z'=3},'b'=1})"},
        {R"(return cjson.decode('{"1":1,"1":null}'))", R"({'1'=null})"},
        {R"(return cjson.decode('[null,1]'))", R"({1=null,2=1})"},
        {R"(return cjson.decode(1))", R"(1)"},
        {R"(return cjson.decode('\t\r\n 1'))", R"(1)"},
    });
}

TEST(JsonDecoding, what_is_not_expected_is_told_with_its_place) {
    expect_each({
        {R"(return cjson.decode(''))",
         R"(error: user_script:1: Expected value but found T_END at character 1)"},
        {R"(return cjson.decode('{'))",
         R"(error: user_script:1: Expected object key string but found T_END at character 2)"},
        {R"(return cjson.decode('['))",
         R"(error: user_script:1: Expected value but found T_END at character 2)"},
        {R"(return cjson.decode('[1'))",
         R"(error: user_script:1: Expected comma or array end but found T_END at character 3)"},
        {R"(return cjson.decode('[1,'))",
         R"(error: user_script:1: Expected value but found T_END at character 4)"},
        {R"(return cjson.decode('[1,]'))",
         R"(error: user_script:1: Expected value but found T_ARR_END at character 4)"},
        {R"(return cjson.decode('{"a"'))",
         R"(error: user_script:1: Expected colon but found T_END at character 5)"},
        {R"(return cjson.decode('{"a":'))",
         R"(error: user_script:1: Expected value but found T_END at character 6)"},
        {R"(return cjson.decode('{"a":1'))",
         R"(error: user_script:1: Expected comma or object end but found T_END at character 7)"},
        {R"(return cjson.decode('{"a":1,}'))",
         R"(error: user_script:1: Expected object key string but found T_OBJ_END at character 8)"},
        {R"(return cjson.decode('{1:1}'))",
         R"(error: user_script:1: Expected object key string but found T_NUMBER at character 2)"},
        {R"(return cjson.decode('{"a" 1}'))",
         R"(error: user_script:1: Expected colon but found T_NUMBER at character 6)"},
        {R"(return cjson.decode('[1 2]'))",
         R"(error: user_script:1: Expected comma or array end but found T_NUMBER at character 4)"},
        {R"(return cjson.decode('[1 true]'))",
         R"(error: user_script:1: Expected comma or array end but found T_BOOLEAN at character 4)"},
        {R"(return cjson.decode('[1 null]'))",
         R"(error: user_script:1: Expected comma or array end but found T_NULL at character 4)"},
        {R"(return cjson.decode('[1 "x"]'))",
         R"(error: user_script:1: Expected comma or array end but found T_STRING at character 4)"},
        {R"(return cjson.decode('[1 {]'))",
         R"(error: user_script:1: Expected comma or array end but found T_OBJ_BEGIN at character 4)"},
        {R"(return cjson.decode('[1 [1]'))",
         R"(error: user_script:1: Expected comma or array end but found T_ARR_BEGIN at character 4)"},
        {R"(return cjson.decode('[1 :'))",
         R"(error: user_script:1: Expected comma or array end but found T_COLON at character 4)"},
        {R"(return cjson.decode('[1 x'))",
         R"(error: user_script:1: Expected comma or array end but found invalid token at character 4)"},
        {R"(return cjson.decode('1 2'))",
         R"(error: user_script:1: Expected the end but found T_NUMBER at character 3)"},
        {R"(return cjson.decode('}'))",
         R"(error: user_script:1: Expected value but found T_OBJ_END at character 1)"},
        {R"(return cjson.decode(']'))",
         R"(error: user_script:1: Expected value but found T_ARR_END at character 1)"},
        {R"(return cjson.decode(','))",
         R"(error: user_script:1: Expected value but found T_COMMA at character 1)"},
        {R"(return cjson.decode(':'))",
         R"(error: user_script:1: Expected value but found T_COLON at character 1)"},
        {R"(return cjson.decode('nulll'))",
         R"(error: user_script:1: Expected the end but found invalid token at character 5)"},
        {R"(return cjson.decode('tru'))",
         R"(error: user_script:1: Expected value but found invalid token at character 1)"},
        {R"(return cjson.decode('truefalse'))",
         R"(error: user_script:1: Expected the end but found T_BOOLEAN at character 5)"},
        {R"(return cjson.decode('TRUE'))",
         R"(error: user_script:1: Expected value but found invalid token at character 1)"},
        {R"(return cjson.decode('\f1'))",
         R"(error: user_script:1: Expected value but found invalid token at character 1)"},
        {R"(return cjson.decode('\2391'))",
         R"(error: user_script:1: Expected value but found invalid token at character 1)"},
        {R"(return cjson.decode("'a'"))",
         R"(error: user_script:1: Expected value but found invalid token at character 1)"},
        {R"(return cjson.decode())",
         R"(error: user_script:1: bad argument #1 to 'decode' (expected 1 argument))"},
        {R"(return cjson.decode(nil))",
         R"(error: user_script:1: bad argument #1 to 'decode' (string expected, got nil))"},
        {R"(return cjson.decode({}))",
         R"(error: user_script:1: bad argument #1 to 'decode' (string expected, got table))"},
        {R"(return cjson.decode('1', '2'))",
         R"(error: user_script:1: bad argument #1 to 'decode' (expected 1 argument))"},
        {R"(return pcall(cjson.decode, '['))", R"(false, 'Expected value but found T_END at character 2')"},
    });
}

TEST(JsonDecoding, zeros_end_the_text) {
    expect_each({
        {R"(return cjson.decode('1 \0'))", R"(1)"},
        {R"(return cjson.decode('1 \0x'))", R"(1)"},
        {R"(return cjson.decode('[1,\0001]'))",
         R"(error: user_script:1: Expected value but found T_END at character 4)"},
        {R"(return cjson.decode('\"a\0b\"'))",
         R"(error: user_script:1: Expected value but found unexpected end of string at character 3)"},
        {R"(return cjson.decode('1\0'))",
         R"(error: user_script:1: JSON parser does not support UTF-16 or UTF-32)"},
        {R"(return cjson.decode('\0001'))",
         R"(error: user_script:1: JSON parser does not support UTF-16 or UTF-32)"},
        {R"(return cjson.decode('\0'))",
         R"(error: user_script:1: Expected value but found T_END at character 1)"},
    });
}

TEST(JsonDecoding, escapes_in_strings_are_read) {
    expect_each({
        {R"(return cjson.decode('"\\/\\b\\f\\n\\r\\t\\"\\\\"'))", R"('/\08\0c\0a\0d\09"\')"},
        {R"(return cjson.decode('"\\u0000\\u007f\\u0080\\u07ff\\u0800\\uffff"'))",
         R"('\00\7f\c2\80\df\bf\e0\a0\80\ef\bf\bf')"},
        {R"(return cjson.decode('"\\u00e9x\\u20AC"'))", R"('\c3\a9x\e2\82\ac')"},
        {R"(return cjson.decode('"\\ud83d\\ude00\\uDBFF\\uDFFF"'))", R"('\f0\9f\98\80\f4\8f\bf\bf')"},
        {R"(return cjson.decode('{"\\u0041":"\\u0042"}'))", R"({'A'='B'})"},
    });
}

TEST(JsonDecoding, strings_may_hold_control_characters_and_invalid_utf_8) {
    expect_each({
        {R"(return cjson.decode('"a\nb\1\127\128\255"'))", R"('a\0ab\01\7f\80\ff')"},
    });
}

TEST(JsonDecoding, escapes_that_mean_nothing_are_told_with_their_place) {
    expect_each({
        {R"(return cjson.decode('"\\x"'))",
         R"(error: user_script:1: Expected value but found invalid escape code at character 2)"},
        {R"(return cjson.decode('"ab\\'))",
         R"(error: user_script:1: Expected value but found invalid escape code at character 4)"},
        {R"(return cjson.decode('"\\U0041"'))",
         R"(error: user_script:1: Expected value but found invalid escape code at character 2)"},
        {R"(return cjson.decode('"\\u12"'))",
         R"(error: user_script:1: Expected value but found invalid unicode escape code at character 2)"},
        {R"(return cjson.decode('"\\u12'))",
         R"(error: user_script:1: Expected value but found invalid unicode escape code at character 2)"},
        {R"(return cjson.decode('"\\uzzzz"'))",
         R"(error: user_script:1: Expected value but found invalid unicode escape code at character 2)"},
        {R"(return cjson.decode('"\\ud800"'))",
         R"(error: user_script:1: Expected value but found invalid unicode escape code at character 2)"},
        {R"(return cjson.decode('"\\ud800\\u0041"'))",
         R"(error: user_script:1: Expected value but found invalid unicode escape code at character 2)"},
        {R"(return cjson.decode('"\\ud83d\\ud83d"'))",
         R"(error: user_script:1: Expected value but found invalid unicode escape code at character 2)"},
        {R"(return cjson.decode('"\\ud83dx"'))",
         R"(error: user_script:1: Expected value but found invalid unicode escape code at character 2)"},
        {R"(return cjson.decode('"\\ud83d\\n"'))",
         R"(error: user_script:1: Expected value but found invalid unicode escape code at character 2)"},
        {R"(return cjson.decode('"\\ud83d\\ude0"'))",
         R"(error: user_script:1: Expected value but found invalid unicode escape code at character 2)"},
        {R"(return cjson.decode('"\\udc00"'))",
         R"(error: user_script:1: Expected value but found invalid unicode escape code at character 2)"},
        {R"(return cjson.decode('["abc'))",
         R"(error: user_script:1: Expected value but found unexpected end of string at character 6)"},
    });
}

TEST(JsonDecoding, numbers_are_what_strtod_reads) {
    expect_each({
        {R"(return cjson.decode('-0'))", R"(-0)"},
        {R"(return cjson.decode('0.1'))", R"(0.10000000000000001)"},
        {R"(return cjson.decode('1e5'))", R"(100000)"},
        {R"(return cjson.decode('-1.5E-3'))", R"(-0.0015)"},
        {R"(return cjson.decode('1e400'))", R"(inf)"},
        {R"(return cjson.decode('-1e400'))", R"(-inf)"},
        {R"(return cjson.decode('1e-400'))", R"(0)"},
        {R"(return cjson.decode('4.9e-324'))", R"(4.9406564584124654e-324)"},
        {R"(return cjson.decode('123456789012345678901234567890'))", R"(1.2345678901234568e+29)"},
        {R"(return cjson.decode('01'))", R"(1)"},
        {R"(return cjson.decode('-01'))", R"(-1)"},
        {R"(return cjson.decode('0x1F'))", R"(31)"},
        {R"(return cjson.decode('-0x1p4'))", R"(-16)"},
        {R"(return cjson.decode('+1'))", R"(1)"},
        {R"(return cjson.decode('+.5'))", R"(0.5)"},
        {R"(return cjson.decode('-.5'))", R"(-0.5)"},
        {R"(return cjson.decode('5.'))", R"(5)"},
        {R"(return cjson.decode('nan'))", R"(nan)"},
        {R"(return cjson.decode('NaN'))", R"(nan)"},
        {R"(return cjson.decode('-nan'))", R"(nan)"},
        {R"(return cjson.decode('nan(12)'))", R"(nan)"},
        {R"(return cjson.decode('inf'))", R"(inf)"},
        {R"(return cjson.decode('-inf'))", R"(-inf)"},
        {R"(return cjson.decode('Infinity'))", R"(inf)"},
        {R"(return cjson.decode('-Infinity'))", R"(-inf)"},
    });
}

TEST(JsonDecoding, what_is_no_number_is_told) {
    expect_each({
        {R"(return cjson.decode('-'))",
         R"(error: user_script:1: Expected value but found invalid number at character 1)"},
        {R"(return cjson.decode('+'))",
         R"(error: user_script:1: Expected value but found invalid number at character 1)"},
        {R"(return cjson.decode('--1'))",
         R"(error: user_script:1: Expected value but found invalid number at character 1)"},
        {R"(return cjson.decode('+-1'))",
         R"(error: user_script:1: Expected value but found invalid number at character 1)"},
        {R"(return cjson.decode('- 1'))",
         R"(error: user_script:1: Expected value but found invalid number at character 1)"},
        {R"(return cjson.decode('-x'))",
         R"(error: user_script:1: Expected value but found invalid number at character 1)"},
        {R"(return cjson.decode('+null'))",
         R"(error: user_script:1: Expected value but found invalid number at character 1)"},
        {R"(return cjson.decode('.5'))",
         R"(error: user_script:1: Expected value but found invalid token at character 1)"},
        {R"(return cjson.decode('1e'))",
         R"(error: user_script:1: Expected the end but found invalid token at character 2)"},
        {R"(return cjson.decode('1e+'))",
         R"(error: user_script:1: Expected the end but found invalid token at character 2)"},
        {R"(return cjson.decode('0x'))",
         R"(error: user_script:1: Expected the end but found invalid token at character 2)"},
        {R"(return cjson.decode('1.5.5'))",
         R"(error: user_script:1: Expected the end but found invalid token at character 4)"},
        {R"(return cjson.decode('nanny'))",
         R"(error: user_script:1: Expected the end but found invalid token at character 4)"},
        {R"(return cjson.decode('infinit'))",
         R"(error: user_script:1: Expected the end but found invalid token at character 4)"},
        {R"(return cjson.decode('in'))",
         R"(error: user_script:1: Expected value but found invalid token at character 1)"},
        {R"(return cjson.decode('i'))",
         R"(error: user_script:1: Expected value but found invalid token at character 1)"},
        {R"(return cjson.decode('0_'))",
         R"(error: user_script:1: Expected the end but found invalid token at character 2)"},
    });
}

TEST(JsonDecoding, invalid_numbers_are_read_by_the_option) {
    expect_each({
        {R"(return cjson.decode_invalid_numbers())", R"(true)"},
        {R"(return cjson.decode_invalid_numbers(false))", R"(false)"},
        {R"(return cjson.decode('+1'))",
         R"(error: user_script:1: Expected value but found invalid token at character 1)"},
        {R"(return cjson.decode('01'))",
         R"(error: user_script:1: Expected value but found invalid number at character 1)"},
        {R"(return cjson.decode('-01'))",
         R"(error: user_script:1: Expected value but found invalid number at character 1)"},
        {R"(return cjson.decode('0x1'))",
         R"(error: user_script:1: Expected value but found invalid number at character 1)"},
        {R"(return cjson.decode('-0X1'))",
         R"(error: user_script:1: Expected value but found invalid number at character 1)"},
        {R"(return cjson.decode('00'))",
         R"(error: user_script:1: Expected value but found invalid number at character 1)"},
        {R"(return cjson.decode('-00'))",
         R"(error: user_script:1: Expected value but found invalid number at character 1)"},
        {R"(return cjson.decode('nan'))",
         R"(error: user_script:1: Expected value but found invalid token at character 1)"},
        {R"(return cjson.decode('-nan'))",
         R"(error: user_script:1: Expected value but found invalid number at character 1)"},
        {R"(return cjson.decode('inf'))",
         R"(error: user_script:1: Expected value but found invalid token at character 1)"},
        {R"(return cjson.decode('-inf'))",
         R"(error: user_script:1: Expected value but found invalid number at character 1)"},
        {R"(return cjson.decode('Infinity'))",
         R"(error: user_script:1: Expected value but found invalid token at character 1)"},
        {R"(return cjson.decode('-Infinity'))",
         R"(error: user_script:1: Expected value but found invalid number at character 1)"},
        {R"(return cjson.decode('-'))",
         R"(error: user_script:1: Expected value but found invalid number at character 1)"},
        {R"(return cjson.decode('-0'))", R"(-0)"},
        {R"(return cjson.decode('0.1'))", R"(0.10000000000000001)"},
        {R"(return cjson.decode('0e1'))", R"(0)"},
        {R"(return cjson.decode('-.5'))", R"(-0.5)"},
        {R"(return cjson.decode('1.'))", R"(1)"},
        {R"(return cjson.decode('1e400'))", R"(inf)"},
        {R"(return cjson.decode('0b'))",
         R"(error: user_script:1: Expected the end but found invalid token at character 2)"},
        {R"(return cjson.decode('null'))", R"(null)"},
        {R"(return cjson.decode_invalid_numbers('null'))",
         R"(error: user_script:1: bad argument #1 to 'decode_invalid_numbers' (invalid option 'null'))"},
        {R"(return cjson.decode_invalid_numbers('on'))", R"(true)"},
    });
}

TEST(JsonDecoding, text_cut_off_at_any_byte_is_an_error_and_no_more) {
    ScriptState state;
    EXPECT_EQ(state.run(R"x(
        local whole = [[{"a":[1.5,true,null,"x\u00e9\ud83d\ude00\n"],"b":{"c":[{}]}}]]
        for size = 0, #whole - 1 do
            local fine, why = pcall(cjson.decode, whole:sub(1, size))
            if fine or not why:find('^Expected .* but found .* at character %d+$') then return size, why end
        end
        return cjson.encode(cjson.decode(whole)))x"),
              R"x('{"a":[1.5,true,null,"x\c3\a9\f0\9f\98\80\n"],"b":{"c":[{}]}}')x");
}

}  // namespace
}  // namespace pongo

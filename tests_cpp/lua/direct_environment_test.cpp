#include "lua/direct_environment.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "lua/lua_protection.h"
#include "support/plain_lua.h"
#include "support/script_runner.h"

namespace pongo {
namespace {

bool reads_only_fields(std::string_view source) {
    PlainLua compiler;
    compiler.compile(source);
    const auto script = read_function(compiler.lua());
    EXPECT_TRUE(script);
    bool safe = false;
    LuaState state;
    EXPECT_FALSE(state.run(nullptr, [&](lua_State* lua) {
        lua_newtable(lua);
        lua_pushliteral(lua, "a function, in this test");
        lua_setfield(lua, -2, "tonumber");
        lua_newtable(lua);
        push_protected(lua, -1);
        lua_setfield(lua, -3, "string");
        lua_settop(lua, 1);
        safe = script && reads_only_fields_of_libraries(lua, *script, 1);
    }));
    return safe;
}

TEST(DirectEnvironment, FieldsWithConstantNamesMayBeReadInPlace) {
    EXPECT_TRUE(reads_only_fields("return 1"));
    EXPECT_TRUE(reads_only_fields("return string.upper(KEYS[1]), tonumber('1'), missing"));
    EXPECT_TRUE(reads_only_fields("local f = string.format return function() return f, string.rep end"));
    EXPECT_TRUE(reads_only_fields("local t = {string.rep, x = string.len} t.y = string.rep return KEYS"));
    EXPECT_TRUE(reads_only_fields("return (KEYS or string).x, (KEYS and string).x"));
    EXPECT_TRUE(reads_only_fields("local s = string s = s.upper return s"));
}

TEST(DirectEnvironment, ALibraryMustNotBeHeld) {
    EXPECT_FALSE(reads_only_fields("return string"));
    EXPECT_FALSE(reads_only_fields("local s = string return s.upper('x')"));
    EXPECT_FALSE(reads_only_fields("local s = string local upper = s.upper return s"));
    EXPECT_FALSE(reads_only_fields("return string:upper()"));
    EXPECT_FALSE(reads_only_fields("return string[KEYS[1]]"));
    EXPECT_FALSE(reads_only_fields("string.x = 1"));
    EXPECT_FALSE(reads_only_fields("return {string}"));
    EXPECT_FALSE(reads_only_fields("return pairs(string)"));
    EXPECT_FALSE(reads_only_fields("return function() return function() return string end end"));
    EXPECT_FALSE(reads_only_fields("for k in string do end"));
    EXPECT_FALSE(reads_only_fields("return string .. 'x'"));
}

TEST(DirectEnvironment, GlobalsAreNeitherAssignedToNorReachedByAnotherWay) {
    EXPECT_FALSE(reads_only_fields("x = 1"));
    EXPECT_FALSE(reads_only_fields("function x() end"));
    EXPECT_FALSE(reads_only_fields("return _G.x"));
    EXPECT_FALSE(reads_only_fields("return loadstring('return KEYS')()"));
    EXPECT_FALSE(reads_only_fields("local l = load"));
}

TEST(DirectEnvironment, BothKindsOfScriptsSeeTheSame) {
    ScriptRunner runner;
    for (const std::string way : {"", "local _ = _G "}) {
        EXPECT_EQ(runner.run(way + "return {KEYS[1], string.upper(KEYS[1]), #ARGV}", {"a" + way}),
                  "[$a" + way + ", $A" + (way.empty() ? "" : "LOCAL _ = _G ") + ", :0]");
        EXPECT_EQ(runner.run(way + "return foo"),
                  "-ERR user_script:1: Script attempted to access nonexistent global variable 'foo', on "
                  "@user_script:1.");
        EXPECT_EQ(runner.run(way + "return string.foo()"),
                  "-ERR user_script:1: attempt to call field 'foo' (a nil value), on @user_script:1.");
    }
}

TEST(DirectEnvironment, WhatScriptsOfOneKindLeaveTakesNoMemoryFromTheOther) {
    constexpr std::string_view kHog =
        "for i = 1, 60 do local t = {} KEYS[i] = t for j = 1, 60 do t[j] = string.rep('y', 5900) .. i .. "
        "'x' .. j end end return 1";
    constexpr std::string_view kNext =
        "local t = {} for i = 1, 1200 do t[i] = string.rep('x', 5900) .. i end return #t";
    for (const std::string first : {"", "local _ = _G "}) {
        ScriptRunner runner(std::size_t{27} << 20);
        EXPECT_EQ(runner.run(first + std::string(kHog)), ":1");
        EXPECT_EQ(runner.run((first.empty() ? "local _ = _G " : "") + std::string(kNext)), ":1200");
    }
}

TEST(DirectEnvironment, ALibraryThatIsAddedLaterIsInIt) {
    ScriptRunner runner;
    runner.state().add_library("mine", [](lua_State* lua) {
        lua_newtable(lua);
        lua_pushinteger(lua, 7);
        lua_setfield(lua, -2, "seven");
        lua_newtable(lua);
        lua_setfield(lua, -2, "inner");
    });
    EXPECT_EQ(runner.run("return mine.seven"), ":7");
    EXPECT_EQ(runner.run("mine.inner.x = 1"),
              "-ERR user_script:1: Attempt to modify a readonly table, on @user_script:1.");
    runner.state().remove_global("mine");
    EXPECT_EQ(runner.run("return pcall(function() return mine.seven end)"), "nil");
}

}  // namespace
}  // namespace pongo

#include "lua/lua_state.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "support/script_runner.h"

namespace pongo {
namespace {

constexpr std::size_t kMebi = std::size_t{1} << 20;

TEST(LuaState, ACallFindsItsKeysAndArgumentsInGlobals) {
    LuaState state;
    std::string error;
    const auto function = state.compile("return KEYS[1] .. ARGV[2] .. #KEYS .. #ARGV", "@user_script", error);
    ASSERT_TRUE(function) << error;
    for (const std::string key : {"one", "two"}) {
        const std::vector<std::string_view> keys = {key};
        const std::vector<std::string_view> arguments = {"a", "b"};
        std::string result;
        ASSERT_FALSE(state.call({.function = *function, .keys = keys, .arguments = arguments}, nullptr,
                                [&](lua_State* lua) { result = lua_tostring(lua, -1); }));
        EXPECT_EQ(result, key + "b12");
    }
}

TEST(LuaState, ACallCanPassKeysAndArgumentsAsParameters) {
    LuaState state;
    std::string error;
    const auto function = state.compile(
        "local keys, arguments = ... return keys[1] .. arguments[1] .. tostring(rawget(_G, 'KEYS'))", "@f",
        error);
    const std::vector<std::string_view> keys = {"k"};
    const std::vector<std::string_view> arguments = {"a"};
    std::string result;
    ASSERT_FALSE(state.call({.function = *function,
                             .keys = keys,
                             .arguments = arguments,
                             .passing = ScriptCall::Passing::kParameters},
                            nullptr, [&](lua_State* lua) { result = lua_tostring(lua, -1); }));
    EXPECT_EQ(result, "kanil");
}

TEST(LuaState, ChangesOfKeysEndWithTheCall) {
    ScriptRunner runner;
    EXPECT_EQ(runner.run("KEYS[1] = 'x' KEYS.y = 1 setmetatable(KEYS, {}) return KEYS", {"k"}), "[$x]");
    EXPECT_EQ(runner.run("return {KEYS[1], type(KEYS.y), type(getmetatable(KEYS))}", {"k"}),
              "[$k, $nil, $nil]");
}

TEST(LuaState, AnErrorTellsItsMessageAndPlace) {
    LuaState state;
    std::string error;
    const auto function = state.compile(
        "\n local t = {err = 'MY error', ignore_error_stats_update = true} error(t)", "@user_script", error);
    const auto failure =
        state.call({.function = *function, .keys = {}, .arguments = {}}, nullptr, [](lua_State*) {});
    ASSERT_TRUE(failure);
    EXPECT_EQ(failure->message, "MY error");
    EXPECT_EQ(failure->source, "@user_script");
    EXPECT_EQ(failure->line, "2");
    EXPECT_TRUE(failure->counted);
    EXPECT_FALSE(failure->raw);
}

TEST(LuaState, ErrorsOfThoseWhoUseTheResultAreErrorsOfTheCall) {
    LuaState state;
    std::string error;
    const auto function = state.compile("return 1", "@user_script", error);
    const auto failure = state.call({.function = *function, .keys = {}, .arguments = {}}, nullptr,
                                    [](lua_State* lua) { luaL_error(lua, "no"); });
    ASSERT_TRUE(failure);
    EXPECT_EQ(failure->message, "ERR no");
}

TEST(LuaState, ErrorsThatAreNotMessagesAreErrors) {
    ScriptRunner runner;
    for (const std::string value :
         {"{}", "setmetatable({}, {__index = function() error('again') end})",
          "setmetatable({}, {__newindex = function() error('again') end})",
          "setmetatable({}, {__tostring = function() error('again') end})", "{err = {}}"}) {
        EXPECT_TRUE(runner.run("error(" + value + ")").starts_with("-ERR unknown error")) << value;
        EXPECT_EQ(runner.run("return 1"), ":1");
    }
}

TEST(LuaState, SourceThatIsWrongIsNotCompiled) {
    LuaState state;
    std::string error;
    EXPECT_FALSE(state.compile("x", "@user_script", error));
    EXPECT_EQ(error, "user_script:1: '=' expected near '<eof>'");
    EXPECT_FALSE(state.compile("\x1bLua", "@user_script", error));
    EXPECT_EQ(error, "user_script:1: unexpected symbol near 'char(27)'");
}

TEST(LuaState, LibrariesAreReadOnly) {
    ScriptRunner runner;
    runner.state().add_library("mine", [](lua_State* lua) {
        lua_newtable(lua);
        lua_pushinteger(lua, 5);
        lua_setfield(lua, -2, "five");
        lua_newtable(lua);
        lua_pushinteger(lua, 6);
        lua_setfield(lua, -2, "six");
        lua_setfield(lua, -2, "inner");
    });
    EXPECT_EQ(runner.run("return {mine.five, mine.inner.six, rawget(mine.inner, 'six')}"), "[:5, :6, :6]");
    for (const std::string change :
         {"mine.five = 1", "mine.inner.six = 1", "mine.inner = 1", "rawset(mine, 1, 1)",
          "table.insert(mine.inner, 1)", "setmetatable(mine.inner, {})"}) {
        EXPECT_NE(runner.run(change).find("Attempt to modify a readonly table"), std::string::npos) << change;
    }
}

TEST(LuaState, ScriptsSeeTheGlobalsOfRedisServer) {
    ScriptRunner runner;
    const std::string all = runner.run(R"(
        local names, seen = {}, {}
        local function walk(t, prefix)
            if seen[t] then return end
            seen[t] = true
            for k, v in pairs(t) do
                names[#names + 1] = prefix .. k
                if type(v) == 'table' then walk(v, prefix .. k .. '.') end
            end
        end
        walk(_G, '')
        table.sort(names)
        return table.concat(names, ' '))");
    EXPECT_EQ(
        all,
        "$ARGV KEYS _G _VERSION __redis__err__handler assert collectgarbage coroutine coroutine.create "
        "coroutine.resume coroutine.running coroutine.status coroutine.wrap coroutine.yield error gcinfo "
        "getmetatable ipairs load loadstring math math.abs math.acos math.asin math.atan math.atan2 "
        "math.ceil "
        "math.cos math.cosh math.deg math.exp math.floor math.fmod math.frexp math.huge math.ldexp math.log "
        "math.log10 math.max math.min math.mod math.modf math.pi math.pow math.rad math.random "
        "math.randomseed "
        "math.sin math.sinh math.sqrt math.tan math.tanh next pairs pcall rawequal rawget rawset select "
        "setmetatable string string.byte string.char string.dump string.find string.format string.gfind "
        "string.gmatch string.gsub string.len string.lower string.match string.rep string.reverse string.sub "
        "string.upper table table.concat table.foreach table.foreachi table.getn table.insert table.maxn "
        "table.remove table.setn table.sort tonumber tostring type unpack xpcall");
}

TEST(LuaState, RandomNumbersAreThoseOfAFreshRedisServer) {
    ScriptRunner runner;
    EXPECT_EQ(runner.run("return {tostring(math.random()), tostring(math.random())}"),
              "[$0.39646477363839, $0.84048536971234]");
    EXPECT_EQ(runner.run("math.randomseed(5) return {tostring(math.random()), tostring(math.random()),"
                         " math.random(100), math.random(5, 10)}"),
              "[$0.52483957937213, $0.27285430173988, :79, :6]");
    EXPECT_EQ(runner.run("math.randomseed(-3.7) return tostring(math.random())"), "$0.55842111006306");
}

// Each would run for ever, in Lua or in C, or catches what ends it.
constexpr std::string_view kEndless[] = {
    "while true do end",
    "while true do pcall(function() while true do end end) end",
    "xpcall(function() while true do end end, function() while true do end end)",
    "xpcall(error, function() while true do end end)",
    "while true do coroutine.resume(coroutine.create(function() while true do end end)) end",
    "local f = coroutine.wrap(function() while true do end end) while true do pcall(f) end",
    "while true do coroutine.wrap(function() for i = 1, 90000 do end end)() end",
    "while true do load(function() while true do end end) end",
    "load(function() return ' ' end)",
    "local t = setmetatable({}, {__index = function() while true do end end}) while true do pcall(rawequal, "
    "t.x) end",
    "error(setmetatable({}, {__index = function() while true do end end}))",
    "string.find(string.rep('a', 40), string.rep('a?', 40) .. string.rep('a', 41))",
    "string.find(string.rep('a', 200000), '.-.-.-.-b')",
    "string.gsub(string.rep('x', 1000000), '.-b', '')",
    "string.find(string.rep('a', 300000), '[' .. string.rep('bc-', 100000) .. ']')",
    "while true do string.find(string.rep('a', 10000000), string.rep('a', 5000000) .. 'b', 1, true) end",
    "while true do string.gsub('x', '.', function() end) end",
    "local s = string.rep('x', 10000000) while true do local b = s < s .. 'x' end",
    "local s = string.rep('x', 10000000) while true do local b = s:upper() end",
    "table.insert({}, -2147483648, 1)",
    "local t = {} for i = 1, 100000 do t[i] = i % 10 end while true do pcall(table.sort, t, rawequal) end",
    "local t = {} for i = 1, 100000 do t[i] = i end while true do table.sort(t) end",
    "local t = {} for i = 1, 100000 do t[i] = i end while true do table.concat(t) end",
    "local t = {} for i = 1, 100000 do t[i] = i end for i = 1, 100000 do t[i] = nil end while true do "
    "next(t) end",
    "while true do collectgarbage() end",
    "local p = {} for i = 1, 20000 do p[i] = 'elseif a then ' end "
    "local s = ('if a then ' .. table.concat(p) .. ' end '):rep(30) while true do loadstring(s) end",
    "local function f(n) if n == 0 then while true do end end pcall(f, n - 1) while true do end end f(150)",
    "local function f(n) if n == 0 then while true do end end coroutine.wrap(function() f(n - 1) end)() end "
    "f(50)"};

TEST(LuaState, NoScriptOutlivesItsEnd) {
    ScriptRunner runner;
    for (const std::string_view script : kEndless) {
        TestWatch watch(std::chrono::milliseconds(100));
        const std::string result = runner.run(script, watch);
        EXPECT_TRUE(result.starts_with("-ERR Script killed, on @user_script:1.")) << script << ": " << result;
        EXPECT_EQ(runner.run("return 'alive'"), "$alive");
    }
}

TEST(LuaState, CoroutinesThatOutliveTheCallCanBeResumedAndEnded) {
    LuaState state;
    std::string error;
    const auto make = state.compile(
        "local n = 0 local co = coroutine.wrap(function() while true do n = n + 1 coroutine.yield(n) "
        "while n > 2 do end end end) return function() return co() end",
        "@library", error);
    ASSERT_TRUE(make) << error;
    int function = 0;
    ASSERT_FALSE(state.call({.function = *make, .keys = {}, .arguments = {}}, nullptr, [&](lua_State* lua) {
        lua_pushvalue(lua, -1);
        function = luaL_ref(lua, LUA_REGISTRYINDEX);
    }));
    TestWatch watch(100);
    const auto call = [&] {
        return state.call({.function = function, .keys = {}, .arguments = {}}, &watch, [](lua_State*) {});
    };
    EXPECT_FALSE(call());
    EXPECT_FALSE(call());
    EXPECT_FALSE(call());
    const auto ended = call();
    ASSERT_TRUE(ended);
    EXPECT_EQ(ended->message, "ERR Script killed");
    const auto dead = call();
    ASSERT_TRUE(dead);
    EXPECT_EQ(dead->message, "ERR library:1: cannot resume dead coroutine");
}

TEST(LuaState, MemoryEndsWithAnErrorAndComesBack) {
    ScriptRunner runner(32 * kMebi);
    const std::size_t at_first = runner.state().memory_used();
    for (const std::string script :
         {"local s = 'x' while true do s = s .. s end", "local t = {} while true do t[#t + 1] = {} end",
          "local t = {} for i = 1, 1e9 do t[i] = i end", "return string.rep('x', 2147483647)",
          "return string.rep('x', 40000000)",
          "local t = {} while true do t[#t + 1] = coroutine.wrap(function() end) end",
          "return string.gsub(string.rep('x', 100000), 'x', string.rep('y', 1000))",
          "local t = {string.rep('x', 1e6)} for i = 2, 100 do t[i] = t[1] end "
          "return table.concat(t)",
          "return string.format(string.rep('%s', 50), unpack((function() local t = {} for i "
          "= 1, 50 do t[i] = string.rep('x', 1e6) end return t end)()))",
          "return loadstring(string.rep('a = 1 ', 3000000))"}) {
        const std::string result = runner.run(script);
        EXPECT_NE(result.find("not enough memory"), std::string::npos) << script << ": " << result;
        EXPECT_EQ(runner.run("return 'alive'"), "$alive");
        EXPECT_LT(runner.state().memory_used(), at_first + 12 * kMebi) << script;
    }
}

TEST(LuaState, GarbageDoesNotReachTheLimit) {
    ScriptRunner runner(32 * kMebi);
    for (const std::string before : {"", "collectgarbage('stop') ", "collectgarbage('setpause', 1000000) ",
                                     "local kept = string.rep('y', 8000000) "}) {
        EXPECT_EQ(runner.run(before +
                             "for i = 1, 500 do local s = string.rep('x', 1000000) .. i end return 'done'"),
                  "$done");
    }
    EXPECT_EQ(runner.run("return {collectgarbage('setpause', 200), collectgarbage('setstepmul', 200)}"),
              "[:200, :200]");
}

TEST(LuaState, AScriptThatCatchesMissingMemoryGetsItBack) {
    ScriptRunner runner(32 * kMebi);
    EXPECT_EQ(runner.run("local n = 0 for i = 1, 20 do "
                         "local ok, e = pcall(function() local t = {} while true do t[#t + 1] = {} end end) "
                         "if not ok and e == 'not enough memory' then n = n + 1 end end return n"),
              ":20");
}

TEST(LuaState, RecursionOfAnyKindEndsWithAnError) {
    ScriptRunner runner;
    for (const std::string script :
         {"local function f() return f() + 1 end f()", "local function f() pcall(f) error('x') end f()",
          "local function f() coroutine.wrap(f)() end f()",
          "local function f() string.gsub('a', 'a', f) end f()",
          "local function f() table.sort({2, 1}, f) end f()",
          "local function f() table.foreach({1}, f) end f()", "local function f() load(f) error('x') end f()",
          "local t = setmetatable({}, {}) getmetatable(t).__index = function(t, k) return t[k + 1] end "
          "return t[1]",
          "string.rep('a', 5000):find(string.rep('a?', 5000))",
          "return loadstring(string.rep('(', 100000))()",
          "return loadstring('return ' .. string.rep('not ', 9999) .. '1')()",
          "return loadstring(string.rep('do ', 9999))()"}) {
        EXPECT_TRUE(runner.run(script).starts_with("-")) << script;
        EXPECT_EQ(runner.run("return 'alive'"), "$alive");
    }
}

TEST(LuaState, ANameOfAChunkSurvivesCollectionsWhileItIsParsed) {
    ScriptRunner runner;
    EXPECT_EQ(runner.run("local n = 0 local f, e = load(function() n = n + 1 collectgarbage() "
                         "local t = {} for i = 1, 100 do t[i] = string.rep('z', i) end "
                         "if n < 50 then return 'local a' .. n .. ' = function() end ' end if n == 50 then "
                         "return '?' end end, "
                         "'=na' .. 'me' .. '\\0' .. string.rep('q', 30)) return e"),
              "$name:1: unexpected symbol near '?'");
}

}  // namespace
}  // namespace pongo

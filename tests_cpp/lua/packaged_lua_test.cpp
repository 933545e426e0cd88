// What is our own in the libraries of scripts, beside the packaged library, with random arguments.
#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "support/script_runner.h"

namespace pongo {
namespace {

// Takes and gives strings. What pcall() catches is described in the same way by both.
constexpr std::string_view kDescribing = R"(
    local out = {}
    local function add(...)
        for i = 1, select('#', ...) do
            local v = select(i, ...)
            out[#out + 1] = type(v) == 'table' and 'table' or type(v) .. ':' .. tostring(v)
        end
        out[#out + 1] = ';'
    end
)";

class Packaged {
  public:
    Packaged() : lua_(luaL_newstate(), lua_close) { luaL_openlibs(lua_.get()); }

    std::string run(std::string_view source, const std::vector<std::string>& keys) {
        lua_State* lua = lua_.get();
        lua_settop(lua, 0);
        EXPECT_EQ(luaL_loadbuffer(lua, source.data(), source.size(), "@user_script"), 0)
            << lua_tostring(lua, -1);
        lua_newtable(lua);
        for (std::size_t i = 0; i < keys.size(); ++i) {
            lua_pushlstring(lua, keys[i].data(), keys[i].size());
            lua_rawseti(lua, -2, static_cast<int>(i + 1));
        }
        lua_setglobal(lua, "KEYS");
        EXPECT_EQ(lua_pcall(lua, 0, 1, 0), 0) << lua_tostring(lua, -1);
        return describe(lua, 1);
    }

  private:
    std::unique_ptr<lua_State, void (*)(lua_State*)> lua_;
};

class BesidePackagedLua : public ::testing::Test {
  protected:
    void same(std::string_view body, const std::vector<std::string>& keys) {
        const std::string source =
            std::string(kDescribing) + std::string(body) + " return table.concat(out, ' ')";
        const std::string expected = packaged_.run(source, keys);
        ASSERT_EQ(ours_.run(source, keys), expected) << ::testing::PrintToString(keys);
    }

    std::string random_string(std::string_view alphabet, std::size_t most) {
        std::string string(random_.below(most + 1), '\0');
        for (char& c : string) c = alphabet[random_.below(alphabet.size())];
        return string;
    }

    // Pieces of patterns, put together without regard to grammar.
    std::string random_pattern() {
        static const std::vector<std::string> kPieces = {
            "a",        "b",    "c",  ".",  "%a",   "%d",   "%s",    "%w",    "%A",
            "%W",       "%.",   "%%", "%z", "[ab]", "[^a]", "[a-c]", "[%d_]", "[]]",
            "[^]]",     "[a-]", "[",  "]",  "(",    ")",    "()",    "(a)",   "(.-)",
            "*",        "+",    "-",  "?",  "^",    "$",    "%b()",  "%bab",  "%f[a]",
            "%f[%A]",   "%1",   "%2", "%0", "%",    "%f",   "%b",    "%bx",   "(a*(.)%w(%s*))",
            "[a-c%]x]", "[%",   "x"};
        std::string pattern = random_.below(8) == 0 ? "^" : "";
        for (std::size_t left = random_.below(7); left > 0; --left)
            pattern += kPieces[random_.below(kPieces.size())];
        if (random_.below(30) == 0) pattern.insert(random_.below(pattern.size() + 1), 1, '\0');
        return pattern;
    }

    Random random_{20240607};

  private:
    ScriptRunner ours_;
    Packaged packaged_;
};

TEST_F(BesidePackagedLua, PatternsMatchTheSame) {
    constexpr std::string_view kSubjects("abcab()  12_x%.]\0", 17);
    for (int round = 0; round < 30'000; ++round) {
        const std::string start = std::to_string(static_cast<int>(random_.below(30)) - 15);
        same(R"(
            local s, p, r, start = KEYS[1], KEYS[2], KEYS[3], tonumber(KEYS[4])
            add(pcall(string.find, s, p))
            add(pcall(string.find, s, p, start))
            add(pcall(string.find, s, p, start, true))
            add(pcall(string.match, s, p, start))
            add(pcall(string.gsub, s, p, r))
            add(pcall(string.gsub, s, p, r, start))
            add(pcall(string.gsub, s, p, function(...) add(...) return ... end))
            add(pcall(string.gsub, s, p, {a = 'x', ab = 5, b = false, [1] = 'one', ['('] = {}}))
            add(pcall(function() for a, b, c in string.gmatch(s, p) do add(a, b, c) end end))
        )",
             {random_string(kSubjects, 14), random_pattern(), random_string("ab%%%%0123\\", 5), start});
        if (HasFatalFailure()) return;
    }
}

TEST_F(BesidePackagedLua, FormatsGiveTheSame) {
    static const std::vector<std::string> kPieces = {
        "%", "%%", "x",  "-",  "+",  " ",     "#", "0", "5", "12", "100", ".", ".3",
        "d", "i",  "u",  "o",  "x",  "X",     "c", "e", "E", "f",  "g",   "G", "q",
        "s", "%d", "%s", "%q", "%g", "%5.1f", "p", "l", "*", "%x", "%c"};
    for (int round = 0; round < 30'000; ++round) {
        std::string format = "%";
        for (std::size_t left = random_.below(6); left > 0; --left)
            format += kPieces[random_.below(kPieces.size())];
        same(
            R"(
            local numbers = {0, -1, 1.5, 1e10, -1e10, 1e15, 2^53, -2^63, 2^63, 1e19, -1e30, 1e300, 65, 256, 0/0, 1/0}
            local f, a, b = KEYS[1], KEYS[2], numbers[tonumber(KEYS[3])]
            add(pcall(string.format, f, a, b, a))
            add(pcall(string.format, f, b, a, b))
            add(pcall(string.format, f))
        )",
            {format, random_string(std::string_view("ab\"\\\n\r\0 19", 10), random_.below(20) == 0 ? 150 : 8),
             std::to_string(1 + random_.below(16))});
        if (HasFatalFailure()) return;
    }
}

TEST_F(BesidePackagedLua, NumbersAndTextsBecomeEachOtherInTheSameWay) {
    for (int round = 0; round < 30'000; ++round) {
        std::string text = random_string(std::string_view("0123456789 -+.ex\0", 17), 17);
        if (random_.below(2) == 0) text = random_string("0123456789", 17);
        const std::string body = R"(
            local s = KEYS[1]
            add(pcall(tonumber, s))
            add(pcall(tonumber, s, 10))
            add(pcall(tonumber, s, 16))
            local n = tonumber(s)
            add(pcall(tostring, n))
            if n then add(tostring(-n), tostring(n / 10), tostring(1 / tonumber(s)), tostring(n + 0.5)) end
        )";
        same(body, {text});
        if (HasFatalFailure()) return;
    }
    same(R"(
        add(pcall(tonumber)) add(pcall(tostring)) add(tonumber({})) add(tonumber(nil)) add(tostring(nil, 1))
        add(pcall(function() return tonumber() end)) add(pcall(function() return tostring() end))
        add(tostring(0)) add(tostring(-0)) add(tostring(0 * -1)) add(tostring('x')) add(tostring(1, 2))
        add(tostring(99999999999999)) add(tostring(1e14)) add(tostring(-1e14 + 1)) add(tostring(0/0))
        add(tostring(setmetatable({}, {__tostring = function() return 'mine' end})))
    )",
         {});
}

TEST_F(BesidePackagedLua, SortingTakesTheSameSteps) {
    for (int round = 0; round < 3'000; ++round) {
        same(R"(
            local n, range, how = tonumber(KEYS[1]), tonumber(KEYS[2]), tonumber(KEYS[3])
            local seed = tonumber(KEYS[4])
            local function numbers()
                local t, x = {}, seed
                for i = 1, n do x = (x * 16807) % 2147483647 t[i] = x % range * 1000 + i end
                return t
            end
            local calls = 0
            local orders = {
                nil,
                function(a, b) calls = calls + 1 return math.floor(a / 1000) < math.floor(b / 1000) end,
                function(a, b) calls = calls + 1 return math.floor(a / 1000) <= math.floor(b / 1000) end,
                function(a, b) calls = calls + 1 return (a * 7 + b * 3 + calls) % 5 < 2 end,
                function(a, b) calls = calls + 1 if calls > 40 then error('enough') end return a > b end,
                function(a, b) return true end,
                rawequal}
            local t = numbers()
            if how == 8 then t[math.floor(n / 2) + 1] = 'x' end
            add(pcall(table.sort, t, orders[how]))
            add(calls, table.concat(t, ','))
        )",
             {std::to_string(random_.below(120)), std::to_string(1 + random_.below(40)),
              std::to_string(1 + random_.below(8)), std::to_string(1 + random_.below(1'000'000))});
        if (HasFatalFailure()) return;
    }
}

TEST_F(BesidePackagedLua, FunctionsOfTablesDoTheSame) {
    static constexpr std::array kNumbers = {"nil", "0",  "1",   "2",   "3",   "5", "7",
                                            "-1",  "-3", "2.7", "'2'", "'x'", "{}"};
    const auto number = [&] { return std::string(kNumbers[random_.below(kNumbers.size())]); };
    for (int round = 0; round < 5'000; ++round) {
        std::string table = "{";
        for (std::size_t left = random_.below(7); left > 0; --left) table += number() + ", ";
        table += "}";
        const std::string a = number();
        const std::string b = number();
        same("local function t() return " + table + " end local x, a, b " +
                 "local function show() for i = -4, 9 do add(x[i]) end end a, b = " + a + ", " + b + R"(
            x = t() add(pcall(table.insert, x, a)) show()
            x = t() add(pcall(table.insert, x, a, b)) show()
            x = t() add(pcall(table.remove, x)) show()
            x = t() add(pcall(table.remove, x, a)) show()
            x = t() add(pcall(table.concat, x, a))
            x = t() add(pcall(table.concat, x, '-', a, b))
            x = t() add(pcall(unpack, x, a, b))
            x = t() add(pcall(unpack, x))
            x = t() add(pcall(table.foreachi, x, function(i, v) add(i, v) if v == a then return b end end))
            x = t() add(pcall(table.foreach, x, function(i, v) add(i, v) if v == a then return b end end))
            x = t() add(pcall(table.maxn, x)) add(pcall(table.getn, x))
            x = t() for k, v in pairs(x) do add(k, v) end
            x = t() add(pcall(next, x, a))
            x = t() add(pcall(rawset, x, a, b)) show()
            x = t() add(pcall(rawget, x, a))
            add(pcall(string.rep, a, b))
            add(pcall(setmetatable, a, b))
        )",
             {});
        if (HasFatalFailure()) return;
    }
}

}  // namespace
}  // namespace pongo

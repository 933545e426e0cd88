// Random scripts are run with a redis.call that looks at their keys: those of which it was proven must keep
// to them.
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "engine/command_table.h"
#include "support/key_prover.h"

namespace pongo {
namespace {

// Writes scripts of a few variables, in which anything may be assigned to anything.
class RandomScript {
  public:
    explicit RandomScript(unsigned seed) : random_(seed) {}

    std::string write() {
        std::string source;
        for (int i = 0; i < kVariables; ++i)
            source += "local v" + std::to_string(i) + " = " + any_value() + "\n";
        return source + block(3);
    }

  private:
    static constexpr int kVariables = 4;

    int below(int end) { return static_cast<int>(random_() % static_cast<unsigned>(end)); }
    bool rarely() { return below(12) == 0; }
    std::string one_of(std::initializer_list<const char*> choices) {
        return choices.begin()[below(static_cast<int>(choices.size()))];
    }
    std::string variable() { return "v" + std::to_string(below(kVariables)); }

    std::string key() {
        if (rarely()) return any_value();
        if (below(3) == 0) return variable();
        return one_of({"KEYS[1]", "KEYS[2]", "KEYS[#KEYS]", "(KEYS[3] or KEYS[1])"});
    }

    std::string any_value() {
        if (rarely()) {
            return one_of({"KEYS", "redis", "redis.call", "{KEYS}", "{redis.call}", "redis.pcall",
                           "unpack(ARGV)", "ipairs(KEYS)", "(function(...) return ... end)(KEYS[1])",
                           "KEYS[1] .. 'x'", "_G.KEYS"});
        }
        switch (below(8)) {
            case 0:
                return variable();
            case 1:
                return "(" + variable() + one_of({" and ", " or "}) + variable() + ")";
            case 2:
                return "function(p) " + simple() + " return " + one_of({"p", "v0", "1"}) + " end";
            case 3:
                return one_of({"'x'", "ARGV[1]", "nil", "{}", "5"});
            default:
                return one_of({"KEYS[1]", "KEYS[2]", "unpack(KEYS)"});
        }
    }

    std::string command() {
        const std::string call = rarely() ? variable() : "redis." + one_of({"call", "pcall"});
        switch (below(6)) {
            case 0:
                return call + "('mget', unpack(KEYS))";
            case 1:
                return call + "('rename', " + key() + ", " + key() + ")";
            case 2:
                return call + "('hset', " + key() + ", unpack(ARGV))";
            case 3:
                return call + "('zunionstore', " + key() + ", 2, " + key() + ", " + key() + ")";
            default:
                return call + "('get', " + key() + ")";
        }
    }

    std::string simple() {
        switch (below(rarely() ? 9 : 6)) {
            case 0:
                return variable() + " = " + any_value() + ";";
            case 1:
                return variable() + ", " + variable() + " = " + any_value() + ", " + any_value() + ";";
            case 2:
                return variable() + " = " + command() + ";";
            case 6:
                return variable() + "[" + one_of({"1", "'k'", "#KEYS"}) + "] = " + any_value() + ";";
            case 7:
                return variable() + "(" + any_value() + ");";
            case 8:
                return variable() + " = " + variable() + "[1];";
            default:
                return command() + ";";
        }
    }

    std::string nested(int depth) {
        const std::string name = variable();
        switch (below(6)) {
            case 0:
                return "if " + variable() + " then " + block(depth) + "else " + block(depth) + "end";
            case 1:
                return "for i = 1, 2 do " + block(depth) + "end";
            case 2:
                return "for _, " + name + " in ipairs(" + (rarely() ? "ARGV" : "KEYS") + ") do " +
                       block(depth) + "end";
            case 3:
                return "do local " + name + " = " + any_value() + " " + block(depth) + "end";
            case 4:
                return "local function f(" + name + ", w) " + block(depth) + "return " + any_value() +
                       " end f(" + key() + ") " +
                       (below(2) == 0 ? "f(" + key() + ", " + any_value() + ")" : "");
            default:
                return "pcall(function() " + block(depth) + "end)";
        }
    }

    std::string block(int depth) {
        std::string source;
        for (int left = 1 + below(3); left > 0; --left) {
            source += (depth > 0 && below(2) == 0 ? nested(depth - 1) : simple()) + "\n";
        }
        return source;
    }

    std::mt19937 random_;
};

class KeyProofModelTest : public testing::Test {
  protected:
    KeyProofModelTest() {
        lua_State* const lua = prover_.state().lua();
        lua_newtable(lua);
        for (const char* name : {"call", "pcall"}) {
            lua_pushlightuserdata(lua, this);
            lua_pushcclosure(lua, look_at_keys, 1);
            lua_setfield(lua, -2, name);
        }
        lua_setglobal(lua, "redis");
    }

    // Endless recursion ends at some time.
    void run(const std::string& source) {
        const auto end = [](lua_State* lua, lua_Debug*) { luaL_error(lua, "too long"); };
        prover_.state().run("KEYS = {'key 1', 'key 2', 'key 3'} ARGV = {'argument', 'x'}");
        reached_beyond_ = false;
        lua_sethook(prover_.state().lua(), end, LUA_MASKCOUNT, 3000);
        prover_.state().run(source + "\nreturn nil");
        lua_sethook(prover_.state().lua(), nullptr, 0, 0);
    }

    static int look_at_keys(lua_State* lua) {
        auto& self = *static_cast<KeyProofModelTest*>(lua_touserdata(lua, lua_upvalueindex(1)));
        std::vector<std::string_view> arguments;
        for (int i = 1; i <= lua_gettop(lua); ++i) {
            if (!lua_isstring(lua, i)) return 0;
            arguments.emplace_back(lua_tostring(lua, i));
        }
        const Command* const command = arguments.empty() ? nullptr : self.prover_.commands().find(arguments);
        if (!command) return 0;
        ++self.commands_run_;
        for_each_key(*command->spec, arguments, [&](std::size_t index, const KeySpec&) {
            self.reached_beyond_ = self.reached_beyond_ || !arguments[index].starts_with("key ") ||
                                   arguments[index].ends_with("x");
        });
        lua_pushliteral(lua, "result");
        return 1;
    }

    KeyProver prover_;
    bool reached_beyond_ = false;
    int commands_run_ = 0;
};

TEST_F(KeyProofModelTest, WhatIsProvenOfRandomScriptsIsTrue) {
    constexpr unsigned kScripts = 4000;
    int proven = 0;
    int beyond = 0;
    for (unsigned seed = 0; seed < kScripts; ++seed) {
        const std::string source = RandomScript(seed).write();
        const bool expected = prover_.is_proven_of_script(source);
        proven += expected;
        run(source);
        beyond += reached_beyond_;
        ASSERT_FALSE(expected && reached_beyond_) << source;
    }
    // Both happened often enough to mean something.
    EXPECT_GT(proven, 100);
    EXPECT_GT(beyond, 100);
    EXPECT_GT(commands_run_, 1000);
}

}  // namespace
}  // namespace pongo

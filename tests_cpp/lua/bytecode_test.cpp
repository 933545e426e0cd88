#include "lua/bytecode.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "support/plain_lua.h"

namespace pongo {
namespace {

std::string dump_of(lua_State* lua) {
    std::string dump;
    const auto append = [](lua_State*, const void* bytes, std::size_t size, void* target) {
        static_cast<std::string*>(target)->append(static_cast<const char*>(bytes), size);
        return 0;
    };
    EXPECT_EQ(lua_dump(lua, append, &dump), 0);
    return dump;
}

class BytecodeTest : public testing::Test {
  protected:
    // The function of the source is left on the stack.
    Prototype read(const std::string& source) {
        state_.compile(source);
        const auto prototype = read_function(state_.lua());
        EXPECT_TRUE(prototype);
        return prototype.value_or(Prototype());
    }

    static std::vector<Opcode> opcodes(const Prototype& prototype) {
        std::vector<Opcode> found;
        for (int pc = 0; const auto instruction = prototype.instruction(pc); pc = prototype.next_pc(pc)) {
            found.push_back(instruction->opcode());
        }
        return found;
    }

    PlainLua state_;
};

TEST_F(BytecodeTest, OfAScriptThatCallsHasItsInstructionsAndConstants) {
    const Prototype prototype = read("return redis.call('get', KEYS[1], 2.5)");
    const std::vector<Opcode> expected = {Opcode::GetGlobal, Opcode::GetTable, Opcode::LoadK,
                                          Opcode::GetGlobal, Opcode::GetTable, Opcode::LoadK,
                                          Opcode::TailCall,  Opcode::Return,   Opcode::Return};
    EXPECT_EQ(opcodes(prototype), expected);
    const std::vector<Constant> constants = {"redis", "call", "get", "KEYS", 1.0, 2.5};
    EXPECT_EQ(prototype.constants, constants);
    EXPECT_EQ(prototype.parameters, 0);
    EXPECT_EQ(prototype.upvalues, 0);
    EXPECT_TRUE(prototype.is_vararg);
    EXPECT_EQ(prototype.registers, 4);

    const Instruction field = *prototype.instruction(1);
    EXPECT_EQ(field.a(), 0);
    EXPECT_EQ(field.b(), 0);
    EXPECT_EQ(field.c(), kConstantBit | 1);
}

TEST_F(BytecodeTest, HasConstantsOfAllTypesWithTheirBytes) {
    const Prototype prototype = read(std::string("return {a = nil, b = true, c = '', d = 'x\\0y'}"));
    const auto has = [&](const Constant& constant) {
        return std::ranges::find(prototype.constants, constant) != prototype.constants.end();
    };
    EXPECT_TRUE(has(std::monostate()));
    EXPECT_TRUE(has(true));
    EXPECT_TRUE(has(""));
    EXPECT_TRUE(has(std::string("x\0y", 3)));
}

TEST_F(BytecodeTest, JumpsForwardsAndBackwards) {
    const Prototype prototype = read("for i = 1, 3 do end");
    const auto find = [&](Opcode opcode) {
        int pc = 0;
        while (prototype.instruction(pc)->opcode() != opcode) ++pc;
        return pc;
    };
    const int prepared = find(Opcode::ForPrep);
    const int loop = find(Opcode::ForLoop);
    EXPECT_EQ(prepared + 1 + prototype.instruction(prepared)->sbx(), loop);
    EXPECT_EQ(loop + 1 + prototype.instruction(loop)->sbx(), prepared + 1);
}

TEST_F(BytecodeTest, KnowsWhichVariableIsInARegister) {
    const Prototype prototype = read("local a = 1; do local b = 2; b = 3 end; local c = 4; return c");
    ASSERT_EQ(prototype.locals.size(), 3U);
    EXPECT_EQ(prototype.local_at(0, 0), nullptr);
    EXPECT_EQ(prototype.local_at(0, 1)->name, "a");
    EXPECT_EQ(prototype.local_at(1, 1), nullptr);
    EXPECT_EQ(prototype.local_at(1, 2)->name, "b");
    EXPECT_EQ(prototype.local_at(1, 3), nullptr);
    EXPECT_EQ(prototype.local_at(1, 4)->name, "c");
    EXPECT_EQ(prototype.local_at(2, 4), nullptr);
}

TEST_F(BytecodeTest, StepsOverWhatBelongsToAnInstruction) {
    const Prototype prototype = read("local a, b; local f = function() return a, b end; return f");
    const std::vector<Opcode> expected = {Opcode::LoadNil, Opcode::Closure, Opcode::Return, Opcode::Return};
    const std::vector<Opcode> found = opcodes(prototype);
    EXPECT_TRUE(std::equal(found.rbegin(), found.rbegin() + 3, expected.rbegin()));
    ASSERT_EQ(prototype.nested.size(), 1U);
    EXPECT_EQ(prototype.nested[0].upvalues, 2);

    std::string list = "return {1";
    for (int i = 0; i < 512 * 50; ++i) list += ",1";
    const std::vector<Opcode> of_list = opcodes(read(list + "}"));
    EXPECT_EQ(std::ranges::count(of_list, Opcode::SetList), 513);
    EXPECT_EQ(std::ranges::count(of_list, Opcode::LoadK), 512 * 50 + 1);
}

TEST_F(BytecodeTest, KnowsToWhichUpvaluesAFunctionOrOneWithinItAssigns) {
    const Prototype prototype = read(
        "local a, b, c = 1, 2, 3\n"
        "local function f() b = a; return function() c = a end end");
    const std::vector<bool> expected = {true, false, true};  // In the order of their use: b, a, c.
    EXPECT_EQ(prototype.nested[0].assigned_upvalues, expected);
    EXPECT_EQ(prototype.nested[0].nested[0].assigned_upvalues, std::vector<bool>({true, false}));
}

TEST_F(BytecodeTest, TellsWhereTheArgumentsOfAFunctionAre) {
    const Prototype prototype = read("return function(a, b) end, function(a, ...) return a end");
    EXPECT_TRUE(prototype.is_vararg);
    EXPECT_FALSE(prototype.has_arg_table);
    EXPECT_EQ(prototype.nested[0].parameters, 2);
    EXPECT_FALSE(prototype.nested[0].is_vararg);
    EXPECT_EQ(prototype.nested[1].parameters, 1);
    EXPECT_TRUE(prototype.nested[1].is_vararg);
    EXPECT_TRUE(prototype.nested[1].has_arg_table);
    ASSERT_NE(prototype.nested[1].local_at(1, 0), nullptr);
    EXPECT_EQ(prototype.nested[1].local_at(1, 0)->name, "arg");
}

TEST_F(BytecodeTest, OfAFunctionInCThereIsNone) {
    lua_getglobal(state_.lua(), "print");
    EXPECT_FALSE(read_function(state_.lua()));
    EXPECT_EQ(lua_gettop(state_.lua()), 1);
}

TEST_F(BytecodeTest, OfFunctionsThatNestVeryDeeplyThereIsNone) {
    const auto nested = [](int depth) {
        std::string source;
        for (int i = 0; i < depth; ++i) source += "return function() ";
        for (int i = 0; i < depth; ++i) source += " end";
        return source;
    };
    read(nested(40));
    state_.compile(nested(90));
    EXPECT_FALSE(read_function(state_.lua()));
}

TEST_F(BytecodeTest, IsReadWholeOrNotAtAll) {
    read("local a = {1, 'two'}; return function(x) return function() return x, a end end");
    const std::string dump = dump_of(state_.lua());
    EXPECT_TRUE(read_bytecode(dump));
    EXPECT_FALSE(read_bytecode(dump + "x"));
    for (std::size_t size = 0; size < dump.size(); ++size) {
        EXPECT_FALSE(read_bytecode(std::string_view(dump).substr(0, size))) << size;
    }
}

TEST_F(BytecodeTest, ThatIsDamagedDoesNoHarm) {
    read("local a = {1, 'two'}; return function(x) return function() return x, a end end");
    const std::string dump = dump_of(state_.lua());
    for (std::size_t at = 0; at < dump.size(); ++at) {
        for (const char bits : {'\xFF', '\x01', '\x80'}) {
            std::string damaged = dump;
            damaged[at] = static_cast<char>(damaged[at] ^ bits);
            const auto prototype = read_bytecode(damaged);
            EXPECT_FALSE(prototype && at < 12) << at;
        }
    }
}

}  // namespace
}  // namespace pongo

// What Lua 5.1 made of a function's source, to be looked at: read from what lua_dump() writes. For functions
// of our own states only, where the compiler's word is taken for what the code does; crafted bytecode would
// merely be read without harm.
// Thread rule: plain data; read_function() is for the thread of the state.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "lua/lua.h"

namespace pongo {

// In the order of their numbers. The names are Lua's own.
enum class Opcode : std::uint8_t {
    Move,
    LoadK,
    LoadBool,
    LoadNil,
    GetUpval,
    GetGlobal,
    GetTable,
    SetGlobal,
    SetUpval,
    SetTable,
    NewTable,
    Self,
    Add,
    Sub,
    Mul,
    Div,
    Mod,
    Pow,
    Unm,
    Not,
    Len,
    Concat,
    Jmp,
    Eq,
    Lt,
    Le,
    Test,
    TestSet,
    Call,
    TailCall,
    Return,
    ForLoop,
    ForPrep,
    TForLoop,
    SetList,
    Close,
    Closure,
    Vararg,
};
inline constexpr std::size_t kOpcodes = static_cast<std::size_t>(Opcode::Vararg) + 1;

// 32 bits: from the lowest on, the opcode (6), A (8), C (9), B (9); or Bx in place of C and B.
class Instruction {
  public:
    explicit Instruction(std::uint32_t bits) : bits_(bits) {}

    Opcode opcode() const { return static_cast<Opcode>(bits_ & 0x3F); }
    int a() const { return static_cast<int>(bits_ >> 6 & 0xFF); }
    int b() const { return static_cast<int>(bits_ >> 23); }
    int c() const { return static_cast<int>(bits_ >> 14 & 0x1FF); }
    int bx() const { return static_cast<int>(bits_ >> 14); }
    // Signed: how far to jump from the next instruction.
    int sbx() const { return bx() - kLargestJump; }

  private:
    static constexpr int kLargestJump = (1 << 17) - 1;

    std::uint32_t bits_;
};

// In an operand B or C that may be either, this is set if it is a constant, and a register otherwise.
inline constexpr int kConstantBit = 1 << 8;

using Constant = std::variant<std::monostate, bool, lua_Number, std::string>;

// A local variable is in its register from start_pc on, and no more at end_pc.
struct LocalVariable {
    std::string name;
    int start_pc;
    int end_pc;
};

// A function without its upvalues.
struct Prototype {
    std::vector<Instruction> code;
    std::vector<Constant> constants;
    std::vector<Prototype> nested;
    std::vector<LocalVariable> locals;  // By start_pc.
    int upvalues = 0;
    int parameters = 0;
    bool is_vararg = false;
    // A local variable `arg` follows the parameters: the table of further arguments, or nil.
    bool has_arg_table = false;
    int registers = 0;
    // By upvalue: whether the function, or one nested in it, assigns to it.
    std::vector<bool> assigned_upvalues;

    // Nothing outside of the code.
    std::optional<Instruction> instruction(int pc) const;
    // Of which function the instruction makes a closure; null if it doesn't.
    const Prototype* made_by(Instruction instruction) const;
    // The instruction that stands behind the one at `pc`: a closure's is followed by one for each upvalue,
    // which says where that comes from; a long list's, by a number.
    int next_pc(int pc) const;
    // The variable that is in the register at an instruction. Null if none is known.
    const LocalVariable* local_at(int reg, int pc) const;
};

// Nothing if it isn't a whole dump, or if functions nest too deeply.
std::optional<Prototype> read_bytecode(std::string_view dump);

// Of the function on top of the stack. Nothing if it is written in C, or is extremely long.
// Raises no Lua errors.
std::optional<Prototype> read_function(lua_State* lua);

}  // namespace pongo

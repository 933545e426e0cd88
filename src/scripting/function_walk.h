// One function of a script, followed along all its paths: see key_proof.h.
// Thread rule: one thread uses it.
#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "engine/command_table.h"
#include "lua/bytecode.h"
#include "lua/lua_state.h"
#include "scripting/command_keys.h"
#include "scripting/foreseen_value.h"

namespace pongo {

// What is the same for all functions of a script.
struct ProofContext {
    const CommandTable& commands;
    ScriptCall::Passing passing;
    std::size_t steps_left;  // How often a register, or the like, may still be looked at.
};

class FunctionWalk {
  public:
    enum class Role : std::uint8_t { Script, Nested };

    // Of the parameters, those that are not given are harmless.
    FunctionWalk(ProofContext& context, const Prototype& prototype, Role role,
                 std::span<const ForeseenValue> parameters, std::vector<ForeseenValue> upvalues);

    // Whether it keeps to the keys, and so do the functions nested in it. To be called once.
    bool keeps_to_keys();

  private:
    using Value = ForeseenValue;
    using Kind = ForeseenValue::Kind;

    // A function nested in this one.
    struct Nested {
        int closure_pc = -1;   // Where it is made, if ever.
        bool escapes = false;  // Others than those seen may call it.
        bool called = false;
        std::vector<Value> parameters = {};  // What is passed to it.
    };
    // A variable to which a nested function assigns.
    struct SharedVariable {
        int reg;
        int start_pc;
        int end_pc;
    };

    // Some registers in a row, and what follows them if their number is not known.
    struct Values {
        int first;
        int end;
        std::optional<Value> rest = std::nullopt;
    };

    // The state in front of an instruction is one row: its registers, and what is open above them.
    std::size_t width() const { return static_cast<std::size_t>(prototype_.registers) + 1; }
    std::size_t row(int pc) const { return static_cast<std::size_t>(pc) * width(); }
    void begin(std::span<const Value> parameters);
    void find_shared_variables();
    void spend(std::size_t registers);
    void flow_to(int pc);
    Value arriving(int reg, int pc);
    Value join(Value a, Value b);

    void step(int pc);
    bool run_branch(Instruction instruction, int pc);
    bool run_load(Instruction instruction, int pc);
    void run_other(Instruction instruction);
    void get_global(Instruction instruction);
    void get_field(Instruction instruction);
    void get_method(Instruction instruction);
    void next_of_iteration(Instruction instruction, int pc);
    void make_closure(Instruction instruction, int pc);

    void call(Instruction instruction, int results_plus_one);
    void call_command(const Values& arguments);
    void call_nested(Nested& nested, const Values& arguments);
    void give_iteration(int first, int results_plus_one);
    void give_results(int first, int results_plus_one, Value result);
    ForeseenArgument foresee(Value value) const;

    const LocalVariable* captured_variable(int closure_pc, Instruction source);
    Value captured(int closure_pc, Instruction source);
    std::vector<Value> upvalues_of(const Nested& nested, const Prototype& prototype);
    bool nested_keep_to_keys();

    // Operands. What is out of bounds fails the proof.
    void fail() { failed_ = true; }
    bool is_register(int reg) const { return reg >= 0 && reg < prototype_.registers; }
    Value get(int reg);
    void set(int reg, Value value);
    void set_range(int first, int end, Value value);
    Value constant(int index);
    Value operand(int register_or_constant);
    const std::string* text_of(Value value) const;
    // In instructions that have zero for values that are open.
    Values values(int first, int count_plus_one);
    // It goes where nobody sees what becomes of it.
    void let_escape(Value value);
    void let_escape(const Values& values);

    ProofContext& context_;
    const Prototype& prototype_;
    const Role role_;
    const std::vector<Value> upvalues_;
    std::vector<Nested> nested_;
    std::vector<SharedVariable> shared_;

    std::vector<Value> rows_;
    std::vector<bool> reached_;
    std::set<int> pending_;     // Instructions whose row has changed.
    std::vector<Value> state_;  // The row that is being worked on,
    Value open_;                // and what the instruction in front has left open.
    bool failed_ = false;
};

}  // namespace pongo

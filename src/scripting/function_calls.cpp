// What a function calls, and the functions that are nested in it.
#include <cmath>
#include <cstdint>
#include <utility>

#include "scripting/function_walk.h"

namespace pongo {

FunctionWalk::Values FunctionWalk::values(int first, int count_plus_one) {
    if (count_plus_one > 0) return {first, first + count_plus_one - 1};
    const int end = static_cast<int>(open_.index);
    if (!open_.is_open() || end < first) fail();
    return {first, failed_ ? first : end, Value{open_.is(Kind::OpenKeys) ? Kind::Key : Kind::Harmless}};
}

void FunctionWalk::call(Instruction instruction, int results_plus_one) {
    const int a = instruction.a();
    const Value function = get(a);
    const Values arguments = values(a + 1, instruction.b());
    const bool takes_keys = arguments.first < arguments.end && get(arguments.first).is(Kind::Keys);
    const Values others{arguments.first + 1, arguments.end, arguments.rest};
    if (failed_) return;
    if (function.is(Kind::Call)) {
        call_command(arguments);
        give_results(a, results_plus_one, {});
    } else if (function.is(Kind::Closure)) {
        call_nested(nested_[function.index], arguments);
        give_results(a, results_plus_one, {});
    } else if (function.is(Kind::Unpack) && takes_keys) {
        let_escape(others);
        give_results(a, results_plus_one, {Kind::Key});
    } else if (function.is(Kind::Iterate) && takes_keys) {
        let_escape(others);
        give_iteration(a, results_plus_one);
    } else {
        let_escape(function);
        let_escape(arguments);
        give_results(a, results_plus_one, {});
    }
}

// It takes no arguments but strings and numbers: no table and no function escapes in it.
void FunctionWalk::call_command(const Values& arguments) {
    ForeseenCommand command;
    for (int reg = arguments.first; reg < arguments.end; ++reg)
        command.arguments.push_back(foresee(get(reg)));
    if (arguments.rest) command.rest = foresee(*arguments.rest).kind;
    if (!keeps_to_declared_keys(context_.commands, command)) fail();
}

ForeseenArgument FunctionWalk::foresee(Value value) const {
    constexpr lua_Number kExactIntegers = 1e15;
    constexpr std::size_t kLongestWord = 64;
    if (value.is(Kind::Key)) return {ForeseenArgument::Kind::DeclaredKey};
    if (const std::string* const text = text_of(value); text && text->size() <= kLongestWord) {
        return {ForeseenArgument::Kind::Known, *text};
    }
    if (!value.is(Kind::Number)) return {};
    const lua_Number number = std::get<lua_Number>(prototype_.constants[value.index]);
    if (std::abs(number) > kExactIntegers || number != std::trunc(number)) return {};
    return {ForeseenArgument::Kind::Known, std::to_string(static_cast<std::int64_t>(number))};
}

void FunctionWalk::call_nested(Nested& nested, const Values& arguments) {
    let_escape(arguments);
    const auto count = static_cast<std::size_t>(
        prototype_.nested[static_cast<std::size_t>(&nested - nested_.data())].parameters);
    const bool is_first = !std::exchange(nested.called, true);
    nested.parameters.resize(count);
    int reg = arguments.first;
    for (Value& parameter : nested.parameters) {
        const Value missing = arguments.rest.value_or(Value{Kind::Key});  // Which is nil.
        const Value given = reg < arguments.end ? outside(get(reg)) : missing;
        parameter = is_first ? given : either(parameter, given);
        ++reg;
    }
}

// As ipairs(KEYS) and pairs(KEYS) return.
void FunctionWalk::give_iteration(int first, int results_plus_one) {
    if (results_plus_one == 0) return fail();
    give_results(first, results_plus_one, {});
    const int results = results_plus_one - 1;
    if (results > 0) set(first, {Kind::KeysIterator});
    if (results > 1) set(first + 1, {Kind::Keys});
}

// Above the results there is nothing that is still used.
void FunctionWalk::give_results(int first, int results_plus_one, Value result) {
    set_range(first, prototype_.registers, {});
    if (results_plus_one > 0) return set_range(first, first + results_plus_one - 1, result);
    const Kind kind = result.is(Kind::Key) ? Kind::OpenKeys : Kind::OpenHarmless;
    state_.back() = {kind, static_cast<std::uint32_t>(first)};
}

void FunctionWalk::make_closure(Instruction instruction, int pc) {
    if (!prototype_.made_by(instruction)) return fail();
    Nested& nested = nested_[static_cast<std::size_t>(instruction.bx())];
    if (nested.closure_pc >= 0 && nested.closure_pc != pc) return fail();
    nested.closure_pc = pc;
    set(instruction.a(), {Kind::Closure, static_cast<std::uint32_t>(instruction.bx())});
}

// A local function that calls itself becomes a variable with its closure.
const LocalVariable* FunctionWalk::captured_variable(int closure_pc, Instruction source) {
    spend(prototype_.locals.size());
    const int reg = source.b();
    if (const LocalVariable* const known = prototype_.local_at(reg, closure_pc)) return known;
    const int next = prototype_.next_pc(closure_pc);
    const bool is_itself = prototype_.instruction(closure_pc)->a() == reg;
    const LocalVariable* const coming = is_itself ? prototype_.local_at(reg, next) : nullptr;
    return coming && coming->start_pc == next ? coming : nullptr;
}

// All that the variable ever holds. Where its block ends, it still has what the last instruction gave it.
FunctionWalk::Value FunctionWalk::captured(int closure_pc, Instruction source) {
    const LocalVariable* const variable = captured_variable(closure_pc, source);
    if (!variable || !is_register(source.b())) return {Kind::Tainted};
    std::optional<Value> value;
    for (int pc = variable->start_pc; pc <= variable->end_pc && prototype_.instruction(pc); ++pc) {
        if (!reached_[static_cast<std::size_t>(pc)]) continue;
        spend(1);
        const Value here = rows_[row(pc) + static_cast<std::size_t>(source.b())];
        value = value ? join(*value, here) : here;
    }
    if (!value) return {Kind::Tainted};
    if (value->is(Kind::Closure)) let_escape(*value);
    return outside(*value);
}

std::vector<FunctionWalk::Value> FunctionWalk::upvalues_of(const Nested& nested, const Prototype& prototype) {
    std::vector<Value> upvalues;
    for (int i = 0; i < prototype.upvalues; ++i) {
        const auto source = prototype_.instruction(nested.closure_pc + 1 + i);
        const auto index = source ? static_cast<std::size_t>(source->b()) : 0;
        if (source && source->opcode() == Opcode::Move) {
            upvalues.push_back(captured(nested.closure_pc, *source));
        } else if (source && source->opcode() == Opcode::GetUpval && index < upvalues_.size()) {
            upvalues.push_back(upvalues_[index]);
        } else {
            upvalues.push_back({Kind::Tainted});
        }
    }
    return upvalues;
}

// First it must be known which of them escape.
bool FunctionWalk::nested_keep_to_keys() {
    std::vector<std::vector<Value>> upvalues(nested_.size());
    for (std::size_t i = 0; i < nested_.size(); ++i) {
        if (nested_[i].closure_pc >= 0) upvalues[i] = upvalues_of(nested_[i], prototype_.nested[i]);
    }
    for (std::size_t i = 0; i < nested_.size() && !failed_; ++i) {
        const Nested& nested = nested_[i];
        if (nested.closure_pc < 0) continue;
        const std::vector<Value> parameters = nested.escapes ? std::vector<Value>() : nested.parameters;
        FunctionWalk walk(context_, prototype_.nested[i], Role::Nested, parameters, std::move(upvalues[i]));
        if (!walk.keeps_to_keys()) return false;
    }
    return true;
}

}  // namespace pongo

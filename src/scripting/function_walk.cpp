#include "scripting/function_walk.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace pongo {
namespace {

// They are looked at for every instruction.
constexpr std::size_t kMostSharedVariables = 16;

// Globals from which nobody gets KEYS or redis.call.
constexpr std::string_view kHarmlessGlobals[] = {
    "ARGV",      "_VERSION", "assert",   "bit",    "cjson",        "cmsgpack", "collectgarbage",
    "coroutine", "error",    "gcinfo",   "math",   "getmetatable", "next",     "pcall",
    "rawequal",  "rawget",   "rawset",   "select", "setmetatable", "string",   "struct",
    "table",     "tonumber", "tostring", "type",   "xpcall"};

constexpr ForeseenValue kHarmless = {};
constexpr ForeseenValue kKeyOrNil = {ForeseenValue::Kind::Key};

}  // namespace

FunctionWalk::FunctionWalk(ProofContext& context, const Prototype& prototype, Role role,
                           std::span<const Value> parameters, std::vector<Value> upvalues)
    : context_(context), prototype_(prototype), role_(role), upvalues_(std::move(upvalues)) {
    nested_.resize(prototype.nested.size());
    spend(prototype.code.size() * width());
    if (prototype.code.empty() || prototype.parameters > prototype.registers) fail();
    if (!failed_) find_shared_variables();
    if (!failed_) begin(parameters);
}

bool FunctionWalk::keeps_to_keys() {
    while (!failed_ && !pending_.empty()) {
        // What is in front changes what is behind: so few instructions are looked at more than once.
        step(pending_.extract(pending_.begin()).value());
    }
    return !failed_ && nested_keep_to_keys() && !failed_;
}

void FunctionWalk::begin(std::span<const Value> parameters) {
    rows_.resize(prototype_.code.size() * width());
    reached_.resize(prototype_.code.size());
    state_.assign(width(), kKeyOrNil);
    set_range(0, prototype_.parameters + (prototype_.has_arg_table ? 1 : 0), kHarmless);
    const std::size_t given = std::min(parameters.size(), static_cast<std::size_t>(prototype_.parameters));
    std::copy_n(parameters.begin(), given, state_.begin());
    state_.back() = kHarmless;
    flow_to(0);
}

void FunctionWalk::find_shared_variables() {
    for (int pc = 0; const auto instruction = prototype_.instruction(pc); pc = prototype_.next_pc(pc)) {
        const Prototype* const nested = prototype_.made_by(*instruction);
        for (int i = 0; nested && i < nested->upvalues; ++i) {
            const auto source = prototype_.instruction(pc + 1 + i);
            if (!source) return fail();
            if (source->opcode() != Opcode::Move || !nested->assigned_upvalues[static_cast<std::size_t>(i)])
                continue;
            const LocalVariable* const variable = captured_variable(pc, *source);
            if (!variable || shared_.size() == kMostSharedVariables) return fail();
            shared_.push_back({source->b(), variable->start_pc, variable->end_pc});
        }
    }
}

void FunctionWalk::spend(std::size_t registers) {
    if (registers > context_.steps_left) return fail();
    context_.steps_left -= registers;
}

// The state is one of those in which the instruction there may be run.
void FunctionWalk::flow_to(int pc) {
    spend(width());
    if (!prototype_.instruction(pc)) fail();
    if (failed_) return;
    const auto at = static_cast<std::size_t>(pc);
    Value* const known = rows_.data() + row(pc);
    bool changed = !reached_[at];
    for (int reg = 0; reg <= prototype_.registers; ++reg) {
        const Value before = known[reg];
        const Value value = arriving(reg, pc);
        known[reg] = reached_[at] ? join(before, value) : value;
        changed = changed || known[reg] != before;
    }
    reached_[at] = true;
    if (changed) pending_.insert(pc);
}

FunctionWalk::Value FunctionWalk::arriving(int reg, int pc) {
    const Value value = state_[static_cast<std::size_t>(reg)];
    for (const SharedVariable& shared : shared_) {
        if (shared.reg == reg && shared.start_pc <= pc && pc < shared.end_pc) return join(value, kHarmless);
    }
    return value;
}

FunctionWalk::Value FunctionWalk::join(Value a, Value b) {
    if (a == b) return a;
    for (const Value value : {a, b}) {
        if (value.is(Kind::Closure)) nested_[value.index].escapes = true;
    }
    return either(a, b);
}

void FunctionWalk::step(int pc) {
    const Value* const known = rows_.data() + row(pc);
    state_.assign(known, known + width());
    open_ = std::exchange(state_.back(), kHarmless);
    const Instruction instruction = prototype_.code[static_cast<std::size_t>(pc)];
    if (static_cast<std::size_t>(instruction.opcode()) >= kOpcodes) return fail();
    if (run_branch(instruction, pc)) return;
    if (!run_load(instruction, pc)) run_other(instruction);
    flow_to(prototype_.next_pc(pc));
}

// What does not merely go on to the next instruction; false for all others.
bool FunctionWalk::run_branch(Instruction instruction, int pc) {
    const int a = instruction.a();
    switch (instruction.opcode()) {
        case Opcode::LoadBool:
            set(a, kHarmless);
            flow_to(pc + (instruction.c() != 0 ? 2 : 1));
            return true;
        case Opcode::Jmp:
            flow_to(pc + 1 + instruction.sbx());
            return true;
        case Opcode::Lt:
        case Opcode::Le:
            let_escape(operand(instruction.b()));
            let_escape(operand(instruction.c()));
            [[fallthrough]];
        case Opcode::Eq:
        case Opcode::Test:
            flow_to(pc + 1);
            flow_to(pc + 2);
            return true;
        case Opcode::TestSet:
            flow_to(pc + 2);
            set(a, get(instruction.b()));
            flow_to(pc + 1);
            return true;
        case Opcode::ForPrep:
            set(a, kHarmless);
            flow_to(pc + 1 + instruction.sbx());
            return true;
        case Opcode::ForLoop:
            flow_to(pc + 1);
            set(a, kHarmless);
            set(a + 3, kHarmless);
            flow_to(pc + 1 + instruction.sbx());
            return true;
        case Opcode::TForLoop:
            next_of_iteration(instruction, pc);
            return true;
        case Opcode::Return:
            // The caller of the script makes a reply of it.
            if (role_ == Role::Nested) let_escape(values(a, instruction.b()));
            return true;
        default:
            return false;
    }
}

// What brings a value into a register; false for all others.
bool FunctionWalk::run_load(Instruction instruction, int pc) {
    const int a = instruction.a();
    switch (instruction.opcode()) {
        case Opcode::Closure:
            make_closure(instruction, pc);
            return true;
        case Opcode::Move:
            set(a, get(instruction.b()));
            return true;
        case Opcode::LoadK:
            set(a, constant(instruction.bx()));
            return true;
        case Opcode::LoadNil:
            set_range(a, instruction.b() + 1, kKeyOrNil);
            return true;
        case Opcode::NewTable:
        case Opcode::Not:
            set(a, kHarmless);
            return true;
        case Opcode::GetUpval: {
            const auto index = static_cast<std::size_t>(instruction.b());
            if (index >= upvalues_.size()) fail();
            set(a, failed_ ? kHarmless : upvalues_[index]);
            return true;
        }
        case Opcode::GetGlobal:
            get_global(instruction);
            return true;
        case Opcode::GetTable:
            get_field(instruction);
            return true;
        case Opcode::Self:
            get_method(instruction);
            return true;
        case Opcode::Vararg:
            give_results(a, instruction.b(), kHarmless);
            return true;
        default:
            return false;
    }
}

void FunctionWalk::run_other(Instruction instruction) {
    const int a = instruction.a();
    const int b = instruction.b();
    switch (instruction.opcode()) {
        case Opcode::Close:
            break;
        case Opcode::SetTable:
            let_escape(get(a));
            let_escape(operand(b));
            let_escape(operand(instruction.c()));
            break;
        case Opcode::SetUpval:
            let_escape(get(a));
            break;
        case Opcode::SetList:
            let_escape(get(a));
            let_escape(values(a + 1, b == 0 ? 0 : b + 1));
            break;
        case Opcode::Call:
            call(instruction, instruction.c());
            break;
        case Opcode::TailCall:
            call(instruction, 0);
            break;
        case Opcode::Unm:
            let_escape(get(b));
            set(a, kHarmless);
            break;
        case Opcode::Len:
            if (!get(b).is(Kind::Keys)) let_escape(get(b));
            set(a, kHarmless);
            break;
        case Opcode::Concat:
            let_escape(Values{b, instruction.c() + 1});
            set(a, kHarmless);
            break;
        case Opcode::Add:
        case Opcode::Sub:
        case Opcode::Mul:
        case Opcode::Div:
        case Opcode::Mod:
        case Opcode::Pow:
            let_escape(operand(b));
            let_escape(operand(instruction.c()));
            set(a, kHarmless);
            break;
        default:
            fail();  // SetGlobal is an error in any case.
    }
}

void FunctionWalk::get_global(Instruction instruction) {
    const std::string* const name = text_of(constant(instruction.bx()));
    if (!name) return fail();
    Value value;
    if (*name == "redis") {
        value = {Kind::Redis};
    } else if (*name == "KEYS" && context_.passing == ScriptCall::Passing::kGlobals) {
        value = {Kind::Keys};
    } else if (*name == "unpack") {
        value = {Kind::Unpack};
    } else if (*name == "ipairs" || *name == "pairs") {
        value = {Kind::Iterate};
    } else if (std::ranges::find(kHarmlessGlobals, *name) == std::end(kHarmlessGlobals)) {
        fail();
    }
    set(instruction.a(), value);
}

void FunctionWalk::get_field(Instruction instruction) {
    const Value table = get(instruction.b());
    const Value name = operand(instruction.c());
    let_escape(name);
    Value value;
    if (table.is(Kind::Keys)) {
        value = kKeyOrNil;
    } else if (table.is(Kind::Redis)) {
        const std::string* const text = text_of(name);
        if (!text) return fail();
        if (*text == "call" || *text == "pcall") value = {Kind::Call};
    } else {
        let_escape(table);
    }
    set(instruction.a(), value);
}

void FunctionWalk::get_method(Instruction instruction) {
    const Value object = get(instruction.b());
    let_escape(object);
    let_escape(operand(instruction.c()));
    set(instruction.a() + 1, object);
    set(instruction.a(), kHarmless);
}

void FunctionWalk::next_of_iteration(Instruction instruction, int pc) {
    const int a = instruction.a();
    const bool over_keys = get(a).is(Kind::KeysIterator) && get(a + 1).is(Kind::Keys);
    if (!over_keys) let_escape(Values{a, a + 3});
    flow_to(pc + 2);
    set_range(a + 2, a + 3 + instruction.c(), kHarmless);
    if (over_keys && instruction.c() > 1) set(a + 4, kKeyOrNil);
    flow_to(pc + 1);
}

FunctionWalk::Value FunctionWalk::get(int reg) {
    if (is_register(reg)) return state_[static_cast<std::size_t>(reg)];
    fail();
    return kHarmless;
}

void FunctionWalk::set(int reg, Value value) {
    if (!is_register(reg)) return fail();
    state_[static_cast<std::size_t>(reg)] = value;
}

void FunctionWalk::set_range(int first, int end, Value value) {
    for (int reg = first; reg < end; ++reg) set(reg, value);
}

FunctionWalk::Value FunctionWalk::constant(int index) {
    if (static_cast<std::size_t>(index) >= prototype_.constants.size()) {
        fail();
        return kHarmless;
    }
    const Constant& constant = prototype_.constants[static_cast<std::size_t>(index)];
    const auto number = static_cast<std::uint32_t>(index);
    if (std::holds_alternative<std::string>(constant)) return {Kind::String, number};
    if (std::holds_alternative<lua_Number>(constant)) return {Kind::Number, number};
    return kHarmless;
}

FunctionWalk::Value FunctionWalk::operand(int register_or_constant) {
    const bool is_constant = (register_or_constant & kConstantBit) != 0;
    return is_constant ? constant(register_or_constant & ~kConstantBit) : get(register_or_constant);
}

const std::string* FunctionWalk::text_of(Value value) const {
    return value.is(Kind::String) ? std::get_if<std::string>(&prototype_.constants[value.index]) : nullptr;
}

void FunctionWalk::let_escape(Value value) {
    if (value.must_not_escape()) fail();
    if (value.is(Kind::Closure)) nested_[value.index].escapes = true;
}

void FunctionWalk::let_escape(const Values& values) {
    for (int reg = values.first; reg < values.end; ++reg) let_escape(get(reg));
}

}  // namespace pongo

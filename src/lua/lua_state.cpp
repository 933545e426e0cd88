#include "lua/lua_state.h"

#include <new>
#include <utility>

#include "base/check.h"
#include "lua/direct_environment.h"
#include "lua/lua_libraries.h"
#include "lua/lua_loading.h"
#include "lua/lua_protection.h"

namespace pongo {
namespace {

// What lies at the bottom of the stack for good, and the upvalues of perform().
constexpr int kErrorHandler = 1;
constexpr int kPerform = 2;
constexpr int kGlobals = lua_upvalueindex(1);
constexpr int kKeysName = lua_upvalueindex(2);
constexpr int kArgumentsName = lua_upvalueindex(3);
constexpr int kDirectEnvironment = lua_upvalueindex(4);

constexpr int kMostInstructionsUnattended = 100'000;
// What takes long without allocating memory or counting steps (to look for the next element in an emptied
// table, to compare strings) takes up to a quarter of a nanosecond for a byte; but eight for each zero byte
// of strings that are compared. This is up to a second of those.
constexpr std::size_t kMostBytesUnattended = std::size_t{1} << 27;
// Lua's own limit of nested calls is 200 for C functions of whatever size. This is far beyond, and far from
// the end of a stack of 2 MiB.
constexpr std::ptrdiff_t kMostStack = std::ptrdiff_t{1} << 20;
// Below that, garbage waits until Lua collects it of its own accord.
constexpr std::size_t kGarbageThatMayStay = std::size_t{8} << 20;
constexpr std::size_t kLargeArguments = std::size_t{64} << 10;

constexpr const char* kNoMemory = "ERR not enough memory";
// Of a table without a message: redis-server 7.0 crashes there.
constexpr const char* kUnknownError = "ERR unknown error";

constexpr int kCollectorPause = 200;
constexpr int kCollectorSteps = 200;

// Where Lua has no protected call to go back to, as when the stack of a coroutine grows before it is resumed.
int panic(lua_State*) {
    throw std::bad_alloc();
}

void push_strings(lua_State* lua, std::span<const std::string_view> strings) {
    lua_createtable(lua, static_cast<int>(strings.size()), 0);
    int index = 0;
    for (const std::string_view string : strings) {
        lua_pushlstring(lua, string.data(), string.size());
        lua_rawseti(lua, -2, ++index);
    }
}

std::string field_as_string(lua_State* lua, int table, const char* name) {
    lua_getfield(lua, table, name);
    std::string text;
    if (lua_isstring(lua, -1)) {
        std::size_t size = 0;
        const char* bytes = lua_tolstring(lua, -1, &size);
        text.assign(bytes, size);
    }
    lua_pop(lua, 1);
    return text;
}

// From the error at the only place of the stack.
void read_error(lua_State* lua, ScriptError& error) {
    if (!lua_istable(lua, 1)) {
        error.raw = true;
        error.message = lua_isstring(lua, 1) ? lua_tostring(lua, 1) : "execution failure";
        return;
    }
    lua_getfield(lua, 1, "err");
    const bool has_message = lua_isstring(lua, -1) != 0;
    lua_pop(lua, 1);
    error.message = has_message ? field_as_string(lua, 1, "err") : kUnknownError;
    error.source = field_as_string(lua, 1, "source");
    error.line = field_as_string(lua, 1, "line");
    lua_getfield(lua, 1, "ignore_error_stats_update");
    error.counted = lua_toboolean(lua, -1) != 0;
}

}  // namespace

LuaState::LuaState(std::size_t memory_limit) : memory_(memory_limit), lua_(lua_newstate(allocate, this)) {
    CHECK(lua_ != nullptr);
    lua_atpanic(lua_, panic);
    coroutine_ = lua_;
    open_libraries();
    memory_.look_ahead();
}

LuaState::~LuaState() {
    lua_close(lua_);
    CHECK(memory_.used() == 0);
}

void LuaState::open_libraries() {
    open_script_globals(lua_);
    lua_getfield(lua_, 1, kErrorHandlerName);
    lua_insert(lua_, kErrorHandler);
    lua_pushliteral(lua_, "KEYS");
    lua_pushliteral(lua_, "ARGV");
    push_direct_environment(lua_, 2);
    lua_pushcclosure(lua_, perform, 4);
    CHECK(lua_gettop(lua_) == kPerform);
}

void LuaState::add_library(const char* name, const std::function<void(lua_State*)>& open) {
    const auto error = run(nullptr, [&](lua_State* lua) {
        lua_settop(lua, 0);
        open(lua);
        lua_settop(lua, 1);
        push_protected(lua, 1);
        lua_setfield(lua, kGlobals, name);
        lua_setfield(lua, kDirectEnvironment, name);
    });
    CHECK(!error);
}

void LuaState::add_function(const char* name, lua_CFunction function) {
    const auto error = run(nullptr, [&](lua_State* lua) {
        for (const int environment : {kGlobals, kDirectEnvironment}) {
            lua_pushcfunction(lua, function);
            lua_setfield(lua, environment, name);
        }
    });
    CHECK(!error);
}

void LuaState::remove_global(const char* name) {
    const auto error = run(nullptr, [&](lua_State* lua) {
        for (const int environment : {kGlobals, kDirectEnvironment}) {
            lua_pushnil(lua);
            lua_setfield(lua, environment, name);
        }
    });
    CHECK(!error);
}

std::optional<int> LuaState::compile(std::string_view source, const char* chunk_name, std::string& error) {
    std::optional<int> function;
    const auto failure = run(nullptr, [&](lua_State* lua) {
        if (load_text(lua, source, chunk_name)) {
            choose_environment(lua);
            function = luaL_ref(lua, LUA_REGISTRYINDEX);
        } else {
            error = lua_tostring(lua, -1);
        }
    });
    if (failure) error = failure->message;
    return function;
}

// Of the script on top of the stack.
void LuaState::choose_environment(lua_State* lua) {
    const std::optional<Prototype> script = read_function(lua);
    if (!script || !reads_only_fields_of_libraries(lua, *script, kGlobals)) return;
    lua_pushvalue(lua, kDirectEnvironment);
    lua_setfenv(lua, -2);
}

void LuaState::release(int function) {
    luaL_unref(lua_, LUA_REGISTRYINDEX, function);
}

int LuaState::perform(lua_State* lua) {
    const Task task = *static_cast<const Task*>(lua_touserdata(lua, 1));
    lua_remove(lua, 1);
    task.function(task.target, lua);
    return 0;
}

std::optional<ScriptError> LuaState::run(ScriptWatch* watch, Task task) {
    CHECK(!running_);
    running_ = true;
    watch_ = watch;
    coroutine_ = lua_;
    steps_ = 0;
    alerted_ = false;
    stack_ = static_cast<const char*>(__builtin_frame_address(0));
    memory_.look_ahead();
    memory_.enforce(true);
    set_hook(lua_, instructions_unattended());

    std::optional<ScriptError> error;
    lua_pushvalue(lua_, kPerform);
    lua_pushlightuserdata(lua_, &task);
    const int status = lua_pcall(lua_, 1, 0, kErrorHandler);
    if (status != 0 || ending_) [[unlikely]]
        error = take_error(status);
    finish();
    return error;
}

// The error is on top of the stack. To look into it is again something that can fail.
ScriptError LuaState::take_error(int status) {
    ScriptError error;
    if (ending_) return std::move(end_);
    if (status == LUA_ERRRUN || status == LUA_ERRERR) {
        Task task{[](void* target, lua_State* lua) { read_error(lua, *static_cast<ScriptError*>(target)); },
                  &error};
        lua_pushvalue(lua_, kPerform);
        lua_insert(lua_, -2);
        lua_pushlightuserdata(lua_, &task);
        lua_insert(lua_, -2);
        status = lua_pcall(lua_, 2, 0, 0);
        if (ending_) return std::move(end_);
    }
    if (status != 0) {
        error = ScriptError();
        error.message = status < 0 || status == LUA_ERRMEM ? kNoMemory : kUnknownError;
    }
    return error;
}

void LuaState::finish() {
    lua_settop(lua_, kPerform);
    memory_.enforce(false);
    running_ = false;
    ending_ = false;
    watch_ = nullptr;
    coroutine_ = lua_;
    if (collector_changed_) {
        collector_changed_ = collector_stopped_ = false;
        lua_gc(lua_, LUA_GCSETPAUSE, kCollectorPause);
        lua_gc(lua_, LUA_GCSETSTEPMUL, kCollectorSteps);
        lua_gc(lua_, LUA_GCRESTART, 0);
    }
    if (has_large_arguments_) forget_arguments();
    // Of the memory that is left, garbage takes half at most.
    const std::size_t left = memory_.limit() - std::min(memory_.limit(), idle_memory_);
    const std::size_t garbage =
        std::min(idle_memory_ + std::min(kGarbageThatMayStay, memory_.limit() / 8), left / 2);
    if (memory_.used() > idle_memory_ + garbage) tidy_up();
}

void LuaState::tidy_up() {
    collect(lua_);
    idle_memory_ = memory_.used();
}

void LuaState::enter(lua_State* lua, const ScriptCall& script_call) {
    lua_rawgeti(lua, LUA_REGISTRYINDEX, script_call.function);
    if (script_call.passing == ScriptCall::Passing::kGlobals) {
        set_arguments(lua, script_call);
        lua_call(lua, 0, 1);
    } else {
        push_strings(lua, script_call.keys);
        push_strings(lua, script_call.arguments);
        lua_call(lua, 2, 1);
    }
}

// In the environment of the function on top of the stack. What is in the other one is of an earlier call.
void LuaState::set_arguments(lua_State* lua, const ScriptCall& script_call) {
    lua_getfenv(lua, -1);
    const bool direct = lua_rawequal(lua, -1, kDirectEnvironment) != 0;
    lua_pop(lua, 1);
    const int environment = direct ? kDirectEnvironment : kGlobals;
    const int other = direct ? kGlobals : kDirectEnvironment;
    if (std::exchange(arguments_in_, environment) == other) {
        for (const int name : {kKeysName, kArgumentsName}) {
            lua_pushvalue(lua, name);
            lua_pushnil(lua);
            lua_rawset(lua, other);
        }
    }
    lua_pushvalue(lua, kKeysName);
    push_strings(lua, script_call.keys);
    lua_rawset(lua, environment);
    lua_pushvalue(lua, kArgumentsName);
    push_strings(lua, script_call.arguments);
    lua_rawset(lua, environment);
    has_large_arguments_ = memory_.largest() > kLargeArguments;
}

void LuaState::forget_arguments() {
    has_large_arguments_ = false;
    arguments_in_ = 0;
    // perform() alone knows the tables: its upvalues can be had from outside, too.
    for (const int environment : {1, 4}) {
        lua_getupvalue(lua_, kPerform, environment);
        for (const int name : {2, 3}) {
            lua_getupvalue(lua_, kPerform, name);
            lua_pushnil(lua_);
            lua_rawset(lua_, -3);
        }
    }
    lua_settop(lua_, kPerform);
}

void* LuaState::allocate(void* self, void* block, std::size_t old_size, std::size_t new_size) {
    auto& state = *static_cast<LuaState*>(self);
    void* moved = state.memory_.reallocate(block, old_size, new_size);
    if (state.memory_.wants_attention() && state.running_ && !state.alerted_) [[unlikely]] {
        state.alerted_ = true;
        lua_sethook(state.coroutine_, on_count, LUA_MASKCOUNT, 1);
    }
    return moved;
}

// The sooner, the more an instruction can do.
int LuaState::instructions_unattended() const {
    const std::size_t instructions = kMostBytesUnattended / (memory_.largest() + 1);
    return static_cast<int>(std::clamp<std::size_t>(instructions, 1, kMostInstructionsUnattended));
}

void LuaState::set_hook(lua_State* lua, int instructions) {
    lua_sethook(lua, on_count, LUA_MASKCOUNT, instructions);
}

void LuaState::on_count(lua_State* lua, lua_Debug*) {
    LuaState& state = of(lua);
    state.alerted_ = false;
    state.set_hook(lua, state.instructions_unattended());
    state.attend(lua);
}

void LuaState::attend(lua_State* lua) {
    steps_ = 0;
    raise_if_ending(lua);
    if (memory_.wants_collection()) collect(lua);
    memory_.attended();
    if (watch_ == nullptr) return;
    if (auto reason = watch_->reason_to_end()) end_now(lua, *std::move(reason));
}

void LuaState::end_now(lua_State* lua, std::string reason) {
    end(lua, std::move(reason));
    raise_end(lua);
}

void LuaState::collect(lua_State* lua) {
    // A collection moves Lua's table of strings into a smaller one.
    memory_.enforce(false);
    lua_gc(lua, LUA_GCCOLLECT, 0);
    if (collector_stopped_) lua_gc(lua, LUA_GCSTOP, 0);
    memory_.enforce(running_);
    memory_.look_ahead();
}

void LuaState::end(lua_State* lua, std::string reason) {
    ending_ = true;
    end_ = ScriptError();
    end_.message = std::move(reason);
    lua_Debug activation;
    for (int level = 0; level < 3 && lua_getstack(lua, level, &activation) != 0; ++level) {
        lua_getinfo(lua, "Sl", &activation);
        if (activation.currentline < 0) continue;
        end_.source = activation.source;
        end_.line = std::to_string(activation.currentline);
        return;
    }
}

// No message, which would need memory: take_error() knows it.
void LuaState::raise_end(lua_State* lua) {
    set_hook(lua, 1);
    lua_pushlightuserdata(lua, &end_);
    lua_error(lua);
    std::abort();  // lua_error() does not return.
}

bool LuaState::is_stack_deep() const {
    return stack_ - static_cast<const char*>(__builtin_frame_address(0)) > kMostStack;
}

void LuaState::check_stack(lua_State* lua) {
    if (is_stack_deep()) luaL_error(lua, "C stack overflow");
}

int LuaState::resume(lua_State* from, lua_State* coroutine, int arguments) {
    constexpr std::size_t kSteps = 200;  // What the coroutine does counts for itself, and is not much.
    check_stack(from);
    if (std::exchange(alerted_, false)) attend(from);
    spend(from, kSteps);
    const int instructions = instructions_unattended();
    if (lua_gethookcount(coroutine) != instructions) set_hook(coroutine, instructions);
    lua_setlevel(from, coroutine);
    coroutine_ = coroutine;
    const int status = lua_resume(coroutine, arguments);
    coroutine_ = from;
    raise_if_ending(from);
    if (std::exchange(alerted_, false)) attend(from);
    return status;
}

bool LuaState::reserve_stack(lua_State* coroutine, int slots) {
    memory_.enforce(false);
    const bool reserved = lua_checkstack(coroutine, slots) != 0;
    memory_.enforce(running_);
    return reserved;
}

std::size_t LuaState::memory_left(lua_State* lua) {
    if (memory_.wants_collection()) collect(lua);
    return memory_.left();
}

std::size_t memory_left(lua_State* lua) {
    return LuaState::of(lua).memory_left(lua);
}

void check_interrupt(lua_State* lua) {
    LuaState::of(lua).attend(lua);
}

}  // namespace pongo

// The Lua state in which the scripts of one reactor run, one call at a time; and what libraries need of it.
//
// Invariants:
//  1. What a script cannot have made itself (globals, libraries, metatables of theirs) it cannot change: it
//     sees read-only stand-ins (lua_protection.h), or cannot hold on to it (direct_environment.h). Only KEYS
//     and ARGV change, from call to call.
//  2. Whatever a script does, its watch is asked every few milliseconds. Every loop whose length a script
//     decides calls check_interrupt() or LuaState::spend(); other C functions take time in proportion to the
//     blocks of memory they work on, and the bigger these are, the fewer instructions are run between two
//     questions.
//  3. Once the watch says that the script must end, no further instruction of it is run: everything that
//     catches errors (pcall, xpcall, coroutines, load) raises this one again. Who calls lua_pcall() in a C
//     function has to call check_interrupt() after it.
//  4. Between two calls the state is as new, but for what functions keep in their upvalues, and libraries in
//     their options.
//
// Lua raises errors as C++ exceptions: destructors run, nobody may swallow them. Outside of run() and call()
// nothing may be done with the lua_State that can raise an error.
// Thread rule: one thread uses a state; memory_used() may be called by any.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "lua/lua.h"
#include "lua/lua_memory.h"
#include "lua/lua_random.h"

namespace pongo {

// Bytes that the state may still allocate. May collect garbage to find more.
std::size_t memory_left(lua_State* lua);

// Raises a Lua error if the script must end. To be called every few thousand steps of any loop whose length
// a script decides, and after every lua_pcall().
void check_interrupt(lua_State* lua);

// Knows when a script must end.
class ScriptWatch {
  public:
    // Asked again and again while a script runs: the message of the error that ends it, nothing to go on. May
    // take its time, but must use neither the state nor exceptions.
    virtual std::optional<std::string> reason_to_end() = 0;

  protected:
    ~ScriptWatch() = default;
};

// An error that the script did not catch.
struct ScriptError {
    // With its code, as in "ERR user_script:1: foo".
    std::string message;
    // Where it came from, as in "@user_script" and "1"; empty if nobody knows.
    std::string source;
    std::string line;
    // Whether the error is in the statistics already: the script passed on the error reply of a command.
    bool counted = false;
    // An error that came from Lua itself while it handled another or had no memory: Redis words it
    // differently.
    bool raw = false;
};

struct ScriptCall {
    // As compile() gave it, or luaL_ref() in the registry.
    int function;
    std::span<const std::string_view> keys;
    std::span<const std::string_view> arguments;
    // Either in the globals KEYS and ARGV, with random numbers beginning anew, as for EVAL; or as the two
    // parameters.
    enum class Passing { kGlobals, kParameters } passing = Passing::kGlobals;
};

class LuaState {
  public:
    static constexpr std::size_t kDefaultMemoryLimit = std::size_t{256} << 20;

    explicit LuaState(std::size_t memory_limit = kDefaultMemoryLimit);
    ~LuaState();
    LuaState(const LuaState&) = delete;
    LuaState& operator=(const LuaState&) = delete;

    static LuaState& of(lua_State* lua) {
        void* self = nullptr;
        lua_getallocf(lua, &self);
        return *static_cast<LuaState*>(self);
    }

    // Adds a library under a global name. `open` leaves its table on the stack, and may raise errors. The
    // tables in the table are read-only, too.
    void add_library(const char* name, const std::function<void(lua_State*)>& open);
    // Adds a global function.
    void add_function(const char* name, lua_CFunction function);
    void remove_global(const char* name);

    // A function made of the source, which will be called `chunk_name` in errors (as "@user_script"); or
    // nothing, and what is wrong with the source. Bytecode is not accepted.
    std::optional<int> compile(std::string_view source, const char* chunk_name, std::string& error);
    void release(int function);

    // Calls the function under the watch; `use_result(lua)` finds its only result on top of the stack and may
    // raise errors as well.
    template <typename UseResult>
    std::optional<ScriptError> call(const ScriptCall& script_call, ScriptWatch* watch,
                                    UseResult&& use_result) {
        return run(watch, [&](lua_State* lua) {
            enter(lua, script_call);
            use_result(lua);
        });
    }

    // Runs body(lua), which may do anything with the state, in a protected call, the stack being its own.
    // REQUIRES: nothing is run already.
    template <typename Body>
    std::optional<ScriptError> run(ScriptWatch* watch, Body&& body) {
        using Target = std::remove_reference_t<Body>;
        return run(watch,
                   Task{[](void* target, lua_State* lua) { (*static_cast<Target*>(target))(lua); }, &body});
    }

    lua_State* lua() const { return lua_; }
    bool running() const { return running_; }
    // Collects all garbage between two calls: of functions that were released, for instance.
    void tidy_up();
    std::size_t memory_used() const { return memory_.used(); }
    std::size_t memory_limit() const { return memory_.limit(); }

    // The following is for the functions that scripts call.

    // To be told of the steps of loops, a few nanoseconds each. Raises an error if the script must end.
    void spend(lua_State* lua, std::size_t steps) {
        steps_ += steps;
        if (steps_ >= kStepsUnattended) attend(lua);
    }
    // Looks after memory and interruption. Raises an error if the script must end, or if there is no memory.
    void attend(lua_State* lua);
    // Ends the script as its watch would.
    [[noreturn]] void end_now(lua_State* lua, std::string reason);
    void raise_if_ending(lua_State* lua) {
        if (ending_) [[unlikely]]
            raise_end(lua);
    }
    bool ending() const { return ending_; }
    // Whether little of the stack of the thread is left: to be asked before anything that may recur.
    bool is_stack_deep() const;
    // Raises an error then.
    void check_stack(lua_State* lua);
    // lua_resume() of a coroutine that may be resumed; raises an error if the script must end.
    int resume(lua_State* from, lua_State* coroutine, int arguments);
    // See memory_left() above.
    std::size_t memory_left(lua_State* lua);
    // lua_checkstack() of a coroutine, where Lua could not tell of missing memory.
    bool reserve_stack(lua_State* coroutine, int slots);
    // Collects all garbage.
    void collect(lua_State* lua);
    // The script has changed how garbage is collected; that ends with the call.
    void collector_changed(bool stopped) {
        collector_changed_ = true;
        collector_stopped_ = stopped;
    }
    bool collector_stopped() const { return collector_stopped_; }
    LuaRandom& random() { return random_; }

  private:
    struct Task {
        void (*function)(void* target, lua_State* lua);
        void* target;
    };

    static constexpr std::size_t kStepsUnattended = 20'000;

    static void* allocate(void* self, void* block, std::size_t old_size, std::size_t new_size);
    static void on_count(lua_State* lua, lua_Debug* activation);
    static int perform(lua_State* lua);

    void open_libraries();
    static void choose_environment(lua_State* lua);
    std::optional<ScriptError> run(ScriptWatch* watch, Task task);
    void enter(lua_State* lua, const ScriptCall& script_call);
    void set_arguments(lua_State* lua, const ScriptCall& script_call);
    void forget_arguments();
    void finish();
    ScriptError take_error(int status);
    void set_hook(lua_State* lua, int instructions);
    int instructions_unattended() const;
    void end(lua_State* lua, std::string reason);
    [[noreturn]] void raise_end(lua_State* lua);

    LuaMemory memory_;
    std::size_t idle_memory_ = 0;  // What the last collection between two calls left.
    lua_State* lua_;
    LuaRandom random_;
    bool running_ = false;

    // Of the current run:
    lua_State* coroutine_ = nullptr;  // The one that is running: lua_ or a coroutine.
    ScriptWatch* watch_ = nullptr;
    const char* stack_ = nullptr;  // Where the thread's stack was.
    std::size_t steps_ = 0;
    bool alerted_ = false;  // The hook of coroutine_ is called at its next instruction, if it has one.
    bool ending_ = false;
    bool collector_changed_ = false;
    bool collector_stopped_ = false;
    bool has_large_arguments_ = false;
    int arguments_in_ = 0;  // Which environment of scripts has KEYS and ARGV, if one has.
    ScriptError end_;
};

}  // namespace pongo

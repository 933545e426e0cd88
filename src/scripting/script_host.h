// Where the scripts of one reactor run: a Lua state with the library `redis`, and what a script needs to run
// commands. EVAL has one, functions have another.
//
// How a script stays atomic on many cores:
//
//  1. It begins under the locks of the keys that it declares; under none if it declares none. One that
//     reached beyond its keys in an earlier run, or took all locks for its first change, begins with all;
//     so does a function with upvalues that was not proven to keep to its keys.
//  2. A command that needs further shards takes them as well, and all are held until the script ends. A
//     script without keys takes all shards with its first command that has a key.
//  3. A script takes all locks before it changes anything, or writes to the log, unless it was proven that it
//     keeps to the keys that it declares (see key_proof.h) and it has done so until then: it will need no
//     others.
//  4. If locks are busy and the script has done none of that yet, it is broken off, and runs again from its
//     beginning under all locks. Nobody has noticed, but for statistics: while there are monitors, a script
//     that may be broken off begins under all locks.
//  5. Every command is looked at nevertheless. Were a proof wrong, and locks missing after a change, the
//     script would wait for them without letting go (see KeyLocks::add_while_held()), and end with an error
//     if another one waited for its own in the same way.
//  6. What it has changed is one unit, told to others when it ends.
//
// Thread rule: the reactor's, but for memory_used().
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/call.h"
#include "engine/running_scripts.h"
#include "keyspace/key_locks.h"
#include "lua/lua_state.h"
#include "resp/reply_buffer.h"
#include "scripting/script.h"
#include "scripting/shared_json_options.h"

namespace pongo {

class ScriptHost final : public LuaState, private ScriptWatch {
  public:
    // `json` is what all hosts of this kind share.
    ScriptHost(Engine& engine, std::size_t reactor, RunningScript::Kind kind, SharedJsonOptions& json);

    static ScriptHost& of(lua_State* lua) { return static_cast<ScriptHost&>(LuaState::of(lua)); }

    // One run of a script, or of a function.
    struct Run {
        RunningScript::Kind kind;
        std::string_view name;  // As errors show it.
        ScriptCall script;
        std::uint32_t flags;  // ScriptFlag
        bool read_only;       // Called by EVAL_RO or FCALL_RO.
        bool keeps_to_keys;   // Proven: see key_proof.h.
        ScriptHabits& habits;
    };
    // Runs it for the client of the call, to which its result or error is the reply.
    void run(Call& call, const Run& run);

    // The rest is for the library.
    // The command of the arguments on the stack, from the first on. Leaves its reply as a value, which is a
    // table for an error: true then.
    bool call_command(lua_State* lua);
    // What is wrong with the arguments on the stack as the words of a command; empty if it is known.
    std::string_view objection_to_command(lua_State* lua);
    void set_protocol(Protocol protocol) { stand_in_.protocol = protocol; }
    void set_propagation(PropagateTo to) { propagates_to_ = to; }
    // Somebody is about to notice that the script runs: from now on it is not broken off any more.
    void prepare_to_be_noticed(lua_State* lua);

  private:
    enum class Outcome : std::uint8_t { Done, BrokenOff };

    std::optional<std::string> reason_to_end() override;
    Outcome attempt(Call& call, const Run& run);
    bool may_run(Call& call, const Run& run) const;
    void reply_error(Call& call, const Run& run, const ScriptError& error);
    bool take_arguments(lua_State* lua);
    std::string refusal(const Command* command) const;
    bool lacks_room() const;
    ShardSet all_shards() const { return ShardSet::all(engine_.keyspace().shards()); }
    bool acquire_all(Call& call);
    void lock(lua_State* lua, const Command& command);
    // The script has all the locks that it will need, or is broken off here.
    void keep_going(lua_State* lua);
    void wait_for(lua_State* lua, const ShardSet& shards);
    [[noreturn]] void break_off(lua_State* lua);
    bool refuse(lua_State* lua, const Command* command, std::string_view error);
    void redirect_effects(std::size_t from);

    Engine& engine_;
    SharedJsonOptions& shared_json_;
    SharedJsonOptions::Copy json_;  // Of the current run, and what it has set.
    Session stand_in_;              // Of the script, in its commands.
    Request request_;
    std::string numbers_;  // Arguments that were numbers.
    ReplyBuffer reply_;    // Of the command.

    // Of the current run:
    Call* caller_ = nullptr;
    const Run* run_ = nullptr;
    RunningScript* running_ = nullptr;
    PropagateTo propagates_to_ = PropagateTo::All;
    ShardSet declared_;  // The shards of its keys.
    bool reached_beyond_ = false;
    bool needs_all_shards_ = false;
    bool broken_off_ = false;
};

// Open the library `redis` for scripts of EVAL, for functions, and for what runs while a library of functions
// is loaded: each leaves its table on the stack.
void open_redis(lua_State* lua);
void open_redis_of_functions(lua_State* lua);
void open_redis_of_libraries(lua_State* lua);

}  // namespace pongo

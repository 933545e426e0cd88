#include "scripting/script_host.h"

#include <charconv>
#include <cmath>
#include <cstdio>
#include <system_error>
#include <utility>

#include "base/clock.h"
#include "base/escape.h"
#include "base/log.h"
#include "engine/executor.h"
#include "engine/gates.h"
#include "lua/bit.h"
#include "lua/json.h"
#include "lua/lua_libraries.h"
#include "lua/msgpack.h"
#include "lua/struct.h"
#include "scripting/conversions.h"

namespace pongo {
namespace {

// What a command of a script costs, in steps of which a script is looked at every few thousand.
constexpr std::size_t kStepsPerCommand = 200;
// Memory that one huge reply or request took is not kept.
constexpr std::size_t kKeptBytes = std::size_t{64} << 10;
constexpr std::size_t kNumberRoom = 32;

constexpr std::string_view kEnding = "ERR the server is shutting down";
constexpr std::string_view kNoArgument = "ERR Please specify at least one argument for this redis lib call";
constexpr std::string_view kWrongArgument = "ERR Lua redis lib command arguments must be strings or integers";

// The value of a script as the reply to its caller.
class ReplyToCaller final : public ScriptReply {
  public:
    ReplyToCaller(Call& call, Protocol protocol) : ScriptReply(call.reply(), protocol), call_(call) {}

  protected:
    void error(std::string_view message, bool counted) override {
        writer().error(message);
        // One that is in the statistics of errors already fails each time, others fail together.
        if (counted || !has_failed_) call_.executor().stats().commands[call_.command().index].failed.add();
        if (counted) return;
        has_failed_ = true;
        call_.count_error(message);
    }

  private:
    Call& call_;
    bool has_failed_ = false;
};

// Why a script that says that it writes may not begin.
std::string denial_of_writes(const DataSet& data_set) {
    constexpr std::string_view kBlocked =
        ", but it's currently unable to persist to disk. Writable scripts are blocked. Use 'no-writes' flag "
        "for read only scripts.";
    std::string text = "MISCONF Redis is configured to ";
    if (const int error = data_set.append_error; error != 0 && !data_set.save_failed) {
        return text.append("persist data to AOF").append(kBlocked).append(" AOF error: ") +
               std::generic_category().message(error);
    }
    return text.append("save RDB snapshots").append(kBlocked);
}

// As printf's %.17g.
std::size_t write_number(char* to, lua_Number number) {
    constexpr lua_Number kExactIntegers = 1e15;
    if (std::abs(number) < kExactIntegers && number == std::trunc(number) && !std::signbit(number)) {
        return static_cast<std::size_t>(
            std::to_chars(to, to + kNumberRoom, static_cast<std::int64_t>(number)).ptr - to);
    }
    return static_cast<std::size_t>(std::snprintf(to, kNumberRoom, "%.17g", number));
}

}  // namespace

ScriptHost::ScriptHost(Engine& engine, std::size_t reactor, RunningScript::Kind kind, SharedJsonOptions& json)
    : engine_(engine), shared_json_(json), stand_in_(0, nullptr, reactor) {
    stand_in_.peer_address = "lua";
    stand_in_.must_not_block = true;
    stand_in_.is_script = true;
    if (kind == RunningScript::Kind::Function) {
        add_library("redis", open_redis_of_functions);
        remove_global(kErrorHandlerName);
    } else {
        add_library("redis", open_redis);
    }
    add_library("cjson", [this](lua_State* lua) { open_json(lua, json_.options); });
    add_library("cmsgpack", open_msgpack);
    add_library("struct", open_struct);
    add_library("bit", open_bit);
}

void ScriptHost::run(Call& call, const Run& run) {
    call.propagate_nothing();  // But what its commands say.
    if (!may_run(call, run)) return;
    declared_ = call.executor().locks().held();
    // Monitors are shown each command once.
    const bool may_be_broken_off = !run.keeps_to_keys && engine_.monitors().any();
    const bool takes_all = run.habits.needs_all_shards() || may_be_broken_off;
    if (takes_all && !acquire_all(call)) return call.fail(engine_.running_scripts().busy_error());
    if (attempt(call, run) == Outcome::Done) return;
    if (!acquire_all(call)) return call.fail(engine_.running_scripts().busy_error());
    attempt(call, run);
}

bool ScriptHost::acquire_all(Call& call) {
    Executor& executor = call.executor();
    const bool acquired = executor.locks().acquire(all_shards());
    executor.see_whether_time_has_passed();
    return acquired;
}

// What says of itself what it does is looked at before it runs.
bool ScriptHost::may_run(Call& call, const Run& run) const {
    const bool declares_writes = (run.flags & Unflagged) == 0 && (run.flags & NoWrites) == 0;
    if (declares_writes && run.read_only) {
        call.fail("ERR Can not execute a script with write flag using *_ro command.");
    } else if (declares_writes && !engine_.write_denial().empty()) {
        call.fail(denial_of_writes(engine_.data_set()));
    }
    return !call.failed();
}

ScriptHost::Outcome ScriptHost::attempt(Call& call, const Run& run) {
    RunningScript running{run.kind, run.name, call.args(), call.executor().last_look_us()};
    stand_in_.db = call.session().db.get();
    stand_in_.protocol = Protocol::Resp2;
    stand_in_.authenticated = true;
    propagates_to_ = PropagateTo::All;
    reached_beyond_ = needs_all_shards_ = broken_off_ = false;
    const bool in_exec = call.session().must_not_block;  // Which is not left half done.
    if (!engine_.running_scripts().begin(stand_in_.reactor, running, in_exec)) {
        call.fail(kEnding);
        return Outcome::Done;
    }
    caller_ = &call;
    run_ = &run;
    running_ = &running;
    shared_json_.update(json_);
    const JsonOptions json = json_.options;
    const auto error = LuaState::call(
        run.script, this, [&](lua_State* lua) { ReplyToCaller(call, stand_in_.protocol).write(lua); });
    engine_.running_scripts().end(stand_in_.reactor);
    caller_ = nullptr;
    run_ = nullptr;
    running_ = nullptr;
    if (broken_off_) {
        json_.options = json;
        return Outcome::BrokenOff;
    }
    if (json_.options != json) shared_json_.set_changed(json, json_.options);
    if (needs_all_shards_ || reached_beyond_) run.habits.note_need_of_all_shards();
    if (error) reply_error(call, run, *error);
    return Outcome::Done;
}

void ScriptHost::reply_error(Call& call, const Run& run, const ScriptError& error) {
    std::string text;
    if (error.raw) {
        constexpr std::size_t kMostQuoted = 100;
        text =
            "ERR Error running script " + std::string(run.name) + ", " + error.message.substr(0, kMostQuoted);
    } else {
        text = until_nul(error.message);
        if (!error.source.empty() && !error.line.empty()) {
            text += " script: " + std::string(run.name) + ", on " + error.source + ":" + error.line + ".";
        }
    }
    error.counted ? call.fail_counted(text) : call.fail(text);
}

std::optional<std::string> ScriptHost::reason_to_end() {
    RunningScripts& scripts = engine_.running_scripts();
    if (scripts.ending()) return std::string(kEnding);
    if (running_->state == RunningScript::State::Killed)
        return "ERR Script killed by user with SCRIPT KILL...";
    const std::int64_t threshold_ms = engine_.settings().busy_reply_threshold_ms;
    const std::int64_t elapsed_ms = (monotonic_us() - running_->started_us) / kUsPerMs;
    if (threshold_ms <= 0 || elapsed_ms < threshold_ms) return std::nullopt;
    if (!running_->is_busy) {
        const bool is_function = running_->kind == RunningScript::Kind::Function;
        log_warning("Slow script detected: still in execution after ", elapsed_ms,
                    " milliseconds. You can try killing the script using the ",
                    is_function ? "FUNCTION KILL" : "SCRIPT KILL", " command. Script name is: ", run_->name,
                    ".");
        scripts.become_busy(*running_);
    }
    caller_->session().link->serve_others();
    return std::nullopt;
}

// Into request_; false if one of them can't be an argument.
bool ScriptHost::take_arguments(lua_State* lua) {
    const int count = lua_gettop(lua);
    request_.clear();
    numbers_.resize(static_cast<std::size_t>(count) * kNumberRoom);
    char* room = numbers_.data();
    for (int i = 1; i <= count; ++i) {
        if (lua_type(lua, i) == LUA_TNUMBER) {
            const std::size_t size = write_number(room, lua_tonumber(lua, i));
            request_.args.emplace_back(room, size);
            room += kNumberRoom;
            continue;
        }
        if (lua_type(lua, i) != LUA_TSTRING) return false;
        std::size_t size = 0;
        const char* const bytes = lua_tolstring(lua, i, &size);
        request_.args.emplace_back(bytes, size);
    }
    return true;
}

std::string_view ScriptHost::objection_to_command(lua_State* lua) {
    if (lua_gettop(lua) == 0) return kNoArgument;
    if (!take_arguments(lua)) return kWrongArgument;
    const Command* const command = engine_.commands().find(request_.args);
    const bool is_known = command && !command->lacks_subcommand(request_.args.size());
    return is_known ? std::string_view() : "ERR Invalid command passed to redis.acl_check_cmd()";
}

bool ScriptHost::call_command(lua_State* lua) {
    spend(lua, kStepsPerCommand);
    if (lua_gettop(lua) == 0 || !take_arguments(lua)) {
        push_error(lua, "-" + std::string(lua_gettop(lua) == 0 ? kNoArgument : kWrongArgument));
        return true;
    }
    const Command* const command = engine_.commands().find(request_.args);
    if (const std::string error = refusal(command); !error.empty()) return refuse(lua, command, error);
    lock(lua, *command);

    const std::size_t told = caller_->executor().unit().commands.size();
    reply_.clear();
    caller_->executor().run_inner(stand_in_, caller_->session(), *command, request_, reply_);
    if (propagates_to_ != PropagateTo::All) redirect_effects(told);
    if (reply_.has_splices()) {
        push_reply(lua, reply_.to_string());
    } else {
        push_reply(lua, reply_.flat());
    }
    const bool is_error = reply_.flat().starts_with('-');
    if (reply_.memory() > kKeptBytes) reply_ = {};
    if (numbers_.size() > kKeptBytes) numbers_ = {};
    return is_error;
}

// Why the script must not run the command; empty if it may.
std::string ScriptHost::refusal(const Command* command) const {
    if (!command) return "ERR Unknown Redis command called from script";
    if (!command->spec->arity.accepts(request_.args.size())) {
        return "ERR Wrong number of args calling Redis command from script";
    }
    if (command->lacks_subcommand(request_.args.size()))
        return "ERR Unknown Redis command called from script";
    if (command->is(NoScript)) return "ERR This Redis command is not allowed from script";
    if (command->is(Write) || command->is(MayReplicate)) {
        if (run_->read_only || (run_->flags & NoWrites) != 0) {
            return "ERR Write commands are not allowed from read-only scripts.";
        }
        if (std::string denial = engine_.write_denial(); !denial.empty()) return denial;
    }
    if (command->is(DenyOom) && lacks_room()) return std::string(errors::kOutOfMemory);
    return {};
}

// What has begun to write may come to its end.
bool ScriptHost::lacks_room() const {
    return caller_->executor().lacks_room() && (run_->flags & AllowOom) == 0 &&
           running_->state != RunningScript::State::Writing;
}

bool ScriptHost::refuse(lua_State* lua, const Command* command, std::string_view error) {
    caller_->count_error(error);
    if (command && !command->lacks_subcommand(request_.args.size())) {
        caller_->executor().stats().commands[command->index].rejected.add();
    }
    push_counted_error(lua, "-" + std::string(error));
    return true;
}

// What is needed for the command in request_; see the top of the header.
void ScriptHost::lock(lua_State* lua, const Command& command) {
    Executor& executor = caller_->executor();
    KeyLocks& locks = executor.locks();
    const ShardSet needed = executor.locate(command, request_);
    const bool is_reading = running_->state != RunningScript::State::Writing;
    reached_beyond_ = reached_beyond_ || !declared_.contains(needed);
    if (!locks.held().contains(needed)) {
        if (locks.held().empty()) {
            if (!acquire_all(*caller_)) end_now(lua, std::string(engine_.running_scripts().busy_error()));
        } else if (is_reading) {
            if (!locks.try_add(needed)) break_off(lua);
        } else {
            wait_for(lua, needed);
        }
    }
    if (!command.is(Write) && !command.is(MayReplicate)) return;
    keep_going(lua);
    if (!running_->may_write()) attend(lua);  // It was killed.
}

void ScriptHost::keep_going(lua_State* lua) {
    const bool is_trusted = run_->keeps_to_keys && !reached_beyond_;
    if (is_trusted || running_->state == RunningScript::State::Writing) return;
    needs_all_shards_ = true;
    if (!caller_->executor().locks().try_add(all_shards())) break_off(lua);
}

void ScriptHost::prepare_to_be_noticed(lua_State* lua) {
    if (run_) keep_going(lua);
}

// Meanwhile the script may become busy, or be ended.
void ScriptHost::wait_for(lua_State* lua, const ShardSet& shards) {
    KeyLocks& locks = caller_->executor().locks();
    for (;;) {
        switch (locks.add_while_held(shards)) {
            case KeyLocks::AddedToHeld::Yes:
                return;
            case KeyLocks::AddedToHeld::TryAgain:
                attend(lua);
                break;
            case KeyLocks::AddedToHeld::Never:
                end_now(lua, "ERR the script reached beyond its keys, where another one waited for them");
        }
    }
}

void ScriptHost::break_off(lua_State* lua) {
    broken_off_ = true;
    end_now(lua, {});
}

// What the command had told to copies of the data set goes where redis.set_repl() has said.
void ScriptHost::redirect_effects(std::size_t from) {
    std::vector<PropagatedCommand>& commands = caller_->executor().unit().commands;
    for (std::size_t i = from; i < commands.size(); ++i) commands[i].to = propagates_to_;
    if (propagates_to_ == PropagateTo::Nobody) {
        commands.erase(commands.begin() + static_cast<std::ptrdiff_t>(from), commands.end());
    }
}

}  // namespace pongo

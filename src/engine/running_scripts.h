// The scripts that run at this moment, at most one per reactor, and how they are ended.
//
// Words: a script is *busy* once it has run for longer than busy-reply-threshold. From then on its own
// reactor looks after its other clients meanwhile, and all clients of the server are told BUSY, but for
// commands that may come in between (SCRIPT KILL, SHUTDOWN NOSAVE ...).
//
// Thread rule: any thread, unless said otherwise.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/spin_lock.h"
#include "keyspace/keyspace.h"

namespace pongo {

// One of them. Made and ended by the reactor that runs it.
struct RunningScript {
    enum class Kind : std::uint8_t { Eval, Function };

    Kind kind;
    std::string_view name;                      // Of the function.
    std::span<const std::string_view> command;  // The request that runs it.
    std::int64_t started_us;                    // Of the monotonic clock.
    std::atomic<bool> is_busy{false};           // Set by its own thread.

    // A script that has written can't be killed, and one that is killed must not write.
    enum class State : std::uint8_t { Reading, Writing, Killed };
    std::atomic<State> state{State::Reading};
    // To be asked by its own thread before it writes: false if it is killed.
    bool may_write() { return leave_reading_for(State::Writing); }
    // False if it has written.
    bool kill() { return leave_reading_for(State::Killed); }

  private:
    bool leave_reading_for(State next) {
        State now = State::Reading;
        return state.compare_exchange_strong(now, next) || now == next;
    }
};

class RunningScripts {
  public:
    RunningScripts(std::size_t reactors, Keyspace& keyspace) : keyspace_(keyspace), slots_(reactors) {}

    // On the reactor's thread. False if none may begin any more, but for one that must; then it must not be
    // ended either.
    [[nodiscard]] bool begin(std::size_t reactor, RunningScript& script, bool must = false);
    void end(std::size_t reactor);
    // It runs for so long now that others should not wait for it.
    void become_busy(RunningScript& script);

    // Whether there are busy ones.
    bool busy() const { return keyspace_.long_holders().load(std::memory_order_relaxed) > 0; }
    // What clients are told then.
    std::string_view busy_error() const;
    // Whether there are busy ones of EVAL.
    bool busy_with_eval() const { return keyspace_.long_holders().load() > busy_functions_.load(); }

    // Ends the busy ones of a kind; if there are none, the one that has run longest. Redis's error if that
    // can't be, also where a script of the other kind is the busy one.
    std::optional<std::string_view> kill(RunningScript::Kind kind);

    // The server is about to stop: none begins any more.
    void refuse_new() { refusing_ = true; }
    // It does not stop after all.
    void accept_again() { refusing_ = false; }
    bool refusing() const { return refusing_; }
    // Whether there are any.
    bool any();
    // The server stops without saving: all of them end, whatever they have written.
    void end_all() { ending_ = true; }
    bool ending() const { return ending_; }

    // Calls visit(script) for each function that runs.
    template <typename Visit>
    void for_each_function(Visit&& visit) {
        for (Slot& slot : slots_) {
            const std::lock_guard lock(slot.lock);
            if (slot.script && slot.script->kind == RunningScript::Kind::Function) visit(*slot.script);
        }
    }

  private:
    struct alignas(64) Slot {
        SpinLock lock;
        RunningScript* script = nullptr;
    };

    Keyspace& keyspace_;  // Whose long holders are the busy ones.
    std::atomic<int> busy_functions_{0};
    std::atomic<bool> refusing_{false};
    std::atomic<bool> ending_{false};
    std::vector<Slot> slots_;  // By reactor.
};

}  // namespace pongo

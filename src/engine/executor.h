// Runs requests: look up, gates, locks of the keys' shards, handler, commit of the unit. One per reactor.
//
// Thread rule: one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "engine/call.h"
#include "engine/engine.h"
#include "keyspace/eviction.h"
#include "keyspace/key_locks.h"

namespace pongo {

class Executor {
  public:
    // For the reactor of this index.
    explicit Executor(Engine& engine, std::size_t reactor = 0);
    // One that runs commands while a command of the other is busy, on the same thread.
    explicit Executor(const Executor& busy);

    // So many requests are worth looking ahead: their keys are fetched from memory while others still run.
    static constexpr std::size_t kBatch = 32;
    // That of a request that will run soon; a wrong guess costs little.
    struct ProbableKey {
        int db;
        std::string_view key;
    };
    // Of different clients, before the first of them runs; run() itself does this for those of one. REQUIRES:
    // at most kBatch.
    void fetch_ahead(std::span<const ProbableKey> keys);

    // Reads the clocks and the settings that go with them; to be called every few milliseconds.
    void refresh_time();
    // Of the last look at the clock: at most one run() old.
    std::int64_t now_ms() const { return context_.now_ms; }
    // To be called when locks were taken: who waited for them goes on at a later time.
    void see_whether_time_has_passed();
    std::int64_t last_look_us() const { return last_ns_ / kNsPerUs; }

    // Executes the requests in order. Returns how many are dealt with: fewer than all when the client must
    // wait (session.paused) or leaves (session.closing). Replies are appended to `replies`.
    std::size_t run(Session& session, std::span<Request> requests, ReplyBuffer& replies);

    // Removes keys whose time has come, in this executor's part of the shards, for at most `budget_us`. Goes
    // on with tables that are moving. Returns true if there is more to do at once.
    bool expire_cycle(std::size_t part, std::size_t parts, std::int64_t budget_us);

    // Removes keys for at most `budget_us` while more memory is in use than maxmemory allows. Returns true if
    // there is more to do at once.
    bool evict_cycle(std::int64_t budget_us);
    // Other clients have had their turn: commands may spend time on evictions again.
    void begin_turn();
    // Whether there was too little memory, and nothing to remove, when the command began that runs.
    bool lacks_room() const { return lacks_room_; }

    ExecutorStats& stats() { return stats_; }
    // Where bytes go for the client whose command runs, whether it wants a reply or not.
    ReplyBuffer& pushes() { return *replies_; }

    // On the reactor of a waiter that was claimed: takes it out of the queues, and answers its client. If
    // that is gone, `undo` is run, a command that brings back what the reply holds.
    void end_waiting(const std::shared_ptr<Waiter>& waiter, const BlobRef& reply,
                     const std::vector<std::string>& undo);

    // The log has come as far as the client waits for, or never will.
    void end_waiting_for_log(Session& session);

    // Does what a script that is not busy any more has kept from being done. REQUIRES: between commands.
    void catch_up();

    // Ends a client's waiting if its time is over.
    void time_out(Session& session, std::int64_t now_us);

    // Every command that runs on another thread while this is called has ended when it returns, and those
    // that begin later see what its caller did before. REQUIRES: no locks are held.
    void wait_for_others();

    // The same for who holds the locks of a transaction: at its end.
    void wait_for_others_later() { waits_for_others_ = true; }

    // For scripts, whose commands run one by one under locks that may grow on the way.
    KeyLocks& locks() { return locks_; }
    // The shards that a request needs. Call run_inner() for it next, or not at all.
    ShardSet locate(const Command& command, const Request& request);
    // Runs it for `script`, which stands in for the caller. REQUIRES: its shards are locked.
    void run_inner(Session& script, Session& caller, const Command& command, Request& request,
                   ReplyBuffer& replies);
    // Runs a command of a file once more: it is not counted, nobody hears of it, and nothing expires.
    // REQUIRES: its shards are locked.
    void replay(Session& session, const Command& command, Request& request);
    // What the next command will have told to copies of the data set, for who wants to take it back.
    Unit& unit() { return unit_; }

    // For EXEC: runs what is queued, and replies with an array of the replies. The locks for all of it are
    // held.
    void run_queue(Call& exec, Transaction& transaction);

  private:
    struct Served {
        std::shared_ptr<Waiter> waiter;
        BlobRef reply;
        std::vector<std::string> undo;
    };

    // A command of the server's own, of which no client hears but by what it does.
    struct OwnCommand {
        int db;
        std::vector<std::string> args;
    };

    // What is known of a request before it runs.
    struct Prepared {
        const Command* command = nullptr;
        KeyLocation at{};  // Of its single key; at.key.data() is null if it hasn't just one.
        const Database* database = nullptr;  // Where to look for that ahead.
    };

    void prepare(int db, std::span<Request> requests);
    void prefetch_entries(std::size_t count);
    void look_at_clock();
    void read_settings();
    void invoke(const Command& command, Call& call);
    // Runs it, and keeps the books of it for the client that it is done for. Returns what it took, in
    // nanoseconds.
    std::int64_t run_call(Call& call, Session& caller, const Command& command, const Request& request,
                          std::int64_t start_ns);
    void run_now(Session& session, const Command& command, Request& request);
    ReplyBuffer& reply_buffer(const Session& session);
    void begin_waiting(Session& session, const Command& command, Request& request, Wait&& wait,
                       std::int64_t spent_ns);
    // tell(), and serves those who waited for what the unit has brought.
    void commit();
    void serve_waiters(std::vector<TouchedKey> ready);
    std::shared_ptr<Waiter> waiter_for(const TouchedKey& key);
    void serve(const std::shared_ptr<Waiter>& waiter, std::string_view key);
    void hand_over_served();
    void deliver_by_way_of(std::size_t next, std::size_t origin, Served served);
    bool run_own(const OwnCommand& own);
    void note_reads(Session& session, const Command& command, const Request& request);
    void finish_tracking(Session& session, const Command* command);
    void add_to_queue(Session& session, const Command& command, Request& request);
    // False if it must wait after all.
    bool execute(Session& session, const Prepared& prepared, Request& request, ReplyBuffer& replies);
    bool must_queue(const Session& session, const Command& command) const {
        return session.transaction && !command.is(NotQueued);
    }
    // Why it must not change anything now; empty if it may, or doesn't.
    std::string write_denial(const Session& session, const Command& command, const Request& request) const;
    // While clients are paused, or writers wait for a snapshot or the append-only file.
    bool must_wait(const Session& session, const Command& command, const Request& request) const;
    // Its row's, or what the request says of itself.
    std::uint32_t flags_of(const Command& command, const Request& request) const;
    // Memory for what comes: there is enough, or soon will be, or nothing can be done.
    enum class Room : std::uint8_t { Enough, Soon, None };
    bool may_evict() const;
    Room make_room();
    Room evict_until_enough(std::int64_t patience);
    Room evict_one();
    Room note_room(Room room);
    void note_eviction(std::int64_t spent_us);
    bool needs_room(const Session& session, const Command& command, const Request& request) const;
    bool is_refused_for_memory(const Session& session, const Command& command, const Request& request);
    // Each is false if that would take long: a script is busy.
    bool lock_keys(const Session& session, const Prepared& prepared, const Request& request);
    // Hands the unit to the log.
    void tell();
    // Of the locks; and wakes the reactors that were told of something meanwhile.
    void let_go();
    bool lock_many_keys(int db, const CommandSpec& spec, const Request& request);
    bool lock_queue(const Session& session);
    // What was located for the last command.
    void forget_located();
    bool is_refused_as_busy(const Command& command) const;
    // Adds the shards of a request's keys.
    void add_shards(const Command& command, const Request& request, ShardSet& shards) const;
    void reject(const Command* command, const std::string& error, Session& session);
    // Returns it, in nanoseconds.
    std::int64_t note_duration(const Command& command, std::int64_t start_ns);
    void note_slowness(const Session& session, const Request& request, std::int64_t spent_ns);
    // Keys and fields of one database; returns true if there may be more.
    bool expire_some(const Database& database, int db);
    bool expire_shard(std::uint32_t shard, std::int64_t deadline_us);

    Engine& engine_;
    ExecutorStats& stats_;
    Unit unit_;
    AccessClock clock_;
    AccessContext context_;
    KeyLocks locks_;
    Eviction eviction_;
    std::int64_t evicting_us_ = 0;       // In this turn.
    std::int64_t tolerated_excess_ = 0;  // Bytes above the limit, as long as this turn lasts.
    bool lacks_room_ = false;
    const std::size_t reactor_;   // Its index.
    std::vector<Served> served_;  // Under the locks that are held.
    // What a busy script has kept from being done.
    std::vector<OwnCommand> owed_;
    std::vector<TouchedKey> unserved_;
    bool told_ = false;               // Of events, under the locks.
    bool waits_for_others_ = false;   // At the end of the command.
    ReplyBuffer* replies_ = nullptr;  // For the client whose command runs.
    ReplyBuffer dropped_;             // For what nobody wants.
    Prepared prepared_[kBatch];
    std::int64_t last_ns_ = 0;  // Of the monotonic clock: the end of one command is the start of the next.
    std::int64_t unix_offset_ns_ = 0;  // From the monotonic clock to Unix time.
};

}  // namespace pongo

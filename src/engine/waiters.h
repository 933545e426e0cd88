// Clients that wait: for a key (BLPOP and its kin), for replicas to follow (WAIT), or for the disk (WAITAOF).
//
// Words: a *waiter* is one client's command that found nothing; it *waits* at its keys. It is *claimed* once,
// by who ends its waiting: a command that has brought what it waits for, its timeout, CLIENT UNBLOCK, or its
// own client's leaving.
//
//   waiting ── claim(Served)  ──▶ its command ran on the thread that brought something; the reply is on its
//   way
//      ├────── claim(TimedOut) ─▶ replied null on its own reactor
//      ├────── claim(Unblocked) ▶ replied by CLIENT UNBLOCK's wish
//      └────── claim(Gone) ─────▶ nobody is there any more
//
//  1. A waiter is queued under the locks of all its keys, in the same step that found them empty: nothing
//  that comes
//     later is missed.
//  2. A queue belongs to the shard of its key, and is looked at under that shard's lock only. Who waits
//  longest stands
//     in front.
//  3. Whoever brings something serves who waits for it before he lets go of the locks, so nobody comes
//  between. (Only
//     if a waiter's command needs another shard's lock, which is busy, they are let go and all taken in
//     order; then everything is looked at anew.)
//  4. A waiter is only claimed to be served when its command will find something: there is no way back.
//  5. Queues may hold waiters that were claimed elsewhere; they are dropped when they are met.
//  6. Nobody waits for a busy shard to take a waiter out of its queues: that is tried again later.
//  7. What was taken for a client that turns out to be gone goes back to where it was taken from, as a
//  command of its own: of several such clients, in the order in which that is noticed; and also if the key
//  was removed meanwhile. Who has gone before it is served is noticed at once, but for the moment that its
//  reactor is busy with another command.
//
// Thread rule: as said; claim() on any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/command_table.h"
#include "keyspace/keyspace.h"
#include "resp/reply_writer.h"
#include "resp/request_parser.h"
#include "values/payload.h"

namespace pongo {

class EffectLog;
class Entry;

// Whether a waiting command would find something now, with this entry at one of its keys; nullptr if there is
// none. Asked under the lock of the key's shard, on any thread.
using WouldFind = std::function<bool(std::string_view key, const Entry* entry)>;

// What who waited is told at the end, if no command serves him; by default, null. On its reactor.
using ReplyInVain = std::function<void(ReplyWriter& reply)>;

class Waiter {
  public:
    enum class State : std::uint8_t { Waiting, Served, TimedOut, Unblocked, Gone };

    std::uint64_t session = 0;
    std::size_t reactor = 0;
    int db = 0;
    Protocol protocol = Protocol::Resp2;
    const Command* command = nullptr;
    Request request = {};  // With its own storage.
    Type type = Type::List;
    WouldFind would_find = {};           // If there is none: any value of the type.
    std::vector<std::string> keys = {};  // None for WAIT and WAITAOF.
    // Views of the request: keys that the command needs beside those it waits for.
    std::vector<std::string_view> further_keys = {};
    bool is_answered = false;      // By whoever has served it.
    std::int64_t spent_ns = 0;     // By the command so far.
    std::size_t removed_from = 0;  // So many of its keys' queues.
    std::int64_t deadline_us = 0;  // Of the monotonic clock; 0: never.
    // It waits until so much of the log is on disk (WAITAOF).
    std::optional<std::uint64_t> log_position = {};
    ReplyInVain in_vain = {};

    // What the client gets if nothing came.
    BlobRef reply_in_vain() const;
    State state() const { return state_.load(std::memory_order_acquire); }
    bool waits() const { return state() == State::Waiting; }
    bool would_find_at(std::string_view key, const Entry* entry) const;
    // True for exactly one caller.
    bool claim(State state) {
        State expected = State::Waiting;
        return state_.compare_exchange_strong(expected, state, std::memory_order_acq_rel);
    }

  private:
    std::atomic<State> state_{State::Waiting};
};

// How a command ends up waiting: told by its handler, done by its executor.
struct Wait {
    Type type = Type::List;
    std::vector<std::string> keys = {};
    std::int64_t timeout_ms = 0;  // 0: for ever.
    WouldFind would_find = {};
    std::optional<std::uint64_t> log_position = {};
    ReplyInVain in_vain = {};
    // Arguments that mean another thing later, and what they mean now.
    std::vector<std::pair<std::size_t, std::string>> replacements = {};
};

class Waiters {
  public:
    using Queue = std::deque<std::shared_ptr<Waiter>>;

    Waiters(Keyspace& keyspace, EffectLog& log, std::size_t reactors);

    // How many clients wait.
    std::size_t count() const { return count_.load(std::memory_order_relaxed); }

    // REQUIRES: the locks of all its keys' shards.
    void add(const std::shared_ptr<Waiter>& waiter);
    // Takes a claimed waiter out of its queues: once, on its reactor. REQUIRES: no shard's lock is held.
    void remove(const std::shared_ptr<Waiter>& waiter);
    // Goes on with those of this reactor whose shards were busy. REQUIRES as before.
    void tidy(std::size_t reactor);
    // REQUIRES for these: the lock of the shard. Who waits longest of those that would find something in this
    // entry at the key; nullptr if nobody does.
    std::shared_ptr<Waiter> first(std::uint32_t shard, int db, std::string_view key, const Entry* entry);
    // The keys of a database for which somebody waits, in this shard.
    std::vector<std::string> keys(std::uint32_t shard, int db) const;

  private:
    using Key = std::pair<int, std::string>;
    using Queues = std::map<Key, Queue>;

    bool try_remove(Waiter& waiter);
    void drop(std::uint32_t shard, const Waiter& waiter, std::string_view key);

    Keyspace& keyspace_;
    EffectLog& log_;
    std::vector<Queues> queues_;                                 // By shard.
    std::vector<std::vector<std::shared_ptr<Waiter>>> leaving_;  // By reactor: claimed, and still queued.
    std::atomic<std::size_t> count_{0};
};

}  // namespace pongo

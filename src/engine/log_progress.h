// How far the append-only file has come, for those who wait for it: replies (appendfsync always) and WAITAOF.
//
// Words: a position is the number of bytes of records since the server started; a record is *appended* when
// the log has it in memory, and *synced* when it is on disk. So who reads appended() after a commit, and sees
// synced() reach that, knows that the unit is safe.
//
// Thread rule: any thread; moved on by the log.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>

namespace pongo {

class LogProgress {
  public:
    std::uint64_t appended() const { return appended_.load(std::memory_order_acquire); }
    std::uint64_t synced() const { return synced_.load(std::memory_order_seq_cst); }
    // Whether there is a log at all.
    bool enabled() const { return enabled_.load(std::memory_order_relaxed); }
    // Whether what was appended up to there is on disk, and with it all that is needed to load it.
    bool is_safe(std::uint64_t position) const {
        return complete_.load(std::memory_order_seq_cst) && synced() >= position;
    }
    // Whether a reply has to wait now: nobody is told of what could still be lost.
    bool replies_must_wait() const { return withholds() && synced() < appended(); }
    // Whether there are such replies in principle.
    bool withholds() const { return withholds_.load(std::memory_order_relaxed); }

    // The log has something to do, of which its thread was not told yet: who has committed units does that
    // when he has let go of all locks.
    void announce() {
        if (unannounced_.load(std::memory_order_relaxed) && unannounced_.exchange(false)) wake_log();
    }

    // The rest is the log's.
    void set_enabled(bool enabled) { enabled_ = enabled; }
    void set_complete(bool complete) { complete_ = complete; }
    void set_withholds(bool withholds) { withholds_ = withholds; }
    void note_appended(std::uint64_t bytes) { appended_.fetch_add(bytes, std::memory_order_acq_rel); }
    void note_synced(std::uint64_t position) { synced_.store(position, std::memory_order_seq_cst); }
    void leave_unannounced() { unannounced_.store(true, std::memory_order_relaxed); }

    // Set before the first command runs: what wakes the log, and what tells those who wait for synced().
    std::function<void()> wake_log = [] {};
    std::function<void()> wake_waiting = [] {};

  private:
    std::atomic<std::uint64_t> appended_{0};
    std::atomic<std::uint64_t> synced_{0};
    std::atomic<bool> enabled_{false};
    std::atomic<bool> complete_{false};
    std::atomic<bool> withholds_{false};
    std::atomic<bool> unannounced_{false};
};

}  // namespace pongo

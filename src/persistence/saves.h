// Saves the data set into the RDB file (`dir`, `dbfilename`): when a client asks for it, and when `save` says
// so; and knows how that went. One save runs at a time, on a thread of its own, and none while the
// append-only file is rewritten; clients go on meanwhile.
//
//   idle ── start(): all shards are locked for a moment ──▶ running ── the file has its name ──▶ idle, "ok"
//                                                              └── an error, or cancel() ──────▶ idle, "err"
//
// Thread rule: any thread, but tick(): the server's clock.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "engine/engine.h"
#include "persistence/snapshot_job.h"
#include "persistence/snapshot_turn.h"

namespace pongo {

// What is told to who asks for one while another runs, or while the append-only file is rewritten.
inline constexpr std::string_view kSaveInProgress = "ERR Background save already in progress";
inline constexpr std::string_view kRewriteIsActive =
    "ERR Another child process is active (AOF?): can't BGSAVE right now. Use BGSAVE SCHEDULE in order to "
    "schedule a BGSAVE whenever possible.";

// A line of the option `save`: so many changes within so many seconds.
struct SavePoint {
    std::int64_t seconds;
    std::uint64_t changes;
};
std::vector<SavePoint> save_points(const Settings& settings);

class Saves {
  public:
    struct Status {
        bool running = false;
        bool last_ok = true;  // Of those in the background, unless one for somebody has succeeded since.
        std::int64_t last_save_s = 0;       // When a save last succeeded, in Unix time.
        std::int64_t last_duration_s = -1;  // Of the last save in the background.
        std::int64_t running_since_s = -1;  // In Unix time.
        std::size_t most_kept_bytes = 0;    // Of the last one.
        SnapshotProgress progress = {};     // Of the one that runs.
    };

    Saves(Engine& engine, SnapshotTurn& turn);
    // Cancels what runs.
    ~Saves();
    Saves(const Saves&) = delete;
    Saves& operator=(const Saves&) = delete;

    // In the background, as BGSAVE and the clock do it, or for somebody who will wait().
    enum class Kind : std::uint8_t { InBackground, Awaited };
    // False if somebody has the turn. REQUIRES: all shards are locked.
    bool start(Kind kind);
    // One in the background as soon as nobody has it.
    void start_later();
    bool is_scheduled() const;
    bool running() const;
    // Of the one that runs, or ran last: waits for its end. Whether it succeeded.
    bool wait();
    // The same on the calling thread, which has locked all shards and keeps them so. REQUIRES: none runs.
    bool save_under_locks();
    void cancel();
    // BGSAVE CANCEL: the one that runs in the background, or one that is to come.
    enum class Cancelled : std::uint8_t { Nothing, Running, Scheduled };
    Cancelled cancel_background();
    // FLUSHALL has run: what is being saved is not there any more. That there is nothing is saved before this
    // returns; or soon, if a save or a rewrite of the append-only file still has the turn. REQUIRES: all
    // shards are locked.
    void note_flush();
    // The data set is what a file has.
    void forget_changes();

    // To be called several times a second.
    void tick();

    Status status() const;
    std::uint64_t changes_since_last() const;

  private:
    // One save.
    struct Job {
        Job(Engine& engine, Kind for_whom) : snapshot(engine, SnapshotJob::Kind::Rdb), kind(for_whom) {}
        void call_off() {
            called_off = true;
            snapshot.cancel();
        }

        SnapshotJob snapshot;
        std::uint64_t changes_before = 0;  // How many had ever been made when it began.
        Kind kind;
        std::atomic<bool> called_off{false};
    };

    std::shared_ptr<Job> prepare(Kind kind);
    void perform(Job& job, Locking locking);
    void finish(Job& job, const std::optional<std::string>& error);
    bool is_due(std::int64_t now_s);

    Engine& engine_;
    SnapshotTurn& turn_;
    mutable std::mutex mutex_;
    std::condition_variable ended_;
    std::shared_ptr<Job> job_;  // The one that runs.
    Status status_;
    std::uint64_t changes_saved_ = 0;  // Of all that were ever made.
    std::int64_t last_try_s_ = 0;
    bool wanted_ = false;  // As soon as none runs.
    bool last_succeeded_ = true;
    std::thread thread_;
};

}  // namespace pongo

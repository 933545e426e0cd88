// What the data set tells the append-only file: units become records in memory, and a thread of its own
// writes them. No reactor ever waits for the disk.
//
//   accept() ─▶ pending ──▶ the log's thread: write, and sync as `appendfsync` says ─▶ LogProgress
//
//   always     All that has gathered while the last sync ran is written and synced at once (group commit);
//              replies wait for it (see net/connection.h).
//   everysec   Written every few milliseconds, synced every second.
//   no         Written likewise, synced when the system does so.
//
// An error of the disk is told to clients that write (MISCONF), and what is to be written stays in memory and
// is tried again every second; with `always` the server must end instead, as it would have to break its word.
// When more than kMostPendingBytes wait, or a sync lasts for longer than two seconds, writers wait.
//
// Thread rule: accept() as a sink; status(), sync() and follow_policy() on any thread; the rest one call at a
// time.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "effects/effect_log.h"
#include "engine/engine.h"
#include "persistence/append_file.h"
#include "persistence/append_record.h"

namespace pongo {

class AppendLog final : public Sink {
  public:
    // How much of what is told may wait in memory before writers do.
    static constexpr std::size_t kMostPendingBytes = std::size_t{64} << 20;

    struct Status {
        std::uint64_t file_bytes = 0;   // Of the file that is written to.
        std::size_t pending_bytes = 0;  // In memory.
        bool sync_runs = false;
        std::uint64_t delayed_syncs = 0;  // How often writers had to wait for one.
    };

    explicit AppendLog(Engine& engine);
    ~AppendLog() override;

    // From now on every unit goes to this file. REQUIRES: it is not open, and all shards are locked, or
    // nobody writes.
    void open(std::shared_ptr<AppendFile> file);
    // What comes from now on is for another file, and stays in memory until go_on() or go_back(): so no file
    // has a gap in front of it, whenever the process dies. REQUIRES: it is open, and all shards are locked.
    void turn_to(std::shared_ptr<AppendFile> file);
    // All that came before is on disk, after an attempt to bring it there. False if that failed.
    bool finish_former();
    void go_on();
    // To the former file.
    void go_back();
    // The files are all that is needed to load the data set: from now on to be on disk means to be safe. Not
    // so if a sync has failed since there were so many failures.
    void set_complete(std::uint64_t failures);
    // How many syncs have failed: what the system has dropped then nobody knows.
    std::uint64_t failures() const { return failed_syncs_; }
    bool is_open() const {
        const std::lock_guard lock(mutex_);
        return open_;
    }
    // Whether the data set should be written anew, as there is no complete file, and there could be one.
    bool is_lacking() const;
    // No more is accepted; all that was is written and synced, or has failed to be, when it returns.
    void close();

    void accept(const Unit& unit) noexcept override;
    // Waits until what has been accepted is on disk, if it is open. False if that failed.
    bool sync();
    // `appendfsync` has changed.
    void follow_policy();
    // To be called several times a second.
    void tick();
    // It has met an error with `always`.
    bool has_given_up() const { return gave_up_; }

    Status status() const;

  private:
    // What goes to one file.
    struct Part {
        std::shared_ptr<AppendFile> file;
        std::string bytes;
        bool is_last = false;  // Nothing follows in this file.
    };
    using Lock = std::unique_lock<std::mutex>;

    void work();
    void wait_for_work(Lock& lock);
    std::deque<Part> take_parts();
    void keep_room(std::string& bytes);
    bool wait_for_sync(Lock& lock, std::uint64_t position);
    // False if there is no going on.
    bool write(const Part& part);
    bool sync_file(AppendFile& file);
    bool is_sync_due() const;
    bool is(AppendFsync policy) const { return engine_.settings().appendfsync == policy; }
    void note_synced(std::uint64_t position);
    void note_tried(std::uint64_t position);
    void set_incomplete();
    // Of writing or of syncing, which fails from now on, or succeeds again.
    void note_error(std::string_view operation, int error, bool& failing);
    void note_recovery(bool& failing);
    bool wait_to_try_again();
    void look_for_crowd();
    void wake();

    Engine& engine_;
    DataSet& data_set_;

    mutable std::mutex mutex_;
    std::condition_variable woken_;
    std::condition_variable tried_or_ended_;
    AppendEncoder encoder_;
    std::string pending_;              // For file_.
    std::deque<Part> finished_files_;  // What goes to those before that.
    std::shared_ptr<AppendFile> file_;
    std::shared_ptr<AppendFile> former_file_;  // Since turn_to(), until it is settled which one is used.
    std::uint64_t turned_at_ = 0;              // The position.
    std::uint64_t accepted_ = 0;               // Positions, as in LogProgress: so much was accepted,
    std::uint64_t tried_ = 0;                  // up to here it was tried to bring it to the disk,
    std::uint64_t synced_ = 0;                 // and up to here that has succeeded.
    bool open_ = false;
    bool asleep_ = false;  // Its thread, until roused.
    bool roused_ = false;
    bool ending_ = false;
    bool has_base_ = false;
    bool complete_ = false;  // With that, and without a sync that has failed since.
    int syncs_wanted_ = 0;   // So many wait in sync().

    // Only for its thread.
    std::shared_ptr<AppendFile> last_file_;  // That it has written to.
    std::uint64_t written_ = 0;
    std::int64_t last_sync_us_ = 0;
    std::int64_t last_complaint_us_ = 0;
    bool write_failing_ = false;
    bool sync_failing_ = false;

    std::atomic<std::int64_t> sync_started_us_{0};  // 0: none runs.
    std::atomic<std::uint64_t> delayed_syncs_{0};
    std::atomic<bool> gave_up_{false};
    std::atomic<std::uint64_t> failed_syncs_{0};
    std::atomic<bool> fails_{false};    // Writing, or syncing.
    std::int64_t delayed_sync_us_ = 0;  // The one that was counted last.
    std::thread thread_;
};

}  // namespace pongo

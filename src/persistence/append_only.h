// The append-only file as a whole: its files and their manifest, the log that grows, and rewriting it.
//
//   off ── turn_on() ──▶ starting ── the first base is complete ──▶ on ── turn_off() ──▶ off
//                           ▲  └── that failed ──┐                  └─ rewrite(): a new base, and with it
//                           └── tried again ─────┘                     what was before is superfluous
//
// A rewrite goes on from one moment, under all locks: until then everything goes to the files that are there;
// what comes afterwards goes to a new increment; and what the data set is at that moment becomes the new
// base, by a snapshot. The manifest lists that increment when all that comes before is on disk, and only then
// it is written to. When the base is on disk, too, the manifest changes from the old files to the new ones in
// one step. While it is *starting*, the increment has a temporary name, and is worth nothing without its
// base.
//
// The folder is that of `appenddirname` within `dir`, as that was when it was turned on.
//
// Thread rule: open_files() and begin() when the server starts, before and after load(); load() then, or
// under the locks of all shards; the rest on any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/background.h"
#include "engine/engine.h"
#include "persistence/append_folder.h"
#include "persistence/append_loader.h"
#include "persistence/append_log.h"
#include "persistence/append_manifest.h"
#include "persistence/snapshot_job.h"
#include "persistence/snapshot_turn.h"

namespace pongo {

class AppendOnly {
  public:
    enum class State : std::uint8_t { Off, Starting, On };
    struct Status {
        State state = State::Off;
        bool rewriting = false;
        bool rewrite_scheduled = false;
        std::int64_t rewriting_since_s = -1;  // In Unix time.
        std::int64_t last_rewrite_s = -1;     // How long that took.
        bool last_rewrite_ok = true;
        std::uint64_t failures = 0;       // Since one did.
        std::size_t most_kept_bytes = 0;  // Of the last rewrite.
        SnapshotProgress progress = {};   // Of the one that runs.
        std::uint64_t bytes = 0;          // Of all files.
        std::uint64_t bytes_then = 0;     // When it was begun or rewritten.
        AppendLog::Status log = {};
    };

    AppendOnly(Engine& engine, SnapshotTurn& turn);
    ~AppendOnly() { stop(); }
    AppendOnly(const AppendOnly&) = delete;
    AppendOnly& operator=(const AppendOnly&) = delete;

    // These return what went wrong.
    // Reads the manifest, if there is one.
    std::optional<std::string> open_files();
    // Brings back what the files have: nothing, if there are none. One file, as before Redis 7, moves to its
    // place in the folder first.
    std::optional<std::string> load(Executor& executor, Locking locking,
                                    const AppendLoader::Callbacks& callbacks);
    // From now on all changes go to the files; those that are not there yet are made.
    std::optional<std::string> begin();

    std::optional<std::string> turn_on();
    void turn_off();
    enum class Started : std::uint8_t { Now, Later, Already };
    Started rewrite();
    // Scheduled, too.
    Started rewrite_later();
    // Of the one that runs.
    void cancel_rewrite();

    // Whether what has been told to it is on disk, after an attempt to bring it there.
    bool sync();
    void follow_policy();
    // To be called several times a second.
    void tick();
    // The server must end: see AppendLog.
    bool has_given_up() const { return log_.has_given_up(); }
    // Everything is written and synced. Nothing is accepted any more.
    void stop();

    Status status() const;
    // There are files that make up a whole data set, even if it is off.
    bool is_loadable() const;
    // It is off, and nothing is written any more.
    bool is_closed() const { return status().state == State::Off && !log_.is_open(); }

  private:
    // One that runs.
    struct Rewrite {
        // When it began: if that was On or Starting, the increment is for what comes then.
        State state;
        std::uint64_t generation;
        AppendFolder folder;
        AppendManifest manifest;
        std::shared_ptr<AppendFile> increment = nullptr;
        std::int64_t first_kept = INT64_MAX;  // The number of that.
        BaseFormat format;
        std::string base_path = {};
        std::shared_ptr<SnapshotJob> job = nullptr;
        std::uint64_t failed_syncs = 0;  // Of the log, when it began.
    };

    std::optional<std::string> adopt_single_file();
    std::optional<std::string> make_first_base(AppendManifest& manifest);
    bool is_upgrade() const;

    void perform_rewrite();
    std::optional<std::string> write_files();
    std::optional<std::string> make_increment(Rewrite& rewrite);
    std::optional<std::string> begin_snapshot(Rewrite& rewrite);
    std::optional<std::string> begin_increment(Rewrite& rewrite);
    std::optional<std::string> put_in_place(Rewrite& rewrite);
    void remove_history(const AppendFolder& folder, AppendManifest& manifest);
    void finish(const std::optional<std::string>& error);
    bool is_rewrite_due();
    bool is_limited();

    Engine& engine_;
    SnapshotTurn& turn_;

    std::mutex files_mutex_;    // While files that the manifest lists come and go, or are read.
    mutable std::mutex mutex_;  // Comes after that, and after the locks of shards.
    Status status_;             // Without what others know better: see status().
    AppendFolder folder_;
    AppendManifest manifest_;
    std::uint64_t finished_bytes_ = 0;  // Of all files but the one that grows.
    std::shared_ptr<SnapshotJob> job_;  // Of the rewrite that runs.
    bool called_off_ = false;
    std::uint64_t generation_ = 0;  // How often it was turned on and off.
    std::int64_t next_try_s_ = 0;
    std::int64_t delay_minutes_ = 0;

    AppendLog log_;
    // Opens and closes files, and rewrites them, one thing after the other. Last: it uses all of the above.
    std::unique_ptr<Background> worker_;
};

}  // namespace pongo

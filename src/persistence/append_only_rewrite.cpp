// The append-only file's part in being rewritten: when that is due, and how it goes on.
#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "base/log.h"
#include "keyspace/key_locks.h"
#include "persistence/append_only.h"
#include "persistence/files.h"

namespace pongo {
namespace {

constexpr std::string_view kCalledOff = "it was called off";

// After so many failures in a row the next ones are minutes apart.
constexpr std::uint64_t kFailuresInARow = 3;
constexpr std::int64_t kLongestDelayMinutes = 60;
constexpr std::int64_t kSecondsPerMinute = 60;

IncrementalSync incremental_sync(const Settings& settings) {
    return settings.aof_rewrite_incremental_fsync ? IncrementalSync::On : IncrementalSync::Off;
}

BaseFormat base_format(const Settings& settings) {
    return settings.aof_use_rdb_preamble ? BaseFormat::Rdb : BaseFormat::Commands;
}

SnapshotJob::Kind kind_of(BaseFormat format) {
    return format == BaseFormat::Rdb ? SnapshotJob::Kind::RdbBase : SnapshotJob::Kind::CommandBase;
}

}  // namespace

// Nobody writes yet: it is empty.
std::optional<std::string> AppendOnly::make_first_base(AppendManifest& manifest) {
    const Settings& settings = engine_.settings();
    const BaseFormat format = base_format(settings);
    const std::string name = manifest.next_base_name(format);
    log_notice("Creating AOF base file ", name, " on server start");
    if (!turn_.take(SnapshotTurn::Holder::Rewrite)) return "a snapshot is being taken";
    KeyLocks locks(engine_.keyspace());
    locks.acquire_all();
    SnapshotJob job(engine_, kind_of(format));
    locks.release();
    const auto error = job.write(folder_.path_of(name), incremental_sync(settings), Locking::Own);
    turn_.give_back();
    if (!error) manifest.replace_base(format, 0);
    return error;
}

AppendOnly::Started AppendOnly::rewrite() {
    const std::lock_guard lock(mutex_);
    if (status_.rewriting) return Started::Already;
    if (!turn_.take(SnapshotTurn::Holder::Rewrite)) {
        status_.failures = 0;
        status_.rewrite_scheduled = true;
        return Started::Later;
    }
    status_.rewriting = true;
    status_.rewrite_scheduled = false;
    status_.rewriting_since_s = unix_s();
    called_off_ = false;
    ++engine_.data_set().log_rewrites;
    log_notice("Background append only file rewriting started");
    worker_->post([this] { perform_rewrite(); });
    return Started::Now;
}

AppendOnly::Started AppendOnly::rewrite_later() {
    const std::lock_guard lock(mutex_);
    if (status_.rewriting) return Started::Already;
    status_.failures = 0;
    status_.rewrite_scheduled = true;
    return Started::Later;
}

void AppendOnly::cancel_rewrite() {
    const std::lock_guard lock(mutex_);
    called_off_ = true;
    if (job_) job_->cancel();
}

void AppendOnly::perform_rewrite() {
    const auto error = write_files();
    finish(error);
}

std::optional<std::string> AppendOnly::write_files() {
    const Settings& settings = engine_.settings();
    Rewrite rewrite = [&] {
        const std::lock_guard lock(mutex_);
        return Rewrite{.state = status_.state,
                       .generation = generation_,
                       .folder = folder_,
                       .manifest = manifest_,
                       .format = base_format(settings),
                       .failed_syncs = log_.failures()};
    }();
    if (auto error = rewrite.folder.make()) return error;
    rewrite.base_path = rewrite.folder.path_of(rewrite.manifest.next_base_name(rewrite.format));
    if (auto error = make_increment(rewrite)) return error;
    if (auto error = begin_snapshot(rewrite)) return error;
    auto error = begin_increment(rewrite);
    if (error) rewrite.job->cancel();
    // It has to be run, so that nobody keeps anything for it any more.
    const auto failure = rewrite.job->write(rewrite.base_path, incremental_sync(settings), Locking::Own);
    if (!error) error = failure;
    if (!error) error = put_in_place(rewrite);
    // Without its base the increment is worth nothing.
    if (error && rewrite.state == State::Starting) log_.close();
    return error;
}

// What comes after the moment of the snapshot has a place when that is taken.
std::optional<std::string> AppendOnly::make_increment(Rewrite& rewrite) {
    if (rewrite.state == State::Off) return std::nullopt;
    const bool starting = rewrite.state == State::Starting;
    const AppendManifest::File file = rewrite.manifest.add_increment();
    rewrite.first_kept = file.seq;
    const std::string path =
        rewrite.folder.path_of(starting ? OutputFile::new_temporary_name(file.name) : file.name);
    remove_file(path);  // What a process has left that did not come to list it.
    rewrite.increment = std::make_shared<AppendFile>(path);
    if (rewrite.increment->error() != 0) {
        return failure_of("creating", path, rewrite.increment->error());
    }
    if (!starting) log_notice("Creating AOF incr file ", file.name, " on background rewrite");
    return std::nullopt;
}

std::optional<std::string> AppendOnly::begin_snapshot(Rewrite& rewrite) {
    KeyLocks locks(engine_.keyspace());
    locks.acquire_all();
    const std::lock_guard lock(mutex_);
    if (called_off_ || rewrite.generation != generation_) return std::string(kCalledOff);
    if (rewrite.state == State::On) {
        log_.turn_to(rewrite.increment);
    } else if (rewrite.state == State::Starting) {
        log_.open(rewrite.increment);
    }
    job_ = std::make_shared<SnapshotJob>(engine_, kind_of(rewrite.format));
    rewrite.job = job_;
    return std::nullopt;
}

std::optional<std::string> AppendOnly::begin_increment(Rewrite& rewrite) {
    if (rewrite.state != State::On) return std::nullopt;
    std::optional<std::string> error;
    {
        const std::lock_guard files_lock(files_mutex_);
        if (!log_.finish_former()) error = "what came before could not be written";
        if (!error) error = rewrite.folder.store(rewrite.manifest);
        // Only its folder may not have been synced.
        const bool is_settled = !error || !rewrite.folder.store(manifest_);
        const std::lock_guard lock(mutex_);
        if (!is_settled && folder_ == rewrite.folder) manifest_.add_history_of(rewrite.manifest);
        if (!error) {
            finished_bytes_ = rewrite.folder.bytes_of(manifest_);
            if (folder_ == rewrite.folder) manifest_ = rewrite.manifest;
        }
    }
    error ? log_.go_back() : log_.go_on();
    return error;
}

std::optional<std::string> AppendOnly::put_in_place(Rewrite& rewrite) {
    const std::lock_guard files_lock(files_mutex_);
    AppendManifest& manifest = rewrite.manifest;
    if (rewrite.state == State::Starting) {
        const std::string path = rewrite.folder.path_of(manifest.increments().back().name);
        if (auto error = rename_file(rewrite.increment->path(), path)) return error;
    }
    manifest.replace_base(rewrite.format, rewrite.first_kept);
    if (auto error = rewrite.folder.store(manifest)) {
        const std::lock_guard lock(mutex_);
        if (folder_ == rewrite.folder) manifest_.add_history_of(manifest);
        return error;
    }
    remove_history(rewrite.folder, manifest);

    const std::lock_guard lock(mutex_);
    if (folder_ == rewrite.folder) manifest_ = std::move(manifest);
    finished_bytes_ = file_size(rewrite.base_path);
    status_.bytes_then = finished_bytes_ + (rewrite.increment ? rewrite.increment->size() : 0);
    if (rewrite.state != State::Off && rewrite.generation == generation_) {
        status_.state = State::On;
        log_.set_complete(rewrite.failed_syncs);
    }
    return std::nullopt;
}

// If they can't be removed now, they will be after the next rewrite.
void AppendOnly::remove_history(const AppendFolder& folder, AppendManifest& manifest) {
    if (manifest.history().empty() || engine_.settings().aof_disable_auto_gc) return;
    const AppendManifest before = manifest;
    for (const AppendManifest::File& file : manifest.drop_history()) {
        log_notice("Removing the history file ", file.name, " in the background");
        remove_file(folder.path_of(file.name));
    }
    if (const auto error = folder.store(manifest)) {
        log_warning("The manifest was not stored: ", *error);
        manifest = before;
    }
}

void AppendOnly::finish(const std::optional<std::string>& error) {
    const std::lock_guard lock(mutex_);
    if (error) {
        log_warning("Background AOF rewrite failed: ", *error);
    } else {
        log_notice("Background AOF rewrite finished successfully");
    }
    if (!called_off_) {
        status_.last_rewrite_ok = !error;
        status_.failures = error ? status_.failures + 1 : 0;
    }
    status_.last_rewrite_s = unix_s() - std::exchange(status_.rewriting_since_s, -1);
    if (job_) status_.most_kept_bytes = job_->snapshot().progress().most_kept_bytes;
    job_ = nullptr;
    status_.rewriting = false;
    // Also if it was turned off and on meanwhile.
    if (status_.state == State::Starting) status_.rewrite_scheduled = true;
    turn_.give_back();
}

void AppendOnly::tick() {
    log_.tick();
    if (engine_.data_set().snapshot_runs || engine_.data_set().loading()) return;
    bool due = false;
    {
        const std::lock_guard lock(mutex_);
        if (status_.state == State::On && log_.is_lacking()) status_.rewrite_scheduled = true;
        due = status_.rewrite_scheduled ? !is_limited() : is_rewrite_due() && !is_limited();
    }
    if (due) rewrite();
}

// REQUIRES: the mutex is locked.
bool AppendOnly::is_rewrite_due() {
    const Settings& settings = engine_.settings();
    const auto percentage = static_cast<std::uint64_t>(settings.auto_aof_rewrite_percentage.get());
    if (status_.state != State::On || percentage == 0) return false;
    const std::uint64_t bytes = finished_bytes_ + log_.status().file_bytes;
    if (bytes <= static_cast<std::uint64_t>(settings.auto_aof_rewrite_min_size.get())) return false;
    const std::uint64_t base = std::max<std::uint64_t>(status_.bytes_then, 1);
    const std::uint64_t growth = bytes < base ? 0 : (bytes - base) * 100 / base;
    if (growth < percentage) return false;
    if (!is_limited()) log_notice("Starting automatic rewriting of AOF on ", growth, "% growth");
    return true;
}

// REQUIRES: the mutex is locked.
bool AppendOnly::is_limited() {
    if (status_.failures < kFailuresInARow) {
        delay_minutes_ = 0;
        next_try_s_ = 0;
        return false;
    }
    if (next_try_s_ == 0) {
        delay_minutes_ = std::clamp<std::int64_t>(2 * delay_minutes_, 1, kLongestDelayMinutes);
        next_try_s_ = unix_s() + delay_minutes_ * kSecondsPerMinute;
        log_warning("Background AOF rewrite has repeatedly failed and triggered the limit, will retry in ",
                    delay_minutes_, " minutes");
    }
    if (unix_s() < next_try_s_) return true;
    next_try_s_ = 0;
    return false;
}

}  // namespace pongo

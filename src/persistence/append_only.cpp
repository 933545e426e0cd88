#include "persistence/append_only.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <system_error>
#include <thread>
#include <utility>

#include "base/clock.h"
#include "base/log.h"
#include "keyspace/key_locks.h"
#include "persistence/elapsed.h"

namespace pongo {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::milliseconds kPatience{10};
constexpr std::string_view kTemporaryPrefix = "temp-";
constexpr std::string_view kCalledOff = "it was called off";

// After so many failures in a row the next ones are minutes apart.
constexpr std::uint64_t kFailuresInARow = 3;
constexpr std::int64_t kLongestDelayMinutes = 60;
constexpr std::int64_t kSecondsPerMinute = 60;

std::int64_t unix_s() {
    return unix_ms() / kMsPerSecond;
}

std::uint64_t size_of(const std::string& path) {
    std::error_code error;
    const auto size = fs::file_size(path, error);
    return error ? 0 : size;
}

bool exists(const std::string& path) {
    std::error_code error;
    return fs::exists(path, error);
}

std::string failed(std::string_view what, const std::string& path, const std::error_code& error) {
    return std::string(what) + " " + path + ": " + error.message();
}

std::optional<std::string> rename(const std::string& from, const std::string& to) {
    std::error_code error;
    fs::rename(from, to, error);
    return error ? std::optional(failed("renaming", from, error)) : std::nullopt;
}

void remove(const std::string& path) {
    std::error_code error;
    fs::remove(path, error);
}

IncrementalSync incremental_sync(const Settings& settings) {
    return settings.aof_rewrite_incremental_fsync ? IncrementalSync::On : IncrementalSync::Off;
}

BaseFormat base_format(const Settings& settings) {
    return settings.aof_use_rdb_preamble ? BaseFormat::Rdb : BaseFormat::Commands;
}

SnapshotJob::Kind kind_of(BaseFormat format) {
    return format == BaseFormat::Rdb ? SnapshotJob::Kind::RdbBase : SnapshotJob::Kind::CommandBase;
}

void lock_all(KeyLocks& locks, Keyspace& keyspace) {
    while (!locks.acquire(ShardSet::all(keyspace.shards()))) std::this_thread::sleep_for(kPatience);
}

}  // namespace

AppendOnly::AppendOnly(Engine& engine, SnapshotTurn& turn)
    : engine_(engine),
      turn_(turn),
      manifest_(engine.settings().appendfilename.get()),
      log_(engine),
      worker_(std::make_unique<Background>("pongo-aof-files", Background::Priority::Usual)) {}

void AppendOnly::stop() {
    cancel_rewrite();
    worker_ = nullptr;
    if (status().state != State::Off) log_notice("Calling fsync() on the AOF file.");
    log_.close();
}

std::string AppendOnly::path_of(std::string_view name) const {
    return (fs::path(folder_) / name).string();
}

std::string AppendOnly::manifest_path() const {
    return path_of(manifest_name(engine_.settings().appendfilename.get()));
}

std::optional<std::string> AppendOnly::make_folder() {
    std::error_code error;
    fs::create_directory(folder_, error);
    return error ? std::optional(failed("creating the folder", folder_, error)) : std::nullopt;
}

std::optional<std::string> AppendOnly::store(const AppendManifest& manifest) const {
    return store_manifest(manifest_path(), manifest);
}

std::optional<std::string> AppendOnly::open_files() {
    std::error_code ignored;
    folder_ = fs::absolute(engine_.settings().appenddirname.get(), ignored).string();
    return load_manifest(manifest_path(), manifest_).error;
}

// Whether there is a file of the time before manifests, or one on its way from there to here.
bool AppendOnly::is_upgrade() const {
    const std::string name = engine_.settings().appendfilename.get();
    if (!exists(name) || fs::is_directory(name)) return false;
    if (manifest_.empty()) return true;
    return manifest_.increments().empty() && manifest_.base() && manifest_.base()->name == name &&
           !exists(path_of(name));
}

std::optional<std::string> AppendOnly::adopt_single_file() {
    const std::string name = engine_.settings().appendfilename.get();
    if (auto error = make_folder()) return error;
    if (manifest_.empty()) manifest_.adopt_base(name);
    if (auto error = store(manifest_)) return error;
    if (auto error = rename(name, path_of(name))) return error;
    log_notice("Successfully migrated an old-style AOF configuration (", name, ") into the AOF directory (",
               folder_, ").");
    return std::nullopt;
}

std::optional<std::string> AppendOnly::load(Executor& executor, Locking locking,
                                            const AppendLoader::Callbacks& callbacks) {
    if (is_upgrade()) {
        if (auto error = adopt_single_file()) return error;
    }
    if (manifest_.empty()) return std::nullopt;
    const std::int64_t start_us = monotonic_us();
    const Settings& settings = engine_.settings();
    std::vector<std::pair<std::string, std::string_view>> files;
    if (manifest_.base()) files.emplace_back(path_of(manifest_.base()->name), "base");
    for (const auto& file : manifest_.increments()) files.emplace_back(path_of(file.name), "incr");

    std::uint64_t done = 0;
    engine_.data_set().loading_total_bytes = bytes_of_files();
    AppendLoader loader(executor, engine_, locking,
                        {.load_snapshot = callbacks.load_snapshot, .go_on = [&](std::size_t offset) {
                             engine_.data_set().loading_done_bytes = done + offset;
                             return callbacks.go_on(offset);
                         }});
    for (const auto& [path, kind] : files) {
        const bool may_be_cut = &path == &files.back().first && settings.aof_load_truncated;
        const std::int64_t file_start_us = monotonic_us();
        if (auto error = loader.load(
                path, may_be_cut ? AppendLoader::CutOff::LeftOut : AppendLoader::CutOff::Refused)) {
            return error;
        }
        done += size_of(path);
        log_notice("DB loaded from ", kind, " file ", fs::path(path).filename().string(), ": ",
                   seconds_since(file_start_us), " seconds");
    }
    log_notice("DB loaded from append only file: ", seconds_since(start_us), " seconds");
    return std::nullopt;
}

std::uint64_t AppendOnly::bytes_of_files() const {
    std::uint64_t bytes = manifest_.base() ? size_of(path_of(manifest_.base()->name)) : 0;
    for (const auto& file : manifest_.increments()) bytes += size_of(path_of(file.name));
    return bytes;
}

std::optional<std::string> AppendOnly::begin() {
    if (!engine_.settings().appendonly) return std::nullopt;  // It was turned off meanwhile.
    if (auto error = make_folder()) return error;
    AppendManifest manifest = manifest_;
    if (manifest.empty()) {
        if (auto error = make_first_base()) return error;
        manifest.replace_base(base_format(engine_.settings()), 0);
    }
    const bool fresh = manifest.increments().empty();
    if (fresh) manifest.add_increment();
    const std::string name = manifest.increments().back().name;
    auto file = std::make_shared<AppendFile>(path_of(name));
    if (file->error() != 0) {
        return failed("opening", file->path(), {file->error(), std::generic_category()});
    }
    log_notice(fresh ? "Creating" : "Opening", " AOF incr file ", name, " on server start");
    if (auto error = store(manifest)) return error;
    remove_history(manifest);

    const std::lock_guard lock(mutex_);
    manifest_ = std::move(manifest);
    finished_bytes_ = bytes_of_files() - file->size();
    status_.bytes_then = finished_bytes_ + file->size();
    status_.state = State::On;
    engine_.data_set().log().set_enabled(true);
    log_.open(std::move(file));
    log_.set_complete();
    return std::nullopt;
}

// Nobody writes yet: it is empty.
std::optional<std::string> AppendOnly::make_first_base() {
    const Settings& settings = engine_.settings();
    const BaseFormat format = base_format(settings);
    const std::string name = manifest_.next_base_name(format);
    log_notice("Creating AOF base file ", name, " on server start");
    if (!turn_.take(SnapshotTurn::Holder::Rewrite)) return "a snapshot is being taken";
    KeyLocks locks(engine_.keyspace());
    lock_all(locks, engine_.keyspace());
    SnapshotJob job(engine_, kind_of(format));
    locks.release();
    const auto error = job.write(path_of(name), incremental_sync(settings), Locking::Own);
    turn_.give_back();
    return error;
}

std::optional<std::string> AppendOnly::turn_on() {
    if (auto error = make_folder()) return error;
    {
        const std::lock_guard lock(mutex_);
        if (status_.state != State::Off) return std::nullopt;
        status_.state = State::Starting;
        ++generation_;
        engine_.data_set().log().set_enabled(true);
        status_.rewrite_scheduled = engine_.data_set().loading();
        if (status_.rewrite_scheduled) return std::nullopt;  // There is not all of the data set yet.
    }
    rewrite();
    return std::nullopt;
}

void AppendOnly::turn_off() {
    {
        const std::lock_guard lock(mutex_);
        if (status_.state == State::Off) return;
        status_.state = State::Off;
        status_.rewrite_scheduled = false;
        ++generation_;
        engine_.data_set().log().set_enabled(false);
    }
    cancel_rewrite();
    worker_->post([this] { log_.close(); });
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
                       .manifest = manifest_,
                       .format = base_format(settings)};
    }();
    if (auto error = make_folder()) return error;
    rewrite.base_path = path_of(rewrite.manifest.next_base_name(rewrite.format));
    if (auto error = make_increment(rewrite)) return error;
    auto error = begin_snapshot(rewrite);
    if (!error) error = rewrite.job->write(rewrite.base_path, incremental_sync(settings), Locking::Own);
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
    const std::string path = path_of(starting ? std::string(kTemporaryPrefix) + file.name : file.name);
    remove(path);  // What a process has left that did not come to list it.
    rewrite.increment = std::make_shared<AppendFile>(path);
    if (rewrite.increment->error() != 0) {
        return failed("creating", path, {rewrite.increment->error(), std::generic_category()});
    }
    if (starting) return std::nullopt;
    log_notice("Creating AOF incr file ", file.name, " on background rewrite");
    return store(rewrite.manifest);
}

std::optional<std::string> AppendOnly::begin_snapshot(Rewrite& rewrite) {
    KeyLocks locks(engine_.keyspace());
    lock_all(locks, engine_.keyspace());
    const std::lock_guard lock(mutex_);
    if (called_off_ || rewrite.generation != generation_) return std::string(kCalledOff);
    if (rewrite.state == State::On) {
        finished_bytes_ += log_.status().file_bytes;
        log_.go_on_in(rewrite.increment);
        manifest_ = rewrite.manifest;
    } else if (rewrite.state == State::Starting) {
        log_.open(rewrite.increment);
    }
    job_ = std::make_shared<SnapshotJob>(engine_, kind_of(rewrite.format));
    rewrite.job = job_;
    return std::nullopt;
}

std::optional<std::string> AppendOnly::put_in_place(Rewrite& rewrite) {
    AppendManifest& manifest = rewrite.manifest;
    if (rewrite.state == State::Starting) {
        const std::string path = path_of(manifest.increments().back().name);
        if (auto error = rename(rewrite.increment->path(), path)) return error;
    }
    manifest.replace_base(rewrite.format, rewrite.first_kept);
    if (auto error = store(manifest)) return error;
    remove_history(manifest);

    const std::lock_guard lock(mutex_);
    manifest_ = std::move(manifest);
    finished_bytes_ = size_of(rewrite.base_path);
    status_.bytes_then = finished_bytes_ + (rewrite.increment ? rewrite.increment->size() : 0);
    if (rewrite.state == State::Starting && rewrite.generation == generation_) {
        status_.state = State::On;
        log_.set_complete();
    }
    return std::nullopt;
}

// If they can't be removed now, they will be after the next rewrite.
void AppendOnly::remove_history(AppendManifest& manifest) {
    if (manifest.history().empty() || engine_.settings().aof_disable_auto_gc) return;
    const AppendManifest before = manifest;
    for (const AppendManifest::File& file : manifest.drop_history()) {
        log_notice("Removing the history file ", file.name, " in the background");
        remove(path_of(file.name));
    }
    if (const auto error = store(manifest)) {
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
    status_.rewrites += error ? 0 : 1;
    status_.last_rewrite_s = unix_s() - std::exchange(status_.rewriting_since_s, -1);
    if (job_) status_.most_kept_bytes = job_->snapshot().most_kept_bytes();
    job_ = nullptr;
    status_.rewriting = false;
    if (error && status_.state == State::Starting) status_.rewrite_scheduled = true;
    turn_.give_back();
}

bool AppendOnly::sync() {
    return log_.sync();
}

void AppendOnly::follow_policy() {
    log_.follow_policy();
}

void AppendOnly::tick() {
    log_.tick();
    if (engine_.data_set().snapshot_runs || engine_.data_set().loading()) return;
    if (log_.take_doubt()) rewrite_later();
    bool due = false;
    {
        const std::lock_guard lock(mutex_);
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

AppendOnly::Status AppendOnly::status() const {
    const std::lock_guard lock(mutex_);
    Status status = status_;
    if (job_) status.kept_bytes = job_->snapshot().kept_bytes();
    if (status.state == State::Off) return status;
    status.log = log_.status();
    status.bytes = finished_bytes_ + status.log.file_bytes;
    return status;
}

}  // namespace pongo

#include "persistence/append_only.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "base/clock.h"
#include "base/log.h"
#include "persistence/elapsed.h"
#include "persistence/files.h"

namespace pongo {

namespace fs = std::filesystem;

AppendOnly::AppendOnly(Engine& engine, SnapshotTurn& turn)
    : engine_(engine),
      turn_(turn),
      manifest_(engine.settings().appendfilename.get()),
      log_(engine),
      worker_(std::make_unique<Background>("pongo-aof-files", Background::Priority::Usual)) {}

void AppendOnly::stop() {
    if (!worker_) return;
    cancel_rewrite();
    worker_ = nullptr;
    if (status().state != State::Off) log_notice("Calling fsync() on the AOF file.");
    log_.close();
}

std::optional<std::string> AppendOnly::open_files() {
    std::error_code ignored;
    const Settings& settings = engine_.settings();
    AppendFolder folder(fs::absolute(settings.appenddirname.get(), ignored).string(),
                        settings.appendfilename.get());
    {
        // Files in there may be read for a while.
        const std::lock_guard lock(mutex_);
        if (folder_ == folder) return std::nullopt;
    }
    const std::lock_guard files_lock(files_mutex_);
    AppendManifest manifest("");
    if (auto error = folder.load(manifest)) return error;
    const std::lock_guard lock(mutex_);
    folder_ = std::move(folder);
    manifest_ = std::move(manifest);
    return std::nullopt;
}

// Whether there is a file of the time before manifests, or one on its way from there to here.
bool AppendOnly::is_upgrade() const {
    const std::string name = engine_.settings().appendfilename.get();
    if (!file_exists(name) || fs::is_directory(name)) return false;
    if (manifest_.empty()) return true;
    return manifest_.increments().empty() && manifest_.base() && manifest_.base()->name == name &&
           !file_exists(folder_.path_of(name));
}

std::optional<std::string> AppendOnly::adopt_single_file() {
    const std::string name = engine_.settings().appendfilename.get();
    if (auto error = folder_.make()) return error;
    if (manifest_.empty()) manifest_.adopt_base(name);
    if (auto error = folder_.store(manifest_)) return error;
    if (auto error = rename_file(name, folder_.path_of(name))) return error;
    log_notice("Successfully migrated an old-style AOF configuration (", name, ") into the AOF directory (",
               folder_.path(), ").");
    return std::nullopt;
}

std::optional<std::string> AppendOnly::load(Executor& executor, Locking locking,
                                            const AppendLoader::Callbacks& callbacks) {
    const std::lock_guard lock(files_mutex_);
    if (is_upgrade()) {
        if (auto error = adopt_single_file()) return error;
    }
    if (manifest_.empty()) return std::nullopt;
    const std::int64_t start_us = monotonic_us();
    const Settings& settings = engine_.settings();
    std::vector<std::pair<std::string, std::string_view>> files;
    if (manifest_.base()) files.emplace_back(folder_.path_of(manifest_.base()->name), "base");
    for (const auto& file : manifest_.increments()) {
        files.emplace_back(folder_.path_of(file.name), "incr");
    }

    std::uint64_t done = 0;
    engine_.data_set().loading_total_bytes = folder_.bytes_of(manifest_);
    AppendLoader loader(executor, engine_, locking,
                        {.load_snapshot = callbacks.load_snapshot, .go_on = [&](std::size_t offset) {
                             engine_.data_set().loading_done_bytes = done + offset;
                             return callbacks.go_on(offset);
                         }});
    // A process that died in a rewrite may have left an empty one behind the one that it wrote to.
    std::size_t written = files.size();
    while (written > 1 && file_size(files[written - 1].first) == 0) --written;
    for (std::size_t i = 0; i < files.size(); ++i) {
        const auto& [path, kind] = files[i];
        const bool may_be_cut = i + 1 >= written && settings.aof_load_truncated;
        const std::int64_t file_start_us = monotonic_us();
        if (auto error = loader.load(
                path, may_be_cut ? AppendLoader::CutOff::LeftOut : AppendLoader::CutOff::Refused)) {
            return error;
        }
        done += file_size(path);
        log_notice("DB loaded from ", kind, " file ", fs::path(path).filename().string(), ": ",
                   seconds_since(file_start_us), " seconds");
    }
    log_notice("DB loaded from append only file: ", seconds_since(start_us), " seconds");
    return std::nullopt;
}

std::optional<std::string> AppendOnly::begin() {
    if (!engine_.settings().appendonly) return std::nullopt;  // It was turned off meanwhile.
    if (auto error = folder_.make()) return error;
    AppendManifest manifest = manifest_;
    if (manifest.empty()) {
        if (auto error = make_first_base(manifest)) return error;
    }
    const bool fresh = manifest.increments().empty();
    if (fresh) manifest.add_increment();
    const std::string name = manifest.increments().back().name;
    auto file = std::make_shared<AppendFile>(folder_.path_of(name));
    if (file->error() != 0) {
        return failure_of("opening", file->path(), file->error());
    }
    log_notice(fresh ? "Creating" : "Opening", " AOF incr file ", name, " on server start");
    if (auto error = folder_.store(manifest)) return error;
    remove_history(folder_, manifest);

    const std::lock_guard lock(mutex_);
    manifest_ = std::move(manifest);
    finished_bytes_ = folder_.bytes_of(manifest_) - file->size();
    status_.bytes_then = finished_bytes_ + file->size();
    status_.state = State::On;
    engine_.data_set().log().set_enabled(true);
    log_.open(std::move(file));
    log_.set_complete(log_.failures());
    return std::nullopt;
}

std::optional<std::string> AppendOnly::turn_on() {
    if (status().state != State::Off) return std::nullopt;
    if (auto error = open_files()) return error;
    {
        const std::lock_guard lock(mutex_);
        if (auto error = folder_.make()) return error;
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
        engine_.data_set().log().set_complete(false);  // Though it is not closed yet.
    }
    cancel_rewrite();
    worker_->post([this] { log_.close(); });
}

bool AppendOnly::sync() {
    return log_.sync();
}

void AppendOnly::follow_policy() {
    log_.follow_policy();
}

bool AppendOnly::is_loadable() const {
    const std::lock_guard lock(mutex_);
    return status_.state != State::Starting && !manifest_.empty();
}

AppendOnly::Status AppendOnly::status() const {
    const std::lock_guard lock(mutex_);
    Status status = status_;
    if (job_) status.progress = job_->snapshot().progress();
    if (status.state == State::Off) return status;
    status.log = log_.status();
    status.bytes = finished_bytes_ + status.log.file_bytes;
    return status;
}

}  // namespace pongo

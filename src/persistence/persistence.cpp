#include "persistence/persistence.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/clock.h"
#include "base/cpu.h"
#include "base/log.h"
#include "engine/access_clock_settings.h"
#include "keyspace/key_locks.h"
#include "persistence/elapsed.h"
#include "persistence/mapped_file.h"
#include "persistence/value_limits.h"
#include "scripting/scripting.h"

namespace pongo {
namespace {

// Of the thread that reads, and those that put values in their places.
int loading_threads(int shards) {
    return std::min(available_cpus(), shards) - 1;
}

}  // namespace

Persistence::Persistence(Engine& engine)
    : engine_(engine),
      turn_(engine.data_set()),
      saves_(engine, turn_),
      append_only_(engine, turn_),
      loading_executor_(engine) {
    engine.set_persistence(*this);
}

void Persistence::stop() {
    stopping_ = true;
    if (loading_.joinable()) loading_.join();
    saves_.cancel();
    saves_.wait();
    append_only_.stop();
}

void Persistence::tick() {
    saves_.tick();
    append_only_.tick();
    let_go_of_former_folders();
}

std::optional<std::string> Persistence::lock_folder() {
    // The append-only file stays where it was turned on.
    const std::lock_guard lock(lock_mutex_);
    return lock_.take(append_only_.is_closed() ? FolderLock::Former::LetGo : FolderLock::Former::Kept);
}

void Persistence::let_go_of_former_folders() {
    const std::lock_guard lock(lock_mutex_);
    if (lock_.holds_former() && append_only_.is_closed()) lock_.let_go_of_former();
}

std::optional<std::string> Persistence::load_in_background() {
    if (lock_.is_held()) {
        for (const std::string& folder : {std::string("."), engine_.settings().appenddirname.get()}) {
            OutputFile::remove_leftovers(folder, engine_.settings().dbfilename.get());
        }
    }
    // Even if it is not used now: it must not be taken for none later.
    if (auto error = append_only_.open_files()) return error;
    engine_.data_set().begin_loading(unix_ms() / kMsPerSecond, 0);
    loading_ = std::thread([this] {
        const auto error = load();
        if (stopping_) return;
        if (error) {
            // Nobody is let in: there is only a part of what there was.
            log_warning("Fatal error loading the DB, ", *error, ". Exiting.");
            load_failed_ = true;
            return;
        }
        engine_.data_set().end_loading();
    });
    return std::nullopt;
}

std::optional<std::string> Persistence::load() {
    if (!engine_.settings().appendonly) return load_rdb(Locking::Own);
    if (auto error = load_append_only(loading_executor_, Locking::Own)) return error;
    return stopping_ ? std::nullopt : append_only_.begin();
}

std::optional<std::string> Persistence::load_append_only(Executor& executor, Locking locking) {
    const AppendLoader::Callbacks callbacks{
        .load_snapshot =
            [&](MappedFile& file, std::size_t& size) {
                LoadOptions options = load_options(locking);
                options.now_ms = INT64_MIN;  // What follows tells which keys have expired.
                return load_snapshot(file, std::move(options), size);
            },
        .go_on = [this](std::size_t) { return !stopping_; }};
    return append_only_.load(executor, locking, callbacks);
}

std::optional<std::string> Persistence::load_rdb(Locking locking, LoadOptions::Existing existing) {
    const std::string path = engine_.settings().dbfilename.get();
    if (::access(path.c_str(), F_OK) != 0 && errno == ENOENT) return std::nullopt;
    MappedFile file;
    if (auto error = file.open(path)) return error;
    engine_.data_set().loading_total_bytes = file.view().size();
    const std::int64_t start_us = monotonic_us();
    LoadOptions options = load_options(locking);
    options.existing = existing;
    std::size_t size = 0;
    if (auto error = load_snapshot(file, std::move(options), size)) return path + " " + *error;
    log_notice("DB loaded from disk: ", seconds_since(start_us), " seconds");
    return std::nullopt;
}

std::optional<std::string> Persistence::load_snapshot(MappedFile& file, LoadOptions options,
                                                      std::size_t& size) {
    DataSet& data_set = engine_.data_set();
    const bool replaces = options.existing == LoadOptions::Existing::Replaced;
    RdbLoader loader(engine_.keyspace(), std::move(options),
                     {.add_library =
                          [&](std::string_view source) {
                              return engine_.scripting().add_library(
                                  source, replaces ? FunctionLibraries::Collision::Replace
                                                   : FunctionLibraries::Collision::Abort);
                          },
                      .note_progress =
                          [&](std::size_t offset) {
                              if (stopping_) loader.cancel();
                              data_set.loading_done_bytes = offset;
                              file.release_before(offset);
                          }});
    RdbLoader::Result result = loader.load(file.view());
    if (result.error) return result.error;
    size = result.size;
    data_set.keys_loaded = result.keys_loaded;
    data_set.keys_expired = result.keys_expired;
    log_notice("Done loading RDB, keys loaded: ", result.keys_loaded, ", keys expired: ", result.keys_expired,
               ".");
    return std::nullopt;
}

LoadOptions Persistence::load_options(Locking locking) const {
    const Settings& settings = engine_.settings();
    LoadOptions options{.limits = value_limits_of(settings),
                        .checksum = checksum_of(settings),
                        .now_ms = unix_ms(),
                        .key_delay_us = &settings.key_load_delay_us,
                        .locking = locking};
    advance(options.clock, options.now_ms, settings);
    if (locking == Locking::Own) options.threads = loading_threads(engine_.keyspace().shards());
    return options;
}

bool Persistence::must_save(FinalSave save) const {
    if (engine_.data_set().loading()) return false;  // There is nothing new yet.
    if (save == FinalSave::AsConfigured) return !save_points(engine_.settings()).empty();
    return save == FinalSave::Yes;
}

bool Persistence::prepare_to_stop(FinalSave save, InAnyCase in_any_case) {
    const std::lock_guard lock(stop_mutex_);
    if (prepared_to_stop_) return true;
    const auto error = try_to_stop(save, in_any_case);
    if (error) log_warning(*error);
    prepared_to_stop_ = !error || in_any_case == InAnyCase::Yes;
    if (prepared_to_stop_) return true;
    log_warning("Errors trying to shut down the server. Check the logs for more information.");
    return false;
}

std::optional<std::string> Persistence::try_to_stop(FinalSave save, InAnyCase in_any_case) {
    if (saves_.running()) {
        log_warning("There is a save in the background. It is called off");
        saves_.cancel();
        saves_.wait();
    }
    // Without its base, there is nothing of the data set on disk.
    const AppendOnly::Status file = append_only_.status();
    if (file.state == AppendOnly::State::Starting && file.rewriting) {
        if (in_any_case == InAnyCase::No) return "Writing initial AOF. Can't exit.";
        log_warning("Writing initial AOF. Exit anyway.");
    }
    append_only_.cancel_rewrite();
    turn_.wait_for_end_of(SnapshotTurn::Holder::Rewrite);
    return must_save(save) ? save_finally() : std::nullopt;
}

std::optional<std::string> Persistence::save_finally() {
    log_notice("Saving the final RDB snapshot before exiting.");
    engine_.pause().set_ending(true);
    KeyLocks locks(engine_.keyspace());
    bool saved =
        locks.acquire(ShardSet::all(engine_.keyspace().shards())) && saves_.start(Saves::Kind::Awaited);
    locks.release();
    saved = saved && saves_.wait();
    if (saved) return std::nullopt;
    engine_.pause().set_ending(false);
    engine_.wake_reactors();
    return "Error trying to save the DB, can't exit.";
}

}  // namespace pongo

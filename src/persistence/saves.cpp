#include "persistence/saves.h"

#include <utility>

#include "base/clock.h"
#include "base/escape.h"
#include "base/log.h"
#include "base/memory_usage.h"
#include "base/version.h"
#include "engine/access_clock_settings.h"
#include "keyspace/key_locks.h"
#include "persistence/output_file.h"
#include "persistence/snapshot_writer.h"
#include "persistence/value_limits.h"
#include "scripting/scripting.h"

namespace pongo {
namespace {

// After a failure the clock tries again no sooner.
constexpr std::int64_t kRetryDelayS = 5;

UsageNotes usage_notes_of(MaxmemoryPolicy policy) {
    if (is_lfu(policy)) return UsageNotes::Frequency;
    const bool is_lru = policy == MaxmemoryPolicy::AllkeysLru || policy == MaxmemoryPolicy::VolatileLru;
    return is_lru ? UsageNotes::IdleTime : UsageNotes::None;
}

std::int64_t unix_s() {
    return unix_ms() / kMsPerSecond;
}

}  // namespace

std::vector<SavePoint> save_points(const Settings& settings) {
    std::vector<SavePoint> points;
    const std::string text = settings.save.get();
    const auto words = split_arguments(text);
    for (std::size_t i = 0; words && i + 1 < words->size(); i += 2) {
        points.push_back({std::stoll((*words)[i]), static_cast<std::uint64_t>(std::stoll((*words)[i + 1]))});
    }
    return points;
}

Saves::Saves(Engine& engine) : engine_(engine) {
    status_.last_save_s = unix_s();
}

Saves::~Saves() {
    cancel();
    if (thread_.joinable()) thread_.join();
}

std::shared_ptr<Saves::Job> Saves::prepare(Kind kind) {
    const Settings& settings = engine_.settings();
    SnapshotOptions options{.compression = compression_of(settings),
                            .usage = usage_notes_of(settings.maxmemory_policy),
                            .key_delay_us = &settings.rdb_key_save_delay_us};
    advance(options.clock, unix_ms(), settings);
    auto job = std::make_shared<Job>(engine_.keyspace(), std::move(options), kind);
    job->changes_before = engine_.total(&Counters::changes);
    job->started_us = monotonic_us();
    job->started_s = unix_s();
    const auto libraries = engine_.scripting().libraries().snapshot();
    for (const auto& [name, library] : libraries->by_name) job->libraries.push_back(library->source);
    Keyspace& keyspace = engine_.keyspace();
    for (int db = 0; db < keyspace.databases(); ++db) {
        if (keyspace.size(db) > 0) job->sizes.push_back({db, keyspace.size(db), keyspace.volatile_size(db)});
    }
    return job;
}

bool Saves::start(Kind kind) {
    const std::lock_guard lock(mutex_);
    if (job_) return false;
    if (thread_.joinable()) thread_.join();
    job_ = prepare(kind);
    wanted_ = false;
    job_->snapshot.begin();
    last_try_s_ = job_->started_s;
    if (kind == Kind::InBackground) log_notice("Background saving started");
    thread_ = std::thread([this, job = job_] { perform(*job, Locking::Own); });
    return true;
}

bool Saves::save_under_locks() {
    const std::shared_ptr<Job> job = prepare(Kind::Awaited);
    job->snapshot.begin();
    perform(*job, Locking::Held);
    return status().last_ok;
}

void Saves::perform(Job& job, Locking locking) {
    finish(job, write_file(job, locking));
}

std::optional<std::string> Saves::write_file(Job& job, Locking locking) {
    const Settings& settings = engine_.settings();
    OutputFile file(settings.dbfilename.get(),
                    settings.rdb_save_incremental_fsync ? IncrementalSync::On : IncrementalSync::Off);
    SnapshotWriter writer(file, compression_of(settings), checksum_of(settings));
    write_header(writer, job);
    job.snapshot.run(
        [&](int db, std::string_view records) {
            writer.record(db, records);
            note_crowd(job.snapshot);
            if (file.error()) job.snapshot.cancel();
        },
        locking);
    if (engine_.data_set().snapshot_is_crowded.exchange(false)) engine_.wake_reactors();
    writer.end();
    if (job.snapshot.cancelled() && !file.error()) return "it was called off";
    return file.finish();
}

void Saves::write_header(SnapshotWriter& writer, const Job& job) {
    const std::string created = std::to_string(job.started_s);
    const std::string memory = std::to_string(memory_usage().used);
    const AuxField fields[] = {{"redis-ver", kRedisVersion},
                               {"redis-bits", "64"},
                               {"ctime", created},
                               {"used-mem", memory},
                               {"aof-base", "0"}};
    writer.begin(fields);
    for (const std::string& source : job.libraries) writer.function_library(source);
    for (const DatabaseSize& size : job.sizes) writer.database(size.db, size.keys, size.volatile_keys);
}

// Writers wait until half of what was kept is written.
void Saves::note_crowd(const KeyspaceSnapshot& snapshot) {
    std::atomic<bool>& crowded = engine_.data_set().snapshot_is_crowded;
    if (!crowded && snapshot.is_crowded()) {
        crowded = true;
    } else if (crowded && snapshot.is_relieved()) {
        crowded = false;
        engine_.wake_reactors();
    }
}

void Saves::finish(Job& job, const std::optional<std::string>& error) {
    if (error) {
        log_warning("The data set was not saved: ", *error);
    } else {
        log_notice("DB saved on disk");
    }
    const std::lock_guard lock(mutex_);
    // One that was called off says nothing of the disk.
    if (!job.called_off) status_.last_ok = !error;
    if (!error) {
        status_.last_save_s = unix_s();
        ++status_.saves;
        changes_saved_ = job.changes_before;
    }
    status_.most_kept_bytes = job.snapshot.most_kept_bytes();
    if (job.kind == Kind::InBackground) {
        status_.last_duration_s = (monotonic_us() - job.started_us) / kUsPerSecond;
        log_notice(error ? "Background saving error" : "Background saving terminated with success");
    }
    engine_.data_set().save_failed = !status_.last_ok;
    if (job_.get() != &job) return;
    job_ = nullptr;
    ended_.notify_all();
}

bool Saves::running() const {
    const std::lock_guard lock(mutex_);
    return job_ != nullptr;
}

bool Saves::wait() {
    std::unique_lock lock(mutex_);
    ended_.wait(lock, [&] { return !job_; });
    return status_.last_ok;
}

void Saves::cancel() {
    const std::lock_guard lock(mutex_);
    if (!job_) return;
    job_->called_off = true;
    job_->snapshot.cancel();
}

void Saves::note_flush() {
    cancel();
    const std::lock_guard lock(mutex_);
    wanted_ = !save_points(engine_.settings()).empty();
}

void Saves::tick() {
    if (running() || engine_.data_set().loading()) return;
    {
        const std::lock_guard lock(mutex_);
        if (!wanted_ && !is_due(unix_s())) return;
    }
    KeyLocks locks(engine_.keyspace());
    if (locks.acquire(ShardSet::all(engine_.keyspace().shards()))) start(Kind::InBackground);
}

// REQUIRES: the mutex is locked.
bool Saves::is_due(std::int64_t now_s) {
    if (!status_.last_ok && now_s - last_try_s_ <= kRetryDelayS) return false;
    const std::uint64_t changes = engine_.total(&Counters::changes) - changes_saved_;
    for (const SavePoint& point : save_points(engine_.settings())) {
        if (changes < point.changes || now_s - status_.last_save_s <= point.seconds) continue;
        log_notice(point.changes, " changes in ", point.seconds, " seconds. Saving...");
        return true;
    }
    return false;
}

Saves::Status Saves::status() const {
    const std::lock_guard lock(mutex_);
    Status status = status_;
    status.running = job_ != nullptr;
    if (!job_) return status;
    status.running_since_s = job_->started_s;
    status.kept_bytes = job_->snapshot.kept_bytes();
    status.keys_total = job_->snapshot.keys_at_begin();
    status.keys_done = job_->snapshot.keys_taken();
    return status;
}

std::uint64_t Saves::changes_since_last() const {
    const std::lock_guard lock(mutex_);
    return engine_.total(&Counters::changes) - changes_saved_;
}

}  // namespace pongo

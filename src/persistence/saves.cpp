#include "persistence/saves.h"

#include <pthread.h>

#include <utility>

#include "base/clock.h"
#include "base/escape.h"
#include "base/log.h"
#include "keyspace/key_locks.h"

namespace pongo {
namespace {

// After a failure the clock tries again no sooner.
constexpr std::int64_t kRetryDelayS = 5;

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

Saves::Saves(Engine& engine, SnapshotTurn& turn) : engine_(engine), turn_(turn) {
    status_.last_save_s = unix_s();
}

Saves::~Saves() {
    cancel();
    if (thread_.joinable()) thread_.join();
}

std::shared_ptr<Saves::Job> Saves::prepare(Kind kind) {
    auto job = std::make_shared<Job>(engine_, kind);
    job->changes_before = engine_.total(&Counters::changes);
    return job;
}

bool Saves::start(Kind kind) {
    const std::lock_guard lock(mutex_);
    if (!turn_.take(SnapshotTurn::Holder::Save)) return false;
    if (thread_.joinable()) thread_.join();
    job_ = prepare(kind);
    ++engine_.data_set().saves;
    wanted_ = false;
    last_try_s_ = job_->snapshot.started_s();
    if (kind == Kind::InBackground) log_notice("Background saving started");
    thread_ = std::thread([this, job = job_] {
        pthread_setname_np(pthread_self(), "pongo-save");
        perform(*job, Locking::Own);
    });
    return true;
}

void Saves::start_later() {
    const std::lock_guard lock(mutex_);
    wanted_ = true;
}

bool Saves::is_scheduled() const {
    const std::lock_guard lock(mutex_);
    return wanted_;
}

bool Saves::save_under_locks() {
    if (!turn_.take(SnapshotTurn::Holder::Save)) return false;
    perform(*prepare(Kind::Awaited), Locking::Held);
    const std::lock_guard lock(mutex_);
    return last_succeeded_;
}

Saves::Cancelled Saves::cancel_background() {
    const std::lock_guard lock(mutex_);
    if (job_ && job_->kind == Kind::InBackground) {
        log_notice("Background saving will be aborted due to user request");
        job_->call_off();
        return Cancelled::Running;
    }
    if (!std::exchange(wanted_, false)) return Cancelled::Nothing;
    log_notice("Scheduled background saving will be cancelled due to user request");
    return Cancelled::Scheduled;
}

void Saves::forget_changes() {
    const std::lock_guard lock(mutex_);
    changes_saved_ = engine_.total(&Counters::changes);
}

void Saves::perform(Job& job, Locking locking) {
    const Settings& settings = engine_.settings();
    finish(job,
           job.snapshot.write(
               settings.dbfilename.get(),
               settings.rdb_save_incremental_fsync ? IncrementalSync::On : IncrementalSync::Off, locking));
}

void Saves::finish(Job& job, const std::optional<std::string>& error) {
    if (error) {
        log_warning("The data set was not saved: ", *error);
    } else {
        log_notice("DB saved on disk");
    }
    const std::lock_guard lock(mutex_);
    last_succeeded_ = !error;
    // One that was called off says nothing of the disk; and who waits is told of errors himself.
    const bool tells_all = job.kind == Kind::InBackground && !job.called_off;
    if (!error || tells_all) status_.last_ok = !error;
    if (!error) {
        status_.last_save_s = unix_s();
        changes_saved_ = job.changes_before;
    }
    status_.most_kept_bytes = job.snapshot.snapshot().progress().most_kept_bytes;
    if (job.kind == Kind::InBackground) {
        status_.last_duration_s = (monotonic_us() - job.snapshot.started_us()) / kUsPerSecond;
        log_notice(error ? "Background saving error" : "Background saving terminated with success");
    }
    engine_.data_set().save_failed = !status_.last_ok;
    turn_.give_back();
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
    return last_succeeded_;
}

void Saves::cancel() {
    const std::lock_guard lock(mutex_);
    if (job_) job_->call_off();
}

void Saves::note_flush() {
    cancel();
    bool wanted = !save_points(engine_.settings()).empty();
    if (wanted && !engine_.data_set().loading() && turn_.take(SnapshotTurn::Holder::Save)) {
        perform(*prepare(Kind::Awaited), Locking::Held);
        wanted = false;
    }
    const std::lock_guard lock(mutex_);
    wanted_ = wanted;
}

void Saves::tick() {
    if (engine_.data_set().snapshot_runs || engine_.data_set().loading()) return;
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
    status.running_since_s = job_->snapshot.started_s();
    status.progress = job_->snapshot.snapshot().progress();
    return status;
}

std::uint64_t Saves::changes_since_last() const {
    const std::lock_guard lock(mutex_);
    return engine_.total(&Counters::changes) - changes_saved_;
}

}  // namespace pongo

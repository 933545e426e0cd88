#include "persistence/append_log.h"

#include <pthread.h>

#include <chrono>
#include <system_error>
#include <utility>

#include "base/check.h"
#include "base/clock.h"
#include "base/log.h"

namespace pongo {
namespace {

// What was written last is followed by nothing for so long, unless replies wait for it.
constexpr std::chrono::milliseconds kGatherTime{5};
constexpr std::chrono::seconds kRetryDelay{1};
constexpr std::int64_t kSyncEveryUs = kUsPerSecond;
constexpr std::int64_t kLongSyncUs = 2 * kUsPerSecond;
constexpr std::int64_t kComplaintEveryUs = 30 * kUsPerSecond;
// Memory for records that is kept for the next ones.
constexpr std::size_t kKeptBytes = std::size_t{4} << 20;

}  // namespace

AppendLog::AppendLog(Engine& engine) : engine_(engine), data_set_(engine.data_set()) {
    data_set_.log().wake_log = [this] { wake(); };
}

AppendLog::~AppendLog() {
    close();
}

void AppendLog::open(std::shared_ptr<AppendFile> file) {
    {
        const std::lock_guard lock(mutex_);
        CHECK(!open_);
        encoder_.begin_file();
        file_ = std::move(file);
        open_ = true;
        ending_ = false;
    }
    thread_ = std::thread([this] { work(); });
    engine_.effects().add_sink(*this, {Interest::Commands});
}

void AppendLog::turn_to(std::shared_ptr<AppendFile> file) {
    const std::lock_guard lock(mutex_);
    former_file_ = std::exchange(file_, std::move(file));
    finished_files_.push_back({former_file_, std::exchange(pending_, {}), true});
    turned_at_ = accepted_;
    encoder_.begin_file();
}

bool AppendLog::finish_former() {
    Lock lock(mutex_);
    return wait_for_sync(lock, turned_at_);
}

void AppendLog::go_on() {
    {
        const std::lock_guard lock(mutex_);
        former_file_ = nullptr;
    }
    wake();
}

void AppendLog::go_back() {
    {
        const std::lock_guard lock(mutex_);
        file_ = std::exchange(former_file_, nullptr);
    }
    wake();
}

void AppendLog::set_complete(std::uint64_t failures) {
    {
        const std::lock_guard lock(mutex_);
        if (failures != failed_syncs_) return;
        complete_ = has_base_ = true;
        LogProgress& progress = data_set_.log();
        progress.note_synced(synced_);
        progress.set_complete(true);
    }
    follow_policy();
}

void AppendLog::set_incomplete() {
    const std::lock_guard lock(mutex_);
    complete_ = false;
    data_set_.log().set_complete(false);
}

bool AppendLog::is_lacking() const {
    const std::lock_guard lock(mutex_);
    return open_ && !complete_ && !fails_;
}

void AppendLog::close() {
    if (!thread_.joinable()) return;
    engine_.effects().remove_sink(*this);
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    wake();
    thread_.join();
    {
        const std::lock_guard lock(mutex_);
        file_ = nullptr;
        open_ = has_base_ = false;
        // What could not be written is part of the base with which another file begins.
        finished_files_.clear();
        pending_.clear();
        data_set_.log_bytes = 0;
    }
    tried_or_ended_.notify_all();
    last_file_ = nullptr;
    fails_ = write_failing_ = sync_failing_ = false;
    set_incomplete();
    if (!gave_up_) follow_policy();  // Otherwise nobody is ever told of what is not on disk.
    data_set_.append_error = 0;
    data_set_.log_is_crowded = false;
}

void AppendLog::accept(const Unit& unit) noexcept {
    if (unit.commands.empty()) return;
    std::optional<std::int64_t> annotated_s;
    if (engine_.settings().aof_timestamp_enabled) annotated_s = unix_ms() / kMsPerSecond;
    const std::lock_guard lock(mutex_);
    const std::size_t before = pending_.size();
    if (!encoder_.append(unit, annotated_s, pending_)) return;
    const std::size_t bytes = pending_.size() - before;
    accepted_ += bytes;
    LogProgress& progress = data_set_.log();
    progress.note_appended(bytes);
    if (asleep_) progress.leave_unannounced();
    if ((data_set_.log_bytes += bytes) > kMostPendingBytes) look_for_crowd();
}

bool AppendLog::sync() {
    Lock lock(mutex_);
    return !open_ || wait_for_sync(lock, accepted_);
}

bool AppendLog::wait_for_sync(Lock& lock, std::uint64_t position) {
    ++syncs_wanted_;
    tried_ = synced_;
    roused_ = true;
    woken_.notify_one();
    tried_or_ended_.wait(lock, [&] { return tried_ >= position || gave_up_ || !open_; });
    --syncs_wanted_;
    return synced_ >= position;
}

void AppendLog::follow_policy() {
    LogProgress& progress = data_set_.log();
    {
        const std::lock_guard lock(mutex_);
        progress.set_withholds(has_base_ && is(AppendFsync::Always));
    }
    wake();
    progress.wake_waiting();
}

void AppendLog::tick() {
    data_set_.log().announce();
    const std::int64_t started_us = sync_started_us_;
    if (started_us == 0 || started_us == delayed_sync_us_ || !is(AppendFsync::EverySecond)) return;
    if (monotonic_us() - started_us < kLongSyncUs) return;
    log_notice(
        "Asynchronous AOF fsync is taking too long (disk is busy?). Writers wait for fsync to complete, this "
        "may slow down Redis.");
    delayed_sync_us_ = started_us;
    ++delayed_syncs_;
    look_for_crowd();
}

AppendLog::Status AppendLog::status() const {
    const std::lock_guard lock(mutex_);
    return {.file_bytes = file_ ? file_->size() : 0,
            .pending_bytes = data_set_.log_bytes,
            .sync_runs = sync_started_us_ != 0,
            .delayed_syncs = delayed_syncs_};
}

void AppendLog::wake() {
    {
        const std::lock_guard lock(mutex_);
        roused_ = true;
    }
    woken_.notify_one();
}

void AppendLog::work() {
    pthread_setname_np(pthread_self(), "pongo-aof");
    for (bool ending = false; !ending;) {
        std::deque<Part> parts;
        std::uint64_t position = 0;
        {
            Lock lock(mutex_);
            wait_for_work(lock);
            parts = take_parts();
            position = former_file_ ? turned_at_ : accepted_;
            ending = ending_;
        }
        bool is_tried = false;
        bool is_synced = true;
        for (const Part& part : parts) {
            if (gave_up_) break;
            if (!write(part)) return note_tried(UINT64_MAX);
            last_file_ = part.file;
            if (!part.is_last) continue;
            is_tried = true;
            is_synced = sync_file(*part.file) && is_synced;
        }
        written_ = position;
        const bool is_rest = parts.empty() || !parts.back().is_last;  // That was not synced yet.
        if (is_rest && last_file_ && (is_tried || ending || is_sync_due())) {
            is_tried = true;
            is_synced = sync_file(*last_file_) && is_synced;
        }
        if (gave_up_) break;
        if (is_tried) is_synced ? note_synced(position) : note_tried(position);
        if (!parts.empty()) keep_room(parts.back().bytes);
    }
    note_tried(UINT64_MAX);
}

// For what is written next.
void AppendLog::keep_room(std::string& bytes) {
    const std::lock_guard lock(mutex_);
    if (!pending_.empty() || bytes.capacity() > kKeptBytes) return;
    pending_ = std::move(bytes);
    pending_.clear();
}

// So that there is something to write or to sync.
void AppendLog::wait_for_work(Lock& lock) {
    const auto is_roused = [this] { return roused_; };
    const bool owes_sync = written_ > synced_ && (is(AppendFsync::EverySecond) || sync_failing_);
    if (!is(AppendFsync::Always) && written_ > synced_) woken_.wait_for(lock, kGatherTime, is_roused);
    const bool may_write = !finished_files_.empty() || (!former_file_ && !pending_.empty());
    if (!roused_ && !may_write) {
        asleep_ = true;
        if (owes_sync) {
            woken_.wait_for(lock, std::chrono::microseconds(last_sync_us_ + kSyncEveryUs - monotonic_us()),
                            is_roused);
        } else {
            woken_.wait(lock, is_roused);
        }
    }
    asleep_ = false;
    roused_ = false;
}

// What goes to files that are finished, and then to the one in use, even if that is nothing.
std::deque<AppendLog::Part> AppendLog::take_parts() {
    std::deque<Part> parts = std::exchange(finished_files_, {});
    if (!former_file_) parts.push_back({file_, std::exchange(pending_, {})});
    return parts;
}

bool AppendLog::write(const Part& part) {
    std::string_view rest = part.bytes;
    while (!rest.empty()) {
        rest.remove_prefix(part.file->append(rest));
        if (part.file->error() == 0) break;
        note_error("writing to", part.file->error(), write_failing_);
        if (wait_to_try_again()) continue;
        log_warning("The last ", rest.size(), " bytes and more could not be written to ", part.file->path());
        return false;
    }
    if (!part.bytes.empty()) note_recovery(write_failing_);
    data_set_.log_bytes -= part.bytes.size();
    look_for_crowd();
    return true;
}

bool AppendLog::sync_file(AppendFile& file) {
    const std::int64_t now_us = monotonic_us();
    sync_started_us_ = now_us;
    last_sync_us_ = now_us;
    const bool synced = file.sync();
    sync_started_us_ = 0;
    if (delayed_syncs_ > 0) look_for_crowd();
    if (synced) {
        note_recovery(sync_failing_);
    } else {
        ++failed_syncs_;
        note_error("syncing", file.error(), sync_failing_);
        set_incomplete();
    }
    return synced;
}

bool AppendLog::is_sync_due() const {
    const std::lock_guard lock(mutex_);
    if (syncs_wanted_ > 0) return true;
    if (written_ <= synced_) return false;
    if (is(AppendFsync::Always)) return true;
    if (monotonic_us() - last_sync_us_ < kSyncEveryUs) return false;
    if (sync_failing_) return true;
    if (is(AppendFsync::No)) return false;
    return !engine_.settings().no_appendfsync_on_rewrite || !data_set_.snapshot_runs;
}

void AppendLog::note_synced(std::uint64_t position) {
    LogProgress& progress = data_set_.log();
    {
        const std::lock_guard lock(mutex_);
        synced_ = position;
        if (complete_) progress.note_synced(position);
    }
    note_tried(position);
    progress.wake_waiting();
}

void AppendLog::note_tried(std::uint64_t position) {
    {
        const std::lock_guard lock(mutex_);
        tried_ = position;
    }
    tried_or_ended_.notify_all();
}

void AppendLog::note_error(std::string_view operation, int error, bool& failing) {
    const std::string text = std::generic_category().message(error);
    const std::int64_t now_us = monotonic_us();
    if (!failing || now_us - last_complaint_us_ > kComplaintEveryUs) {
        log_warning("Error ", operation, " the AOF file: ", text);
        last_complaint_us_ = now_us;
    }
    failing = true;
    fails_ = true;
    data_set_.append_error = error;
    if (!is(AppendFsync::Always) || !data_set_.log().enabled()) return;
    log_warning("Can't recover from AOF write error when the AOF fsync policy is 'always'. Exiting...");
    gave_up_ = true;
}

void AppendLog::note_recovery(bool& failing) {
    if (!std::exchange(failing, false) || write_failing_ || sync_failing_) return;
    fails_ = false;
    data_set_.append_error = 0;
    log_warning("AOF write error looks solved, Redis can write again.");
}

// False if that makes no sense any more.
bool AppendLog::wait_to_try_again() {
    if (gave_up_) return false;
    note_tried(UINT64_MAX);
    Lock lock(mutex_);
    woken_.wait_for(lock, kRetryDelay, [this] { return ending_; });
    return !ending_;
}

void AppendLog::look_for_crowd() {
    const std::int64_t started_us = sync_started_us_;
    const bool lags = started_us != 0 && monotonic_us() - started_us >= kLongSyncUs;
    const bool failing = data_set_.append_error != 0;  // Then writers are told so.
    const std::size_t waiting = data_set_.log_bytes;
    if (!failing && (lags || waiting > kMostPendingBytes)) {
        data_set_.log_is_crowded = true;
    } else if ((failing || waiting <= kMostPendingBytes / 2) && data_set_.log_is_crowded.exchange(false)) {
        engine_.wake_reactors();
    }
}

}  // namespace pongo

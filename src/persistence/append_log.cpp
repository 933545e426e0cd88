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
constexpr std::chrono::milliseconds kGatherTime{2};
constexpr std::chrono::seconds kRetryDelay{1};
constexpr std::int64_t kSyncEveryUs = kUsPerSecond;
constexpr std::int64_t kLongSyncUs = 2 * kUsPerSecond;
constexpr std::int64_t kComplaintEveryUs = 30 * kUsPerSecond;
// Memory for records that is kept for the next ones.
constexpr std::size_t kKeptBytes = std::size_t{4} << 20;

}  // namespace

AppendLog::AppendLog(Engine& engine) : engine_(engine) {
    engine.data_set().log().wake_log = [this] { wake(); };
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
        complete_ = false;
    }
    thread_ = std::thread([this] { work(); });
    engine_.effects().add_sink(*this, {Interest::Commands});
}

void AppendLog::go_on_in(std::shared_ptr<AppendFile> file) {
    const std::lock_guard lock(mutex_);
    finished_files_.push_back({std::exchange(file_, std::move(file)), std::exchange(pending_, {})});
    encoder_.begin_file();
}

void AppendLog::set_complete() {
    {
        const std::lock_guard lock(mutex_);
        complete_ = true;
        engine_.data_set().log().note_synced(synced_);
    }
    follow_policy();
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
        open_ = false;
    }
    DataSet& data_set = engine_.data_set();
    data_set.append_error = 0;
    data_set.log_is_crowded = false;
    data_set.log().set_withholds(false);
    data_set.log().wake_waiting();
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
    LogProgress& progress = engine_.data_set().log();
    progress.note_appended(bytes);
    if (asleep_) progress.leave_unannounced();
    if ((waiting_bytes_ += bytes) > kMostPendingBytes) look_for_crowd();
}

bool AppendLog::sync() {
    Lock lock(mutex_);
    if (!open_) return true;
    const std::uint64_t position = accepted_;
    ++syncs_wanted_;
    tried_ = synced_;
    roused_ = true;
    woken_.notify_one();
    tried_or_ended_.wait(lock, [&] { return tried_ >= position || gave_up_; });
    --syncs_wanted_;
    return synced_ >= position;
}

void AppendLog::follow_policy() {
    LogProgress& progress = engine_.data_set().log();
    {
        const std::lock_guard lock(mutex_);
        progress.set_withholds(complete_ && is(AppendFsync::Always));
    }
    wake();
    progress.wake_waiting();
}

void AppendLog::tick() {
    engine_.data_set().log().announce();
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
            .pending_bytes = waiting_bytes_,
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
            position = accepted_;
            ending = ending_;
        }
        bool is_whole = true;  // What goes to files that are finished is on disk.
        for (std::size_t i = 0; i < parts.size() && !gave_up_; ++i) {
            if (!write(parts[i])) return note_tried(UINT64_MAX);
            if (i + 1 < parts.size()) is_whole = sync_file(*parts[i].file) && is_whole;
        }
        written_ = position;
        if (ending || !is_whole || is_sync_due()) {
            const bool synced = sync_file(*parts.back().file) && is_whole;
            synced ? note_synced(position) : note_tried(position);
        }
        if (gave_up_) break;
        const std::lock_guard lock(mutex_);
        if (pending_.empty() && parts.back().bytes.capacity() <= kKeptBytes) {
            pending_ = std::move(parts.back().bytes);
            pending_.clear();
        }
    }
    note_tried(UINT64_MAX);
}

// So that there is something to write or to sync.
void AppendLog::wait_for_work(Lock& lock) {
    const auto is_roused = [this] { return roused_; };
    const bool owes_sync = written_ > synced_ && is(AppendFsync::EverySecond);
    if (!is(AppendFsync::Always) && written_ > synced_) woken_.wait_for(lock, kGatherTime, is_roused);
    if (!roused_ && pending_.empty() && finished_files_.empty()) {
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

// The last one is what goes to the file in use, if that is nothing.
std::deque<AppendLog::Part> AppendLog::take_parts() {
    std::deque<Part> parts = std::exchange(finished_files_, {});
    parts.push_back({file_, std::exchange(pending_, {})});
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
    waiting_bytes_ -= part.bytes.size();
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
        note_error("syncing", file.error(), sync_failing_);
        doubt_ = true;
    }
    return synced;
}

bool AppendLog::is_sync_due() const {
    const std::lock_guard lock(mutex_);
    if (syncs_wanted_ > 0) return true;
    if (written_ <= synced_) return false;
    if (is(AppendFsync::Always)) return true;
    if (is(AppendFsync::No) || monotonic_us() - last_sync_us_ < kSyncEveryUs) return false;
    return !engine_.settings().no_appendfsync_on_rewrite || !engine_.data_set().snapshot_runs;
}

void AppendLog::note_synced(std::uint64_t position) {
    LogProgress& progress = engine_.data_set().log();
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
    engine_.data_set().append_error = error;
    if (!is(AppendFsync::Always) || !engine_.data_set().log().enabled()) return;
    log_warning("Can't recover from AOF write error when the AOF fsync policy is 'always'. Exiting...");
    gave_up_ = true;
}

void AppendLog::note_recovery(bool& failing) {
    if (!std::exchange(failing, false) || write_failing_ || sync_failing_) return;
    engine_.data_set().append_error = 0;
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
    DataSet& data_set = engine_.data_set();
    const std::int64_t started_us = sync_started_us_;
    const bool lags = started_us != 0 && monotonic_us() - started_us >= kLongSyncUs;
    const bool failing = data_set.append_error != 0;  // Then writers are told so.
    const std::size_t waiting = waiting_bytes_;
    if (!failing && (lags || waiting > kMostPendingBytes)) {
        data_set.log_is_crowded = true;
    } else if ((failing || waiting <= kMostPendingBytes / 2) && data_set.log_is_crowded.exchange(false)) {
        engine_.wake_reactors();
    }
}

}  // namespace pongo

#include "persistence/rdb_loader.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <thread>
#include <utility>
#include <variant>

#include "base/escape.h"
#include "values/detached_value.h"

namespace pongo {
namespace {

constexpr std::size_t kBatchBytes = std::size_t{128} << 10;
constexpr std::size_t kBatchKeys = 512;
// So many batches may wait to be put in their places.
constexpr std::size_t kMostBatches = 16;
// Progress is noted with each batch, and in any case behind so many items.
constexpr std::size_t kItemsPerNote = 10'000;
// A key takes at least so many bytes of a file.
constexpr std::size_t kLeastKeyBytes = 3;

}  // namespace

RdbLoader::RdbLoader(Keyspace& keyspace, LoadOptions options, Callbacks callbacks)
    : keyspace_(keyspace), options_(std::move(options)), callbacks_(std::move(callbacks)) {}

RdbLoader::Result RdbLoader::load(std::string_view file) {
    file_ = file;
    unannounced_keys_ = file.size() / kLeastKeyBytes;
    std::vector<std::thread> workers;
    for (int i = 0; i < options_.threads; ++i) workers.emplace_back([this] { work(); });
    SnapshotReader reader(file, options_.checksum);
    read(reader);
    {
        const std::lock_guard lock(mutex_);
        finished_ = true;
    }
    changed_.notify_all();
    for (std::thread& worker : workers) worker.join();
    result_.keys_loaded = keys_loaded_;
    return std::move(result_);
}

void RdbLoader::read(SnapshotReader& reader) {
    for (std::size_t items = 1; !failed() && accept(reader.next()); ++items) {
        at_ = reader.offset();
        if (batch_.bytes >= kBatchBytes || batch_.records.size() >= kBatchKeys) {
            hand_over();
        } else if (items % kItemsPerNote != 0) {
            continue;
        }
        if (callbacks_.note_progress) callbacks_.note_progress(reader.offset());
    }
    hand_over();
}

// False at the end.
bool RdbLoader::accept(const SnapshotReader::Item& item) {
    if (const auto* key = std::get_if<SnapshotReader::Key>(&item)) {
        accept_key(*key);
    } else if (const auto* database = std::get_if<SnapshotReader::Database>(&item)) {
        db_ = database->db;
        if (db_ >= keyspace_.databases()) {
            fail(at_, "the data set needs more databases than there are: see the option 'databases'");
        }
    } else if (const auto* sizes = std::get_if<SnapshotReader::ResizeDb>(&item)) {
        make_room(*sizes);
    } else if (const auto* function = std::get_if<SnapshotReader::Function>(&item)) {
        const std::string error = callbacks_.add_library ? callbacks_.add_library(function->source) : "";
        if (!error.empty()) fail(at_, "a library of functions can't be loaded: " + error);
    } else if (const auto* error = std::get_if<SnapshotReader::Error>(&item)) {
        fail(error->offset, error->reason);
    } else if (const auto* end = std::get_if<SnapshotReader::End>(&item)) {
        result_.size = end->size;
        return false;
    }
    return true;
}

void RdbLoader::accept_key(const SnapshotReader::Key& key) {
    if (key.expires_at_ms && *key.expires_at_ms < options_.now_ms) {
        ++result_.keys_expired;
        return;
    }
    batch_.records.push_back(
        {std::string(key.key), {}, key.db, key.expires_at_ms, key.usage, key.type, key.value});
    batch_.bytes += key.key.size() + key.value.size();
    const std::int64_t delay_us = options_.key_delay_us ? options_.key_delay_us->get() : 0;
    if (delay_us > 0) std::this_thread::sleep_for(std::chrono::microseconds(delay_us));
}

// What the file says of itself may be anything.
void RdbLoader::make_room(const SnapshotReader::ResizeDb& sizes) {
    if (failed()) return;
    const std::uint64_t keys = std::min<std::uint64_t>(sizes.keys, unannounced_keys_);
    unannounced_keys_ -= keys;
    if (keys == 0) return;
    const auto shards = static_cast<std::uint32_t>(keyspace_.shards());
    for (std::uint32_t shard = 0; shard < shards; ++shard) {
        const ShardGuard guard(keyspace_, shard, options_.locking);
        keyspace_.shard(shard).databases[static_cast<std::size_t>(db_)]->reserve(keys / shards);
    }
}

void RdbLoader::hand_over() {
    if (batch_.records.empty()) return;
    Batch batch = std::exchange(batch_, {});
    if (has_enough_to_do()) return put_all(batch);
    {
        const std::lock_guard lock(mutex_);
        batches_.push_back(std::move(batch));
    }
    changed_.notify_one();
}

// Of the threads that put values in their places: then who reads does that, too.
bool RdbLoader::has_enough_to_do() {
    const std::lock_guard lock(mutex_);
    return options_.threads == 0 || batches_.size() >= kMostBatches;
}

void RdbLoader::work() {
    for (;;) {
        Batch batch;
        {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, [&] { return !batches_.empty() || finished_; });
            if (batches_.empty()) return;
            batch = std::move(batches_.front());
            batches_.pop_front();
        }
        put_all(batch);
    }
}

// All their places are on their way from memory before the first one is needed.
void RdbLoader::put_all(Batch& batch) {
    for (Record& record : batch.records) {
        record.at = keyspace_.locate(record.key);
        keyspace_.database(record.db, record.at).prefetch_bucket(record.at.hash);
    }
    for (const Record& record : batch.records) {
        if (failed()) return;
        put(record);
    }
    keys_loaded_ += batch.records.size();
}

void RdbLoader::put(const Record& record) {
    const auto offset = static_cast<std::size_t>(record.value.data() - file_.data());
    DetachedValue value;
    RdbReader in(record.value);
    if (!read_value(in, record.type, options_.limits, value)) return fail(offset + in.offset(), in.reason());
    if (in.left() > 0) return fail(offset + in.offset(), "a value is shorter than its place");
    const KeyLocation& at = record.at;
    const ShardGuard guard(keyspace_, at.shard, options_.locking);
    Database& database = keyspace_.database(record.db, at);
    if (Entry* const before = database.find(at)) {
        if (options_.existing == LoadOptions::Existing::Unexpected) {
            return fail(offset, "the key " + quoted(record.key) + " is there twice");
        }
        keyspace_.take(record.db, at.shard, *before);
        keyspace_.dispose(database.extract(at, before), Keyspace::Free::Now);
    }
    Entry* const entry = database.add(at, record.expires_at_ms, value.release());
    entry->set_access(access_of(record.usage));
    keyspace_.mark_as_taken(*entry);
}

std::uint32_t RdbLoader::access_of(const KeyUsage& usage) const {
    if (options_.clock.policy() == AccessClock::Policy::LeastFrequent) {
        return usage.frequency ? options_.clock.with_frequency(*usage.frequency) : options_.clock.fresh();
    }
    return usage.idle_seconds ? options_.clock.idle_for(static_cast<std::int64_t>(*usage.idle_seconds))
                              : options_.clock.fresh();
}

// The first one counts.
void RdbLoader::fail(std::size_t offset, std::string_view reason) {
    const std::lock_guard lock(mutex_);
    if (failed_.exchange(true)) return;
    result_.error = "at offset " + std::to_string(offset) + ": " + std::string(reason);
    changed_.notify_all();
}

}  // namespace pongo

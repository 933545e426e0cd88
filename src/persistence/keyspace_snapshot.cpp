#include "persistence/keyspace_snapshot.h"

#include <algorithm>
#include <chrono>
#include <numeric>
#include <optional>
#include <thread>
#include <utility>

#include "base/check.h"
#include "base/memory_meter.h"
#include "keyspace/key_locks.h"
#include "persistence/rdb_writer.h"
#include "persistence/rebuilding_commands.h"
#include "persistence/value_writer.h"

namespace pongo {
namespace {

constexpr std::size_t kSliceEntries = 256;
// What is kept in all shards is fetched when it is so much.
constexpr std::size_t kFetchBytes = std::size_t{4} << 20;

std::optional<std::int64_t> expiry_of(const Entry& entry) {
    return entry.has_expiry() ? std::optional(entry.expires_at_ms()) : std::nullopt;
}

// The lock of the shard where the value of an open record is.
class RecordGuard {
  public:
    RecordGuard(Keyspace& keyspace, const OpenRecord& record, Locking locking) {
        std::uint32_t shard = 0;
        do {
            shard = record.shard();
            guard_.emplace(keyspace, shard, locking);
        } while (record.shard() != shard);
    }

  private:
    std::optional<ShardGuard> guard_;
};

}  // namespace

KeyspaceSnapshot::KeyspaceSnapshot(Keyspace& keyspace, SnapshotOptions options)
    : keyspace_(keyspace),
      options_(std::move(options)),
      shards_(static_cast<std::size_t>(keyspace.shards())),
      place_(static_cast<std::size_t>(keyspace.databases())),
      kept_bytes_(options_.kept_limit, options_.data_set) {
    for (ShardState& shard : shards_) shard.parts.resize(place_.size());
    std::iota(place_.begin(), place_.end(), 0);
}

KeyspaceSnapshot::~KeyspaceSnapshot() {
    CHECK(began_ == ended_);
}

void KeyspaceSnapshot::begin() {
    for (int db = 0; db < keyspace_.databases(); ++db) keys_at_begin_ += keyspace_.size(db);
    keyspace_.begin_snapshot(*this);
    began_ = true;
}

void KeyspaceSnapshot::run(const Consumer& consume, Locking locking) {
    for (std::uint32_t shard = 0; shard < shards_.size(); ++shard) {
        for (int db = 0; db < keyspace_.databases(); ++db) walk(shard, db, consume, locking);
    }
    end(locking);
}

void KeyspaceSnapshot::walk(std::uint32_t shard, int db, const Consumer& consume, Locking locking) {
    const auto number = static_cast<std::size_t>(db);
    Part& part = shards_[shard].parts[number];
    std::shared_ptr<Database> done;
    std::uint64_t cursor = 0;
    do {
        Records records;
        {
            const ShardGuard guard(keyspace_, shard, locking);
            const auto place = static_cast<std::size_t>(place_[number]);
            const Database& database =
                part.detached ? *part.detached : *keyspace_.shard(shard).databases[place];
            cursor = take_slice(database, db, shard, cursor, records);
            part.walked = cursor == 0;
            if (part.walked) done = std::move(part.detached);
        }
        consume_all(records, consume);
        const bool has_written = finish_open(consume, locking) || !records.empty();
        if (const std::int64_t delay_us = key_delay_us(); delay_us > 0 && has_written && !cancelled_) {
            std::this_thread::sleep_for(std::chrono::microseconds(delay_us));
        }
        if (kept_bytes_.now() > kFetchBytes) {
            for (std::uint32_t each = 0; each < shards_.size(); ++each) consume_kept(each, consume, locking);
        }
    } while (cursor != 0);
    consume_kept(shard, consume, locking);
}

// Returns the cursor to go on with, 0 at the end.
std::uint64_t KeyspaceSnapshot::take_slice(const Database& database, int db, std::uint32_t shard,
                                           std::uint64_t cursor, Records& records) {
    const std::size_t most = key_delay_us() > 0 ? 1 : kSliceEntries;
    std::size_t seen = 0;
    std::size_t bytes = 0;
    do {
        cursor = database.scan(cursor, [&](Entry* entry) {
            ++seen;
            if (keyspace_.is_taken(*entry)) return;
            bytes += write(records, db, shard, *entry, Opener::Walker);
            keyspace_.mark_as_taken(*entry);
        });
    } while (cursor != 0 && seen < most && bytes < options_.slice_bytes && !first_open());
    return cursor;
}

// The databases' order is of no importance.
KeyspaceSnapshot::Run& KeyspaceSnapshot::run_of(Records& records, int db) {
    const auto found = std::ranges::find(records, db, &Run::db);
    return found != records.end() ? *found : records.emplace_back(Run{db, {}});
}

std::size_t KeyspaceSnapshot::write(Records& records, int db, std::uint32_t shard, const Entry& entry,
                                    Opener opener) {
    ++keys_taken_;
    if (cancelled_ || open(db, shard, entry, opener)) return 0;
    Pieces& sink = run_of(records, db).bytes;
    const std::size_t before = sink.size();
    if (options_.format == RecordFormat::Commands) {
        write_key_commands(sink, entry.key(), expiry_of(entry), entry.payload());
        return sink.size() - before;
    }
    // Uncompressed if a client waits for it.
    RdbWriter writer(sink, opener == Opener::Writer ? Compression::Off : options_.compression);
    write_key(writer, entry.key(), expiry_of(entry), usage_of(entry), entry.payload());
    return sink.size() - before;
}

// False if the entry's value is not big.
bool KeyspaceSnapshot::open(int db, std::uint32_t shard, const Entry& entry, Opener opener) {
    if (options_.format == RecordFormat::Commands) return false;
    const Payload value = entry.payload();
    std::unique_ptr<OpenRecord> record = open_record(value, options_.big_bytes, opener, kept_bytes_);
    if (!record) return false;
    record->set_place({.key = entry.key(), .shard = shard});
    RdbWriter writer(record->head(), Compression::Off);
    write_key_head(writer, entry.key(), expiry_of(entry), usage_of(entry), object_type_of(value));
    const std::lock_guard lock(open_mutex_);
    open_.push_back({db, std::move(record)});
    open_.back().record->begin(writer);
    return true;
}

KeyspaceSnapshot::Open* KeyspaceSnapshot::first_open() {
    const std::lock_guard lock(open_mutex_);
    return open_.empty() ? nullptr : &open_.front();
}

// All hear of it: what counts as kept no more must not be thought to be in use.
void KeyspaceSnapshot::note_freed() {
    MemoryMeter::mine().used();
}

bool KeyspaceSnapshot::finish_open(const Consumer& consume, Locking locking) {
    bool has_finished = false;
    while (Open* const open = first_open()) {
        finish(*open, consume, locking);
        std::unique_ptr<OpenRecord> done;
        {
            const std::lock_guard lock(open_mutex_);
            done = std::move(open->record);
            open_.pop_front();
        }
        if (done->owned()) {
            release_heap(*done->owned());
            note_freed();
        }
        has_finished = true;
    }
    return has_finished;
}

// Writes the rest of a record, and lets go of its value.
void KeyspaceSnapshot::finish(Open& open, const Consumer& consume, Locking locking) {
    OpenRecord& record = *open.record;
    this->consume(open.db, record.head(), consume);
    for (bool is_last = false; !is_last && !cancelled_;) {
        std::size_t kept = 0;
        {
            const OpenRecord::Slice slice = next_slice(record, locking);
            this->consume(open.db, slice.bytes, consume);
            kept = slice.kept;
            is_last = slice.is_last;
        }
        note_freed();
        record.note_consumed(kept);
    }
    const RecordGuard guard(keyspace_, record, locking);
    record.let_go();
}

OpenRecord::Slice KeyspaceSnapshot::next_slice(OpenRecord& record, Locking locking) {
    OpenRecord::Slice slice;
    {
        const RecordGuard guard(keyspace_, record, locking);
        if (!record.is_alone()) {
            record.write_slice(slice, options_.slice_bytes, options_.compression);
            return slice;
        }
    }
    record.write_slice(slice, options_.slice_bytes, options_.compression);
    return slice;
}

KeyUsage KeyspaceSnapshot::usage_of(const Entry& entry) const {
    KeyUsage usage;
    if (options_.usage == UsageNotes::IdleTime) {
        usage.idle_seconds = static_cast<std::uint64_t>(options_.clock.idle_seconds(entry.access()));
    } else if (options_.usage == UsageNotes::Frequency) {
        usage.frequency = options_.clock.frequency(entry.access());
    }
    return usage;
}

void KeyspaceSnapshot::take(int db, std::uint32_t shard, const Entry& entry) {
    const auto number = static_cast<int>(std::ranges::find(place_, db) - place_.begin());
    kept_bytes_.add(write(shards_[shard].kept, number, shard, entry, Opener::Writer));
}

void KeyspaceSnapshot::moved(const Payload& value, const KeyLocation& to) {
    if (OpenRecord* const record = open_record_of(value)) record->set_place(to);
}

bool KeyspaceSnapshot::keeps(const Payload& value) {
    OpenRecord* const record = open_record_of(value);
    if (record) record->own(value);
    return record != nullptr;
}

void KeyspaceSnapshot::emptied(int db, std::uint32_t shard, std::shared_ptr<Database> content) {
    const auto number = static_cast<std::size_t>(std::ranges::find(place_, db) - place_.begin());
    Part& part = shards_[shard].parts[number];
    // Emptied once more, it has nothing that was there at the beginning.
    if (!part.detached && !part.walked && !cancelled_) part.detached = content;
    // But for the values of open records, which may have been moved there.
    const std::lock_guard lock(open_mutex_);
    for (const Open& open : open_) {
        if (open.record->shard() != shard) continue;
        const Entry* const entry = content->find(keyspace_.locate(open.record->key()));
        if (entry && open_record_of(entry->payload()) == open.record.get()) open.record->hold(content);
    }
}

void KeyspaceSnapshot::swapped(int first, int second) {
    std::swap(*std::ranges::find(place_, first), *std::ranges::find(place_, second));
}

void KeyspaceSnapshot::consume_kept(std::uint32_t shard, const Consumer& consume, Locking locking) {
    Records kept;
    {
        const ShardGuard guard(keyspace_, shard, locking);
        kept = std::exchange(shards_[shard].kept, {});
    }
    consume_all(kept, consume);
    std::size_t bytes = 0;
    for (const Run& run : kept) bytes += run.bytes.size();
    kept.clear();
    note_freed();
    kept_bytes_.subtract(bytes);
}

void KeyspaceSnapshot::consume_all(const Records& records, const Consumer& consume) const {
    for (const Run& run : records) this->consume(run.db, run.bytes, consume);
}

void KeyspaceSnapshot::consume(int db, const Pieces& bytes, const Consumer& consume) const {
    bytes.for_each([&](std::string_view piece) {
        if (!cancelled_) consume(db, piece);
    });
}

// All entries have been taken: nobody keeps anything any more.
void KeyspaceSnapshot::end(Locking locking) {
    KeyLocks locks(keyspace_);
    if (locking == Locking::Own) locks.acquire_all();
    keyspace_.end_snapshot();
    ended_ = true;
}

}  // namespace pongo

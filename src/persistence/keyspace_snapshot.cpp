#include "persistence/keyspace_snapshot.h"

#include <algorithm>
#include <chrono>
#include <numeric>
#include <thread>
#include <utility>

#include "base/check.h"
#include "keyspace/key_locks.h"
#include "persistence/rdb_writer.h"

namespace pongo {
namespace {

// So much is taken under a lock before it is let go: some hundred microseconds.
constexpr std::size_t kSliceBytes = std::size_t{32} << 10;
constexpr std::size_t kSliceEntries = 256;
// What is kept in all shards is fetched when it is so much.
constexpr std::size_t kFetchBytes = std::size_t{4} << 20;

constexpr std::chrono::milliseconds kPatience{10};

}  // namespace

KeyspaceSnapshot::KeyspaceSnapshot(Keyspace& keyspace, SnapshotOptions options)
    : keyspace_(keyspace),
      options_(std::move(options)),
      shards_(static_cast<std::size_t>(keyspace.shards())),
      place_(static_cast<std::size_t>(keyspace.databases())) {
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
            cursor = take_slice(database, db, cursor, records);
            part.walked = cursor == 0;
            if (part.walked) done = std::move(part.detached);
        }
        consume_all(records, consume);
        if (const std::int64_t delay_us = key_delay_us(); delay_us > 0 && !records.empty() && !cancelled_) {
            std::this_thread::sleep_for(std::chrono::microseconds(delay_us));
        }
        if (kept_bytes_ > kFetchBytes) {
            for (std::uint32_t each = 0; each < shards_.size(); ++each) consume_kept(each, consume, locking);
        }
    } while (cursor != 0);
    consume_kept(shard, consume, locking);
}

// Returns the cursor to go on with, 0 at the end.
std::uint64_t KeyspaceSnapshot::take_slice(const Database& database, int db, std::uint64_t cursor,
                                           Records& records) {
    const std::size_t most = key_delay_us() > 0 ? 1 : kSliceEntries;
    std::size_t seen = 0;
    std::size_t bytes = 0;
    do {
        cursor = database.scan(cursor, [&](Entry* entry) {
            ++seen;
            if (keyspace_.is_taken(*entry)) return;
            bytes += write(records, db, *entry, options_.compression);
            keyspace_.mark_as_taken(*entry);
        });
    } while (cursor != 0 && seen < most && bytes < kSliceBytes);
    return cursor;
}

std::size_t KeyspaceSnapshot::write(Records& records, int db, const Entry& entry, Compression compression) {
    ++keys_taken_;
    if (cancelled_) return 0;
    if (records.empty() || records.back().db != db) records.push_back({db, {}});
    BlobSink& sink = records.back().bytes;
    const std::size_t before = sink.view().size();
    RdbWriter writer(sink, compression);
    const auto expiry = entry.has_expiry() ? std::optional(entry.expires_at_ms()) : std::nullopt;
    write_key(writer, entry.key(), expiry, usage_of(entry), entry.payload());
    return sink.view().size() - before;
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

// Uncompressed: a client waits for it.
void KeyspaceSnapshot::take(int db, std::uint32_t shard, const Entry& entry) {
    const auto number = static_cast<int>(std::ranges::find(place_, db) - place_.begin());
    const std::size_t bytes = write(shards_[shard].kept, number, entry, Compression::Off);
    const std::size_t kept = kept_bytes_ += bytes;
    std::size_t most = most_kept_bytes_;
    while (kept > most && !most_kept_bytes_.compare_exchange_weak(most, kept)) {
    }
}

void KeyspaceSnapshot::emptied(int db, std::uint32_t shard, std::shared_ptr<Database> content) {
    const auto number = static_cast<std::size_t>(std::ranges::find(place_, db) - place_.begin());
    Part& part = shards_[shard].parts[number];
    // Emptied once more, it has nothing that was there at the beginning.
    if (!part.detached && !part.walked && !cancelled_) part.detached = std::move(content);
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
    for (const Run& run : kept) kept_bytes_ -= run.bytes.view().size();
}

void KeyspaceSnapshot::consume_all(const Records& records, const Consumer& consume) const {
    for (const Run& run : records) {
        if (!cancelled_) consume(run.db, run.bytes.view());
    }
}

// All entries have been taken: nobody keeps anything any more.
void KeyspaceSnapshot::end(Locking locking) {
    KeyLocks locks(keyspace_);
    while (locking == Locking::Own && !locks.acquire(ShardSet::all(keyspace_.shards()))) {
        std::this_thread::sleep_for(kPatience);  // A script has become busy.
    }
    keyspace_.end_snapshot();
    ended_ = true;
}

}  // namespace pongo

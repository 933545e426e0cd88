#include "keyspace/keyspace.h"

#include <algorithm>
#include <bit>

#include "base/check.h"
#include "base/crc16.h"
#include "base/memory_meter.h"

namespace pongo {
namespace {

constexpr int kShardsPerReactor = 32;
constexpr std::size_t kLazyFreeEffort = 64;
constexpr std::uint64_t kEntriesPerEstimate = 500;
constexpr std::size_t kHugeFreeEffort = 4096;  // Takes half a millisecond and more.

}  // namespace

Keyspace::Keyspace(int databases, int shards)
    : secret_(HashSecret::random()),
      databases_(databases),
      shard_mask_(static_cast<std::uint64_t>(shards) - 1),
      shards_(static_cast<std::size_t>(shards)),
      reclaimer_("pongo-reclaim") {
    CHECK(std::has_single_bit(static_cast<unsigned>(shards)) && shards <= kMaxShards);
    for (Shard& shard : shards_) {
        for (int db = 0; db < databases; ++db) shard.databases.push_back(new_database());
    }
}

int Keyspace::shards_for(int reactors) {
    if (reactors <= 1) return 1;
    return std::min<int>(
        kMaxShards, static_cast<int>(std::bit_ceil(static_cast<unsigned>(reactors * kShardsPerReactor))));
}

KeyLocation Keyspace::locate(std::string_view key) const {
    const std::uint64_t hash = siphash13(key, secret_);
    if (shard_mask_ == 0) return {key, hash, 0};
    const std::string_view tag = hash_tag(key);
    const std::uint64_t tag_hash = tag.size() == key.size() ? hash : siphash13(tag, secret_);
    // Its own bits: the table uses the top ones and the lowest byte.
    return {key, hash, static_cast<std::uint32_t>((tag_hash >> 8) & shard_mask_)};
}

void Keyspace::dispose(Entry* entry, Free how) {
    dispose(entry->payload(), how);
    Entry::destroy_shell(entry);
}

void Keyspace::dispose(const Payload& payload, Free how) {
    if (payload.storage != Storage::Heap) return;
    if (taker_ && taker_->keeps(payload)) return;
    if (release_effort(payload) > (how == Free::Lazily ? kLazyFreeEffort : kHugeFreeEffort)) {
        reclaim_later(payload);
    } else {
        release_heap(payload);
    }
}

void Keyspace::reclaim_later(const Payload& payload) {
    const std::size_t bytes = heap_bytes(payload);
    unreclaimed_bytes_.fetch_add(bytes, std::memory_order_relaxed);
    reclaimer_.post([this, payload, bytes] { reclaim(payload, bytes); });
}

void Keyspace::reclaim(const Payload& payload, std::size_t bytes) {
    MemoryMeter& meter = MemoryMeter::mine();
    release_heap(payload);
    meter.used();  // All hear of it, before it counts as freed.
    unreclaimed_bytes_.fetch_sub(bytes, std::memory_order_relaxed);
}

std::uint64_t Keyspace::size(int db) const {
    std::uint64_t total = 0;
    for (const Shard& shard : shards_) total += shard.databases[static_cast<std::size_t>(db)]->size();
    return total;
}

std::uint64_t Keyspace::volatile_size(int db) const {
    std::uint64_t total = 0;
    for (const Shard& shard : shards_)
        total += shard.databases[static_cast<std::size_t>(db)]->volatile_size();
    return total;
}

void Keyspace::begin_snapshot(SnapshotTaker& taker) {
    CHECK(!taker_);
    taker_ = &taker;
    mark_ = !mark_;
}

void Keyspace::end_snapshot() {
    taker_ = nullptr;
}

// Who drops the last reference frees it, which counts as waiting for that until then.
std::shared_ptr<Database> Keyspace::new_garbage(std::size_t bytes) {
    unreclaimed_bytes_.fetch_add(bytes, std::memory_order_relaxed);
    return {new_database().release(), [this, bytes](Database* garbage) {
                MemoryMeter& meter = MemoryMeter::mine();
                delete garbage;
                meter.used();  // As in reclaim().
                unreclaimed_bytes_.fetch_sub(bytes, std::memory_order_relaxed);
            }};
}

// By some of its entries.
std::size_t Keyspace::roughly_bytes_of(const Database& database) {
    std::size_t bytes = 0;
    std::uint64_t entries = 0;
    database.sample(random_, kEntriesPerEstimate, [&](const Entry* entry) {
        bytes += entry->memory();
        ++entries;
    });
    return entries == 0 ? 0 : bytes * database.size() / entries + database.overhead_bytes();
}

std::uint64_t Keyspace::flush(int db, Free how) {
    std::uint64_t removed = 0;
    const bool lingers = taker_ || how == Free::Lazily;
    for (std::size_t index = 0; index < shards_.size(); ++index) {
        Database& database = *shards_[index].databases[static_cast<std::size_t>(db)];
        const std::uint64_t keys = database.size();
        if (keys == 0) continue;
        removed += keys;
        std::shared_ptr<Database> garbage = new_garbage(lingers ? roughly_bytes_of(database) : 0);
        garbage->swap(database);
        if (taker_) taker_->emptied(db, static_cast<std::uint32_t>(index), garbage);
        // Moved, not copied.
        if (how == Free::Lazily) reclaimer_.post([garbage = std::move(garbage)] {}, keys);
    }
    return removed;
}

void Keyspace::swap_databases(int first, int second) {
    for (Shard& shard : shards_) {
        shard.databases[static_cast<std::size_t>(first)]->swap(
            *shard.databases[static_cast<std::size_t>(second)]);
    }
    if (taker_) taker_->swapped(first, second);
}

}  // namespace pongo

// All data: numbered databases, split by the hash of the key over shards with a lock each.
//
// The shard of a key is decided by its hash tag ("{...}") where it has one, so that keys which belong
// together share a lock, as they share a slot in a cluster.
//
// Thread rule: what a shard holds is touched only under its lock (see key_locks.h). The rest is constant.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "base/background.h"
#include "base/siphash.h"
#include "base/spin_lock.h"
#include "keyspace/database.h"
#include "keyspace/snapshot_taker.h"

namespace pongo {

// How many shards there may be: a scan cursor has this much room for their number.
inline constexpr int kMaxShards = 256;

struct alignas(64) Shard {
    SpinLock lock;
    // The objects stay for life, whatever is in them: prefetching may look at them without the lock.
    std::vector<std::unique_ptr<Database>> databases;
};

// Who has it may wait for a shard while holding others: see key_locks.h.
struct WaitingToken {
    static constexpr int kNothing = -1;
    SpinLock lock;
    std::atomic<int> awaited{kNothing};  // The shard that its owner waits for.
};

class Keyspace {
  public:
    // REQUIRES: `shards` is a power of two, at most kMaxShards.
    Keyspace(int databases, int shards);

    int databases() const { return databases_; }
    int shards() const { return static_cast<int>(shards_.size()); }
    Shard& shard(std::size_t index) { return shards_[index]; }
    WaitingToken& waiting_token() { return waiting_token_; }
    // How many hold shards for so long that nobody should wait for them: scripts that are busy.
    std::atomic<int>& long_holders() { return long_holders_; }

    // A power of two that keeps `reactors` threads out of each other's way most of the time.
    static int shards_for(int reactors);

    KeyLocation locate(std::string_view key) const;
    Database& database(int db, const KeyLocation& at) {
        return *shards_[at.shard].databases[static_cast<std::size_t>(db)];
    }

    // Where big values and whole databases go to be freed.
    Background& reclaimer() { return reclaimer_; }
    // Frees an entry that was taken out: here, or in the background when it is big and `lazily`, or when it
    // is so big that everybody would notice. A value that is open for a snapshot goes over to its taker.
    enum class Free { Now, Lazily };
    static Free lazily_if(bool yes) { return yes ? Free::Lazily : Free::Now; }
    void dispose(Entry* entry, Free how);
    void dispose(const Payload& payload, Free how);
    // Bytes of values that wait for being freed in the background.
    std::size_t unreclaimed_bytes() const { return unreclaimed_bytes_.load(std::memory_order_relaxed); }

    // REQUIRES: all shards are locked.
    std::uint64_t size(int db) const;
    std::uint64_t volatile_size(int db) const;

    // REQUIRES: all shards are locked. Empties the database; returns how many keys it had.
    std::uint64_t flush(int db, Free how);
    // REQUIRES: all shards are locked.
    void swap_databases(int first, int second);

    // From now on the taker is told of entries; see there. REQUIRES for both: all shards are locked; no
    // snapshot is taken, or all entries have been.
    void begin_snapshot(SnapshotTaker& taker);
    void end_snapshot();
    // REQUIRES for these: the entry's shard is locked.
    bool is_taken(const Entry& entry) const { return entry.mark() == mark_; }
    void mark_as_taken(Entry& entry) const { entry.set_mark(mark_); }
    void take(int db, std::uint32_t shard, Entry& entry) {
        if (is_taken(entry)) [[likely]]
            return;
        taker_->take(db, shard, entry);
        mark_as_taken(entry);
    }
    // The value is that of another key now.
    void note_move(const Payload& value, const KeyLocation& to) {
        if (taker_) taker_->moved(value, to);
    }

  private:
    void reclaim_later(const Payload& payload);
    void reclaim(const Payload& payload, std::size_t bytes);
    std::shared_ptr<Database> new_garbage(std::size_t bytes);
    std::size_t roughly_bytes_of(const Database& database);
    std::unique_ptr<Database> new_database() const { return std::make_unique<Database>(secret_); }

    HashSecret secret_;
    int databases_;
    std::uint64_t shard_mask_;
    std::vector<Shard> shards_;
    // Changed under all locks.
    SnapshotTaker* taker_ = nullptr;
    bool mark_ = false;
    Random random_;
    WaitingToken waiting_token_;
    std::atomic<int> long_holders_{0};
    std::atomic<std::size_t> unreclaimed_bytes_{0};
    Background reclaimer_;
};

}  // namespace pongo

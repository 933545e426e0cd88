// Which keys go when there is not enough memory.
//
// The key that was used least, or whose time comes first, would have to be searched for among all; but a good
// one is enough. Each look takes a few keys at random from one shard and keeps the best of all looks in a
// small pool. The best of the pool goes, unless it was used since it got there.
//
// Where the nearest deadline counts, a look takes what stands first in the index of deadlines: with one shard
// that is exact; with several it asks several.
//
// Locks: it tries the shard that it looks into, and lets go of what was held before. A shard that is busy is
// passed over.
//
// Thread rule: one thread, between commands.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "keyspace/access.h"
#include "keyspace/key_locks.h"

namespace pongo {

// What maxmemory-policy and maxmemory-samples say.
struct EvictionRule {
    enum class First : std::uint8_t { LeastRecent, LeastFrequent, NextToExpire, Any };
    First first = First::LeastRecent;
    bool only_volatile = false;  // Only keys with an expiry.
    std::size_t samples = 5;
    bool operator==(const EvictionRule&) const = default;
};

class Eviction {
  public:
    // Both must outlive it. The locks are those under which commands run on this thread.
    Eviction(AccessContext& context, KeyLocks& locks) : context_(context), locks_(locks) {}

    enum class Outcome : std::uint8_t {
        Evicted,
        Busy,     // Others have the shards just now.
        Nothing,  // There is no key that may go.
    };
    // Removes one key. Its shard is locked then, and what happened stands in the context's unit.
    Outcome evict_one(const EvictionRule& rule, Keyspace::Free how);

  private:
    struct Candidate {
        std::int64_t rank;  // The lowest goes first.
        std::uint64_t hash;
        std::uint32_t shard;
        std::uint32_t access;  // What the entry remembered of its use.
        int db;
    };
    // What a look has seen.
    struct Seen {
        bool any = false;
        bool busy = false;
    };

    Seen look(const EvictionRule& rule);
    bool look_into(std::uint32_t shard, const EvictionRule& rule);
    void sample(const Database& database, int db, std::uint32_t shard, const EvictionRule& rule);
    void consider(const Database& database, int db, std::uint32_t shard, const Entry& entry);
    std::int64_t rank_of(const Entry& entry) const;
    bool evict_best(Keyspace::Free how, bool& busy);
    Outcome evict_any(const EvictionRule& rule, Keyspace::Free how);
    bool evict_any_of(std::uint32_t shard, const EvictionRule& rule, Keyspace::Free how);
    void evict(Entry* entry, std::uint64_t hash, std::uint32_t shard, int db, Keyspace::Free how);
    Database& database(std::uint32_t shard, int db) const {
        return *context_.keyspace.shard(shard).databases[static_cast<std::size_t>(db)];
    }

    AccessContext& context_;
    KeyLocks& locks_;
    EvictionRule rule_;            // By which the candidates were chosen.
    std::vector<Candidate> pool_;  // The best one last.
};

}  // namespace pongo

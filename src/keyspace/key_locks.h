// The locks of the shards that one command needs, taken in ascending order of the shards and let go together.
//
// Lock order of the whole server: shards ascending → effect log. No I/O under a shard's lock.
#pragma once

#include <bit>
#include <bitset>
#include <cstdint>

#include "keyspace/keyspace.h"

namespace pongo {

class ShardSet {
  public:
    static ShardSet all(int shards) {
        ShardSet set;
        for (int shard = 0; shard < shards; ++shard) set.add(static_cast<std::uint32_t>(shard));
        return set;
    }
    void add(std::uint32_t shard) { words_[shard / 64] |= std::uint64_t{1} << (shard % 64); }
    bool contains(std::uint32_t shard) const { return ((words_[shard / 64] >> (shard % 64)) & 1) != 0; }
    bool empty() const { return (words_[0] | words_[1] | words_[2] | words_[3]) == 0; }
    bool operator==(const ShardSet&) const = default;

    template <typename Visit>
    void for_each(Visit&& visit) const {
        for (std::uint32_t word = 0; word < kWords; ++word) {
            for (std::uint64_t bits = words_[word]; bits != 0; bits &= bits - 1) {
                visit(word * 64 + static_cast<std::uint32_t>(std::countr_zero(bits)));
            }
        }
    }

  private:
    static constexpr std::uint32_t kWords = kMaxShards / 64;
    static_assert(kWords == 4);
    std::uint64_t words_[kWords] = {};
};

// Holds its locks until released: consecutive commands on the same shards need not take them anew.
// Thread rule: one thread.
class KeyLocks {
  public:
    explicit KeyLocks(Keyspace& keyspace) : keyspace_(keyspace) {}
    KeyLocks(const KeyLocks&) = delete;
    KeyLocks& operator=(const KeyLocks&) = delete;
    ~KeyLocks() { release(); }

    // Afterwards exactly these shards are locked.
    void acquire(const ShardSet& shards) {
        if (shards == held_) return;
        release();
        shards.for_each([this](std::uint32_t shard) { keyspace_.shard(shard).lock.lock(); });
        held_ = shards;
    }
    void acquire(std::uint32_t shard) {
        ShardSet one;
        one.add(shard);
        acquire(one);
    }
    // The same for who has the time to come again: false if a command has the shard for long; nothing is
    // locked then.
    bool try_acquire(std::uint32_t shard) {
        ShardSet one;
        one.add(shard);
        if (held_ == one) return true;
        release();
        if (!keyspace_.shard(shard).lock.try_lock_briefly()) return false;
        held_ = one;
        return true;
    }
    // These as well, whatever it takes. False if what was held was let go meanwhile.
    bool add(const ShardSet& shards) {
        if (try_add(shards)) return true;
        ShardSet all = held_;
        shards.for_each([&](std::uint32_t shard) { all.add(shard); });
        acquire(all);
        return false;
    }
    void release() {
        held_.for_each([this](std::uint32_t shard) { keyspace_.shard(shard).lock.unlock(); });
        held_ = {};
    }

  private:
    // What is held stays so. False if some of them are busy; then nothing more is locked than before.
    bool try_add(const ShardSet& shards) {
        ShardSet added;
        bool all = true;
        shards.for_each([&](std::uint32_t shard) {
            if (held_.contains(shard) || !all) return;
            all = keyspace_.shard(shard).lock.try_lock();
            if (all) added.add(shard);
        });
        added.for_each(
            [&](std::uint32_t shard) { all ? held_.add(shard) : keyspace_.shard(shard).lock.unlock(); });
        return all;
    }

    Keyspace& keyspace_;
    ShardSet held_;
};

}  // namespace pongo

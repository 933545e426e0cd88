// The lock of one shard, for a few steps of those who go through all of them and are nobody's command. They
// may come back at once: commands that wait go first.
// Thread rule: one thread, which holds no other shard, or all of them already.
#pragma once

#include <cstdint>

#include "keyspace/keyspace.h"

namespace pongo {

enum class Locking : std::uint8_t {
    Own,   // Shards are locked as they are needed ...
    Held,  // ... or all of them are, by whoever calls.
};

class ShardGuard {
  public:
    ShardGuard(Keyspace& keyspace, std::uint32_t shard, Locking locking)
        : lock_(locking == Locking::Own ? &keyspace.shard(shard).lock : nullptr) {
        if (lock_) lock_->lock();
    }
    ~ShardGuard() {
        if (lock_) lock_->unlock_to_others();
    }
    ShardGuard(const ShardGuard&) = delete;
    ShardGuard& operator=(const ShardGuard&) = delete;

  private:
    SpinLock* lock_;
};

}  // namespace pongo

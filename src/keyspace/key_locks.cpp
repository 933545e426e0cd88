#include "keyspace/key_locks.h"

#include <mutex>
#include <optional>
#include <thread>

namespace pongo {

void KeyLocks::take(const ShardSet& shards) {
    release();
    std::optional<std::uint32_t> awaited;
    shards.for_each([&](std::uint32_t shard) { awaited = awaited.value_or(shard); });
    while (awaited) {
        acquire(*awaited);
        awaited.reset();
        shards.for_each([&](std::uint32_t shard) {
            if (awaited || held_.contains(shard)) return;
            if (keyspace_.shard(shard).lock.try_lock_briefly()) {
                held_.add(shard);
            } else {
                awaited = shard;
            }
        });
    }
}

bool KeyLocks::try_acquire(std::uint32_t shard) {
    ShardSet one;
    one.add(shard);
    if (held_ == one) return true;
    release();
    if (!keyspace_.shard(shard).lock.try_lock_briefly()) return false;
    held_ = one;
    return true;
}

bool KeyLocks::try_add(const ShardSet& shards) {
    ShardSet added;
    bool all = true;
    shards.for_each([&](std::uint32_t shard) {
        if (!all || held_.contains(shard)) return;
        all = keyspace_.shard(shard).lock.try_lock_briefly();
        if (all) added.add(shard);
    });
    if (all) {
        held_.add(added);
    } else {
        added.for_each([this](std::uint32_t shard) { keyspace_.shard(shard).lock.unlock(); });
    }
    return all;
}

bool KeyLocks::add(const ShardSet& shards) {
    if (try_add(shards)) return true;
    ShardSet all = held_;
    all.add(shards);
    take(all);
    return false;
}

bool KeyLocks::add_while_held(const ShardSet& shards) {
    WaitingToken& token = keyspace_.waiting_token();
    while (!try_add(shards)) {
        if (std::unique_lock owned(token.lock, std::try_to_lock); owned) {
            wait_for(shards);
            return true;
        }
        const int awaited = token.awaited.load();
        if (awaited >= 0 && held_.contains(static_cast<std::uint32_t>(awaited))) return false;
        std::this_thread::yield();
    }
    return true;
}

// REQUIRES: the token is ours.
void KeyLocks::wait_for(const ShardSet& shards) {
    shards.for_each([this](std::uint32_t shard) {
        if (held_.contains(shard)) return;
        keyspace_.waiting_token().awaited = static_cast<int>(shard);
        keyspace_.shard(shard).lock.lock();
        held_.add(shard);
    });
    keyspace_.waiting_token().awaited = WaitingToken::kNothing;
}

}  // namespace pongo

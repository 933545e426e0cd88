#include "keyspace/key_locks.h"

#include <algorithm>
#include <chrono>
#include <mutex>
#include <thread>

namespace pongo {

void KeyLocks::acquire_all() {
    constexpr std::chrono::milliseconds kPatience{10};
    while (!acquire(ShardSet::all(keyspace_.shards()))) std::this_thread::sleep_for(kPatience);
}

bool KeyLocks::take(const ShardSet& shards) {
    constexpr std::uint32_t kNone = kMaxShards;
    release();
    std::uint32_t awaited = kNone;
    shards.for_each([&](std::uint32_t shard) { awaited = std::min(awaited, shard); });
    while (awaited != kNone) {
        if (!acquire(awaited)) return false;
        awaited = kNone;
        shards.for_each([&](std::uint32_t shard) {
            if (awaited != kNone || held_.contains(shard)) return;
            if (keyspace_.shard(shard).lock.try_lock_briefly()) {
                held_.add(shard);
            } else {
                awaited = shard;
            }
        });
    }
    return true;
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

KeyLocks::Added KeyLocks::add(const ShardSet& shards) {
    if (try_add(shards)) return Added::Yes;
    ShardSet all = held_;
    all.add(shards);
    return take(all) ? Added::AfterLettingGo : Added::No;
}

KeyLocks::AddedToHeld KeyLocks::add_while_held(const ShardSet& shards) {
    if (try_add(shards)) return AddedToHeld::Yes;
    WaitingToken& token = keyspace_.waiting_token();
    const std::unique_lock owned(token.lock, std::try_to_lock);
    if (!owned) {
        const int awaited = token.awaited.load();
        if (awaited >= 0 && held_.contains(static_cast<std::uint32_t>(awaited))) return AddedToHeld::Never;
        std::this_thread::yield();
        return AddedToHeld::TryAgain;
    }
    bool all = true;
    shards.for_each([&](std::uint32_t shard) {
        if (!all || held_.contains(shard)) return;
        token.awaited = static_cast<int>(shard);
        all = keyspace_.shard(shard).lock.lock_while([] { return false; });
        if (all) held_.add(shard);
    });
    token.awaited = WaitingToken::kNothing;
    return all ? AddedToHeld::Yes : AddedToHeld::TryAgain;
}

}  // namespace pongo

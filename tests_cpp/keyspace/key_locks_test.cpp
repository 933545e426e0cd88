#include "keyspace/key_locks.h"

#include <gtest/gtest.h>

#include <mutex>
#include <numeric>
#include <thread>
#include <vector>

#include "base/random.h"
#include "base/spin_lock.h"

namespace pongo {
namespace {

constexpr int kThreads = 4;

ShardSet shards_of(std::initializer_list<std::uint32_t> shards) {
    ShardSet set;
    for (const std::uint32_t shard : shards) set.add(shard);
    return set;
}

// What another thread would find. The lock is left as it was.
bool locked(Keyspace& keyspace, std::uint32_t shard) {
    SpinLock& lock = keyspace.shard(shard).lock;
    if (!lock.try_lock()) return true;
    lock.unlock();
    return false;
}

template <typename Work>
void run_threads(Work&& work) {
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) threads.emplace_back([&work, i] { work(i); });
    for (std::thread& thread : threads) thread.join();
}

TEST(SpinLock, LetsOneThreadInAtATime) {
    constexpr int kRounds = 20'000;
    SpinLock lock;
    std::int64_t total = 0;
    run_threads([&](int) {
        for (int i = 0; i < kRounds; ++i) {
            const std::lock_guard guard(lock);
            ++total;
        }
    });
    EXPECT_EQ(total, std::int64_t{kThreads} * kRounds);
}

TEST(SpinLock, WakesThoseWhoWentToSleep) {
    constexpr int kRounds = 200;
    SpinLock lock;
    std::int64_t total = 0;
    run_threads([&](int) {
        for (int i = 0; i < kRounds; ++i) {
            const std::lock_guard guard(lock);
            // Long enough for the others to give up spinning.
            for (int turn = 0; turn < 2000; ++turn) cpu_relax();
            ++total;
        }
    });
    EXPECT_EQ(total, std::int64_t{kThreads} * kRounds);
}

TEST(SpinLock, TryLockFailsWhileItIsHeld) {
    SpinLock lock;
    EXPECT_TRUE(lock.try_lock());
    EXPECT_FALSE(lock.try_lock());
    lock.unlock();
    EXPECT_TRUE(lock.try_lock());
    lock.unlock();
}

TEST(ShardSet, VisitsItsShardsInAscendingOrder) {
    const ShardSet set = shards_of({255, 0, 64, 63, 130, 64});
    std::vector<std::uint32_t> visited;
    set.for_each([&](std::uint32_t shard) { visited.push_back(shard); });
    EXPECT_EQ(visited, (std::vector<std::uint32_t>{0, 63, 64, 130, 255}));
    EXPECT_TRUE(set.contains(130));
    EXPECT_FALSE(set.contains(131));
    EXPECT_FALSE(set.empty());
    EXPECT_TRUE(ShardSet().empty());
}

TEST(ShardSet, AllOfThemAreAsManyAsThereAre) {
    for (const int shards : {1, 64, 256}) {
        int count = 0;
        ShardSet::all(shards).for_each([&](std::uint32_t) { ++count; });
        EXPECT_EQ(count, shards);
    }
}

TEST(KeyLocks, HoldsExactlyWhatWasAskedForLast) {
    Keyspace keyspace(1, 8);
    KeyLocks locks(keyspace);
    locks.acquire(shards_of({1, 3}));
    EXPECT_TRUE(locked(keyspace, 1));
    EXPECT_TRUE(locked(keyspace, 3));
    locks.acquire(3);
    EXPECT_FALSE(locked(keyspace, 1));
    EXPECT_TRUE(locked(keyspace, 3));
    locks.acquire(3);
    EXPECT_TRUE(locked(keyspace, 3));
    locks.acquire(ShardSet());
    EXPECT_FALSE(locked(keyspace, 3));
}

TEST(KeyLocks, LetsGoAtTheEndOfItsLife) {
    Keyspace keyspace(1, 8);
    {
        KeyLocks locks(keyspace);
        locks.acquire(ShardSet::all(8));
        EXPECT_TRUE(locked(keyspace, 7));
    }
    for (std::uint32_t shard = 0; shard < 8; ++shard) EXPECT_FALSE(locked(keyspace, shard));
}

// Threads that take overlapping sets neither meet in a shard nor wait for each other in a ring.
TEST(KeyLocks, OverlappingSetsExcludeEachOtherWithoutDeadlock) {
    constexpr int kShards = 8;
    constexpr int kRounds = 5000;
    Keyspace keyspace(1, kShards);
    std::vector<std::int64_t> totals(kShards);
    std::vector<std::int64_t> expected(kThreads);
    run_threads([&](int thread) {
        Random random(static_cast<std::uint64_t>(thread));
        KeyLocks locks(keyspace);
        for (int i = 0; i < kRounds; ++i) {
            ShardSet set;
            for (std::uint64_t n = random.below(4); n > 0; --n) {
                set.add(static_cast<std::uint32_t>(random.below(kShards)));
            }
            if (random.below(50) == 0) set = ShardSet::all(kShards);
            locks.acquire(set);
            set.for_each([&](std::uint32_t shard) {
                ++totals[shard];
                ++expected[static_cast<std::size_t>(thread)];
            });
        }
    });
    EXPECT_EQ(std::accumulate(totals.begin(), totals.end(), std::int64_t{0}),
              std::accumulate(expected.begin(), expected.end(), std::int64_t{0}));
}

}  // namespace
}  // namespace pongo

#include "keyspace/key_locks.h"

#include <gtest/gtest.h>

#include <atomic>
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

KeyLocks::AddedToHeld add_patiently(KeyLocks& locks, const ShardSet& shards) {
    while (true) {
        const KeyLocks::AddedToHeld added = locks.add_while_held(shards);
        if (added != KeyLocks::AddedToHeld::TryAgain) return added;
    }
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

// One of two sleepers may be woken just when it has given up: then the other has to be woken.
TEST(SpinLock, WhoGivesUpLeavesNobodyAsleep) {
    constexpr int kRounds = 100;
    for (int round = 0; round < kRounds; ++round) {
        SpinLock lock;
        std::atomic<bool> patient{true};
        std::atomic<bool> waits{false};
        lock.lock();
        std::thread impatient([&] {
            const bool locked = lock.lock_while([&] {
                waits = true;
                return patient.load();
            });
            if (locked) lock.unlock();
        });
        std::thread sleeper([&] {
            while (!waits) std::this_thread::yield();
            lock.lock();
            lock.unlock();
        });
        while (!waits) std::this_thread::yield();
        for (int turn = 0; turn < 100 * round; ++turn) cpu_relax();
        patient = false;
        lock.unlock();
        impatient.join();
        sleeper.join();
    }
}

TEST(SpinLock, WhoseHolderStaysCanBeGivenUp) {
    SpinLock lock;
    lock.lock();
    std::thread other([&] {
        int asked = 0;
        EXPECT_FALSE(lock.lock_while([&] { return ++asked < 3; }));
        EXPECT_EQ(asked, 3);
    });
    other.join();
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
    ASSERT_TRUE(locks.acquire(shards_of({1, 3})));
    EXPECT_TRUE(locked(keyspace, 1));
    EXPECT_TRUE(locked(keyspace, 3));
    ASSERT_TRUE(locks.acquire(3));
    EXPECT_FALSE(locked(keyspace, 1));
    EXPECT_TRUE(locked(keyspace, 3));
    ASSERT_TRUE(locks.acquire(3));
    EXPECT_TRUE(locked(keyspace, 3));
    ASSERT_TRUE(locks.acquire(ShardSet()));
    EXPECT_FALSE(locked(keyspace, 3));
}

TEST(KeyLocks, LetsGoAtTheEndOfItsLife) {
    Keyspace keyspace(1, 8);
    {
        KeyLocks locks(keyspace);
        ASSERT_TRUE(locks.acquire(ShardSet::all(8)));
        EXPECT_TRUE(locked(keyspace, 7));
    }
    for (std::uint32_t shard = 0; shard < 8; ++shard) EXPECT_FALSE(locked(keyspace, shard));
}

TEST(KeyLocks, WaitsForNobodyWhoHoldsForLong) {
    Keyspace keyspace(1, 8);
    KeyLocks locks(keyspace);
    KeyLocks other(keyspace);
    ASSERT_TRUE(other.acquire(5));
    keyspace.long_holders() = 1;
    EXPECT_FALSE(locks.acquire(5));
    EXPECT_FALSE(locks.acquire(shards_of({4, 5})));
    EXPECT_TRUE(locks.held().empty());
    ASSERT_TRUE(locks.acquire(shards_of({3, 4})));
    EXPECT_EQ(locks.add(shards_of({5})), KeyLocks::Added::No);
    EXPECT_TRUE(locks.held().empty());
    for (const std::uint32_t shard : {3, 4}) EXPECT_FALSE(locked(keyspace, shard));
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
            ASSERT_TRUE(locks.acquire(set));
            set.for_each([&](std::uint32_t shard) {
                ++totals[shard];
                ++expected[static_cast<std::size_t>(thread)];
            });
        }
    });
    EXPECT_EQ(std::accumulate(totals.begin(), totals.end(), std::int64_t{0}),
              std::accumulate(expected.begin(), expected.end(), std::int64_t{0}));
}

TEST(KeyLocks, TryAddTakesAllOfThemOrNone) {
    Keyspace keyspace(1, 8);
    KeyLocks locks(keyspace);
    KeyLocks other(keyspace);
    ASSERT_TRUE(locks.acquire(1));
    ASSERT_TRUE(other.acquire(5));
    EXPECT_FALSE(locks.try_add(shards_of({1, 2, 5, 7})));
    EXPECT_EQ(locks.held(), shards_of({1}));
    EXPECT_FALSE(locked(keyspace, 2));
    EXPECT_FALSE(locked(keyspace, 7));
    other.release();
    EXPECT_TRUE(locks.try_add(shards_of({1, 2, 5, 7})));
    EXPECT_EQ(locks.held(), shards_of({1, 2, 5, 7}));
    EXPECT_TRUE(locked(keyspace, 2));
    locks.release();
    for (std::uint32_t shard = 0; shard < 8; ++shard) EXPECT_FALSE(locked(keyspace, shard));
}

TEST(KeyLocks, AddSaysWhetherAnythingWasLetGo) {
    Keyspace keyspace(1, 8);
    KeyLocks locks(keyspace);
    ASSERT_TRUE(locks.acquire(3));
    EXPECT_EQ(locks.add(shards_of({3, 4})), KeyLocks::Added::Yes);
    EXPECT_EQ(locks.held(), shards_of({3, 4}));

    KeyLocks other(keyspace);
    ASSERT_TRUE(other.acquire(5));
    std::thread owner([&] {
        // Nobody else has let go of 3 while 5 was wanted, if add() waits holding it.
        KeyLocks third(keyspace);
        ASSERT_TRUE(third.acquire(3));
        third.release();
        other.release();
    });
    EXPECT_EQ(locks.add(shards_of({5})), KeyLocks::Added::AfterLettingGo);
    EXPECT_EQ(locks.held(), shards_of({3, 4, 5}));
    owner.join();
}

TEST(KeyLocks, AddWhileHeldWaitsWithoutLettingGo) {
    Keyspace keyspace(1, 8);
    KeyLocks locks(keyspace);
    KeyLocks other(keyspace);
    ASSERT_TRUE(locks.acquire(3));
    ASSERT_TRUE(other.acquire(5));
    std::thread owner([&] {
        while (keyspace.waiting_token().awaited != 5) std::this_thread::yield();
        EXPECT_TRUE(locked(keyspace, 3));
        other.release();
    });
    EXPECT_EQ(add_patiently(locks, shards_of({5, 6})), KeyLocks::AddedToHeld::Yes);
    EXPECT_EQ(locks.held(), shards_of({3, 5, 6}));
    owner.join();
    EXPECT_EQ(keyspace.waiting_token().awaited, WaitingToken::kNothing);
}

TEST(KeyLocks, OfTwoThatWaitForEachOtherOneIsTold) {
    constexpr int kRounds = 500;
    Keyspace keyspace(1, 8);
    for (int round = 0; round < kRounds; ++round) {
        std::atomic<int> ready{0};
        std::atomic<int> failed{0};
        const auto cross = [&](std::uint32_t own, std::uint32_t wanted) {
            KeyLocks locks(keyspace);
            ASSERT_TRUE(locks.acquire(own));
            ++ready;
            while (ready < 2) std::this_thread::yield();
            if (add_patiently(locks, shards_of({wanted})) == KeyLocks::AddedToHeld::Yes) {
                EXPECT_EQ(locks.held(), shards_of({own, wanted}));
            } else {
                ++failed;
                EXPECT_EQ(locks.held(), shards_of({own}));
            }
        };
        std::thread other(cross, 1, 2);
        cross(2, 1);
        other.join();
        ASSERT_EQ(failed, 1);
    }
}

// What one adds while it holds something excludes others, who come by all other ways.
TEST(KeyLocks, GrowingSetsExcludeEachOther) {
    constexpr int kShards = 8;
    constexpr int kRounds = 3000;
    Keyspace keyspace(1, kShards);
    std::vector<std::int64_t> totals(kShards);
    std::vector<std::int64_t> expected(kThreads);
    run_threads([&](int thread) {
        Random random(static_cast<std::uint64_t>(thread) + 100);
        KeyLocks locks(keyspace);
        const auto some = [&] {
            ShardSet set;
            for (std::uint64_t n = 1 + random.below(3); n > 0; --n) {
                set.add(static_cast<std::uint32_t>(random.below(kShards)));
            }
            return random.below(20) == 0 ? ShardSet::all(kShards) : set;
        };
        for (int i = 0; i < kRounds; ++i) {
            ASSERT_TRUE(locks.acquire(some()));
            const ShardSet more = some();
            switch (random.below(3)) {
                case 0:
                    (void)locks.try_add(more);
                    break;
                case 1:
                    ASSERT_NE(locks.add(more), KeyLocks::Added::No);
                    break;
                default:
                    (void)add_patiently(locks, more);
            }
            locks.held().for_each([&](std::uint32_t shard) {
                ++totals[shard];
                ++expected[static_cast<std::size_t>(thread)];
            });
            locks.release();
        }
    });
    EXPECT_EQ(std::accumulate(totals.begin(), totals.end(), std::int64_t{0}),
              std::accumulate(expected.begin(), expected.end(), std::int64_t{0}));
    EXPECT_EQ(keyspace.waiting_token().awaited, WaitingToken::kNothing);
}

}  // namespace
}  // namespace pongo

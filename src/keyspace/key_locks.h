// The locks of the shards that one command needs, let go together.
//
// Lock order of the whole server: shards → effect log. No I/O under a shard's lock. Shards have no order
// among themselves, but a rule that leaves no room for a ring of threads that wait for each other:
//
//  1. Whoever waits for a shard holds none, but for one thread: who has the keyspace's waiting token. So who
//     takes several waits for one of them, and tries the others; if one is busy, all are let go, and that one
//     is waited for.
//  2. A script may need further shards after it has changed something, and so can't let go. It tries them;
//     and waits for them with the token, if that is free. If it is not, and its owner waits for what this
//     script holds, then the script can't go on: see add_while_held().
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <utility>

#include "keyspace/keyspace.h"

namespace pongo {

class ShardSet {
  public:
    static ShardSet all(int shards) {
        ShardSet set;
        for (std::uint64_t& word : set.words_) {
            if (shards > 0) word = ~std::uint64_t{0} >> (64 - std::min(shards, 64));
            shards -= 64;
        }
        return set;
    }
    void add(std::uint32_t shard) { words_[shard / 64] |= std::uint64_t{1} << (shard % 64); }
    void add(const ShardSet& others) {
        for (std::uint32_t word = 0; word < kWords; ++word) words_[word] |= others.words_[word];
    }
    bool contains(std::uint32_t shard) const { return ((words_[shard / 64] >> (shard % 64)) & 1) != 0; }
    bool contains(const ShardSet& others) const {
        for (std::uint32_t word = 0; word < kWords; ++word) {
            if ((others.words_[word] & ~words_[word]) != 0) return false;
        }
        return true;
    }
    bool empty() const { return (words_[0] | words_[1] | words_[2] | words_[3]) == 0; }
    bool operator==(const ShardSet&) const = default;

    // In ascending order.
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

// Holds its locks until released: consecutive commands on the same shards need not take them anew. Who waits
// gives up once somebody holds shards for long (see Keyspace::long_holders()); nothing is locked then.
// Thread rule: one thread.
class KeyLocks {
  public:
    explicit KeyLocks(Keyspace& keyspace) : keyspace_(keyspace) {}
    KeyLocks(const KeyLocks&) = delete;
    KeyLocks& operator=(const KeyLocks&) = delete;
    ~KeyLocks() { release(); }

    const ShardSet& held() const { return held_; }

    // Afterwards all shards are locked, however long others hold some.
    void acquire_all();
    // Afterwards exactly these shards are locked. False if it gave up.
    [[nodiscard]] bool acquire(const ShardSet& shards) { return shards == held_ || take(shards); }
    [[nodiscard]] bool acquire(std::uint32_t shard) {
        ShardSet one;
        one.add(shard);
        if (one == held_) return true;
        release();
        SpinLock& lock = keyspace_.shard(shard).lock;
        if (!lock.try_lock()) {
            waited_ = true;
            if (!lock.lock_while([this] { return nobody_holds_long(); })) return false;
        }
        held_ = one;
        return true;
    }
    // Whether it has waited since it was last asked: time has passed then.
    bool has_waited() { return std::exchange(waited_, false); }
    // The same for who has the time to come again: false if a command has the shard for long; nothing is
    // locked then.
    bool try_acquire(std::uint32_t shard);
    // These as well, without waiting. False if some of them are busy; then nothing more is locked than
    // before.
    bool try_add(const ShardSet& shards);
    enum class Added : std::uint8_t { Yes, AfterLettingGo, No };
    // These as well, whatever it takes: also if what was held has to be let go meanwhile. No: it gave up.
    Added add(const ShardSet& shards);
    // These as well, while what is held stays held. To be called again after TryAgain, which comes every few
    // milliseconds. Never: another one waits for what is held here, and can't let go of what it holds either.
    enum class AddedToHeld : std::uint8_t { Yes, TryAgain, Never };
    AddedToHeld add_while_held(const ShardSet& shards);
    void release() {
        held_.for_each([this](std::uint32_t shard) { keyspace_.shard(shard).lock.unlock(); });
        held_ = {};
    }

  private:
    bool take(const ShardSet& shards);
    bool nobody_holds_long() const { return keyspace_.long_holders().load() == 0; }

    Keyspace& keyspace_;
    ShardSet held_;
    bool waited_ = false;
};

}  // namespace pongo

// WATCH: who wants to know whether a key is touched before his EXEC.
//
// Words: a *watcher* is one client's list of watched keys. It has *lost* when one of them was touched, and
// stays so until it is cleared.
//
//  1. A key is watched under the lock of its shard, and units are committed under it: what happened to the
//     key before is not told, whatever happens after is.
//  2. A key that was missing, or whose time had come, and that is so now was not touched by FLUSHALL, SWAPDB
//     or its removal.
//  3. Nobody pays for WATCH while nobody watches: the effect log is not asked for touched keys then.
//
// Thread rule: Watcher::lost() on any thread, and so accept(). The rest of a watcher belongs to the thread of
// its client; add() needs the lock of the key's shard as well. The lock in here comes last.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "effects/effect_log.h"
#include "keyspace/keyspace.h"

namespace pongo {

class Watcher {
  public:
    enum class Was : std::uint8_t { Missing, Expired, There };
    struct Key {
        int db;
        std::string name;
        Was was;
    };

    const std::vector<Key>& keys() const { return keys_; }
    bool lost() const { return lost_.load(std::memory_order_acquire); }

  private:
    friend class Watches;
    std::vector<Key> keys_;
    bool has_expired_keys_ = false;
    std::atomic<bool> lost_{false};
};

class Watches : public Sink {
  public:
    Watches(Keyspace& keyspace, EffectLog& log) : keyspace_(keyspace), log_(log) { log_.add_sink(*this, {}); }
    ~Watches() override { log_.remove_sink(*this); }
    Watches(const Watches&) = delete;
    Watches& operator=(const Watches&) = delete;

    // Once more does nothing, and returns false.
    bool add(Watcher& watcher, int db, std::string_view key, Watcher::Was was);
    // Forgets all keys, and that it has lost.
    void clear(Watcher& watcher);

    // Clients that watch a key, and keys that are watched.
    std::size_t watchers() const;
    std::size_t keys() const;

    void accept(const Unit& unit) noexcept override;

  private:
    using Key = std::pair<int, std::string>;

    void touch(int db, const std::string& key, Watcher& watcher);
    void touch_database(int db);
    Watcher::Was state_of(int db, const std::string& key) const;
    static void replace(Watcher::Key& key, Watcher::Was now, Watcher& watcher);

    Keyspace& keyspace_;
    EffectLog& log_;
    mutable std::mutex mutex_;
    std::map<Key, std::vector<Watcher*>> watchers_of_;
    std::size_t watchers_ = 0;
};

}  // namespace pongo

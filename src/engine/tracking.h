// Client-side caching: who must hear that a key has changed.
//
// Words: a *tracker* is a client with CLIENT TRACKING ON. What it has *read* is noted in the table, under the
// key's name alone, as in Redis: databases don't matter, and so SWAPDB tells nobody. A *notice* says that a
// key is invalid (or all keys are). A tracker in *broadcast* mode has prefixes instead: notices of all keys
// that begin with one of them are collected, and go out together at the end of the loop's cycle. Notices go
// to the tracker itself, or to another client that it has *redirected* them to.
//
//  1. A read is noted under the lock of the key's shard, and units are told under it: no change after the
//     read is missed. Whoever is told is taken out of the table.
//  2. A notice comes after the replies that its tracker had before the change; one of its own change comes
//     right after the reply to that. Notices are on their way before the locks of the shards are let go: who
//     has the answer to any later change of the key, and asks the tracker then, finds that it was told.
//  3. A tracker's session is touched on its reactor only: the table knows ids, and each reactor its trackers.
//  4. The table holds at most tracking-table-max-keys keys; whoever has read one that has to go is told.
//  5. A client that has tracked is known until it leaves, its reads too. Nobody pays for tracking while there
//     is no such client: the effect log is not asked for touched keys then.
//
// Thread rule: in_use() and what counts on any thread; accept() as the effect log says, on the unit's
// reactor; the rest on the session's reactor. The lock in here comes last but for those of deliveries and of
// the registry of clients.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/blob.h"
#include "base/published.h"
#include "base/random.h"
#include "effects/effect_log.h"
#include "engine/deliveries.h"
#include "engine/settings.h"

namespace pongo {

class ClientRegistry;
class Session;

enum TrackingFlag : std::uint32_t {
    TrackingOn = 1 << 0,
    TrackingBroadcast = 1 << 1,
    TrackingOptIn = 1 << 2,
    TrackingOptOut = 1 << 3,
    TrackingNoLoop = 1 << 4,          // Not of its own changes.
    TrackingCaching = 1 << 5,         // CLIENT CACHING, until the next command or transaction is done.
    TrackingBrokenRedirect = 1 << 6,  // A notice found nobody there.
};

// One client's. What is Published may be read on any thread.
struct Tracker {
    Published<std::uint32_t> flags{0};
    Published<std::uint64_t> redirect{0};              // To the client with this id; 0: to itself.
    Published<int> hears_of{0};                        // How many clients redirect their notices to this one.
    std::set<std::string, std::less<>> prefixes = {};  // In broadcast mode.
    bool known = false;

    bool is(TrackingFlag flag) const { return (flags & flag) != 0; }
    void set(TrackingFlag flag) { flags = flags | flag; }
    void clear(TrackingFlag flag) { flags = flags & ~static_cast<std::uint32_t>(flag); }
    // Whether what it reads now is to be noted.
    bool notes_reads() const {
        if (!is(TrackingOn) || is(TrackingBroadcast)) return false;
        return is(TrackingCaching) ? !is(TrackingOptOut) : !is(TrackingOptIn);
    }
};

class Tracking : public Sink {
  public:
    // All of them must outlive it.
    Tracking(EffectLog& log, ClientRegistry& clients, const Settings& settings, std::size_t reactors);
    ~Tracking() override;
    Tracking(const Tracking&) = delete;
    Tracking& operator=(const Tracking&) = delete;
    // Before the first client tracks.
    void set_deliveries(Deliveries& deliveries) { deliveries_ = &deliveries; }

    // `flags` without TrackingOn. No prefixes in broadcast mode: all keys.
    void start(Session& session, std::uint32_t flags, std::uint64_t redirect,
               std::span<const std::string_view> prefixes);
    void stop(Session& session);
    void forget(Session& session);

    bool in_use() const { return known_.load(std::memory_order_relaxed) > 0; }
    // Tells of what the unit has touched since it was told before. The commands of a transaction are told one
    // by one, so that a read between them is noted in its place.
    void tell(const Unit& unit);
    // REQUIRES: the lock of the key's shard; session.tracker.notes_reads(); tell() was called.
    void note_read(Session& session, std::string_view key);
    // Gives a client the notices of its own changes. To be called after the reply.
    void give_own(Session& session);
    // Sends what was collected on a reactor. To be called there while the locks of the unit that was told are
    // held; who lets go of them wakes the reactors that it is for. False if there was nothing.
    bool send(std::size_t reactor);
    // The same for notices to those in broadcast mode. To be called at the end of each cycle, before the
    // replies are sent, without locks.
    void send_broadcasts(std::size_t reactor);
    void accept(const Unit& unit) noexcept override;

    std::size_t trackers() const { return trackers_.load(std::memory_order_relaxed); }
    // In the table: keys, and reads of them.
    std::size_t keys() const;
    std::size_t items() const;
    std::size_t prefixes() const;

  private:
    struct Reader {
        std::uint64_t id;
        std::size_t reactor;
    };
    using Readers = std::vector<Reader>;  // Sorted by id.
    struct Notice {
        std::uint64_t client;  // 0: every tracker.
        BlobRef bytes;         // As RESP3 has it; none if all keys are invalid.
        bool is_own = false;   // Of its own change.
    };
    // By key: which client changed it first.
    using Changed = std::map<std::string, std::uint64_t>;
    struct Local {
        std::unordered_map<std::uint64_t, Session*> known;
        std::unordered_map<std::string, std::vector<Session*>> by_prefix;
        // Of the unit that runs on the reactor.
        std::size_t told_keys = 0;
        std::size_t told_flushes = 0;
        std::vector<BlobRef> own;
        bool has_collected = false;
        std::vector<std::vector<Notice>> outgoing;  // By reactor.
        // For the end of the cycle.
        std::map<std::string, Changed> changed;  // By prefix.
    };
    struct Audience {
        std::vector<std::uint32_t> by_reactor;
        std::size_t total = 0;
    };

    void set_redirect(Session& session, std::uint64_t to);
    void add_prefix(Session& session, std::string_view prefix);
    void remove_prefix(Session& session, const std::string& prefix);
    void invalidate(Unit::Origin origin, const TouchedKey& touched);
    void invalidate_all(const Unit::Origin& origin);
    void tell_readers(const Unit::Origin& origin, std::string_view key, const Readers& readers);
    void tell_here(const Unit::Origin& origin, Session& session, const BlobRef& notice);
    static std::size_t bytes_of(const std::vector<Notice>& notices);
    void collect(const Unit::Origin& origin, std::size_t reactor, Notice notice);
    Readers take_readers(std::string_view key);
    std::optional<std::pair<std::string, Readers>> take_surplus(std::size_t most);

    void send_changed(std::size_t reactor, const std::string& prefix, Changed&& changed);
    void give_all(std::size_t reactor, const std::vector<Notice>& notices, Deliveries::Wake wake);
    void give_prefix(std::size_t reactor, const std::string& prefix, const BlobRef& notice,
                     const Changed& changed);
    // No bytes: all keys are invalid.
    void give(Session& session, const BlobRef& bytes, Deliveries::Wake wake = Deliveries::Wake::Now);
    void give_redirected(std::uint64_t client, const BlobRef& notice);

    EffectLog& log_;
    ClientRegistry& clients_;
    const Settings& settings_;
    Deliveries* deliveries_ = nullptr;
    std::vector<Local> locals_;  // By reactor.
    std::atomic<std::size_t> known_{0};
    std::atomic<std::size_t> trackers_{0};

    mutable std::mutex mutex_;
    std::unordered_map<std::string, Readers> table_;
    std::size_t items_ = 0;
    std::map<std::string, Audience, std::less<>> prefixes_;
    std::map<std::size_t, std::size_t> prefix_lengths_;  // How many prefixes have it.
    std::vector<std::size_t> known_on_;                  // By reactor.
    Random random_;
};

}  // namespace pongo

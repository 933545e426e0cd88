// Publish and subscribe.
//
// Words: a client *subscribes* to a channel, to a shard channel, or to a pattern that names of channels
// match; its *audience* is how many clients of each reactor have done so.
//
//  1. Each reactor knows its own subscribers, and nobody else looks at that. All share the audiences, from
//  which a
//     publisher learns which reactors there is something for, and how many clients will get it.
//  2. A message is encoded once, and given to each of those reactors once; there it goes to the subscribers.
//  3. Messages of one publisher reach a subscriber in their order. What was published before (as far as
//  anybody can
//     tell) a client subscribes or unsubscribes is given to its reactor's clients before that is done.
//     What is published after another reactor's message was given to this one does not overtake it here.
//  4. A client has no subscriptions when it is forgotten.
//
// Thread rule: publish() and what only asks on any thread; what takes a session on the session's reactor.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/deliveries.h"
#include "engine/pattern_index.h"
#include "resp/frame.h"

namespace pongo {

class Session;

enum class Subscribed : std::uint8_t { Channel, Pattern, ShardChannel };

// One client's.
struct Subscriptions {
    std::set<std::string, std::less<>> names[3];  // By Subscribed.

    std::set<std::string, std::less<>>& of(Subscribed kind) { return names[static_cast<std::size_t>(kind)]; }
    const std::set<std::string, std::less<>>& of(Subscribed kind) const {
        return names[static_cast<std::size_t>(kind)];
    }
};

class Channels {
  public:
    explicit Channels(std::size_t reactors);
    // Before the first message. The deliveries must outlive it.
    void set_deliveries(Deliveries& deliveries) { deliveries_ = &deliveries; }

    // False if it was (not) subscribed already.
    bool subscribe(Session& session, Subscribed kind, std::string_view name);
    bool unsubscribe(Session& session, Subscribed kind, std::string_view name);
    void forget(Session& session);

    // To a channel (and patterns that it matches), or to a shard channel. Returns how many will get it.
    // `from` is the publisher's reactor. Who publishes under the locks of shards
    // sees to it that Deliveries::wake_others() is called after them.
    std::uint64_t publish(std::size_t from, Subscribed kind, std::string_view channel,
                          std::string_view message, Deliveries::Wake wake = Deliveries::Wake::Now);

    std::uint64_t audience(Subscribed kind, std::string_view name) const;
    // Names with an audience that match the pattern, all of them if it is empty.
    std::vector<std::string> names(Subscribed kind, std::string_view pattern) const;
    // How many there are.
    std::size_t count(Subscribed kind) const;

  private:
    struct Audience {
        std::vector<std::uint32_t> by_reactor;
        std::uint64_t total = 0;
    };
    using Audiences = std::unordered_map<std::string, Audience>;
    using Subscribers = std::unordered_map<std::string, std::vector<Session*>>;
    struct Local {
        Subscribers of[3];
    };
    struct Message;

    void deliver(std::size_t reactor, const Message& message);
    // Lets everybody know to how many of them the client subscribes.
    static void note_count(Session& session, Subscribed kind);
    static void give(const Subscribers& subscribers, const std::string& name, const Frame& frame);
    static void add_to(const Audience& audience, Message& message);

    Deliveries* deliveries_ = nullptr;
    std::vector<Local> locals_;  // By reactor.

    mutable std::shared_mutex mutex_;
    Audiences audiences_[3];
    PatternIndex patterns_;
};

}  // namespace pongo

// The one door through which changes of the data set leave. Sinks hang on it: the append-only file, replicas,
// key events, WATCH, tracking, blocked clients.
//
//  1. A unit is committed while the locks of its keys are held: two units on the same key reach every sink in
//  the order in
//     which they happened in memory.
//  2. A unit is contiguous: nothing comes between its commands.
//  3. It holds what happened, not what was asked: no relative times, no random choices, no floats to add
//  again.
//  4. A sink never blocks and never fails: it copies what it needs and returns.
//
// What no sink wants to hear is not even written down: see wants().
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <vector>

#include "effects/effect.h"

namespace pongo {

// Events are those of all classes; see want_classes() for who needs fewer.
enum class Interest : std::uint8_t { Events, Commands, Touches };

class Sink {
  public:
    virtual ~Sink() = default;
    // Called under the log's lock and the locks of the unit's keys, on the thread that made the change.
    virtual void accept(const Unit& unit) noexcept = 0;
};

// Thread rule: all of it on any thread. Its lock comes after the locks of shards.
class EffectLog {
  public:
    bool wants(Interest interest) const { return wanted(interest).load(std::memory_order_relaxed) > 0; }

    // Whether events of this class are written down.
    bool wants(EventClass event_class) const {
        return (wanted_classes_.load(std::memory_order_relaxed) & static_cast<std::uint32_t>(event_class)) !=
                   0 ||
               wants(Interest::Events);
    }
    // For the one sink that publishes events: a sum of EventClass, in the place of what it wanted before.
    void want_classes(std::uint32_t classes) { wanted_classes_.store(classes, std::memory_order_relaxed); }

    // Sinks hear of units in the order in which they were added, whatever is in them. The interests last as
    // long as the sink; those that come and go are told with want() and unwant(), as often as one another.
    void add_sink(Sink& sink, std::initializer_list<Interest> interests);
    void remove_sink(Sink& sink);
    void want(Interest interest) { wanted(interest).fetch_add(1, std::memory_order_relaxed); }
    void unwant(Interest interest) { wanted(interest).fetch_sub(1, std::memory_order_relaxed); }

    // Hands the unit to the sinks and empties it.
    void commit(Unit& unit);

  private:
    struct Attached {
        Sink* sink;
        std::vector<Interest> interests;
    };
    using Wanted = std::atomic<int>;

    Wanted& wanted(Interest interest) { return wanted_[static_cast<std::size_t>(interest)]; }
    const Wanted& wanted(Interest interest) const { return wanted_[static_cast<std::size_t>(interest)]; }

    Wanted wanted_[3] = {};
    std::atomic<std::uint32_t> wanted_classes_{0};
    std::mutex mutex_;
    std::vector<Attached> sinks_;
};

}  // namespace pongo

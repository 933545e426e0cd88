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

enum class Interest : std::uint8_t { Events = 1, Commands = 2, Touches = 4 };

class Sink {
  public:
    virtual ~Sink() = default;
    // Called under the log's lock and the locks of the unit's keys, on the thread that made the change.
    virtual void accept(const Unit& unit) noexcept = 0;
};

// Thread rule: all of it on any thread. Its lock comes after the locks of shards.
class EffectLog {
  public:
    bool wants(Interest interest) const {
        return (interests_.load(std::memory_order_relaxed) & static_cast<std::uint8_t>(interest)) != 0;
    }

    // Sinks hear of units in the order in which they were added.
    void add_sink(Sink& sink, std::initializer_list<Interest> interests);
    void remove_sink(Sink& sink);

    // Hands the unit to the sinks and empties it.
    void commit(Unit& unit);

  private:
    struct Attached {
        Sink* sink;
        std::uint8_t interests;
    };

    std::atomic<std::uint8_t> interests_{0};
    std::mutex mutex_;
    std::vector<Attached> sinks_;
};

}  // namespace pongo

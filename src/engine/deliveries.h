// The way from one reactor to the clients of another: what is to be done there, in the order in which it was
// said. Nobody waits: it is put into the other's queue, and the other is woken if it was empty. Who holds the
// locks of shards puts it there first, and wakes when he has let them go: waking is a system call.
//
// Thread rule: any thread. A delivery runs on the reactor that it is for, at a time when no command runs
// there; it may give bytes to sessions, let go on those that were blocked, and close those that are gone.
#pragma once

#include <cstddef>
#include <functional>

namespace pongo {

class Executor;

class Deliveries {
  public:
    using Delivery = std::function<void(Executor&)>;  // The one of that reactor.

    virtual ~Deliveries() = default;
    enum class Wake { Now, Later };
    // From the reactor that calls it to another, or to itself. `bytes` is what it keeps alive until then.
    virtual void deliver(std::size_t from, std::size_t to, Delivery delivery, Wake wake,
                         std::size_t bytes = 0) = 0;
    // Wakes all for whom something was put there for later, but the reactor that calls it: that one finds
    // what is there for itself at the end of its cycle.
    virtual void wake_others(std::size_t reactor) = 0;
    // Whether deliveries to the reactor are still to be run. On its own thread: there, what is done at once
    // would overtake them.
    virtual bool waiting(std::size_t reactor) const = 0;
    // Whether some reactor has so many before it, or so many bytes in them, that who adds more should wait.
    virtual bool crowded() const { return false; }
};

}  // namespace pongo

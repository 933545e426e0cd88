// A timerfd that rings for the earliest of several deadlines, each of which belongs to a client.
//
//  1. It rings at the earliest deadline or before: mostly nobody waits until his is over, so one that is
//  cancelled leaves the timer as it is, and the next one needs no system call.
//
// Thread rule: the reactor's thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <utility>
#include <vector>

#include "net/descriptor_socket.h"

namespace pongo {

class Alarm {
  public:
    Alarm();

    // Readable when a deadline may be over.
    const DescriptorSocket& socket() const { return socket_; }

    // In microseconds of the monotonic clock.
    void set(std::int64_t deadline_us, std::uint64_t client);
    void cancel(std::int64_t deadline_us, std::uint64_t client) { deadlines_.erase({deadline_us, client}); }
    std::size_t deadlines() const { return deadlines_.size(); }
    // The clients whose deadlines are over, which are forgotten. Rings for the next one.
    std::vector<std::uint64_t> take_due(std::int64_t now_us);

  private:
    void arm();

    DescriptorSocket socket_;
    std::set<std::pair<std::int64_t, std::uint64_t>> deadlines_;
    std::int64_t rings_at_us_ = 0;  // 0: it keeps still.
};

}  // namespace pongo

// A timerfd that rings for the earliest of several deadlines, each of which belongs to a client.
//
// Thread rule: the reactor's thread.
#pragma once

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

    // In microseconds of the monotonic clock. A client may have several.
    void set(std::int64_t deadline_us, std::uint64_t client);
    // The clients whose deadlines are over, which are forgotten. Rings for the next one.
    std::vector<std::uint64_t> take_due(std::int64_t now_us);

  private:
    void arm();

    DescriptorSocket socket_;
    std::set<std::pair<std::int64_t, std::uint64_t>> deadlines_;
};

}  // namespace pongo

// The clients of one reactor, as one socket of POCO's: a nested epoll set, which is readable while any of its
// clients is ready.
//
// Measured: with one Observer per client, POCO costs about 200 ns and two allocations per event, and its loop
// has no place where all clients of a turn have been served, so every reply would wake its reader by itself.
// Served from one set, all that are ready are read first and answered together after, as Redis does.
//
// Clients are watched edge-triggered, which spares the kernel a second look at each after it was served (4 %
// of an unpipelined request): who does not read all that there is has to remember it. Only while a client is
// watched for writing it is level-triggered.
//
// Thread rule: the reactor's thread.
#pragma once

#include <sys/epoll.h>

#include <cstdint>
#include <iterator>
#include <optional>
#include <span>

#include "net/descriptor_socket.h"

namespace pongo {

class Connection;

class ClientPoll {
  public:
    ClientPoll();

    // The set itself, to be watched for reading.
    const DescriptorSocket& socket() const { return socket_; }

    void add(int descriptor, Connection& connection);
    // What to watch for; neither is allowed: then only that the client has left is told, as hung_up().
    void watch(int descriptor, Connection& connection, bool reads, bool writes);
    void remove(int descriptor);
    // What is not a client and ends a wait: signal_of() tells. Wake and alarm are told once each time they go
    // off, so nobody has to read them; an interrupt as long as it is readable.
    enum class Signal : std::uint8_t { Wake, Alarm, Interrupt };
    void add_signal(int descriptor, Signal signal);

    // Those that are ready within `wait_ms`. Good until the next call.
    std::span<const epoll_event> ready(int wait_ms) { return ready(wait_ms, events_); }
    // The same with room of the caller's own, for who must not disturb that.
    static constexpr int kMaxEvents = 256;
    using Events = epoll_event[kMaxEvents];
    std::span<const epoll_event> ready(int wait_ms, Events& room);

    // Nothing for a client's event.
    std::optional<Signal> signal_of(const epoll_event& event) const {
        const auto* const whose = static_cast<const char*>(event.data.ptr);
        if (whose < signals_ || whose >= std::end(signals_)) return std::nullopt;
        return static_cast<Signal>(whose - signals_);
    }
    static Connection& connection_of(const epoll_event& event) {
        return *static_cast<Connection*>(event.data.ptr);
    }
    static bool only_readable(const epoll_event& event) { return event.events == EPOLLIN; }
    static bool readable(const epoll_event& event) {
        return (event.events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0;
    }
    static bool hung_up(const epoll_event& event) {
        return (event.events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
    }
    static bool writable(const epoll_event& event) { return (event.events & EPOLLOUT) != 0; }

  private:
    void control(int operation, int descriptor, std::uint32_t events, void* whose);

    char signals_[3] = {};  // Their places stand for the signals.
    DescriptorSocket socket_;
    Events events_;
};

}  // namespace pongo

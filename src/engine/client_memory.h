// maxmemory-clients: what all clients together hold (requests, replies, names), and who is closed when that
// is too much.
//
//  1. Each reactor counts for its own clients; one counts with what it has published (Session::memory()).
//  2. The biggest are closed first. One that said CLIENT NO-EVICT counts, but stays.
//
// Thread rule: note() and forget() on the session's reactor; the rest on any thread, without locks.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

#include "engine/client_registry.h"
#include "engine/settings.h"

namespace pongo {

class ClientMemory {
  public:
    // Both must outlive it.
    ClientMemory(ClientRegistry& clients, const Settings& settings, std::size_t reactors)
        : clients_(clients), settings_(settings), by_reactor_(reactors) {}

    // To be told when what the client holds may have changed.
    void note(Session& session);
    void forget(Session& session);

    // Bytes of all clients.
    std::size_t total() const;
    // In bytes; 0: there is none.
    std::size_t limit() const;
    // Sees to it that the biggest clients are closed soon if all hold too much.
    void enforce(std::int64_t now_ms);

    std::uint64_t evicted() const { return evicted_.load(std::memory_order_relaxed); }
    void reset_stats() { evicted_ = 0; }

  private:
    struct alignas(64) Sum {
        std::atomic<std::size_t> bytes{0};
    };

    void evict(std::size_t limit, std::int64_t now_ms);

    ClientRegistry& clients_;
    const Settings& settings_;
    std::vector<Sum> by_reactor_;
    std::atomic<std::uint64_t> evicted_{0};
    std::mutex evicting_;
};

}  // namespace pongo

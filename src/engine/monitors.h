// MONITOR: clients that see every command of every client, in the order in which each reactor ran them.
//
//  1. A command is written down once, for all monitors. Those of its own reactor get it at once; the others
//     get what one cycle of its loop has run in one piece.
//  2. Nobody pays for it while nobody monitors.
//
// Thread rule: any() on any thread; add(), remove() and show() on the session's reactor, send() on its own.
#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/blob.h"
#include "engine/deliveries.h"
#include "engine/settings.h"
#include "resp/reply_buffer.h"

namespace pongo {

class Session;

class Monitors {
  public:
    // Both must outlive it, and the deliveries as well.
    Monitors(const Settings& settings, std::size_t reactors);
    // Before the first client monitors.
    void set_deliveries(Deliveries& deliveries) { deliveries_ = &deliveries; }

    // Once more does nothing.
    void add(Session& session);
    void remove(Session& session);

    bool any() const { return total_.load(std::memory_order_relaxed) > 0; }
    // A command that this client has run. `replies` are its own: it may be a monitor, too.
    void show(const Session& session, std::span<const std::string_view> args, ReplyBuffer& replies);
    // To be called at the end of each cycle, without locks.
    void send(std::size_t reactor);

  private:
    struct Local {
        std::vector<Session*> monitors;
        std::string lines;  // For other reactors.
    };

    void give(std::size_t reactor, const BlobRef& lines);
    std::string line_of(const Session& session, std::span<const std::string_view> args) const;

    const Settings& settings_;
    Deliveries* deliveries_ = nullptr;
    std::vector<Local> locals_;  // By reactor.
    std::vector<std::atomic<std::size_t>> by_reactor_;
    std::atomic<std::size_t> total_{0};
};

}  // namespace pongo

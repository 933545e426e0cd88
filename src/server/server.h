// The composition root: owns the parts, starts and stops them in order, and keeps the server's clock.
//
// Order of start: log, descriptor limit, listening sockets, reactors, acceptors. Stop is the reverse: nobody
// new is accepted, what was received is answered, then the reactors end.
//
// Thread rule: the main thread, but request_stop() on any.
#pragma once

#include <algorithm>
#include <atomic>
#include <memory>
#include <utility>
#include <vector>

#include "engine/config.h"
#include "engine/engine.h"
#include "net/acceptor.h"
#include "net/reactor.h"
#include "persistence/persistence.h"
#include "scripting/scripting.h"
#include "server/listeners.h"

namespace pongo {

class Server : private Deliveries {
  public:
    // REQUIRES: block_signals() was called before the first thread was started.
    explicit Server(Config& config);
    ~Server() override;

    // Keeps the signals that end or reload the server for run(), away from all other threads.
    static void block_signals();

    // Serves until SIGTERM, SIGINT or SHUTDOWN. Returns the exit code of the process.
    int run();

  private:
    void deliver(std::size_t from, std::size_t to, Delivery delivery, Wake wake, std::size_t bytes) override {
        reactors_[from]->count_delivery();
        reactors_[to]->deliver(std::move(delivery), wake, bytes);
    }
    void wake_others(std::size_t reactor) override {
        for (std::size_t i = 0; i < reactors_.size(); ++i) {
            if (i != reactor) reactors_[i]->wake_if_asked();
        }
    }
    bool waiting(std::size_t reactor) const override { return reactors_[reactor]->has_deliveries(); }
    bool crowded() const override {
        return std::ranges::any_of(reactors_, [](const auto& each) { return each->is_crowded(); });
    }

    bool start();
    void stop();
    void raise_descriptor_limit();
    void watch_settings();
    // `port` or `bind` has changed on the running server.
    ConfigError listen_anew(const Settings& settings);
    // On the first reactor's thread, or before it runs.
    void accept_on(const std::vector<Poco::Net::ServerSocket>& sockets);
    // Waits for the next signal or the next tick; returns false when it is time to stop.
    bool wait_and_tick();
    // On any thread.
    void request_stop();
    // Whether everything is where it has to be before the process may end. If not, it goes on.
    bool is_ready_to_stop();
    void follow_loading();
    bool is_kept_by_script();
    void end_scripts();

    Config& config_;
    Engine engine_;
    Scripting scripting_;
    Persistence persistence_;
    std::vector<std::unique_ptr<Reactor>> reactors_;
    Listeners listeners_;  // Changed by hooks of the configuration, which run one at a time.
    std::vector<std::unique_ptr<Acceptor>> acceptors_;  // The first reactor's, while it runs.
    std::atomic<std::int64_t> stop_requested_us_{0};    // Of the monotonic clock; 0 if it was not.
    std::uint64_t stop_options_ = 0;                    // Of the signal that asked for it.
    bool was_loading_ = false;
    int exit_code_ = 0;
};

}  // namespace pongo

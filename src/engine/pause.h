// CLIENT PAUSE: until a moment, writing commands (or all) wait. So do writing ones when the server is about
// to end, whatever clients say.
// Thread rule: any thread.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <mutex>

namespace pongo {

class Pause {
  public:
    enum class Mode : std::uint8_t { None, Writes, All };

    // A pause that is in force is prolonged, or made stricter, never the reverse.
    void begin(Mode mode, std::int64_t until_ms, std::int64_t now_ms) {
        const std::lock_guard lock(mutex_);
        const bool in_force = mode_of_clients(now_ms) != Mode::None;
        mode_ = in_force ? std::max(mode_.load(), mode) : mode;
        until_ms_ = in_force ? std::max(until_ms_.load(), until_ms) : until_ms;
    }
    void end() { mode_ = Mode::None; }
    // Nothing may be written any more, unless the server goes on after all.
    void set_ending(bool ending) { ending_ = ending; }

    Mode mode(std::int64_t now_ms) const {
        const Mode of_clients = mode_of_clients(now_ms);
        return ending_.load(std::memory_order_relaxed) ? std::max(of_clients, Mode::Writes) : of_clients;
    }
    std::int64_t until_ms() const { return until_ms_; }

  private:
    Mode mode_of_clients(std::int64_t now_ms) const {
        const Mode set = mode_.load(std::memory_order_relaxed);
        return set == Mode::None || now_ms >= until_ms_.load(std::memory_order_relaxed) ? Mode::None : set;
    }

    std::mutex mutex_;
    std::atomic<Mode> mode_{Mode::None};
    std::atomic<std::int64_t> until_ms_{0};
    std::atomic<bool> ending_{false};
};

}  // namespace pongo

// CLIENT PAUSE: until a moment, writing commands (or all) wait.
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
        const bool in_force = this->mode(now_ms) != Mode::None;
        mode_ = in_force ? std::max(mode_.load(), mode) : mode;
        until_ms_ = in_force ? std::max(until_ms_.load(), until_ms) : until_ms;
    }
    void end() { mode_ = Mode::None; }

    Mode mode(std::int64_t now_ms) const {
        const Mode set = mode_.load(std::memory_order_relaxed);
        return set == Mode::None || now_ms >= until_ms_.load(std::memory_order_relaxed) ? Mode::None : set;
    }
    std::int64_t until_ms() const { return until_ms_; }

  private:
    std::mutex mutex_;
    std::atomic<Mode> mode_{Mode::None};
    std::atomic<std::int64_t> until_ms_{0};
};

}  // namespace pongo

// The options of cjson that scripts set hold for all scripts after them, on whatever reactor. A script works
// on a copy: others that run beside it see what it has set when it is done. Thread rule: any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>

#include "lua/json.h"

namespace pongo {

class SharedJsonOptions {
  public:
    // A copy that is brought up to date.
    struct Copy {
        JsonOptions options = {};
        std::uint64_t version = 0;
    };
    void update(Copy& copy) const {
        if (copy.version == version_.load(std::memory_order_acquire)) return;
        const std::lock_guard lock(mutex_);
        copy = shared_;
    }
    // What a script has changed: others may have set something else meanwhile.
    void set_changed(const JsonOptions& before, const JsonOptions& after) {
        const std::lock_guard lock(mutex_);
        shared_.options.take_changed(before, after);
        ++shared_.version;
        version_.store(shared_.version, std::memory_order_release);
    }

  private:
    mutable std::mutex mutex_;
    Copy shared_;
    std::atomic<std::uint64_t> version_{0};
};

}  // namespace pongo

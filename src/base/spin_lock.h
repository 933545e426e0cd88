// A mutex for critical sections of well under a microsecond: it spins briefly, then sleeps in the kernel.
// Satisfies Lockable, so std::lock_guard and std::unique_lock work on it.
#pragma once

#include <atomic>

namespace pongo {

inline void cpu_relax() {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
}

class SpinLock {
  public:
    bool try_lock() {
        int expected = kFree;
        return state_.compare_exchange_strong(expected, kHeld, std::memory_order_acquire,
                                              std::memory_order_relaxed);
    }

    // Gives up where lock() would go to sleep.
    bool try_lock_briefly() {
        for (int i = 0; i < kSpins; ++i) {
            if (state_.load(std::memory_order_relaxed) == kFree && try_lock()) return true;
            cpu_relax();
        }
        return false;
    }

    void lock() {
        if (!try_lock()) lock_contended();
    }

    void unlock() {
        if (state_.exchange(kFree, std::memory_order_release) == kHeldWithSleepers) state_.notify_one();
    }

  private:
    static constexpr int kFree = 0;
    static constexpr int kHeld = 1;
    static constexpr int kHeldWithSleepers = 2;
    static constexpr int kSpins = 100;

    void lock_contended() {
        if (try_lock_briefly()) return;
        // Whoever slept takes the lock as "with sleepers": others may sleep still.
        while (state_.exchange(kHeldWithSleepers, std::memory_order_acquire) != kFree) {
            state_.wait(kHeldWithSleepers, std::memory_order_relaxed);
        }
    }

    std::atomic<int> state_{kFree};
};

}  // namespace pongo

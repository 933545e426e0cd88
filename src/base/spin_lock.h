// A mutex for critical sections of well under a microsecond: it spins briefly, then sleeps in the kernel.
// Satisfies Lockable, so std::lock_guard and std::unique_lock work on it.
#pragma once

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <ctime>

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
        if (try_lock() || try_lock_briefly()) return;
        while (!take_or_sleep(nullptr)) {
        }
    }

    // The same for who may change his mind: while it waits it asks keep_waiting() every few milliseconds.
    // False if that said no.
    template <typename KeepWaiting>
    [[nodiscard]] bool lock_while(KeepWaiting&& keep_waiting) {
        if (try_lock() || try_lock_briefly()) return true;
        constexpr timespec kPatience{.tv_sec = 0, .tv_nsec = 5'000'000};
        while (!take_or_sleep(&kPatience)) {
            if (keep_waiting()) continue;
            // It may be the one whom unlock() has woken.
            wake_one();
            return false;
        }
        return true;
    }

    void unlock() {
        if (state_.exchange(kFree, std::memory_order_release) != kHeldWithSleepers) return;
        wake_one();
    }

    // For who comes back at once, again and again: one of those who sleep has the lock first. It takes him a
    // while to wake up: without a pause he would find it taken, and sleep on.
    void unlock_to_others() {
        if (state_.exchange(kFree, std::memory_order_release) != kHeldWithSleepers) return;
        wake_one();
        constexpr timespec kPause{.tv_sec = 0, .tv_nsec = 20'000};
        for (int i = 0; i < kPauses && state_.load(std::memory_order_relaxed) == kFree; ++i) {
            ::nanosleep(&kPause, nullptr);
        }
    }

  private:
    static constexpr int kFree = 0;
    static constexpr int kHeld = 1;
    static constexpr int kHeldWithSleepers = 2;
    static constexpr int kSpins = 100;
    static constexpr int kPauses = 3;

    // Whoever slept takes the lock as "with sleepers": others may sleep still. False if it was held; then it
    // has slept until there was a change, or for that time.
    bool take_or_sleep(const timespec* most) {
        if (state_.exchange(kHeldWithSleepers, std::memory_order_acquire) == kFree) return true;
        ::syscall(SYS_futex, &state_, FUTEX_WAIT_PRIVATE, kHeldWithSleepers, most, nullptr, 0);
        return false;
    }

    void wake_one() { ::syscall(SYS_futex, &state_, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0); }

    std::atomic<int> state_{kFree};
    static_assert(sizeof(std::atomic<int>) == sizeof(int));
};

}  // namespace pongo

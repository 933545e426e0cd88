#pragma once

#include <time.h>

#include <cstdint>

/// The system's clocks. Code under test takes its time as an argument; only the outermost callers ask here.
namespace pongo {

inline constexpr std::int64_t kMsPerSecond = 1'000;
inline constexpr std::int64_t kUsPerMs = 1'000;
inline constexpr std::int64_t kUsPerSecond = 1'000'000;
inline constexpr std::int64_t kNsPerUs = 1'000;
inline constexpr std::int64_t kNsPerMs = 1'000'000;
inline constexpr std::int64_t kNsPerSecond = 1'000'000'000;

namespace detail {

inline timespec clock_now(clockid_t clock) noexcept {
    timespec now{};
    clock_gettime(clock, &now);
    return now;
}

}  // namespace detail

/// Since the epoch; may jump when somebody sets the clock.
inline std::int64_t unix_us() noexcept {
    const timespec now = detail::clock_now(CLOCK_REALTIME);
    return std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1'000;
}

inline std::int64_t unix_ms() noexcept {
    const timespec now = detail::clock_now(CLOCK_REALTIME);
    return std::int64_t{now.tv_sec} * 1'000 + now.tv_nsec / 1'000'000;
}

inline std::int64_t unix_s() noexcept {
    return unix_ms() / kMsPerSecond;
}

/// Since some fixed point; never goes back. For durations and deadlines.
inline std::int64_t monotonic_ns() noexcept {
    const timespec now = detail::clock_now(CLOCK_MONOTONIC);
    return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

inline std::int64_t monotonic_us() noexcept {
    return monotonic_ns() / 1'000;
}

/// The same to a few milliseconds, at a fifth of the price.
inline std::int64_t coarse_monotonic_us() noexcept {
    const timespec now = detail::clock_now(CLOCK_MONOTONIC_COARSE);
    return std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1'000;
}

/// How long the calling thread has been running; stands still while it waits.
inline std::int64_t thread_cpu_us() noexcept {
    const timespec now = detail::clock_now(CLOCK_THREAD_CPUTIME_ID);
    return std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1'000;
}

}  // namespace pongo

// A value that one thread writes and any thread may read: no ordering, no locks, no torn reads.
#pragma once

#include <atomic>

namespace pongo {

template <typename T>
class Published {
  public:
    Published() = default;
    Published(T value) : value_(value) {}  // NOLINT: stands for the value itself.
    T get() const { return value_.load(std::memory_order_relaxed); }
    operator T() const { return get(); }  // NOLINT
    Published& operator=(T value) {
        value_.store(value, std::memory_order_relaxed);
        return *this;
    }

  private:
    std::atomic<T> value_{};
};

}  // namespace pongo

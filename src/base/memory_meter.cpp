#include "base/memory_meter.h"

#include <algorithm>
#include <mutex>
#include <vector>

#ifdef PONGO_JEMALLOC
#include <jemalloc/jemalloc.h>
#else
#include "base/memory_usage.h"
#endif

namespace pongo {
namespace {

struct Meters {
    std::mutex mutex;
    std::vector<MemoryMeter*> all;
};

// Never destroyed: threads may end later than the program's static objects.
Meters& meters() {
    static Meters* const instance = new Meters;
    return *instance;
}

#ifdef PONGO_JEMALLOC
const std::uint64_t* own_counter(const char* name) {
    const std::uint64_t* counter = nullptr;
    std::size_t size = sizeof(counter);
    return mallctl(name, &counter, &size, nullptr, 0) == 0 ? counter : nullptr;
}
#endif

std::size_t at_least_nothing(std::int64_t bytes) {
    return static_cast<std::size_t>(std::max<std::int64_t>(bytes, 0));
}

}  // namespace

std::atomic<std::int64_t> MemoryMeter::total_{0};

MemoryMeter& MemoryMeter::mine() {
    thread_local MemoryMeter meter;
    return meter;
}

MemoryMeter::MemoryMeter() {
#ifdef PONGO_JEMALLOC
    allocated_ = own_counter("thread.allocatedp");
    deallocated_ = own_counter("thread.deallocatedp");
#endif
    // What the thread had before is part of the figure already, or of the next correction.
    told_ = balance();
    const std::lock_guard lock(meters().mutex);
    meters().all.push_back(this);
}

MemoryMeter::~MemoryMeter() {
    const std::lock_guard lock(meters().mutex);
    tell();
    std::erase(meters().all, this);
}

std::int64_t MemoryMeter::balance() const {
    if (!allocated_ || !deallocated_) return 0;
    return static_cast<std::int64_t>(__atomic_load_n(allocated_, __ATOMIC_RELAXED) -
                                     __atomic_load_n(deallocated_, __ATOMIC_RELAXED));
}

// Whoever tells it, each byte is told once: by the difference between two readings.
void MemoryMeter::tell() {
    const std::int64_t now = balance();
    count(now - told_.exchange(now, std::memory_order_relaxed));
}

#ifdef PONGO_JEMALLOC

std::size_t MemoryMeter::used() {
    std::int64_t untold = balance() - told_.load(std::memory_order_relaxed);
    if (untold > kStepBytes || untold < -kStepBytes) {
        tell();
        untold = 0;
    }
    return at_least_nothing(total_.load(std::memory_order_relaxed) + untold);
}

std::size_t MemoryMeter::used_by_all() {
    return at_least_nothing(total_.load(std::memory_order_relaxed));
}

void MemoryMeter::correct(std::size_t used) {
    const std::lock_guard lock(meters().mutex);
    for (MemoryMeter* const meter : meters().all) meter->tell();
    count(static_cast<std::int64_t>(used) - total_.load(std::memory_order_relaxed));
}

#else

// Allocators that keep no counters for each thread are asked themselves.
std::size_t MemoryMeter::used() {
    return used_by_all();
}

std::size_t MemoryMeter::used_by_all() {
    return allocated_memory() + at_least_nothing(total_.load(std::memory_order_relaxed));
}

void MemoryMeter::correct(std::size_t) {}

#endif

}  // namespace pongo

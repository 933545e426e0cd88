#include "base/memory_usage.h"

#include <malloc.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <string>
#include <thread>

#include "base/background.h"
#include "base/memory_meter.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define PONGO_SANITIZED_ALLOCATOR
// Of the sanitizers' common interface, whose header comes with one of the compilers only.
extern "C" std::size_t __sanitizer_get_current_allocated_bytes();
#endif

#ifdef PONGO_JEMALLOC
#include <jemalloc/jemalloc.h>

// Few arenas keep the memory of many threads together.
extern "C" {
const char* malloc_conf = "narenas:4,dirty_decay_ms:5000,muzzy_decay_ms:0";
}
#endif

namespace pongo {
namespace {

std::atomic<std::int64_t> mapped_bytes{0};

#ifdef PONGO_JEMALLOC
std::size_t allocator_figure(const char* name) {
    std::size_t value = 0;
    std::size_t length = sizeof(value);
    return mallctl(name, &value, &length, nullptr, 0) == 0 ? value : 0;
}

// The allocator's figures are those of the last time when it was told to look.
void make_allocator_look() {
    std::uint64_t epoch = 1;
    std::size_t length = sizeof(epoch);
    mallctl("epoch", &epoch, &length, &epoch, length);
}

void read_allocator(MemoryUsage& usage) {
    usage.allocated = allocated_memory();
    usage.active = allocator_figure("stats.active");
    usage.resident = allocator_figure("stats.resident");
}
#else
void read_allocator(MemoryUsage& usage) {
    usage.allocated = allocated_memory();
    usage.active = usage.allocated + mallinfo2().fordblks;
    usage.resident = usage.active;
}
#endif

}  // namespace

MemoryUsage memory_usage() {
    MemoryUsage usage;
    read_allocator(usage);
    usage.used = usage.allocated + static_cast<std::size_t>(mapped_bytes.load(std::memory_order_relaxed));
    usage.rss = resident_size();
    MemoryMeter::correct(usage.used);
    return usage;
}

std::size_t resident_size() {
    long pages_total = 0;
    long pages_resident = 0;
    if (std::FILE* file = std::fopen("/proc/self/statm", "r")) {
        if (std::fscanf(file, "%ld %ld", &pages_total, &pages_resident) != 2) pages_resident = 0;
        std::fclose(file);
    }
    return static_cast<std::size_t>(pages_resident) * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

std::size_t machine_memory() {
    return static_cast<std::size_t>(::sysconf(_SC_PHYS_PAGES)) *
           static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

std::size_t allocated_memory() {
#if defined(PONGO_JEMALLOC)
    make_allocator_look();
    return allocator_figure("stats.allocated");
#elif defined(PONGO_SANITIZED_ALLOCATOR)
    return __sanitizer_get_current_allocated_bytes();
#else
    const auto info = mallinfo2();
    return info.uordblks + info.hblkhd;
#endif
}

std::size_t allocation_size(const void* block) {
    return malloc_usable_size(const_cast<void*>(block));
}

void purge_in_background() {
#ifdef PONGO_JEMALLOC
    // Its threads inherit the priority of the one that asks for them.
    std::thread([] {
        give_way_to_others();
        bool on = true;
        mallctl("background_thread", nullptr, nullptr, &on, sizeof(on));
    }).join();
#endif
}

void purge_free_memory() {
#ifdef PONGO_JEMALLOC
    const std::string all_arenas = "arena." + std::to_string(MALLCTL_ARENAS_ALL) + ".purge";
    mallctl(all_arenas.c_str(), nullptr, nullptr, nullptr, 0);
#else
    malloc_trim(0);
#endif
}

const char* allocator_name() {
#ifdef PONGO_JEMALLOC
    return "jemalloc-5.3.0";
#else
    return "libc";
#endif
}

void count_mapped_memory(std::int64_t bytes) {
    mapped_bytes.fetch_add(bytes, std::memory_order_relaxed);
    MemoryMeter::count(bytes);
}

}  // namespace pongo

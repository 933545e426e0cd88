// How much memory the process uses: what the allocator has handed out and what was mapped around it.
// Callable on any thread.
#pragma once

#include <cstddef>
#include <cstdint>

namespace pongo {

struct MemoryUsage {
    std::size_t used = 0;       // Bytes in use by the program, mapped arrays included.
    std::size_t allocated = 0;  // The allocator's own figures, mapped arrays left out ...
    std::size_t active = 0;     // ... the pages that hold them ...
    std::size_t resident = 0;   // ... and those that are in memory.
    std::size_t rss = 0;        // The process's resident size, as the kernel sees it.
};

// Costs some 30 microseconds (it reads /proc and makes the allocator add up its arenas). See MemoryMeter for
// who asks often.
MemoryUsage memory_usage();

// Of these only `allocated`, or only `rss`, which costs a few microseconds.
std::size_t allocated_memory();
std::size_t resident_size();

// Of the machine.
std::size_t machine_memory();

// Bytes that the allocator really set aside for a block that it gave out.
std::size_t allocation_size(const void* block);
#ifndef __clang__  // What is in the block is not read, so it may be new.
[[gnu::access(none, 1)]] std::size_t allocation_size(const void* block);
#endif

// From now on the allocator's own threads give memory back in time, at the priority of background work, so
// that no reactor has to.
void purge_in_background();

// Gives what the allocator keeps for later back to the system.
void purge_free_memory();

const char* allocator_name();

// Called by what maps memory around the allocator; negative when it is given back.
void count_mapped_memory(std::int64_t bytes);

}  // namespace pongo

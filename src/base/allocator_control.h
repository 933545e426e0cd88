// The allocator's own report and switches, for those who look into it by MEMORY MALLOC-STATS and DEBUG
// MALLCTL. Callable on any thread.
#pragma once

#include <cstddef>
#include <string>

namespace pongo {

// In the allocator's own words; some thousand lines. It makes the allocator stop all its arenas.
std::string allocator_report();

// jemalloc's mallctl(): reads the setting into `old_value` and writes it from `new_value`, where they are not
// null. Returns 0 or an errno; ENOENT if there is no such setting, or no jemalloc.
int allocator_control(const char* name, void* old_value, std::size_t* old_size, void* new_value,
                      std::size_t new_size);

}  // namespace pongo

// How much memory this process may have.
#pragma once

#include <cstdint>
#include <string_view>

namespace pongo {

// The smallest limit of its control groups, in bytes; 0 if none is set.
std::int64_t cgroup_memory_limit(std::string_view membership_file, std::string_view cgroup_root);

// That, or the machine's memory where that is less.
std::int64_t available_memory();

}  // namespace pongo

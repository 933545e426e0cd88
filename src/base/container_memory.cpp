#include "base/container_memory.h"

#include <algorithm>
#include <fstream>

#include "base/cgroup.h"
#include "base/memory_usage.h"

namespace pongo {

std::int64_t cgroup_memory_limit(std::string_view membership_file, std::string_view cgroup_root) {
    std::int64_t smallest = 0;
    for_each_cgroup(membership_file, cgroup_root, "memory", [&](const Cgroup& group) {
        std::ifstream file(group.directory + (group.version == 2 ? "/memory.max" : "/memory.limit_in_bytes"));
        std::int64_t limit = 0;  // Version 2 may say "max", which is no number.
        if (!(file >> limit) || limit <= 0) return;
        smallest = smallest == 0 ? limit : std::min(smallest, limit);
    });
    return smallest;
}

std::int64_t available_memory() {
    const auto machine = static_cast<std::int64_t>(machine_memory());
    const std::int64_t limit = cgroup_memory_limit(kCgroupMembership, kCgroupRoot);
    return limit == 0 ? machine : std::min(limit, machine);
}

}  // namespace pongo

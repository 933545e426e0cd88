#pragma once

#include <string_view>

namespace pongo {

// How many CPUs this process may use: those of its affinity mask, and no more than the quota of its cgroup
// (version 1 or 2) rounded up. At least 1. Reads the system anew each time.
int available_cpus();

// The quota alone, under other roots than /proc/self/cgroup and /sys/fs/cgroup; 0 is none. For available_cpus
// and its tests.
int cgroup_cpu_quota(std::string_view membership_file, std::string_view cgroup_root);

}  // namespace pongo

#include "base/cpu.h"

#include <sched.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <string>
#include <thread>

#include "base/cgroup.h"

namespace pongo {
namespace {

int affine_cpus() {
    constexpr int kMostCpus = 1 << 16;
    for (int room = CPU_SETSIZE; room <= kMostCpus; room *= 2) {
        cpu_set_t* set = CPU_ALLOC(static_cast<std::size_t>(room));
        const std::size_t size = CPU_ALLOC_SIZE(static_cast<std::size_t>(room));
        const int count = sched_getaffinity(0, size, set) == 0 ? CPU_COUNT_S(size, set) : 0;
        CPU_FREE(set);
        if (count > 0) return count;
    }
    return static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
}

int rounded_up(std::int64_t quota, std::int64_t period) {
    if (quota <= 0 || period <= 0) return 0;
    return static_cast<int>(std::min<std::int64_t>((quota + period - 1) / period, INT32_MAX));
}

// Version 2: "200000 100000", or "max 100000" without a quota.
int quota_v2(const std::string& directory) {
    std::ifstream file(directory + "/cpu.max");
    std::int64_t quota = 0;
    std::int64_t period = 0;
    return file >> quota >> period ? rounded_up(quota, period) : 0;
}

// Version 1: two files; a quota of -1 is none.
int quota_v1(const std::string& directory) {
    std::ifstream quota_file(directory + "/cpu.cfs_quota_us");
    std::ifstream period_file(directory + "/cpu.cfs_period_us");
    std::int64_t quota = 0;
    std::int64_t period = 0;
    return quota_file >> quota && period_file >> period ? rounded_up(quota, period) : 0;
}

int smaller_quota(int a, int b) {
    if (a == 0 || b == 0) return std::max(a, b);
    return std::min(a, b);
}

}  // namespace

// The quota of a group is bounded by those of the groups around it.
int cgroup_cpu_quota(std::string_view membership_file, std::string_view cgroup_root) {
    int smallest = 0;
    for_each_cgroup(membership_file, cgroup_root, "cpu", [&](const Cgroup& group) {
        const int quota = group.version == 2 ? quota_v2(group.directory) : quota_v1(group.directory);
        smallest = smaller_quota(smallest, quota);
    });
    return smallest;
}

int available_cpus() {
    return std::max(1, smaller_quota(affine_cpus(), cgroup_cpu_quota(kCgroupMembership, kCgroupRoot)));
}

}  // namespace pongo

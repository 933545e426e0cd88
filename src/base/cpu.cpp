#include "base/cpu.h"

#include <sched.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <string>
#include <thread>

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

// The quota of a group is bounded by those of the groups around it.
int quota_up_to_root(const std::string& root, std::string group, int (*quota_of)(const std::string&)) {
    int smallest = 0;
    while (!group.empty() && group != "/") {
        smallest = smaller_quota(smallest, quota_of(root + group));
        group.erase(group.rfind('/'));
    }
    return smaller_quota(smallest, quota_of(root));
}

bool lists_cpu(std::string_view controllers) {
    return (',' + std::string(controllers) + ',').find(",cpu,") != std::string::npos;
}

}  // namespace

int cgroup_cpu_quota(std::string_view membership_file, std::string_view cgroup_root) {
    std::ifstream membership{std::string(membership_file)};
    int smallest = 0;
    for (std::string line; std::getline(membership, line);) {  // hierarchy:controllers:/group
        const auto first = line.find(':');
        const auto second = line.find(':', first + 1);
        if (first == std::string::npos || second == std::string::npos) continue;
        const std::string controllers = line.substr(first + 1, second - first - 1);
        const std::string group = line.substr(second + 1);
        if (!group.starts_with('/')) continue;
        const std::string root(cgroup_root);
        if (controllers.empty()) {
            smallest = smaller_quota(smallest, quota_up_to_root(root, group, quota_v2));
        } else if (lists_cpu(controllers)) {
            smallest = smaller_quota(smallest, quota_up_to_root(root + "/" + controllers, group, quota_v1));
            smallest = smaller_quota(smallest, quota_up_to_root(root + "/cpu", group, quota_v1));
        }
    }
    return smallest;
}

int available_cpus() {
    return std::max(1, smaller_quota(affine_cpus(), cgroup_cpu_quota("/proc/self/cgroup", "/sys/fs/cgroup")));
}

}  // namespace pongo

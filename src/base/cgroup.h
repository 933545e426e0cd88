// The control groups that this process is in: where a container's limits are written down.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace pongo {

// A directory of the system's tree of groups, in which the files of one controller ("cpu", "memory") may be.
struct Cgroup {
    std::string directory;
    int version;  // 1 or 2: they have different files.
};

// Calls visit(group) for the groups that `membership_file` (/proc/self/cgroup) names and for all around them,
// up to the root: the limits of each count. Inside of a container the root may be the only one that is there.
void for_each_cgroup(std::string_view membership_file, std::string_view root, std::string_view controller,
                     const std::function<void(const Cgroup&)>& visit);

inline constexpr std::string_view kCgroupMembership = "/proc/self/cgroup";
inline constexpr std::string_view kCgroupRoot = "/sys/fs/cgroup";

}  // namespace pongo

#include "base/cgroup.h"

#include <fstream>

namespace pongo {
namespace {

void up_to_root(const std::string& root, std::string group, int version,
                const std::function<void(const Cgroup&)>& visit) {
    while (!group.empty() && group != "/") {
        visit({root + group, version});
        group.erase(group.rfind('/'));
    }
    visit({root, version});
}

bool lists(std::string_view controllers, std::string_view controller) {
    return (',' + std::string(controllers) + ',').find(',' + std::string(controller) + ',') !=
           std::string::npos;
}

}  // namespace

void for_each_cgroup(std::string_view membership_file, std::string_view root, std::string_view controller,
                     const std::function<void(const Cgroup&)>& visit) {
    std::ifstream membership{std::string(membership_file)};
    const std::string top(root);
    for (std::string line; std::getline(membership, line);) {  // hierarchy:controllers:/group
        const auto first = line.find(':');
        const auto second = line.find(':', first + 1);
        if (first == std::string::npos || second == std::string::npos) continue;
        const std::string controllers = line.substr(first + 1, second - first - 1);
        const std::string group = line.substr(second + 1);
        if (!group.starts_with('/')) continue;
        if (controllers.empty()) {
            up_to_root(top, group, 2, visit);
        } else if (lists(controllers, controller)) {
            up_to_root(top + "/" + controllers, group, 1, visit);
            up_to_root(top + "/" + std::string(controller), group, 1, visit);
        }
    }
}

}  // namespace pongo

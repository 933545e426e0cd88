#include "engine/pattern_index.h"

namespace pongo {

std::string_view PatternIndex::literal_beginning(std::string_view pattern) {
    return pattern.substr(0, pattern.find_first_of("*?[\\"));
}

void PatternIndex::add(std::string_view pattern) {
    const std::string_view beginning = literal_beginning(pattern);
    by_length_[beginning.size()][std::string(beginning)].emplace(pattern);
    ++size_;
}

void PatternIndex::remove(std::string_view pattern) {
    const std::string_view beginning = literal_beginning(pattern);
    const auto groups = by_length_.find(beginning.size());
    const auto group = groups->second.find(std::string(beginning));
    group->second.erase(group->second.find(pattern));
    if (group->second.empty()) groups->second.erase(group);
    if (groups->second.empty()) by_length_.erase(groups);
    --size_;
}

}  // namespace pongo

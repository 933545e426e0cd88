// Patterns, and which of them a text matches, without a look at each: they are grouped by what stands before
// their first special character, so only those are tried whose beginning is the text's.
//
// Thread rule: as a plain container.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/glob.h"

namespace pongo {

class PatternIndex {
  public:
    // REQUIRES: it is not there.
    void add(std::string_view pattern);
    // REQUIRES: it is there.
    void remove(std::string_view pattern);
    std::size_t size() const { return size_; }

    // Calls visit(const std::string&) for every pattern that the text matches.
    template <typename Visit>
    void for_each_match(std::string_view text, Visit&& visit) const {
        for (const auto& [length, groups] : by_length_) {
            if (length > text.size()) return;
            const auto found = groups.find(std::string(text.substr(0, length)));
            if (found == groups.end()) continue;
            for (const std::string& pattern : found->second) {
                if (glob_match(pattern, text)) visit(pattern);
            }
        }
    }

    // What every text that it matches begins with.
    static std::string_view literal_beginning(std::string_view pattern);

  private:
    using Groups = std::unordered_map<std::string, std::set<std::string, std::less<>>>;

    std::map<std::size_t, Groups> by_length_;  // Of the literal beginning.
    std::size_t size_ = 0;
};

}  // namespace pongo

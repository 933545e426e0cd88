// What SORT's BY and GET are given: a name with a '*' in it, which stands for the element.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/call.h"
#include "structures/listpack.h"

namespace pongo {

// Whether the pattern leads to other keys: those without a '*' don't.
bool reaches_keys(std::string_view pattern);

class SortPattern {
  public:
    // As elements of collections are given: bytes, or an integer.
    using Text = Listpack::Element;

    // The text of the pattern must outlive it.
    explicit SortPattern(std::string_view pattern);

    // The string at the key, or the hash's field ("key->field"), that the element leads to; for the pattern
    // "#" the element itself. Views are good until a key changes.
    std::optional<Text> find(Call& call, const Text& element);

  private:
    std::optional<Text> find_at(Call& call, std::string_view key) const;

    bool is_element_ = false;
    bool reaches_keys_ = false;
    std::string_view before_;
    std::string_view after_;
    std::optional<std::string_view> field_;
    std::string key_;  // The last one; kept for its memory.
};

}  // namespace pongo

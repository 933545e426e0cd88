// The sorting of SORT: elements of a collection by number or text, their own or what a pattern leads to.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <string_view>
#include <vector>

#include "commands/sort_pattern.h"
#include "engine/call.h"
#include "structures/listpack.h"

namespace pongo {

struct SortRules {
    std::optional<std::string_view> by;  // A pattern with a '*' in it.
    bool by_text = false;
    bool descending = false;
    // Whole texts are compared where the result is kept; what is only shown, up to a zero byte, as in C.
    bool whole_texts = false;
};

// A part of a sequence.
struct SortedPart {
    std::uint64_t first;
    std::uint64_t count;
};

// Sorts keys of a few bytes; the elements stay where they are.
class Sorter {
  public:
    using Element = Listpack::Element;

    Sorter(Call& call, const SortRules& rules, std::vector<Element> elements);

    // That part of the sorted elements. Fails the call if one of them cannot be sorted. REQUIRES: there are
    // so many.
    std::vector<Element> sorted(const SortedPart& part);

  private:
    // What an element is sorted by, and its place among the elements.
    struct NumberKey {
        double number;
        std::uint64_t index;
    };
    struct TextKey {
        std::optional<std::string_view> text;  // What has none comes first.
        std::uint64_t index;
    };

    std::vector<NumberKey> number_keys();
    std::vector<TextKey> text_keys();
    std::optional<Element> find_value(const Element& element);
    int compare_elements(std::uint64_t a, std::uint64_t b) const;
    template <typename Key, typename Compare>
    std::vector<Element> take(std::vector<Key>& keys, const SortedPart& part, Compare compare) const;

    Call& call_;
    SortRules rules_;
    std::optional<SortPattern> by_;
    std::vector<Element> elements_;
    std::deque<std::array<char, kMaxInt64Digits>> digits_;  // Of integers that are sorted as texts.
};

}  // namespace pongo

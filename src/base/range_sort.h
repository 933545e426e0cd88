#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>

/// Sorting of which only a part of the result is wanted.
namespace pongo {

namespace detail {

/// Below this many items, insertion is fastest; from the second number on, nine are looked at for a pivot.
inline constexpr std::size_t kFewItems = 7;
inline constexpr std::size_t kManyItems = 40;

template <typename T, typename Compare>
void insertion_sort(std::span<T> items, Compare& compare) {
    for (std::size_t i = 1; i < items.size(); ++i) {
        for (std::size_t at = i; at > 0 && compare(items[at - 1], items[at]) > 0; --at) {
            std::swap(items[at - 1], items[at]);
        }
    }
}

template <typename T, typename Compare>
std::size_t median(std::span<T> items, std::size_t a, std::size_t b, std::size_t c, Compare& compare) {
    if (compare(items[a], items[b]) < 0) {
        if (compare(items[b], items[c]) < 0) return b;
        return compare(items[a], items[c]) < 0 ? c : a;
    }
    if (compare(items[b], items[c]) > 0) return b;
    return compare(items[a], items[c]) < 0 ? a : c;
}

template <typename T, typename Compare>
std::size_t choose_pivot(std::span<T> items, Compare& compare) {
    const std::size_t size = items.size();
    std::size_t first = 0;
    std::size_t middle = size / 2;
    std::size_t last = size - 1;
    if (size == kFewItems) return middle;
    if (size > kManyItems) {
        const std::size_t step = size / 8;
        first = median(items, first, first + step, first + 2 * step, compare);
        middle = median(items, middle - step, middle, middle + step, compare);
        last = median(items, last - 2 * step, last - step, last, compare);
    }
    return median(items, first, middle, last, compare);
}

/// How many items are less than the pivot, and how many are greater: at both ends, the equal ones between.
struct Parts {
    std::size_t less;
    std::size_t greater;
};

template <typename T, typename Compare>
Parts partition(std::span<T> items, Compare& compare) {
    std::swap(items[0], items[choose_pivot(items, compare)]);
    // Equal | less | not looked at | greater | equal; then the equal ones change places with what is next
    // to the middle.
    std::size_t less_from = 1;
    std::size_t low = 1;
    std::size_t high = items.size();
    std::size_t greater_to = items.size();
    for (;;) {
        for (int order; low < high && (order = compare(items[low], items[0])) <= 0; ++low) {
            if (order == 0) std::swap(items[less_from++], items[low]);
        }
        for (int order; low < high && (order = compare(items[high - 1], items[0])) >= 0; --high) {
            if (order == 0) std::swap(items[high - 1], items[--greater_to]);
        }
        if (low >= high) break;
        std::swap(items[low++], items[--high]);
    }
    const Parts parts{low - less_from, greater_to - high};
    const auto exchange = [&](std::size_t a, std::size_t b, std::size_t count) {
        std::swap_ranges(items.begin() + static_cast<std::ptrdiff_t>(a),
                         items.begin() + static_cast<std::ptrdiff_t>(a + count),
                         items.begin() + static_cast<std::ptrdiff_t>(b));
    };
    const std::size_t at_front = std::min(less_from, parts.less);
    exchange(0, low - at_front, at_front);
    const std::size_t at_end = std::min(parts.greater, items.size() - greater_to);
    exchange(low, items.size() - at_end, at_end);
    return parts;
}

}  // namespace detail

/// Orders the items so far that those from `first` on, `count` of them, are what they would be if all were
/// sorted. compare(a, b) is negative, zero or positive.
///
/// Not stable, but what becomes of equal items is determined: the algorithm is that of Bentley and McIlroy,
/// "Engineering a sort function" (1993), with those parts left alone that have none of the wanted items, as
/// in Redis. REQUIRES: first + count <= items.size().
template <typename T, typename Compare>
void sort_range(std::span<T> items, std::size_t first, std::size_t count, Compare compare) {
    while (count > 0 && items.size() > 1) {
        if (items.size() < detail::kFewItems) return detail::insertion_sort(items, compare);
        const detail::Parts parts = detail::partition(items, compare);
        const std::size_t end = first + count;
        const std::size_t greater_from = items.size() - parts.greater;
        const auto less = items.first(parts.less);
        const std::size_t wanted_of_less = std::min(end, parts.less) - std::min(first, parts.less);
        const auto greater = items.subspan(greater_from);
        const std::size_t from_of_greater = std::max(first, greater_from) - greater_from;
        const std::size_t wanted_of_greater = std::max(end, greater_from) - greater_from - from_of_greater;
        // The smaller part is left to a call, so that there are few at a time.
        if (less.size() < greater.size()) {
            sort_range(less, first, wanted_of_less, compare);
            items = greater;
            first = from_of_greater;
            count = wanted_of_greater;
        } else {
            sort_range(greater, from_of_greater, wanted_of_greater, compare);
            items = less;
            count = wanted_of_less;
        }
    }
}

}  // namespace pongo

#include "commands/sorter.h"

#include <algorithm>
#include <cerrno>
#include <cfloat>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <span>
#include <string>
#include <utility>

#include "base/escape.h"
#include "base/range_sort.h"

namespace pongo {
namespace {

// As strtod reads it, up to a zero byte; nothing is zero.
std::optional<double> read_number(std::string_view text) {
    double number = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    const bool plain = error == std::errc{} && stop == end && std::isfinite(number);
    // Whether something so small is an error depends on the digits that are lost.
    if (plain && (std::fabs(number) >= DBL_MIN || text == "0")) return number;

    const std::string terminated(until_nul(text));
    char* rest = nullptr;
    errno = 0;
    number = std::strtod(terminated.c_str(), &rest);
    if (*rest != '\0' || errno == ERANGE || std::isnan(number)) return std::nullopt;
    return number;
}

}  // namespace

Sorter::Sorter(Call& call, const SortRules& rules, std::vector<Element> elements)
    : call_(call), rules_(rules), elements_(std::move(elements)) {
    if (rules.by) by_.emplace(*rules.by);
}

std::vector<Sorter::Element> Sorter::sorted(const SortedPart& part) {
    if (rules_.by_text) {
        std::vector<TextKey> keys = text_keys();
        return take(keys, part, [](const TextKey& a, const TextKey& b) {
            if (!a.text || !b.text) return static_cast<int>(a.text.has_value()) - b.text.has_value();
            return a.text->compare(*b.text);
        });
    }
    std::vector<NumberKey> keys = number_keys();
    if (call_.failed()) return {};
    // Elements that count the same are in the order of their texts, so only equal ones are equal.
    return take(keys, part, [this](const NumberKey& a, const NumberKey& b) {
        if (a.number != b.number) return a.number < b.number ? -1 : 1;
        return compare_elements(a.index, b.index);
    });
}

std::vector<Sorter::NumberKey> Sorter::number_keys() {
    std::vector<NumberKey> keys(elements_.size());
    for (std::size_t i = 0; i < keys.size(); ++i) {
        keys[i] = {0, i};
        const auto value = find_value(elements_[i]);
        if (!value) continue;
        const auto number =
            value->is_integer ? static_cast<double>(value->integer) : read_number(value->bytes);
        if (!number) call_.fail("ERR One or more scores can't be converted into double");
        keys[i].number = number.value_or(0);
    }
    return keys;
}

std::vector<Sorter::TextKey> Sorter::text_keys() {
    std::vector<TextKey> keys(elements_.size());
    for (std::size_t i = 0; i < keys.size(); ++i) {
        keys[i].index = i;
        const auto value = find_value(elements_[i]);
        if (!value) continue;
        const std::string_view text = value->is_integer ? value->text(digits_.emplace_back()) : value->bytes;
        keys[i].text = rules_.whole_texts ? text : until_nul(text);
    }
    return keys;
}

std::optional<Sorter::Element> Sorter::find_value(const Element& element) {
    return by_ ? by_->find(call_, element) : element;
}

int Sorter::compare_elements(std::uint64_t a, std::uint64_t b) const {
    std::array<char, kMaxInt64Digits> digits_of_a;
    std::array<char, kMaxInt64Digits> digits_of_b;
    return elements_[a].text(digits_of_a).compare(elements_[b].text(digits_of_b));
}

// Equal keys stay in order, except where a pattern's are sorted in part: there they come as in Redis.
template <typename Key, typename Compare>
std::vector<Sorter::Element> Sorter::take(std::vector<Key>& keys, const SortedPart& part,
                                          Compare compare) const {
    const auto in_order = [&](const Key& a, const Key& b) {
        return rules_.descending ? compare(b, a) : compare(a, b);
    };
    const auto stable = [&](const Key& a, const Key& b) {
        const int order = in_order(a, b);
        return order != 0 ? order : a.index < b.index ? -1 : 1;
    };
    if (part.count == keys.size()) {
        std::sort(keys.begin(), keys.end(), [&](const Key& a, const Key& b) { return stable(a, b) < 0; });
    } else if (by_) {
        sort_range(std::span(keys), part.first, part.count, in_order);
    } else {
        sort_range(std::span(keys), part.first, part.count, stable);
    }
    std::vector<Element> taken;
    taken.reserve(part.count);
    for (std::uint64_t i = 0; i < part.count; ++i) taken.push_back(elements_[keys[part.first + i].index]);
    return taken;
}

}  // namespace pongo

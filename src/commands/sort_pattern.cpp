#include "commands/sort_pattern.h"

#include <array>

#include "base/escape.h"
#include "values/hash.h"
#include "values/string.h"

namespace pongo {
namespace {

constexpr std::string_view kArrow = "->";

SortPattern::Text text_of(const Payload& payload) {
    if (payload.storage == Storage::Integer) return {.integer = payload.integer, .is_integer = true};
    return {.bytes = String(payload).view()};
}

}  // namespace

// As in Redis, what follows a zero byte is not looked at for marks.
bool reaches_keys(std::string_view pattern) {
    return until_nul(pattern).find('*') != std::string_view::npos;
}

SortPattern::SortPattern(std::string_view pattern)
    : is_element_(until_nul(pattern) == "#"), reaches_keys_(pongo::reaches_keys(pattern)) {
    if (!reaches_keys_) return;
    const std::string_view visible = until_nul(pattern);
    const std::size_t star = visible.find('*');
    const std::size_t arrow = visible.find(kArrow, star + 1);
    before_ = pattern.substr(0, star);
    if (arrow == std::string_view::npos || arrow + kArrow.size() == visible.size()) {
        after_ = pattern.substr(star + 1);
    } else {
        after_ = pattern.substr(star + 1, arrow - star - 1);
        field_ = pattern.substr(arrow + kArrow.size());
    }
}

std::optional<SortPattern::Text> SortPattern::find(Call& call, const Text& element) {
    if (is_element_) return element;
    if (!reaches_keys_) return std::nullopt;
    std::array<char, kMaxInt64Digits> digits;
    key_.assign(before_).append(element.text(digits)).append(after_);
    return find_at(call, key_);
}

std::optional<SortPattern::Text> SortPattern::find_at(Call& call, std::string_view key) const {
    const Entry* const entry = call.keys().find(key);
    if (!entry || entry->type() != (field_ ? Type::Hash : Type::String)) return std::nullopt;
    return field_ ? Hash(entry->payload(), call.expiry_ms()).find(*field_) : text_of(entry->payload());
}

}  // namespace pongo

#include "values/timed_fields.h"

#include <algorithm>
#include <array>
#include <limits>

namespace pongo {
namespace {

// Where an expiry belongs: none is later than all.
std::int64_t rank_of(std::int64_t expires_at_ms) {
    return expires_at_ms == 0 ? std::numeric_limits<std::int64_t>::max() : expires_at_ms;
}

}  // namespace

std::string TimedFields::bytes_of(std::vector<Field> fields) {
    std::stable_sort(fields.begin(), fields.end(), [](const Field& one, const Field& other) {
        return rank_of(one.expires_at_ms) < rank_of(other.expires_at_ms);
    });
    std::string bytes(Listpack::empty_bytes());
    StringStore store(bytes);
    std::array<char, kMaxInt64Digits> digits;
    for (const Field& field : fields) {
        const std::string_view expiry(digits.data(), format_int64(field.expires_at_ms, digits.data()));
        ListpackEditor(store).insert(Listpack(bytes).end(),
                                     std::array<std::string_view, kWidth>{field.name, field.value, expiry});
    }
    return bytes;
}

std::optional<std::int64_t> TimedFields::expiry(Position at) const {
    const std::int64_t expires_at_ms = expiry_or_0(at);
    return expires_at_ms == 0 ? std::nullopt : std::optional(expires_at_ms);
}

std::optional<std::int64_t> TimedFields::next_expiry() const {
    return list_.empty() ? std::nullopt : expiry(list_.begin());
}

std::uint64_t TimedFields::due(std::int64_t now_ms) const {
    std::uint64_t count = 0;
    for (Position at = list_.begin(); at != list_.end(); at = next(at), ++count) {
        if (rank_of(expiry_or_0(at)) >= now_ms) break;
    }
    return count;
}

void TimedFieldsEditor::insert(std::string_view name, std::string_view value, std::int64_t expires_at_ms) {
    const TimedFields now = fields();
    const Listpack list(store_.view());
    TimedFields::Position at = expires_at_ms == 0 ? list.end() : list.begin();
    while (at != list.end() && rank_of(now.expiry_or_0(at)) <= expires_at_ms) at = now.next(at);
    std::array<char, kMaxInt64Digits> digits;
    const std::string_view expiry(digits.data(), format_int64(expires_at_ms, digits.data()));
    ListpackEditor(store_).insert(at, std::array<std::string_view, TimedFields::kWidth>{name, value, expiry});
}

void TimedFieldsEditor::set_value(TimedFields::Position at, std::string_view value) {
    ListpackEditor(store_).replace(Listpack(store_.view()).next(at), value);
}

void TimedFieldsEditor::set_expiry(TimedFields::Position at, std::int64_t expires_at_ms) {
    const Listpack list(store_.view());
    const std::string name = list[at].to_string();
    const std::string value = list[list.next(at)].to_string();
    erase(at);
    insert(name, value, expires_at_ms);
}

void TimedFieldsEditor::erase(TimedFields::Position at, std::uint64_t fields) {
    ListpackEditor(store_).erase(at, fields * TimedFields::kWidth);
}

}  // namespace pongo

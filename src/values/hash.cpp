#include "values/hash.h"

#include <array>
#include <memory>
#include <utility>

#include "values/expiring_hash.h"
#include "values/field_expiry.h"
#include "values/packed_limit.h"

namespace pongo {
namespace {

// Drawing hits a field that is not due at least once in so many times, or is not done.
constexpr std::uint64_t kMostMisses = 8;

}  // namespace

std::unique_ptr<HeapValue> TableHash::copy() const {
    auto copied = std::make_unique<TableHash>();
    copied->table = table.copy();
    return copied;
}

Hash::Hash(const Payload& payload, std::int64_t now_ms) : payload_(payload), now_ms_(now_ms) {
    if (expires_in_parts(payload.encoding)) due_ = due_fields(payload, now_ms);
}

Payload Hash::empty() {
    return {.type = Type::Hash,
            .encoding = Encoding::Listpack,
            .storage = Storage::Inline,
            .bytes = Listpack::empty_bytes()};
}

std::uint64_t Hash::stored_size() const {
    const PackedTable* const fields = table();
    return fields ? fields->size() : packed().size() / width();
}

bool Hash::is_due(std::string_view name) const {
    if (due_ == 0) return false;
    if (is_packed()) return packed().find(name, packed().begin(), width() - 1) < first(packed());
    const auto at_ms = expiring_hash(payload_).expiry(name);
    return at_ms && *at_ms < now_ms_;
}

std::optional<Hash::Text> Hash::find(std::string_view name) const {
    if (const PackedTable* const fields = table()) {
        const auto value = fields->find(name);
        return value && !is_due(name) ? std::optional(Text{*value}) : std::nullopt;
    }
    const Listpack list = packed();
    const auto at = at_name(list, name);
    if (at == list.end()) return std::nullopt;
    return list[list.next(at)];
}

std::optional<std::int64_t> Hash::expiry(std::string_view name) const {
    if (payload_.encoding == Encoding::HashtableEx) {
        const auto at_ms = expiring_hash(payload_).expiry(name);
        return at_ms && *at_ms >= now_ms_ ? at_ms : std::nullopt;
    }
    if (payload_.encoding != Encoding::ListpackEx) return std::nullopt;
    const Listpack list = packed();
    const auto at = at_name(list, name);
    return at == list.end() ? std::nullopt : TimedFields(list).expiry(at);
}

Hash::Field Hash::random(Random& random) const {
    if (is_packed()) return field_at(packed(), at_index(packed(), random.below(size())));
    const std::vector<Field> fields = fields_to_draw();
    return fields.empty() ? draw_from_table(random) : fields[random.below(fields.size())];
}

std::vector<Hash::Field> Hash::fields_to_draw() const {
    std::vector<Field> found;
    if (table() && size() >= table()->size() / kMostMisses) return found;
    found.reserve(size());
    for_each([&](const Text& name, const Text& value) { found.push_back({name, value}); });
    return found;
}

Hash::Field Hash::draw_from_table(Random& random) const {
    for (;;) {
        const Field field = field_of(*table()->random(random));
        if (!is_due(field.name.bytes)) return field;
    }
}

PackedTable HashEditor::as_table() const {
    PackedTable fields(&HashSecret::of_process());
    std::array<char, kMaxInt64Digits> name_digits;
    std::array<char, kMaxInt64Digits> value_digits;
    Hash(holder_.payload()).for_each([&](const Hash::Text& name, const Hash::Text& text) {
        fields.put(name.text(name_digits), text.text(value_digits));
    });
    return fields;
}

PackedTable& HashEditor::become_table() {
    auto value = std::make_unique<TableHash>();
    value->table = as_table();
    PackedTable& fields = value->table;
    holder_.replace(heap_payload(Type::Hash, Encoding::Hashtable, std::move(value)));
    return fields;
}

void HashEditor::become_timed() {
    if (encoding() == Encoding::Hashtable) {
        become_expiring_table();
    } else if (encoding() == Encoding::Listpack) {
        std::vector<TimedFields::Field> fields;
        hash().for_each([&](const Hash::Text& name, const Hash::Text& value) {
            fields.push_back({name.to_string(), value.to_string()});
        });
        const std::string bytes = TimedFields::bytes_of(std::move(fields));
        holder_.replace(packed_payload(Type::Hash, Encoding::ListpackEx, bytes));
    }
}

ExpiringHash& HashEditor::become_expiring_table() {
    const Payload payload = holder_.payload();
    const bool from_listpack = is_packed(payload.encoding);
    auto value =
        std::make_unique<ExpiringHash>(from_listpack ? as_table() : std::move(table_hash(payload).table));
    ExpiringHash& expiring = *value;
    if (from_listpack) {
        const TimedFields fields(packed());
        std::array<char, kMaxInt64Digits> digits;
        for (auto at = packed().begin(); at != packed().end(); at = fields.next(at)) {
            if (const auto at_ms = fields.expiry(at)) {
                expiring.set_expiry(packed()[at].text(digits), *at_ms);
            }
        }
    }
    holder_.replace(heap_payload(Type::Hash, Encoding::HashtableEx, std::move(value)));
    return expiring;
}

bool HashEditor::fits(std::string_view name, std::string_view value, std::uint64_t others) const {
    return limits_.fit(name, value) && others < limits_.fields &&
           packed_bytes(holder_.payload()).size() + name.size() + value.size() < kMostPackedBytes;
}

template <typename Change>
void HashEditor::rewrite(Change&& change) {
    std::string bytes(packed_bytes(holder_.payload()));
    TimedFieldsEditor editor(bytes);
    change(editor);
    holder_.replace(packed_payload(Type::Hash, Encoding::ListpackEx, bytes));
}

bool HashEditor::put_packed(std::string_view name, std::string_view value) {
    ListpackEditor editor(holder_);
    const Listpack list = editor.list();
    const auto at = list.find(name, list.begin(), 1);
    const bool is_new = at == list.end();
    if (!fits(name, value, list.size() / 2 - (is_new ? 0 : 1))) return become_table().put(name, value);
    if (is_new) {
        editor.insert(at, std::array{name, value});
    } else {
        editor.replace(list.next(at), value);
    }
    return is_new;
}

bool HashEditor::put_timed(std::string_view name, std::string_view value, FieldExpiry expiry) {
    const TimedFields fields(packed());
    const auto at = fields.find(name);
    const bool is_new = at == packed().end();
    if (!fits(name, value, fields.size() - (is_new ? 0 : 1))) {
        become_expiring_table();
        return put(name, value, expiry);
    }
    const bool clears = !is_new && expiry == FieldExpiry::Cleared && fields.expiry(at);
    rewrite([&](TimedFieldsEditor& editor) {
        if (is_new) return editor.insert(name, value, 0);
        editor.set_value(at, value);
        if (clears) editor.set_expiry(at, 0);
    });
    return is_new;
}

bool HashEditor::put(std::string_view name, std::string_view value, FieldExpiry expiry) {
    const Encoding form = encoding();
    if (form == Encoding::Listpack) return put_packed(name, value);
    if (is_due(name)) {
        erase_stored(name);
        holder_.field_expired(name);
    }
    if (form == Encoding::ListpackEx) return put_timed(name, value, expiry);
    const Payload payload = holder_.payload();
    if (form == Encoding::HashtableEx && expiry == FieldExpiry::Cleared) {
        expiring_hash(payload).clear_expiry(name);
    }
    return table_hash(payload).table.put(name, value);
}

bool HashEditor::is_due(std::string_view name) const {
    return expires_in_parts(encoding()) && hash().is_due(name);
}

void HashEditor::set_expiry(std::string_view name, std::int64_t at_ms) {
    become_timed();
    if (encoding() == Encoding::HashtableEx) return expiring_hash(holder_.payload()).set_expiry(name, at_ms);
    rewrite([&](TimedFieldsEditor& editor) { editor.set_expiry(editor.fields().find(name), at_ms); });
}

bool HashEditor::clear_expiry(std::string_view name) {
    if (!hash().expiry(name)) return false;
    if (encoding() == Encoding::HashtableEx) return expiring_hash(holder_.payload()).clear_expiry(name);
    rewrite([&](TimedFieldsEditor& editor) { editor.set_expiry(editor.fields().find(name), 0); });
    return true;
}

bool HashEditor::erase(std::string_view name) {
    return !is_due(name) && erase_stored(name);
}

bool HashEditor::erase_stored(std::string_view name) {
    const Payload payload = holder_.payload();
    if (!is_packed(payload.encoding)) {
        if (payload.encoding == Encoding::HashtableEx) expiring_hash(payload).clear_expiry(name);
        return table_hash(payload).table.erase(name);
    }
    const bool timed = payload.encoding == Encoding::ListpackEx;
    const auto at = packed().find(name, packed().begin(), timed ? TimedFields::kWidth - 1 : 1);
    if (at == packed().end()) return false;
    if (timed) {
        rewrite([&](TimedFieldsEditor& editor) { editor.erase(at); });
    } else {
        ListpackEditor(holder_).erase(at, 2);
    }
    return true;
}

}  // namespace pongo

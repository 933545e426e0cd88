#include "values/hash.h"

#include <array>
#include <memory>
#include <utility>

#include "values/expiring_hash.h"

namespace pongo {
namespace {

// However high the limits are set: the size of a listpack is 32 bits.
constexpr std::size_t kMaxPackedBytes = std::size_t{1} << 30;

}  // namespace

std::unique_ptr<HeapValue> TableHash::copy() const {
    auto copied = std::make_unique<TableHash>();
    table.for_each([&](std::string_view name, std::string_view value) { copied->table.put(name, value); });
    return copied;
}

Payload Hash::empty() {
    return {.type = Type::Hash,
            .encoding = Encoding::Listpack,
            .storage = Storage::Inline,
            .bytes = Listpack::empty_bytes()};
}

std::uint64_t Hash::size() const {
    const PackedTable* const fields = table();
    return fields ? fields->size() : packed().size() / 2;
}

std::optional<Hash::Text> Hash::find(std::string_view name) const {
    if (const PackedTable* const fields = table()) {
        const auto value = fields->find(name);
        return value ? std::optional(Text{*value}) : std::nullopt;
    }
    const Listpack list = packed();
    const auto at = list.find(name, list.begin(), 1);
    if (at == list.end()) return std::nullopt;
    return list[list.next(at)];
}

std::optional<std::int64_t> Hash::expiry(std::string_view name) const {
    return expires_in_parts(payload_.encoding) ? expiring_hash(payload_).expiry(name) : std::nullopt;
}

Hash::Field Hash::random(Random& random) const {
    if (const PackedTable* const fields = table()) return field_of(*fields->random(random));
    const Listpack list = packed();
    return field_at(list, list.seek(static_cast<std::int64_t>(2 * random.below(size()))));
}

std::vector<Listpack::Position> Hash::positions() const {
    const Listpack list = packed();
    std::vector<Listpack::Position> found;
    found.reserve(size());
    for (auto at = list.begin(); at != list.end(); at = list.next(list.next(at))) found.push_back(at);
    return found;
}

ExpiringHash* HashEditor::expiring() const {
    const Payload payload = holder_.payload();
    return expires_in_parts(payload.encoding) ? &expiring_hash(payload) : nullptr;
}

PackedTable HashEditor::as_table() const {
    PackedTable fields(&HashSecret::of_process());
    std::array<char, kMaxInt64Digits> name_digits;
    std::array<char, kMaxInt64Digits> value_digits;
    hash().for_each([&](const Hash::Text& name, const Hash::Text& text) {
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

ExpiringHash& HashEditor::become_expiring() {
    const Payload payload = holder_.payload();
    const bool is_packed = payload.encoding == Encoding::Listpack;
    const Encoding encoding = is_packed ? Encoding::ListpackEx : Encoding::HashtableEx;
    auto value =
        std::make_unique<ExpiringHash>(is_packed ? as_table() : std::move(table_hash(payload).table));
    ExpiringHash& expiring = *value;
    holder_.replace(heap_payload(Type::Hash, encoding, std::move(value)));
    return expiring;
}

bool HashEditor::fits(std::string_view name, std::string_view value, std::uint64_t others) const {
    return texts_fit(name, value) && others < limits_.fields &&
           holder_.view().size() + name.size() + value.size() < kMaxPackedBytes;
}

void HashEditor::note_growth(std::string_view name, std::string_view value) {
    if (holder_.payload().encoding != Encoding::ListpackEx) return;
    if (texts_fit(name, value) && hash().size() <= limits_.fields) return;
    auto grown = std::make_unique<ExpiringHash>(*expiring());
    holder_.replace(heap_payload(Type::Hash, Encoding::HashtableEx, std::move(grown)));
}

bool HashEditor::put(std::string_view name, std::string_view value, FieldExpiry expiry) {
    const Payload payload = holder_.payload();
    if (payload.encoding != Encoding::Listpack) {
        const bool is_new = table_hash(payload).table.put(name, value);
        if (expires_in_parts(payload.encoding)) {
            if (expiry == FieldExpiry::Cleared) expiring_hash(payload).clear_expiry(name);
            note_growth(name, value);
        }
        return is_new;
    }
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

void HashEditor::set_expiry(std::string_view name, std::int64_t at_ms) {
    ExpiringHash* const expiring_already = expiring();
    (expiring_already ? *expiring_already : become_expiring()).set_expiry(name, at_ms);
}

bool HashEditor::clear_expiry(std::string_view name) {
    ExpiringHash* const hash = expiring();
    return hash && hash->clear_expiry(name);
}

bool HashEditor::erase(std::string_view name) {
    const Payload payload = holder_.payload();
    if (payload.encoding != Encoding::Listpack) {
        if (expires_in_parts(payload.encoding)) expiring_hash(payload).clear_expiry(name);
        return table_hash(payload).table.erase(name);
    }
    ListpackEditor editor(holder_);
    const Listpack list = editor.list();
    const auto at = list.find(name, list.begin(), 1);
    if (at == list.end()) return false;
    editor.erase(at, 2);
    return true;
}

}  // namespace pongo

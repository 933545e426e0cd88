#include "values/hash.h"

#include <array>

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

PackedTable* HashEditor::table() const {
    const Payload payload = holder_.payload();
    if (payload.encoding == Encoding::Listpack) return nullptr;
    return &static_cast<TableHash&>(heap_value(payload)).table;
}

PackedTable& HashEditor::become_table() {
    auto value = std::make_unique<TableHash>();
    PackedTable& fields = value->table;
    std::array<char, kMaxInt64Digits> name_digits;
    std::array<char, kMaxInt64Digits> value_digits;
    hash().for_each([&](const Hash::Text& name, const Hash::Text& text) {
        fields.put(name.text(name_digits), text.text(value_digits));
    });
    holder_.replace(heap_payload(Type::Hash, Encoding::Hashtable, std::move(value)));
    return fields;
}

bool HashEditor::fits(std::string_view name, std::string_view value, std::uint64_t others) const {
    return name.size() <= limits_.text_bytes && value.size() <= limits_.text_bytes &&
           others < limits_.fields && holder_.view().size() + name.size() + value.size() < kMaxPackedBytes;
}

bool HashEditor::put(std::string_view name, std::string_view value) {
    if (PackedTable* const fields = table()) return fields->put(name, value);
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

bool HashEditor::erase(std::string_view name) {
    if (PackedTable* const fields = table()) return fields->erase(name);
    ListpackEditor editor(holder_);
    const Listpack list = editor.list();
    const auto at = list.find(name, list.begin(), 1);
    if (at == list.end()) return false;
    editor.erase(at, 2);
    return true;
}

}  // namespace pongo

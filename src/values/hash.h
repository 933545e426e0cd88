// Hashes: one listpack next to the key while they are small, and a PackedTable when they have outgrown it.
// They stay what they have become.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "structures/listpack.h"
#include "values/payload.h"
#include "values/table_hash.h"
#include "values/value_holder.h"

namespace pongo {

class ExpiringHash;

// Reads a hash. The value must stay unchanged while the reader is used.
class Hash {
  public:
    static constexpr Type kType = Type::Hash;

    // A field's name or value.
    using Text = Listpack::Element;
    struct Field {
        Text name;
        Text value;
    };

    explicit Hash(const Payload& payload) : payload_(payload) {}

    // An empty one, which is nothing that may stay in the keyspace.
    static Payload empty();

    std::uint64_t size() const;
    // The value of a field.
    std::optional<Text> find(std::string_view name) const;
    // In milliseconds of Unix time; nothing for a field without one, or that is not there.
    std::optional<std::int64_t> expiry(std::string_view name) const;

    // Calls visit(name, value) for every field.
    template <typename Visit>
    void for_each(Visit&& visit) const;
    // Nothing, unless it is so small that its listpack is all there is: what HSCAN returns at once.
    const PackedTable* table() const { return is_packed() ? nullptr : &table_hash(payload_).table; }

    // Each field with the same probability. REQUIRES for both: it is not empty.
    Field random(Random& random) const;
    // Calls visit(name, value) for `count` fields drawn like that, the same one any number of times.
    template <typename Visit>
    void draw(std::uint64_t count, Random& random, Visit&& visit) const;
    // Calls visit(name, value) for `count` different fields, every choice of them with the same probability;
    // for all if there are no more.
    template <typename Visit>
    void sample(std::uint64_t count, Random& random, Visit&& visit) const;

  private:
    bool is_packed() const { return payload_.encoding == Encoding::Listpack; }
    Listpack packed() const { return Listpack(packed_bytes(payload_)); }
    static Field field_at(Listpack list, Listpack::Position at) { return {list[at], list[list.next(at)]}; }
    static Field field_of(const PackedTable::Item& item) { return {{item.key}, {item.value}}; }
    // Where the fields of a listpack begin.
    std::vector<Listpack::Position> positions() const;

    Payload payload_;
};

// When a hash grows out of its listpack: longer names or values, or more fields.
struct HashLimits {
    std::uint64_t fields = 0;
    std::uint64_t text_bytes = 0;
};

enum class FieldExpiry : std::uint8_t { Cleared, Kept };

// Changes a hash where it is kept. Texts given to it must not be in the hash itself. REQUIRES: the holder
// holds a hash.
class HashEditor {
  public:
    HashEditor(ValueHolder& holder, const HashLimits& limits) : holder_(holder), limits_(limits) {}

    Hash hash() const { return Hash(holder_.payload()); }

    // True if the field is new; otherwise its value is replaced.
    bool put(std::string_view name, std::string_view value, FieldExpiry expiry = FieldExpiry::Cleared);
    // False if the field was not there.
    bool erase(std::string_view name);
    // REQUIRES: the field is there; 0 <= at_ms <= ExpiringHash::kLatestMs.
    void set_expiry(std::string_view name, std::int64_t at_ms);
    // False if the field has none.
    bool clear_expiry(std::string_view name);

  private:
    // nullptr if no field ever had an expiry.
    ExpiringHash* expiring() const;
    // All fields, in a table of their own.
    PackedTable as_table() const;
    PackedTable& become_table();
    ExpiringHash& become_expiring();
    // Keeps the name of the encoding true after a field was put.
    void note_growth(std::string_view name, std::string_view value);
    bool texts_fit(std::string_view name, std::string_view value) const {
        return name.size() <= limits_.text_bytes && value.size() <= limits_.text_bytes;
    }
    // Whether the listpack may hold this field besides `others`.
    bool fits(std::string_view name, std::string_view value, std::uint64_t others) const;

    ValueHolder& holder_;
    const HashLimits& limits_;
};

template <typename Visit>
void Hash::for_each(Visit&& visit) const {
    if (const PackedTable* const fields = table()) {
        fields->for_each(
            [&](std::string_view name, std::string_view value) { visit(Text{name}, Text{value}); });
        return;
    }
    const Listpack list = packed();
    for (auto at = list.begin(); at != list.end();) {
        const auto value_at = list.next(at);
        visit(list[at], list[value_at]);
        at = list.next(value_at);
    }
}

template <typename Visit>
void Hash::draw(std::uint64_t count, Random& random, Visit&& visit) const {
    const auto visit_field = [&](const Field& field) { visit(field.name, field.value); };
    if (const PackedTable* const fields = table()) {
        for (; count > 0; --count) visit_field(field_of(*fields->random(random)));
        return;
    }
    const auto at = positions();
    for (; count > 0; --count) visit_field(field_at(packed(), at[random.below(at.size())]));
}

template <typename Visit>
void Hash::sample(std::uint64_t count, Random& random, Visit&& visit) const {
    constexpr std::uint64_t kManyMore = 3;  // Fields than are wanted: drawing seldom hits one twice.
    const PackedTable* const fields = table();
    if (fields && count < fields->size() / kManyMore) {
        for (const auto& item : fields->sample(count, random)) visit(Text{item.key}, Text{item.value});
        return;
    }
    Selection selection(count, size());
    for_each([&](const Text& name, const Text& value) {
        if (selection.takes_next(random)) visit(name, value);
    });
}

}  // namespace pongo

// Hashes: one listpack next to the key while they are small, and a table when they have outgrown it. With the
// first expiry of a field they take another form of either: see TimedFields and ExpiringHash. They stay what
// they have become.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "structures/listpack.h"
#include "values/payload.h"
#include "values/table_hash.h"
#include "values/timed_fields.h"
#include "values/value_holder.h"

namespace pongo {

class ExpiringHash;

// Reads a hash, as it is at one time: for fields that are due by then (see field_expiry.h) it is as if they
// were not there. The value must stay unchanged while the reader is used.
class Hash {
  public:
    static constexpr Type kType = Type::Hash;
    // Then nothing is due yet: for those who want all fields that are stored.
    static constexpr std::int64_t kBeforeAllTime = std::numeric_limits<std::int64_t>::min();

    // A field's name or value.
    using Text = Listpack::Element;
    struct Field {
        Text name;
        Text value;
    };

    // The time is in milliseconds of Unix time.
    explicit Hash(const Payload& payload, std::int64_t now_ms = kBeforeAllTime);

    // An empty one, which is nothing that may stay in the keyspace.
    static Payload empty();

    std::uint64_t size() const { return stored_size() - due_; }
    // The value of a field.
    std::optional<Text> find(std::string_view name) const;
    // In milliseconds of Unix time; nothing for a field without one, or that is not there.
    std::optional<std::int64_t> expiry(std::string_view name) const;
    // Whether it is stored, but due.
    bool is_due(std::string_view name) const;

    // Calls visit(name, value) for every field.
    template <typename Visit>
    void for_each(Visit&& visit) const;
    // Nothing, unless it is so small that its listpack is all there is: what HSCAN returns at once. Fields
    // that are due stand in it.
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
    bool is_packed() const { return pongo::is_packed(payload_.encoding); }
    Listpack packed() const { return Listpack(packed_bytes(payload_)); }
    // How many elements of a listpack are one field.
    std::size_t width() const { return payload_.encoding == Encoding::ListpackEx ? TimedFields::kWidth : 2; }
    std::uint64_t stored_size() const;
    // REQUIRES for these three: the listpack is packed(). The field at this index, among those that are not
    // due ...
    Listpack::Position at_index(Listpack list, std::uint64_t index) const {
        return list.seek(static_cast<std::int64_t>(width() * (due_ + index)));
    }
    // ... the first of them ...
    Listpack::Position first(Listpack list) const { return due_ == 0 ? list.begin() : at_index(list, 0); }
    // ... and the one of this name; the end if there is no such field.
    Listpack::Position at_name(Listpack list, std::string_view name) const {
        return list.find(name, first(list), width() - 1);
    }
    static Field field_at(Listpack list, Listpack::Position at) { return {list[at], list[list.next(at)]}; }
    static Field field_of(const PackedTable::Item& item) { return {{item.key}, {item.value}}; }
    // Where drawing from the table would seldom hit a field that is not due, or there is no table: all fields
    // to draw from. Nothing otherwise.
    std::vector<Field> fields_to_draw() const;
    // REQUIRES: fields_to_draw() has nothing.
    Field draw_from_table(Random& random) const;

    Payload payload_;
    std::int64_t now_ms_;
    std::uint64_t due_ = 0;  // So many fields; of a listpack, they are the first.
};

// When a hash grows out of its listpack: longer names or values, or more fields.
struct HashLimits {
    std::uint64_t fields = 0;
    std::uint64_t text_bytes = 0;

    bool fit(std::string_view name, std::string_view value) const {
        return name.size() <= text_bytes && value.size() <= text_bytes;
    }
};

enum class FieldExpiry : std::uint8_t { Cleared, Kept };

// Changes a hash where it is kept, at one time, as Hash. Texts given to it must not be in the hash itself.
// REQUIRES: the holder holds a hash.
class HashEditor {
  public:
    HashEditor(ValueHolder& holder, const HashLimits& limits, std::int64_t now_ms = Hash::kBeforeAllTime)
        : holder_(holder), limits_(limits), now_ms_(now_ms) {}

    Hash hash() const { return Hash(holder_.payload(), now_ms_); }

    // True if the field is new; otherwise its value is replaced.
    bool put(std::string_view name, std::string_view value, FieldExpiry expiry = FieldExpiry::Cleared);
    // False if the field was not there.
    bool erase(std::string_view name);
    // REQUIRES: the field is there; 0 < at_ms <= kLatestFieldExpiryMs.
    void set_expiry(std::string_view name, std::int64_t at_ms);
    // False if the field has none.
    bool clear_expiry(std::string_view name);

  private:
    Encoding encoding() const { return holder_.payload().encoding; }
    Listpack packed() const { return Listpack(packed_bytes(holder_.payload())); }
    // All fields, in a table of their own.
    PackedTable as_table() const;
    PackedTable& become_table();
    // From any form to the one with expiries, which is packed if it was, unless it has outgrown that.
    void become_timed();
    ExpiringHash& become_expiring_table();

    bool put_packed(std::string_view name, std::string_view value);
    bool put_timed(std::string_view name, std::string_view value, FieldExpiry expiry);
    // Whether the field is due or not.
    bool erase_stored(std::string_view name);
    bool is_due(std::string_view name) const;
    // Lets `change` have the bytes of a listpack with expiries to itself, and puts what they become.
    template <typename Change>
    void rewrite(Change&& change);
    // Whether a listpack of so many bytes may hold this field besides `others`.
    bool fits(std::string_view name, std::string_view value, std::uint64_t others) const;

    ValueHolder& holder_;
    const HashLimits& limits_;
    std::int64_t now_ms_;
};

template <typename Visit>
void Hash::for_each(Visit&& visit) const {
    if (const PackedTable* const fields = table()) {
        fields->for_each([&](std::string_view name, std::string_view value) {
            if (!is_due(name)) visit(Text{name}, Text{value});
        });
        return;
    }
    const Listpack list = packed();
    const bool timed = width() == TimedFields::kWidth;
    for (auto at = first(list); at != list.end();) {
        const auto value_at = list.next(at);
        visit(list[at], list[value_at]);
        at = list.next(value_at);
        if (timed) at = list.next(at);
    }
}

template <typename Visit>
void Hash::draw(std::uint64_t count, Random& random, Visit&& visit) const {
    const std::vector<Field> fields = fields_to_draw();
    for (; count > 0; --count) {
        const Field field = fields.empty() ? draw_from_table(random) : fields[random.below(fields.size())];
        visit(field.name, field.value);
    }
}

template <typename Visit>
void Hash::sample(std::uint64_t count, Random& random, Visit&& visit) const {
    constexpr std::uint64_t kManyMore = 3;  // Fields than are wanted: drawing seldom hits one twice.
    const PackedTable* const fields = table();
    if (fields && due_ == 0 && count < fields->size() / kManyMore) {
        for (const auto& item : fields->sample(count, random)) visit(Text{item.key}, Text{item.value});
        return;
    }
    Selection selection(count, size());
    for_each([&](const Text& name, const Text& value) {
        if (selection.takes_next(random)) visit(name, value);
    });
}

}  // namespace pongo

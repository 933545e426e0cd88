// One numbered database's part within one shard: entries by key, and those that expire, as a whole or in
// parts, by time.
//
//  1. Every entry is in the table under the hash of its key; those with an expiry, and only those, are in the
//  index.
//  2. A hash with fields that expire is in the index of fields under the time of its next one. A table that
//  is being changed says itself under which time it is there (ExpiringHash::Indexed).
//  3. An entry that moves (because its size changed) is replaced in all of them before anybody else can look.
//
// Thread rule: under the lock of its shard, except prefetch().
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/siphash.h"
#include "keyspace/entry.h"
#include "structures/hash_table.h"
#include "structures/ordered_index.h"

namespace pongo {

// Which key, and where to look for it. Made by Keyspace::locate().
struct KeyLocation {
    std::string_view key = {};
    std::uint64_t hash = 0;
    std::uint32_t shard = 0;
};

class Database {
  public:
    explicit Database(const HashSecret& secret) : table_(Policy{&secret}) {}
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;
    ~Database();

    std::uint64_t size() const { return table_.size(); }
    std::uint64_t volatile_size() const { return deadlines_.size(); }
    // Of the table and the indexes of deadlines, without the entries.
    std::size_t table_bytes() const { return table_.bytes(); }
    std::size_t deadline_bytes() const { return deadlines_.bytes() + field_deadlines_.bytes(); }
    std::size_t overhead_bytes() const { return table_bytes() + deadline_bytes(); }
    std::uint64_t slots() const { return table_.slots(); }

    // Makes room for so many keys, if there are none yet.
    void reserve(std::uint64_t keys) {
        if (table_.size() == 0) table_.reserve(keys);
    }

    Entry* find(const KeyLocation& at) const { return table_.find(at.hash, at.key); }
    // REQUIRES: the key is not there. Takes over the payload's object.
    Entry* add(const KeyLocation& at, std::optional<std::int64_t> expires_at_ms, const Payload& payload);
    // Overwrites value and expiry; the old value's object is the caller's to release. Returns the entry,
    // which may have moved.
    Entry* overwrite(const KeyLocation& at, Entry* entry, std::optional<std::int64_t> expires_at_ms,
                     const Payload& payload);
    Entry* set_expiry(const KeyLocation& at, Entry* entry, std::optional<std::int64_t> expires_at_ms);
    // Gives an inline value another size, its bytes kept as far as they fit. The entry may move.
    Entry* resize_inline(const KeyLocation& at, Entry* entry, std::size_t size);
    // To be called when the fields of a hash, or their expiries, have changed in place: in a table.
    void note_fields(Entry* entry) {
        if (entry->encoding() == Encoding::HashtableEx) index_fields(entry);
    }
    // To be called before the value is handed over to another entry, which may get the same table.
    void forget_fields(Entry* entry) {
        if (entry->encoding() == Encoding::HashtableEx) unindex_fields(entry);
    }
    // Takes the entry out; the caller destroys it.
    Entry* extract(const KeyLocation& at, Entry* entry);

    // The entry that expires first, if it has done so by now.
    Entry* first_expired(std::int64_t now_ms) const;
    // The hash whose next field expires first, if that has done so by now.
    Entry* first_with_due_fields(std::int64_t now_ms) const;
    std::int64_t first_deadline() const { return deadlines_.first().at_ms; }
    // Over all entries with an expiry.
    std::int64_t average_ttl_ms(std::int64_t now_ms) const;

    void prefetch_bucket(std::uint64_t hash) const { table_.prefetch_bucket(hash); }
    void prefetch_entry(std::uint64_t hash) const { table_.prefetch_item(hash); }

    template <typename Visit>
    std::uint64_t scan(std::uint64_t cursor, Visit&& visit) const {
        return table_.scan(cursor, visit);
    }
    template <typename Visit>
    void for_each(Visit&& visit) const {
        table_.for_each(visit);
    }
    Entry* random(Random& random) const { return table_.random(random); }

    // For who looks for something to remove. Calls visit(Entry*) for at least `least` entries, if there are
    // so many, chosen at random ...
    template <typename Visit>
    void sample(Random& random, std::uint64_t least, Visit&& visit) const {
        table_.sample(random, least, visit);
    }
    // ... or one of those with an expiry, or that of them whose time comes first. REQUIRES for these two:
    // there are some.
    Entry* random_volatile(Random& random) const { return deadlines_.random(random).entry; }
    Entry* next_to_expire() const { return deadlines_.first().entry; }
    // To find it again: the hash that KeyLocation has.
    std::uint64_t hash_of(const Entry* entry) const { return table_.hash_of(entry); }
    Entry* find_hashed(std::uint64_t hash) const { return table_.find_hashed(hash); }
    // Goes on with growing or shrinking the table; false when there is nothing to do.
    bool step(int runs) { return table_.step(runs); }

    void swap(Database& other) noexcept;
    // Whether the invariants hold, for tests.
    bool valid() const;

  private:
    struct Policy {
        const HashSecret* secret;
        std::uint64_t hash(const Entry* entry) const { return siphash13(entry->key(), *secret); }
        bool matches(const Entry* entry, std::string_view key) const { return entry->key() == key; }
    };
    struct Deadline {
        std::int64_t at_ms;
        Entry* entry;
        auto operator<=>(const Deadline&) const = default;
    };

    Entry* exchange(const KeyLocation& at, Entry* before, Entry* after);
    void note_deadline(Entry* entry);
    void forget_deadline(Entry* entry);
    // REQUIRES for these two: expires_in_parts(entry->encoding()).
    void index_fields(Entry* entry);
    void unindex_fields(Entry* entry);

    HashTable<Entry, Policy> table_;
    OrderedIndex<Deadline> deadlines_;
    OrderedIndex<Deadline> field_deadlines_;
    __extension__ __int128 deadline_sum_ms_ = 0;  // Of all in the index: 64 bits would overflow.
};

}  // namespace pongo

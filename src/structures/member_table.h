// The half of a sorted set that knows the score of each member. Every item has a *reference*, a number of six
// bytes that is its own as long as it is there, and leads back to it: what the other half, which keeps the
// order, stores in place of the member.
//
// A reference holds bits of the member's hash that lead to its page, its tag there, and a number that tells
// apart those few items whose bits are the same. That number is 0 for nearly all, and stands behind the score
// of an item where it isn't.
//
// Thread rule: as a plain container.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "structures/packed_table.h"

namespace pongo {

class MemberTable {
  public:
    using Reference = std::uint64_t;
    static constexpr std::size_t kReferenceBytes = 6;

    struct Item {
        std::string_view member;
        double score;
    };

    // Where a member is, or where it would be put. Good until the table changes.
    class Place {
      public:
        explicit operator bool() const { return !value_.empty(); }
        // REQUIRES for both: the member is there.
        double score() const { return score_of(value_); }
        Reference reference() const { return reference_; }

      private:
        friend class MemberTable;
        std::uint64_t hash_ = 0;
        std::string_view value_;
        Reference reference_ = 0;
    };

    // The secret must outlive the table. References have `address_bits` for the page, which tests make few;
    // REQUIRES: there are never more than 2^address_bits pages of about 12 items.
    explicit MemberTable(const HashSecret* secret, int address_bits = kAddressBits)
        : table_(secret), address_bits_(address_bits) {}
    // Equal items, with the same references.
    MemberTable(const MemberTable& other) : table_(other.table_.copy()), address_bits_(other.address_bits_) {}
    MemberTable& operator=(const MemberTable&) = delete;

    std::uint64_t size() const { return table_.size(); }
    std::size_t bytes() const { return table_.bytes(); }

    std::optional<double> score(std::string_view member) const;
    Place find(std::string_view member) const;
    // REQUIRES: it is the place of this member, which is not there. Returns its reference.
    Reference insert(const Place& place, std::string_view member, double score);
    // REQUIRES for these three: it is the place of a member that is there. To be called before any part of
    // its sorted set is changed: see PackedTable::announce().
    void announce(const Place& place) const { table_.announce(place.hash_); }
    void set_score(const Place& place, double score) {
        table_.announce(place.hash_);
        store_as(PackedTable::value_data(place.value_), score);
    }
    void erase(const Place& place, std::string_view member) { table_.erase(member, place.hash_); }
    void clear() { table_.clear(); }

    // REQUIRES for these three: the item is there. A view is good until the table changes.
    std::string_view member(Reference reference) const;
    void prefetch(Reference reference) const { table_.prefetch(hash_of(reference)); }
    void erase(Reference reference);

    // REQUIRES: not empty.
    Item random(Random& random) const { return as_item(*table_.random(random)); }
    // As PackedTable::scan(): calls visit(member, score).
    template <typename Visit>
    std::uint64_t scan(std::uint64_t cursor, Visit&& visit) const {
        return table_.scan(
            cursor, [&](std::string_view member, std::string_view value) { visit(member, score_of(value)); });
    }

    // The items, each with a value that score_of() reads, for those who watch them.
    PackedTable& table() { return table_; }
    static double score_of(std::string_view value) { return load_as<double>(value.data()); }

    // Verifies the invariants, for tests: each item is found by its reference, too.
    bool valid() const;

  private:
    static constexpr int kAddressBits = 36;
    static constexpr int kTagShift = 36;
    static constexpr int kNumberShift = 44;
    static constexpr unsigned kNumbers = 16;

    static Item as_item(const PackedTable::Item& item) { return {item.key, score_of(item.value)}; }
    static unsigned number_of(std::string_view value) {
        return value.size() > sizeof(double) ? static_cast<unsigned char>(value.back()) : 0;
    }
    // A hash that leads to the item, and the bits of it that stand in the reference.
    static std::uint64_t hash_of(Reference reference) {
        return (reference >> kTagShift & 0xff) << 56 | (reference & ((std::uint64_t{1} << kTagShift) - 1));
    }
    Reference reference_of(std::uint64_t hash, unsigned number) const {
        const std::uint64_t address = hash & ((std::uint64_t{1} << address_bits_) - 1);
        return std::uint64_t{number} << kNumberShift | hash >> 56 << kTagShift | address;
    }
    Reference reference_of(const PackedTable::Item& item) const {
        return reference_of(table_.hash(item.key), number_of(item.value));
    }
    unsigned free_number(std::uint64_t hash) const;

    PackedTable table_;
    int address_bits_;
    std::string erased_;  // Room for a member on its way out.
};

}  // namespace pongo

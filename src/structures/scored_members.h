// Members (byte strings), each with a score: found by member, and in the order of (score, member) by rank.
//
// The table has the members, the index in order only references to them: 8 bytes of score and 6 of reference,
// while the member has its bytes and the score once more in the table.
//
// Scores are not NaN; 0.0 and -0.0 are equal. Views and cursors are good until the set changes. Members given
// to what changes the set must not be such views.
//
// Thread rule: as a plain container.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "structures/member_table.h"
#include "structures/ranked_set.h"

namespace pongo {

class ScoredMembers {
  public:
    // An item, or the end behind the last one, or nowhere: before the first one.
    using Cursor = RankedSet::Cursor;

    using Item = MemberTable::Item;
    using Place = MemberTable::Place;

    // The secret must outlive the set.
    explicit ScoredMembers(const HashSecret* secret) : table_(secret), order_(&table_) {}
    ScoredMembers(const ScoredMembers& other) : table_(other.table_), order_(&table_) {
        order_.append(other.order_);
    }
    ScoredMembers& operator=(const ScoredMembers&) = delete;

    std::uint64_t size() const { return table_.size(); }
    bool empty() const { return size() == 0; }
    // All that the set has on the heap.
    std::size_t bytes() const { return table_.bytes() + order_.bytes(); }

    std::optional<double> score(std::string_view member) const { return table_.score(member); }
    std::optional<std::uint64_t> rank(std::string_view member) const {
        const Place place = find(member);
        return place ? std::optional(order_.rank(referenced(place, member))) : std::nullopt;
    }

    // For those who look before they put something there.
    Place find(std::string_view member) const { return table_.find(member); }
    // REQUIRES: the member is not there, and this is its place.
    void insert(std::string_view member, double score) { insert(find(member), member, score); }
    void insert(const Place& place, std::string_view member, double score) {
        const MemberTable::Reference reference = table_.insert(place, member, score);
        try {
            order_.insert({{score, member}, reference});
        } catch (...) {
            table_.erase(reference);
            throw;
        }
    }
    // REQUIRES: the member is there, and this is its place.
    void update(std::string_view member, double score) { update(find(member), member, score); }
    void update(const Place& place, std::string_view member, double score) {
        table_.announce(place);
        order_.update(referenced(place, member), score);
        table_.set_score(place, score);
    }
    // False if it was not there.
    bool erase(std::string_view member) {
        const Place place = find(member);
        if (!place) return false;
        table_.announce(place);
        order_.erase(referenced(place, member));
        table_.erase(place, member);
        return true;
    }
    // Erases up to `count` items from the rank `first` on; calls visit(member, score) for each before it
    // goes.
    template <typename Visit>
    void erase_range(std::uint64_t first, std::uint64_t count, Visit&& visit) {
        std::vector<MemberTable::Reference> erased;
        order_.erase_range(
            first, count,
            [&](double score, MemberTable::Reference reference) {
                visit(table_.member(reference), score);
                erased.push_back(reference);
            },
            [&] {
                for (const MemberTable::Reference reference : erased) table_.erase(reference);
                erased.clear();
            });
    }
    void clear() {
        order_.clear();
        table_.clear();
    }

    Cursor first() const { return order_.first(); }
    Cursor last() const { return order_.last(); }
    Cursor end() const { return order_.end(); }
    // The end if the rank is not below size().
    Cursor at(std::uint64_t rank) const { return order_.at(rank); }
    // size() at the end. REQUIRES: the cursor is not nowhere.
    std::uint64_t rank_of(const Cursor& cursor) const { return order_.rank_of(cursor); }
    // The first item whose score is not below, or is above, `score`.
    Cursor lower_bound(double score) const { return order_.lower_bound(score); }
    Cursor upper_bound(double score) const { return order_.upper_bound(score); }
    // The first item whose member is not below, or is above, `member`. REQUIRES: all scores are equal.
    Cursor lower_bound_member(std::string_view member) const { return order_.lower_bound_member(member); }
    Cursor upper_bound_member(std::string_view member) const { return order_.upper_bound_member(member); }

    // Calls visit(member, score) for every item, in order.
    template <typename Visit>
    void for_each(Visit&& visit) const {
        order_.for_each([&](double score, std::string_view member) { visit(member, score); });
    }
    // Each item with the same probability. REQUIRES: not empty.
    Item random(Random& random) const { return table_.random(random); }
    // As PackedTable::scan(): calls visit(member, score).
    template <typename Visit>
    std::uint64_t scan(std::uint64_t cursor, Visit&& visit) const {
        return table_.scan(cursor, visit);
    }

    // The members, each with a value that MemberTable::score_of() reads, for those who watch them.
    PackedTable& table() { return table_.table(); }

    // Verifies the invariants, for tests.
    bool valid() const { return table_.valid() && order_.valid() && table_.size() == order_.size(); }

  private:
    static RankedSet::Referenced referenced(const Place& place, std::string_view member) {
        return {{place.score(), member}, place.reference()};
    }

    MemberTable table_;
    RankedSet order_;
};

}  // namespace pongo

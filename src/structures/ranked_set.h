// References to members with scores in the order of (score, member), each with its rank: the ordered half of
// Redis's sorted sets. The other half, a MemberTable, knows the members; they are asked of it where scores
// are equal.
//
// A B+ tree with counts (Bayer and McCreight, "Organization and maintenance of large ordered indices", 1972):
// leaves are blocks of up to 71 items of 14 bytes, see ranked_node.h.
//
// Invariants:
//  1. All leaves have the same depth; they are chained in order, and items ascend strictly from leaf to leaf.
//  2. What an inner node knows of its children (count and first item) is exact. Where score and prefix of a
//     child's first item are those searched for, that item itself decides.
//  3. No node is empty. A leaf is in a block of the smallest size that the allocator has for it, so a leaf
//  that
//     was split takes no more than it needs.
//  4. Neighbours under one parent are joined when one of them has become small and both together leave room.
//
// A leaf that is split by an item behind all others stays full, so that items which arrive in order leave
// full leaves; likewise at the front.
//
// Scores are not NaN; 0.0 and -0.0 are equal. Views and cursors are good until the set or the table changes.
// A change that runs out of memory leaves the set as it was.
//
// Thread rule: as a plain container.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "structures/ranked_node.h"

namespace pongo {

class RankedSet {
  public:
    // An item, or the end behind the last one, or nowhere: before the first one.
    class Cursor {
      public:
        Cursor() = default;

        // Whether it is at an item: REQUIRED for score() and member().
        explicit operator bool() const { return leaf_ && index_ < leaf_->count(); }
        double score() const { return leaf_->score(index_); }
        std::string_view member() const { return members_->member(leaf_->reference(index_)); }
        // REQUIRES: at an item.
        void next() {
            ++index_;
            settle();
            leaf_->prefetch_member(index_ + kAhead, *members_);
        }
        // REQUIRES: not nowhere. From the end of an empty set it leads nowhere, too.
        void previous() {
            if (index_ > 0) {
                --index_;
            } else {
                leaf_ = leaf_ ? leaf_->previous : nullptr;
                index_ = leaf_ ? leaf_->count() - 1 : 0;
            }
            if (leaf_ && index_ >= kAhead) leaf_->prefetch_member(index_ - kAhead, *members_);
        }
        friend bool operator==(const Cursor& left, const Cursor& right) {
            return left.leaf_ == right.leaf_ && left.index_ == right.index_;
        }

      private:
        friend class RankedSet;
        Cursor(const MemberTable* members, const RankedLeaf* leaf, std::size_t index)
            : members_(members), leaf_(leaf), index_(index) {
            settle();
        }

        // Behind a leaf's last item comes the next leaf's first.
        void settle() {
            if (!leaf_ || index_ < leaf_->count() || !leaf_->next) return;
            leaf_ = leaf_->next;
            index_ = 0;
        }

        const MemberTable* members_ = nullptr;
        const RankedLeaf* leaf_ = nullptr;
        std::size_t index_ = 0;
    };

    using Reference = MemberTable::Reference;

    struct Referenced {
        RankedItem item;
        Reference reference;
    };

    // The table must outlive the set.
    explicit RankedSet(const MemberTable* members) : members_(members) {}
    RankedSet(const RankedSet&) = delete;
    RankedSet& operator=(const RankedSet&) = delete;
    ~RankedSet() { clear(); }

    std::uint64_t size() const { return size_; }
    bool empty() const { return size_ == 0; }
    // All that the set has on the heap.
    std::size_t bytes() const { return bytes_; }

    // REQUIRES: the item is not there, but in the table, with that reference.
    void insert(const Referenced& added);
    // Takes over the items of another set. REQUIRES: they come after all that are there, and stand in the
    // table with the same references.
    void append(const RankedSet& other);
    // REQUIRES for these three: it is there.
    void erase(const Referenced& item);
    void update(const Referenced& item, double new_score);
    std::uint64_t rank(const Referenced& item) const;
    void clear();

    // Of the item at a cursor; size() at the end. REQUIRES: the cursor is not nowhere.
    std::uint64_t rank_of(const Cursor& cursor) const;

    Cursor first() const { return {members_, first_, 0}; }
    Cursor last() const { return {members_, last_, last_ ? last_->count() - 1 : 0}; }
    Cursor end() const { return {members_, last_, last_ ? last_->count() : 0}; }
    // The end if the rank is not below size().
    Cursor at(std::uint64_t rank) const;
    // The first item whose score is not below, or is above, `score`.
    Cursor lower_bound(double score) const;
    Cursor upper_bound(double score) const;
    // The first item whose member is not below, or is above, `member`. REQUIRES: all scores are equal.
    Cursor lower_bound_member(std::string_view member) const;
    Cursor upper_bound_member(std::string_view member) const;

    // Calls visit(score, member) for every item, in order.
    template <typename Visit>
    void for_each(Visit&& visit) const {
        for (const RankedLeaf* leaf = first_; leaf; leaf = leaf->next) {
            if (leaf->next) leaf->next->prefetch();
            for (std::size_t i = 0; i < leaf->count(); ++i) {
                leaf->prefetch_member(i + kAhead, *members_);
                visit(leaf->score(i), members_->member(leaf->reference(i)));
            }
        }
    }

    // Erases up to `count` items from the rank `first` on, a leaf at a time. Before they go it calls
    // visit(score, reference) for each of a leaf, afterwards done() for all of them. Neither may change the
    // set; done() may take them out of the table.
    template <typename Visit, typename Done>
    void erase_range(std::uint64_t first, std::uint64_t count, Visit&& visit, Done&& done) {
        if (first >= size_) return;
        for (count = std::min(count, size_ - first); count > 0;) {
            const Spot spot = spot_at(first);
            const std::size_t here = std::min<std::uint64_t>(count, spot.leaf->count() - spot.index);
            for (std::size_t i = spot.index; i < spot.index + here; ++i) {
                visit(spot.leaf->score(i), spot.leaf->reference(i));
            }
            erase_at(spot, here);
            done();
            count -= here;
        }
    }

    // Verifies the invariants, for tests.
    bool valid() const;

  private:
    static constexpr std::size_t kAhead = 6;  // Items, enough for the first to have arrived.
    // Of both kinds of nodes: joined if one has up to three eighths, and both together up to six.
    static constexpr std::size_t kSmallLeaf = RankedLeaf::kMostItems * 3 / 8;
    static constexpr std::size_t kSmallInner = RankedInner::kChildren * 3 / 8;
    // Small neighbours are joined, so even the thinnest tree is more than ten times as wide one level below.
    static constexpr int kMostDepth = 20;

    struct Step {
        RankedInner* node;
        std::size_t child;
    };
    // A place in a leaf, and the way there from the root.
    struct Spot {
        RankedLeaf* leaf;
        std::size_t index;
        std::array<Step, kMostDepth> path;
    };
    enum class Growth { AtFront, Within, AtEnd };
    class SpareNodes;
    struct AtItem;
    struct AtReference;
    struct AtScore;

    // REQUIRES for these: the set is not empty.
    template <typename Bound>
    Spot find(const Bound& bound) const;
    Spot spot_at(std::uint64_t rank) const;
    Spot spot_of(const RankedItem& item) const;
    // REQUIRES: it is there.
    Spot spot_of(const Referenced& item) const;
    std::uint64_t rank_at(const Spot& spot) const;
    template <typename Bound>
    Cursor cursor(const Bound& bound) const;

    // What an insertion did to the spots that were known before it.
    enum class Spots { StayGood, AreGone };
    Spots insert_at(Spot& spot, const Referenced& added);
    void insert_first(const Referenced& added);
    void plant(RankedLeaf* leaf);
    void split(Spot& spot, const Referenced& added);
    void split_at_edge(Spot& spot, const Referenced& added, Growth growth);
    void attach(const Spot& spot, RankedLeaf* leaf, Growth growth, SpareNodes& spares);
    void replace_child(const Spot& spot, const RankedChild& child, const RankedChild& new_right,
                       Growth growth, SpareNodes& spares);
    void add_to_path(const Spot& spot, std::uint64_t count);
    void refresh_first(const Spot& spot);
    void refresh_child(RankedInner& node, int height, std::size_t child) const;
    bool may_move(const Spot& spot, std::size_t target, const RankedItem& moved) const;

    void erase_at(const Spot& spot, std::size_t count);
    void note_erased(const Spot& spot, std::size_t count, bool first_changed);
    void join_around(RankedInner& node, int height, std::size_t child, bool dropped);
    bool try_join(RankedInner& node, int height, std::size_t left);
    bool join_leaves(RankedInner& node, std::size_t left);
    void lower_root();

    RankedLeaf* new_leaf(std::size_t items);
    RankedLeaf* resize_leaf(RankedLeaf* leaf, std::size_t items) noexcept;
    void put_in_place(const Spot& spot, RankedLeaf* leaf);
    void link(RankedLeaf* leaf);
    void unlink(RankedLeaf* leaf);
    void free_leaf(RankedLeaf* leaf);
    RankedInner* new_inner();
    void free_inner(RankedInner* node);
    void free_under(void* node, int height);
    bool valid_under(void* node, int height, const RankedLeaf*& expected, RankedChild& found,
                     std::size_t& bytes) const;

    const MemberTable* members_;
    void* root_ = nullptr;  // A leaf if depth_ is 0.
    int depth_ = 0;         // Of inner nodes above the leaves.
    std::uint64_t size_ = 0;
    std::size_t bytes_ = 0;
    RankedLeaf* first_ = nullptr;
    RankedLeaf* last_ = nullptr;
};

}  // namespace pongo

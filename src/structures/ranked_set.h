// Members with scores in the order of (score, member), each with its rank: the ordered half of Redis's sorted
// sets, whose other half finds the score of a member.
//
// A B+ tree with counts (Bayer and McCreight, "Organization and maintenance of large ordered indices", 1972):
// leaves are packed blocks of up to about 1 KB, see ranked_node.h, so no item has a heap block of its own.
//
// Invariants:
//  1. All leaves have the same depth; they are chained in order, and items ascend strictly from leaf to leaf.
//  2. What an inner node knows of its children (count and first item) is exact. Where score and prefix of a
//     child's first item are those searched for, that item itself decides.
//  3. No node is empty. A leaf takes up to kLeafBytes, or little more if an item is long, in a block of the
//     smallest size that the allocator has for it, so a leaf that was split takes no more than it needs.
//  4. Neighbours under one parent are joined when one of them has become small and both together leave room.
//
// A leaf that is split by an item behind all others stays full, so that items which arrive in order leave
// full leaves; likewise at the front.
//
// Scores are not NaN; 0.0 and -0.0 are equal. Views and cursors are good until the set changes. Members given
// to what changes the set must not be such views, but for erase(). A change that runs out of memory leaves
// the set as it was.
//
// Thread rule: as a plain container.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

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
        std::string_view member() const { return leaf_->item(index_).member; }
        // REQUIRES: at an item.
        void next() {
            ++index_;
            settle();
        }
        // REQUIRES: not nowhere. From the end of an empty set it leads nowhere, too.
        void previous() {
            if (index_ > 0) {
                --index_;
            } else {
                leaf_ = leaf_ ? leaf_->previous : nullptr;
                index_ = leaf_ ? leaf_->count() - 1 : 0;
            }
        }
        friend bool operator==(const Cursor&, const Cursor&) = default;

      private:
        friend class RankedSet;
        Cursor(const RankedLeaf* leaf, std::size_t index) : leaf_(leaf), index_(index) { settle(); }

        // Behind a leaf's last item comes the next leaf's first.
        void settle() {
            if (!leaf_ || index_ < leaf_->count() || !leaf_->next) return;
            leaf_ = leaf_->next;
            index_ = 0;
        }

        const RankedLeaf* leaf_ = nullptr;
        std::size_t index_ = 0;
    };

    RankedSet() = default;
    RankedSet(RankedSet&& other) noexcept { swap(other); }
    RankedSet& operator=(RankedSet&& other) noexcept {
        RankedSet(std::move(other)).swap(*this);
        return *this;
    }
    ~RankedSet() { clear(); }

    std::uint64_t size() const { return size_; }
    bool empty() const { return size_ == 0; }
    // All that the set has on the heap.
    std::size_t bytes() const { return bytes_; }

    // REQUIRES: this member with this score is not there.
    void insert(double score, std::string_view member);
    // False if it was not there.
    bool erase(double score, std::string_view member);
    // Where the order allows, the item stays where it is. REQUIRES: it is there with the old score.
    void update(double old_score, std::string_view member, double new_score);
    void clear();
    void swap(RankedSet& other) noexcept;

    std::optional<std::uint64_t> rank(double score, std::string_view member) const;
    // Of the item at a cursor; size() at the end. REQUIRES: the cursor is not nowhere.
    std::uint64_t rank_of(const Cursor& cursor) const;

    Cursor first() const { return {first_, 0}; }
    Cursor last() const { return {last_, last_ ? last_->count() - 1 : 0}; }
    Cursor end() const { return {last_, last_ ? last_->count() : 0}; }
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
            visit_items(*leaf, 0, leaf->count(), visit);
        }
    }

    // Erases up to `count` items from the rank `first` on, a leaf at a time; calls visit(score, member) for
    // each before it goes. `visit` must not change the set.
    template <typename Visit>
    void erase_range(std::uint64_t first, std::uint64_t count, Visit&& visit) {
        if (first >= size_) return;
        for (count = std::min(count, size_ - first); count > 0;) {
            const Spot spot = spot_at(first);
            const std::size_t here = std::min<std::uint64_t>(count, spot.leaf->count() - spot.index);
            visit_items(*spot.leaf, spot.index, here, visit);
            erase_at(spot, here);
            count -= here;
        }
    }

    // Verifies the invariants, for tests.
    bool valid() const;

  private:
    static constexpr std::size_t kLeafBytes = 1024;
    // Of both kinds of nodes: joined if one has up to three eighths, and both together up to six.
    static constexpr std::size_t kSmallLeafBytes = kLeafBytes * 3 / 8;
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
    // Of a full leaf's items and a new one: how many go to the left, and what both parts take.
    struct Division {
        std::size_t items;
        std::size_t left_size;
        std::size_t right_size;
    };
    enum class Growth { AtFront, Within, AtEnd };
    class SpareNodes;
    struct AtItem;
    struct AtScore;

    template <typename Visit>
    static void visit_items(const RankedLeaf& leaf, std::size_t first, std::size_t count, Visit& visit) {
        for (std::size_t i = first; i < first + count; ++i) {
            const RankedItem item = leaf.item(i);
            visit(item.score, item.member);
        }
    }

    // REQUIRES for these four: the set is not empty.
    template <typename Bound>
    Spot find(const Bound& bound) const;
    Spot spot_at(std::uint64_t rank) const;
    Spot spot_of(const RankedItem& item) const;
    bool holds(const Spot& spot, const RankedItem& item) const;
    std::uint64_t rank_at(const Spot& spot) const;
    template <typename Bound>
    Cursor cursor(const Bound& bound) const;

    void insert_entry(RankedEntry&& entry);
    void insert_first(RankedEntry&& entry);
    static Division divide(const Spot& spot, const RankedEntry& entry);
    void split(Spot& spot, RankedEntry&& entry);
    void split_at_edge(Spot& spot, RankedEntry&& entry, Growth growth);
    void replace_child(const Spot& spot, const RankedChild& child, const RankedChild& new_right,
                       Growth growth, SpareNodes& spares);
    void add_to_path(const Spot& spot, std::uint64_t count);
    void refresh_first(const Spot& spot);
    static void refresh_child(RankedInner& node, int height, std::size_t child);
    bool may_move(const Spot& spot, std::size_t target, const RankedItem& moved) const;

    void erase_at(const Spot& spot, std::size_t count);
    void note_erased(const Spot& spot, std::size_t count, bool first_changed);
    void join_around(RankedInner& node, int height, std::size_t child, bool dropped);
    bool try_join(RankedInner& node, int height, std::size_t left);
    bool join_leaves(RankedInner& node, std::size_t left);
    void lower_root();

    RankedLeaf* new_leaf(std::size_t content);
    RankedLeaf* resize_leaf(RankedLeaf* leaf, std::size_t content) noexcept;
    void put_in_place(const Spot& spot, RankedLeaf* leaf);
    void link(RankedLeaf* leaf);
    void unlink(RankedLeaf* leaf);
    void free_leaf(RankedLeaf* leaf);
    RankedInner* new_inner();
    void free_inner(RankedInner* node);
    void free_under(void* node, int height);
    bool valid_under(void* node, int height, const RankedLeaf*& expected, RankedChild& found,
                     std::size_t& bytes) const;

    void* root_ = nullptr;  // A leaf if depth_ is 0.
    int depth_ = 0;         // Of inner nodes above the leaves.
    std::uint64_t size_ = 0;
    std::size_t bytes_ = 0;
    RankedLeaf* first_ = nullptr;
    RankedLeaf* last_ = nullptr;
};

}  // namespace pongo

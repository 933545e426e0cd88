#include "structures/ranked_set.h"

#include <new>
#include <utility>

#include "base/check.h"
#include "base/memory_usage.h"

namespace pongo {
namespace {

// `height` inner levels under a node, the node included.
const RankedLeaf& first_leaf(const void* node, int height) {
    for (; height > 0; --height) node = static_cast<const RankedInner*>(node)->children[0];
    return *static_cast<const RankedLeaf*>(node);
}

}  // namespace

// What a search asks: before which item to stop. In an inner node it goes to the last child that `enters`
// (to the first one if there is none), in the leaf behind the items that it `passes`.
struct RankedSet::AtItem {
    AtItem(const RankedItem& sought, const MemberTable& table)
        : item(sought), members(table), prefix(ranked_prefix(sought.member)) {}

    bool enters(const RankedInner& node, std::size_t child, int height) const {
        const double score = node.scores[child];
        if (score != item.score) return score < item.score;
        if (node.prefixes[child] != prefix) return node.prefixes[child] < prefix;
        return !(item < first_leaf(node.children[child], height - 1).first(members));
    }
    std::size_t passes(const RankedLeaf& leaf) const { return leaf.lower_bound(item, members); }

    const RankedItem& item;
    const MemberTable& members;
    std::uint64_t prefix;
};

// The same of an item that is there: among equal scores its reference tells it, without a look at the
// members.
struct RankedSet::AtReference : AtItem {
    AtReference(const Referenced& sought, const MemberTable& table)
        : AtItem(sought.item, table), reference(sought.reference) {}

    std::size_t passes(const RankedLeaf& leaf) const { return leaf.index_of(item.score, reference); }

    Reference reference;
};

struct RankedSet::AtScore {
    bool before(double other) const { return or_equal ? other <= score : other < score; }
    bool enters(const RankedInner& node, std::size_t child, int) const { return before(node.scores[child]); }
    std::size_t passes(const RankedLeaf& leaf) const { return leaf.count_before(score, or_equal); }

    double score;
    bool or_equal;
};

// The inner nodes that the split of a leaf needs, allocated before anything changes.
class RankedSet::SpareNodes {
  public:
    explicit SpareNodes(RankedSet& set) : set_(set) {}
    SpareNodes(const SpareNodes&) = delete;
    SpareNodes& operator=(const SpareNodes&) = delete;
    ~SpareNodes() {
        while (count_ > 0) set_.free_inner(nodes_[--count_]);
    }

    // One for each full node above the leaf, and one for a new root if all of them are.
    void reserve(const Spot& spot) {
        int level = set_.depth_;
        for (; level > 0 && spot.path[level - 1].node->count == RankedInner::kChildren; --level) add();
        if (level == 0) add();
    }
    RankedInner* take() { return nodes_[--count_]; }

  private:
    void add() {
        nodes_[count_] = set_.new_inner();
        ++count_;
    }

    RankedSet& set_;
    std::array<RankedInner*, kMostDepth + 1> nodes_;
    std::size_t count_ = 0;
};

void RankedSet::clear() {
    if (root_) free_under(root_, depth_);
    root_ = nullptr;
    depth_ = 0;
    size_ = 0;
    first_ = nullptr;
    last_ = nullptr;
}

// --- Searching

template <typename Bound>
RankedSet::Spot RankedSet::find(const Bound& bound) const {
    Spot spot;
    void* node = root_;
    for (int level = 0; level < depth_; ++level) {
        auto* inner = static_cast<RankedInner*>(node);
        std::size_t child = 0;
        for (std::size_t length = inner->count - 1; length > 0;) {
            const std::size_t half = (length + 1) / 2;
            const bool enters = bound.enters(*inner, child + half, depth_ - level);
            child = enters ? child + half : child;
            length = enters ? length - half : half - 1;
        }
        spot.path[level] = {inner, child};
        node = inner->children[child];
    }
    spot.leaf = static_cast<RankedLeaf*>(node);
    spot.leaf->prefetch();
    spot.index = bound.passes(*spot.leaf);
    return spot;
}

RankedSet::Spot RankedSet::spot_of(const RankedItem& item) const {
    return find(AtItem(item, *members_));
}

RankedSet::Spot RankedSet::spot_at(std::uint64_t rank) const {
    DCHECK(rank < size_);
    Spot spot;
    void* node = root_;
    for (int level = 0; level < depth_; ++level) {
        auto* inner = static_cast<RankedInner*>(node);
        std::size_t child = 0;
        while (rank >= inner->counts[child]) rank -= inner->counts[child++];
        spot.path[level] = {inner, child};
        node = inner->children[child];
    }
    spot.leaf = static_cast<RankedLeaf*>(node);
    spot.index = rank;
    return spot;
}

RankedSet::Spot RankedSet::spot_of(const Referenced& item) const {
    return find(AtReference(item, *members_));
}

std::uint64_t RankedSet::rank_at(const Spot& spot) const {
    std::uint64_t rank = spot.index;
    for (int level = 0; level < depth_; ++level) {
        rank += spot.path[level].node->count_before(spot.path[level].child);
    }
    return rank;
}

std::uint64_t RankedSet::rank(const Referenced& item) const {
    CHECK(root_);
    return rank_at(spot_of(item));
}

std::uint64_t RankedSet::rank_of(const Cursor& cursor) const {
    if (!cursor) return size_;
    return rank_at(spot_of(cursor.leaf_->first(*members_))) + cursor.index_;
}

RankedSet::Cursor RankedSet::at(std::uint64_t rank) const {
    if (rank >= size_) return end();
    const Spot spot = spot_at(rank);
    return {members_, spot.leaf, spot.index};
}

template <typename Bound>
RankedSet::Cursor RankedSet::cursor(const Bound& bound) const {
    if (!root_) return end();
    const Spot spot = find(bound);
    return {members_, spot.leaf, spot.index};
}

RankedSet::Cursor RankedSet::lower_bound(double score) const {
    return cursor(AtScore{.score = score, .or_equal = false});
}

RankedSet::Cursor RankedSet::upper_bound(double score) const {
    return cursor(AtScore{.score = score, .or_equal = true});
}

RankedSet::Cursor RankedSet::lower_bound_member(std::string_view member) const {
    if (!root_) return end();
    const RankedItem item{first_->score(0), member};
    return cursor(AtItem(item, *members_));
}

RankedSet::Cursor RankedSet::upper_bound_member(std::string_view member) const {
    Cursor at = lower_bound_member(member);
    if (at && at.member() == member) at.next();
    return at;
}

// --- Inserting

void RankedSet::insert(const Referenced& added) {
    if (!root_) return insert_first(added);
    Spot spot = spot_of(added.item);
    insert_at(spot, added);
}

RankedSet::Spots RankedSet::insert_at(Spot& spot, const Referenced& added) {
    if (spot.leaf->is_full()) {
        if (spot.leaf->count() == RankedLeaf::kMostItems) {
            split(spot, added);
            return Spots::AreGone;
        }
        RankedLeaf* larger = resize_leaf(spot.leaf, spot.leaf->count() + 1);
        if (!larger) throw std::bad_alloc();
        put_in_place(spot, larger);
        spot.leaf = larger;
    }
    spot.leaf->insert(spot.index, added.item.score, added.reference);
    ++size_;
    add_to_path(spot, 1);
    if (spot.index == 0) refresh_first(spot);
    return Spots::StayGood;
}

void RankedSet::insert_first(const Referenced& added) {
    RankedLeaf* leaf = new_leaf(1);
    leaf->insert(0, added.item.score, added.reference);
    plant(leaf);
}

// Makes a leaf all that there is. REQUIRES: there was none.
void RankedSet::plant(RankedLeaf* leaf) {
    link(leaf);
    root_ = leaf;
    size_ = leaf->count();
}

// Makes two leaves of the same size of a full one and the new item.
void RankedSet::split(Spot& spot, const Referenced& added) {
    RankedLeaf* old = spot.leaf;
    if (!old->next && spot.index == old->count()) return split_at_edge(spot, added, Growth::AtEnd);
    if (!old->previous && spot.index == 0) return split_at_edge(spot, added, Growth::AtFront);

    const std::size_t left_items = (old->count() + 1) / 2;
    const bool goes_left = spot.index < left_items;
    const std::size_t kept = left_items - (goes_left ? 1 : 0);
    SpareNodes spares(*this);
    spares.reserve(spot);
    RankedLeaf* left = new_leaf(left_items);
    RankedLeaf* right = nullptr;
    try {
        right = new_leaf(old->count() + 1 - left_items);
    } catch (...) {
        free_leaf(left);
        throw;
    }
    left->append(*old, 0, kept);
    right->append(*old, kept, old->count() - kept);
    RankedLeaf* target = goes_left ? left : right;
    target->insert(goes_left ? spot.index : spot.index - kept, added.item.score, added.reference);
    left->previous = old->previous;
    left->next = right;
    right->previous = left;
    right->next = old->next;
    link(left);
    link(right);
    free_leaf(old);
    ++size_;
    replace_child(spot, ranked_summary(left, *members_), ranked_summary(right, *members_), Growth::Within,
                  spares);
}

// Gives an item before or behind all others a leaf of its own.
void RankedSet::split_at_edge(Spot& spot, const Referenced& added, Growth growth) {
    SpareNodes spares(*this);
    spares.reserve(spot);
    RankedLeaf* leaf = new_leaf(1);
    leaf->insert(0, added.item.score, added.reference);
    attach(spot, leaf, growth, spares);
}

// Makes a leaf the first, or the last. REQUIRES: the spot is in the one that has been it.
void RankedSet::attach(const Spot& spot, RankedLeaf* leaf, Growth growth, SpareNodes& spares) {
    RankedLeaf* left = growth == Growth::AtEnd ? spot.leaf : leaf;
    RankedLeaf* right = growth == Growth::AtEnd ? leaf : spot.leaf;
    left->next = right;
    right->previous = left;
    link(leaf);
    size_ += leaf->count();
    replace_child(spot, ranked_summary(left, *members_), ranked_summary(right, *members_), growth, spares);
}

void RankedSet::append(const RankedSet& other) {
    for (const RankedLeaf* leaf = other.first_; leaf; leaf = leaf->next) {
        SpareNodes spares(*this);
        Spot spot;
        if (root_) {
            spot = spot_at(size_ - 1);
            spares.reserve(spot);
        }
        RankedLeaf* const copied = new_leaf(leaf->count());
        copied->append(*leaf, 0, leaf->count());
        if (root_) {
            attach(spot, copied, Growth::AtEnd, spares);
        } else {
            plant(copied);
        }
    }
}

// On the way up from the leaf at `spot`, which `child` replaces and `new_right` follows.
void RankedSet::replace_child(const Spot& spot, const RankedChild& child, const RankedChild& new_right,
                              Growth growth, SpareNodes& spares) {
    RankedChild left = child;
    RankedChild right = new_right;
    bool is_split = true;
    for (int level = depth_ - 1; level >= 0; --level) {
        const auto [node, at] = spot.path[level];
        node->set(at, left);
        if (is_split && node->count < RankedInner::kChildren) {
            node->insert(at + 1, right);
            is_split = false;
        } else if (is_split) {
            RankedInner* added = spares.take();
            const std::size_t kept = growth == Growth::AtEnd ? node->count : node->count / 2;
            node->move_tail(kept, *added);
            if (at + 1 <= kept && growth != Growth::AtEnd) {
                node->insert(at + 1, right);
            } else {
                added->insert(at + 1 - kept, right);
            }
            right = added->summary();
        }
        left = node->summary();
    }
    root_ = left.node;
    if (!is_split) return;
    RankedInner* root = spares.take();
    root->insert(0, left);
    root->insert(1, right);
    root_ = root;
    ++depth_;
    CHECK(depth_ <= kMostDepth);
}

void RankedSet::add_to_path(const Spot& spot, std::uint64_t count) {
    for (int level = 0; level < depth_; ++level)
        spot.path[level].node->counts[spot.path[level].child] += count;
}

// The first item of the leaf at `spot` is another one than before.
void RankedSet::refresh_first(const Spot& spot) {
    for (int level = depth_ - 1; level >= 0; --level) {
        const auto [node, child] = spot.path[level];
        refresh_child(*node, depth_ - level, child);
        if (child != 0) return;
    }
}

// Takes over what a child of a node of this height knows of its first item.
void RankedSet::refresh_child(RankedInner& node, int height, std::size_t child) const {
    if (height > 1) {
        node.scores[child] = node.inner(child)->scores[0];
        node.prefixes[child] = node.inner(child)->prefixes[0];
    } else {
        const RankedItem first = node.leaf(child)->first(*members_);
        node.scores[child] = first.score;
        node.prefixes[child] = ranked_prefix(first.member);
    }
}

// --- Updating

// Where the order allows, the item stays in its leaf.
void RankedSet::update(const Referenced& item, double new_score) {
    CHECK(root_);
    const Referenced moved{{new_score, item.item.member}, item.reference};
    Spot spot = spot_of(item);
    const std::size_t target = spot.leaf->lower_bound(moved.item, *members_);
    if (may_move(spot, target, moved.item)) {
        spot.leaf->move(spot.index, target, new_score);
        if (spot.index == 0 || target == 0) refresh_first(spot);
        return;
    }
    Spot other = spot_of(moved.item);
    const bool same_leaf = other.leaf == spot.leaf;
    if (insert_at(other, moved) == Spots::AreGone || same_leaf) spot = spot_of(item);
    erase_at(spot, 1);
}

// Whether what is to stand before the item at `target` belongs into the same leaf.
bool RankedSet::may_move(const Spot& spot, std::size_t target, const RankedItem& moved) const {
    const RankedLeaf& leaf = *spot.leaf;
    if (target == 0) return !leaf.previous || leaf.previous->is_below(moved, *members_);
    if (target == leaf.count()) return !leaf.next || leaf.next->is_above(moved, *members_);
    return true;
}

// --- Erasing

void RankedSet::erase(const Referenced& item) {
    CHECK(root_);
    erase_at(spot_of(item), 1);
}

void RankedSet::erase_at(const Spot& spot, std::size_t count) {
    RankedLeaf* leaf = spot.leaf;
    leaf->erase(spot.index, count);
    size_ -= count;
    if (leaf->count() == 0) {
        unlink(leaf);
        free_leaf(leaf);
        if (depth_ == 0) root_ = nullptr;
    } else if (leaf->is_loose()) {
        if (RankedLeaf* smaller = resize_leaf(leaf, leaf->count())) put_in_place(spot, smaller);
    }
    note_erased(spot, count, spot.index == 0);
    lower_root();
}

// On the way up: takes what was erased into account, drops empty nodes and joins small ones.
void RankedSet::note_erased(const Spot& spot, std::size_t count, bool first_changed) {
    for (int level = depth_ - 1; level >= 0; --level) {
        const auto [node, child] = spot.path[level];
        const int height = depth_ - level;
        node->counts[child] -= count;
        const bool dropped = node->counts[child] == 0;
        if (dropped) {
            if (height > 1) free_inner(node->inner(child));
            node->erase(child);
        } else if (first_changed) {
            refresh_child(*node, height, child);
        }
        first_changed = first_changed && child == 0;
        join_around(*node, height, child, dropped);
    }
}

// Child `child` of a node of this height has become smaller, or was dropped.
void RankedSet::join_around(RankedInner& node, int height, std::size_t child, bool dropped) {
    if (node.count < 2) return;
    if (dropped) {
        if (child > 0 && child < node.count) try_join(node, height, child - 1);
        return;
    }
    const bool is_small =
        height > 1 ? node.inner(child)->count <= kSmallInner : node.leaf(child)->count() <= kSmallLeaf;
    if (!is_small) return;
    if (child > 0 && try_join(node, height, child - 1)) return;
    if (child + 1 < node.count) try_join(node, height, child);
}

bool RankedSet::try_join(RankedInner& node, int height, std::size_t left) {
    if (height == 1) {
        if (!join_leaves(node, left)) return false;
    } else {
        RankedInner* from = node.inner(left + 1);
        RankedInner* to = node.inner(left);
        if (to->count + from->count > 2 * kSmallInner) return false;
        from->move_tail(0, *to);
        free_inner(from);
    }
    node.counts[left] += node.counts[left + 1];
    node.erase(left + 1);
    return true;
}

// Without the memory for it, the leaves stay as they are.
bool RankedSet::join_leaves(RankedInner& node, std::size_t left) {
    RankedLeaf* from = node.leaf(left + 1);
    const std::size_t items = node.leaf(left)->count() + from->count();
    if (items > 2 * kSmallLeaf) return false;
    RankedLeaf* to = node.leaf(left);
    if (items > to->capacity()) to = resize_leaf(to, items);
    if (!to) return false;
    node.children[left] = to;
    to->append(*from, 0, from->count());
    unlink(from);
    free_leaf(from);
    return true;
}

void RankedSet::lower_root() {
    while (depth_ > 0) {
        auto* root = static_cast<RankedInner*>(root_);
        if (root->count > 1) return;
        root_ = root->count == 1 ? root->children[0] : nullptr;
        depth_ = root_ ? depth_ - 1 : 0;
        free_inner(root);
    }
}

// --- Nodes

RankedLeaf* RankedSet::new_leaf(std::size_t items) {
    RankedLeaf* leaf = RankedLeaf::allocate(items);
    if (!leaf) throw std::bad_alloc();
    bytes_ += allocation_size(leaf);
    return leaf;
}

// Its neighbours know of the new block, its parent does not. nullptr if there is no memory.
RankedLeaf* RankedSet::resize_leaf(RankedLeaf* leaf, std::size_t items) noexcept {
    const std::size_t before = allocation_size(leaf);
    RankedLeaf* resized = RankedLeaf::resize(leaf, items);
    if (!resized) return nullptr;
    bytes_ = bytes_ - before + allocation_size(resized);
    link(resized);
    return resized;
}

void RankedSet::put_in_place(const Spot& spot, RankedLeaf* leaf) {
    if (depth_ == 0) {
        root_ = leaf;
    } else {
        const auto [node, child] = spot.path[depth_ - 1];
        node->children[child] = leaf;
    }
}

void RankedSet::link(RankedLeaf* leaf) {
    (leaf->previous ? leaf->previous->next : first_) = leaf;
    (leaf->next ? leaf->next->previous : last_) = leaf;
}

void RankedSet::unlink(RankedLeaf* leaf) {
    (leaf->previous ? leaf->previous->next : first_) = leaf->next;
    (leaf->next ? leaf->next->previous : last_) = leaf->previous;
}

void RankedSet::free_leaf(RankedLeaf* leaf) {
    bytes_ -= allocation_size(leaf);
    RankedLeaf::free_block(leaf);
}

RankedInner* RankedSet::new_inner() {
    auto* node = new RankedInner;
    bytes_ += allocation_size(node);
    return node;
}

void RankedSet::free_inner(RankedInner* node) {
    bytes_ -= allocation_size(node);
    delete node;
}

void RankedSet::free_under(void* node, int height) {
    if (height == 0) return free_leaf(static_cast<RankedLeaf*>(node));
    auto* inner = static_cast<RankedInner*>(node);
    for (std::size_t i = 0; i < inner->count; ++i) free_under(inner->children[i], height - 1);
    free_inner(inner);
}

// --- Verifying

bool RankedSet::valid() const {
    if (!root_) return size_ == 0 && bytes_ == 0 && depth_ == 0 && !first_ && !last_;
    const RankedLeaf* expected = first_;
    std::size_t bytes = 0;
    RankedChild found;
    if (depth_ > 0 && static_cast<RankedInner*>(root_)->count < 2) return false;
    if (first_->previous || last_->next || !valid_under(root_, depth_, expected, found, bytes)) return false;
    return !expected && found.count == size_ && bytes == bytes_;
}

// `expected` is the leaf that comes next in the chain, `found` what the parent should know of the node.
bool RankedSet::valid_under(void* node, int height, const RankedLeaf*& expected, RankedChild& found,
                            std::size_t& bytes) const {
    bytes += allocation_size(node);
    if (height == 0) {
        auto* leaf = static_cast<RankedLeaf*>(node);
        if (leaf != expected || !leaf->valid(*members_)) return false;
        if (leaf->next
                ? leaf->next->previous != leaf || !(leaf->last(*members_) < leaf->next->first(*members_))
                : leaf != last_) {
            return false;
        }
        expected = leaf->next;
        found = ranked_summary(leaf, *members_);
        return true;
    }
    auto* inner = static_cast<RankedInner*>(node);
    if (inner->count == 0 || inner->count > RankedInner::kChildren) return false;
    for (std::size_t i = 0; i < inner->count; ++i) {
        RankedChild child;
        if (!valid_under(inner->children[i], height - 1, expected, child, bytes)) return false;
        if (child.count != inner->counts[i] || child.score != inner->scores[i] ||
            child.prefix != inner->prefixes[i]) {
            return false;
        }
    }
    found = inner->summary();
    return true;
}

}  // namespace pongo

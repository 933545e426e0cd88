// An ordered set of small, trivially copyable keys in wide nodes: a B+ tree. (Bayer and McCreight's B-tree,
// with all keys in the leaves.)
//
// Invariants:
//  1. All leaves have the same depth; keys ascend within a leaf and from leaf to leaf.
//  2. An inner node with n children has n-1 separators; separator i is not above any key under child i+1, and
//  above
//     every key under child i.
//  3. No node but an empty root is empty. Neighbours that would fit into one node are joined when one of them
//  loses a key.
//
// A leaf that is split by a key beyond its last one stays full, so that keys which arrive in order leave full
// leaves. Where the next leaf has room, such a key goes there instead, so that those which arrive backwards
// do not get a leaf each.
//
// Thread rule: as a plain container.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#include "base/check.h"
#include "base/random.h"

namespace pongo {

template <typename Key>
class OrderedIndex {
    static_assert(std::is_trivially_copyable_v<Key>);

  public:
    OrderedIndex() = default;
    OrderedIndex(const OrderedIndex&) = delete;
    OrderedIndex& operator=(const OrderedIndex&) = delete;
    ~OrderedIndex() { clear(); }

    std::size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }
    std::size_t bytes() const { return leaves_ * sizeof(Leaf) + inners_ * sizeof(Inner); }

    // False if the key was there already.
    bool insert(const Key& key) {
        if (!root_) root_ = new_leaf();
        Split split = insert_under(root_, depth_, key);
        if (split.right) {
            Inner* root = new_inner();
            root->count = 2;
            root->children[0] = root_;
            root->children[1] = split.right;
            root->separators[0] = split.separator;
            root_ = root;
            ++depth_;
        }
        size_ += split.inserted;
        return split.inserted;
    }

    // False if the key was not there.
    bool erase(const Key& key) {
        if (!root_ || !erase_under(root_, depth_, key)) return false;
        --size_;
        shrink_root();
        return true;
    }

    bool contains(const Key& key) const {
        if (!root_) return false;
        const Node* node = root_;
        for (int depth = depth_; depth > 0; --depth) node = inner(node)->children[child_of(inner(node), key)];
        const auto [begin, end] = keys_of(leaf(node));
        return std::binary_search(begin, end, key);
    }

    // The smallest key; REQUIRES: not empty.
    const Key& first() const {
        const Node* node = root_;
        for (int depth = depth_; depth > 0; --depth) node = inner(node)->children[0];
        return leaf(node)->keys[0];
    }

    // Each key with the same chance, or nearly so. REQUIRES: not empty.
    const Key& random(Random& random) const {
        constexpr int kTries = 64;
        // A place that a node may have but does not fill means another try: otherwise keys of small nodes
        // would be chosen more often than those of big ones.
        for (int i = 0; i < kTries; ++i) {
            if (const Key* key = random_under(root_, depth_, random)) return *key;
        }
        return first();
    }

    // Calls visit(key) in ascending order.
    template <typename Visit>
    void for_each(Visit&& visit) const {
        if (root_) visit_under(root_, depth_, visit);
    }

    void clear() {
        if (root_) free_under(root_, depth_);
        root_ = nullptr;
        depth_ = 0;
        size_ = 0;
    }

    void swap(OrderedIndex& other) noexcept {
        std::swap(root_, other.root_);
        std::swap(depth_, other.depth_);
        std::swap(size_, other.size_);
        std::swap(leaves_, other.leaves_);
        std::swap(inners_, other.inners_);
    }

    // Whether the invariants hold, for tests.
    bool valid() const {
        std::size_t counted = 0;
        bool ascending = true;
        const Key* previous = nullptr;
        for_each([&](const Key& key) {
            ascending = ascending && (!previous || *previous < key);
            previous = &key;
            ++counted;
        });
        return ascending && counted == size_ && (!root_ || (depth_ == 0 || none_empty(root_, depth_)));
    }

  private:
    static constexpr std::size_t kNodeBytes = 512;
    struct Node {
        std::uint16_t count = 0;
    };
    static constexpr std::size_t kLeafKeys = (kNodeBytes - sizeof(std::uint64_t)) / sizeof(Key);
    static constexpr std::size_t kChildren =
        (kNodeBytes - sizeof(std::uint64_t)) / (sizeof(Key) + sizeof(void*));
    struct Leaf : Node {
        std::array<Key, kLeafKeys> keys;
    };
    struct Inner : Node {
        std::array<Node*, kChildren> children;
        std::array<Key, kChildren - 1> separators;
    };
    static_assert(sizeof(Leaf) <= kNodeBytes && sizeof(Inner) <= kNodeBytes);
    static_assert(kLeafKeys >= 4 && kChildren >= 4);

    struct Split {
        bool inserted = false;
        Node* right = nullptr;  // The new right neighbour, if the node was split ...
        Key separator{};        // ... and the smallest key under it.
    };

    static Leaf* leaf(Node* node) { return static_cast<Leaf*>(node); }
    static const Leaf* leaf(const Node* node) { return static_cast<const Leaf*>(node); }
    static Inner* inner(Node* node) { return static_cast<Inner*>(node); }
    static const Inner* inner(const Node* node) { return static_cast<const Inner*>(node); }
    static std::pair<const Key*, const Key*> keys_of(const Leaf* node) {
        return {node->keys.data(), node->keys.data() + node->count};
    }

    Leaf* new_leaf() {
        ++leaves_;
        return new Leaf;
    }
    Inner* new_inner() {
        ++inners_;
        return new Inner;
    }
    void free_node(Node* node, int depth) {
        if (depth == 0) {
            --leaves_;
            delete leaf(node);
        } else {
            --inners_;
            delete inner(node);
        }
    }

    static std::size_t child_of(const Inner* node, const Key& key) {
        const Key* begin = node->separators.data();
        return static_cast<std::size_t>(std::upper_bound(begin, begin + node->count - 1, key) - begin);
    }

    template <typename T, std::size_t N>
    static void insert_at(std::array<T, N>& array, std::size_t count, std::size_t at, const T& value) {
        std::move_backward(array.begin() + at, array.begin() + count, array.begin() + count + 1);
        array[at] = value;
    }
    template <typename T, std::size_t N>
    static void erase_at(std::array<T, N>& array, std::size_t count, std::size_t at) {
        std::move(array.begin() + at + 1, array.begin() + count, array.begin() + at);
    }

    Split insert_under(Node* node, int depth, const Key& key) {
        return depth == 0 ? insert_into_leaf(leaf(node), key) : insert_into_inner(inner(node), depth, key);
    }

    Split insert_into_leaf(Leaf* node, const Key& key) {
        const auto [begin, end] = keys_of(node);
        const auto at = static_cast<std::size_t>(std::lower_bound(begin, end, key) - begin);
        if (at < node->count && !(key < node->keys[at])) return {};
        if (node->count < kLeafKeys) {
            insert_at(node->keys, node->count++, at, key);
            return {.inserted = true};
        }
        Leaf* right = new_leaf();
        const std::size_t kept = at == kLeafKeys ? kLeafKeys : kLeafKeys / 2;
        right->count = static_cast<std::uint16_t>(kLeafKeys - kept);
        std::copy(node->keys.begin() + kept, node->keys.end(), right->keys.begin());
        node->count = static_cast<std::uint16_t>(kept);
        Leaf* target = at > kept || kept == kLeafKeys ? right : node;
        insert_at(target->keys, target->count, at - (target == right ? kept : 0), key);
        ++target->count;
        return {.inserted = true, .right = right, .separator = right->keys[0]};
    }

    // Whether the key is beyond the last of a full leaf, and the next leaf has room. REQUIRES: depth 1.
    static bool belongs_to_next(const Inner* node, std::size_t at, const Key& key) {
        if (at + 1 == node->count || leaf(node->children[at])->count < kLeafKeys) return false;
        return leaf(node->children[at])->keys.back() < key && leaf(node->children[at + 1])->count < kLeafKeys;
    }

    Split insert_into_inner(Inner* node, int depth, const Key& key) {
        const std::size_t at = child_of(node, key);
        if (depth == 1 && belongs_to_next(node, at, key)) {
            Leaf* next = leaf(node->children[at + 1]);
            insert_at(next->keys, next->count++, 0, key);
            node->separators[at] = key;
            return {.inserted = true};
        }
        const Split below = insert_under(node->children[at], depth - 1, key);
        if (!below.right) return {.inserted = below.inserted};
        if (node->count < kChildren) {
            add_child(node, at, below);
            return {.inserted = true};
        }
        Inner* right = new_inner();
        const bool at_end = at + 1 == kChildren;
        const std::size_t kept = at_end ? kChildren - 1 : kChildren / 2;
        const Key separator = node->separators[kept - 1];
        right->count = static_cast<std::uint16_t>(kChildren - kept);
        std::copy(node->children.begin() + kept, node->children.end(), right->children.begin());
        std::copy(node->separators.begin() + kept, node->separators.end(), right->separators.begin());
        node->count = static_cast<std::uint16_t>(kept);
        if (at < kept) {
            add_child(node, at, below);
        } else {
            add_child(right, at - kept, below);
        }
        return {.inserted = true, .right = right, .separator = separator};
    }

    static void add_child(Inner* node, std::size_t after, const Split& split) {
        insert_at(node->children, node->count, after + 1, split.right);
        insert_at(node->separators, node->count - std::size_t{1}, after, split.separator);
        ++node->count;
    }

    bool erase_under(Node* node, int depth, const Key& key) {
        if (depth == 0) {
            const auto [begin, end] = keys_of(leaf(node));
            const Key* at = std::lower_bound(begin, end, key);
            if (at == end || key < *at) return false;
            erase_at(leaf(node)->keys, node->count--, static_cast<std::size_t>(at - begin));
            return true;
        }
        const std::size_t at = child_of(inner(node), key);
        if (!erase_under(inner(node)->children[at], depth - 1, key)) return false;
        join_around(inner(node), depth, at);
        return true;
    }

    void join_around(Inner* node, int depth, std::size_t at) {
        if (node->children[at]->count == 0) return drop_child(node, depth, at);
        if (at > 0 && try_join(node, depth, at - 1)) return;
        if (at + 1 < node->count) try_join(node, depth, at);
    }

    void drop_child(Inner* node, int depth, std::size_t at) {
        free_node(node->children[at], depth - 1);
        erase_at(node->children, node->count, at);
        if (node->count > 1) erase_at(node->separators, node->count - std::size_t{1}, at == 0 ? 0 : at - 1);
        --node->count;
    }

    // Moves all of child at+1 behind child `at`, when both together leave some room.
    bool try_join(Inner* node, int depth, std::size_t at) {
        Node* left = node->children[at];
        Node* right = node->children[at + 1];
        const std::size_t together = std::size_t{left->count} + right->count;
        const std::size_t room = depth == 1 ? kLeafKeys : kChildren;
        if (together > room * 3 / 4) return false;
        if (depth == 1) {
            std::copy_n(leaf(right)->keys.begin(), right->count, leaf(left)->keys.begin() + left->count);
        } else {
            std::copy_n(inner(right)->children.begin(), right->count,
                        inner(left)->children.begin() + left->count);
            inner(left)->separators[left->count - std::size_t{1}] = node->separators[at];
            std::copy_n(inner(right)->separators.begin(), right->count - 1,
                        inner(left)->separators.begin() + left->count);
        }
        left->count = static_cast<std::uint16_t>(together);
        drop_child(node, depth, at + 1);
        return true;
    }

    void shrink_root() {
        while (depth_ > 0 && root_->count <= 1) {
            Node* only = root_->count == 1 ? inner(root_)->children[0] : nullptr;
            free_node(root_, depth_);
            root_ = only;
            --depth_;
            if (!only) depth_ = 0;
            if (!only) return;
        }
        if (root_->count == 0) {
            free_node(root_, 0);
            root_ = nullptr;
        }
    }

    template <typename Visit>
    void visit_under(const Node* node, int depth, Visit& visit) const {
        for (std::size_t i = 0; i < node->count; ++i) {
            if (depth == 0) {
                visit(leaf(node)->keys[i]);
            } else {
                visit_under(inner(node)->children[i], depth - 1, visit);
            }
        }
    }

    // nullptr if the way led to a place that is not filled.
    const Key* random_under(const Node* node, int depth, Random& random) const {
        std::uint64_t at = random.below(root_->count);
        for (; depth > 0; --depth) {
            node = inner(node)->children[at];
            at = random.below(depth == 1 ? kLeafKeys : kChildren);
            if (at >= node->count) return nullptr;
        }
        return &leaf(node)->keys[at];
    }

    bool none_empty(const Node* node, int depth) const {
        if (node->count == 0) return false;
        if (depth == 0) return true;
        for (std::size_t i = 0; i < node->count; ++i) {
            if (!none_empty(inner(node)->children[i], depth - 1)) return false;
        }
        return true;
    }

    void free_under(Node* node, int depth) {
        for (std::size_t i = 0; depth > 0 && i < node->count; ++i)
            free_under(inner(node)->children[i], depth - 1);
        free_node(node, depth);
    }

    Node* root_ = nullptr;
    int depth_ = 0;  // Of inner nodes above the leaves.
    std::size_t size_ = 0;
    std::size_t leaves_ = 0;
    std::size_t inners_ = 0;
};

}  // namespace pongo

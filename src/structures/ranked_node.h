// The two kinds of nodes that a RankedSet is made of, and the order of their items: by score, then by member
// (bytes as unsigned numbers, a prefix before what it begins).
//
// A leaf is one block of memory: 24 bytes of header, the scores of its items in order, room, and at the very
// end, growing downwards, their references (6 bytes each), in the same order. Its capacity is the number of
// items for which the allocator set memory aside.
//
// An inner node has, for each child, how many items are below and the first of them as far as a search needs
// it: the score, and the first eight bytes of the member as a number (its prefix).
//
// Thread rule: as a plain container.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/bytes.h"
#include "structures/member_table.h"

namespace pongo {

// The view is good until the set changes.
struct RankedItem {
    double score;
    std::string_view member;
};

inline bool operator<(const RankedItem& left, const RankedItem& right) {
    return left.score != right.score ? left.score < right.score : left.member < right.member;
}
inline bool operator==(const RankedItem& left, const RankedItem& right) {
    return left.score == right.score && left.member == right.member;
}

// Ascends as members do, though different ones may have the same.
inline std::uint64_t ranked_prefix(std::string_view member) {
    unsigned char bytes[8] = {};
    member.copy(reinterpret_cast<char*>(bytes), sizeof(bytes));
    std::uint64_t prefix = 0;
    for (const unsigned char byte : bytes) prefix = prefix << 8 | byte;
    return prefix;
}

class RankedLeaf {
  public:
    using Reference = MemberTable::Reference;

    static constexpr std::size_t kMostItems = 71;  // In 1 KB.

    // Neither says anything of neighbours; nullptr if there is no memory.
    static RankedLeaf* allocate(std::size_t items) noexcept;
    // The same leaf with room for so many items, most likely elsewhere; nullptr if there is no memory, and
    // then it stays as it is. REQUIRES: items >= leaf->count().
    static RankedLeaf* resize(RankedLeaf* leaf, std::size_t items) noexcept;
    static void free_block(RankedLeaf* leaf);

    std::size_t count() const { return count_; }
    std::size_t capacity() const { return capacity_; }
    bool is_full() const { return count_ == capacity_; }
    // Whether so much of the block is free that a smaller one pays.
    bool is_loose() const { return capacity_ > kFewItems && count_ <= capacity_ / 4u * 3u; }

    // REQUIRES for all that take an index: it is below count(), or for insert() not above.
    double score(std::size_t index) const { return load_as<double>(score_at(index)); }
    Reference reference(std::size_t index) const {
        Reference reference = 0;
        std::memcpy(&reference, reference_at(index), kReferenceBytes);
        return reference;
    }
    RankedItem item(std::size_t index, const MemberTable& members) const {
        return {score(index), members.member(reference(index))};
    }
    RankedItem first(const MemberTable& members) const { return item(0, members); }
    RankedItem last(const MemberTable& members) const { return item(count_ - 1u, members); }
    // The tables's pages of the items at `index` and the next ones, of which some are wanted soon.
    void prefetch_member(std::size_t index, const MemberTable& members) const {
        if (index < count_) members.prefetch(reference(index));
    }

    // The number of items whose score is below, or with `or_equal` not above, `score`.
    std::size_t count_before(double score, bool or_equal) const;
    // The index of the first item that is not below `item`.
    std::size_t lower_bound(const RankedItem& item, const MemberTable& members) const;
    // REQUIRES: an item with this score and reference is there.
    std::size_t index_of(double score, Reference reference) const;
    // Whether all items are below, or above, `item`: mostly the scores tell.
    bool is_below(const RankedItem& item, const MemberTable& members) const {
        const double highest = score(count_ - 1u);
        return highest != item.score ? highest < item.score : last(members) < item;
    }
    bool is_above(const RankedItem& item, const MemberTable& members) const {
        return score(0) != item.score ? item.score < score(0) : item < first(members);
    }

    // REQUIRES: not full.
    void insert(std::size_t index, double score, Reference reference);
    void erase(std::size_t index, std::size_t count);
    // Gives an item another score, and the place before what is now at `target`.
    void move(std::size_t index, std::size_t target, double score);
    // Copies items of another leaf behind the own ones. REQUIRES: there is room for them.
    void append(const RankedLeaf& other, std::size_t first, std::size_t count);

    void prefetch() const {
        for (std::size_t line = 0; line < kPrefetched; line += kLine) __builtin_prefetch(base() + line);
    }

    // Whether the invariants hold, for tests.
    bool valid(const MemberTable& members) const;

    RankedLeaf* previous = nullptr;
    RankedLeaf* next = nullptr;

  private:
    static constexpr std::size_t kReferenceBytes = MemberTable::kReferenceBytes;
    static constexpr std::size_t kItemBytes = sizeof(double) + kReferenceBytes;
    static constexpr std::size_t kFewItems = 4;
    static constexpr std::size_t kLine = 64;
    static constexpr std::size_t kPrefetched = 9 * kLine;  // Header and scores.

    const char* base() const { return reinterpret_cast<const char*>(this); }
    char* base() { return reinterpret_cast<char*>(this); }
    const char* score_at(std::size_t index) const {
        return base() + sizeof(RankedLeaf) + index * sizeof(double);
    }
    char* score_at(std::size_t index) { return base() + sizeof(RankedLeaf) + index * sizeof(double); }
    // The next ones stand before it.
    const char* reference_at(std::size_t index) const {
        return base() + sizeof(RankedLeaf) + capacity_ * kItemBytes - (index + 1) * kReferenceBytes;
    }
    char* reference_at(std::size_t index) {
        return const_cast<char*>(static_cast<const RankedLeaf*>(this)->reference_at(index));
    }
    static std::size_t block_bytes(std::size_t items);
    static std::size_t items_in(const void* block);
    // Moves the items of [first, last) to the indexes from `to` on.
    void move_items(std::size_t first, std::size_t last, std::size_t to);

    std::uint32_t count_ = 0;
    std::uint32_t capacity_ = 0;
};
static_assert(sizeof(RankedLeaf) == 24);

// What an inner node knows of a child.
struct RankedChild {
    void* node;
    std::uint64_t count;
    double score;
    std::uint64_t prefix;
};

struct RankedInner {
    static constexpr std::uint32_t kChildren = 63;

    RankedLeaf* leaf(std::size_t index) const { return static_cast<RankedLeaf*>(children[index]); }
    RankedInner* inner(std::size_t index) const { return static_cast<RankedInner*>(children[index]); }

    void set(std::size_t index, const RankedChild& child);
    // REQUIRES: count < kChildren.
    void insert(std::size_t index, const RankedChild& child);
    void erase(std::size_t index);
    // Moves the children from `first` on behind those of `other`. REQUIRES: there is room for them.
    void move_tail(std::size_t first, RankedInner& other);

    // Items under the first `end` children.
    std::uint64_t count_before(std::size_t end) const {
        std::uint64_t total = 0;
        for (std::size_t i = 0; i < end; ++i) total += counts[i];
        return total;
    }
    // The node as its parent knows it.
    RankedChild summary();

    std::uint64_t count = 0;
    std::array<double, kChildren> scores;
    std::array<std::uint64_t, kChildren> prefixes;
    std::array<std::uint64_t, kChildren> counts;
    std::array<void*, kChildren> children;
};

// A leaf as its parent knows it.
RankedChild ranked_summary(RankedLeaf* leaf, const MemberTable& members);

}  // namespace pongo

// The two kinds of nodes that a RankedSet is made of, and the order of their items: by score, then by member
// (bytes as unsigned numbers, a prefix before what it begins).
//
// A leaf is one block of memory:
//
//   24 bytes  header, the items in no particular order, room, and at the very end, growing downwards, the
//   offset of each item (2 bytes), in order
//
// An item is its score (8 bytes), the length of its member (a varint) and the member. A member of more than
// kInlineBytes lives in a Blob of its own: it has kInlineBytes + 1 for a length, and a pointer stands in its
// place.
//
// Invariants of a leaf:
//  1. Items ascend strictly in the order of the offsets; items and offsets do not overlap, and there are no
//  gaps between items.
//  2. Its capacity is what the allocator set aside.
//  3. The blobs of its items are referred to by the leaf, which counts them.
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
#include <utility>

#include "base/blob.h"

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

// An item on its way into a leaf. Its blob is allocated before anything changes.
class RankedEntry {
  public:
    RankedEntry(double score, std::string_view member);
    RankedEntry(double score, BlobRef blob) : item_{score, blob->view()}, blob_(std::move(blob)) {}

    const RankedItem& item() const { return item_; }
    // In the leaf, without its offset.
    std::size_t size() const;

  private:
    friend class RankedLeaf;

    RankedItem item_;
    BlobRef blob_;
};

// Its owner keeps the account of the heap memory of blocks; `bytes` takes that of the blobs along.
class RankedLeaf {
  public:
    static constexpr std::size_t kInlineBytes = 512;
    static constexpr std::size_t kOffsetBytes = sizeof(std::uint16_t);
    static constexpr std::size_t kSmallestBlock = 64;

    // Neither says anything of neighbours. `content` counts header, items and offsets; nullptr if there is no
    // memory.
    static RankedLeaf* allocate(std::size_t content) noexcept;
    // The same leaf with room for `content`, most likely elsewhere; nullptr if there is no memory, and then
    // it stays as it is. REQUIRES: content >= leaf->content().
    static RankedLeaf* resize(RankedLeaf* leaf, std::size_t content) noexcept;
    // Of the block only: the blobs are somebody else's now.
    static void free_block(RankedLeaf* leaf);

    std::size_t count() const { return count_; }
    std::size_t capacity() const { return capacity_; }
    // Bytes in use.
    std::size_t content() const { return used_ + count_ * kOffsetBytes; }
    bool has_room(std::size_t item_size) const { return content() + item_size + kOffsetBytes <= capacity_; }
    // Whether so much of the block is free that a smaller one pays.
    bool is_loose() const { return capacity_ >= 2 * kSmallestBlock && content() <= capacity_ / 4u * 3u; }

    // REQUIRES for all that take an index: it is below count(), or for insert() not above.
    double score(std::size_t index) const {
        double score;
        std::memcpy(&score, item_at(index), sizeof(score));
        return score;
    }
    RankedItem item(std::size_t index) const;
    RankedItem first() const { return item(0); }
    RankedItem last() const { return item(count_ - 1u); }
    // Without its offset.
    std::size_t item_size(std::size_t index) const;
    // Another reference to the blob of a long member; none if it is short.
    BlobRef share_blob(std::size_t index) const;

    // The number of items for which `before` holds. REQUIRES: they are the first ones.
    template <typename Before>
    std::size_t partition_point(Before&& before) const {
        std::size_t low = 0;
        for (std::size_t length = count_; length > 0;) {
            const std::size_t half = length / 2;
            const bool passed = before(*this, low + half);
            low = passed ? low + half + 1 : low;
            length = passed ? length - half - 1 : half;
        }
        return low;
    }
    // The index of the first item that is not below `item`.
    std::size_t lower_bound(const RankedItem& item) const;

    // REQUIRES: has_room(entry.size()).
    void insert(std::size_t index, RankedEntry&& entry, std::size_t& bytes);
    void erase(std::size_t index, std::size_t count, std::size_t& bytes);
    // Gives an item another score, and the place before what is now at `target`.
    void move(std::size_t index, std::size_t target, double score);
    // Copies items of another leaf behind the own ones; the other one is to give up their blobs. REQUIRES:
    // there is room for them.
    void append(const RankedLeaf& other, std::size_t first, std::size_t count);

    void prefetch() const {
        for (std::size_t line = 0; line < kPrefetched; line += kLine) __builtin_prefetch(base() + line);
    }

    // Whether the invariants hold, for tests; adds what its blobs take.
    bool valid(std::size_t& blob_bytes) const;

    RankedLeaf* previous = nullptr;
    RankedLeaf* next = nullptr;

  private:
    static constexpr std::size_t kLine = 64;
    static constexpr std::size_t kPrefetched = 8 * kLine;

    const char* base() const { return reinterpret_cast<const char*>(this); }
    char* base() { return reinterpret_cast<char*>(this); }
    // The next ones stand before it.
    const char* offset_at(std::size_t index) const { return base() + capacity_ - kOffsetBytes * (index + 1); }
    char* offset_at(std::size_t index) { return base() + capacity_ - kOffsetBytes * (index + 1); }
    std::uint16_t offset(std::size_t index) const {
        std::uint16_t offset;
        std::memcpy(&offset, offset_at(index), sizeof(offset));
        return offset;
    }
    void set_offset(std::size_t index, std::size_t offset) {
        const auto narrow = static_cast<std::uint16_t>(offset);
        std::memcpy(offset_at(index), &narrow, sizeof(narrow));
    }
    // Moves the offsets of [first, last) to the indexes from `to` on.
    void move_offsets(std::size_t first, std::size_t last, std::size_t to);
    const char* item_at(std::size_t index) const { return base() + offset(index); }
    char* item_at(std::size_t index) { return base() + offset(index); }
    void erase_one(std::size_t index);
    void drop_blobs(std::size_t index, std::size_t count, std::size_t& bytes);
    void adopt_block(std::size_t offsets_end);

    std::uint16_t used_ = sizeof(RankedLeaf);  // Bytes of header and items.
    std::uint16_t capacity_ = 0;
    std::uint16_t count_ = 0;
    std::uint16_t blobs_ = 0;
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
RankedChild ranked_summary(RankedLeaf* leaf);

}  // namespace pongo

#include "structures/ranked_node.h"

#include <bit>
#include <cstdlib>
#include <new>
#include <utility>

#include "base/check.h"
#include "base/memory_usage.h"

namespace pongo {
namespace {

constexpr std::size_t kSmallestBlock = 64;

// Not inlined, lest the compiler conclude that nothing behind the size asked for may be touched: a leaf uses
// all that the allocator set aside.
[[gnu::noinline]] void* allocate_block(std::size_t size) {
    return std::malloc(size);
}

template <typename Array>
void move_elements(Array& array, std::size_t first, std::size_t last, std::size_t to) {
    std::memmove(array.data() + to, array.data() + first, (last - first) * sizeof(array[0]));
}

}  // namespace

// In steps of an eighth to a quarter, so that a growing leaf does not move for each item.
std::size_t RankedLeaf::block_bytes(std::size_t items) {
    const std::size_t content = sizeof(RankedLeaf) + items * kItemBytes;
    if (content <= kSmallestBlock) return kSmallestBlock;
    const std::size_t step = std::bit_floor(content - 1) / 4;
    return (content + step - 1) / step * step;
}

std::size_t RankedLeaf::items_in(const void* block) {
    return std::min((allocation_size(block) - sizeof(RankedLeaf)) / kItemBytes, kMostItems);
}

RankedLeaf* RankedLeaf::allocate(std::size_t items) noexcept {
    DCHECK(items <= kMostItems);
    void* block = allocate_block(block_bytes(items));
    if (!block) return nullptr;
    auto* leaf = new (block) RankedLeaf;
    leaf->capacity_ = static_cast<std::uint32_t>(items_in(block));
    return leaf;
}

RankedLeaf* RankedLeaf::resize(RankedLeaf* leaf, std::size_t items) noexcept {
    DCHECK(items >= leaf->count());
    RankedLeaf* resized = allocate(items);
    if (!resized) return nullptr;
    resized->append(*leaf, 0, leaf->count_);
    resized->previous = leaf->previous;
    resized->next = leaf->next;
    free_block(leaf);
    return resized;
}

void RankedLeaf::free_block(RankedLeaf* leaf) {
    std::free(leaf);
}

std::size_t RankedLeaf::count_before(double score, bool or_equal) const {
    std::size_t low = 0;
    for (std::size_t length = count_; length > 0;) {
        const std::size_t half = length / 2;
        const double other = this->score(low + half);
        const bool passed = or_equal ? other <= score : other < score;
        low = passed ? low + half + 1 : low;
        length = passed ? length - half - 1 : half;
    }
    return low;
}

std::size_t RankedLeaf::lower_bound(const RankedItem& item, const MemberTable& members) const {
    std::size_t low = count_before(item.score, false);
    if (low == count_ || score(low) != item.score) return low;
    for (std::size_t length = count_before(item.score, true) - low; length > 0;) {
        const std::size_t half = length / 2;
        const bool passed = members.member(reference(low + half)) < item.member;
        low = passed ? low + half + 1 : low;
        length = passed ? length - half - 1 : half;
    }
    return low;
}

std::size_t RankedLeaf::index_of(double score, Reference reference) const {
    std::size_t index = count_before(score, false);
    while (index < count_ && this->reference(index) != reference) ++index;
    CHECK(index < count_);
    return index;
}

void RankedLeaf::move_items(std::size_t first, std::size_t last, std::size_t to) {
    if (first == last) return;
    const std::size_t count = last - first;
    std::memmove(score_at(to), score_at(first), count * sizeof(double));
    std::memmove(reference_at(to + count - 1), reference_at(last - 1), count * kReferenceBytes);
}

void RankedLeaf::insert(std::size_t index, double score, Reference reference) {
    DCHECK(index <= count_ && !is_full());
    move_items(index, count_, index + 1);
    store_as(score_at(index), score);
    std::memcpy(reference_at(index), &reference, kReferenceBytes);
    ++count_;
}

void RankedLeaf::erase(std::size_t index, std::size_t count) {
    DCHECK(index + count <= count_);
    move_items(index + count, count_, index);
    count_ -= static_cast<std::uint32_t>(count);
}

void RankedLeaf::move(std::size_t index, std::size_t target, double score) {
    const Reference moved = reference(index);
    if (target > index) {
        move_items(index + 1, target, index);
        index = target - 1;
    } else {
        move_items(target, index, target + 1);
        index = target;
    }
    store_as(score_at(index), score);
    std::memcpy(reference_at(index), &moved, kReferenceBytes);
}

void RankedLeaf::append(const RankedLeaf& other, std::size_t first, std::size_t count) {
    DCHECK(count_ + count <= capacity_);
    if (count == 0) return;
    std::memcpy(score_at(count_), other.score_at(first), count * sizeof(double));
    std::memcpy(reference_at(count_ + count - 1), other.reference_at(first + count - 1),
                count * kReferenceBytes);
    count_ += static_cast<std::uint32_t>(count);
}

bool RankedLeaf::valid(const MemberTable& members) const {
    if (count_ == 0 || count_ > capacity_ || capacity_ != items_in(this)) return false;
    for (std::size_t i = 1; i < count_; ++i) {
        if (!(item(i - 1, members) < item(i, members))) return false;
    }
    return true;
}

void RankedInner::set(std::size_t index, const RankedChild& child) {
    scores[index] = child.score;
    prefixes[index] = child.prefix;
    counts[index] = child.count;
    children[index] = child.node;
}

void RankedInner::insert(std::size_t index, const RankedChild& child) {
    DCHECK(count < kChildren && index <= count);
    move_elements(scores, index, count, index + 1);
    move_elements(prefixes, index, count, index + 1);
    move_elements(counts, index, count, index + 1);
    move_elements(children, index, count, index + 1);
    ++count;
    set(index, child);
}

void RankedInner::erase(std::size_t index) {
    move_elements(scores, index + 1, count, index);
    move_elements(prefixes, index + 1, count, index);
    move_elements(counts, index + 1, count, index);
    move_elements(children, index + 1, count, index);
    --count;
}

void RankedInner::move_tail(std::size_t first, RankedInner& other) {
    DCHECK(count - first + other.count <= kChildren);
    for (std::size_t i = first; i < count; ++i) {
        other.set(other.count++, {children[i], counts[i], scores[i], prefixes[i]});
    }
    count = first;
}

RankedChild RankedInner::summary() {
    return {this, count_before(count), scores[0], prefixes[0]};
}

RankedChild ranked_summary(RankedLeaf* leaf, const MemberTable& members) {
    const RankedItem first = leaf->first(members);
    return {leaf, leaf->count(), first.score, ranked_prefix(first.member)};
}

}  // namespace pongo

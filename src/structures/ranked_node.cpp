#include "structures/ranked_node.h"

#include <bit>
#include <cstdlib>
#include <new>
#include <utility>

#include "base/check.h"
#include "base/memory_usage.h"
#include "structures/packed_length.h"

namespace pongo {
namespace {

constexpr std::uint32_t kOutside = RankedLeaf::kInlineBytes + 1;  // The length that stands for a Blob.
constexpr std::size_t kLargestBlock = UINT16_MAX & ~std::size_t{7};

static_assert(kOutside <= kMaxPackedLength);

constexpr std::size_t bytes_of_member(std::size_t length) {
    return length == kOutside ? sizeof(Blob*) : length;
}

// How an item stands in a leaf.
struct Head {
    explicit Head(const char* item) : member(item + sizeof(double)), length(read_length(member)) {}
    bool has_blob() const { return length == kOutside; }
    Blob* blob() const {
        Blob* blob;
        std::memcpy(&blob, member, sizeof(blob));
        return blob;
    }
    const char* end() const { return member + bytes_of_member(length); }

    const char* member;
    std::uint32_t length;
};

// In steps of an eighth to a quarter, so that a growing leaf does not move for each item.
std::size_t block_size(std::size_t content) {
    if (content <= RankedLeaf::kSmallestBlock) return RankedLeaf::kSmallestBlock;
    const std::size_t step = std::bit_floor(content - 1) / 4;
    return (content + step - 1) / step * step;
}

// Not inlined, lest the compiler conclude that nothing behind the size asked for may be touched: a leaf uses
// all that the allocator set aside.
[[gnu::noinline]] void* reallocate(void* block, std::size_t size) {
    return std::realloc(block, size);
}

template <typename Array>
void move_elements(Array& array, std::size_t first, std::size_t last, std::size_t to) {
    std::memmove(array.data() + to, array.data() + first, (last - first) * sizeof(array[0]));
}

}  // namespace

RankedEntry::RankedEntry(double score, std::string_view member) : item_{score, member} {
    if (member.size() > RankedLeaf::kInlineBytes) blob_ = BlobRef::copy_of(member, member.size());
}

std::size_t RankedEntry::size() const {
    const std::size_t length = blob_ ? kOutside : item_.member.size();
    return sizeof(double) + bytes_of_length(length) + bytes_of_member(length);
}

RankedLeaf* RankedLeaf::allocate(std::size_t content) noexcept {
    void* block = reallocate(nullptr, block_size(content));
    if (!block) return nullptr;
    auto* leaf = new (block) RankedLeaf;
    leaf->adopt_block(0);
    return leaf;
}

RankedLeaf* RankedLeaf::resize(RankedLeaf* leaf, std::size_t content) noexcept {
    DCHECK(content >= leaf->content());
    // The offsets wait behind the items, where the smaller block still has them.
    const std::size_t offsets_end = leaf->content();
    std::memmove(leaf->base() + leaf->used_, leaf->offset_at(leaf->count_ - std::size_t{1}),
                 leaf->count_ * kOffsetBytes);
    void* block = reallocate(leaf, block_size(content));
    auto* resized = block ? static_cast<RankedLeaf*>(block) : leaf;
    resized->adopt_block(offsets_end);
    return block ? resized : nullptr;
}

void RankedLeaf::free_block(RankedLeaf* leaf) {
    std::free(leaf);
}

// The offsets still end at `offsets_end`.
void RankedLeaf::adopt_block(std::size_t offsets_end) {
    capacity_ = static_cast<std::uint16_t>(std::min(allocation_size(this), kLargestBlock) & ~std::size_t{7});
    const std::size_t size = count_ * kOffsetBytes;
    if (count_ != 0) std::memmove(base() + capacity_ - size, base() + offsets_end - size, size);
}

RankedItem RankedLeaf::item(std::size_t index) const {
    const Head head(item_at(index));
    return {score(index), head.has_blob() ? head.blob()->view() : std::string_view(head.member, head.length)};
}

std::size_t RankedLeaf::item_size(std::size_t index) const {
    const char* item = item_at(index);
    return static_cast<std::size_t>(Head(item).end() - item);
}

BlobRef RankedLeaf::share_blob(std::size_t index) const {
    const Head head(item_at(index));
    return head.has_blob() ? BlobRef::share(head.blob()) : BlobRef();
}

std::size_t RankedLeaf::lower_bound(const RankedItem& item) const {
    return partition_point([&item](const RankedLeaf& leaf, std::size_t index) {
        const double score = leaf.score(index);
        return score != item.score ? score < item.score : leaf.item(index).member < item.member;
    });
}

void RankedLeaf::move_offsets(std::size_t first, std::size_t last, std::size_t to) {
    if (first == last) return;
    const std::size_t count = last - first;
    std::memmove(offset_at(to + count - 1), offset_at(last - 1), count * kOffsetBytes);
}

void RankedLeaf::insert(std::size_t index, RankedEntry&& entry, std::size_t& bytes) {
    DCHECK(index <= count_ && has_room(entry.size()));
    const std::size_t size = entry.size();
    const std::string_view member = entry.item_.member;
    char* at = base() + used_;
    std::memcpy(at, &entry.item_.score, sizeof(double));
    at += sizeof(double);
    if (entry.blob_) {
        Blob* blob = entry.blob_.release();
        bytes += allocation_size(blob);
        ++blobs_;
        std::memcpy(write_length(at, kOutside), &blob, sizeof(blob));
    } else {
        member.copy(write_length(at, static_cast<std::uint32_t>(member.size())), member.size());
    }
    ++count_;
    move_offsets(index, count_ - std::size_t{1}, index + 1);
    set_offset(index, used_);
    used_ = static_cast<std::uint16_t>(used_ + size);
}

void RankedLeaf::erase(std::size_t index, std::size_t count, std::size_t& bytes) {
    DCHECK(index + count <= count_);
    if (blobs_ != 0) drop_blobs(index, count, bytes);
    if (count == count_) {
        used_ = sizeof(RankedLeaf);
        count_ = 0;
        return;
    }
    for (std::size_t i = index + count; i-- > index;) erase_one(i);
}

void RankedLeaf::drop_blobs(std::size_t index, std::size_t count, std::size_t& bytes) {
    for (std::size_t i = index; i < index + count; ++i) {
        const Head head(item_at(i));
        if (!head.has_blob()) continue;
        bytes -= allocation_size(head.blob());
        head.blob()->drop_reference();
        --blobs_;
    }
}

void RankedLeaf::erase_one(std::size_t index) {
    const std::size_t at = offset(index);
    const std::size_t size = item_size(index);
    std::memmove(base() + at, base() + at + size, used_ - at - size);
    used_ = static_cast<std::uint16_t>(used_ - size);
    move_offsets(index + 1, count_, index);
    --count_;
    for (std::size_t i = 0; i < count_; ++i) {
        const std::size_t other = offset(i);
        set_offset(i, other > at ? other - size : other);
    }
}

void RankedLeaf::move(std::size_t index, std::size_t target, double score) {
    const std::size_t at = offset(index);
    std::memcpy(base() + at, &score, sizeof(score));
    if (target > index) {
        move_offsets(index + 1, target, index);
        set_offset(target - 1, at);
    } else {
        move_offsets(target, index, target + 1);
        set_offset(target, at);
    }
}

void RankedLeaf::append(const RankedLeaf& other, std::size_t first, std::size_t count) {
    for (std::size_t i = first; i < first + count; ++i) {
        const std::size_t size = other.item_size(i);
        std::memcpy(base() + used_, other.item_at(i), size);
        blobs_ = static_cast<std::uint16_t>(blobs_ + Head(other.item_at(i)).has_blob());
        set_offset(count_++, used_);
        used_ = static_cast<std::uint16_t>(used_ + size);
    }
    DCHECK(content() <= capacity_);
}

bool RankedLeaf::valid(std::size_t& blob_bytes) const {
    const std::size_t allocated = std::min(allocation_size(this), kLargestBlock) & ~std::size_t{7};
    if (count_ == 0 || capacity_ != allocated || content() > capacity_) return false;
    std::size_t size = sizeof(RankedLeaf);
    std::size_t blobs = 0;
    for (std::size_t i = 0; i < count_; ++i) {
        const Head head(item_at(i));
        if (offset(i) < sizeof(RankedLeaf) || offset(i) + item_size(i) > used_) return false;
        if (head.length > kOutside || head.has_blob() != (item(i).member.size() > kInlineBytes)) return false;
        if (i > 0 && !(item(i - 1) < item(i))) return false;
        size += item_size(i);
        if (head.has_blob()) blob_bytes += allocation_size(head.blob());
        blobs += head.has_blob();
    }
    return size == used_ && blobs == blobs_;
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

RankedChild ranked_summary(RankedLeaf* leaf) {
    const RankedItem first = leaf->first();
    return {leaf, leaf->count(), first.score, ranked_prefix(first.member)};
}

}  // namespace pongo

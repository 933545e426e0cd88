#include "structures/packed_list.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <new>

#include "base/check.h"
#include "base/memory_usage.h"

namespace pongo {
namespace {

// What a listpack has beside its elements.
constexpr std::size_t kFrame = 7;

// Blocks up to this size are not worth a smaller one.
constexpr std::size_t kSmallBlock = 64;

}  // namespace

BlockLimits BlockLimits::of_option(std::int64_t option) {
    constexpr std::array<std::size_t, 5> kBytes = {4096, 8192, 16384, 32768, 65536};
    if (option >= 0) return {kBytes[1], std::max<std::size_t>(1, static_cast<std::size_t>(option))};
    const auto index = static_cast<std::size_t>(-(option + 1));
    return {kBytes[std::min(index, kBytes.size() - 1)], SIZE_MAX};
}

ListBlock::ListBlock(std::string_view bytes)
    : block_(static_cast<char*>(std::malloc(bytes.size()))),
      size_(static_cast<std::uint32_t>(bytes.size())),
      elements_(static_cast<std::uint32_t>(Listpack(bytes).size())) {
    if (!block_) throw std::bad_alloc();
    std::memcpy(block_, bytes.data(), bytes.size());
}

ListBlock::~ListBlock() {
    std::free(block_);
}

void ListBlock::move_to_block(std::size_t more, Room where) {
    auto* const block = static_cast<char*>(std::malloc(size_ + more));
    if (!block) throw std::bad_alloc();
    const std::size_t start = where == Room::InFront ? allocation_size(block) - size_ : 0;
    std::memcpy(block + start, block_ + start_, size_);
    std::free(block_);
    block_ = block;
    start_ = static_cast<std::uint32_t>(start);
}

// What stands in front of the place moves when that is less than what stands behind it, and there is room.
char* ListBlock::splice(std::size_t offset, std::size_t erased, std::size_t inserted) {
    DCHECK(!is_compressed());
    packed_size_ = 0;
    if (inserted == erased) return block_ + start_;
    const std::size_t tail = size_ - offset - erased;
    const Room where = offset < tail ? Room::InFront : Room::Behind;
    const std::size_t capacity = allocation_size(block_);
    if (inserted > erased) {
        const std::size_t more = inserted - erased;
        const std::size_t room = where == Room::InFront ? start_ : capacity - start_ - size_;
        if (room < more) move_to_block(more, where);
    }
    char* const begin = block_ + start_;
    if (where == Room::InFront) {
        start_ = static_cast<std::uint32_t>(start_ + erased - inserted);
        std::memmove(block_ + start_, begin, offset);
    } else {
        std::memmove(begin + offset + inserted, begin + offset + erased, tail);
    }
    size_ = static_cast<std::uint32_t>(offset + inserted + tail);
    if (inserted < erased && capacity > kSmallBlock && size_ <= capacity / 4 * 3) shrink();
    return block_ + start_;
}

// Gives back what is free, if there is a smaller block; without the memory for it, all stays as it is.
void ListBlock::shrink() {
    auto* const block = static_cast<char*>(std::malloc(size_));
    if (!block) return;
    if (allocation_size(block) >= allocation_size(block_)) return std::free(block);
    std::memcpy(block, block_ + start_, size_);
    std::free(block_);
    block_ = block;
    start_ = 0;
}

void ListBlock::compress() {
    if (packed_size_ != 0) return;
    packed_size_ = kIncompressible;
    char* const packed = packed_block::pack(view(), packed_size_);
    if (!packed) return;
    std::free(block_);
    block_ = packed;
    start_ = 0;
}

void ListBlock::decompress() {
    if (!is_compressed()) return;
    ListBlock plain(view());
    *this = std::move(plain);
}

std::size_t ListBlock::bytes() const {
    return allocation_size(block_);
}

std::size_t PackedList::bytes() const {
    if (blocks_.empty()) return 0;
    // A deque has chunks of that size, and a table of them.
    constexpr std::size_t kChunkBytes = 512;
    constexpr std::size_t kLeastTable = 8;
    const std::size_t chunks = blocks_.size() * sizeof(ListBlock) / kChunkBytes + 1;
    std::size_t total = chunks * kChunkBytes + std::max(chunks + 2, kLeastTable) * sizeof(void*);
    for (const ListBlock& block : blocks_) total += block.bytes();
    return total;
}

PackedList::Cursor PackedList::next(Cursor cursor) const {
    const Listpack list = blocks_[cursor.block].list();
    cursor.at = list.next(cursor.at);
    return cursor.at == list.end() ? Cursor{cursor.block + 1, Listpack::kHeader} : cursor;
}

PackedList::Cursor PackedList::previous(Cursor cursor) const {
    if (cursor.at == Listpack::kHeader) cursor = {cursor.block - 1, blocks_[cursor.block - 1].list().end()};
    return {cursor.block, blocks_[cursor.block].list().previous(cursor.at)};
}

PackedList::Cursor PackedList::seek(std::uint64_t index) const {
    if (index >= size_) return end();
    std::size_t block = 0;
    if (index < size_ / 2) {
        while (index >= blocks_[block].elements()) index -= blocks_[block++].elements();
    } else {
        std::uint64_t first = size_;  // Of the block that is looked at.
        for (block = blocks_.size(); first > index;) first -= blocks_[--block].elements();
        index -= first;
    }
    return {block, blocks_[block].list().seek(static_cast<std::int64_t>(index))};
}

bool PackedList::has_room(std::size_t block, std::size_t added, const BlockLimits& limits) const {
    return block < blocks_.size() &&
           limits.allow(blocks_[block].size() + added, blocks_[block].elements() + 1);
}

void PackedList::insert_into(std::size_t block, Listpack::Position at, std::string_view text) {
    ListpackEditor(to_change(block)).insert(at, text);
    blocks_[block].note_change(1);
    ++size_;
}

void PackedList::insert_block(std::size_t before, std::string_view text) {
    put_block(before, ListBlock());
    insert_into(before, Listpack::kHeader, text);
}

void PackedList::push_front(std::string_view text, const BlockLimits& limits) {
    if (has_room(0, Listpack::encoded_size(text), limits)) {
        insert_into(0, Listpack::kHeader, text);
    } else {
        insert_block(0, text);
    }
}

void PackedList::push_back(std::string_view text, const BlockLimits& limits) {
    const std::size_t last = blocks_.size() - 1;
    if (!blocks_.empty() && has_room(last, Listpack::encoded_size(text), limits)) {
        insert_into(last, blocks_[last].list().end(), text);
    } else {
        insert_block(blocks_.size(), text);
    }
}

void PackedList::insert(Cursor cursor, std::string_view text, const BlockLimits& limits) {
    if (cursor == end()) return push_back(text, limits);
    const std::size_t added = Listpack::encoded_size(text);
    if (has_room(cursor.block, added, limits)) return insert_into(cursor.block, cursor.at, text);
    if (cursor.at != Listpack::kHeader) {
        split(cursor);
        cursor = {cursor.block + 1, Listpack::kHeader};
    }
    // Now it goes between two blocks: to the end of the first or to the beginning of the second.
    if (cursor.block > 0 && has_room(cursor.block - 1, added, limits)) {
        insert_into(cursor.block - 1, blocks_[cursor.block - 1].list().end(), text);
    } else if (has_room(cursor.block, added, limits)) {
        insert_into(cursor.block, Listpack::kHeader, text);
    } else {
        insert_block(cursor.block, text);
    }
    join_around(cursor.block, limits);
}

void PackedList::replace(Cursor cursor, std::string_view text, const BlockLimits& limits) {
    ListBlock& block = to_change(cursor.block);
    const std::size_t before = block.list().next(cursor.at) - cursor.at;
    const std::size_t size = block.view().size() - before + Listpack::encoded_size(text);
    if (block.elements() == 1 || limits.allow(size, block.elements()) || size <= block.view().size()) {
        ListpackEditor(block).replace(cursor.at, text);
        return;
    }
    insert(erase(cursor), text, limits);
}

PackedList::Cursor PackedList::erase(Cursor cursor, std::uint64_t count) {
    if (cursor.at != Listpack::kHeader) cursor = erase_some(cursor, count);
    const auto first = blocks_.begin() + static_cast<std::ptrdiff_t>(cursor.block);
    auto last = first;
    for (; last != blocks_.end() && last->elements() <= count; ++last) {
        count -= last->elements();
        size_ -= last->elements();
    }
    erase_blocks(cursor.block, static_cast<std::size_t>(last - blocks_.begin()));
    return count == 0 || cursor == end() ? cursor : erase_some(cursor, count);
}

// Up to the end of the block; `count` becomes how many are left to erase. REQUIRES: not all of the block.
PackedList::Cursor PackedList::erase_some(Cursor cursor, std::uint64_t& count) {
    ListBlock& block = to_change(cursor.block);
    const std::size_t before = block.list().size();
    cursor.at = ListpackEditor(block).erase(cursor.at, count);
    const std::size_t gone = before - block.list().size();
    block.note_change(-static_cast<std::int64_t>(gone));
    size_ -= gone;
    count -= gone;
    return cursor.at == block.list().end() ? Cursor{cursor.block + 1, Listpack::kHeader} : cursor;
}

void PackedList::erase_within(std::size_t index, std::span<const Listpack::Position> places) {
    if (places.empty()) return;
    ListBlock& block = to_change(index);
    if (places.size() < block.elements()) ListpackEditor(block).erase_all(places);
    block.note_change(-static_cast<std::int64_t>(places.size()));
    size_ -= places.size();
}

// Those that erase_within() has left.
void PackedList::erase_emptied() {
    const auto is_emptied = [](const ListBlock& block) { return block.elements() == 0; };
    for (std::size_t i = blocks_.size(); watcher_ && i > 0; --i) {
        if (is_emptied(blocks_[i - 1])) watcher_->erased(i - 1, i);
    }
    std::erase_if(blocks_, is_emptied);
}

void PackedList::put_block(std::size_t before, ListBlock&& block) {
    blocks_.insert(blocks_.begin() + static_cast<std::ptrdiff_t>(before), std::move(block));
    if (watcher_) watcher_->inserted(before);
}

void PackedList::clear() {
    DCHECK(!watcher_);
    blocks_.clear();
    blocks_.shrink_to_fit();
    size_ = 0;
    compressed_ = 0;
}

void PackedList::erase_blocks(std::size_t first, std::size_t last) {
    const auto begin = blocks_.begin() + static_cast<std::ptrdiff_t>(first);
    const auto end = blocks_.begin() + static_cast<std::ptrdiff_t>(last);
    compressed_ -=
        static_cast<std::size_t>(std::count_if(begin, end, std::mem_fn(&ListBlock::is_compressed)));
    for (std::size_t i = first; watcher_ && i < last; ++i) watcher_->before_erase(i, blocks_[i]);
    blocks_.erase(begin, end);
    if (watcher_) watcher_->erased(first, last);
}

void PackedList::compress(ListBlock& block) {
    if (block.is_compressed()) return;
    block.compress();
    if (block.is_compressed()) ++compressed_;
}

void PackedList::decompress(ListBlock& block) {
    if (!block.is_compressed()) return;
    block.decompress();
    --compressed_;
}

ListBlock& PackedList::to_change(std::size_t block) {
    if (watcher_) [[unlikely]]
        watcher_->before_change(block);
    decompress(blocks_[block]);
    return blocks_[block];
}

void PackedList::open_ends(std::size_t count) {
    const std::size_t blocks = blocks_.size();
    for (std::size_t i = 0; i < std::min(count, blocks); ++i) {
        decompress(blocks_[i]);
        decompress(blocks_[blocks - 1 - i]);
    }
}

void PackedList::compress_inner(std::size_t around, const BlockLimits& limits) {
    const std::size_t depth = limits.compress_depth;
    open_ends(std::max<std::size_t>(depth, 1));
    if (depth == 0 || blocks_.size() / 2 < depth) return;
    const std::size_t end = blocks_.size() - depth;
    const auto compress_at = [&](std::size_t block) {
        if (block >= depth && block < end) compress(blocks_[block]);
    };
    // Inserting in the middle of a block makes up to three of it.
    const std::size_t first = around - std::min<std::size_t>(around, 1);
    for (std::size_t block = first; block <= around + 2; ++block) compress_at(block);
    compress_at(depth);
    compress_at(end - 1);
}

void PackedList::compress_all_inner(const BlockLimits& limits) {
    const std::size_t depth = limits.compress_depth;
    open_ends(std::max<std::size_t>(depth, 1));
    if (depth == 0) return;
    for (std::size_t i = depth; i + depth < blocks_.size(); ++i) compress(blocks_[i]);
}

void PackedList::append_blocks_of(const PackedList& other) {
    for (const ListBlock& block : other.blocks_) {
        append_block(block.view());
        if (block.is_compressed()) compress(blocks_.back());
    }
}

void PackedList::append_block(std::string_view listpack) {
    put_block(blocks_.size(), ListBlock(listpack));
    size_ += blocks_.back().elements();
}

// The element at `cursor` becomes the first of a block of its own. REQUIRES: it is not the first of its
// block.
void PackedList::split(Cursor cursor) {
    ListBlock& block = to_change(cursor.block);
    ListBlock rest(block.view());
    std::size_t moved = 0;
    for (auto at = cursor.at; at != block.list().end(); at = block.list().next(at)) ++moved;
    const std::size_t stay = block.elements() - moved;
    ListpackEditor(block).erase(cursor.at, moved);
    block.note_change(-static_cast<std::int64_t>(moved));
    ListpackEditor(rest).erase(Listpack::kHeader, stay);
    rest.note_change(-static_cast<std::int64_t>(stay));
    put_block(cursor.block + 1, std::move(rest));
}

void PackedList::join_around(std::size_t block, const BlockLimits& limits) {
    try_join(block, limits);
    if (block > 0) try_join(block - 1, limits);
}

// With the next one, if both together are no more than half of what is allowed.
bool PackedList::try_join(std::size_t block, const BlockLimits& limits) {
    if (block + 1 >= blocks_.size()) return false;
    const ListBlock& second = blocks_[block + 1];
    const std::size_t size = blocks_[block].size() + second.size() - kFrame;
    const std::size_t elements = blocks_[block].elements() + second.elements();
    if (!limits.allow(size * 2, elements * 2)) return false;
    ListBlock& first = to_change(block);
    for (auto at = second.list().begin(); at != second.list().end(); at = second.list().next(at)) {
        std::array<char, kMaxInt64Digits> digits;
        ListpackEditor(first).push_back(second.list()[at].text(digits));
    }
    first.note_change(static_cast<std::int64_t>(second.elements()));
    erase_blocks(block + 1, block + 2);
    return true;
}

bool PackedList::valid(const BlockLimits& limits) const {
    std::uint64_t counted = 0;
    std::size_t compressed = 0;
    for (const ListBlock& block : blocks_) {
        if (!Listpack::valid(block.view()) || block.elements() == 0) return false;
        if (block.elements() != block.list().size()) return false;
        if (block.elements() > 1 && !limits.allow(block.view().size(), block.elements())) return false;
        counted += block.elements();
        if (block.is_compressed()) ++compressed;
    }
    return counted == size_ && compressed == compressed_;
}

}  // namespace pongo

// A long list of byte strings as a row of listpacks: what a Redis list grows into.
//
// Invariants:
//  1. No block is empty, and size() is the sum of their elements.
//  2. A block holds no more than the limits allow, unless it is one element that is too large by itself, or
//  was there already when the limits were lowered.
//  3. compressed_ is how many blocks are compressed.
//  4. The first and the last block are not compressed, once compress_inner() was called after a change.
//
// Pushing and popping at both ends takes constant time; what happens in the middle moves one block's bytes
// and the row of blocks, 32 bytes each.
//
// Thread rule: as a plain container.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string_view>
#include <utility>

#include "structures/byte_store.h"
#include "structures/listpack.h"
#include "structures/packed_block.h"

namespace pongo {

// How much goes into one block.
struct BlockLimits {
    std::size_t bytes = 8192;
    std::size_t elements = SIZE_MAX;
    // How many blocks at each end are never compressed; 0 if no block is.
    std::size_t compress_depth = 0;

    // The meaning of Redis's option list-max-listpack-size: that many elements if positive, and otherwise one
    // of five sizes in bytes, from 4 KiB at -1 to 64 KiB at -5.
    static BlockLimits of_option(std::int64_t option);
    bool allow(std::size_t block_bytes, std::size_t block_elements) const {
        return block_bytes <= bytes && block_elements <= elements;
    }
};

// One listpack on the heap, with the number of its elements at hand. It may have room in front of it and
// behind it, so that pushing and popping at either end move no bytes but its header.
//
// It may be compressed, which is for reading: view() then is in memory of the calling thread, where it stays
// until this thread reads another compressed block.
class ListBlock : public ByteStore {
  public:
    // REQUIRES: `bytes` are a listpack.
    explicit ListBlock(std::string_view bytes = Listpack::empty_bytes());
    ListBlock(ListBlock&& other) noexcept { *this = std::move(other); }
    ListBlock& operator=(ListBlock&& other) noexcept {
        std::swap(block_, other.block_);
        std::swap(start_, other.start_);
        std::swap(size_, other.size_);
        std::swap(elements_, other.elements_);
        std::swap(packed_size_, other.packed_size_);
        return *this;
    }
    ~ListBlock() override;

    std::string_view view() const override {
        if (is_compressed()) return packed_block::unpack(block_, packed_size_, size_);
        return {block_ + start_, size_};
    }
    // Of view().
    std::size_t size() const { return size_; }
    // REQUIRES: it is not compressed.
    char* splice(std::size_t offset, std::size_t erased, std::size_t inserted) override;
    Listpack list() const { return Listpack(view()); }
    std::size_t elements() const { return elements_; }
    // After the listpack was changed: by how many elements.
    void note_change(std::int64_t elements) {
        elements_ = static_cast<std::uint32_t>(static_cast<std::int64_t>(elements_) + elements);
    }
    // Of the allocation.
    std::size_t bytes() const;

    bool is_compressed() const { return packed_size_ != 0 && packed_size_ != kIncompressible; }
    // If that saves memory.
    void compress();
    void decompress();

  private:
    enum class Room { InFront, Behind };
    // Puts the bytes into another block with room for `more`.
    void move_to_block(std::size_t more, Room where);
    void shrink();

    static constexpr std::uint32_t kIncompressible = UINT32_MAX;

    char* block_ = nullptr;
    std::uint32_t start_ = 0;  // Where in the block the listpack begins.
    std::uint32_t size_ = 0;
    std::uint32_t elements_ = 0;
    std::uint32_t packed_size_ = 0;  // 0: not compressed.
};

// Is told of what happens to the blocks of a list. Thread rule: as the list.
class ListWatcher {
  public:
    // The block's elements are about to change, or will go with it.
    virtual void before_change(std::size_t block) = 0;
    // The block is about to go, with its elements: they may be taken out of it.
    virtual void before_erase(std::size_t block, ListBlock& content) = 0;
    // Blocks are gone: those behind have other indexes now. The last one of the indexes is not included.
    virtual void erased(std::size_t first, std::size_t last) = 0;
    // A block has come, at this index.
    virtual void inserted(std::size_t block) = 0;

  protected:
    ~ListWatcher() = default;
};

class PackedList {
  public:
    // Where an element is. Good until the next change.
    struct Cursor {
        std::size_t block = 0;
        Listpack::Position at = 0;
        bool operator==(const Cursor&) const = default;
    };

    std::uint64_t size() const { return size_; }
    bool empty() const { return size_ == 0; }
    // Of everything it has allocated.
    std::size_t bytes() const;

    Cursor begin() const { return {0, Listpack::kHeader}; }
    Cursor end() const { return {blocks_.size(), Listpack::kHeader}; }
    Cursor next(Cursor cursor) const;
    // REQUIRES: cursor != begin().
    Cursor previous(Cursor cursor) const;
    // end() if there is no such element.
    Cursor seek(std::uint64_t index) const;
    Listpack::Element operator[](Cursor cursor) const { return blocks_[cursor.block].list()[cursor.at]; }

    // The texts must not be in the list itself.
    void push_front(std::string_view text, const BlockLimits& limits);
    void push_back(std::string_view text, const BlockLimits& limits);
    // Before the element at `cursor`, or at the end.
    void insert(Cursor cursor, std::string_view text, const BlockLimits& limits);
    void replace(Cursor cursor, std::string_view text, const BlockLimits& limits);
    // Returns the cursor of the element that follows.
    Cursor erase(Cursor cursor) { return erase(cursor, 1); }
    Cursor erase(Cursor cursor, std::uint64_t count);
    // Takes out up to `count` elements for which matches(element) holds, from that end on, in one pass.
    // Returns how many there were.
    template <typename Matches>
    std::uint64_t erase_if(ListEnd from, std::uint64_t count, Matches&& matches);
    void clear();

    // After a change around a block: the inner blocks next to it, and those that the change made inner ones,
    // are compressed; those that it put next to an end are not any more.
    void compress_inner(std::size_t around, const BlockLimits& limits);
    // The same for all inner blocks.
    void compress_all_inner(const BlockLimits& limits);
    bool has_compressed() const { return compressed_ > 0; }

    // Tells a watcher of changes, or nobody any more. REQUIRES: there is none when the list is cleared, moved
    // or destroyed.
    void watch(ListWatcher* watcher) { watcher_ = watcher; }
    ListWatcher* watcher() const { return watcher_; }

    // The listpacks, for those who write them somewhere as they are.
    std::size_t blocks() const { return blocks_.size(); }
    std::string_view block(std::size_t index) const { return blocks_[index].view(); }
    // Of that, without looking at it.
    std::size_t block_size(std::size_t index) const { return blocks_[index].size(); }
    // REQUIRES: `listpack` is one, and not empty.
    void append_block(std::string_view listpack);
    // Those of another list, compressed where they are there.
    void append_blocks_of(const PackedList& other);

    // Whether the invariants hold, for tests.
    bool valid(const BlockLimits& limits) const;

  private:
    // Whether one more element of so many bytes may go into the block.
    bool has_room(std::size_t block, std::size_t added, const BlockLimits& limits) const;
    void insert_into(std::size_t block, Listpack::Position at, std::string_view text);
    void insert_block(std::size_t before, std::string_view text);
    void compress(ListBlock& block);
    void decompress(ListBlock& block);
    ListBlock& to_change(std::size_t block);
    void erase_blocks(std::size_t first, std::size_t last);
    void open_ends(std::size_t count);
    Cursor erase_some(Cursor cursor, std::uint64_t& count);
    // Of one block: the elements at these places; leaves the block there if it has no more.
    void erase_within(std::size_t block, std::span<const Listpack::Position> places);
    void erase_emptied();
    void put_block(std::size_t before, ListBlock&& block);
    void split(Cursor cursor);
    void join_around(std::size_t block, const BlockLimits& limits);
    bool try_join(std::size_t block, const BlockLimits& limits);

    std::deque<ListBlock> blocks_;
    std::uint64_t size_ = 0;
    std::size_t compressed_ = 0;
    ListWatcher* watcher_ = nullptr;
};

template <typename Matches>
std::uint64_t PackedList::erase_if(ListEnd from, std::uint64_t count, Matches&& matches) {
    std::uint64_t erased = 0;
    for (std::size_t i = 0; i < blocks_.size() && erased < count; ++i) {
        const std::size_t block = from == ListEnd::Front ? i : blocks_.size() - 1 - i;
        const auto places = blocks_[block].list().find_all(from, count - erased, matches);
        erase_within(block, places);
        erased += places.size();
    }
    if (erased > 0) erase_emptied();
    return erased;
}

}  // namespace pongo

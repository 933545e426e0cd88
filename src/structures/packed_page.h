// A handful of keys with values in one block of memory: what a PackedTable is made of.
//
//   8 bytes  header, the items one after the other, room, and at the very end, growing downwards, the tags: a
//   byte of hash for each item, in the same order
//
// An item is the length of its key, the length of its value (both as varints), key and value. A part of more
// than kInlineBytes lives in a Blob of its own, so that blocks stay small: it has kInlineBytes + 1 for a
// length, and a pointer stands in its place.
//
// Invariants:
//  1. No block without items. Items and tags do not overlap: used + count <= capacity.
//  2. The capacity is what the allocator set aside. No more than a quarter of it stays free after something
//     was taken out, as far as there are smaller blocks.
//  3. A blob belongs to its item alone, so its bytes may be changed.
//
// Whatever changes a page takes along `bytes`, its owner's account of the heap memory of blocks and blobs.
//
// Thread rule: as a plain container.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace pongo {

class PackedPage {
  public:
    static constexpr std::size_t kInlineBytes = 512;

    // All of it is good until the page changes.
    struct Item {
        std::string_view key;
        std::string_view value;
        std::uint32_t offset = 0;
        std::uint32_t index = 0;
    };

    PackedPage() = default;
    PackedPage(PackedPage&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
    PackedPage& operator=(PackedPage&& other) noexcept {
        std::swap(block_, other.block_);
        return *this;
    }
    ~PackedPage();

    std::size_t count() const { return block_ ? header().count : 0; }
    // Of the block and of the blobs behind its items, added up anew.
    std::size_t bytes() const;

    // False if the key is not there.
    bool find(std::uint8_t tag, std::string_view key, Item& item) const;
    // How many items have the tag; `item` is the first of them.
    std::size_t find_tagged(std::uint8_t tag, Item& item) const;
    // REQUIRES: index < count().
    Item at(std::size_t index) const;
    std::uint8_t tag(std::size_t index) const { return static_cast<std::uint8_t>(*tag_at(index)); }
    void prefetch() const {
        if (!block_) return;
        for (std::size_t line = 0; line < kPrefetched; line += kLine) __builtin_prefetch(block_ + line);
    }

    // The same items in a block of their own, of which `bytes` is told.
    PackedPage copy(std::size_t& bytes) const;
    // REQUIRES: the key is not there; neither key nor value are in the page.
    void add(std::uint8_t tag, std::string_view key, std::string_view value, std::size_t& bytes);
    // In place if the size is the same. REQUIRES: the value is not in the page.
    void set_value(const Item& item, std::string_view value, std::size_t& bytes);
    // The item's value, of a size that has to stay.
    char* value_data(const Item& item) { return const_cast<char*>(item.value.data()); }
    void erase(const Item& item, std::size_t& bytes);

    // Moves the items whose index is set in `moves` to `other`. REQUIRES: `other` is empty.
    void split(const std::vector<bool>& moves, PackedPage& other, std::size_t& bytes);
    // Takes over all items of `other`. REQUIRES: they have no key in common.
    void absorb(PackedPage& other, std::size_t& bytes);

    // Calls visit(const Item&) in the order of indexes.
    template <typename Visit>
    void for_each(Visit&& visit) const {
        const auto items = static_cast<std::uint32_t>(count());
        Item item;
        item.offset = kHeader;
        for (; item.index < items; ++item.index) {
            const std::uint32_t next = read(item);
            visit(std::as_const(item));
            item.offset = next;
        }
    }

    // Whether the invariants hold, for tests.
    bool valid() const;

  private:
    struct Header {
        std::uint32_t used : 31;           // Bytes of header and items.
        std::uint32_t may_have_blobs : 1;  // Never taken back as long as there are items.
        std::uint16_t capacity_words;      // Of eight bytes.
        std::uint16_t count;
    };
    static constexpr std::uint32_t kHeader = sizeof(Header);
    static_assert(kHeader == 8);
    static constexpr std::size_t kLine = 64;
    static constexpr std::size_t kPrefetched = 8 * kLine;  // Most blocks end before.

    const Header& header() const { return *reinterpret_cast<const Header*>(block_); }
    Header& header() { return *reinterpret_cast<Header*>(block_); }
    std::size_t capacity() const { return block_ ? std::size_t{header().capacity_words} * 8 : 0; }
    const char* tag_at(std::size_t index) const { return block_ + capacity() - 1 - index; }
    char* tag_at(std::size_t index) { return block_ + capacity() - 1 - index; }
    // The tag of the last item, which stands first.
    char* tags() { return block_ + capacity() - count(); }
    unsigned match(std::size_t first, std::uint8_t tag) const;

    // Fills in key and value of the item at item.offset, and returns the offset of the next one.
    std::uint32_t read(Item& item) const;
    void move_tail(std::uint32_t from, std::int64_t by);
    void make_room(std::size_t item_bytes, std::size_t items, std::size_t& bytes);
    void give_back_room(std::size_t& bytes);
    void adopt(char* block, std::size_t tags_end, std::size_t& bytes);
    void forget_block(std::size_t& bytes);

    char* block_ = nullptr;  // nullptr: no items.
};

}  // namespace pongo

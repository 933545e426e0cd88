// Lists: one listpack next to the key while they are small, and a PackedList when they have outgrown one
// block. They stay what they have become.
#pragma once

#include <cstdint>
#include <string_view>

#include "structures/listpack.h"
#include "structures/packed_list.h"
#include "values/heap_value.h"
#include "values/payload.h"
#include "values/value_holder.h"

namespace pongo {

// A list that has outgrown one block.
class BlockList : public HeapValue {
  public:
    PackedList blocks;

    std::unique_ptr<HeapValue> copy() const override;
    bool empty() const override { return blocks.empty(); }
    std::size_t memory() const override { return allocation_size(this) + blocks.bytes(); }
    std::size_t allocations() const override { return 1 + blocks.blocks(); }
};

// Reads a list. The value must stay unchanged while the reader is used.
class List {
  public:
    static constexpr Type kType = Type::List;
    // A listpack can't be larger than 4 GiB.
    static constexpr std::size_t kMostElementBytes = UINT32_MAX - 64;

    using Cursor = PackedList::Cursor;
    using Element = Listpack::Element;

    explicit List(const Payload& payload) : payload_(payload) {}

    // An empty one, which is nothing that may stay in the keyspace.
    static Payload empty();

    std::uint64_t size() const;
    Cursor begin() const { return {0, Listpack::kHeader}; }
    Cursor end() const;
    Cursor next(Cursor cursor) const;
    // REQUIRES: cursor != begin().
    Cursor previous(Cursor cursor) const;
    // Negative indexes count from the end; end() if there is no such element.
    Cursor seek(std::int64_t index) const;
    // In a list with compressed blocks it is good only until an element of another block is looked at.
    Element operator[](Cursor cursor) const;
    bool has_compressed_blocks() const { return !is_packed() && blocks_of().has_compressed(); }
    // Calls visit(const Element&) for up to `count` elements from `cursor` on.
    template <typename Visit>
    void for_each_from(Cursor cursor, std::uint64_t count, Visit&& visit) const {
        for (; count > 0 && cursor.block < blocks(); cursor = {cursor.block + 1, Listpack::kHeader}) {
            const Listpack list(block(cursor.block));
            for (Listpack::Position at = cursor.at; count > 0 && at != list.end(); --count) {
                visit(list.take(at));
            }
        }
    }

    // The listpacks that it consists of, for those who write them somewhere as they are. One that is kept
    // compressed is good until another such one is looked at.
    std::size_t blocks() const;
    std::string_view block(std::size_t index) const;

  private:
    bool is_packed() const { return payload_.encoding == Encoding::PackedList; }
    Listpack packed() const { return Listpack(packed_bytes(payload_)); }
    const PackedList& blocks_of() const { return static_cast<const BlockList&>(heap_value(payload_)).blocks; }

    Payload payload_;
};

// Changes a list where it is kept. Texts given to it must not be in the list itself, nor be of more than
// List::kMostElementBytes. REQUIRES: the holder holds a list.
class ListEditor {
  public:
    using Cursor = List::Cursor;

    ListEditor(ValueHolder& holder, const BlockLimits& limits) : holder_(holder), limits_(limits) {}

    List list() const { return List(holder_.payload()); }

    void push_front(std::string_view text) { insert(list().begin(), text); }
    void push_back(std::string_view text) { insert(list().end(), text); }
    // Before the element at `cursor`, or at the end.
    void insert(Cursor cursor, std::string_view text);
    void replace(Cursor cursor, std::string_view text);
    // Returns the cursor of the element that follows.
    Cursor erase(Cursor cursor, std::uint64_t count = 1);
    // Takes out up to `count` elements for which matches(const Element&) holds, from that end on. Returns how
    // many there were.
    template <typename Matches>
    std::uint64_t erase_if(ListEnd from, std::uint64_t count, Matches&& matches) {
        if (PackedList* const blocks = blocks_for(0, 0)) {
            const std::uint64_t erased = blocks->erase_if(from, count, matches);
            blocks->compress_all_inner(limits_);
            return erased;
        }
        const auto places = Listpack(holder_.view()).find_all(from, count, matches);
        ListpackEditor(holder_).erase_all(places);
        return places.size();
    }

  private:
    // Bytes and elements of a list that is one listpack; nothing of others.
    struct PackedSize {
        std::size_t bytes = 0;
        std::size_t elements = 0;
    };
    PackedSize packed_size() const;
    // The blocks, unless the list is and will stay one listpack of `size` bytes and `elements`.
    PackedList* blocks_for(std::size_t size, std::size_t elements);

    ValueHolder& holder_;
    const BlockLimits& limits_;
};

}  // namespace pongo

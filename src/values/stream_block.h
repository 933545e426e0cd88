// A run of a stream's entries in one listpack, in Redis's format, so that its files hold it as it is:
//
//   master entry:  live entries, deleted ones, number of fields, the fields' names, 0
//   each entry:    flags, ms and seq of its id less those of the block, then
//                  with kSameFields  the values of the master entry's fields
//                  otherwise         number of fields, name, value, name, ...
//                  and how many elements of the listpack these are altogether
//
// A block's id is that of the first entry that was put into it. A deleted entry stays where it is, with a
// flag.
//
// Thread rule: as plain containers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "structures/listpack.h"
#include "structures/listpack_bytes.h"
#include "values/stream_id.h"

namespace pongo {

// An entry where it stands; good until the block changes.
struct StreamEntry {
    using Text = Listpack::Element;

    StreamId id;
    std::uint64_t fields = 0;
    bool deleted = false;
    Listpack pack{{}};
    Listpack::Position names = 0;   // Of the master entry; 0 if they stand by the values.
    Listpack::Position values = 0;  // Of the first value, or of the first name.

    // Calls visit(name, value) for every field.
    template <typename Visit>
    void for_each(Visit&& visit) const {
        Listpack::Position name_at = names;
        Listpack::Position at = values;
        for (std::uint64_t left = fields; left > 0; --left) {
            const Text name = pack.take(names != 0 ? name_at : at);
            visit(name, pack.take(at));
        }
    }
};

class StreamBlock {
  public:
    using Position = Listpack::Position;

    // REQUIRES: valid().
    StreamBlock(StreamId id, std::string_view bytes);

    // Whether a listpack from elsewhere is such a block in every detail. REQUIRES: Listpack::valid().
    static bool valid(std::string_view bytes);

    std::uint64_t live() const { return live_; }
    std::uint64_t deleted() const { return deleted_; }
    Position begin() const { return begin_; }
    Position end() const { return pack_.end(); }
    StreamEntry operator[](Position at) const;
    // Where the entry behind this one is ...
    Position next(const StreamEntry& entry) const;
    // ... and the one before. REQUIRES: at != begin().
    Position previous(Position at) const;
    // The id of the last entry, deleted or not. REQUIRES: there is one.
    StreamId last_id() const { return (*this)[previous(end())].id; }

  private:
    friend class StreamBlockEditor;
    bool has_fields(std::span<const std::string_view> fields) const;

    StreamId id_;
    Listpack pack_;
    std::uint64_t live_ = 0;
    std::uint64_t deleted_ = 0;
    std::uint64_t fields_ = 0;
    Position names_ = 0;
    Position begin_ = 0;
};

// Changes a block in the bytes that hold it.
class StreamBlockEditor {
  public:
    StreamBlockEditor(StreamId id, ListpackBytes& bytes) : id_(id), bytes_(bytes) {}

    // `fields` are name, value, name, ... REQUIRES: the bytes are an empty listpack, or
    // a block.
    void append(StreamId id, std::span<const std::string_view> fields);
    // Marks the live entries for which matches(entry) holds, up to `most` of them, from the first on; stops
    // at the first that does not match. Returns how many there were.
    template <typename Matches>
    std::uint64_t erase_front(std::uint64_t most, Matches&& matches);
    // Marks the entry there. REQUIRES: it is live.
    void erase(StreamBlock::Position at);

  private:
    // Sets its flag alone.
    void mark(StreamBlock::Position at);
    void count_erased(std::uint64_t erased);

    StreamId id_;
    ListpackBytes& bytes_;
};

template <typename Matches>
std::uint64_t StreamBlockEditor::erase_front(std::uint64_t most, Matches&& matches) {
    std::uint64_t erased = 0;
    // A flag that is set takes no more room than before, so the places stay what they are.
    for (StreamBlock::Position at = StreamBlock(id_, bytes_).begin(); erased < most;) {
        const StreamBlock block(id_, bytes_);
        if (at == block.end()) break;
        const StreamEntry entry = block[at];
        const StreamBlock::Position next = block.next(entry);
        if (!matches(entry)) break;
        if (!entry.deleted) {
            mark(at);
            ++erased;
        }
        at = next;
    }
    count_erased(erased);
    return erased;
}

}  // namespace pongo

// The open record of a list of several blocks: a block is what is written down at once.
//
// Blocks have numbers: their places when the list was opened. A block that is about to change, or to go, is
// kept under its number, and has none any more; so the blocks with numbers are in order, and as they were.
//
// Thread rule: see open_record.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <unordered_map>

#include "persistence/open_record.h"
#include "structures/packed_list.h"

namespace pongo {

class OpenList final : public OpenRecord, private ListWatcher {
  public:
    // REQUIRES: list_of(value).
    OpenList(const Payload& value, KeptBytes& kept);

    // nullptr if the value is no list of blocks.
    static PackedList* list_of(const Payload& value);
    // nullptr if the list is not watched.
    static OpenList* of(const PackedList& list) { return static_cast<OpenList*>(list.watcher()); }

    void begin(RdbWriter& writer) override;
    void write_slice(Slice& slice, std::size_t bytes, Compression compression) override;
    void let_go() override { list_->watch(nullptr); }

  private:
    static constexpr std::uint32_t kNoNumber = UINT32_MAX;

    void before_change(std::size_t block) override;
    void before_erase(std::size_t block, ListBlock& content) override;
    void erased(std::size_t first, std::size_t last) override;
    void inserted(std::size_t block) override;

    void keep(std::uint32_t number, ListBlock&& block);

    PackedList* list_;
    std::uint32_t count_;                                // Of blocks, when the list was opened.
    std::deque<std::uint32_t> numbers_;                  // By the indexes that blocks have now.
    std::unordered_map<std::uint32_t, ListBlock> kept_;  // By their numbers.
    std::uint32_t next_ = 0;                             // The number to be written next.
    std::size_t place_ = 0;                              // No block before this index has a number.
};

}  // namespace pongo

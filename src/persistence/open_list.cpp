#include "persistence/open_list.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "base/check.h"
#include "persistence/value_writer.h"
#include "values/list.h"

namespace pongo {

PackedList* OpenList::list_of(const Payload& value) {
    if (value.encoding != Encoding::Quicklist) return nullptr;
    return &static_cast<BlockList&>(heap_value(value)).blocks;
}

OpenList::OpenList(const Payload& value, KeptBytes& kept)
    : OpenRecord(kept),
      list_(list_of(value)),
      count_(static_cast<std::uint32_t>(list_->blocks())),
      numbers_(count_) {
    CHECK(list_->blocks() < kNoNumber);
    std::iota(numbers_.begin(), numbers_.end(), 0U);
}

void OpenList::begin(RdbWriter& writer) {
    writer.length(count_);
    list_->watch(this);
}

void OpenList::keep(std::uint32_t number, ListBlock&& block) {
    const std::size_t bytes = block.bytes();
    kept_.emplace(number, std::move(block));
    note_kept(bytes);
}

void OpenList::before_change(std::size_t block) {
    if (numbers_[block] == kNoNumber) return;
    keep(numbers_[block], ListBlock(list_->block(block)));
    numbers_[block] = kNoNumber;
}

void OpenList::before_erase(std::size_t block, ListBlock& content) {
    if (numbers_[block] == kNoNumber) return;
    keep(numbers_[block], std::move(content));
    numbers_[block] = kNoNumber;
}

void OpenList::erased(std::size_t first, std::size_t last) {
    numbers_.erase(numbers_.begin() + static_cast<std::ptrdiff_t>(first),
                   numbers_.begin() + static_cast<std::ptrdiff_t>(last));
    if (place_ > first) place_ -= std::min(place_, last) - first;
}

void OpenList::inserted(std::size_t block) {
    numbers_.insert(numbers_.begin() + static_cast<std::ptrdiff_t>(block), kNoNumber);
    if (block <= place_) ++place_;
}

void OpenList::write_slice(Slice& slice, std::size_t bytes, Compression compression) {
    RdbWriter writer(slice.bytes, compression);
    for (; next_ < count_ && slice.bytes.size() < bytes; ++next_) {
        if (const auto kept_block = kept_.find(next_); kept_block != kept_.end()) {
            slice.kept += kept_block->second.bytes();
            write_list_block(writer, kept_block->second.view());
            kept_.erase(kept_block);
            continue;
        }
        while (numbers_[place_] == kNoNumber) ++place_;
        CHECK(numbers_[place_] == next_);
        write_list_block(writer, list_->block(place_));
        numbers_[place_++] = kNoNumber;
    }
    slice.is_last = next_ == count_;
}

}  // namespace pongo

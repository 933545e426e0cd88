#include "persistence/open_stream.h"

#include <algorithm>
#include <utility>

#include "persistence/value_writer.h"

namespace pongo {

StreamValue* OpenStream::stream_of(const Payload& value) {
    return value.encoding == Encoding::Stream ? &*Stream(value) : nullptr;
}

OpenStream::OpenStream(const Payload& value, KeptBytes& kept) : OpenRecord(kept), stream_(stream_of(value)) {
    const StreamLog::Blocks& blocks = stream_->log.blocks();
    ids_.reserve(blocks.size());
    for (auto at = blocks.begin(); at != blocks.end(); at = blocks.next(at)) ids_.push_back(blocks[at].id);
}

void OpenStream::begin(RdbWriter& writer) {
    writer.length(ids_.size());
    RdbWriter behind(tail_, Compression::Off);
    write_stream_tail(behind, *stream_);
    note_kept(tail_.size());
    stream_->log.watch(this);
}

std::optional<std::size_t> OpenStream::number_of(const StreamLog::Block& block) const {
    const auto found = std::ranges::lower_bound(ids_, block.id);
    // Behind XSETID a new block may get the id of one that was there.
    if (found == ids_.end() || *found != block.id) return std::nullopt;
    const auto number = static_cast<std::size_t>(found - ids_.begin());
    return number < next_ || kept_.contains(number) ? std::nullopt : std::optional(number);
}

void OpenStream::keep(std::size_t number, ListpackBytes&& bytes) {
    const std::size_t size = bytes.size();
    kept_.emplace(number, std::move(bytes));
    note_kept(size);
}

void OpenStream::before_change(const StreamLog::Block& block) {
    if (const auto number = number_of(block)) keep(*number, ListpackBytes(block.bytes.view()));
}

void OpenStream::before_erase(StreamLog::Block& block) {
    if (const auto number = number_of(block)) keep(*number, std::move(block.bytes));
}

void OpenStream::write_slice(Slice& slice, std::size_t bytes, Compression compression) {
    RdbWriter writer(slice.bytes, compression);
    const StreamLog::Blocks& blocks = stream_->log.blocks();
    for (; next_ < ids_.size() && slice.bytes.size() < bytes; ++next_) {
        if (const auto kept_block = kept_.find(next_); kept_block != kept_.end()) {
            slice.kept += kept_block->second.size();
            write_stream_block(writer, ids_[next_], kept_block->second);
            kept_.erase(kept_block);
        } else {
            write_stream_block(writer, ids_[next_], blocks[blocks.find(ids_[next_])].bytes);
        }
    }
    slice.is_last = next_ == ids_.size();
    if (!slice.is_last) return;
    slice.kept += tail_.size();
    slice.bytes.append(std::move(tail_));
}

}  // namespace pongo

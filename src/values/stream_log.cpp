#include "values/stream_log.h"

#include <algorithm>
#include <utility>

namespace pongo {

StreamId StreamLog::last_live_id() const {
    StreamId last;
    descend(kHighestStreamId, kLowestStreamId, [&](const StreamEntry& entry) {
        last = entry.id;
        return false;
    });
    return last;
}

StreamId StreamLog::first_stored_id() const {
    if (blocks_.empty()) return kHighestStreamId;
    const StreamBlock block = blocks_.front().view();
    return block.begin() == block.end() ? blocks_.front().id : block[block.begin()].id;
}

bool StreamLog::contains(StreamId id) const {
    bool found = false;
    ascend(id, id, [&](const StreamEntry&) {
        found = true;
        return false;
    });
    return found;
}

std::optional<std::int64_t> StreamLog::added_up_to(StreamId id) const {
    if (entries_added_ == 0) return 0;
    const auto added = static_cast<std::int64_t>(entries_added_);
    if (size_ == 0 && id <= last_id_) return added;
    if (id == last_id_) return added;
    if (id > last_id_) return std::nullopt;
    if (max_deleted_id_.is_zero() || max_deleted_id_ < first_id_) {
        const std::uint64_t gone = entries_added_ - size_;
        if (id < first_id_) return static_cast<std::int64_t>(gone);
        if (id == first_id_) return static_cast<std::int64_t>(gone + 1);
    }
    return std::nullopt;
}

bool StreamLog::has_deleted_from(StreamId id) const {
    return size_ > 0 && !max_deleted_id_.is_zero() && first_id_ <= max_deleted_id_ && id <= max_deleted_id_;
}

bool StreamLog::takes_another(const Block& block, std::uint64_t bytes, const StreamLimits& limits) const {
    const bool no_limit = limits.node_bytes == 0 || limits.node_bytes > kMostEntryBytes;
    if (block.bytes.size() + bytes >= (no_limit ? kMostEntryBytes : limits.node_bytes)) return false;
    if (limits.node_entries == 0) return true;
    const StreamBlock view = block.view();
    return view.live() + view.deleted() < limits.node_entries;
}

void StreamLog::append(StreamId id, std::span<const std::string_view> fields, const StreamLimits& limits) {
    std::uint64_t bytes = 0;
    for (const std::string_view text : fields) bytes += text.size();
    // Blocks of deleted entries only, after XSETID has set the last id back.
    while (!blocks_.empty() && blocks_.back().id >= id) erase_block(blocks_.previous(blocks_.end()));
    const bool follows_on = !blocks_.empty() && takes_another(blocks_.back(), bytes, limits);
    if (!follows_on) add_block(id);
    Block& block = to_change(blocks_.previous(blocks_.end()));
    StreamBlockEditor(block.id, block.bytes).append(id, fields);
    ++size_;
    ++entries_added_;
    last_id_ = id;
    if (size_ == 1) first_id_ = id;
}

void StreamLog::add_block(StreamId id) {
    constexpr std::size_t kSpare = 256;  // Entries are written where there is more room than they need.
    constexpr std::size_t kMost = std::size_t{1} << 14;
    std::size_t room = 0;
    if (!blocks_.empty()) {
        ListpackBytes& full = blocks_.back().bytes;
        full.shrink_to_fit();
        // The next one will most likely become as big.
        room = std::min(full.size(), kMost) + kSpare;
    }
    blocks_.insert({id, ListpackBytes(room)});
}

StreamLog::Block& StreamLog::to_change(Blocks::Cursor at) {
    if (watcher_) [[unlikely]]
        watcher_->before_change(blocks_[at]);
    return blocks_[at];
}

void StreamLog::erase_block(Blocks::Cursor at) {
    if (watcher_) [[unlikely]]
        watcher_->before_erase(blocks_[at]);
    blocks_.erase(at);
}

bool StreamLog::erase(StreamId id) {
    if (blocks_.empty()) return false;
    const auto at = first_block(id);
    const StreamBlock view = blocks_[at].view();
    for (auto place = view.begin(); place != view.end();) {
        const StreamEntry entry = view[place];
        if (entry.id != id || entry.deleted) {
            place = view.next(entry);
            continue;
        }
        if (view.live() == 1) {
            erase_block(at);
        } else {
            Block& block = to_change(at);
            StreamBlockEditor(block.id, block.bytes).erase(place);
        }
        --size_;
        max_deleted_id_ = std::max(max_deleted_id_, id);
        if (id == first_id_) find_first_id();
        return true;
    }
    return false;
}

bool StreamLog::may_drop(const Block& block, std::uint64_t live, const StreamTrim& trim) const {
    return trim.max_length ? size_ - live >= *trim.max_length : block.view().last_id() < trim.min_id;
}

std::uint64_t StreamLog::trim(const StreamTrim& trim) {
    std::uint64_t gone = 0;
    while (!blocks_.empty() && !(trim.max_length && size_ <= *trim.max_length)) {
        const Block& first = blocks_[blocks_.begin()];
        const std::uint64_t live = first.view().live();
        if (trim.limit != 0 && gone + live > trim.limit) break;
        if (may_drop(first, live, trim)) {
            erase_block(blocks_.begin());
            size_ -= live;
            gone += live;
            continue;
        }
        if (trim.whole_blocks) break;
        const std::uint64_t most = trim.max_length ? size_ - *trim.max_length : UINT64_MAX;
        Block& block = to_change(blocks_.begin());
        const std::uint64_t erased =
            StreamBlockEditor(block.id, block.bytes).erase_front(most, [&](const StreamEntry& entry) {
                return trim.max_length || entry.id < trim.min_id;
            });
        size_ -= erased;
        gone += erased;
        break;
    }
    if (gone > 0) find_first_id();
    return gone;
}

void StreamLog::find_first_id() {
    first_id_ = {};
    ascend(kLowestStreamId, kHighestStreamId, [&](const StreamEntry& entry) {
        first_id_ = entry.id;
        return false;
    });
}

bool StreamLog::adopt_block(StreamId id, std::string_view bytes) {
    const StreamBlock block(id, bytes);
    StreamId last = last_live_id();
    const bool is_first = size_ == 0;
    for (auto place = block.begin(); place != block.end();) {
        const StreamEntry entry = block[place];
        place = block.next(entry);
        if (entry.deleted) continue;
        if (entry.id < id || entry.id <= last) return false;
        if (is_first && first_id_.is_zero()) first_id_ = entry.id;
        last = entry.id;
    }
    if (!blocks_.empty() && id <= blocks_.back().id) return false;
    blocks_.insert({id, ListpackBytes(bytes)});
    size_ += block.live();
    last_id_ = last;
    return true;
}

std::size_t StreamLog::memory() const {
    std::size_t bytes = blocks_.bytes();
    for (auto at = blocks_.begin(); at != blocks_.end(); at = blocks_.next(at)) {
        bytes += blocks_[at].bytes.allocated();
    }
    return bytes;
}

}  // namespace pongo

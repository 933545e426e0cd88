// The entries of a stream, in the order of their ids: packed blocks in an index, and what is remembered of
// those that are gone.
//
// Invariants:
//  1. The ids of live entries ascend within a block and from block to block, and none is above last_id().
//  2. size() is how many live entries there are; first_id() is the first one's, and 0-0 if there is none.
//
// Thread rule: as a plain container. Entries are good until the next change.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "structures/ordered_chunks.h"
#include "values/stream_block.h"
#include "values/stream_id.h"

namespace pongo {

// When the last block takes no more entries; 0 is no limit of that kind.
struct StreamLimits {
    std::uint64_t node_bytes = 4096;
    std::uint64_t node_entries = 100;
};

// What XADD and XTRIM take away: all but the last `max_length` entries, or all below `min_id`.
struct StreamTrim {
    std::optional<std::uint64_t> max_length = {};
    StreamId min_id = {};
    bool whole_blocks = false;  // Only those, and
    std::uint64_t limit = 0;    // not more entries than this; 0 is no limit.
};

class StreamLogWatcher;

class StreamLog {
  public:
    struct Block {
        StreamId id;
        ListpackBytes bytes;

        StreamBlock view() const { return {id, bytes}; }
    };
    using Blocks = OrderedChunks<Block>;

    // More bytes than that are too many for one entry.
    static constexpr std::uint64_t kMostEntryBytes = std::uint64_t{1} << 30;

    std::uint64_t size() const { return size_; }
    StreamId last_id() const { return last_id_; }
    StreamId first_id() const { return first_id_; }
    StreamId max_deleted_id() const { return max_deleted_id_; }
    std::uint64_t entries_added() const { return entries_added_; }
    const Blocks& blocks() const { return blocks_; }
    // That of the last entry; 0-0 if there is none.
    StreamId last_live_id() const;
    // That of the first entry in the blocks, deleted or not; the highest of all if there is none.
    StreamId first_stored_id() const;
    bool contains(StreamId id) const;

    // Calls visit(entry) for the entries from one id to another, both included, as long as it returns true:
    // upwards ...
    template <typename Visit>
    void ascend(StreamId from, StreamId to, Visit&& visit) const;
    // ... and downwards.
    template <typename Visit>
    void descend(StreamId from, StreamId to, Visit&& visit) const;

    // How many entries were ever added up to the one of this id; nothing if nobody can tell.
    std::optional<std::int64_t> added_up_to(StreamId id) const;
    // Whether an entry at or after `id` may have been deleted.
    bool has_deleted_from(StreamId id) const;

    // `fields` are name, value, name, ... REQUIRES: the id is above last_id(), and there is at least one
    // field.
    void append(StreamId id, std::span<const std::string_view> fields, const StreamLimits& limits);
    // False if it is not there.
    bool erase(StreamId id);
    // Returns how many entries went.
    std::uint64_t trim(const StreamTrim& trim);

    void set_last_id(StreamId id) { last_id_ = id; }
    void set_max_deleted_id(StreamId id) { max_deleted_id_ = id; }
    void set_entries_added(std::uint64_t count) { entries_added_ = count; }
    // For those who read a stream from somewhere. False if its entries don't follow on those that are there.
    // REQUIRES: StreamBlock::valid().
    bool adopt_block(StreamId id, std::string_view bytes);

    // Tells a watcher of changes, or nobody any more. REQUIRES: there is none when the log is moved or
    // destroyed.
    void watch(StreamLogWatcher* watcher) { watcher_ = watcher; }
    StreamLogWatcher* watcher() const { return watcher_; }

    std::size_t memory() const;

  private:
    Blocks::Cursor first_block(StreamId from) const { return blocks_.floor(from); }
    bool takes_another(const Block& block, std::uint64_t bytes, const StreamLimits& limits) const;
    void add_block(StreamId id);
    Block& to_change(Blocks::Cursor at);
    void erase_block(Blocks::Cursor at);
    void find_first_id();
    // Whether trimming may take all of the block.
    bool may_drop(const Block& block, std::uint64_t live, const StreamTrim& trim) const;

    Blocks blocks_;
    std::uint64_t size_ = 0;
    StreamId last_id_;
    StreamId first_id_;
    StreamId max_deleted_id_;
    std::uint64_t entries_added_ = 0;
    StreamLogWatcher* watcher_ = nullptr;
};

// Is told of what happens to the blocks of a log. Thread rule: as the log.
class StreamLogWatcher {
  public:
    // The block's bytes are about to change.
    virtual void before_change(const StreamLog::Block& block) = 0;
    // The block is about to go: its bytes may be taken out of it.
    virtual void before_erase(StreamLog::Block& block) = 0;

  protected:
    ~StreamLogWatcher() = default;
};

template <typename Visit>
void StreamLog::ascend(StreamId from, StreamId to, Visit&& visit) const {
    for (auto at = first_block(from); at != blocks_.end(); at = blocks_.next(at)) {
        if (blocks_[at].id > to) return;
        const StreamBlock block = blocks_[at].view();
        for (auto place = block.begin(); place != block.end();) {
            const StreamEntry entry = block[place];
            place = block.next(entry);
            if (entry.deleted || entry.id < from) continue;
            if (entry.id > to || !visit(entry)) return;
        }
    }
}

template <typename Visit>
void StreamLog::descend(StreamId from, StreamId to, Visit&& visit) const {
    if (blocks_.empty()) return;
    for (auto at = first_block(from);; at = blocks_.previous(at)) {
        const StreamBlock block = blocks_[at].view();
        for (auto place = block.end(); place != block.begin();) {
            place = block.previous(place);
            const StreamEntry entry = block[place];
            if (entry.deleted || entry.id > from) continue;
            if (entry.id < to || !visit(entry)) return;
        }
        if (at == blocks_.begin()) return;
    }
}

}  // namespace pongo

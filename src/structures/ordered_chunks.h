// Items in the order of their ids, in chunks: for what mostly comes at the end and goes at the front, but may
// come and go anywhere. An item is anything movable with a member `id`.
//
// Invariants:
//  1. No chunk is empty; ids ascend within a chunk and from chunk to chunk.
//  2. A chunk has at most kChunk items. Neighbours that fit into half of one are joined when one of them
//  loses an item.
//
// Thread rule: as a plain container. A cursor is good until the next change.
#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>
#include <vector>

namespace pongo {

template <typename Item>
class OrderedChunks {
  public:
    using Id = decltype(Item::id);
    static constexpr std::size_t kChunk = 64;

    struct Cursor {
        std::size_t chunk = 0;
        std::size_t at = 0;
        bool operator==(const Cursor&) const = default;
    };

    std::size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }
    Cursor begin() const { return {}; }
    Cursor end() const { return {chunks_.size(), 0}; }
    const Item& operator[](Cursor cursor) const { return chunks_[cursor.chunk][cursor.at]; }
    Item& operator[](Cursor cursor) { return chunks_[cursor.chunk][cursor.at]; }
    // REQUIRES for these: not empty.
    const Item& front() const { return chunks_.front().front(); }
    const Item& back() const { return chunks_.back().back(); }
    Item& back() { return chunks_.back().back(); }

    Cursor next(Cursor cursor) const {
        if (++cursor.at < chunks_[cursor.chunk].size()) return cursor;
        return {cursor.chunk + 1, 0};
    }
    // REQUIRES: cursor != begin().
    Cursor previous(Cursor cursor) const {
        if (cursor.at > 0) return {cursor.chunk, cursor.at - 1};
        return {cursor.chunk - 1, chunks_[cursor.chunk - 1].size() - 1};
    }

    // The first item whose id is not below this one ...
    Cursor lower_bound(const Id& id) const {
        const auto chunk = std::partition_point(chunks_.begin(), chunks_.end(),
                                                [&](const Chunk& each) { return each.back().id < id; });
        if (chunk == chunks_.end()) return end();
        const auto at = std::partition_point(chunk->begin(), chunk->end(),
                                             [&](const Item& each) { return each.id < id; });
        return {static_cast<std::size_t>(chunk - chunks_.begin()),
                static_cast<std::size_t>(at - chunk->begin())};
    }
    // ... and the one of this id; end() if there is none.
    Cursor find(const Id& id) const {
        const Cursor at = lower_bound(id);
        return at == end() || (*this)[at].id != id ? end() : at;
    }
    // The last item whose id is not above this one; the first of all if there is none.
    Cursor floor(const Id& id) const {
        const Cursor at = lower_bound(id);
        if (at != end() && (*this)[at].id == id) return at;
        return at == begin() ? at : previous(at);
    }

    // False if there is an item with its id already.
    bool insert(Item&& item) {
        Cursor at = chunks_.empty() || chunks_.back().back().id < item.id ? end() : lower_bound(item.id);
        if (at != end() && (*this)[at].id == item.id) return false;
        if (at == end()) {
            if (chunks_.empty() || chunks_.back().size() == kChunk) chunks_.emplace_back();
            at = {chunks_.size() - 1, chunks_.back().size()};
        } else if (chunks_[at.chunk].size() == kChunk) {
            at = split(at);
        }
        Chunk& chunk = chunks_[at.chunk];
        chunk.insert(chunk.begin() + static_cast<std::ptrdiff_t>(at.at), std::move(item));
        ++size_;
        return true;
    }
    // Returns the item that follows. REQUIRES: cursor != end().
    Cursor erase(Cursor cursor) {
        Chunk& chunk = chunks_[cursor.chunk];
        chunk.erase(chunk.begin() + static_cast<std::ptrdiff_t>(cursor.at));
        --size_;
        if (chunk.empty()) {
            chunks_.erase(chunks_.begin() + static_cast<std::ptrdiff_t>(cursor.chunk));
            return {cursor.chunk, 0};
        }
        if (try_join(cursor.chunk)) return cursor;
        if (cursor.chunk > 0) {
            const std::size_t before = chunks_[cursor.chunk - 1].size();
            if (try_join(cursor.chunk - 1)) cursor = {cursor.chunk - 1, before + cursor.at};
        }
        return cursor.at < chunks_[cursor.chunk].size() ? cursor : Cursor{cursor.chunk + 1, 0};
    }

    // Without what the items have allocated.
    std::size_t bytes() const {
        std::size_t bytes = chunks_.capacity() * sizeof(Chunk);
        for (const Chunk& chunk : chunks_) bytes += chunk.capacity() * sizeof(Item);
        return bytes;
    }
    std::size_t chunks() const { return chunks_.size(); }

    // Whether the invariants hold, for tests.
    bool valid() const {
        std::size_t counted = 0;
        for (const Chunk& chunk : chunks_) {
            if (chunk.empty() || chunk.size() > kChunk) return false;
            counted += chunk.size();
        }
        for (Cursor at = begin(); at != end(); at = next(at)) {
            if (at != begin() && !((*this)[previous(at)].id < (*this)[at].id)) return false;
        }
        return counted == size_;
    }

  private:
    using Chunk = std::vector<Item>;

    // Makes two of a full chunk; returns where `at` is then.
    Cursor split(Cursor at) {
        Chunk right;
        Chunk& left = chunks_[at.chunk];
        const auto middle = left.begin() + kChunk / 2;
        right.assign(std::make_move_iterator(middle), std::make_move_iterator(left.end()));
        left.erase(middle, left.end());
        chunks_.insert(chunks_.begin() + static_cast<std::ptrdiff_t>(at.chunk) + 1, std::move(right));
        return at.at <= kChunk / 2 ? at : Cursor{at.chunk + 1, at.at - kChunk / 2};
    }
    // Joins a chunk with the next one, if both are small.
    bool try_join(std::size_t index) {
        if (index + 1 >= chunks_.size()) return false;
        Chunk& left = chunks_[index];
        Chunk& right = chunks_[index + 1];
        if (left.size() + right.size() > kChunk / 2) return false;
        std::move(right.begin(), right.end(), std::back_inserter(left));
        chunks_.erase(chunks_.begin() + static_cast<std::ptrdiff_t>(index) + 1);
        return true;
    }

    std::vector<Chunk> chunks_;
    std::size_t size_ = 0;
};

}  // namespace pongo

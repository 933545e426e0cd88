// Bytes that gather in memory while others wait, and how many of them there are.
//
// Thread rule: Pieces one thread at a time; KeptBytes any thread.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <string_view>
#include <utility>
#include <vector>

#include "base/blob.h"
#include "engine/data_set.h"
#include "persistence/byte_sink.h"

namespace pongo {

// Gathers bytes without ever moving many of them: in pieces of some size, which have to be taken in their
// order. What is appended at once is in one piece.
class Pieces : public ByteSink {
  public:
    void append(std::string_view bytes) override {
        make_room(bytes.size());
        Blob& piece = *pieces_.back().get();
        std::memcpy(piece.data() + piece.size(), bytes.data(), bytes.size());
        pieces_.back().resize(piece.size() + bytes.size());
        size_ += bytes.size();
    }
    // Takes over what the other one has.
    void append(Pieces&& other) {
        std::move(other.pieces_.begin(), other.pieces_.end(), std::back_inserter(pieces_));
        size_ += std::exchange(other.size_, 0);
        other.pieces_.clear();
    }

    std::size_t size() const { return size_; }
    // Calls visit(std::string_view) for each piece.
    template <typename Visit>
    void for_each(Visit&& visit) const {
        for (const BlobRef& piece : pieces_) visit(piece->view());
    }

  private:
    // With the blob's header, what the allocator has a size for. The first piece grows to that.
    static constexpr std::size_t kPieceBytes = (std::size_t{64} << 10) - sizeof(Blob);
    static constexpr std::size_t kFirstBytes = (std::size_t{1} << 7) - sizeof(Blob);

    void make_room(std::size_t bytes) {
        const std::size_t size = pieces_.empty() ? 0 : pieces_.back()->size() + bytes;
        if (pieces_.empty() || size > kPieceBytes) {
            pieces_.push_back(
                BlobRef::allocate(std::max(bytes, pieces_.empty() ? kFirstBytes : kPieceBytes)));
        } else if (size > pieces_.back()->capacity()) {
            const std::size_t doubled = 2 * (pieces_.back()->capacity() + sizeof(Blob)) - sizeof(Blob);
            pieces_.back().reserve(std::max(size, std::min(doubled, kPieceBytes)));
        }
    }

    std::vector<BlobRef> pieces_;
    std::size_t size_ = 0;
};

// How much a snapshot keeps in memory because somebody was about to change it.
class KeptBytes {
  public:
    // Tells the data set, if there is one, how many they are, and when they are more than the limit.
    explicit KeptBytes(std::size_t limit = SIZE_MAX, DataSet* data_set = nullptr)
        : limit_(limit), data_set_(data_set) {}
    ~KeptBytes() { subtract(now_); }
    KeptBytes(const KeptBytes&) = delete;
    KeptBytes& operator=(const KeptBytes&) = delete;

    void add(std::size_t bytes) {
        const std::size_t kept = now_ += bytes;
        if (data_set_) data_set_->snapshot_bytes += bytes;
        if (data_set_ && kept > limit_) data_set_->snapshot_is_crowded = true;
        std::size_t most = most_;
        while (kept > most && !most_.compare_exchange_weak(most, kept)) {
        }
    }
    void subtract(std::size_t bytes) {
        now_ -= bytes;
        if (data_set_) data_set_->snapshot_bytes -= bytes;
    }
    std::size_t now() const { return now_; }
    std::size_t most() const { return most_; }
    // Whether there is room for many more.
    bool is_relieved() const { return now_ <= limit_ / 2; }

  private:
    const std::size_t limit_;
    DataSet* const data_set_;
    std::atomic<std::size_t> now_{0};
    std::atomic<std::size_t> most_{0};
};

}  // namespace pongo

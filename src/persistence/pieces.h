// Bytes that gather in memory while others wait, and how many of them there are.
//
// Thread rule: Pieces one thread at a time; KeptBytes any thread.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/data_set.h"
#include "persistence/byte_sink.h"

namespace pongo {

// Gathers bytes without ever moving many of them: in pieces of some size, which have to be taken in their
// order. What is appended at once is in one piece.
class Pieces : public ByteSink {
  public:
    void append(std::string_view bytes) override {
        if (pieces_.empty() || pieces_.back().view().size() + bytes.size() > kPieceBytes) {
            pieces_.emplace_back();
        }
        pieces_.back().append(bytes);
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
        for (const BlobSink& piece : pieces_) visit(piece.view());
    }

  private:
    static constexpr std::size_t kPieceBytes = std::size_t{64} << 10;

    std::vector<BlobSink> pieces_;
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

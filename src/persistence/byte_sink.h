// Where serialised bytes go as they are produced: memory, a count, later a file or a replica's stream.
//
// Thread rule: one thread at a time.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string_view>
#include <utility>

#include "base/blob.h"

namespace pongo {

class ByteSink {
  public:
    virtual ~ByteSink() = default;
    virtual void append(std::string_view bytes) = 0;
};

// Gathers them in memory.
class BlobSink : public ByteSink {
  public:
    void append(std::string_view bytes) override {
        const std::size_t size = blob_->size() + bytes.size();
        if (size > blob_->capacity()) blob_.reserve(std::max(size, 2 * blob_->capacity()));
        std::memcpy(blob_->data() + blob_->size(), bytes.data(), bytes.size());
        blob_.resize(size);
    }
    std::string_view view() const { return blob_->view(); }
    BlobRef take() && { return std::move(blob_); }

  private:
    static constexpr std::size_t kFirstCapacity = 128;

    BlobRef blob_ = BlobRef::allocate(kFirstCapacity);
};

// Only counts them.
class CountingSink : public ByteSink {
  public:
    void append(std::string_view bytes) override { size_ += bytes.size(); }
    std::size_t size() const { return size_; }

  private:
    std::size_t size_ = 0;
};

}  // namespace pongo

#include "resp/reply_buffer.h"

#include <algorithm>
#include <string>

namespace pongo {
namespace {

constexpr std::size_t kFirstCapacity = 1024;

}  // namespace

void ReplyBuffer::append(BlobRef blob) {
    spliced_ += blob->size();
    splices_.push_back({used_, std::move(blob)});
}

void ReplyBuffer::grow(std::size_t more) {
    const std::size_t capacity = std::max({kFirstCapacity, capacity_ * 2, used_ + more});
    auto bytes = std::make_unique_for_overwrite<char[]>(capacity);
    if (used_ > 0) std::memcpy(bytes.get(), bytes_.get(), used_);
    bytes_ = std::move(bytes);
    capacity_ = capacity;
}

void ReplyBuffer::cut_back(Mark mark) {
    while (splices_.size() > mark.splices) {
        spliced_ -= splices_.back().blob->size();
        splices_.pop_back();
    }
    used_ = mark.bytes;
}

void ReplyBuffer::insert(Mark mark, std::string_view bytes) {
    room(bytes.size());
    char* at = bytes_.get() + mark.bytes;
    std::memmove(at + bytes.size(), at, used_ - mark.bytes);
    std::memcpy(at, bytes.data(), bytes.size());
    used_ += bytes.size();
    for (std::size_t i = mark.splices; i < splices_.size(); ++i) splices_[i].at += bytes.size();
}

int ReplyBuffer::gather(std::size_t skip, iovec* pieces, int max_pieces) const {
    int count = 0;
    const auto add = [&](const char* data, std::size_t size) {
        const std::size_t skipped = std::min(skip, size);
        skip -= skipped;
        if (size > skipped && count < max_pieces) {
            pieces[count++] = {const_cast<char*>(data) + skipped, size - skipped};
        }
    };
    std::size_t at = 0;
    for (const Splice& splice : splices_) {
        if (count == max_pieces) return count;
        add(bytes_.get() + at, splice.at - at);
        add(splice.blob->data(), splice.blob->size());
        at = splice.at;
    }
    add(bytes_.get() + at, used_ - at);
    return count;
}

std::string ReplyBuffer::to_string() const {
    std::string all;
    std::size_t at = 0;
    for (const Splice& splice : splices_) {
        all.append(bytes_.get() + at, splice.at - at);
        all.append(splice.blob->view());
        at = splice.at;
    }
    return all.append(bytes_.get() + at, used_ - at);
}

void ReplyBuffer::take(ReplyBuffer& other) {
    if (empty()) {
        std::swap(*this, other);
        other.clear();
        return;
    }
    const std::size_t base = used_;
    append(other.flat());
    for (Splice& splice : other.splices_) {
        spliced_ += splice.blob->size();
        splices_.push_back({base + splice.at, std::move(splice.blob)});
    }
    other.splices_.clear();
    other.spliced_ = 0;
    other.used_ = 0;
}

}  // namespace pongo

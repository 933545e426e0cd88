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
    if (bytes.empty()) return;
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

std::size_t ReplyBuffer::size_after(Mark mark) const {
    std::size_t size = used_ - mark.bytes;
    for (std::size_t i = mark.splices; i < splices_.size(); ++i) size += splices_[i].blob->size();
    return size;
}

void ReplyBuffer::move_tail(Mark from, ReplyBuffer& to) {
    const std::size_t base = to.used_;
    to.append(flat().substr(from.bytes));
    for (std::size_t i = from.splices; i < splices_.size(); ++i) {
        to.spliced_ += splices_[i].blob->size();
        to.splices_.push_back({base + splices_[i].at - from.bytes, splices_[i].blob});
    }
    cut_back(from);
}

}  // namespace pongo

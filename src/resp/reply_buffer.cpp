#include "resp/reply_buffer.h"

#include <algorithm>
#include <string>

namespace pongo {
namespace {

constexpr std::size_t kFirstCapacity = 1024;

}  // namespace

void ReplyBuffer::append(BlobRef blob, std::size_t offset, std::size_t size) {
    keep_limit(size);
    spliced_ += size;
    splices_.push_back({used_, std::move(blob), offset, size});
}

void ReplyBuffer::limit_growth(std::size_t bytes) {
    limit_ = {.from = mark(), .size = size() + std::min(bytes, SIZE_MAX - size())};
}

void ReplyBuffer::keep_limit(std::size_t more) {
    if (more <= limit_.size && size() <= limit_.size - more) return;
    limit_.exceeded = true;
    cut_back(limit_.from);
}

// Looks at the limit here and not with every byte: what fits costs no memory.
void ReplyBuffer::grow(std::size_t more) {
    keep_limit(more);
    if (capacity_ - used_ >= more) return;
    const std::size_t capacity = std::max({kFirstCapacity, capacity_ * 2, used_ + more});
    auto bytes = std::make_unique_for_overwrite<char[]>(capacity);
    if (used_ > 0) std::memcpy(bytes.get(), bytes_.get(), used_);
    bytes_ = std::move(bytes);
    capacity_ = capacity;
}

void ReplyBuffer::cut_back(Mark mark) {
    while (splices_.size() > mark.splices) {
        spliced_ -= splices_.back().size;
        splices_.pop_back();
    }
    used_ = std::min(used_, mark.bytes);  // It may have been cut back further already, by the limit.
}

void ReplyBuffer::insert(Mark mark, std::string_view bytes) {
    if (bytes.empty()) return;
    room(bytes.size());
    if (mark.bytes > used_) return;  // What it belongs to was dropped.
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
        add(splice.view().data(), splice.size);
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
        all.append(splice.view());
        at = splice.at;
    }
    return all.append(bytes_.get() + at, used_ - at);
}

std::size_t ReplyBuffer::size_after(Mark mark) const {
    std::size_t size = used_ - std::min(used_, mark.bytes);
    for (std::size_t i = mark.splices; i < splices_.size(); ++i) size += splices_[i].size;
    return size;
}

std::size_t ReplyBuffer::drop_front(std::size_t count) {
    std::size_t at = 0;
    std::size_t gone = 0;
    for (; gone < splices_.size(); ++gone) {
        const Splice& splice = splices_[gone];
        if (count < splice.at - at + splice.size) break;
        count -= splice.at - at + splice.size;
        at = splice.at;
        spliced_ -= splice.size;
    }
    const std::size_t run = std::min(count, (gone < splices_.size() ? splices_[gone].at : used_) - at);
    at += run;
    splices_.erase(splices_.begin(), splices_.begin() + static_cast<std::ptrdiff_t>(gone));
    for (Splice& splice : splices_) splice.at -= at;
    if (at > 0) std::memmove(bytes_.get(), bytes_.get() + at, used_ - at);
    used_ -= at;
    return count - run;
}

void ReplyBuffer::move_tail(Mark from, ReplyBuffer& to) {
    // Unless its memory is much more than what is in it.
    const bool fits = capacity_ / 2 <= used_ + kFirstCapacity;
    if (fits && from.bytes == 0 && from.splices == 0 && to.empty()) {
        std::swap(*this, to);
        return std::swap(limit_, to.limit_);
    }
    const std::size_t base = to.used_;
    to.append(flat().substr(from.bytes));
    for (std::size_t i = from.splices; i < splices_.size(); ++i) {
        Splice& splice = splices_[i];
        to.spliced_ += splice.size;
        to.splices_.push_back({base + splice.at - from.bytes, splice.blob, splice.offset, splice.size});
    }
    cut_back(from);
}

}  // namespace pongo

#include "net/outbox.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

namespace pongo {
namespace {

// The biggest size that the allocator cuts out of a run of pages; beyond that it adds a page to each.
constexpr std::size_t kBlockBytes = std::size_t{14} << 10;
constexpr int kMaxPieces = 64;
// In one turn, to one client.
constexpr std::size_t kTurnBytes = std::size_t{4} << 20;

// Leaves out what comes after so many bytes; returns how many pieces are left.
int cut(iovec* pieces, int count, std::size_t most) {
    for (int i = 0; i < count; ++i) {
        pieces[i].iov_len = std::min(pieces[i].iov_len, most);
        most -= pieces[i].iov_len;
        if (most == 0) return i + 1;
    }
    return count;
}

}  // namespace

ReplyBuffer& Outbox::room(std::size_t size) {
    if (blocks_.empty()) return blocks_.emplace_back();
    // The first doubles, from less than a block up to just that; where there is one already, more will
    // follow.
    ReplyBuffer& last = blocks_.back();
    if (last.flat().size() + size <= std::max(last.capacity(), kBlockBytes)) return last;
    full_bytes_ += last.size();
    blocks_.emplace_back().room(std::max(size, kBlockBytes));
    return blocks_.back();
}

ssize_t Outbox::send_some(int descriptor, std::size_t most) const {
    iovec pieces[kMaxPieces];
    int count = 0;
    std::size_t skip = sent_;
    for (auto block = blocks_.begin(); block != blocks_.end() && count < kMaxPieces; ++block) {
        count += block->gather(skip, pieces + count, kMaxPieces - count);
        skip = 0;
    }
    count = cut(pieces, count, most);
    if (count == 1) return ::send(descriptor, pieces[0].iov_base, pieces[0].iov_len, MSG_NOSIGNAL);
    msghdr message{};
    message.msg_iov = pieces;
    message.msg_iovlen = static_cast<std::size_t>(count);
    return ::sendmsg(descriptor, &message, MSG_NOSIGNAL);
}

Outbox::Sent Outbox::send(int descriptor, std::size_t most) {
    Sent sent;
    while (!blocks_.empty() && sent.bytes < std::min(most, kTurnBytes)) {
        const ssize_t taken = send_some(descriptor, most - sent.bytes);
        if (taken < 0 && errno == EINTR) continue;
        sent.broken = taken < 0 && errno != EAGAIN && errno != EWOULDBLOCK;
        if (taken < 0) break;
        ++sent.writes;
        sent.bytes += static_cast<std::size_t>(taken);
        sent_ += static_cast<std::size_t>(taken);
        drop_sent();
    }
    return sent;
}

// Whole blocks; and the beginning of a big one when it is half of it, as moving the rest each time would cost
// more.
void Outbox::drop_sent() {
    while (!blocks_.empty() && sent_ >= blocks_.front().size()) {
        const std::size_t size = blocks_.front().size();
        sent_ -= size;
        blocks_.pop_front();
        full_bytes_ -= blocks_.empty() ? 0 : size;
    }
    if (sent_ == 0 || sent_ * 2 < blocks_.front().size()) return;
    const std::size_t before = blocks_.front().size();
    sent_ = blocks_.front().drop_front(sent_);
    if (blocks_.size() > 1) full_bytes_ -= before - blocks_.front().size();
}

}  // namespace pongo

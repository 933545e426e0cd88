#include "net/outbox.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <string_view>

namespace pongo {
namespace {

constexpr int kMaxPieces = 64;
// In one turn, to one client.
constexpr std::size_t kTurnBytes = std::size_t{4} << 20;

}  // namespace

ssize_t Outbox::send_some(int descriptor) const {
    if (!buffer_.has_splices()) {
        const std::string_view rest = buffer_.flat().substr(sent_);
        return ::send(descriptor, rest.data(), rest.size(), MSG_NOSIGNAL);
    }
    iovec pieces[kMaxPieces];
    msghdr message{};
    message.msg_iov = pieces;
    message.msg_iovlen = static_cast<std::size_t>(buffer_.gather(sent_, pieces, kMaxPieces));
    return ::sendmsg(descriptor, &message, MSG_NOSIGNAL);
}

Outbox::Sent Outbox::send(int descriptor) {
    Sent sent;
    while (size() > 0 && sent.bytes < kTurnBytes) {
        const ssize_t taken = send_some(descriptor);
        if (taken < 0 && errno == EINTR) continue;
        sent.broken = taken < 0 && errno != EAGAIN && errno != EWOULDBLOCK;
        if (taken < 0) break;
        ++sent.writes;
        sent.bytes += static_cast<std::size_t>(taken);
        sent_ += static_cast<std::size_t>(taken);
    }
    if (size() == 0) {
        buffer_ = {};
        sent_ = 0;
    } else if (sent_ * 2 >= buffer_.size()) {
        sent_ = buffer_.drop_front(sent_);
    }
    return sent;
}

}  // namespace pongo

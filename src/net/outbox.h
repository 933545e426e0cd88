// Bytes for a client that its socket has not taken yet.
//
//  1. Empty, it holds no memory.
//  2. What is sent does not pile up in front: it is given back when it is half of all, as moving the rest
//  each time would cost more.
//
// Thread rule: its connection's reactor.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>

#include "resp/reply_buffer.h"

namespace pongo {

class Outbox {
  public:
    bool empty() const { return buffer_.empty(); }
    // What is still to be sent.
    std::size_t size() const { return buffer_.size() - sent_; }
    // To append to.
    ReplyBuffer& buffer() { return buffer_; }

    struct Sent {
        std::size_t bytes = 0;
        std::uint64_t writes = 0;
        bool broken = false;  // The connection is.
    };
    // As much as the kernel takes, up to a turn's share.
    Sent send(int descriptor);

  private:
    ssize_t send_some(int descriptor) const;

    ReplyBuffer buffer_;
    std::size_t sent_ = 0;  // Of the buffer.
};

}  // namespace pongo

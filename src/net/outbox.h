// Bytes for a client that its socket has not taken yet, in blocks.
//
//  1. Empty, it holds no memory.
//  2. Blocks are 14 KB, unless what comes in one piece is bigger: what waits takes hardly more memory
//  than its bytes, and is given back block by block as it is sent.
//
// Thread rule: its connection's reactor.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <list>

#include "resp/reply_buffer.h"

namespace pongo {

class Outbox {
  public:
    bool empty() const { return blocks_.empty(); }
    // What is still to be sent.
    std::size_t size() const { return blocks_.empty() ? 0 : full_bytes_ + blocks_.back().size() - sent_; }
    // Where the next piece is to be appended, of so many bytes: more than none.
    ReplyBuffer& room(std::size_t size);

    struct Sent {
        std::size_t bytes = 0;
        std::uint64_t writes = 0;
        bool broken = false;  // The connection is.
    };
    // As much as the kernel takes of the first `most` bytes, up to a turn's share.
    Sent send(int descriptor, std::size_t most = SIZE_MAX);

  private:
    ssize_t send_some(int descriptor, std::size_t most) const;
    void drop_sent();

    std::list<ReplyBuffer> blocks_;  // None is empty.
    std::size_t full_bytes_ = 0;     // Of all blocks but the last.
    std::size_t sent_ = 0;           // Of the first block.
};

}  // namespace pongo

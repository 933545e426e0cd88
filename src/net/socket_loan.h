// A socket that its connection lends out while its client waits and nothing else is sent to it: then whoever
// serves the client may send the answer himself, without waking the client's reactor first.
//
//   kept ── lend() ──▶ lent ── use() ──▶ in use ──▶ sent, or gone
//     ◀────── take_back() ──┴───────────────────────────┘
//
//  1. Only one use of a loan.
//  2. The connection takes the socket back before it sends anything, or closes it; while it is in use that
//  waits for one system call.
//
// Thread rule: use() on any thread while the connection is there; the rest on the connection's own.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/blob.h"

namespace pongo {

class SocketLoan {
  public:
    struct Use {
        BlobRef answer;
        std::size_t sent = 0;  // Of its bytes; none if the client is gone.
    };

    bool is_lent() const { return is_lent_; }
    void lend();
    // What it was used for, if it was.
    std::optional<Use> take_back();

    // True if some of the answer was sent, and nothing was done otherwise.
    bool use(int descriptor, const BlobRef& answer);

  private:
    enum class State : std::uint8_t { Kept, Lent, InUse, Used };

    std::atomic<State> state_{State::Kept};
    bool is_lent_ = false;  // For the connection: sooner looked at.
    Use use_;
};

// Whether nobody is at the other end of a socket, or nothing will come from there any more.
bool peer_is_gone(int descriptor);

}  // namespace pongo

#include "net/socket_loan.h"

#include <poll.h>
#include <sys/socket.h>

#include <thread>
#include <utility>

namespace pongo {

void SocketLoan::lend() {
    is_lent_ = true;
    state_.store(State::Lent, std::memory_order_release);
}

std::optional<SocketLoan::Use> SocketLoan::take_back() {
    is_lent_ = false;
    State state = State::Lent;
    while (!state_.compare_exchange_weak(state, State::Kept, std::memory_order_acq_rel)) {
        if (state == State::Kept) return std::nullopt;
        if (state == State::Used) {
            state_.store(State::Kept, std::memory_order_relaxed);
            return std::exchange(use_, {});
        }
        if (state == State::InUse) std::this_thread::yield();
        state = State::Lent;
    }
    return std::nullopt;
}

bool SocketLoan::use(int descriptor, const BlobRef& answer) {
    State state = State::Lent;
    if (!state_.compare_exchange_strong(state, State::InUse, std::memory_order_acquire)) return false;
    ssize_t sent = 0;
    if (!peer_is_gone(descriptor)) {
        sent = ::send(descriptor, answer->view().data(), answer->size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    }
    const bool is_sent = sent > 0;
    if (is_sent) use_ = {answer, static_cast<std::size_t>(sent)};
    state_.store(is_sent ? State::Used : State::Lent, std::memory_order_release);
    return is_sent;
}

bool peer_is_gone(int descriptor) {
    pollfd ended{descriptor, POLLRDHUP, 0};
    return ::poll(&ended, 1, 0) == 1;
}

}  // namespace pongo

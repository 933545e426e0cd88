#include "net/client_poll.h"

#include <algorithm>

#include "base/check.h"

namespace pongo {

ClientPoll::ClientPoll() : socket_(::epoll_create1(EPOLL_CLOEXEC)) {
    CHECK(socket_.descriptor() >= 0);
}

void ClientPoll::add(int descriptor, Connection& connection) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = &connection;
    CHECK(::epoll_ctl(socket_.descriptor(), EPOLL_CTL_ADD, descriptor, &event) == 0);
}

void ClientPoll::watch(int descriptor, Connection& connection, bool reads, bool writes) {
    epoll_event event{};
    event.events = (reads ? EPOLLIN : 0U) | (writes ? EPOLLOUT : 0U);
    // Of a client that is not being read only its leaving is of interest, and once.
    if (event.events == 0) event.events = EPOLLRDHUP | EPOLLET;
    event.data.ptr = &connection;
    CHECK(::epoll_ctl(socket_.descriptor(), EPOLL_CTL_MOD, descriptor, &event) == 0);
}

void ClientPoll::remove(int descriptor) {
    ::epoll_ctl(socket_.descriptor(), EPOLL_CTL_DEL, descriptor, nullptr);
}

std::span<const epoll_event> ClientPoll::ready() {
    const int count = ::epoll_wait(socket_.descriptor(), events_, kMaxEvents, 0);
    return {events_, static_cast<std::size_t>(std::max(count, 0))};
}

}  // namespace pongo

#include "net/client_poll.h"

#include <algorithm>

#include "base/check.h"

namespace pongo {
namespace {

std::uint32_t interest(bool reads, bool writes) {
    // That the client has left is told once, even of one that is not being read.
    if (!writes) return EPOLLRDHUP | EPOLLET | (reads ? EPOLLIN : 0U);
    return EPOLLOUT | (reads ? EPOLLIN | EPOLLRDHUP : 0U);
}

}  // namespace

ClientPoll::ClientPoll() : socket_(::epoll_create1(EPOLL_CLOEXEC)) {
    CHECK(socket_.descriptor() >= 0);
}

void ClientPoll::add(int descriptor, Connection& connection) {
    control(EPOLL_CTL_ADD, descriptor, interest(true, false), &connection);
}

void ClientPoll::watch(int descriptor, Connection& connection, bool reads, bool writes) {
    control(EPOLL_CTL_MOD, descriptor, interest(reads, writes), &connection);
}

void ClientPoll::remove(int descriptor) {
    ::epoll_ctl(socket_.descriptor(), EPOLL_CTL_DEL, descriptor, nullptr);
}

void ClientPoll::add_signal(int descriptor, Signal signal) {
    const std::uint32_t once = signal == Signal::Interrupt ? 0U : EPOLLET;
    control(EPOLL_CTL_ADD, descriptor, EPOLLIN | once, &signals_[static_cast<std::size_t>(signal)]);
}

void ClientPoll::control(int operation, int descriptor, std::uint32_t events, void* whose) {
    epoll_event event{};
    event.events = events;
    event.data.ptr = whose;
    CHECK(::epoll_ctl(socket_.descriptor(), operation, descriptor, &event) == 0);
}

std::span<const epoll_event> ClientPoll::ready(int wait_ms, Events& room) {
    const int count = ::epoll_wait(socket_.descriptor(), room, kMaxEvents, wait_ms);
    return {room, static_cast<std::size_t>(std::max(count, 0))};
}

}  // namespace pongo

#include "net/connection.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>

#include <algorithm>

#include "base/clock.h"
#include "engine/client_line.h"
#include "engine/engine.h"
#include "net/reactor.h"

namespace pongo {

Connection::Connection(const Poco::Net::StreamSocket& socket, Poco::Net::SocketReactor& reactor)
    : socket_(socket),
      reactor_(static_cast<Reactor&>(reactor)),
      session_(reactor_.engine().clients().next_id(), this, reactor_.index()) {
    fill_session();
    reactor_.add(*this);
    reactor_.engine().clients().add(session_);
    reactor_.poll().add(session_.descriptor, *this);
}

Connection::~Connection() = default;

void Connection::fill_session() {
    const Settings& settings = reactor_.engine().settings();
    session_.descriptor = socket_.impl()->sockfd();
    session_.created_ms = unix_ms();
    session_.last_active_ms = session_.created_ms;
    session_.authenticated = settings.requirepass.empty();
    const Poco::Net::SocketAddress local = socket_.address();
    session_.over_unix_socket = local.family() == Poco::Net::AddressFamily::UNIX_LOCAL;
    if (session_.over_unix_socket) {
        session_.local_address = local.toString() + ":0";
        session_.peer_address = session_.local_address;
        return;
    }
    const Poco::Net::SocketAddress peer = socket_.peerAddress();
    session_.local_address = local.toString();
    session_.peer_address = peer.toString();
    session_.from_loopback = peer.host().isLoopback();
    socket_.setNoDelay(true);
    if (const std::int64_t interval_s = settings.tcp_keepalive_s; interval_s > 0) {
        socket_.setKeepAlive(true);
        socket_.setOption(IPPROTO_TCP, TCP_KEEPIDLE, static_cast<int>(interval_s));
        socket_.setOption(IPPROTO_TCP, TCP_KEEPINTVL,
                          static_cast<int>(std::max<std::int64_t>(1, interval_s / 3)));
        socket_.setOption(IPPROTO_TCP, TCP_KEEPCNT, 3);
    }
}

// Reading tells it too, and after what was sent before; but not while the client is blocked or paused.
void Connection::on_hang_up() {
    if (closed_ || is_busy_ || is_held_back_ || waits_for_files()) return;
    if (waits()) end_of_input(false);
}

void Connection::publish() {
    session_.query_buffer_bytes = unparsed().size() + parser_.pending_argument_bytes();
    session_.query_buffer_free = input_.empty() ? 0 : input_.capacity() - unparsed().size();
    session_.argument_bytes = parser_.memory() + waiting_bytes();
    session_.reply_bytes = pending_.size();
    session_.reply_pieces = pending_.empty() ? 0 : 1;
    reactor_.engine().client_memory().note(session_);
}

std::string Connection::description() const {
    return client_line(session_, reactor_.executor().now_ms());
}

void Connection::watch() {
    const bool writes = has_sendable();
    // One that waits is told once that there is something to read, which costs less than to stop watching;
    // but with writes it would be told all the time.
    const bool reads = !stalled() && !session_.closing && !(waits() && writes);
    if (reads == watching_reads_ && writes == watching_writes_) return;
    reactor_.poll().watch(session_.descriptor, *this, reads, writes);
    watching_reads_ = reads;
    watching_writes_ = writes;
}

void Connection::finish() {
    // What comes after this moment is not answered any more: a client that goes on sending must not hold us
    // up.
    is_finishing_ = true;
    int waiting = 0;
    ::ioctl(session_.descriptor, FIONREAD, &waiting);
    const std::uint64_t start = reactor_.counters().input_bytes.get();
    bool going = (!waits() || is_held_back_) && !stalled();
    while (going && !closed_) {
        const std::uint64_t taken = reactor_.counters().input_bytes.get() - start;
        const bool more = taken < static_cast<std::uint64_t>(std::max(waiting, 0));
        if (!more) unread_ = false;
        if (resuming_) {
            resume();
        } else if (more) {
            read();
        } else {
            going = false;
        }
        reactor_.send_now();
        going = going && (!waits() || is_held_back_) && !stalled();
    }
    send_pushed();
}

void Connection::close() {
    if (closed_) return;
    closed_ = true;
    loan_.take_back();
    forget_pushed();
    cancel_time_out();
    reactor_.poll().remove(session_.descriptor);
    reactor_.engine().forget(session_);
    socket_.close();
    reactor_.retire(*this);
}

void Connection::close_soon() {
    reactor_.post([&reactor = reactor_, id = session_.id] { reactor.close_client(id); });
}

}  // namespace pongo

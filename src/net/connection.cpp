#include "net/connection.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/clock.h"
#include "base/escape.h"
#include "base/log.h"
#include "base/memory_usage.h"
#include "engine/client_line.h"
#include "engine/engine.h"
#include "net/reactor.h"

namespace pongo {
namespace {

constexpr std::size_t kReadBytes = std::size_t{64} << 10;
constexpr std::size_t kBigReadBytes = std::size_t{1} << 20;
constexpr std::int64_t kTurnUs = 500;
// How long the replies of a server that stops may take to reach a client that reads.
constexpr std::int64_t kLastSendUs = 200'000;
// Beyond this a turn sends what it has before it executes more.
constexpr std::size_t kFlushBytes = std::size_t{256} << 10;
constexpr std::size_t kUncountedReplyBytes = std::size_t{16} << 10;
// Pushed bytes of which a copy costs less than a reference.
constexpr std::size_t kSmallPush = 512;
constexpr std::size_t kLoggedInputBytes = 64;
// In Redis's words, for those who search its log.
constexpr std::string_view kClosedAsap = "scheduled to be closed ASAP";

std::size_t argument_bytes(const Request& request) {
    std::size_t bytes = 0;
    for (const std::string_view arg : request.args) bytes += arg.size();
    return bytes;
}

void append(ReplyBuffer& buffer, BlobRef bytes) {
    if (bytes->size() < kSmallPush) {
        buffer.append(bytes->view());
    } else {
        buffer.append(std::move(bytes));
    }
}

}  // namespace

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

void Connection::on_readable(bool at_end) {
    unread_ = true;
    at_end_ = at_end_ || at_end;
    if (closed_ || resuming_ || !watching_reads_) return;
    if (session_.blocked()) {
        read_ahead();
    } else if (!waits()) {
        read();
    }
}

void Connection::on_writable() {
    if (closed_) return;
    sent_some(send_pending());
    if (closed_ || !postponed_ || stalled()) return;
    postponed_ = false;
    resume_soon();
}

// Reading tells it too, and after what was sent before; but not while requests are held.
void Connection::on_hang_up() {
    if (!closed_ && waits()) close();
}

void Connection::resume_soon() {
    if (resuming_) return;
    resuming_ = true;
    reactor_.resume_soon(*this);
}

void Connection::resume_if_unread() {
    if (unread_ && watching_reads_ && !waits()) resume_soon();
}

// As recv(2). Less than there was room for is all there is, unless the end follows.
ssize_t Connection::receive(char* room, std::size_t size) {
    const ssize_t received = ::recv(session_.descriptor, room, size, 0);
    if (received > 0) {
        reactor_.counters().reads.add();
        reactor_.counters().input_bytes.add(static_cast<std::uint64_t>(received));
        unread_ = at_end_ || static_cast<std::size_t>(received) == size;
    } else if (received < 0 && errno == EAGAIN) {
        unread_ = false;
    }
    return received;
}

bool Connection::read() {
    if (!parser_.big_room().empty() && input_.empty()) return receive_big();
    std::vector<char>& buffer = reactor_.read_buffer();
    const std::size_t kept = input_.size();
    if (kept + kReadBytes > buffer.size()) return process(std::exchange(input_, {}));
    if (kept > 0) std::memcpy(buffer.data(), input_.data(), kept);
    const ssize_t received = receive(buffer.data() + kept, kReadBytes);
    if (received <= 0) {
        if (received < 0 && (errno == EAGAIN || errno == EINTR)) {
            resume_if_unread();
            return true;
        }
        close();
        return false;
    }
    input_.clear();
    return process({buffer.data(), kept + static_cast<std::size_t>(received)});
}

// While the client is blocked: what it sends is kept, within the limit, and so it is seen when it leaves.
void Connection::read_ahead() {
    if (!parser_.big_room().empty() && input_.empty()) return;
    std::vector<char>& buffer = reactor_.read_buffer();
    const ssize_t received = receive(buffer.data(), kReadBytes);
    if (received == 0 || (received < 0 && errno != EAGAIN && errno != EINTR)) return close();
    if (received < 0) return;
    input_.append(buffer.data(), static_cast<std::size_t>(received));
    if (over_query_limit()) return close_over_query_limit();
    publish(input_);
    if (unread_) resume_soon();
}

// The bytes of a big argument go to where they will live.
bool Connection::receive_big() {
    std::size_t budget = kBigReadBytes;
    for (std::span<char> room = parser_.big_room(); !room.empty() && budget > 0; room = parser_.big_room()) {
        const std::size_t wanted = std::min(room.size(), budget);
        const ssize_t received = receive(room.data(), wanted);
        if (received == 0 || (received < 0 && errno != EAGAIN && errno != EINTR)) {
            close();
            return false;
        }
        if (received < 0) break;
        parser_.big_received(static_cast<std::size_t>(received));
        budget -= static_cast<std::size_t>(received);
    }
    return process({});
}

void Connection::resume() {
    resuming_ = false;
    if (closed_) return;
    if (session_.blocked()) {
        if (unread_ && watching_reads_) read_ahead();
    } else if (stalled()) {
        postponed_ = true;
    } else if (!held_.empty()) {
        run_held();
    } else if (has_bad_request_) {
        begin_replies();
        refuse_bad_request();
        end_turn({});
    } else if (unread_) {
        read();
    } else {
        const std::string input = std::exchange(input_, {});
        process(input);
    }
}

bool Connection::process(std::string_view input) {
    const Settings& settings = reactor_.engine().settings();
    std::vector<Request>& requests = reactor_.requests();
    auto outcome = RequestParser::Outcome::Ready;
    std::int64_t start_us = 0;
    session_.last_active_ms = reactor_.executor().now_ms();
    begin_replies();
    while (outcome == RequestParser::Outcome::Ready) {
        if (has_to_hold_back()) {
            resuming_ = true;
            reactor_.hold_back(*this);
            break;
        }
        const bool trusted = session_.authenticated || settings.requirepass.empty();
        const ProtocolLimits limits{settings.proto_max_bulk_len, trusted};
        std::size_t count = 0;
        while (count < requests.size()) {
            outcome = parser_.next(input, limits, requests[count]);
            input.remove_prefix(parser_.consumed());
            if (outcome != RequestParser::Outcome::Ready) break;
            ++count;
            if (!limits.authenticated) break;  // The next one may come from a friend already.
        }
        has_bad_request_ = outcome == RequestParser::Outcome::Failed;
        if (!execute(count)) return end_turn(has_bad_request_ ? "" : input);
        if (start_us == 0) start_us = reactor_.executor().last_look_us();
        if (has_bad_request_) {
            refuse_bad_request();
            return end_turn({});
        }
        if (reactor_.replies().size_after(turn_start_) > kFlushBytes) {
            deliver();
            if (closed_) return false;
            begin_replies();
        }
        if (stalled()) {
            postponed_ = true;
            break;
        }
        if (outcome == RequestParser::Outcome::Ready &&
            reactor_.executor().last_look_us() - start_us > kTurnUs) {
            resume_soon();
            break;
        }
    }
    return end_turn(input);
}

// After what came before it was answered: the connection ends there.
void Connection::refuse_bad_request() {
    if (session_.wants_reply()) {
        ReplyWriter(reactor_.replies(), session_.protocol).error(parser_.error());
    }
    session_.closing = true;
}

// Runs the first `count` of the reactor's parsed requests. False if the connection must not go on now.
bool Connection::execute(std::size_t count) {
    std::vector<Request>& requests = reactor_.requests();
    in_turn_ = true;
    const std::size_t done = reactor_.executor().run(session_, {requests.data(), count}, reactor_.replies());
    in_turn_ = false;
    for (std::size_t i = done; i < count && !session_.closing; ++i) {
        requests[i].own();
        held_.push_back(std::exchange(requests[i], {}));
    }
    // Big arguments live on only where they were stored.
    for (std::size_t i = 0; i < count; ++i) requests[i].clear();
    if (session_.closing) return false;
    note_waiting();
    return !waits();
}

// Who publishes faster than others can pass it on would fill the memory.
bool Connection::has_to_hold_back() const {
    const Command* const last = session_.last_command;
    return last && last->is(PubSub) && reactor_.engine().deliveries().crowded();
}

void Connection::note_waiting() {
    if (const auto waiter = session_.waiter()) {
        waits_until_us_ = waiter->deadline_us;
        if (waits_until_us_ != 0) reactor_.time_out_at(waits_until_us_, session_.id);
    } else if (!held_.empty()) {
        reactor_.resume_after_pause(*this);
    }
}

void Connection::cancel_time_out() {
    if (waits_until_us_ != 0) reactor_.cancel_time_out(waits_until_us_, session_.id);
    waits_until_us_ = 0;
}

bool Connection::run_held() {
    std::vector<Request> requests = std::exchange(held_, {});
    session_.paused = false;
    begin_replies();
    in_turn_ = true;
    const std::size_t done = reactor_.executor().run(session_, requests, reactor_.replies());
    in_turn_ = false;
    held_.assign(std::make_move_iterator(requests.begin() + static_cast<std::ptrdiff_t>(done)),
                 std::make_move_iterator(requests.end()));
    if (session_.closing) held_.clear();
    note_waiting();
    if (!waits() && (has_bad_request_ || !input_.empty())) resume_soon();
    return end_turn(std::exchange(input_, {}));
}

bool Connection::end_turn(std::string_view rest) {
    if (session_.closing) rest = {};
    if (rest.data() != input_.data()) input_.assign(rest);
    deliver();
    if (closed_) return false;
    if (over_query_limit()) {
        close_over_query_limit();
        return false;
    }
    watch();
    publish(rest);
    resume_if_unread();
    return true;
}

bool Connection::over_query_limit() const {
    const auto limit = static_cast<std::size_t>(reactor_.engine().settings().client_query_buffer_limit);
    return input_.size() + parser_.memory() > limit;
}

void Connection::close_over_query_limit() {
    log_warning("Closing client that reached max query buffer length: ", description(),
                " (qbuf initial bytes: ", quoted(input_.substr(0, kLoggedInputBytes)), ")");
    reactor_.counters().query_buffer_limit_disconnections.add();
    close();
}

void Connection::publish(std::string_view rest) {
    session_.query_buffer_bytes = rest.size() + parser_.pending_argument_bytes();
    session_.query_buffer_free = input_.empty() ? 0 : input_.capacity() - input_.size();
    session_.argument_bytes = parser_.memory() + waiting_bytes();
    session_.reply_bytes = pending_.size();
    session_.reply_pieces = pending_.empty() ? 0 : 1;
    reactor_.engine().client_memory().note(session_);
}

// Of requests that wait. One that is blocked has its keys three times.
std::size_t Connection::waiting_bytes() const {
    constexpr std::size_t kCopies = 3;
    std::size_t bytes = 0;
    for (const Request& request : held_) bytes += argument_bytes(request);
    if (const auto waiter = session_.waiter()) bytes += kCopies * argument_bytes(waiter->request);
    return bytes;
}

void Connection::begin_replies() {
    turn_start_ = reactor_.replies().mark();
    const std::size_t limit = output_limit();
    reactor_.replies().limit_growth(limit - std::min(limit, pending_.size()));
    take_pushed();
}

// Others have said so before these replies.
void Connection::take_pushed() {
    for (BlobRef& bytes : pushed_) append(reactor_.replies(), std::move(bytes));
    pushed_.clear();
}

void Connection::push(const BlobRef& bytes) {
    if (closed_ || session_.closing) return;
    if (in_turn_ && !session_.must_not_block) return reactor_.replies().append(bytes->view());
    if (pushed_.empty()) reactor_.send_pushed_later(*this);
    pushed_.push_back(bytes);
}

// A client that has sent its end, or was cut off, gets nothing any more, though the kernel would still take
// it.
bool Connection::answer(const BlobRef& reply) {
    cancel_time_out();
    if (closed_ || session_.closing) return false;
    take_back_socket();
    if (!std::exchange(is_answered_, false)) {
        if (peer_is_gone(session_.descriptor)) {  // While it was blocked nobody looked for that.
            close();
            return false;
        }
        if (session_.wants_reply()) push(reply);
    }
    resume_soon();
    watch();
    if (!has_unsent_) send_pushed();
    return !closed_;
}

bool Connection::answer_at_once(const BlobRef& reply) {
    return loan_.use(session_.descriptor, reply);
}

// Not to one who may get something else meanwhile, which must not be overtaken.
void Connection::lend_socket() {
    if (!session_.blocked() || loan_.is_lent() || session_.closing || !session_.wants_reply()) return;
    if (has_unsent_ || !pending_.empty() || !pushed_.empty()) return;
    if (session_.subscribes() || session_.monitors || session_.tracker.known) return;
    loan_.lend();
}

void Connection::take_back_socket() {
    if (!loan_.is_lent()) return;
    const auto use = loan_.take_back();
    if (!use) return;
    is_answered_ = true;
    note_sent(1, use->sent);
    const std::string_view rest = use->answer->view().substr(use->sent);
    if (rest.empty()) return;
    pending_.room(rest.size()).append(rest);
    publish(input_);
    watch();
}

void Connection::catch_up() {
    reactor_.run_all_deliveries();
}

void Connection::send_pushed() {
    if (closed_ || pushed_.empty()) return;
    take_back_socket();
    std::size_t size = 0;
    for (const BlobRef& bytes : pushed_) size += bytes->size();
    if (pending_.size() + size > output_limit()) return close_over_output_limit(kClosedAsap);
    const bool was_pending = !pending_.empty();
    if (!was_pending && pushed_.size() == 1 && size < kSmallPush) {
        const BlobRef bytes = std::move(pushed_.front());
        pushed_.clear();
        return send(bytes->view());
    }
    for (BlobRef& bytes : pushed_) {
        ReplyBuffer& room = pending_.room(bytes->size());
        append(room, std::move(bytes));
    }
    pushed_.clear();
    if (was_pending) {
        publish(input_);
        watch();
    } else {
        sent_some(send_pending());
    }
}

const OutputBufferLimit& Connection::output_limits() const {
    const Settings& settings = reactor_.engine().settings();
    return session_.subscribes() ? settings.output_limit_pubsub : settings.output_limit_normal;
}

// Redis does not count what its first, fixed buffer holds. Where there is no limit, replies still must not
// take all the memory of the machine: some requests could ask for any amount.
std::size_t Connection::output_limit() const {
    static const std::size_t kMost = machine_memory() / 2;
    const auto hard = static_cast<std::size_t>(output_limits().hard_bytes.get());
    return hard == 0 || hard > kMost ? kMost : hard + kUncountedReplyBytes;
}

std::string Connection::description() const {
    return client_line(session_, reactor_.executor().now_ms());
}

void Connection::close_over_output_limit(std::string_view when) {
    log_warning("Client ", description(), " ", when, " for overcoming of output buffer limits.");
    reactor_.counters().output_buffer_limit_disconnections.add();
    close();
}

void Connection::look_at_backlog(std::int64_t now_ms) {
    const OutputBufferLimit& limit = output_limits();
    const auto soft = static_cast<std::size_t>(limit.soft_bytes.get());
    if (soft == 0 || pending_.size() <= soft) {
        over_soft_limit_since_ms_ = 0;
    } else if (over_soft_limit_since_ms_ == 0) {
        over_soft_limit_since_ms_ = now_ms;
    } else if (now_ms - over_soft_limit_since_ms_ > limit.soft_seconds * 1000) {
        close_over_output_limit("closed");
    }
}

// Hands this turn's replies over to be sent: with those of others when all are small, at once otherwise.
void Connection::deliver() {
    ReplyBuffer& replies = reactor_.replies();
    const std::size_t size = replies.size_after(turn_start_);
    if (replies.overflowed() || pending_.size() + size > output_limit()) {
        replies.cut_back(turn_start_);
        return close_over_output_limit(kClosedAsap);
    }
    take_back_socket();
    const bool at_once =
        !pending_.empty() || session_.closing || size > kFlushBytes || replies.has_splices_after(turn_start_);
    if (!at_once) {
        if (size > 0) reactor_.send_later(*this, size);
        has_unsent_ = has_unsent_ || size > 0;
        return lend_socket();
    }
    const bool was_pending = !pending_.empty();
    if (size > 0) replies.move_tail(turn_start_, pending_.room(size));
    if (was_pending && !session_.closing) return watch();
    sent_some(send_pending());
}

void Connection::send(std::string_view replies) {
    has_unsent_ = false;
    if (closed_) return;
    if (!pending_.empty()) return pending_.room(replies.size()).append(replies);
    const ssize_t sent = ::send(session_.descriptor, replies.data(), replies.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN && errno != EINTR) return close();
    const auto taken = static_cast<std::size_t>(std::max<ssize_t>(sent, 0));
    note_sent(1, taken);
    if (taken == replies.size()) return lend_socket();
    pending_.room(replies.size() - taken).append(replies.substr(taken));
    publish(input_);
    watch();
}

void Connection::note_sent(std::uint64_t writes, std::size_t bytes) {
    reactor_.counters().writes.add(writes);
    reactor_.counters().output_bytes.add(bytes);
    if (bytes > 0) session_.last_active_ms = reactor_.executor().now_ms();
}

// After an attempt to send: `alive` is what it said of the connection.
void Connection::sent_some(bool alive) {
    if (!alive || (pending_.empty() && session_.closing)) return close();
    publish(input_);
    watch();
}

bool Connection::send_pending() {
    const Outbox::Sent sent = pending_.send(session_.descriptor);
    note_sent(sent.writes, sent.bytes);
    return !sent.broken;
}

bool Connection::stalled() const {
    return pending_.size() >
           static_cast<std::size_t>(reactor_.engine().settings().client_reply_backlog_limit);
}

void Connection::watch() {
    const bool writes = !pending_.empty();
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
    int waiting = 0;
    ::ioctl(session_.descriptor, FIONREAD, &waiting);
    const std::uint64_t start = reactor_.counters().input_bytes.get();
    bool going = !waits() && !stalled();
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
        going = going && !stalled();
    }
    send_last();
    close();
}

void Connection::send_last() {
    const std::int64_t deadline_us = monotonic_us() + kLastSendUs;
    pollfd writable{session_.descriptor, POLLOUT, 0};
    while (!closed_ && !pending_.empty()) {
        const std::int64_t left_ms = (deadline_us - monotonic_us()) / 1000;
        if (left_ms <= 0 || ::poll(&writable, 1, static_cast<int>(left_ms)) <= 0) return;
        sent_some(send_pending());
    }
}

void Connection::close() {
    if (closed_) return;
    closed_ = true;
    loan_.take_back();
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

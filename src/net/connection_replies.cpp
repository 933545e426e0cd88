// The way out: replies, what others push, and the limits of both.
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory_usage.h"
#include "engine/engine.h"
#include "net/connection.h"
#include "net/reactor.h"

namespace pongo {
namespace {

constexpr std::size_t kUncountedReplyBytes = std::size_t{16} << 10;
// What each push takes beside its bytes, roughly.
constexpr std::size_t kPushBytes = 64;
// Pushed bytes of which a copy costs less than a reference.
constexpr std::size_t kSmallPush = 512;
// Of several that are sent at once.
constexpr std::size_t kCopiedPushes = std::size_t{64} << 10;
// In Redis's words, for those who search its log.
constexpr std::string_view kClosedAsap = "scheduled to be closed ASAP";

void append(ReplyBuffer& buffer, BlobRef bytes) {
    if (bytes->size() < kSmallPush) {
        buffer.append(bytes->view());
    } else {
        buffer.append(std::move(bytes));
    }
}

}  // namespace

void Connection::on_writable() {
    if (closed_ || is_busy_) return;
    sent_some(send_pending());
    if (closed_ || !postponed_ || stalled()) return;
    postponed_ = false;
    resume_soon();
}

void Connection::begin_replies() {
    if (reactor_.has_deliveries()) reactor_.run_all_deliveries();  // Said before these requests are run.
    turn_start_ = reactor_.replies().mark();
    const std::size_t limit = output_limit();
    reactor_.replies().limit_growth(limit - std::min(limit, pending_.size()));
    take_pushed();
}

// Others have said so before these replies.
void Connection::take_pushed() {
    for (BlobRef& bytes : pushed_) append(reactor_.replies(), std::move(bytes));
    forget_pushed();
}

void Connection::forget_pushed() {
    reactor_.uncount_pushed(pushed_bytes_);
    pushed_bytes_ = 0;
    pushed_.clear();
}

void Connection::push(const BlobRef& bytes) {
    if (closed_ || session_.closing) return;
    if (in_turn_ && !session_.must_not_block && !is_busy_) return reactor_.replies().append(bytes->view());
    if (!std::exchange(is_pushed_to_, true)) reactor_.send_pushed_later(*this);
    pushed_.push_back(bytes);
    pushed_bytes_ += kPushBytes + bytes->size();
    reactor_.count_pushed(kPushBytes + bytes->size());
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
    if (reactor_.engine().data_set().log().withholds()) return false;
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
    publish();
    watch();
}

void Connection::catch_up() {
    reactor_.run_all_deliveries();
}

void Connection::serve_others() {
    is_busy_ = true;
    reactor_.serve_others();
    is_busy_ = false;
}

void Connection::send_pushed_in_turn() {
    if (is_busy_) return reactor_.send_pushed_later(*this);
    is_pushed_to_ = false;
    send_pushed();
}

void Connection::send_pushed() {
    if (closed_ || pushed_.empty()) return;
    take_back_socket();
    std::size_t size = 0;
    for (const BlobRef& bytes : pushed_) size += bytes->size();
    if (pending_.size() + size > output_limit()) return close_over_output_limit(kClosedAsap);
    if (pending_.empty() && size < std::min(kCopiedPushes, kSmallPush * pushed_.size())) {
        std::string& all = reactor_.send_buffer();
        all.clear();
        for (const BlobRef& bytes : pushed_) all += bytes->view();
        forget_pushed();
        return send(all);
    }
    const bool was_pending = !pending_.empty();
    for (BlobRef& bytes : pushed_) {
        ReplyBuffer& room = pending_.room(bytes->size());
        append(room, std::move(bytes));
    }
    withhold(size);
    forget_pushed();
    if (was_pending) {
        publish();
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
    } else if (now_ms - over_soft_limit_since_ms_ > limit.soft_seconds * kMsPerSecond) {
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
    if (size > 0) {
        replies.move_tail(turn_start_, pending_.room(size));
        withhold(size);
    }
    if (was_pending && !session_.closing) return watch();
    sent_some(send_pending());
}

void Connection::send(std::string_view replies) {
    has_unsent_ = false;
    if (closed_) return;
    const bool must_wait = reactor_.engine().data_set().log().replies_must_wait();
    if (must_wait || !pending_.empty()) {
        pending_.room(replies.size()).append(replies);
        withhold(replies.size());
        publish();
        return watch();
    }
    const ssize_t sent = ::send(session_.descriptor, replies.data(), replies.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN && errno != EINTR) return close();
    const auto taken = static_cast<std::size_t>(std::max<ssize_t>(sent, 0));
    note_sent(1, taken);
    if (taken == replies.size()) return lend_socket();
    pending_.room(replies.size() - taken).append(replies.substr(taken));
    publish();
    watch();
}

void Connection::note_sent(std::uint64_t writes, std::size_t bytes) {
    reactor_.counters().writes.add(writes);
    reactor_.counters().output_bytes.add(bytes);
    if (bytes > 0) session_.last_active_ms = reactor_.executor().now_ms();
}

// What needs no waiting comes after what does.
void Connection::withhold(std::size_t bytes) {
    const LogProgress& log = reactor_.engine().data_set().log();
    if (log.replies_must_wait()) {
        withheld_.add(bytes, log.appended());
        watch_log();
    } else if (!withheld_.empty()) {
        withheld_.add(bytes, 0);
    }
}

void Connection::watch_log() {
    if (!std::exchange(watches_log_, true)) reactor_.watch_log(*this);
}

bool Connection::waits_for_log() const {
    const auto waiter = session_.waiter();
    return waiter && waiter->log_position;
}

bool Connection::look_at_log() {
    const LogProgress& log = reactor_.engine().data_set().log();
    if (withheld_.release(log.withholds() ? log.synced() : UINT64_MAX)) on_writable();
    if (waits_for_log() && (!log.enabled() || log.is_safe(*session_.waiter()->log_position))) {
        reactor_.executor().end_waiting_for_log(session_);
    }
    watches_log_ = !withheld_.empty() || waits_for_log();
    return !watches_log_;
}

// After an attempt to send: `alive` is what it said of the connection.
void Connection::sent_some(bool alive) {
    if (!alive || (pending_.empty() && session_.closing)) return close();
    publish();
    watch();
}

bool Connection::send_pending() {
    if (!has_sendable()) return true;
    const Outbox::Sent sent = pending_.send(session_.descriptor, pending_.size() - withheld_.bytes());
    note_sent(sent.writes, sent.bytes);
    return !sent.broken;
}

bool Connection::stalled() const {
    return pending_.size() >
           static_cast<std::size_t>(reactor_.engine().settings().client_reply_backlog_limit);
}

}  // namespace pongo

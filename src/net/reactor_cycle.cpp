// A cycle of a reactor: those that are ready have their turn, and what it has for clients is sent.
#include <Poco/AutoPtr.h>

#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "net/connection.h"
#include "net/reactor.h"

namespace pongo {
namespace {

// When so much waits for the others of a turn, its readers have it at once: they go on while we do.
constexpr std::size_t kSentTogetherBytes = std::size_t{64} << 10;
// In one cycle: one may lead to another, and other reactors go on adding to them.
constexpr int kDeliveryRuns = 4;
constexpr std::size_t kDeliveriesPerRun = 256;
// So many clients get what was pushed for them before the others are looked at again, unless this much waits.
constexpr std::size_t kPushedToPerCycle = 64;
constexpr std::size_t kManyPushedBytes = std::size_t{8} << 20;
// Whether they still crowd is looked at so often.
constexpr int kCrowdedWaitMs = 1;
// A reply buffer that grew beyond this for one client is not kept for the next.
constexpr std::size_t kKeptReplyBytes = std::size_t{1} << 20;

}  // namespace

void Reactor::end_waiting_of_due() {
    const std::int64_t now_us = monotonic_us();
    for (const std::uint64_t id : alarm_.take_due(now_us)) {
        const auto found = connections_.find(id);
        if (found != connections_.end()) executor_->time_out(found->second->session(), now_us);
    }
}

void Reactor::on_clients(Poco::Net::ReadableNotification* notification) {
    notification->release();
    while (serve_clients()) after_wait();
    stay_awake();
}

// POCO calls onBusy() before it tells of the events: what they leave to be done is for the next turn, which
// must not wait for another event.
void Reactor::stay_awake() {
    if (!resumable_.empty() || !pushed_to_.empty() || expiry_left_ || eviction_left_) wake();
}

// So that the memory of their keys is on its way by the time when their requests run.
std::size_t Reactor::receive_together() {
    std::size_t count = 0;
    std::size_t guesses = 0;
    Executor::ProbableKey keys[Executor::kBatch];
    std::span<char> room = scratch_.read_buffer;
    for (const epoll_event& event : ready_) {
        if (count == Executor::kBatch || room.size() < Connection::kReadBytes) break;
        if (!ClientPoll::only_readable(event) || poll_.signal_of(event)) break;
        Connection& connection = ClientPoll::connection_of(event);
        const std::string_view received = connection.receive_early(room);
        if (received.empty()) break;
        room = room.subspan(received.size());
        ++count;
        const std::string_view key = probable_key(received);
        if (!key.empty()) keys[guesses++] = {connection.session().db, key};
    }
    if (guesses > 1) executor_->fetch_ahead({keys, guesses});
    return count;
}

Reactor::Signals Reactor::serve_ready(std::span<const epoll_event> events, void (Reactor::*send)()) {
    Signals signals;
    ready_ = events;
    for (std::size_t received = 0; !ready_.empty(); received -= received > 0 ? 1 : 0) {
        if (received == 0) received = receive_together();
        const epoll_event& event = ready_.front();
        ready_ = ready_.subspan(1);
        if (const auto signal = poll_.signal_of(event)) {
            signals.interrupt = signals.interrupt || signal == ClientPoll::Signal::Interrupt;
            signals.wake = signals.wake || signal == ClientPoll::Signal::Wake;
            if (signal == ClientPoll::Signal::Alarm) end_waiting_of_due();
            continue;
        }
        Connection& connection = ClientPoll::connection_of(event);
        if (connection.has_received()) {
            connection.run_received();
        } else {
            if (ClientPoll::writable(event)) connection.on_writable();
            if (ClientPoll::readable(event)) connection.on_readable(ClientPoll::hung_up(event));
        }
        if (replies().size() > kSentTogetherBytes) (this->*send)();
    }
    (this->*send)();
    return signals;
}

// False when POCO's loop should have its turn.
bool Reactor::serve_clients() {
    const std::span<const epoll_event> events = poll_.ready(held_back_.empty() ? kTickMs : kCrowdedWaitMs);
    const Signals signals = serve_ready(events, &Reactor::send_now);
    bool interrupted = events.empty() || signals.interrupt;
    for (const epoll_event& event : events) {
        if (poll_.signal_of(event) || !ClientPoll::hung_up(event)) continue;
        ClientPoll::connection_of(event).on_hang_up();
    }
    // At the end: it may be drain(), after which there are no connections.
    if (signals.wake && run_posted()) {
        interrupted = true;
        send_now();
    }
    return !interrupted;
}

void Reactor::send_later(Connection& connection, std::size_t size) {
    scratch_.unsent.push_back({&connection, replies().flat().size() - size, size});
}

void Reactor::send_now() {
    engine_.tracking().send_broadcasts(index_);
    for (int i = 0; i < kDeliveryRuns && has_deliveries(); ++i) run_deliveries(kDeliveriesPerRun);
    if (has_deliveries()) wake();
    engine_.tracking().send_broadcasts(index_);  // Of what the deliveries have changed.
    engine_.monitors().send(index_);
    send_replies();
    send_some_pushed();
    engine_.client_memory().enforce(executor_->now_ms());
    engine_.data_set().log().announce();
}

void Reactor::send_replies() {
    send_unsent();
    replies().clear();
}

void Reactor::send_unsent() {
    for (const Unsent& unsent : std::exchange(scratch_.unsent, {})) {
        unsent.connection->send(replies().flat().substr(unsent.offset, unsent.size));
    }
}

// What the command has left half done stays as it is: no connection is destroyed, nothing expires, and of
// what was posted nothing is done that would end this thread's work. What the cycle still had to do for
// others is done now.
void Reactor::serve_others() {
    if (!busy_executor_) busy_executor_ = std::make_unique<Executor>(usual_executor_);
    if (busy_scratch_.read_buffer.empty()) busy_scratch_ = new_scratch();
    engine_.tracking().send_broadcasts(index_);
    send_unsent();
    std::swap(scratch_, busy_scratch_);
    executor_ = busy_executor_.get();
    executor_->refresh_time();

    ClientPoll::Events room;
    const Signals left = serve_ready(ready_, &Reactor::send_replies);
    const Signals fresh = serve_ready(poll_.ready(0, room), &Reactor::send_replies);
    if (left.interrupt || fresh.interrupt) serve_watched();
    if (!stopping_) {
        run_posted();  // Of which the cycle may have been told already.
    } else if (left.wake || fresh.wake) {
        wake();
    }
    look_at_log();
    resume_connections();
    send_replies();
    send_some_pushed();
    engine_.data_set().log().announce();

    executor_ = &usual_executor_;
    std::swap(scratch_, busy_scratch_);
}

// Without POCO's loop.
void Reactor::serve_watched() {
    for (const Watched& each : watched_) {
        if (!each.socket.poll(Poco::Timespan(), Poco::Net::Socket::SELECT_READ)) continue;
        Poco::AutoPtr<Poco::Net::ReadableNotification> readable(new Poco::Net::ReadableNotification(this));
        each.observer->notify(readable.get());
    }
}

void Reactor::send_some_pushed() {
    for (std::size_t sent = 0; !pushed_to_.empty(); ++sent) {
        if (sent >= kPushedToPerCycle && pushed_bytes_ <= kManyPushedBytes) return;
        Connection* const connection = pushed_to_.front();
        pushed_to_.pop_front();
        connection->send_pushed_in_turn();
    }
}

void Reactor::after_wait() {
    retired_.clear();
    look_at_log();
    look_for_end_of_crowding();
    executor_->catch_up();
    resume_connections();
    send_now();
    executor_->begin_turn();
    const std::int64_t now_us = coarse_monotonic_us();
    if (now_us >= next_tick_us_) {
        tick(now_us);
    } else if (eviction_left_) {
        evict();
    }
    if (replies().capacity() > kKeptReplyBytes) replies() = {};
    stay_awake();
}

void Reactor::resume_connections() {
    std::vector<std::uint64_t> ids = std::exchange(resumable_, {});
    // One turn each: a second one would overtake the replies of the first.
    std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
    resuming_.insert(resuming_.end(), ids.begin(), ids.end());
    while (!resuming_.empty()) {
        const std::uint64_t id = resuming_.front();
        resuming_.pop_front();
        const auto found = connections_.find(id);
        if (found != connections_.end()) found->second->resume();
    }
}

}  // namespace pongo

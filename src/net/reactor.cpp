#include "net/reactor.h"

#include <Poco/AutoPtr.h>
#include <Poco/Observer.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <utility>

#include "base/check.h"
#include "base/clock.h"
#include "net/connection.h"

namespace pongo {
namespace {

using ReadyObserver = Poco::Observer<Reactor, Poco::Net::ReadableNotification>;

constexpr std::int64_t kTickUs = 20'000;
constexpr int kTickMs = kTickUs / kUsPerMs;
constexpr std::int64_t kIdleCheckUs = kUsPerSecond;
constexpr std::int64_t kExpireBudgetUs = 1'000;
constexpr std::int64_t kEvictionBudgetUs = 1'000;
constexpr std::size_t kReadBufferBytes = std::size_t{256} << 10;
// When so much waits for the others of a turn, its readers have it at once: they go on while we do.
constexpr std::size_t kSentTogetherBytes = std::size_t{64} << 10;
// In one cycle: one may lead to another, and other reactors go on adding to them.
constexpr int kDeliveryRuns = 4;
constexpr std::size_t kDeliveriesPerRun = 256;
// So many clients get what was pushed for them before the others are looked at again, unless this much waits.
constexpr std::size_t kPushedToPerCycle = 64;
constexpr std::size_t kManyPushedBytes = std::size_t{8} << 20;
// With more than that, who publishes is held back. Each counts, also when it carries nothing: it takes time.
constexpr std::size_t kManyDeliveryBytes = std::size_t{10} << 20;
constexpr std::size_t kDeliveryBytes = std::size_t{4} << 10;
// How long the replies of a server that stops may take to reach clients that read.
constexpr std::int64_t kLastSendUs = 200'000;
// Whether they still crowd is looked at so often.
constexpr int kCrowdedWaitMs = 1;
// A reply buffer that grew beyond this for one client is not kept for the next.
constexpr std::size_t kKeptReplyBytes = std::size_t{1} << 20;

}  // namespace

Reactor::Reactor(Engine& engine, std::size_t index, std::size_t reactors)
    : Poco::Net::SocketReactor(Poco::Timespan(kTickUs)),
      engine_(engine),
      index_(index),
      reactors_(reactors),
      usual_executor_(engine, index),
      wake_event_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
      scratch_(new_scratch()) {
    poll_.add_signal(wake_event_.descriptor(), ClientPoll::Signal::Wake);
    poll_.add_signal(alarm_.socket().descriptor(), ClientPoll::Signal::Alarm);
    addEventHandler(poll_.socket(), ReadyObserver(*this, &Reactor::on_clients));
    thread_.setName("pongo-io-" + std::to_string(index));
}

Reactor::~Reactor() {
    removeEventHandler(poll_.socket(), ReadyObserver(*this, &Reactor::on_clients));
}

Reactor::Scratch Reactor::new_scratch() {
    return {.read_buffer = std::vector<char>(kReadBufferBytes),
            .replies = {},
            .requests = std::vector<Request>(Executor::kBatch),
            .unsent = {}};
}

void Reactor::watch(const Poco::Net::Socket& socket, const Poco::AbstractObserver& observer) {
    addEventHandler(socket, observer);
    watched_.push_back({socket, std::unique_ptr<Poco::AbstractObserver>(observer.clone())});
    poll_.add_signal(socket.impl()->sockfd(), ClientPoll::Signal::Interrupt);
}

void Reactor::unwatch(const Poco::Net::Socket& socket, const Poco::AbstractObserver& observer) {
    poll_.remove(socket.impl()->sockfd());
    removeEventHandler(socket, observer);
    std::erase_if(watched_, [&](const Watched& each) { return each.socket == socket; });
}

void Reactor::start(std::function<void()> on_start) {
    post([this, on_start = std::move(on_start)] {
        pthread_setname_np(pthread_self(), thread_.getName().c_str());
        on_start();
    });
    thread_.start(*this);
}

void Reactor::stop_soon() {
    stopping_ = true;
    post([this] { drain(); });
}

void Reactor::join() {
    thread_.join();
}

void Reactor::post(std::function<void()> task) {
    {
        const std::lock_guard lock(posted_mutex_);
        posted_.push_back(std::move(task));
    }
    wake();
}

void Reactor::wake() {
    const std::uint64_t one = 1;
    // Fails only when the count is at its limit, and then the reactor is awake anyway.
    [[maybe_unused]] const auto written = ::write(wake_event_.descriptor(), &one, sizeof(one));
}

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

Reactor::Signals Reactor::serve_ready(std::span<const epoll_event> events, void (Reactor::*send)()) {
    Signals signals;
    ready_ = events;
    while (!ready_.empty()) {
        const epoll_event& event = ready_.front();
        ready_ = ready_.subspan(1);
        if (const auto signal = poll_.signal_of(event)) {
            signals.interrupt = signals.interrupt || signal == ClientPoll::Signal::Interrupt;
            signals.wake = signals.wake || signal == ClientPoll::Signal::Wake;
            if (signal == ClientPoll::Signal::Alarm) end_waiting_of_due();
            continue;
        }
        Connection& connection = ClientPoll::connection_of(event);
        if (ClientPoll::writable(event)) connection.on_writable();
        if (ClientPoll::readable(event)) connection.on_readable(ClientPoll::hung_up(event));
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

void Reactor::deliver(Deliveries::Delivery delivery, Deliveries::Wake when, std::size_t bytes) {
    {
        const std::lock_guard lock(deliveries_mutex_);
        if (deliveries_.empty()) wake_asked_ = true;
        deliveries_.push_back({std::move(delivery), bytes + kDeliveryBytes});
        backlog_bytes_.fetch_add(bytes + kDeliveryBytes, std::memory_order_relaxed);
        has_deliveries_.store(true, std::memory_order_release);
    }
    if (when == Deliveries::Wake::Now) wake_if_asked();
}

void Reactor::wake_if_asked() {
    if (wake_asked_.load(std::memory_order_relaxed) && wake_asked_.exchange(false)) wake();
}

void Reactor::run_deliveries(std::size_t most) {
    if (running_.empty()) take_deliveries();
    for (; most > 0 && !running_.empty(); --most) {
        const Due due = std::move(running_.front());
        running_.pop_front();
        backlog_bytes_.fetch_sub(due.bytes, std::memory_order_relaxed);
        due.delivery(*executor_);
    }
}

void Reactor::run_all_deliveries() {
    take_deliveries();
    run_deliveries(running_.size());
}

void Reactor::take_deliveries() {
    const std::lock_guard lock(deliveries_mutex_);
    for (Due& each : deliveries_) running_.push_back(std::move(each));
    deliveries_.clear();
    has_deliveries_.store(false, std::memory_order_release);
    wake_asked_ = false;
}

bool Reactor::is_crowded() const {
    return backlog_bytes_.load(std::memory_order_relaxed) > kManyDeliveryBytes;
}

// Whether there were any.
bool Reactor::run_posted() {
    std::vector<std::function<void()>> tasks;
    {
        const std::lock_guard lock(posted_mutex_);
        tasks.swap(posted_);
    }
    for (const auto& task : tasks) task();
    look_for_end_of_pause();
    return !tasks.empty();
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

void Reactor::tick(std::int64_t now_us) {
    executor_->refresh_time();
    look_for_end_of_pause();
    // If there is more, it goes on after serving who is waiting.
    expiry_left_ = executor_->expire_cycle(index_, reactors_, kExpireBudgetUs);
    evict();
    if (!expiry_left_) next_tick_us_ = now_us + kTickUs;
    if (now_us >= next_idle_check_us_) {
        next_idle_check_us_ = now_us + kIdleCheckUs;
        close_idle_clients();
        close_slow_readers();
    }
}

// If there is more, it goes on in the next turns.
void Reactor::evict() {
    eviction_left_ = executor_->evict_cycle(kEvictionBudgetUs);
    send_now();
}

void Reactor::close_idle_clients() {
    const std::int64_t timeout_s = engine_.settings().timeout_s;
    if (timeout_s == 0) return;
    const std::int64_t limit_ms = executor_->now_ms() - timeout_s * kMsPerSecond;
    std::vector<std::uint64_t> idle;
    for (const auto& [id, connection] : connections_) {
        const Session& session = connection->session();
        if (session.subscribes() || session.monitors || connection->waits()) continue;
        if (session.last_active_ms < limit_ms) idle.push_back(id);
    }
    for (const std::uint64_t id : idle) close_client(id);
}

void Reactor::close_slow_readers() {
    const Settings& settings = engine_.settings();
    if (settings.output_limit_normal.soft_bytes == 0 && settings.output_limit_pubsub.soft_bytes == 0) return;
    std::vector<Connection*> all;  // Closing one takes it out of the table.
    for (const auto& [id, connection] : connections_) all.push_back(connection.get());
    for (Connection* const connection : all) connection->look_at_backlog(executor_->now_ms());
}

void Reactor::add(Connection& connection) {
    connections_.emplace(connection.session().id, &connection);
    counters().connections.add();
}

void Reactor::retire(Connection& connection) {
    const auto found = connections_.find(connection.session().id);
    CHECK(found != connections_.end());
    std::erase(pushed_to_, &connection);
    retired_.push_back(std::move(found->second));
    connections_.erase(found);
    uncount_client();
}

void Reactor::resume_soon(Connection& connection) {
    resumable_.push_back(connection.session().id);
}

void Reactor::resume_after_pause(Connection& connection) {
    paused_.push_back(connection.session().id);
}

void Reactor::hold_back(Connection& connection) {
    held_back_.push_back(connection.session().id);
}

void Reactor::watch_log(Connection& connection) {
    watching_log_.push_back(connection.session().id);
    // The log may have got there while nobody asked to be told.
    if (!watches_log_.exchange(true)) wake();
}

void Reactor::look_at_log() {
    if (watching_log_.empty()) return;
    for (const std::uint64_t id : std::exchange(watching_log_, {})) {
        const auto found = connections_.find(id);
        if (found != connections_.end() && !found->second->look_at_log()) watching_log_.push_back(id);
    }
    watches_log_ = !watching_log_.empty();
}

void Reactor::resume_all(std::vector<std::uint64_t>& ids) {
    resumable_.insert(resumable_.end(), ids.begin(), ids.end());
    ids.clear();
}

void Reactor::look_for_end_of_crowding() {
    if (!held_back_.empty() && !engine_.deliveries().crowded()) resume_all(held_back_);
}

void Reactor::look_for_end_of_pause() {
    if (!paused_.empty() && engine_.pause().mode(unix_ms()) == Pause::Mode::None) resume_all(paused_);
}

void Reactor::close_client(std::uint64_t id) {
    const auto found = connections_.find(id);
    if (found == connections_.end()) return;
    Connection& connection = *found->second;
    if (connection.is_busy()) {
        connection.session().closing = true;
        return;
    }
    connection.send_pushed_in_turn();
    connection.close();
}

void Reactor::drain() {
    std::vector<std::uint64_t> ids;
    for (const auto& [id, connection] : connections_) ids.push_back(id);
    const auto for_all = [&](auto&& action) {
        for (const std::uint64_t id : ids) {
            const auto found = connections_.find(id);
            if (found != connections_.end()) action(*found->second);
        }
    };
    for_all([&](Connection& connection) {
        connection.finish();
        send_now();
    });
    run_all_deliveries();
    while (!pushed_to_.empty()) send_some_pushed();
    send_last();
    for_all([](Connection& connection) { connection.close(); });
    retired_.clear();
    stop();
}

// What clients have not read yet: a while is enough for those that read.
void Reactor::send_last() {
    const std::int64_t deadline_us = monotonic_us() + kLastSendUs;
    const auto is_sending = [](const auto& each) { return each.second->has_pending(); };
    while (std::ranges::any_of(connections_, is_sending)) {
        const std::int64_t left_ms = (deadline_us - monotonic_us()) / kUsPerMs;
        if (left_ms <= 0) return;
        look_at_log();
        for (const epoll_event& event : poll_.ready(static_cast<int>(left_ms))) {
            if (poll_.signal_of(event)) continue;
            if (ClientPoll::writable(event)) ClientPoll::connection_of(event).on_writable();
        }
    }
}

}  // namespace pongo

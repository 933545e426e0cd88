#include "net/reactor.h"

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

constexpr std::int64_t kIdleCheckUs = kUsPerSecond;
constexpr std::int64_t kExpireBudgetUs = 1'000;
constexpr std::int64_t kEvictionBudgetUs = 1'000;
constexpr std::size_t kReadBufferBytes = std::size_t{256} << 10;
// With more than that, who publishes is held back. Each counts, also when it carries nothing: it takes time.
constexpr std::size_t kManyDeliveryBytes = std::size_t{10} << 20;
constexpr std::size_t kDeliveryBytes = std::size_t{4} << 10;
// How long the replies of a server that stops may take to reach clients that read.
constexpr std::int64_t kLastSendUs = 200'000;

}  // namespace

Reactor::Reactor(Engine& engine, std::size_t index, std::size_t reactors)
    : Poco::Net::SocketReactor(Poco::Timespan(kTickMs * kUsPerMs)),
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

void Reactor::tick(std::int64_t now_us) {
    executor_->refresh_time();
    look_for_end_of_pause();
    // If there is more, it goes on after serving who is waiting.
    expiry_left_ = executor_->expire_cycle(index_, reactors_, kExpireBudgetUs);
    evict();
    if (!expiry_left_) next_tick_us_ = now_us + kTickMs * kUsPerMs;
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

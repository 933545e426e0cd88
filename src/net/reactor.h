// One thread that serves its share of the clients: a POCO SocketReactor, with what the packaged version
// lacks.
//
//  1. While clients keep it busy it waits for them in its own set (ClientPoll) and goes through POCO's loop
//  only when something else is ready, or nobody was for a tick. That loop costs half a microsecond a turn.
//  2. An eventfd is in that set from the start: other threads wake the reactor with post(), and it never
//  sleeps through that. What it delivers to itself it runs at the end of the cycle, without a wake-up.
//  3. Timers are driven after every wait, whether it found something or not.
//  4. Connections are made, used and destroyed on this thread only. One that closes is destroyed after the
//  loop's turn.
//  5. What others have told a client before it asked goes out before the answer: all deliveries that are
//  there run before requests do. While more than kManyDeliveryBytes of them wait, connections whose requests
//  add to them are held back.
//
// What depends on POCO's version (1.11) is in this file and in acceptor.h.
//
// Thread rule: post(), deliver(), wake_if_asked(), load() and stop_soon() on any thread; the rest on the
// reactor's own.
#pragma once

#include <Poco/Net/SocketNotification.h>
#include <Poco/Net/SocketReactor.h>
#include <Poco/Thread.h>

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "engine/deliveries.h"
#include "engine/executor.h"
#include "net/alarm.h"
#include "net/client_poll.h"
#include "net/descriptor_socket.h"

namespace pongo {

class Connection;

class Reactor : public Poco::Net::SocketReactor {
  public:
    Reactor(Engine& engine, std::size_t index, std::size_t reactors);
    ~Reactor() override;

    // `on_start` runs first on the new thread.
    void start(std::function<void()> on_start);
    // Answers what was received, closes all clients and ends the thread.
    void stop_soon();
    void join();

    void post(std::function<void()> task);
    // The same for what may run at any time when no command does (see deliveries.h), in a queue of its own.
    void deliver(Deliveries::Delivery delivery, Deliveries::Wake when, std::size_t bytes);
    void wake_if_asked();
    // On its own thread; is_crowded() on any.
    bool has_deliveries() const {
        return !running_.empty() || has_deliveries_.load(std::memory_order_acquire);
    }
    bool is_crowded() const;
    // How many it has made, for any reactor.
    void count_delivery() { ++delivered_; }
    std::uint64_t delivered() const { return delivered_; }
    // How many clients it has, those on their way included.
    std::size_t load() const { return load_.load(std::memory_order_relaxed); }
    void count_client() { load_.fetch_add(1, std::memory_order_relaxed); }
    void uncount_client() { load_.fetch_sub(1, std::memory_order_relaxed); }

    std::size_t index() const { return index_; }
    Engine& engine() { return engine_; }
    Executor& executor() { return *executor_; }
    Counters& counters() { return executor_->stats().counters; }

    // Scratch memory for the turn of one connection: what it reads into, and what it replies into. Replies of
    // connections that had their turn before may stand in front.
    std::vector<char>& read_buffer() { return scratch_.read_buffer; }
    ReplyBuffer& replies() { return scratch_.replies; }
    ClientPoll& poll() { return poll_; }
    // The last `size` bytes of replies() are for this connection, and are sent when all that are ready had
    // their turn.
    void send_later(Connection& connection, std::size_t size);
    void send_now();
    // The client waits no longer than that.
    void time_out_at(std::int64_t deadline_us, std::uint64_t client) { alarm_.set(deadline_us, client); }
    void cancel_time_out(std::int64_t deadline_us, std::uint64_t client) {
        alarm_.cancel(deadline_us, client);
    }
    // Others have bytes for it. send_now() sends them too, but not to all who get some: meanwhile more may
    // come for those whose turn is later, and goes to them in one.
    void send_pushed_later(Connection& connection) { pushed_to_.push_back(&connection); }
    // How much that is changes.
    void count_pushed(std::size_t bytes) { pushed_bytes_ += bytes; }
    void uncount_pushed(std::size_t bytes) { pushed_bytes_ -= bytes; }
    // Scratch memory for what is sent at once.
    std::string& send_buffer() { return send_buffer_; }
    // At most so many; and all that are there.
    void run_deliveries(std::size_t most);
    void run_all_deliveries();
    std::vector<Request>& requests() { return scratch_.requests; }
    // From within a command that is busy: looks after all clients but the one whose command it is, with an
    // executor and scratch memory of its own.
    void serve_others();

    // Any other socket, served through POCO's loop.
    void watch(const Poco::Net::Socket& socket, const Poco::AbstractObserver& observer);
    void unwatch(const Poco::Net::Socket& socket, const Poco::AbstractObserver& observer);

    void add(Connection& connection);
    // Takes the connection out; it is deleted when the loop's turn is over.
    void retire(Connection& connection);
    // Calls connection.resume() in the loop's next turn.
    void resume_soon(Connection& connection);
    // The same when clients are not paused any more.
    void resume_after_pause(Connection& connection);
    // The same when deliveries are not crowded any more.
    void hold_back(Connection& connection);
    // Calls connection.look_at_log() whenever the log has come further, until that returns true.
    void watch_log(Connection& connection);
    // It has, on any thread.
    void note_synced() {
        if (watches_log_) wake();
    }
    // Closes the client with this id, if it is still here.
    void close_client(std::uint64_t id);

  protected:
    void onTimeout() override { after_wait(); }
    void onBusy() override { after_wait(); }
    void onIdle() override { after_wait(); }

  private:
    // How often it looks after what no event tells of.
    static constexpr int kTickMs = 20;

    struct Unsent {
        Connection* connection;
        std::size_t offset;
        std::size_t size;
    };

    // What the turns of connections use one after the other.
    struct Scratch {
        std::vector<char> read_buffer;
        ReplyBuffer replies;
        std::vector<Request> requests;
        std::vector<Unsent> unsent;
    };

    void end_waiting_of_due();
    void on_clients(Poco::Net::ReadableNotification* notification);
    bool serve_clients();
    void wake();
    void stay_awake();
    void after_wait();
    void send_some_pushed();
    bool run_posted();
    void take_deliveries();
    void resume_connections();
    void resume_all(std::vector<std::uint64_t>& ids);
    void look_at_log();
    void look_for_end_of_crowding();
    void look_for_end_of_pause();
    void tick(std::int64_t now_us);
    void evict();
    void close_idle_clients();
    void close_slow_readers();
    static Scratch new_scratch();
    void send_replies();
    void send_unsent();
    void serve_watched();
    struct Signals {
        bool interrupt = false;
        bool wake = false;
    };
    // Of the next clients that are ready. Returns how many have received something; none if the first one is
    // a special case.
    std::size_t receive_together();
    // Gives all that are ready their turn; `send` sends their replies.
    Signals serve_ready(std::span<const epoll_event> events, void (Reactor::*send)());
    void drain();
    void send_last();

    Engine& engine_;
    const std::size_t index_;
    const std::size_t reactors_;
    Executor usual_executor_;
    std::unique_ptr<Executor> busy_executor_;  // For serve_others().
    Executor* executor_ = &usual_executor_;    // The one in use.
    DescriptorSocket wake_event_;
    Alarm alarm_;
    Poco::Thread thread_;
    std::atomic<std::size_t> load_{0};

    struct Watched {
        Poco::Net::Socket socket;
        std::unique_ptr<Poco::AbstractObserver> observer;
    };
    std::vector<Watched> watched_;

    std::atomic<bool> stopping_{false};
    std::mutex posted_mutex_;
    std::vector<std::function<void()>> posted_;

    struct Due {
        Deliveries::Delivery delivery;
        std::size_t bytes;
    };

    std::mutex deliveries_mutex_;
    std::vector<Due> deliveries_;
    std::atomic<bool> has_deliveries_{false};
    std::uint64_t delivered_ = 0;
    std::atomic<std::size_t> backlog_bytes_{0};  // Of deliveries that have not run.
    std::deque<Due> running_;                    // Taken over from the others.

    std::atomic<bool> wake_asked_{false};  // There are deliveries of which nobody has told it yet.

    ClientPoll poll_;
    std::deque<Connection*> pushed_to_;
    std::size_t pushed_bytes_ = 0;
    std::string send_buffer_;
    Scratch scratch_;
    Scratch busy_scratch_;  // For serve_others(); empty until then.
    std::unordered_map<std::uint64_t, std::unique_ptr<Connection>> connections_;
    std::vector<std::unique_ptr<Connection>> retired_;
    std::span<const epoll_event> ready_;  // Those that are still to have their turn in this cycle,
    std::deque<std::uint64_t> resuming_;  // and those that go on in it.
    std::vector<std::uint64_t> resumable_;
    std::vector<std::uint64_t> paused_;
    std::vector<std::uint64_t> held_back_;
    std::vector<std::uint64_t> watching_log_;
    std::atomic<bool> watches_log_{false};  // There are some.
    std::int64_t next_tick_us_ = 0;
    std::int64_t next_idle_check_us_ = 0;
    bool expiry_left_ = false;
    bool eviction_left_ = false;
};

}  // namespace pongo

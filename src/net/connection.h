// One client's socket, and the ServiceHandler that POCO's acceptor makes for it: bytes in, requests to the
// executor, replies out.
//
// Words: *pending* are replies that the kernel did not take yet; a connection is *stalled* while it has so
// many of them that its requests are not read; *held* are requests that are parsed and wait (CLIENT PAUSE);
// it is *held back* while what its requests have for other reactors crowds there (see deliveries.h).
//
//  1. One turn reads once, executes what is complete, and leaves its replies to be sent in one go at the
//  turn's end.
//  2. A turn ends after kTurnUs even if there is more to do; the rest waits for the next turn, so that no
//  client starves others.
//  3. Replies leave in the order of their requests: nothing is sent directly while something is pending.
//  4. The socket is watched for reading unless the connection is stalled, waits with something pending, or is
//  about to close; and for writing exactly while something is pending.
//  5. That there is something to read is told once: while unread_ is set and the socket is watched for
//  reading, resume() is on its way, or comes when the connection is not held back any more.
//  6. A connection that is idle holds no buffers.
//  7. While a request of it is busy, nothing of its own is read or sent.
//  8. While its client waits and nothing is to be sent, the socket may be lent (see socket_loan.h).
//  9. With appendfsync always nothing is sent that tells of what is not on disk yet: replies are pending, and
//  *withheld*, until LogProgress has come as far as it was when they were made.
//
// Thread rule: its reactor's thread, but close_soon() and answer_at_once() on any.
#pragma once

#include <Poco/Net/SocketReactor.h>
#include <Poco/Net/StreamSocket.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/session.h"
#include "engine/settings.h"
#include "net/outbox.h"
#include "net/socket_loan.h"
#include "net/withheld.h"
#include "resp/reply_buffer.h"
#include "resp/request_parser.h"

namespace pongo {

class Reactor;

class Connection : public ClientLink {
  public:
    // Adds itself to the reactor, which owns it from then on. REQUIRES: `reactor` is a Reactor.
    Connection(const Poco::Net::StreamSocket& socket, Poco::Net::SocketReactor& reactor);
    ~Connection() override;

    Session& session() { return session_; }

    static constexpr std::size_t kReadBytes = std::size_t{64} << 10;

    // `at_end`: the client sends nothing any more.
    void on_readable(bool at_end);
    // Receives into `room` what has come, to be executed by run_received() when others have received theirs.
    // Empty if that is no good here, or there is nothing: on_readable() is for all cases. REQUIRES: there is
    // room for kReadBytes, which stays as it is until run_received().
    std::string_view receive_early(std::span<char> room);
    bool has_received() const { return !received_.empty(); }
    void run_received();
    void on_writable();
    void on_hang_up();
    // Goes on with what was left of the last turn.
    void resume();
    // The replies of the last turn; what the kernel doesn't take becomes pending.
    void send(std::string_view replies);
    // Executes what has arrived, and sends what it can. The server stops.
    void finish();
    bool has_pending() const { return !pending_.empty(); }
    bool is_busy() const { return is_busy_; }
    void close();
    void close_soon() override;
    void push(const BlobRef& bytes) override;
    void catch_up() override;
    void serve_others() override;
    bool answer(const BlobRef& reply) override;
    bool answer_at_once(const BlobRef& reply) override;
    void end_transaction() override { take_pushed(); }
    // To be told when the log has come further, after Reactor::watch_log(): sends what was withheld, ends the
    // waiting of WAITAOF. False if there is more to be waited for.
    bool look_at_log();
    // Sends what was pushed: for the reactor, which was asked to by send_pushed_later().
    void send_pushed_in_turn();
    // Whether its requests have to wait for something else than themselves.
    bool waits() const { return !held_.empty() || session_.blocked() || is_held_back_; }
    // To be told about once a second: closes if there were too many unread replies for too long.
    void look_at_backlog(std::int64_t now_ms);

  private:
    // Beyond this a turn sends what it has before it executes more.
    static constexpr std::size_t kFlushBytes = std::size_t{256} << 10;

    // Each returns false if the connection is closed.
    bool read();
    bool receive_big();
    bool nothing_received(bool ended);
    bool end_of_input(bool broken);
    bool process(std::string_view input);
    bool end_turn(std::string_view rest);

    ssize_t receive(char* room, std::size_t size);
    bool run_held();
    std::size_t run(std::span<Request> requests);
    void read_ahead();
    void refuse_bad_request();
    bool has_to_hold_back() const;
    void hold_back();
    void close_over_query_limit();
    std::size_t waiting_bytes() const;
    void note_waiting();
    void cancel_time_out();
    bool execute(std::size_t count);
    std::string_view unparsed() const { return std::string_view(input_).substr(input_start_); }
    void keep(std::string_view rest);
    bool over_query_limit() const;
    void lend_socket();
    void take_back_socket();
    void begin_replies();
    void take_pushed();
    void forget_pushed();
    void send_pushed();
    const OutputBufferLimit& output_limits() const;
    std::size_t output_limit() const;
    std::string description() const;
    void close_over_output_limit(std::string_view when);
    void deliver();
    void sent_some(bool alive);
    // False if the connection is broken.
    bool send_pending();
    // So many of the bytes that are pending are new, and may have to wait for the log.
    void withhold(std::size_t bytes);
    bool has_sendable() const { return pending_.size() > withheld_.bytes(); }
    bool waits_for_log() const;
    bool waits_for_files() const;
    void watch_log();
    void note_sent(std::uint64_t writes, std::size_t bytes);
    bool stalled() const;
    void watch();
    void publish();
    void resume_soon();
    void resume_if_unread();
    void fill_session();

    Poco::Net::StreamSocket socket_;
    Reactor& reactor_;
    Session session_;
    RequestParser parser_;
    std::string_view received_;  // Early.
    std::string input_;          // Received and, from input_start_ on, not yet parsed.
    std::size_t input_start_ = 0;
    std::vector<Request> held_;  // With their own storage.
    Outbox pending_;
    Withheld withheld_;  // At its end.
    SocketLoan loan_;
    std::vector<BlobRef> pushed_;      // What others have for the client, until this or its own turn is over.
    std::size_t pushed_bytes_ = 0;     // As the reactor counts them.
    ReplyBuffer::Mark turn_start_{};   // Where this turn's replies begin in the reactor's buffer.
    std::int64_t waits_until_us_ = 0;  // 0: as long as it takes, or not at all.
    std::int64_t over_soft_limit_since_ms_ = 0;  // 0: it is not.
    bool unread_ = false;                        // The kernel may have more for us.
    bool at_end_ = false;
    bool watching_reads_ = true;
    bool watching_writes_ = false;
    bool resuming_ = false;
    bool postponed_ = false;        // There is work that waits for the client to read.
    bool in_turn_ = false;          // Its requests run.
    bool is_busy_ = false;          // One of them for so long that others are served meanwhile.
    bool has_unsent_ = false;       // The reactor has replies for it, of an earlier turn of the cycle.
    bool is_answered_ = false;      // Who served it has sent that himself.
    bool has_bad_request_ = false;  // After those that wait.
    bool has_ended_ = false;        // It sends nothing any more; what it has sent is still to be run.
    bool is_held_back_ = false;
    bool is_pushed_to_ = false;     // The reactor knows that there is something.
    bool adds_deliveries_ = false;  // Its last requests did.
    bool is_finishing_ = false;
    bool watches_log_ = false;  // The reactor tells it how far the log has come.
    bool closed_ = false;
};

}  // namespace pongo

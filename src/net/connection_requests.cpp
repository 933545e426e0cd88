// The way in: what a connection receives, parses, executes and holds.
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/escape.h"
#include "base/log.h"
#include "engine/engine.h"
#include "net/connection.h"
#include "net/reactor.h"

namespace pongo {
namespace {

constexpr std::size_t kBigReadBytes = std::size_t{1} << 20;
constexpr std::int64_t kTurnUs = 500;
constexpr std::size_t kLoggedInputBytes = 64;

std::size_t argument_bytes(const Request& request) {
    std::size_t bytes = 0;
    for (const std::string_view arg : request.args) bytes += arg.size();
    return bytes;
}

// Whether an error of recv(2) means that there will be nothing more.
bool is_lasting(int error) {
    return error != EAGAIN && error != EINTR;
}

}  // namespace

void Connection::on_readable(bool at_end) {
    unread_ = true;
    at_end_ = at_end_ || at_end;
    if (closed_ || resuming_ || is_busy_ || !watching_reads_) return;
    if (session_.blocked() || !held_.empty()) {
        read_ahead();
    } else if (!waits()) {
        read();
    }
}

std::string_view Connection::receive_early(std::span<char> room) {
    if (closed_ || resuming_ || is_busy_ || !watching_reads_ || watching_writes_ || has_received()) return {};
    if (waits() || !unparsed().empty() || !parser_.big_room().empty()) return {};
    const ssize_t received = receive(room.data(), kReadBytes);
    if (received > 0) received_ = {room.data(), static_cast<std::size_t>(received)};
    return received_;
}

// Those who had their turn meanwhile may have closed it, or made it stall.
void Connection::run_received() {
    const std::string_view received = std::exchange(received_, {});
    if (closed_) return;
    if (!stalled()) return static_cast<void>(process(received));
    keep(received);
    postponed_ = true;
    publish();
}

void Connection::resume_soon() {
    if (resuming_) return;
    resuming_ = true;
    reactor_.resume_soon(*this);
}

void Connection::resume_if_unread() {
    if (unread_ && watching_reads_ && !is_held_back_) resume_soon();
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
    const std::string_view kept = unparsed();
    if (!parser_.big_room().empty() && kept.empty()) return receive_big();
    std::vector<char>& buffer = reactor_.read_buffer();
    if (kept.size() + kReadBytes > buffer.size()) return process(kept);
    if (!kept.empty()) std::memcpy(buffer.data(), kept.data(), kept.size());
    const ssize_t received = receive(buffer.data() + kept.size(), kReadBytes);
    if (received <= 0) return nothing_received(received == 0);
    return process({buffer.data(), kept.size() + static_cast<std::size_t>(received)});
}

// What was received before and is still to be parsed goes first.
bool Connection::nothing_received(bool ended) {
    const bool broken = !ended && is_lasting(errno);
    if (broken || (ended && unparsed().empty())) return end_of_input(broken);
    has_ended_ = ended;
    if (ended) unread_ = false;
    if (!unparsed().empty()) return process(unparsed());
    resume_if_unread();
    return true;
}

// Nobody waits for replies but one who only has ended sending: he gets those that wait for the log. What has
// to wait for files is run yet, as it would have been without them.
bool Connection::end_of_input(bool broken) {
    if (!broken) send_pushed();
    if (!broken && waits_for_files()) {
        has_ended_ = true;
        unread_ = false;
        return true;
    }
    if (broken || withheld_.empty()) {
        close();
        return false;
    }
    has_ended_ = true;
    unread_ = false;
    session_.closing = true;
    watch();
    return !closed_;
}

// While the client is blocked or paused: what it sends is kept, within the limit, and so it is seen when it
// leaves.
void Connection::read_ahead() {
    const bool is_argument = unparsed().empty() && !parser_.big_room().empty();
    std::span<char> room = is_argument ? parser_.big_room() : std::span<char>(reactor_.read_buffer());
    room = room.first(std::min(room.size(), kReadBytes));
    const ssize_t received = receive(room.data(), room.size());
    const bool broken = received < 0 && is_lasting(errno);
    if (received == 0 || broken) return static_cast<void>(end_of_input(broken));
    if (received < 0) return;
    const auto size = static_cast<std::size_t>(received);
    is_argument ? parser_.big_received(size) : static_cast<void>(input_.append(room.data(), size));
    if (over_query_limit()) return close_over_query_limit();
    publish();
    if (unread_) resume_soon();
}

// The bytes of a big argument go to where they will live.
bool Connection::receive_big() {
    std::size_t budget = kBigReadBytes;
    for (std::span<char> room = parser_.big_room(); !room.empty() && budget > 0; room = parser_.big_room()) {
        const std::size_t wanted = std::min(room.size(), budget);
        const ssize_t received = receive(room.data(), wanted);
        const bool broken = received < 0 && is_lasting(errno);
        if (received == 0 || broken) return end_of_input(broken);
        if (received < 0) break;
        parser_.big_received(static_cast<std::size_t>(received));
        budget -= static_cast<std::size_t>(received);
    }
    return process({});
}

void Connection::resume() {
    resuming_ = false;
    is_held_back_ = false;
    if (closed_) return;
    if (session_.blocked()) {
        if (unread_ && watching_reads_) read_ahead();
    } else if (stalled()) {
        postponed_ = true;
    } else if (!held_.empty()) {
        if (unread_ && watching_reads_) read_ahead();
        if (!closed_) run_held();
    } else if (has_bad_request_) {
        begin_replies();
        refuse_bad_request();
        end_turn({});
    } else if (unread_) {
        read();
    } else {
        process(unparsed());
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
            hold_back();
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
    if (has_ended_ && outcome == RequestParser::Outcome::NeedMore) session_.closing = true;
    return end_turn(input);
}

// After what came before it was answered: the connection ends there.
void Connection::refuse_bad_request() {
    if (session_.wants_reply()) {
        ReplyWriter(reactor_.replies(), session_.protocol).error(parser_.error());
    }
    session_.closing = true;
}

std::size_t Connection::run(std::span<Request> requests) {
    const std::uint64_t delivered = reactor_.delivered();
    in_turn_ = true;
    const std::size_t done = reactor_.executor().run(session_, requests, reactor_.replies());
    in_turn_ = false;
    adds_deliveries_ = reactor_.delivered() != delivered;
    return done;
}

// Runs the first `count` of the reactor's parsed requests. False if the connection must not go on now.
bool Connection::execute(std::size_t count) {
    std::vector<Request>& requests = reactor_.requests();
    const std::size_t done = run({requests.data(), count});
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

// Whose requests have more for other reactors than those can pass on would fill the memory. What is for
// monitors and trackers goes there at the end of a cycle, whoever it is from.
bool Connection::has_to_hold_back() const {
    Engine& engine = reactor_.engine();
    if (is_finishing_ || !engine.deliveries().crowded()) return false;
    const Command* const last = session_.last_command;
    return adds_deliveries_ || engine.monitors().any() ||
           (engine.tracking().in_use() && last && (last->is(Write) || last->is(RunsQueue)));
}

void Connection::hold_back() {
    is_held_back_ = true;
    resuming_ = true;
    reactor_.hold_back(*this);
}

void Connection::note_waiting() {
    if (const auto waiter = session_.waiter()) {
        if (has_ended_) session_.closing = true;  // Nobody looks for its end again.
        waits_until_us_ = waiter->deadline_us;
        if (waits_until_us_ != 0) reactor_.time_out_at(waits_until_us_, session_.id);
        if (waiter->log_position) watch_log();
    } else if (!held_.empty() && has_ended_ && !waits_for_files()) {
        held_.clear();
        session_.closing = true;
    } else if (!held_.empty()) {
        reactor_.resume_after_pause(*this);
    }
}

// Its requests are held by a snapshot or the append-only file, not by CLIENT PAUSE.
bool Connection::waits_for_files() const {
    const Pause& pause = reactor_.engine().pause();
    return !held_.empty() && pause.mode(reactor_.executor().now_ms()) == Pause::Mode::None;
}

void Connection::cancel_time_out() {
    if (waits_until_us_ != 0) reactor_.cancel_time_out(waits_until_us_, session_.id);
    waits_until_us_ = 0;
}

bool Connection::run_held() {
    std::vector<Request> requests = std::exchange(held_, {});
    session_.paused = false;
    begin_replies();
    const std::size_t done = run(requests);
    held_.assign(std::make_move_iterator(requests.begin() + static_cast<std::ptrdiff_t>(done)),
                 std::make_move_iterator(requests.end()));
    if (session_.closing) held_.clear();
    note_waiting();
    if (!waits()) resume_soon();  // What has come behind them may be complete by now, and in the parser.
    return end_turn(unparsed());
}

bool Connection::end_turn(std::string_view rest) {
    keep(session_.closing ? std::string_view() : rest);
    deliver();
    if (closed_) return false;
    if (over_query_limit()) {
        close_over_query_limit();
        return false;
    }
    watch();
    publish();
    resume_if_unread();
    return true;
}

// What a turn has left. It may stand in input_ already: much may have come while the client was blocked, and
// is not moved with every turn.
void Connection::keep(std::string_view rest) {
    const bool is_there = rest.data() >= input_.data() && rest.data() < input_.data() + input_.size();
    const std::size_t start = is_there ? input_.size() - rest.size() : 0;
    if (is_there && start < rest.size()) {
        input_start_ = start;
    } else {
        input_ = std::string(rest);
        input_start_ = 0;
    }
}

bool Connection::over_query_limit() const {
    const auto limit = static_cast<std::size_t>(reactor_.engine().settings().client_query_buffer_limit);
    return unparsed().size() + parser_.memory() > limit;
}

void Connection::close_over_query_limit() {
    log_warning("Closing client that reached max query buffer length: ", description(),
                " (qbuf initial bytes: ", quoted(unparsed().substr(0, kLoggedInputBytes)), ")");
    reactor_.counters().query_buffer_limit_disconnections.add();
    close();
}

// Of requests that wait. One that is blocked has its keys three times.
std::size_t Connection::waiting_bytes() const {
    constexpr std::size_t kCopies = 3;
    std::size_t bytes = 0;
    for (const Request& request : held_) bytes += argument_bytes(request);
    if (const auto waiter = session_.waiter()) bytes += kCopies * argument_bytes(waiter->request);
    return bytes;
}

}  // namespace pongo

#include "engine/executor.h"

#include <algorithm>
#include <new>
#include <stdexcept>
#include <utility>

#include "base/clock.h"
#include "base/containers.h"
#include "base/escape.h"
#include "base/log.h"
#include "engine/access_clock_settings.h"
#include "engine/gates.h"

namespace pongo {
namespace {

constexpr std::size_t kUnwantedReplyBytes = std::size_t{64} << 10;

// What EXEC says when it is turned away itself.
std::string because_of(std::string_view error) {
    constexpr std::string_view kCode = "ERR ";
    if (error.starts_with(kCode)) error.remove_prefix(kCode.size());
    return "EXECABORT Transaction discarded because of: " + std::string(error);
}

// A browser that was lured into posting commands to us begins like this, and must not get any further.
bool is_http(const Request& request) {
    return equals_ignore_case(request.args[0], "POST") || equals_ignore_case(request.args[0], "Host:");
}

constexpr std::uint32_t kWriting = std::uint32_t{Write} | std::uint32_t{MayReplicate};

}  // namespace

Executor::Executor(Engine& engine, std::size_t reactor)
    : engine_(engine),
      stats_(engine.add_executor()),
      context_{.keyspace = engine.keyspace(),
               .log = engine.effects(),
               .unit = unit_,
               .counters = stats_.counters,
               .clock = clock_},
      locks_(engine.keyspace()),
      eviction_(context_, locks_),
      reactor_(reactor) {
    unit_.origin.reactor = reactor;
    refresh_time();
}

Executor::Executor(const Executor& busy)
    : engine_(busy.engine_),
      stats_(busy.stats_),
      context_{.keyspace = engine_.keyspace(),
               .log = engine_.effects(),
               .unit = unit_,
               .counters = stats_.counters,
               .clock = clock_},
      locks_(engine_.keyspace()),
      eviction_(context_, locks_),
      reactor_(busy.reactor_) {
    unit_.origin.reactor = reactor_;
    refresh_time();
}

void Executor::refresh_time() {
    last_ns_ = monotonic_ns();
    unix_offset_ns_ = unix_us() * kNsPerUs - last_ns_;
    context_.now_ms = (last_ns_ + unix_offset_ns_) / kNsPerMs;
    read_settings();
}

void Executor::read_settings() {
    const Settings& settings = engine_.settings();
    context_.keep_expired = engine_.pause().mode(context_.now_ms) != Pause::Mode::None;
    advance(clock_, context_.now_ms, settings);
    context_.free_replaced = Keyspace::lazily_if(settings.lazyfree_lazy_server_del);
    context_.free_expired = Keyspace::lazily_if(settings.lazyfree_lazy_expire);
}

// One clock gives both times: looking at two costs as much as many a command.
void Executor::look_at_clock() {
    last_ns_ = monotonic_ns();
    context_.now_ms = (last_ns_ + unix_offset_ns_) / kNsPerMs;
}

void Executor::see_whether_time_has_passed() {
    if (locks_.has_waited()) look_at_clock();
}

std::size_t Executor::run(Session& session, std::span<Request> requests, ReplyBuffer& replies) {
    look_at_clock();
    read_settings();
    std::size_t done = 0;
    while (done < requests.size()) {
        const std::span<Request> batch = requests.subspan(done, std::min(kBatch, requests.size() - done));
        prepare(session.db, batch);
        for (std::size_t i = 0; i < batch.size(); ++i, ++done) {
            if (batch[i].args.empty()) continue;
            if (!execute(session, prepared_[i], batch[i], replies)) {
                session.paused = true;
                let_go();
                return done;
            }
            if (session.closing || session.blocked()) {
                let_go();
                return done + 1;
            }
        }
    }
    let_go();
    return done;
}

void Executor::wait_for_others() {
    for (std::uint32_t shard = 0; shard < static_cast<std::uint32_t>(engine_.keyspace().shards()); ++shard) {
        if (!locks_.acquire(shard)) break;  // A busy script's client hears of it too late in any case.
    }
    locks_.release();
}

void Executor::let_go() {
    locks_.release();
    if (!served_.empty()) hand_over_served();
    if (std::exchange(told_, false)) engine_.deliveries().wake_others(reactor_);
}

bool Executor::must_wait(const Session& session, const Command& command, const Request& request) const {
    const Pause::Mode mode = engine_.pause().mode(context_.now_ms);
    if (session.monitors) return false;
    if (mode == Pause::Mode::All) return true;
    const bool writers_wait = mode == Pause::Mode::Writes || engine_.data_set().is_crowded();
    return writers_wait && writes(session, command) &&
           (command.is(RunsQueue) || (flags_of(command, request) & kWriting) != 0);
}

// PING tells of trouble with the disk, too: who looks after servers asks with it.
std::string Executor::write_denial(const Session& session, const Command& command,
                                   const Request& request) const {
    if (!engine_.data_set().is_in_trouble()) [[likely]]
        return {};
    const bool asks = (flags_of(command, request) & Write) != 0 || command.is(TellsOfTrouble) ||
                      (command.is(RunsQueue) && session.transaction && session.transaction->is(Write));
    return asks ? engine_.write_denial() : std::string();
}

std::uint32_t Executor::flags_of(const Command& command, const Request& request) const {
    const FlagsOf told_by_request = command.spec->flags_of;
    return told_by_request ? told_by_request(engine_, command.flags, request.args) : command.flags;
}

bool Executor::execute(Session& session, const Prepared& prepared, Request& request, ReplyBuffer& replies) {
    replies_ = &replies;
    session.last_command = prepared.command;
    if (!prepared.command && is_http(request)) {
        log_warning("Possible cross-protocol scripting: a client at ", session.peer_address,
                    " speaks HTTP; its connection is closed");
        session.closing = true;
    } else if (const std::string error = gate_error(engine_.settings(), session, prepared.command, request);
               !error.empty()) {
        reject(prepared.command, error, session);
    } else if (engine_.data_set().loading() && !prepared.command->is(Loading)) {
        reject(prepared.command, std::string(errors::kLoading), session);
    } else if (is_refused_as_busy(*prepared.command)) {
        reject(prepared.command, std::string(engine_.running_scripts().busy_error()), session);
    } else if (is_refused_for_memory(session, *prepared.command, request)) {
        reject(prepared.command, std::string(errors::kOutOfMemory), session);
    } else if (const auto denial = write_denial(session, *prepared.command, request); !denial.empty()) {
        reject(prepared.command, denial, session);
    } else if (must_wait(session, *prepared.command, request)) {
        return false;
    } else if (must_queue(session, *prepared.command)) {
        add_to_queue(session, *prepared.command, request);
    } else {
        if (prepared.command->is(CatchesUp)) {
            let_go();
            session.link->catch_up();
        }
        if (!lock_keys(session, prepared, request)) {
            reject(prepared.command, std::string(engine_.running_scripts().busy_error()), session);
            return true;
        }
        see_whether_time_has_passed();
        unit_.origin = {session.id, session.reactor, session.id};
        // Looked at under the locks: see wait_for_others().
        if (session.doomed) {
            session.closing = true;
            return true;
        }
        if (must_wait(session, *prepared.command, request)) return false;
        context_.keep_expired = engine_.pause().mode(context_.now_ms) != Pause::Mode::None;
        run_now(session, *prepared.command, request);
        if (prepared.command->is(RunsQueue)) session.link->end_transaction();
        if (replies.overflowed()) session.closing = true;
    }
    if (!session.blocked()) session.end_command();
    const bool is_logged = !unit_.commands.empty();
    commit();
    if (is_logged) session.log_position = engine_.data_set().log().appended();
    if (session.tracker.known) finish_tracking(session, prepared.command);
    if (std::exchange(waits_for_others_, false)) {
        let_go();
        wait_for_others();
    }
    return true;
}

// REQUIRES: the locks of its keys are held.
void Executor::run_now(Session& session, const Command& command, Request& request) {
    const std::int64_t start_ns = last_ns_;  // Those that EXEC runs have their own ends.
    context_.note_use = !session.no_touch;
    Call call(*this, engine_, session, command, request, context_, reply_buffer(session), dropped_);
    const std::int64_t spent_ns = run_call(call, session, command, request, start_ns);
    if (call.wait()) return begin_waiting(session, command, request, std::move(*call.wait()), spent_ns);
    if (!command.is(SkipSlowlog)) note_slowness(session, request, spent_ns);
}

std::int64_t Executor::run_call(Call& call, Session& caller, const Command& command, const Request& request,
                                std::int64_t start_ns) {
    stats_.counters.commands.add();
    invoke(command, call);
    call.finish();
    if (call.failed()) stats_.commands[command.index].failed.add();
    if (engine_.tracking().in_use()) note_reads(caller, command, request);
    if (engine_.monitors().any() && !command.is(SkipMonitor) && !command.is(Admin)) {
        engine_.monitors().show(call.session(), request.args, *replies_);
    }
    return note_duration(command, start_ns);
}

void Executor::run_inner(Session& script, Session& caller, const Command& command, Request& request,
                         ReplyBuffer& replies) {
    const std::int64_t now_ms = context_.now_ms;
    Call call(*this, engine_, script, command, request, context_, replies, dropped_);
    const std::int64_t spent_ns = run_call(call, caller, command, request, monotonic_ns());
    if (!command.is(SkipSlowlog)) note_slowness(script, request, spent_ns);
    context_.now_ms = now_ms;  // For a script time stands still.
}

void Executor::replay(Session& session, const Command& command, Request& request) {
    forget_located();
    context_.nothing_expires = true;
    Call call(*this, engine_, session, command, request, context_, dropped_, dropped_);
    invoke(command, call);
    context_.nothing_expires = false;
    dropped_.clear();
    unit_.clear();
}

// The reply to a command that begins now goes there.
ReplyBuffer& Executor::reply_buffer(const Session& session) {
    if (session.wants_reply()) return *replies_;
    dropped_.clear();
    dropped_.limit_growth(kUnwantedReplyBytes);
    return dropped_;
}

// REQUIRES: the locks of its keys are held.
void Executor::note_reads(Session& session, const Command& command, const Request& request) {
    engine_.tracking().tell(unit_);
    if (!session.tracker.notes_reads() || !command.is(ReadOnly) || command.is(PubSub)) return;
    for_each_key(*command.spec, request.args, [&](std::size_t index, const KeySpec&) {
        engine_.tracking().note_read(session, request.args[index]);
    });
}

void Executor::finish_tracking(Session& session, const Command* command) {
    engine_.tracking().give_own(session);
    if (!session.tracker.is(TrackingCaching) || session.transaction) return;
    if (!command || !command->is(KeepsCaching)) session.tracker.clear(TrackingCaching);
}

void Executor::add_to_queue(Session& session, const Command& command, Request& request) {
    // Memory for what will not run anyway would be wasted.
    Transaction& transaction = *session.transaction;
    if (!transaction.broken && !session.watcher.lost()) {
        const std::uint32_t flags = flags_of(command, request);
        transaction.add(command, std::move(request), flags);
        session.queued = static_cast<int>(transaction.queue.size());
        session.queued_bytes = transaction.bytes;
    }
    ReplyWriter(reply_buffer(session), session.protocol).simple("QUEUED");
}

void Executor::run_queue(Call& exec, Transaction& transaction) {
    Session& session = exec.session();
    exec.reply().array(transaction.queue.size());
    session.must_not_block = true;
    for (Transaction::Queued& queued : transaction.queue) {
        forget_located();
        run_now(session, *queued.command, queued.request);
    }
    session.must_not_block = false;
}

// Memory may run out in any handler. Redis ends then; here the command fails, and what it had begun is taken
// back.
void Executor::invoke(const Command& command, Call& call) {
    try {
        command.spec->handler(call);
    } catch (const std::bad_alloc&) {
        log_warning("Out of memory while running '", command.name, "'");
        call.fail("OOM there is not enough memory to run this command");
    } catch (const std::length_error&) {
        call.fail("OOM there is not enough memory to run this command");
    }
}

bool Executor::is_refused_as_busy(const Command& command) const {
    return engine_.running_scripts().busy() && !command.is(AllowBusy);
}

void Executor::reject(const Command* command, const std::string& error, Session& session) {
    const bool ends_transaction = command && command->is(RunsQueue);
    const std::string told = ends_transaction ? because_of(error) : error;
    if (ends_transaction) engine_.take_transaction(session);
    if (session.transaction) session.transaction->broken = true;
    ReplyWriter(reply_buffer(session), session.protocol).error(told);
    engine_.errors().add(told);
    stats_.counters.error_replies.add();
    if (command) stats_.commands[command->index].rejected.add();
}

std::int64_t Executor::note_duration(const Command& command, std::int64_t start_ns) {
    const std::int64_t now = monotonic_ns();
    const std::int64_t duration_ns = std::max<std::int64_t>(now - start_ns, 0);
    last_ns_ = now;
    const Settings& settings = engine_.settings();
    stats_.commands[command.index].record(static_cast<std::uint64_t>(duration_ns), settings.latency_tracking);
    if (duration_ns > kNsPerMs) {
        engine_.latency().add(command.is(Fast) ? latency_event::kFastCommand : latency_event::kCommand,
                              duration_ns / kNsPerMs, settings.latency_monitor_threshold_ms,
                              unix_ms() / kMsPerSecond);
        refresh_time();
    } else if (command.is(Admin)) {
        read_settings();  // Which it may have changed: the next request of the batch must see that.
    }
    return duration_ns;
}

void Executor::note_slowness(const Session& session, const Request& request, std::int64_t spent_ns) {
    const Settings& settings = engine_.settings();
    const std::int64_t limit_us = settings.slowlog_log_slower_than_us;
    const std::int64_t spent_us = spent_ns / kNsPerUs;
    if (limit_us < 0 || spent_us < limit_us) return;
    const bool of_script = session.is_script;
    engine_.slow_log().add(unix_ms() / kMsPerSecond, spent_us, request.args,
                           of_script ? "?:0" : session.peer_address, session.texts().name,
                           static_cast<std::size_t>(settings.slowlog_max_len));
}

}  // namespace pongo

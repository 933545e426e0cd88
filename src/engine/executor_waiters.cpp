// The executor's part in waiting: see waiters.h.
#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "engine/executor.h"
#include "keyspace/live_entry.h"

namespace pongo {
namespace {

constexpr std::int64_t kLongestWaitMs = std::int64_t{1} << 50;  // Some 35,000 years.

// The keys of its command beside those that it waits for.
std::vector<std::string_view> further_keys(const Waiter& waiter) {
    std::vector<std::string_view> keys;
    for_each_key(*waiter.command->spec, waiter.request.args,
                 [&](std::size_t index, const KeySpec&) { keys.push_back(waiter.request.args[index]); });
    if (keys.size() == waiter.keys.size()) return {};
    std::erase_if(
        keys, [&](std::string_view key) { return std::ranges::find(waiter.keys, key) != waiter.keys.end(); });
    return keys;
}

}  // namespace

void Executor::begin_waiting(Session& session, const Command& command, Request& request, Wait&& wait,
                             std::int64_t spent_ns) {
    const auto waiter = std::make_shared<Waiter>();
    waiter->session = session.id;
    waiter->reactor = session.reactor;
    waiter->db = session.db;
    waiter->protocol = session.protocol;
    waiter->command = &command;
    waiter->type = wait.type;
    waiter->would_find = std::move(wait.would_find);
    waiter->log_position = wait.log_position;
    waiter->in_vain = std::move(wait.in_vain);
    waiter->keys = std::move(wait.keys);
    const bool for_ever = wait.timeout_ms == 0 || wait.timeout_ms > kLongestWaitMs;
    waiter->deadline_us = for_ever ? 0 : monotonic_us() + wait.timeout_ms * kUsPerMs;
    for (const auto& [index, text] : wait.replacements) request.args[index] = text;
    request.own();
    waiter->request = std::exchange(request, {});
    waiter->further_keys = further_keys(*waiter);
    waiter->spent_ns = spent_ns;
    engine_.waiters().add(waiter);
    session.set_waiter(waiter);
}

void Executor::commit() {
    std::vector<TouchedKey> ready;
    if (engine_.waiters().count() > 0) {
        ready = unit_.touched;
        for (const int db : unit_.emptied_dbs) {  // By SWAPDB, under all locks, others may stand there now.
            for (std::uint32_t shard = 0; shard < static_cast<std::uint32_t>(engine_.keyspace().shards());
                 ++shard) {
                for (std::string& key : engine_.waiters().keys(shard, db))
                    ready.push_back({db, std::move(key)});
            }
        }
    }
    tell();
    if (!ready.empty()) serve_waiters(std::move(ready));
}

void Executor::tell() {
    told_ = told_ || !unit_.events.empty();
    engine_.effects().commit(unit_);
    if (engine_.tracking().in_use() && engine_.tracking().send(reactor_)) told_ = true;
}

void Executor::serve_waiters(std::vector<TouchedKey> ready) {
    for (std::size_t i = 0; i < ready.size(); ++i) {
        const TouchedKey key = ready[i];
        while (const auto waiter = waiter_for(key)) {
            ShardSet further;
            for (const std::string_view each : waiter->further_keys) {
                further.add(engine_.keyspace().locate(each).shard);
            }
            const KeyLocks::Added added = locks_.add(further);
            if (added == KeyLocks::Added::No) {
                unserved_.insert(unserved_.end(), ready.begin() + static_cast<std::ptrdiff_t>(i),
                                 ready.end());
                return;
            }
            if (added == KeyLocks::Added::AfterLettingGo) continue;  // Anything may have happened meanwhile.
            if (!waiter->claim(Waiter::State::Served)) continue;
            unit_.origin.client = waiter->session;
            serve(waiter, key.key);
            ready.insert(ready.end(), unit_.touched.begin(), unit_.touched.end());
            tell();
            unit_.origin.client = unit_.origin.running;
        }
    }
}

std::shared_ptr<Waiter> Executor::waiter_for(const TouchedKey& key) {
    const KeyLocation at = engine_.keyspace().locate(key.key);
    const Entry* const stored = engine_.keyspace().database(key.db, at).find(at);
    const Entry* const entry = stored && is_live(*stored, context_.expiry_ms()) ? stored : nullptr;
    return engine_.waiters().first(at.shard, key.db, key.key, entry);
}

// On behalf of a client of any reactor: its session is not ours, so another one stands for it.
void Executor::serve(const std::shared_ptr<Waiter>& waiter, std::string_view key) {
    ReplyBuffer replies;
    Session stand_in(waiter->session, nullptr, waiter->reactor);
    stand_in.db = waiter->db;
    stand_in.protocol = waiter->protocol;
    stand_in.must_not_block = true;
    forget_located();
    const std::int64_t start_ns = monotonic_ns();
    Call call(*this, engine_, stand_in, *waiter->command, waiter->request, context_, replies, dropped_);
    call.serve(key);
    invoke(*waiter->command, call);
    call.finish();
    const std::int64_t spent_ns = monotonic_ns() - start_ns;
    waiter->spent_ns += spent_ns;
    CommandStats& stats = stats_.commands[waiter->command->index];
    stats.ns.add(static_cast<std::uint64_t>(spent_ns));
    if (call.failed()) stats.failed.add();
    served_.push_back({waiter, BlobRef::copy_of(replies.to_string()), std::move(call.undo())});
}

// A client of another reactor has its answer before that one is woken.
void Executor::hand_over_served() {
    const auto reactors = static_cast<std::size_t>(engine_.settings().reactors);
    for (Served& each : std::exchange(served_, {})) {
        Waiter& waiter = *each.waiter;
        bool hears_of_others = false;
        engine_.clients().with(waiter.session, [&](const Session& session) {
            note_slowness(session, waiter.request, waiter.spent_ns);
            hears_of_others = session.tracker.hears_of > 0;
            if (waiter.reactor == reactor_ || hears_of_others) return;
            waiter.is_answered = session.link->answer_at_once(each.reply);
        });
        deliver_by_way_of(hears_of_others ? 0 : reactors, reactor_, std::move(each));
        told_ = true;
    }
}

// Notices that others redirect to the client may come by way of any reactor, and were said before: then the
// answer goes by way of all of them, from `next` on, but for the client's own and the one that it came from.
void Executor::deliver_by_way_of(std::size_t next, std::size_t origin, Served served) {
    const std::size_t own = served.waiter->reactor;
    while (next == origin || next == own) ++next;
    const bool arrives = next >= static_cast<std::size_t>(engine_.settings().reactors);
    engine_.deliveries().deliver(
        reactor_, arrives ? own : next,
        [served = std::move(served), origin, next, arrives](Executor& there) {
            if (!arrives) return there.deliver_by_way_of(next + 1, origin, served);
            there.end_waiting(served.waiter, served.reply, served.undo);
        },
        reactor_ == origin ? Deliveries::Wake::Later : Deliveries::Wake::Now);
}

void Executor::end_waiting(const std::shared_ptr<Waiter>& waiter, const BlobRef& reply,
                           const std::vector<std::string>& undo) {
    engine_.waiters().remove(waiter);
    Session* const session = engine_.clients().find(waiter->session);
    if (session && session->waiter() == waiter) {
        session->set_waiter(nullptr);
        session->log_position = engine_.data_set().log().appended();
        const bool is_answered = session->link->answer(reply);
        session->end_command();
        if (is_answered) return;
    }
    if (waiter->is_answered || undo.empty()) return;
    OwnCommand own{waiter->db, undo};
    if (!run_own(own)) owed_.push_back(std::move(own));
}

void Executor::time_out(Session& session, std::int64_t now_us) {
    const auto waiter = session.waiter();
    if (!waiter || waiter->deadline_us == 0 || waiter->deadline_us > now_us) return;
    if (!waiter->claim(Waiter::State::TimedOut)) return;
    end_waiting(waiter, waiter->reply_in_vain(), {});
}

void Executor::end_waiting_for_log(Session& session) {
    const auto waiter = session.waiter();
    if (waiter && waiter->claim(Waiter::State::Served)) end_waiting(waiter, waiter->reply_in_vain(), {});
}

void Executor::catch_up() {
    if ((owed_.empty() && unserved_.empty()) || engine_.running_scripts().busy()) return;
    std::erase_if(owed_, [this](const OwnCommand& own) { return run_own(own); });
    for (TouchedKey& key : std::exchange(unserved_, {})) {
        if (locks_.acquire(engine_.keyspace().locate(key.key).shard)) {
            unit_.origin = {0, reactor_};
            serve_waiters({key});
            let_go();
        } else {
            unserved_.push_back(std::move(key));
        }
    }
}

// False if it could not be done now. REQUIRES: between commands.
bool Executor::run_own(const OwnCommand& own) {
    Session nobody(0, nullptr, reactor_);
    nobody.db = own.db;
    Request request;
    request.args.assign(own.args.begin(), own.args.end());
    const Command* const command = engine_.commands().find_full_name(own.args[0]);
    CHECK(command);
    ReplyBuffer replies;
    look_at_clock();
    if (!lock_keys(nobody, {command, {}}, request)) return false;
    unit_.origin = {0, reactor_};
    Call call(*this, engine_, nobody, *command, request, context_, replies, dropped_);
    invoke(*command, call);
    call.finish();
    commit();
    let_go();
    return true;
}

}  // namespace pongo

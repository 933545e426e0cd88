// The executor's part in keeping below maxmemory: what happens before a command that might need memory.
#include <algorithm>
#include <cmath>

#include "base/clock.h"
#include "engine/executor.h"

namespace pongo {
namespace {

// So many keys are removed between two looks at the clock.
constexpr int kEvictedPerLook = 8;
// Who has to remove keys removes some more, so that not every command has to.
constexpr std::int64_t kSpareBytes = std::int64_t{16} << 10;
// Commands that run before other clients have their turn may together take so many times what one may.
constexpr std::int64_t kCommandsPerTurn = 4;

// What maxmemory-eviction-tenacity allows one command to spend: half a millisecond at 10, two minutes at 99.
std::int64_t patience_us(std::int64_t tenacity) {
    constexpr std::int64_t kUsual = 10;
    constexpr std::int64_t kEndless = 100;
    constexpr std::int64_t kUsPerStep = 50;
    if (tenacity <= kUsual) return tenacity * kUsPerStep;
    if (tenacity >= kEndless) return INT64_MAX / kCommandsPerTurn;
    return static_cast<std::int64_t>(kUsual * kUsPerStep * std::pow(1.15, tenacity - kUsual));
}

EvictionRule rule_of(const Settings& settings) {
    using First = EvictionRule::First;
    const auto samples = static_cast<std::size_t>(settings.maxmemory_samples);
    switch (settings.maxmemory_policy) {
        case MaxmemoryPolicy::VolatileLru:
            return {First::LeastRecent, true, samples};
        case MaxmemoryPolicy::VolatileLfu:
            return {First::LeastFrequent, true, samples};
        case MaxmemoryPolicy::VolatileRandom:
            return {First::Any, true, samples};
        case MaxmemoryPolicy::VolatileTtl:
            return {First::NextToExpire, true, samples};
        case MaxmemoryPolicy::AllkeysLfu:
            return {First::LeastFrequent, false, samples};
        case MaxmemoryPolicy::AllkeysRandom:
            return {First::Any, false, samples};
        case MaxmemoryPolicy::AllkeysLru:
        case MaxmemoryPolicy::NoEviction:
            break;
    }
    return {First::LeastRecent, false, samples};
}

}  // namespace

void Executor::begin_turn() {
    evicting_us_ = 0;
    tolerated_excess_ = 0;
}

// While clients are paused the data set stays as it is, and nobody is refused; nor are keys removed while a
// script keeps others waiting, while what an append-only file tells of them is still to be run, or while a
// snapshot, or the log, has all that it may keep in memory.
bool Executor::may_evict() const {
    const DataSet& data_set = engine_.data_set();
    return !context_.keep_expired && !engine_.running_scripts().busy() && !data_set.loading() &&
           !data_set.is_crowded();
}

Executor::Room Executor::make_room() {
    const MemoryLimit& limit = engine_.memory_limit();
    if (limit.excess() <= 0) return note_room(Room::Enough);
    if (!may_evict()) return Room::Enough;
    if (limit.excess() <= tolerated_excess_) return Room::Soon;
    return note_room(evict_until_enough(patience_us(engine_.settings().maxmemory_eviction_tenacity)));
}

// Room::Soon: it took too long; the rest is done in the next turns. In this one, commands only make room for
// as much as comes in addition.
Executor::Room Executor::evict_until_enough(std::int64_t patience) {
    if (engine_.settings().maxmemory_policy == MaxmemoryPolicy::NoEviction) return Room::None;
    const MemoryLimit& limit = engine_.memory_limit();
    const std::int64_t start_us = monotonic_us();
    const std::int64_t deadline_us = start_us + std::min(patience, INT64_MAX - start_us);
    const std::int64_t enough = tolerated_excess_ > 0 ? tolerated_excess_ : -kSpareBytes;
    Room room = Room::Enough;
    for (int evicted = 1; room == Room::Enough && limit.excess() > enough; ++evicted) {
        room = evict_one();
        if (evicted % kEvictedPerLook != 0) continue;
        engine_.memory_limit().look_at_resident_size();
        if (room == Room::Enough && monotonic_us() >= deadline_us) room = Room::Soon;
    }
    if (limit.excess() <= 0) room = Room::Enough;
    const std::int64_t end_us = monotonic_us();
    note_eviction(end_us - start_us);
    if (room == Room::Enough && tolerated_excess_ > 0) return Room::Soon;
    evicting_us_ += end_us - start_us;
    const bool turn_is_over = evicting_us_ >= patience * kCommandsPerTurn;
    if (room == Room::Soon && turn_is_over) tolerated_excess_ = std::max<std::int64_t>(limit.excess(), 0);
    return room;
}

Executor::Room Executor::evict_one() {
    const Settings& settings = engine_.settings();
    unit_.origin = {0, reactor_};
    const Keyspace::Free how = Keyspace::lazily_if(settings.lazyfree_lazy_eviction);
    switch (eviction_.evict_one(rule_of(settings), how)) {
        case Eviction::Outcome::Evicted:
            commit();
            return Room::Enough;
        case Eviction::Outcome::Busy:
            return Room::Soon;
        case Eviction::Outcome::Nothing:
            break;
    }
    // Where the resident size is limited, what keys have left may be given back first.
    MemoryLimit& limit = engine_.memory_limit();
    if (settings.maxmemory_rss != 0) {
        purge_free_memory();
        limit.set_ceiling(MemoryMeter::mine().used(), resident_size());
        if (limit.excess() <= 0) return Room::Enough;
    }
    // What has been taken out is on its way to be freed.
    return engine_.keyspace().reclaimer().pending() > 0 ? Room::Soon : Room::None;
}

Executor::Room Executor::note_room(Room room) {
    using State = MemoryLimit::State;
    engine_.memory_limit().note(room == Room::Enough ? State::Kept : State::Exceeded, last_look_us());
    return room;
}

void Executor::note_eviction(std::int64_t spent_us) {
    if (spent_us < kUsPerMs) return;
    engine_.latency().add(latency_event::kEvictionCycle, spent_us / kUsPerMs,
                          engine_.settings().latency_monitor_threshold_ms, context_.now_ms / kMsPerSecond);
}

bool Executor::evict_cycle(std::int64_t budget_us) {
    begin_turn();
    MemoryLimit& limit = engine_.memory_limit();
    limit.look_at_resident_size();
    if (limit.excess() <= 0 || !may_evict()) return false;
    const Room room = note_room(evict_until_enough(budget_us));
    let_go();
    begin_turn();
    return room == Room::Soon;
}

// Within MULTI everything takes memory but what ends it.
bool Executor::needs_room(const Session& session, const Command& command, const Request& request) const {
    if ((flags_of(command, request) & DenyOom) != 0) return true;
    if (!session.transaction || command.is(EndsMulti)) return false;
    return !command.is(RunsQueue) || session.transaction->is(DenyOom);
}

bool Executor::is_refused_for_memory(const Session& session, const Command& command, const Request& request) {
    lacks_room_ = make_room() == Room::None;
    return lacks_room_ && needs_room(session, command, request);
}

}  // namespace pongo

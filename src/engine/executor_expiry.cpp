// The executor's part in expiry: keys and fields whose time has come, though nobody asks for them.
#include "base/clock.h"
#include "engine/executor.h"

namespace pongo {
namespace {

constexpr int kMoveRunsPerCycle = 64;
constexpr int kExpiredPerTurn = 64;

}  // namespace

bool Executor::expire_cycle(std::size_t part, std::size_t parts, std::int64_t budget_us) {
    // While writers wait, so does this.
    if (engine_.data_set().loading() || engine_.data_set().is_crowded()) return false;
    const std::int64_t deadline_us = monotonic_us() + budget_us;
    unit_.origin = {0, part};
    engine_.waiters().tidy(reactor_);
    // What other threads do meanwhile is not the cycle's own slowness.
    const std::int64_t start_us = thread_cpu_us();
    bool more = false;
    const auto shards = static_cast<std::uint32_t>(engine_.keyspace().shards());
    for (auto shard = static_cast<std::uint32_t>(part); shard < shards;
         shard += static_cast<std::uint32_t>(parts)) {
        more = expire_shard(shard, deadline_us) || more;
    }
    const std::int64_t elapsed_us = thread_cpu_us() - start_us;
    stats_.counters.expire_cycle_cpu_us.add(static_cast<std::uint64_t>(elapsed_us));
    engine_.latency().add(latency_event::kExpireCycle, elapsed_us / kUsPerMs,
                          engine_.settings().latency_monitor_threshold_ms, context_.now_ms / kMsPerSecond);
    return more;
}

bool Executor::expire_some(const Database& database, int db) {
    const Keyspace& keyspace = engine_.keyspace();
    Access access(context_, db);
    Entry* expired = nullptr;
    for (int i = 0; i < kExpiredPerTurn && (expired = database.first_expired(context_.now_ms)); ++i) {
        access.expire(keyspace.locate(expired->key()), expired);
    }
    const std::uint64_t fields_end = stats_.counters.expired_fields.get() + kExpiredPerTurn;
    Entry* hash = nullptr;
    while ((hash = database.first_with_due_fields(context_.now_ms))) {
        const std::uint64_t fields = stats_.counters.expired_fields.get();
        if (fields >= fields_end) break;
        access.expire_fields(keyspace.locate(hash->key()), hash, fields_end - fields);
    }
    return expired || hash;
}

// A shard that a slow command holds has its turn in a later cycle: this reactor's clients do not wait for it.
bool Executor::expire_shard(std::uint32_t shard_index, std::int64_t deadline_us) {
    Shard& shard = engine_.keyspace().shard(shard_index);
    bool more = false;
    for (int db = 0; db < engine_.keyspace().databases(); ++db) {
        if (!locks_.try_acquire(shard_index)) return more;
        Database& database = *shard.databases[static_cast<std::size_t>(db)];
        // Whoever fills or empties a table moves it fast enough; this is for one that is left alone half way.
        database.step(kMoveRunsPerCycle);
        for (bool again = true; again;) {
            if (!locks_.try_acquire(shard_index)) return more;
            again = false;
            if (engine_.active_expire && !engine_.clock_paused && !context_.keep_expired) {
                again = expire_some(database, db);
            }
            commit();
            let_go();
            if (again && monotonic_us() >= deadline_us) {
                more = true;
                again = false;
            }
        }
    }
    return more;
}

}  // namespace pongo

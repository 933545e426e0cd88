#include "keyspace/eviction.h"

#include <algorithm>

#include "base/clock.h"

namespace pongo {
namespace {

constexpr std::size_t kPoolSize = 16;
// Looks after which the pool may hold nothing but keys that are gone or were used since.
constexpr int kLooks = 4;

std::uint64_t count_of(const Database& database, const EvictionRule& rule) {
    return rule.only_volatile ? database.volatile_size() : database.size();
}

}  // namespace

Eviction::Outcome Eviction::evict_one(const EvictionRule& rule, Keyspace::Free how) {
    if (rule.first == EvictionRule::First::Any) return evict_any(rule, how);
    if (rule != rule_) pool_.clear();
    rule_ = rule;
    for (int i = 0; i < kLooks; ++i) {
        Seen seen = look(rule);
        if (!seen.any && !seen.busy) return Outcome::Nothing;
        if (evict_best(how, seen.busy)) return Outcome::Evicted;
        if (seen.busy) return Outcome::Busy;
    }
    return Outcome::Busy;
}

// From a random shard on, until one has something to choose from.
Eviction::Seen Eviction::look(const EvictionRule& rule) {
    const auto shards = static_cast<std::uint32_t>(context_.keyspace.shards());
    const std::size_t wanted = rule.first == EvictionRule::First::NextToExpire ? rule.samples : 1;
    auto shard = static_cast<std::uint32_t>(context_.random.below(shards));
    Seen seen;
    std::size_t found = 0;
    for (std::uint32_t i = 0; i < shards && found < wanted; ++i, shard = (shard + 1) % shards) {
        if (!locks_.try_acquire(shard)) {
            seen.busy = true;
        } else if (look_into(shard, rule)) {
            ++found;
        }
    }
    seen.any = found > 0;
    return seen;
}

bool Eviction::look_into(std::uint32_t shard, const EvictionRule& rule) {
    bool any = false;
    for (int db = 0; db < context_.keyspace.databases(); ++db) {
        const Database& looked_at = database(shard, db);
        if (count_of(looked_at, rule) == 0) continue;
        any = true;
        sample(looked_at, db, shard, rule);
    }
    return any;
}

void Eviction::sample(const Database& database, int db, std::uint32_t shard, const EvictionRule& rule) {
    if (rule.first == EvictionRule::First::NextToExpire) {
        consider(database, db, shard, *database.next_to_expire());
    } else if (rule.only_volatile) {
        for (std::size_t i = 0; i < rule.samples; ++i) {
            consider(database, db, shard, *database.random_volatile(context_.random));
        }
    } else {
        database.sample(context_.random, rule.samples,
                        [&](const Entry* entry) { consider(database, db, shard, *entry); });
    }
}

// Everybody's age grows alike: what counts is when it was used, or how often.
std::int64_t Eviction::rank_of(const Entry& entry) const {
    switch (rule_.first) {
        case EvictionRule::First::NextToExpire:
            return entry.expires_at_ms();
        case EvictionRule::First::LeastFrequent:
            return context_.clock.frequency(entry.access());
        default:
            return context_.now_ms / kMsPerSecond - context_.clock.idle_seconds(entry.access());
    }
}

void Eviction::consider(const Database& database, int db, std::uint32_t shard, const Entry& entry) {
    const std::int64_t rank = rank_of(entry);
    if (pool_.size() == kPoolSize && rank >= pool_.front().rank) return;
    const std::uint64_t hash = database.hash_of(&entry);
    const bool is_known =
        std::ranges::any_of(pool_, [&](const Candidate& each) { return each.hash == hash && each.db == db; });
    if (is_known) return;
    if (pool_.size() == kPoolSize) pool_.erase(pool_.begin());
    const auto place = std::ranges::lower_bound(pool_, rank, std::greater<>{}, &Candidate::rank);
    pool_.insert(place, {rank, hash, shard, entry.access(), db});
}

// What has become worse since it was looked at gets another chance.
bool Eviction::evict_best(Keyspace::Free how, bool& busy) {
    for (std::size_t i = pool_.size(); i-- > 0;) {
        const Candidate best = pool_[i];
        if (!locks_.try_acquire(best.shard)) {
            busy = true;
            continue;
        }
        pool_.erase(pool_.begin() + static_cast<std::ptrdiff_t>(i));
        Entry* const entry = database(best.shard, best.db).find_hashed(best.hash);
        if (!entry || entry->access() != best.access) continue;
        if (rule_.only_volatile && !entry->has_expiry()) continue;
        if (rank_of(*entry) > best.rank) continue;
        evict(entry, best.hash, best.shard, best.db, how);
        return true;
    }
    return false;
}

Eviction::Outcome Eviction::evict_any(const EvictionRule& rule, Keyspace::Free how) {
    const auto shards = static_cast<std::uint32_t>(context_.keyspace.shards());
    auto shard = static_cast<std::uint32_t>(context_.random.below(shards));
    bool busy = false;
    for (std::uint32_t i = 0; i < shards; ++i, shard = (shard + 1) % shards) {
        if (!locks_.try_acquire(shard)) {
            busy = true;
        } else if (evict_any_of(shard, rule, how)) {
            return Outcome::Evicted;
        }
    }
    return busy ? Outcome::Busy : Outcome::Nothing;
}

// Every key of the shard with the same chance, whatever its database.
bool Eviction::evict_any_of(std::uint32_t shard, const EvictionRule& rule, Keyspace::Free how) {
    std::uint64_t keys = 0;
    for (int db = 0; db < context_.keyspace.databases(); ++db) keys += count_of(database(shard, db), rule);
    if (keys == 0) return false;
    std::uint64_t chosen = context_.random.below(keys);
    int db = 0;
    for (std::uint64_t count = 0; chosen >= (count = count_of(database(shard, db), rule)); ++db) {
        chosen -= count;
    }
    const Database& its = database(shard, db);
    Entry* const entry =
        rule.only_volatile ? its.random_volatile(context_.random) : its.random(context_.random);
    evict(entry, its.hash_of(entry), shard, db, how);
    return true;
}

void Eviction::evict(Entry* entry, std::uint64_t hash, std::uint32_t shard, int db, Keyspace::Free how) {
    Access(context_, db).evict({entry->key(), hash, shard}, entry, how);
}

}  // namespace pongo

#include "engine/waiters.h"

#include <algorithm>
#include <mutex>

#include "effects/effect_log.h"
#include "keyspace/entry.h"

namespace pongo {

BlobRef Waiter::reply_in_vain() const {
    ReplyBuffer buffer;
    ReplyWriter reply(buffer, protocol);
    in_vain ? in_vain(reply) : reply.null_array();
    return BlobRef::copy_of(buffer.flat());
}

bool Waiter::would_find_at(std::string_view key, const Entry* entry) const {
    return would_find ? would_find(key, entry) : entry && entry->type() == type;
}

Waiters::Waiters(Keyspace& keyspace, EffectLog& log, std::size_t reactors)
    : keyspace_(keyspace),
      log_(log),
      queues_(static_cast<std::size_t>(keyspace.shards())),
      leaving_(reactors) {}

void Waiters::add(const std::shared_ptr<Waiter>& waiter) {
    for (const std::string& key : waiter->keys) {
        Queue& queue = queues_[keyspace_.locate(key).shard][{waiter->db, key}];
        if (queue.empty() || queue.back() != waiter) queue.push_back(waiter);
    }
    log_.want(Interest::Touches);
    count_.fetch_add(1, std::memory_order_relaxed);
}

void Waiters::remove(const std::shared_ptr<Waiter>& waiter) {
    if (!try_remove(*waiter)) leaving_[waiter->reactor].push_back(waiter);
}

void Waiters::tidy(std::size_t reactor) {
    std::erase_if(leaving_[reactor], [this](const auto& waiter) { return try_remove(*waiter); });
}

bool Waiters::try_remove(Waiter& waiter) {
    for (; waiter.removed_from < waiter.keys.size(); ++waiter.removed_from) {
        const std::string& key = waiter.keys[waiter.removed_from];
        const std::uint32_t shard = keyspace_.locate(key).shard;
        SpinLock& lock = keyspace_.shard(shard).lock;
        if (!lock.try_lock_briefly()) return false;
        const std::lock_guard locked(lock, std::adopt_lock);
        drop(shard, waiter, key);
    }
    log_.unwant(Interest::Touches);
    count_.fetch_sub(1, std::memory_order_relaxed);
    return true;
}

std::shared_ptr<Waiter> Waiters::first(std::uint32_t shard, int db, std::string_view key,
                                       const Entry* entry) {
    const auto found = queues_[shard].find({db, std::string(key)});
    if (found == queues_[shard].end()) return nullptr;
    Queue& queue = found->second;
    while (!queue.empty() && !queue.front()->waits()) queue.pop_front();
    const auto waiter = std::ranges::find_if(
        queue, [&](const auto& each) { return each->waits() && each->would_find_at(key, entry); });
    if (waiter != queue.end()) return *waiter;
    if (queue.empty()) queues_[shard].erase(found);
    return nullptr;
}

void Waiters::drop(std::uint32_t shard, const Waiter& waiter, std::string_view key) {
    const auto found = queues_[shard].find({waiter.db, std::string(key)});
    if (found == queues_[shard].end()) return;
    Queue& queue = found->second;
    if (queue.front().get() == &waiter) {  // Mostly it is its turn.
        queue.pop_front();
    } else {
        std::erase_if(queue, [&](const auto& each) { return each.get() == &waiter; });
    }
    if (queue.empty()) queues_[shard].erase(found);
}

std::vector<std::string> Waiters::keys(std::uint32_t shard, int db) const {
    std::vector<std::string> keys;
    const Queues& queues = queues_[shard];
    for (auto at = queues.lower_bound({db, {}}); at != queues.end() && at->first.first == db; ++at) {
        keys.push_back(at->first.second);
    }
    return keys;
}

}  // namespace pongo

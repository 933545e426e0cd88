#include "engine/watches.h"

#include <algorithm>

namespace pongo {

bool Watches::add(Watcher& watcher, int db, std::string_view key, bool is_there) {
    const auto is_it = [&](const Watcher::Key& known) { return known.db == db && known.name == key; };
    if (std::ranges::any_of(watcher.keys_, is_it)) return false;
    watcher.keys_.push_back({db, std::string(key), is_there});

    const std::lock_guard lock(mutex_);
    if (watcher.keys_.size() == 1) ++watchers_;
    log_.want(Interest::Touches);
    watchers_of_[{db, std::string(key)}].push_back(&watcher);
    return true;
}

void Watches::clear(Watcher& watcher) {
    if (!watcher.keys_.empty()) {
        const std::lock_guard lock(mutex_);
        for (const Watcher::Key& key : watcher.keys_) {
            const auto found = watchers_of_.find({key.db, key.name});
            std::erase(found->second, &watcher);
            if (found->second.empty()) watchers_of_.erase(found);
            log_.unwant(Interest::Touches);
        }
        --watchers_;
        watcher.keys_.clear();
    }
    watcher.lost_ = false;
}

std::size_t Watches::watchers() const {
    const std::lock_guard lock(mutex_);
    return watchers_;
}

std::size_t Watches::keys() const {
    const std::lock_guard lock(mutex_);
    return watchers_of_.size();
}

void Watches::accept(const Unit& unit) noexcept {
    const std::lock_guard lock(mutex_);
    if (watchers_of_.empty()) return;
    for (const TouchedKey& touched : unit.touched) {
        const auto found = watchers_of_.find({touched.db, touched.key});
        if (found == watchers_of_.end()) continue;
        for (Watcher* const watcher : found->second) watcher->lost_.store(true, std::memory_order_release);
    }
    for (const int db : unit.emptied_dbs) touch_database(db);
}

// All of it was replaced, under the locks of all shards.
void Watches::touch_database(int db) {
    for (auto at = watchers_of_.lower_bound({db, {}}); at != watchers_of_.end() && at->first.first == db;
         ++at) {
        const KeyLocation where = keyspace_.locate(at->first.second);
        const bool is_there = keyspace_.database(db, where).find(where) != nullptr;
        for (Watcher* const watcher : at->second) {
            const auto is_it = [&](const Watcher::Key& key) {
                return key.was_there && key.db == db && key.name == at->first.second;
            };
            if (is_there || std::ranges::any_of(watcher->keys_, is_it)) {
                watcher->lost_.store(true, std::memory_order_release);
            }
        }
    }
}

}  // namespace pongo

#include "engine/watches.h"

#include <algorithm>

namespace pongo {

bool Watches::add(Watcher& watcher, int db, std::string_view key, Watcher::Was was) {
    const auto is_it = [&](const Watcher::Key& known) { return known.db == db && known.name == key; };
    if (std::ranges::any_of(watcher.keys_, is_it)) return false;

    const std::lock_guard lock(mutex_);
    watcher.keys_.push_back({db, std::string(key), was});
    if (was == Watcher::Was::Expired) watcher.has_expired_keys_ = true;
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
        watcher.has_expired_keys_ = false;
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
        for (Watcher* const watcher : found->second) touch(touched.db, touched.key, *watcher);
    }
    for (const int db : unit.emptied_dbs) touch_database(db);
}

void Watches::touch(int db, const std::string& key, Watcher& watcher) {
    if (watcher.has_expired_keys_ && !is_there(db, key)) {
        const auto is_it = [&](const Watcher::Key& each) {
            return each.was == Watcher::Was::Expired && each.db == db && each.name == key;
        };
        const auto removed = std::ranges::find_if(watcher.keys_, is_it);
        if (removed != watcher.keys_.end()) {
            removed->was = Watcher::Was::Missing;
            return;
        }
    }
    watcher.lost_.store(true, std::memory_order_release);
}

// All of it was replaced, under the locks of all shards.
void Watches::touch_database(int db) {
    for (auto at = watchers_of_.lower_bound({db, {}}); at != watchers_of_.end() && at->first.first == db;
         ++at) {
        const std::string& name = at->first.second;
        const bool there_now = is_there(db, name);
        for (Watcher* const watcher : at->second) {
            const auto is_it = [&](const Watcher::Key& key) {
                return key.was == Watcher::Was::There && key.db == db && key.name == name;
            };
            if (there_now || std::ranges::any_of(watcher->keys_, is_it)) {
                watcher->lost_.store(true, std::memory_order_release);
            }
        }
    }
}

bool Watches::is_there(int db, const std::string& key) const {
    const KeyLocation at = keyspace_.locate(key);
    return keyspace_.database(db, at).find(at) != nullptr;
}

}  // namespace pongo

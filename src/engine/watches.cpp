#include "engine/watches.h"

#include <algorithm>

#include "base/clock.h"
#include "keyspace/live_entry.h"

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
    if (watcher.has_expired_keys_ && state_of(db, key) == Watcher::Was::Missing) {
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
        const Watcher::Was now = state_of(db, name);
        for (Watcher* const watcher : at->second) {
            const auto is_it = [&](const Watcher::Key& key) { return key.db == db && key.name == name; };
            replace(*std::ranges::find_if(watcher->keys_, is_it), now, *watcher);
        }
    }
}

void Watches::replace(Watcher::Key& key, Watcher::Was now, Watcher& watcher) {
    if (key.was == Watcher::Was::There || now == Watcher::Was::There) {
        watcher.lost_.store(true, std::memory_order_release);
    } else {
        key.was = now;
        if (now == Watcher::Was::Expired) watcher.has_expired_keys_ = true;
    }
}

Watcher::Was Watches::state_of(int db, const std::string& key) const {
    const KeyLocation at = keyspace_.locate(key);
    const Entry* const entry = keyspace_.database(db, at).find(at);
    if (!entry) return Watcher::Was::Missing;
    return is_live(*entry, unix_ms()) ? Watcher::Was::There : Watcher::Was::Expired;
}

}  // namespace pongo

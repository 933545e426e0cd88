#include "scripting/script_cache.h"

#include <utility>

namespace pongo {

std::shared_ptr<const Script> ScriptCache::find(std::string_view sha) const {
    const std::lock_guard lock(mutex_);
    const auto found = scripts_.find(sha);
    return found == scripts_.end() ? nullptr : found->second;
}

std::shared_ptr<const Script> ScriptCache::add(std::shared_ptr<const Script> script) {
    const std::lock_guard lock(mutex_);
    const std::string_view sha = script->sha;
    const auto [place, is_new] = scripts_.emplace(sha, std::move(script));
    if (is_new) source_bytes_ += place->second->source.size();
    return place->second;
}

void ScriptCache::flush() {
    Scripts forgotten;
    const std::lock_guard lock(mutex_);
    scripts_.swap(forgotten);
    source_bytes_ = 0;
    generation_.fetch_add(1, std::memory_order_release);
}

std::size_t ScriptCache::size() const {
    const std::lock_guard lock(mutex_);
    return scripts_.size();
}

std::size_t ScriptCache::memory() const {
    constexpr std::size_t kAround = sizeof(Script) + sizeof(Scripts::value_type) + 4 * sizeof(void*);
    const std::lock_guard lock(mutex_);
    return source_bytes_ + scripts_.size() * kAround;
}

}  // namespace pongo

// All clients that are connected, whichever reactor serves them.
// Thread rule: any thread. The lock in here comes after those of shards, and before that of a session's
// texts; who visits a session may send what is for it, but does not wait for anything else.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>

#include "engine/session.h"

namespace pongo {

class ClientRegistry {
  public:
    std::uint64_t next_id() { return next_id_.fetch_add(1, std::memory_order_relaxed); }

    void add(Session& session);
    // Afterwards nobody else holds on to the session.
    void remove(Session& session);

    std::size_t count() const { return count_.load(std::memory_order_relaxed); }

    // Calls visit(Session&) in order of ids, which is the order of connecting. `visit` must not add or
    // remove.
    template <typename Visit>
    void for_each(Visit&& visit) const {
        const std::lock_guard lock(mutex_);
        for (const auto& [id, session] : sessions_) visit(*session);
    }
    // nullptr if there is no such client. To be used on its own reactor only, where it does not go meanwhile.
    Session* find(std::uint64_t id) const {
        const std::lock_guard lock(mutex_);
        const auto found = sessions_.find(id);
        return found == sessions_.end() ? nullptr : found->second;
    }
    // False if there is no such client; calls visit(Session&) otherwise.
    template <typename Visit>
    bool with(std::uint64_t id, Visit&& visit) const {
        const std::lock_guard lock(mutex_);
        const auto found = sessions_.find(id);
        if (found == sessions_.end()) return false;
        visit(*found->second);
        return true;
    }

  private:
    mutable std::mutex mutex_;
    std::map<std::uint64_t, Session*> sessions_;
    std::atomic<std::size_t> count_{0};
    std::atomic<std::uint64_t> next_id_{1};
};

}  // namespace pongo

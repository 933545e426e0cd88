#include "engine/client_registry.h"

namespace pongo {

void ClientRegistry::add(Session& session) {
    const std::lock_guard lock(mutex_);
    sessions_.emplace(session.id, &session);
    count_.store(sessions_.size(), std::memory_order_relaxed);
}

void ClientRegistry::remove(Session& session) {
    const std::lock_guard lock(mutex_);
    sessions_.erase(session.id);
    count_.store(sessions_.size(), std::memory_order_relaxed);
}

}  // namespace pongo

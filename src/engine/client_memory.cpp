#include "engine/client_memory.h"

#include <algorithm>

#include "base/log.h"
#include "engine/client_line.h"

namespace pongo {
namespace {

// With less nobody could talk to the server any more.
constexpr std::size_t kLeastLimit = std::size_t{128} << 10;

}  // namespace

void ClientMemory::note(Session& session) {
    const std::size_t bytes = session.memory();
    if (bytes == session.counted_bytes) return;
    // Its own thread alone changes it.
    std::atomic<std::size_t>& sum = by_reactor_[session.reactor].bytes;
    sum.store(sum.load(std::memory_order_relaxed) + bytes - session.counted_bytes, std::memory_order_relaxed);
    session.counted_bytes = bytes;
}

void ClientMemory::forget(Session& session) {
    std::atomic<std::size_t>& sum = by_reactor_[session.reactor].bytes;
    sum.store(sum.load(std::memory_order_relaxed) - session.counted_bytes, std::memory_order_relaxed);
    session.counted_bytes = 0;
}

std::size_t ClientMemory::total() const {
    std::size_t total = 0;
    for (const Sum& sum : by_reactor_) total += sum.bytes.load(std::memory_order_relaxed);
    return total;
}

std::size_t ClientMemory::limit() const {
    const std::int64_t limit = settings_.maxmemory_clients;
    if (limit > 0) return std::max(static_cast<std::size_t>(limit), kLeastLimit);
    const std::int64_t maxmemory = settings_.maxmemory;
    if (limit == 0 || maxmemory == 0) return 0;
    const double share = static_cast<double>(maxmemory) * static_cast<double>(-limit) / 100;
    return std::max(static_cast<std::size_t>(share), kLeastLimit);
}

void ClientMemory::enforce(std::int64_t now_ms) {
    const std::size_t most = limit();
    if (most == 0 || total() < most) return;
    const std::unique_lock lock(evicting_, std::try_to_lock);
    if (lock) evict(most, now_ms);
}

// Who was chosen before may not be gone yet, and is not counted.
void ClientMemory::evict(std::size_t limit, std::int64_t now_ms) {
    struct Candidate {
        std::size_t bytes;
        std::uint64_t id;
    };
    std::vector<Candidate> candidates;
    std::size_t held = 0;
    clients_.for_each([&](const Session& session) {
        if (session.doomed) return;
        held += session.memory();
        if (!session.no_evict) candidates.push_back({session.memory(), session.id});
    });
    std::ranges::sort(candidates, std::greater<>{}, &Candidate::bytes);
    for (const Candidate& each : candidates) {
        if (held < limit) return;
        clients_.with(each.id, [&](Session& session) {
            log_notice("Evicting client: ", client_line(session, now_ms));
            session.doom();
        });
        held -= std::min(held, each.bytes);
        evicted_.fetch_add(1, std::memory_order_relaxed);
    }
}

}  // namespace pongo

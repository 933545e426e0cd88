#include "values/stream_group.h"

#include <utility>

#include "base/memory_usage.h"

namespace pongo {

std::unique_ptr<StreamGroup> StreamGroup::copy() const {
    auto copied = std::make_unique<StreamGroup>(last_id, entries_read);
    for (const auto& [name, each] : consumers_) copied->add_consumer(name, each->seen_ms);
    for (auto at = pending_.begin(); at != pending_.end(); at = pending_.next(at)) {
        const Pending& entry = pending_[at];
        copied->assign(entry.id, *copied->consumer(entry.consumer->name), entry.delivered_ms,
                       entry.deliveries);
    }
    return copied;
}

StreamConsumer* StreamGroup::consumer(std::string_view name) const {
    const auto found = consumers_.find(name);
    return found == consumers_.end() ? nullptr : found->second.get();
}

StreamConsumer& StreamGroup::add_consumer(std::string_view name, std::int64_t now_ms) {
    auto consumer = std::make_unique<StreamConsumer>();
    consumer->name = name;
    consumer->seen_ms = now_ms;
    return *consumers_.emplace(name, std::move(consumer)).first->second;
}

void StreamGroup::erase_consumer(StreamConsumer& consumer) {
    const auto& ids = consumer.pending;
    for (auto at = ids.begin(); at != ids.end(); at = ids.next(at)) {
        pending_.erase(pending_.find(ids[at].id));
    }
    consumers_.erase(consumers_.find(consumer.name));
}

StreamGroup::Pending* StreamGroup::find(StreamId id) {
    const auto at = pending_.find(id);
    return at == pending_.end() ? nullptr : &pending_[at];
}

void StreamGroup::assign(StreamId id, StreamConsumer& consumer, std::int64_t delivered_ms,
                         std::uint64_t deliveries) {
    Pending* const known = find(id);
    if (!known) {
        pending_.insert({id, &consumer, delivered_ms, deliveries});
        consumer.pending.insert({id});
        return;
    }
    if (known->consumer != &consumer) {
        known->consumer->pending.erase(known->consumer->pending.find(id));
        consumer.pending.insert({id});
    }
    *known = {id, &consumer, delivered_ms, deliveries};
}

bool StreamGroup::acknowledge(StreamId id) {
    const auto at = pending_.find(id);
    if (at == pending_.end()) return false;
    StreamConsumer& consumer = *pending_[at].consumer;
    consumer.pending.erase(consumer.pending.find(id));
    pending_.erase(at);
    return true;
}

std::size_t StreamGroup::memory() const {
    constexpr std::size_t kNode = 96;  // Of the map, roughly.
    std::size_t bytes = sizeof(*this) + pending_.bytes();
    for (const auto& [name, each] : consumers_) {
        bytes += kNode + sizeof(StreamConsumer) + 2 * name.capacity() + each->pending.bytes();
    }
    return bytes;
}

}  // namespace pongo

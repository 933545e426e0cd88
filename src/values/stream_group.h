// A consumer group of a stream: how far it has read, and which entries were delivered to which consumer but
// not acknowledged yet.
//
// Invariant: an entry is pending for the group exactly if it is so for the consumer that it names.
//
// Thread rule: as a plain container. A consumer stays where it is until it is erased.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "structures/ordered_chunks.h"
#include "values/stream_id.h"

namespace pongo {

struct StreamConsumer {
    struct PendingId {
        StreamId id;
    };

    std::string name;
    std::int64_t seen_ms = 0;
    OrderedChunks<PendingId> pending = {};
};

class StreamGroup {
  public:
    struct Pending {
        StreamId id;
        StreamConsumer* consumer;
        std::int64_t delivered_ms;
        std::uint64_t deliveries;
    };
    using PendingEntries = OrderedChunks<Pending>;
    // In the order of their names.
    using Consumers = std::map<std::string, std::unique_ptr<StreamConsumer>, std::less<>>;

    StreamId last_id;
    // How many entries were ever added up to last_id; nothing if nobody knows.
    std::optional<std::int64_t> entries_read = {};

    StreamGroup() = default;
    explicit StreamGroup(StreamId last, std::optional<std::int64_t> read = {})
        : last_id(last), entries_read(read) {}
    std::unique_ptr<StreamGroup> copy() const;

    const PendingEntries& pending() const { return pending_; }
    const Consumers& consumers() const { return consumers_; }

    // nullptr if there is none of that name.
    StreamConsumer* consumer(std::string_view name) const;
    // REQUIRES: there is none of that name.
    StreamConsumer& add_consumer(std::string_view name, std::int64_t now_ms);
    void erase_consumer(StreamConsumer& consumer);

    // nullptr if it is not pending. Good until the next change.
    Pending* find(StreamId id);
    // Makes it pending for that consumer; if it is for another one, takes it from that.
    void assign(StreamId id, StreamConsumer& consumer, std::int64_t delivered_ms, std::uint64_t deliveries);
    // False if it is not pending.
    bool acknowledge(StreamId id);

    std::size_t memory() const;

  private:
    PendingEntries pending_;
    Consumers consumers_;
};

}  // namespace pongo

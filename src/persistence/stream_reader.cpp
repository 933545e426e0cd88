#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "persistence/value_readers.h"
#include "structures/ordered_chunks.h"
#include "values/stream.h"

namespace pongo {
namespace {

// An entry that is pending for a group, before it is known for which consumer.
struct Delivered {
    StreamId id;
    std::int64_t delivered_ms;
    std::uint64_t deliveries;
};

StreamId read_id(RdbReader& in) {
    const std::uint64_t ms = in.length();
    return {ms, in.length()};
}

StreamId read_fixed_id(RdbReader& in) {
    const std::string_view bytes = in.bytes(StreamId::kBytes);
    return in.failed() ? StreamId() : StreamId::of_bytes(bytes);
}

void read_blocks(RdbReader& in, StreamLog& log) {
    constexpr std::size_t kLeastBytes = 2 + StreamId::kBytes;
    RdbString key;
    RdbString bytes;
    for (std::uint64_t left = in.count(kLeastBytes); left > 0 && !in.failed(); --left) {
        in.string(key);
        in.string(bytes);
        if (in.failed()) return;
        if (key.view().size() != StreamId::kBytes) return in.fail("a stream's block has no id");
        if (!Listpack::valid(bytes.view()) || !StreamBlock::valid(bytes.view())) {
            return in.fail("this is no block of a stream");
        }
        if (!log.adopt_block(StreamId::of_bytes(key.view()), bytes.view())) {
            return in.fail("a stream's entries are out of order");
        }
    }
}

void read_figures(RdbReader& in, ObjectType type, StreamLog& log) {
    if (in.length() != log.size()) in.fail("a stream has not as many entries as it says");
    const StreamId last = read_id(in);
    if (last < log.last_id()) in.fail("a stream's last id is below that of an entry");
    log.set_last_id(last);
    log.set_entries_added(log.size());
    if (type == ObjectType::StreamListpacks) return;
    read_id(in);  // The first one, which we know.
    log.set_max_deleted_id(read_id(in));
    log.set_entries_added(in.length());
}

void read_consumer(RdbReader& in, ObjectType type, OrderedChunks<Delivered>& delivered, StreamGroup& group) {
    RdbString name;
    in.string(name);
    const auto seen_ms = static_cast<std::int64_t>(in.fixed64());
    if (type == ObjectType::StreamListpacks3) in.fixed64();  // When it last got something.
    if (in.failed()) return;
    if (group.consumer(name.view())) return in.fail("a consumer comes twice");
    StreamConsumer& consumer = group.add_consumer(name.view(), seen_ms);
    for (std::uint64_t left = in.count(StreamId::kBytes); left > 0; --left) {
        const StreamId id = read_fixed_id(in);
        const auto at = delivered.find(id);
        if (at == delivered.end())
            return in.fail("an entry is pending for a consumer, but not for its group");
        if (group.find(id)) return in.fail("an entry is pending for two consumers");
        group.assign(id, consumer, delivered[at].delivered_ms, delivered[at].deliveries);
    }
}

void read_group(RdbReader& in, ObjectType type, StreamValue& stream) {
    constexpr std::size_t kLeastPendingBytes = StreamId::kBytes + 8 + 1;
    constexpr std::size_t kLeastConsumerBytes = 1 + 8 + 1;
    RdbString name;
    in.string(name);
    const StreamId last = read_id(in);
    if (in.failed()) return;
    StreamGroup* const group = stream.add_group(name.view(), last, stream.log.added_up_to(last));
    if (!group) return in.fail("a consumer group comes twice");
    if (type != ObjectType::StreamListpacks) {
        const auto read = static_cast<std::int64_t>(in.length());
        group->entries_read = read == -1 ? std::nullopt : std::optional(read);
    }
    OrderedChunks<Delivered> delivered;
    for (std::uint64_t left = in.count(kLeastPendingBytes); left > 0 && !in.failed(); --left) {
        const StreamId id = read_fixed_id(in);
        const auto delivered_ms = static_cast<std::int64_t>(in.fixed64());
        if (!delivered.insert({id, delivered_ms, in.length()})) in.fail("an entry is pending twice");
    }
    for (std::uint64_t left = in.count(kLeastConsumerBytes); left > 0 && !in.failed(); --left) {
        read_consumer(in, type, delivered, *group);
    }
    if (delivered.size() != group->pending().size()) in.fail("an entry is pending for no consumer");
}

}  // namespace

void read_stream(RdbReader& in, ObjectType type, DetachedValue& value) {
    constexpr std::size_t kLeastGroupBytes = 5;
    auto stream = std::make_unique<StreamValue>();
    read_blocks(in, stream->log);
    read_figures(in, type, stream->log);
    for (std::uint64_t left = in.count(kLeastGroupBytes); left > 0 && !in.failed(); --left) {
        read_group(in, type, *stream);
    }
    if (!in.failed()) value.replace(heap_payload(Type::Stream, Encoding::Stream, std::move(stream)));
}

}  // namespace pongo

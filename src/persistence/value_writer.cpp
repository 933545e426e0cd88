#include "persistence/value_writer.h"

#include <optional>
#include <string_view>

#include "base/check.h"
#include "persistence/byte_sink.h"
#include "structures/listpack.h"
#include "values/expiring_hash.h"
#include "values/field_expiry.h"
#include "values/hash.h"
#include "values/list.h"
#include "values/set.h"
#include "values/sorted_set.h"
#include "values/stream.h"
#include "values/string.h"

namespace pongo {
namespace {

// Redis keeps an element of this size in a node of its own, not in a listpack.
constexpr std::size_t kHugeElement = std::size_t{1} << 30;

void write_string(RdbWriter& writer, const Payload& value) {
    if (value.storage == Storage::Integer) {
        writer.integer(value.integer);
    } else {
        writer.string(String(value).view());
    }
}

// The element that fills a block by itself and is huge; nothing if there is none such.
std::string_view huge_element(std::string_view block) {
    if (block.size() < kHugeElement) return {};
    const Listpack elements(block);
    const std::string_view first = elements[elements.begin()].bytes;
    return first.size() >= kHugeElement && elements.size() == 1 ? first : std::string_view();
}

void write_list(RdbWriter& writer, const List& list) {
    writer.length(list.blocks());
    for (std::size_t i = 0; i < list.blocks(); ++i) write_list_block(writer, list.block(i));
}

// Of an element that is or is not a number.
void write_element(RdbWriter& writer, const Listpack::Element& element) {
    element.is_integer ? writer.integer(element.integer) : writer.string(element.bytes);
}

void write_set(RdbWriter& writer, const Payload& value) {
    if (value.encoding == Encoding::Intset) return writer.string(packed_bytes(value));
    const Set set(value);
    writer.length(set.size());
    set.for_each([&](const Set::Element& member) { write_element(writer, member); });
}

// The time at which the next field expires; nothing for a hash none of whose fields will.
std::optional<std::int64_t> next_expiry(const Payload& value) {
    return expires_in_parts(value.encoding) ? next_field_expiry(value) : std::nullopt;
}

void write_expiring_hash(RdbWriter& writer, const Payload& value, std::int64_t first_ms) {
    writer.fixed64(static_cast<std::uint64_t>(first_ms));
    if (is_packed(value.encoding)) return writer.string(packed_bytes(value));
    const ExpiringHash& hash = expiring_hash(value);
    writer.length(hash.table.size());
    hash.table.for_each([&](std::string_view name, std::string_view text) {
        write_field_expiry(writer, hash.expiry(name), first_ms);
        writer.string(name);
        writer.string(text);
    });
}

void write_hash(RdbWriter& writer, const Payload& value) {
    if (value.encoding == Encoding::Listpack) return writer.string(packed_bytes(value));
    if (const auto first_ms = next_expiry(value)) return write_expiring_hash(writer, value, *first_ms);
    const Hash hash(value);
    writer.length(hash.size());
    hash.for_each([&](const Hash::Text& name, const Hash::Text& text) {
        write_element(writer, name);
        write_element(writer, text);
    });
}

// From the last to the first, as Redis does.
void write_sorted_set(RdbWriter& writer, const Payload& value) {
    if (value.encoding == Encoding::Listpack) return writer.string(packed_bytes(value));
    const SortedSet set(value);
    std::uint64_t left = set.size();
    writer.length(left);
    if (left == 0) return;
    for (auto cursor = set.at(left - 1);; cursor.previous()) {
        const SortedSet::Item item = *cursor;
        write_element(writer, item.member);
        writer.real(item.score);
        if (--left == 0) return;
    }
}

void write_id(RdbWriter& writer, StreamId id) {
    writer.length(id.ms);
    writer.length(id.seq);
}

void write_consumer(RdbWriter& writer, const StreamConsumer& consumer) {
    writer.string(consumer.name);
    writer.fixed64(static_cast<std::uint64_t>(consumer.seen_ms));
    const auto& ids = consumer.pending;
    writer.length(ids.size());
    for (auto at = ids.begin(); at != ids.end(); at = ids.next(at)) writer.raw(ids[at].id.bytes());
}

void write_group(RdbWriter& writer, const StreamGroup& group) {
    write_id(writer, group.last_id);
    writer.length(static_cast<std::uint64_t>(group.entries_read.value_or(-1)));
    const StreamGroup::PendingEntries& pending = group.pending();
    writer.length(pending.size());
    for (auto at = pending.begin(); at != pending.end(); at = pending.next(at)) {
        writer.raw(pending[at].id.bytes());
        writer.fixed64(static_cast<std::uint64_t>(pending[at].delivered_ms));
        writer.length(pending[at].deliveries);
    }
    writer.length(group.consumers().size());
    for (const auto& [name, consumer] : group.consumers()) write_consumer(writer, *consumer);
}

void write_stream(RdbWriter& writer, const StreamValue& stream) {
    const StreamLog::Blocks& blocks = stream.log.blocks();
    writer.length(blocks.size());
    for (auto at = blocks.begin(); at != blocks.end(); at = blocks.next(at)) {
        write_stream_block(writer, blocks[at].id, blocks[at].bytes);
    }
    write_stream_tail(writer, stream);
}

ObjectType object_type_of_hash(const Payload& value) {
    if (value.encoding == Encoding::Listpack) return ObjectType::HashListpack;
    if (!next_expiry(value)) return ObjectType::Hash;
    return is_packed(value.encoding) ? ObjectType::HashExpiringListpack : ObjectType::HashExpiring;
}

}  // namespace

ObjectType object_type_of(const Payload& value) {
    switch (value.type) {
        case Type::String:
            return ObjectType::String;
        case Type::List:
            return ObjectType::ListBlocks;
        case Type::Set:
            return value.encoding == Encoding::Intset ? ObjectType::SetIntset : ObjectType::Set;
        case Type::Hash:
            return object_type_of_hash(value);
        case Type::SortedSet:
            return value.encoding == Encoding::Listpack ? ObjectType::SortedSetListpack
                                                        : ObjectType::SortedSet;
        case Type::Stream:
            return ObjectType::StreamListpacks2;
    }
    CHECK(false);
}

std::uint16_t rdb_version_of(const Payload& value) {
    return next_expiry(value) ? kFieldExpiryRdbVersion : kWrittenRdbVersion;
}

void write_value(RdbWriter& writer, const Payload& value) {
    switch (value.type) {
        case Type::String:
            return write_string(writer, value);
        case Type::List:
            return write_list(writer, List(value));
        case Type::Set:
            return write_set(writer, value);
        case Type::Hash:
            return write_hash(writer, value);
        case Type::SortedSet:
            return write_sorted_set(writer, value);
        case Type::Stream:
            return write_stream(writer, *Stream(value));
    }
    CHECK(false);
}

void write_field_expiry(RdbWriter& writer, std::optional<std::int64_t> expires_at_ms, std::int64_t first_ms) {
    writer.length(expires_at_ms ? static_cast<std::uint64_t>(*expires_at_ms - first_ms) + 1 : 0);
}

void write_list_block(RdbWriter& writer, std::string_view block) {
    const std::string_view huge = huge_element(block);
    writer.length(huge.empty() ? kPackedNode : kPlainNode);
    writer.string(huge.empty() ? block : huge);
}

void write_stream_block(RdbWriter& writer, StreamId id, std::string_view block) {
    writer.string(id.bytes());
    writer.string(block);
}

void write_stream_tail(RdbWriter& writer, const StreamValue& stream) {
    writer.length(stream.log.size());
    write_id(writer, stream.log.last_id());
    write_id(writer, stream.log.first_id());
    write_id(writer, stream.log.max_deleted_id());
    writer.length(stream.log.entries_added());
    writer.length(stream.groups.size());
    for (const auto& [name, group] : stream.groups) {
        writer.string(name);
        write_group(writer, *group);
    }
}

std::size_t written_size(const Payload& value, Compression compression) {
    CountingSink sink;
    RdbWriter writer(sink, compression);
    write_value(writer, value);
    return sink.size();
}

}  // namespace pongo

#include "persistence/open_record.h"

#include "base/blob.h"
#include "persistence/open_list.h"
#include "persistence/open_stream.h"
#include "persistence/open_string.h"
#include "persistence/open_table.h"

namespace pongo {
namespace {

// Without looking at more blocks than that takes.
bool is_bigger(const PackedList& list, std::size_t bytes) {
    std::size_t sum = 0;
    for (std::size_t i = 0; i < list.blocks() && sum <= bytes; ++i) sum += list.block_size(i);
    return sum > bytes;
}

bool is_bigger(const StreamLog::Blocks& blocks, std::size_t bytes) {
    std::size_t sum = 0;
    for (auto at = blocks.begin(); at != blocks.end() && sum <= bytes; at = blocks.next(at)) {
        sum += blocks[at].bytes.size();
    }
    return sum > bytes;
}

}  // namespace

std::unique_ptr<OpenRecord> open_record(const Payload& value, std::size_t big_bytes, Opener opener,
                                        KeptBytes& kept) {
    if (value.storage != Storage::Heap) return nullptr;
    if (value.type == Type::String) {
        if (static_cast<const Blob*>(value.heap)->size() <= big_bytes) return nullptr;
        return std::make_unique<OpenString>(value, opener, kept);
    }
    if (const PackedTable* const table = OpenTable::table_of(value); table && table->bytes() > big_bytes) {
        return std::make_unique<OpenTable>(value, kept);
    }
    if (const PackedList* const list = OpenList::list_of(value); list && is_bigger(*list, big_bytes)) {
        return std::make_unique<OpenList>(value, kept);
    }
    const StreamValue* const stream = OpenStream::stream_of(value);
    if (stream && is_bigger(stream->log.blocks(), big_bytes)) {
        return std::make_unique<OpenStream>(value, kept);
    }
    return nullptr;
}

OpenRecord* open_record_of(const Payload& value) {
    if (value.storage != Storage::Heap || value.type == Type::String) return nullptr;
    if (const PackedTable* const table = OpenTable::table_of(value)) return OpenTable::of(*table);
    if (const PackedList* const list = OpenList::list_of(value)) return OpenList::of(*list);
    if (const StreamValue* const stream = OpenStream::stream_of(value)) return OpenStream::of(*stream);
    return nullptr;
}

}  // namespace pongo

#include "values/payload.h"

#include "base/blob.h"
#include "base/check.h"
#include "base/memory_usage.h"
#include "structures/intset.h"
#include "structures/listpack.h"
#include "values/heap_value.h"

namespace pongo {
namespace {

constexpr std::size_t kBigBlobBytes = std::size_t{1} << 20;

}  // namespace

std::string_view name_of(Type type) {
    switch (type) {
        case Type::String:
            return "string";
        case Type::List:
            return "list";
        case Type::Set:
            return "set";
        case Type::SortedSet:
            return "zset";
        case Type::Hash:
            return "hash";
        case Type::Stream:
            return "stream";
    }
    CHECK(false);
}

std::string_view name_of(Encoding encoding) {
    switch (encoding) {
        case Encoding::Raw:
            return "raw";
        case Encoding::Int:
            return "int";
        case Encoding::Embstr:
            return "embstr";
        case Encoding::PackedList:
        case Encoding::Quicklist:
            return "quicklist";
        case Encoding::Listpack:
            return "listpack";
        case Encoding::ListpackEx:
            return "listpackex";
        case Encoding::Intset:
            return "intset";
        case Encoding::PackedSet:
        case Encoding::Hashtable:
        case Encoding::HashtableEx:
            return "hashtable";
        case Encoding::Skiplist:
            return "skiplist";
        case Encoding::Stream:
            return "stream";
    }
    CHECK(false);
}

bool is_packed(Encoding encoding) {
    return encoding == Encoding::PackedList || encoding == Encoding::Listpack ||
           encoding == Encoding::Intset || encoding == Encoding::PackedSet ||
           encoding == Encoding::ListpackEx;
}

std::string_view packed_bytes(const Payload& payload) {
    return payload.storage == Storage::Inline ? payload.bytes
                                              : static_cast<const PackedBytes&>(heap_value(payload)).view();
}

bool is_emptied(const Payload& payload) {
    if (payload.type == Type::String) return false;
    if (payload.encoding == Encoding::Intset) return Intset(packed_bytes(payload)).size() == 0;
    if (is_packed(payload.encoding)) return Listpack(packed_bytes(payload)).empty();
    return heap_value(payload).empty();
}

void release_heap(const Payload& payload) {
    if (payload.type == Type::String) {
        static_cast<Blob*>(payload.heap)->drop_reference();
    } else {
        delete &heap_value(payload);
    }
}

Payload duplicate(const Payload& payload) {
    if (payload.storage != Storage::Heap) return payload;
    Payload copy = payload;
    // Nobody changes the bytes of a blob that has several holders: see WriteEntry::raw_bytes().
    copy.heap = payload.type == Type::String
                    ? static_cast<void*>(BlobRef::share(static_cast<Blob*>(payload.heap)).release())
                    : static_cast<void*>(heap_value(payload).copy().release());
    return copy;
}

std::size_t release_effort(const Payload& payload) {
    if (payload.storage != Storage::Heap) return 1;
    if (payload.type != Type::String) return heap_value(payload).allocations();
    // Unmapping many pages takes as long as freeing many blocks.
    return 1 + static_cast<const Blob*>(payload.heap)->capacity() / kBigBlobBytes;
}

std::size_t heap_bytes(const Payload& payload) {
    return payload.type == Type::String ? allocation_size(payload.heap) : heap_value(payload).memory();
}

}  // namespace pongo

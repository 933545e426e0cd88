#include "values/payload.h"

#include "base/blob.h"
#include "base/check.h"
#include "base/memory_usage.h"

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
    }
    CHECK(false);
}

void release_heap(const Payload& payload) {
    CHECK(payload.type == Type::String);
    static_cast<Blob*>(payload.heap)->drop_reference();
}

Payload duplicate(const Payload& payload) {
    if (payload.storage != Storage::Heap) return payload;
    CHECK(payload.type == Type::String);
    Payload copy = payload;
    // Nobody changes the bytes of a blob that has several holders: see WriteEntry::raw_bytes().
    copy.heap = BlobRef::share(static_cast<Blob*>(payload.heap)).release();
    return copy;
}

std::size_t release_effort(const Payload& payload) {
    if (payload.storage != Storage::Heap) return 1;
    // Unmapping many pages takes as long as freeing many blocks.
    return 1 + static_cast<const Blob*>(payload.heap)->capacity() / kBigBlobBytes;
}

std::size_t heap_bytes(const Payload& payload) {
    return allocation_size(payload.heap);
}

}  // namespace pongo

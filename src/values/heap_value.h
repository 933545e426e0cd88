// What is too big to stand next to its key, of any type but strings.
//
// Thread rule: under the lock of the key's shard; once nobody can find it any more, on any one thread.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/memory_usage.h"
#include "structures/byte_store.h"
#include "values/payload.h"

namespace pongo {

class HeapValue {
  public:
    virtual ~HeapValue() = default;

    // An equal one of its own.
    virtual std::unique_ptr<HeapValue> copy() const = 0;
    virtual bool empty() const = 0;
    // Of everything that it has allocated, itself included.
    virtual std::size_t memory() const = 0;
    // How many allocations these are, roughly.
    virtual std::size_t allocations() const = 0;
};

// REQUIRES: Storage::Heap, and no string.
inline HeapValue& heap_value(const Payload& payload) {
    return *static_cast<HeapValue*>(payload.heap);
}

// A payload that owns `value`.
inline Payload heap_payload(Type type, Encoding encoding, std::unique_ptr<HeapValue> value) {
    return {.type = type, .encoding = encoding, .storage = Storage::Heap, .heap = value.release()};
}

// The run of bytes of a packed encoding that has outgrown its entry.
class PackedBytes : public HeapValue {
  public:
    explicit PackedBytes(std::string bytes) : bytes_(std::move(bytes)) {}

    std::string_view view() const { return bytes_; }
    char* splice(std::size_t offset, std::size_t erased, std::size_t inserted) {
        return StringStore(bytes_).splice(offset, erased, inserted);
    }

    std::unique_ptr<HeapValue> copy() const override { return std::make_unique<PackedBytes>(bytes_); }
    // As its encoding says: see is_emptied().
    bool empty() const override { return bytes_.empty(); }
    std::size_t memory() const override { return allocation_size(this) + allocation_size(bytes_.data()); }
    std::size_t allocations() const override { return 2; }

  private:
    std::string bytes_;
};

// A payload of these bytes of a packed encoding. Where an entry can hold them, they stay the caller's.
inline Payload packed_payload(Type type, Encoding encoding, const std::string& bytes) {
    if (bytes.size() > kMaxInlineBytes) {
        return heap_payload(type, encoding, std::make_unique<PackedBytes>(bytes));
    }
    return {.type = type, .encoding = encoding, .storage = Storage::Inline, .bytes = bytes};
}

}  // namespace pongo

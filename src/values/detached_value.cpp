#include "values/detached_value.h"

#include <memory>
#include <utility>

#include "values/heap_value.h"

namespace pongo {

Payload DetachedValue::payload() const {
    Payload now = payload_;
    if (now.storage == Storage::Inline) now.bytes = bytes_;
    return now;
}

void DetachedValue::replace(const Payload& payload) {
    std::string bytes(payload.storage == Storage::Inline ? payload.bytes : std::string_view());
    drop();
    payload_ = payload;
    bytes_ = std::move(bytes);
}

std::string_view DetachedValue::view() const {
    return payload_.storage == Storage::Inline ? std::string_view(bytes_) : packed_bytes(payload_);
}

char* DetachedValue::splice(std::size_t offset, std::size_t erased, std::size_t inserted) {
    if (payload_.storage == Storage::Heap) {
        return static_cast<PackedBytes&>(heap_value(payload_)).splice(offset, erased, inserted);
    }
    return StringStore(bytes_).splice(offset, erased, inserted);
}

Payload DetachedValue::release() {
    Payload given = payload();
    if (given.storage == Storage::Inline && bytes_.size() > kMaxInlineBytes) {
        given = heap_payload(given.type, given.encoding, std::make_unique<PackedBytes>(std::move(bytes_)));
    }
    payload_.storage = Storage::Inline;
    return given;
}

void DetachedValue::drop() {
    if (payload_.storage == Storage::Heap) release_heap(payload_);
}

}  // namespace pongo

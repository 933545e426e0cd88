#include "keyspace/entry.h"

#include <algorithm>
#include <cstdlib>
#include <new>

#include "base/check.h"
#include "base/memory_usage.h"

namespace pongo {
namespace {

constexpr std::size_t kMaxNarrowKey = 254;

std::size_t value_size(const Payload& payload) {
    return payload.storage == Storage::Inline ? payload.bytes.size() : sizeof(std::int64_t);
}

}  // namespace

Entry* Entry::create_with_room(std::string_view key, std::optional<std::int64_t> expires_at_ms,
                               const Payload& payload, std::size_t inline_room) {
    const bool wide = key.size() > kMaxNarrowKey;
    const std::size_t size = sizeof(Entry) + (expires_at_ms ? sizeof(std::int64_t) : 0) +
                             (wide ? sizeof(std::uint32_t) : 0) + key.size() +
                             std::max(value_size(payload), inline_room);
    void* memory = std::malloc(size);
    if (!memory) throw std::bad_alloc();
    auto* entry = static_cast<Entry*>(memory);
    entry->set_access(0);
    entry->kind_ =
        static_cast<std::uint8_t>(static_cast<int>(payload.type) | (static_cast<int>(payload.encoding) << 4));
    entry->flags_ = static_cast<std::uint8_t>((expires_at_ms ? kHasExpiry : 0) | (wide ? kWideKey : 0) |
                                              (static_cast<int>(payload.storage) << kStorageShift));
    entry->key_size_ = static_cast<std::uint8_t>(wide ? 255 : key.size());
    entry->inline_size_ = 0;
    if (expires_at_ms) entry->set_expiry_in_place(*expires_at_ms);
    if (wide) store_as(const_cast<char*>(entry->after_expiry()), static_cast<std::uint32_t>(key.size()));
    std::memcpy(const_cast<char*>(entry->key_data()), key.data(), key.size());
    entry->set_value_in_place(payload);
    return entry;
}

void Entry::set_value_in_place(const Payload& payload) {
    set_encoding(payload.encoding);
    switch (payload.storage) {
        case Storage::Inline:
            DCHECK(payload.bytes.size() <= kMaxInlineValue);
            set_inline_size(payload.bytes.size());
            if (!payload.bytes.empty()) std::memcpy(value_data(), payload.bytes.data(), payload.bytes.size());
            break;
        case Storage::Integer:
            set_integer_in_place(payload.integer);
            break;
        case Storage::Heap:
            set_heap_in_place(payload.heap);
            break;
    }
}

void Entry::destroy(Entry* entry) {
    if (entry->storage() == Storage::Heap) release_heap(entry->payload());
    destroy_shell(entry);
}

void Entry::destroy_shell(Entry* entry) {
    std::free(entry);
}

bool Entry::fits_inline(std::size_t size) const {
    const auto used = static_cast<std::size_t>(value_data() - reinterpret_cast<const char*>(this));
    return size <= kMaxInlineValue && used + size <= allocation_size(this);
}

bool Entry::fits_snugly(std::size_t size) const {
    if (size == inline_size_) return true;
    const auto used = static_cast<std::size_t>(value_data() - reinterpret_cast<const char*>(this));
    const std::size_t room = allocation_size(this);
    return size <= kMaxInlineValue && used + size <= room && (used + size) * 2 > room;
}

std::size_t Entry::memory() const {
    return allocation_size(this) + (storage() == Storage::Heap ? heap_bytes(payload()) : 0);
}

}  // namespace pongo

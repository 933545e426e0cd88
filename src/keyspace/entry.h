// A key, its value and its expiry in one allocation.
//
//   bytes  0..2    access: the clock of the last use, or LFU's counter and clock
//          3       type and encoding
//          4       flags: has expiry, wide key, storage (2 bits), the mark of snapshots
//          5       size of the key, or 255 with the wide-key flag
//          6..7    size of the inline value
//   then           expiry (8 bytes, if it has one), size of a wide key (4 bytes, if it is one), the key, the
//   value:
//                  inline bytes, an integer (8 bytes) or the address of an object (8 bytes)
//
// Nothing behind the header is aligned. An entry that changes its size may move: the database that holds it
// knows how.
//
// Thread rule: under the lock of its shard.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "values/payload.h"

namespace pongo {

class Entry {
  public:
    static constexpr std::size_t kMaxInlineValue = kMaxInlineBytes;

    // Takes over the object of a Storage::Heap payload.
    static Entry* create(std::string_view key, std::optional<std::int64_t> expires_at_ms,
                         const Payload& payload) {
        return create_with_room(key, expires_at_ms, payload, 0);
    }
    // With room for an inline value of that many bytes, though the payload's may be shorter.
    static Entry* create_with_room(std::string_view key, std::optional<std::int64_t> expires_at_ms,
                                   const Payload& payload, std::size_t inline_room);
    // Frees the entry, and the value's object with it.
    static void destroy(Entry* entry);
    // Frees the entry alone; the value's object lives on.
    static void destroy_shell(Entry* entry);

    std::string_view key() const { return {key_data(), key_size()}; }
    Type type() const { return static_cast<Type>(kind_ & 15); }
    Encoding encoding() const { return static_cast<Encoding>(kind_ >> 4); }
    Storage storage() const { return static_cast<Storage>((flags_ >> kStorageShift) & 3); }
    Payload payload() const;

    bool has_expiry() const { return (flags_ & kHasExpiry) != 0; }
    // In milliseconds of Unix time. REQUIRES: has_expiry().
    std::int64_t expires_at_ms() const { return load_as<std::int64_t>(after_header()); }
    // In the very millisecond of its expiry a key is still alive, as in Redis.
    bool expired(std::int64_t now_ms) const { return has_expiry() && expires_at_ms() < now_ms; }
    void set_expiry_in_place(std::int64_t at_ms) { store_as(after_header(), at_ms); }

    std::uint32_t access() const { return access_[0] | (access_[1] << 8) | (access_[2] << 16); }
    void set_access(std::uint32_t access) {
        access_[0] = static_cast<std::uint8_t>(access);
        access_[1] = static_cast<std::uint8_t>(access >> 8);
        access_[2] = static_cast<std::uint8_t>(access >> 16);
    }

    // See snapshot_taker.h.
    bool mark() const { return (flags_ & kMark) != 0; }
    void set_mark(bool mark) { flags_ = static_cast<std::uint8_t>(mark ? flags_ | kMark : flags_ & ~kMark); }

    // REQUIRES: the value is an integer already.
    void set_integer_in_place(std::int64_t value) { store_as(value_data(), value); }
    // REQUIRES: Storage::Heap already. For an object that moved; the old one is not released.
    void set_heap_in_place(void* heap) { store_as(value_data(), heap); }
    // REQUIRES: Storage::Inline, and fits_inline(size).
    char* inline_data() { return value_data(); }
    void set_inline_size(std::size_t size) { inline_size_ = static_cast<std::uint16_t>(size); }
    // Whether an inline value of this size fits into the allocation as it is ...
    bool fits_inline(std::size_t size) const;
    // ... and does not leave most of it unused.
    bool fits_snugly(std::size_t size) const;
    // REQUIRES: the same type and storage, and fits_inline() for inline bytes.
    void set_value_in_place(const Payload& payload);
    void set_encoding(Encoding encoding) {
        kind_ = static_cast<std::uint8_t>((kind_ & 15) | (static_cast<int>(encoding) << 4));
    }

    // Bytes of the allocation, and of the value's object.
    std::size_t memory() const;

  private:
    static constexpr std::uint8_t kHasExpiry = 1;
    static constexpr std::uint8_t kWideKey = 2;
    static constexpr int kStorageShift = 2;
    static constexpr std::uint8_t kMark = 16;

    const char* after_header() const { return reinterpret_cast<const char*>(this + 1); }
    char* after_header() { return reinterpret_cast<char*>(this + 1); }
    const char* after_expiry() const { return after_header() + (has_expiry() ? sizeof(std::int64_t) : 0); }
    bool wide_key() const { return (flags_ & kWideKey) != 0; }
    std::size_t key_size() const { return wide_key() ? load_as<std::uint32_t>(after_expiry()) : key_size_; }
    const char* key_data() const { return after_expiry() + (wide_key() ? sizeof(std::uint32_t) : 0); }
    const char* value_data() const { return key_data() + key_size(); }
    char* value_data() { return const_cast<char*>(static_cast<const Entry*>(this)->value_data()); }

    std::uint8_t access_[3];
    std::uint8_t kind_;
    std::uint8_t flags_;
    std::uint8_t key_size_;
    std::uint16_t inline_size_;
};
static_assert(sizeof(Entry) == 8);

inline Payload Entry::payload() const {
    Payload payload{.type = type(), .encoding = encoding(), .storage = storage()};
    const char* value = value_data();
    switch (payload.storage) {
        case Storage::Inline:
            payload.bytes = {value, inline_size_};
            break;
        case Storage::Integer:
            payload.integer = load_as<std::int64_t>(value);
            break;
        case Storage::Heap:
            payload.heap = load_as<void*>(value);
            break;
    }
    return payload;
}

}  // namespace pongo

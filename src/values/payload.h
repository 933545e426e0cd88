// What a key holds, as seen from outside: a type, its encoding, and the bytes, number or object that is the
// value. A Payload describes a value without owning it, unless a comment says that it is handed over.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace pongo {

// The numbers are those of Redis's object types: they stand in snapshot files and in DEBUG DIGEST.
enum class Type : std::uint8_t { String = 0, List = 1, Set = 2, SortedSet = 3, Hash = 4, Stream = 6 };

// How a value is encoded, under the names of OBJECT ENCODING except where noted. It does not say where the
// bytes are: that is Storage.
enum class Encoding : std::uint8_t {
    Raw,
    Int,
    Embstr,
    PackedList,  // "quicklist": a list that is a single listpack ...
    Quicklist,   // ... or a row of them.
    Listpack,    // A hash or a sorted set: field, value, field, value, ...
    Intset,
    PackedSet,  // "hashtable": a small set that is a listpack.
    Hashtable,
    Skiplist,
    // A hash that has, or had, fields with an expiry of their own:
    ListpackEx,   // "listpackex": field, value, expiry, field, ... (see TimedFields).
    HashtableEx,  // "hashtable": an ExpiringHash.
    Stream,
};

// Whether parts of the value may expire. Such a value changes by being replaced as a whole while it is
// packed: a database that knows when its next part expires can look into it at any time.
constexpr bool expires_in_parts(Encoding encoding) {
    return encoding == Encoding::ListpackEx || encoding == Encoding::HashtableEx;
}

enum class Storage : std::uint8_t {
    Inline,  // The bytes stand in the entry itself, behind the key.
    Integer,
    Heap,  // An object of its own: for strings a Blob, for the others a HeapValue.
};

// As much fits into an entry.
inline constexpr std::size_t kMaxInlineBytes = UINT16_MAX;

struct Payload {
    Type type = Type::String;
    Encoding encoding = Encoding::Raw;
    Storage storage = Storage::Inline;
    std::string_view bytes = {};  // Of Storage::Inline.
    std::int64_t integer = 0;     // Of Storage::Integer.
    void* heap = nullptr;         // Of Storage::Heap.
};

std::string_view name_of(Type type);
std::string_view name_of(Encoding encoding);

// Whether the encoding is one run of bytes, wherever it stands ...
bool is_packed(Encoding encoding);
// ... and that run. REQUIRES: is_packed().
std::string_view packed_bytes(const Payload& payload);

// Whether both are of the very same value, not only of equal ones.
inline bool are_one(const Payload& one, const Payload& other) {
    return one.heap == other.heap && one.bytes.data() == other.bytes.data();
}

// A list, set, sorted set or hash that nothing is left in, which Redis removes. (A stream stays.)
bool is_emptied(const Payload& payload);

// Drops the object of a Storage::Heap payload, whatever its type. Callable on any thread.
void release_heap(const Payload& payload);

// An equal value for another key. An object is not shared with the original in any way that shows; whoever
// stores the payload takes it over.
Payload duplicate(const Payload& payload);

// Roughly how many allocations release_heap() would free: tells whether another thread had better do it.
std::size_t release_effort(const Payload& payload);

// Bytes that the allocator has set aside for the object of a Storage::Heap payload.
std::size_t heap_bytes(const Payload& payload);

}  // namespace pongo

// The numbers of Redis's object format, which DUMP, snapshot files and replication share.
//
// A value is written as its object type (one byte) and what that type consists of: lengths, strings and
// doubles. A length is in the first byte with what the two high bits of it announce: six bits; 14 bits, the
// high ones first; 32 or 64 bits in network order behind it; or a special form of a string.
#pragma once

#include <cstddef>
#include <cstdint>

namespace pongo {

enum class ObjectType : std::uint8_t {
    String = 0,
    List = 1,           // Strings.
    Set = 2,            // Strings.
    SortedSetText = 3,  // Strings, each with its score in digits.
    Hash = 4,           // Fields and values in turn.
    SortedSet = 5,      // Strings, each with its score as a double.
    HashZipmap = 9,
    ListZiplist = 10,
    SetIntset = 11,
    SortedSetZiplist = 12,
    HashZiplist = 13,
    ListZiplists = 14,
    StreamListpacks = 15,
    HashListpack = 16,
    SortedSetListpack = 17,
    ListBlocks = 18,        // Listpacks and single big elements.
    StreamListpacks2 = 19,  // Since 7.0, with more counters ...
    SetListpack = 20,       // Since 7.2.
    StreamListpacks3 = 21,  // ... and since 7.2 with one more time per consumer.
    // Since 7.4, with the first expiry of a field (eight bytes of Unix time in milliseconds) in front:
    HashExpiring = 24,          // Expiry, field, value. The expiry counts from the first one + 1; 0 is none.
    HashExpiringListpack = 25,  // Field, value, expiry in Unix time; 0 is none.
};

// What stands in front of a library of functions, where there could be an object type; before 7.0 was ready
// it was the second.
inline constexpr std::uint8_t kFunctionLibrary = 0xf5;
inline constexpr std::uint8_t kEarlyFunctionLibrary = 0xf6;

// Of the format as a whole. What we write is read by every server from this version on, but for hashes whose
// fields expire ...
inline constexpr std::uint16_t kWrittenRdbVersion = 10;
inline constexpr std::uint16_t kFieldExpiryRdbVersion = 12;
// ... and we read what was written by servers up to this one.
inline constexpr std::uint16_t kNewestRdbVersion = 12;

// The high bits of a length's first byte ...
inline constexpr std::uint8_t kLength6 = 0x00;
inline constexpr std::uint8_t kLength14 = 0x40;
inline constexpr std::uint8_t kSpecialString = 0xc0;
// ... and whole first bytes.
inline constexpr std::uint8_t kLength32 = 0x80;
inline constexpr std::uint8_t kLength64 = 0x81;
inline constexpr std::uint8_t kStringInt8 = 0xc0;  // The integers are little-endian.
inline constexpr std::uint8_t kStringInt16 = 0xc1;
inline constexpr std::uint8_t kStringInt32 = 0xc2;
inline constexpr std::uint8_t kStringLzf = 0xc3;  // Length when compressed, length, the compressed bytes.

// How a node of ObjectType::ListBlocks holds its elements.
inline constexpr std::uint64_t kPlainNode = 1;  // A single one, as it is.
inline constexpr std::uint64_t kPackedNode = 2;

// Scores in digits have one byte for their length, or one of these.
inline constexpr std::uint8_t kTextNan = 253;
inline constexpr std::uint8_t kTextInfinity = 254;
inline constexpr std::uint8_t kTextMinusInfinity = 255;

}  // namespace pongo

// The numbers of Redis's formats: of objects, which DUMP, snapshot files and replication share, and of whole
// files.
//
// A value is written as its object type (one byte) and what that type consists of: lengths, strings and
// doubles. A length is in the first byte with what the two high bits of it announce: six bits; 14 bits, the
// high ones first; 32 or 64 bits in network order behind it; or a special form of a string.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace pongo {

enum class ObjectType : std::uint8_t {
    String = 0,
    List = 1,           // Strings.
    Set = 2,            // Strings.
    SortedSetText = 3,  // Strings, each with its score in digits.
    Hash = 4,           // Fields and values in turn.
    SortedSet = 5,      // Strings, each with its score as a double.
    EarlyModule = 6,    // A value of a module, which only that module can read ...
    Module = 7,         // ... and in parts of known size, each behind a ModuleOpcode.
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

// What may stand in a file where there could be an object type. Numbers of which nothing else is said are
// lengths.
enum class RdbOpcode : std::uint8_t {
    SlotInfo = 244,       // A slot of a cluster, how many keys it has, how many of them with an expiry.
    Function2 = 245,      // The source of a library of functions, as a string.
    EarlyFunction = 246,  // The same before Redis 7.0 was ready.
    ModuleAux = 247,      // The id of a module, then values as in ObjectType::Module.
    Idle = 248,           // Seconds since the use of the key that follows ...
    Freq = 249,           // ... or LFU's counter of its uses: one byte.
    Aux = 250,            // A fact about the file: two strings, name and value.
    ResizeDb = 251,       // The number of keys in the database, and of those with an expiry.
    ExpireMs = 252,       // When the key that follows expires: eight bytes, little-endian Unix time ...
    Expire = 253,         // ... or four, in seconds.
    SelectDb = 254,       // The database of what follows.
    Eof = 255,            // Behind it stands the checksum.
};

// What tells the parts of a module's value apart. Each of these numbers is a length.
enum class ModuleOpcode : std::uint8_t {
    Eof = 0,
    SignedInteger = 1,    // A length, like
    UnsignedInteger = 2,  // this.
    Float = 3,            // Four bytes.
    Double = 4,           // Eight.
    String = 5,
};

// A file begins with this and its version in four digits. Since version 5 it ends with the checksum of all
// before: crc64(), little-endian; zero stands for none.
inline constexpr std::string_view kRdbMagic = "REDIS";
inline constexpr std::size_t kRdbVersionDigits = 4;
inline constexpr std::uint16_t kFirstRdbVersionWithChecksum = 5;
inline constexpr std::size_t kRdbChecksumBytes = 8;

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

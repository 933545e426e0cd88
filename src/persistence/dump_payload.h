// What DUMP returns and RESTORE takes: a value with its type in Redis's object format, the version of the
// format (two bytes) and the CRC-64 of all of that (eight bytes), both little-endian.
//
// Redis refuses what a newer version than itself has dumped. Here the versions up to that of Redis 7.4 and 8
// are taken (kNewestRdbVersion), whatever the type of the value: whoever moves here from one of those has
// only such payloads, and each type is either one that we read or is refused by itself.
//
// Thread rule: pure; under the lock of the value's shard.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/blob.h"
#include "persistence/byte_sink.h"
#include "persistence/compression.h"
#include "values/payload.h"

namespace pongo {

// Puts the version and the checksum behind what is in the sink.
void seal_payload(BlobSink& sink, std::uint16_t version);

BlobRef dump_payload(const Payload& value, Compression compression);

// The value with its type, if the version is one that we take and the checksum is right.
std::optional<std::string_view> value_of_dump(std::string_view payload);

}  // namespace pongo

// What DUMP returns and RESTORE takes: a value with its type in Redis's object format, the version of the
// format (two bytes) and the CRC-64 of all of that (eight bytes), both little-endian.
//
// Thread rule: pure; under the lock of the value's shard.
#pragma once

#include <optional>
#include <string_view>

#include "base/blob.h"
#include "persistence/compression.h"
#include "values/payload.h"

namespace pongo {

BlobRef dump_payload(const Payload& value, Compression compression);

// The value with its type, if version and checksum are right.
std::optional<std::string_view> value_of_dump(std::string_view payload);

}  // namespace pongo

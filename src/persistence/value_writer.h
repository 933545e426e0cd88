// Writes values in Redis's object format.
//
// Thread rule: pure; under the lock of the value's shard.
#pragma once

#include <cstddef>
#include <cstdint>

#include "persistence/compression.h"
#include "persistence/rdb_format.h"
#include "persistence/rdb_writer.h"
#include "values/payload.h"

namespace pongo {

// The type that is to be written in front of the value.
ObjectType object_type_of(const Payload& value);

// The version of the format from which on it can be read.
std::uint16_t rdb_version_of(const Payload& value);

// The value without its type.
void write_value(RdbWriter& writer, const Payload& value);

// How many bytes write_value() would write.
std::size_t written_size(const Payload& value, Compression compression);

}  // namespace pongo

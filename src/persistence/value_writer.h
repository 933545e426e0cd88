// Writes values in Redis's object format.
//
// Thread rule: pure; under the lock of the value's shard.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "persistence/compression.h"
#include "persistence/rdb_format.h"
#include "persistence/rdb_writer.h"
#include "values/payload.h"
#include "values/stream.h"

namespace pongo {

// The type that is to be written in front of the value.
ObjectType object_type_of(const Payload& value);

// The version of the format from which on it can be read.
std::uint16_t rdb_version_of(const Payload& value);

// The value without its type.
void write_value(RdbWriter& writer, const Payload& value);

// Parts of values, for those who write them one by one. In front of a field, when that expires: `first_ms`
// stands in front of them all ...
void write_field_expiry(RdbWriter& writer, std::optional<std::int64_t> expires_at_ms, std::int64_t first_ms);
// ... a listpack of a list, or of a stream: behind how many there are ...
void write_list_block(RdbWriter& writer, std::string_view block);
void write_stream_block(RdbWriter& writer, StreamId id, std::string_view block);
// ... and what stands behind those of a stream.
void write_stream_tail(RdbWriter& writer, const StreamValue& stream);

// How many bytes write_value() would write.
std::size_t written_size(const Payload& value, Compression compression);

}  // namespace pongo

// A key as it stands in a snapshot: expiry, usage, type, key and value.
//
// Thread rule: pure; under the lock of the value's shard.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "persistence/rdb_format.h"
#include "persistence/rdb_writer.h"
#include "values/payload.h"

namespace pongo {

// What eviction knows of a key: the one or the other, as maxmemory-policy wants it.
struct KeyUsage {
    std::optional<std::uint64_t> idle_seconds;
    std::optional<std::uint8_t> frequency;  // LFU's counter.

    bool operator==(const KeyUsage&) const = default;
};

// What stands in front of a value of this type, but for the database; and that with the value.
void write_key_head(RdbWriter& writer, std::string_view key, std::optional<std::int64_t> expires_at_ms,
                    const KeyUsage& usage, ObjectType type);
void write_key(RdbWriter& writer, std::string_view key, std::optional<std::int64_t> expires_at_ms,
               const KeyUsage& usage, const Payload& value);

}  // namespace pongo

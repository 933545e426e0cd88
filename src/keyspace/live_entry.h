#pragma once

#include <cstdint>

#include "keyspace/entry.h"
#include "values/field_expiry.h"

namespace pongo {

// Whether the key is there for who looks at it at this time: neither has it expired, nor is it a hash all of
// whose fields are due. Under the lock of its shard.
inline bool is_live(const Entry& entry, std::int64_t now_ms) {
    return !entry.expired(now_ms) &&
           !(expires_in_parts(entry.encoding()) && all_fields_due(entry.payload(), now_ms));
}

}  // namespace pongo

// Reads values in Redis's object format, as written by any version up to kNewestRdbVersion, from bytes that
// may come from anywhere. Whatever comes of it keeps the invariants of its type and encoding.
//
// Thread rule: pure; any thread.
#pragma once

#include <cstdint>

#include "persistence/rdb_reader.h"
#include "structures/packed_list.h"
#include "values/detached_value.h"
#include "values/hash.h"
#include "values/set.h"
#include "values/sorted_set.h"

namespace pongo {

// What decides on the encodings.
struct ValueLimits {
    BlockLimits list;
    SetLimits set;
    HashLimits hash;
    SortedSetLimits sorted_set;
};

// A value with its type in front. False if there is none; then the reader knows the reason.
bool read_typed_value(RdbReader& in, const ValueLimits& limits, DetachedValue& value);

// The same of a type that was read before: one of ObjectType, or any other number.
bool read_value(RdbReader& in, std::uint8_t type, const ValueLimits& limits, DetachedValue& value);

}  // namespace pongo

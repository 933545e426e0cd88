// The parts of read_value(): one per type. Each reads what is written as the given object type, or fails.
#pragma once

#include "persistence/rdb_format.h"
#include "persistence/value_reader.h"

namespace pongo {

// REQUIRES for each: `type` is one of that type of value.
void read_list(RdbReader& in, ObjectType type, const BlockLimits& limits, DetachedValue& value);
void read_hash(RdbReader& in, ObjectType type, const HashLimits& limits, DetachedValue& value);
void read_sorted_set(RdbReader& in, ObjectType type, const SortedSetLimits& limits, DetachedValue& value);
void read_set(RdbReader& in, ObjectType type, const SetLimits& limits, DetachedValue& value);
void read_stream(RdbReader& in, ObjectType type, DetachedValue& value);

}  // namespace pongo

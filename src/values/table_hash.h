// A hash that has outgrown its listpack.
//
// Thread rule: under the lock of the key's shard.
#pragma once

#include <memory>

#include "structures/packed_table.h"
#include "values/heap_value.h"

namespace pongo {

class TableHash : public HeapValue {
  public:
    PackedTable table{&HashSecret::of_process()};

    std::unique_ptr<HeapValue> copy() const override;
    bool empty() const override { return table.size() == 0; }
    std::size_t memory() const override { return allocation_size(this) + table.bytes(); }
    // One for each page, which has about ten fields.
    std::size_t allocations() const override { return 1 + table.size() / 10; }
};

// REQUIRES: the payload is that of a hash, and no listpack.
inline TableHash& table_hash(const Payload& payload) {
    return static_cast<TableHash&>(heap_value(payload));
}

}  // namespace pongo

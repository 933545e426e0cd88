// Who takes a snapshot of the keyspace while it changes.
//
// An entry that was not taken yet is taken before it is changed for the first time, or goes. Which these are
// tells a mark in each entry: all entries have the mark of the keyspace, until a snapshot begins by turning
// that one over. Who is taken gets the new mark, and what is created meanwhile has it from the beginning.
//
// Words: databases are called by the numbers that they have now; what the snapshot called them, when it
// began, is its own affair.
// Thread rule: take() under the lock of the entry's shard; the others under all locks.
#pragma once

#include <cstdint>
#include <memory>

#include "keyspace/database.h"

namespace pongo {

class SnapshotTaker {
  public:
    virtual void take(int db, std::uint32_t shard, const Entry& entry) = 0;
    // What was in the database is somewhere else now, and goes when nobody wants it any more.
    virtual void emptied(int db, std::uint32_t shard, std::shared_ptr<Database> content) = 0;
    virtual void swapped(int first, int second) = 0;

  protected:
    ~SnapshotTaker() = default;
};

}  // namespace pongo

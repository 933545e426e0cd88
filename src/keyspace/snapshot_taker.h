// Who takes a snapshot of the keyspace while it changes.
//
// An entry that was not taken yet is taken before it is changed for the first time, or goes. Which these are
// tells a mark in each entry: all entries have the mark of the keyspace, until a snapshot begins by turning
// that one over. Who is taken gets the new mark, and what is created meanwhile has it from the beginning.
//
// Taking an entry may leave a value *open*, which the taker goes on reading under the lock of its shard: one
// that says itself what is about to change in it. The taker then has to know where it goes.
//
// Words: databases are called by the numbers that they have now; what the snapshot called them, when it
// began, is its own affair.
// Thread rule: emptied() and swapped() under all locks; the others under the locks of the shards concerned.
#pragma once

#include <cstdint>
#include <memory>

#include "keyspace/database.h"

namespace pongo {

class SnapshotTaker {
  public:
    virtual void take(int db, std::uint32_t shard, const Entry& entry) = 0;
    // An open value has become that of another key, maybe in another shard.
    virtual void moved(const Payload& value, const KeyLocation& to) = 0;
    // No key has the value any more. True if it is open: then the taker owns it from now on.
    virtual bool keeps(const Payload& value) = 0;
    // What was in the database is somewhere else now, and goes when nobody wants it any more.
    virtual void emptied(int db, std::uint32_t shard, std::shared_ptr<Database> content) = 0;
    virtual void swapped(int first, int second) = 0;

  protected:
    ~SnapshotTaker() = default;
};

}  // namespace pongo

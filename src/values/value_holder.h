// Where one value is kept, as a value that changes sees it. The operations of ByteStore are on the run of
// bytes of a packed encoding.
//
// Thread rule: under the lock of the key's shard.
#pragma once

#include "structures/byte_store.h"
#include "values/payload.h"

namespace pongo {

class ValueHolder : public ByteStore {
  public:
    virtual Payload payload() const = 0;
    // Puts another value in its place. Takes over the payload's object, and drops the old one.
    virtual void replace(const Payload& payload) = 0;
};

}  // namespace pongo

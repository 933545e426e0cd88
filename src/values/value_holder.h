// Where one value is kept, as a value that changes sees it. The operations of ByteStore are on the run of
// bytes of a packed encoding.
//
// Thread rule: under the lock of the key's shard.
#pragma once

#include <string_view>

#include "structures/byte_store.h"
#include "values/payload.h"

namespace pongo {

class ValueHolder : public ByteStore {
  public:
    virtual Payload payload() const = 0;
    // Puts another value in its place. Takes over the payload's object, and drops the old one.
    virtual void replace(const Payload& payload) = 0;
    // Is told of a field whose time had come, and which had to go at once because it is set anew.
    virtual void field_expired(std::string_view name) { static_cast<void>(name); }
};

}  // namespace pongo

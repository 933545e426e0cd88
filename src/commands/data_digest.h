// The digests of DEBUG DIGEST and DEBUG DIGEST-VALUE: SHA-1 sums that are equal exactly when the data are,
// whatever the order of the keys and the encodings, and the same as Redis's for the same data.
//
// The words of the algorithm, on 20 bytes that begin as zeros: to *blend* bytes is to xor the SHA-1 of the
// bytes into the digest; to *mix* them is to blend them and then to replace the digest by its own SHA-1,
// which makes the order count.
//
//   value      mix the type's number (4 bytes, big-endian); mix a string's bytes, or a list's elements in
//              their order, or blend each member of a set; for each field of a hash, or item of a sorted set,
//              blend a new digest that has mixed its name and its value, or its member and the text of its
//              score, and blended "!!hexpire!!" for a field with an expiry; with an expiry of the key blend
//              "!!expire!!"
//   key        mix the key, then as for the value
//   data set   for each database that is not empty, in order: mix its number (4 bytes, big-endian), then
//              blend the digest of each of its keys
#pragma once

#include <cstdint>
#include <string_view>

#include "base/sha1.h"
#include "keyspace/entry.h"
#include "keyspace/keyspace.h"

namespace pongo {

class DataDigest {
  public:
    void blend(std::string_view bytes);
    void mix(std::string_view bytes);
    void mix_number(std::uint32_t number);
    // In hexadecimal.
    std::string text() const;
    std::string_view bytes() const { return {reinterpret_cast<const char*>(digest_.data()), digest_.size()}; }

  private:
    Sha1Digest digest_{};
};

// Mixes type, value and presence of an expiry into `digest`. REQUIRES: the key's shard is locked.
void mix_value(DataDigest& digest, const Entry& entry);

// REQUIRES: all shards are locked.
DataDigest digest_of(Keyspace& keyspace);

}  // namespace pongo

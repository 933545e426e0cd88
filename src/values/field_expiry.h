// What those who make fields of hashes go have to know, whatever the encoding.
//
// In the very millisecond of its expiry a field is still there, as a key is; afterwards it is *due*: nobody
// sees it any more, but it is in the hash until somebody takes it out.
//
// REQUIRES for all that take a payload: expires_in_parts(payload.encoding).
// Thread rule: under the lock of the key's shard.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "values/value_holder.h"

namespace pongo {

// Of every expiry, in milliseconds of Unix time: Redis's limit.
inline constexpr std::int64_t kLatestFieldExpiryMs = (std::int64_t{1} << 46) - 1;

// When the next field expires, due or not; nothing if none does.
std::optional<std::int64_t> next_field_expiry(const Payload& payload);
// How many fields are due.
std::uint64_t due_fields(const Payload& payload, std::int64_t now_ms);
// Whether no other ones are left: then it is as if the hash were not there.
bool all_fields_due(const Payload& payload, std::int64_t now_ms);
// Takes out at most `most` of them, those that expired first, and returns their names.
std::vector<std::string> erase_due_fields(ValueHolder& holder, std::int64_t now_ms,
                                          std::uint64_t most = UINT64_MAX);

}  // namespace pongo

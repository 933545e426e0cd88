// The handlers of the hash commands. Their rows stand in hashes.cpp, which says what each of them does.
#pragma once

#include "engine/args.h"
#include "engine/call.h"
#include "values/hash.h"

namespace pongo::hashes {

// What the editors of a call's hashes have to keep to.
inline HashLimits limits_of(Call& call) {
    return {.fields = static_cast<std::uint64_t>(call.settings().hash_max_listpack_entries),
            .text_bytes = static_cast<std::uint64_t>(call.settings().hash_max_listpack_value)};
}

// hash_changes.cpp: setting, removing, counting.
void hset(Call& call);
void hmset(Call& call);
void hsetnx(Call& call);
void hdel(Call& call);
void hincrby(Call& call);
void hincrbyfloat(Call& call);

// hash_random.cpp
void hrandfield(Call& call);

}  // namespace pongo::hashes

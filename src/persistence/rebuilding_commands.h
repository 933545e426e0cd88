// The commands that make a data set out of nothing: what the base of an append-only file consists of that is
// no snapshot (aof-use-rdb-preamble no). They are those that Redis writes there, and a Redis that knows the
// commands can load them; of hashes with fields that expire those are ones that came with 7.4.
//
//   library* ─▶ (database ─▶ key*)*
//
// Like Redis, this leaves out when a consumer of a stream was last seen. Unlike Redis it keeps entries
// pending which are not in the stream any more: it adds such an entry, and deletes it when it is pending.
//
// Thread rule: pure; the key under the lock of the value's shard.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "persistence/byte_sink.h"
#include "values/payload.h"

namespace pongo {

void write_library_command(ByteSink& sink, std::string_view source);

// Chooses the database of what follows.
void write_database_command(ByteSink& sink, int db);

// There is no such key before. In one command there are not more than 64 elements, fields or members.
void write_key_commands(ByteSink& sink, std::string_view key, std::optional<std::int64_t> expires_at_ms,
                        const Payload& value);

}  // namespace pongo

// Writes a snapshot: a file of Redis's format with all that a server keeps.
//
//   begin ─▶ function_library* ─▶ (database │ key │ record)* ─▶ end
//
// The version is that of Redis 7.0 whatever the keys are: hashes whose fields expire have types of their own,
// which tell an older server well enough that it cannot read them.
//
// Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "persistence/byte_sink.h"
#include "persistence/checksum.h"
#include "persistence/checksum_sink.h"
#include "persistence/compression.h"
#include "persistence/key_record.h"
#include "persistence/rdb_writer.h"
#include "values/payload.h"

namespace pongo {

// A fact about the file, such as redis-ver, redis-bits, ctime, used-mem and aof-base.
struct AuxField {
    std::string_view name;
    std::string_view value;
};

class SnapshotWriter {
  public:
    // The sink outlives this. It gets the bytes in blocks of 64 KiB or multiples of that, the last one at
    // end(); whether they went where they should only it knows.
    SnapshotWriter(ByteSink& sink, Compression compression, Checksum checksum)
        : sink_(sink, checksum), writer_(sink_, compression) {}

    void begin(std::span<const AuxField> fields);
    void function_library(std::string_view source);
    // Chooses the database of what follows, and says how much that is, so that a reader can make room.
    void database(int db, std::uint64_t keys, std::uint64_t volatile_keys);
    void key(int db, std::string_view key, std::optional<std::int64_t> expires_at_ms, const KeyUsage& usage,
             const Payload& value);
    // Keys that write_key() wrote elsewhere: one or several.
    void record(int db, std::string_view bytes);
    void end();

    // With those that the sink has not got yet.
    std::uint64_t bytes_written() const { return sink_.size(); }

  private:
    void select(int db);

    ChecksumSink sink_;
    RdbWriter writer_;
    std::optional<int> db_;
};

}  // namespace pongo

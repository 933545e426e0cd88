// The data set as it is at one moment, on its way into a file: an RDB file, or the base of the append-only
// file.
//
// Thread rule: made under the locks of all shards; write() once, on one thread; the rest on any.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "keyspace/shard_guard.h"
#include "persistence/keyspace_snapshot.h"
#include "persistence/output_file.h"
#include "persistence/snapshot_writer.h"

namespace pongo {

class SnapshotJob {
  public:
    // What the file is to be.
    enum class Kind : std::uint8_t { Rdb, RdbBase, CommandBase };

    // The snapshot has begun: it has to be written. REQUIRES: all shards are locked.
    SnapshotJob(Engine& engine, Kind kind);

    // Returns what went wrong: then what was under the path is still there.
    std::optional<std::string> write(const std::string& path, IncrementalSync incremental_sync,
                                     Locking locking);
    void cancel() { snapshot_.cancel(); }
    const KeyspaceSnapshot& snapshot() const { return snapshot_; }
    std::int64_t started_us() const { return started_us_; }  // Of the monotonic clock.
    std::int64_t started_s() const { return started_s_; }    // Unix time.

  private:
    struct DatabaseSize {
        int db;
        std::uint64_t keys;
        std::uint64_t volatile_keys;
    };

    static SnapshotOptions options_of(Engine& engine, Kind kind);
    void write_rdb(OutputFile& file, Locking locking);
    void write_commands(OutputFile& file, Locking locking);
    void write_header(SnapshotWriter& writer);
    void run(const KeyspaceSnapshot::Consumer& consume, const OutputFile& file, Locking locking);
    void note_relief();

    Engine& engine_;
    const Kind kind_;
    KeyspaceSnapshot snapshot_;
    const std::int64_t started_us_;
    const std::int64_t started_s_;
    std::vector<std::string> libraries_;  // Of functions: their sources.
    std::vector<DatabaseSize> sizes_;
};

}  // namespace pongo

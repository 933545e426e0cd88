// The keyspace as it was at one moment, in the records of an RDB file, while its clients go on changing it.
//
// Words: the snapshot *takes* an entry when it writes down what that holds. It does so when it comes by, in
// the order of the tables; an entry that is about to be changed before, or to go, is taken by who changes it,
// into the *kept* records of its shard. Of an entry with a big value, taking only *opens* a record, which is
// written in slices so that nobody waits long: see open_record.h. Records that are open go first, one after
// the other.
//
//   begin(), under all locks: every entry is to be taken
//      │  run(): shard by shard, a few entries at a time under the shard's lock; open records, and what is
//      │  kept, go along
//      ▼
//   every entry has been taken, no record is open: the end, under all locks
//
// After cancel() the same way is gone without writing anything down.
//
// Invariants:
//  1. An entry that was there at begin() is in the records once, as it was then; one that came later is not.
//  2. Of entries that were taken, nothing is looked at any more, but for the values of open records.
//  3. Of databases, records have the numbers that they had at begin().
//
// When more is kept than should be, who made it so tells the data set, and writers wait until half of it is
// written (is_relieved()). While one huge record is written, nothing else of what is kept is fetched.
//
// Locks: that of a shard before the one of the list of open records.
// Thread rule: begin() once, then run() once, on one thread; the others on any.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include "engine/settings.h"
#include "keyspace/access_clock.h"
#include "keyspace/keyspace.h"
#include "keyspace/shard_guard.h"
#include "persistence/compression.h"
#include "persistence/key_record.h"
#include "persistence/open_record.h"
#include "persistence/pieces.h"

namespace pongo {

// What is written down of the use of keys.
enum class UsageNotes : std::uint8_t { None, IdleTime, Frequency };

// What records are: as in RDB files, or commands that make the key anew (rebuilding_commands.h; big values
// are not written in slices then).
enum class RecordFormat : std::uint8_t { Rdb, Commands };

struct SnapshotOptions {
    RecordFormat format = RecordFormat::Rdb;
    Compression compression = Compression::On;
    UsageNotes usage = UsageNotes::None;
    // Tells what entries remember of their use. Not advanced any more.
    AccessClock clock = {};
    // A pause behind each key, or the few that come together; may change meanwhile: rdb-key-save-delay.
    const Setting<std::int64_t>* key_delay_us = nullptr;
    // So much may be kept in memory before writers are asked to wait, for which the data set is told of it.
    std::size_t kept_limit = std::size_t{64} << 20;
    DataSet* data_set = nullptr;
    // Values of more than that are written in slices ...
    std::size_t big_bytes = std::size_t{64} << 10;
    // ... of this size. As much is taken under a lock before it is let go: some hundred microseconds.
    std::size_t slice_bytes = std::size_t{32} << 10;
};

// How far it has come, and what writers have made it keep in memory.
struct SnapshotProgress {
    std::size_t kept_bytes = 0;
    std::size_t most_kept_bytes = 0;  // At one time, until now.
    std::uint64_t keys = 0;
    std::uint64_t keys_taken = 0;
};

class KeyspaceSnapshot final : private SnapshotTaker {
  public:
    // Gets the records of keys of one database, one behind the other, and big ones in several parts.
    using Consumer = std::function<void(int db, std::string_view records)>;

    KeyspaceSnapshot(Keyspace& keyspace, SnapshotOptions options);
    ~KeyspaceSnapshot();
    KeyspaceSnapshot(const KeyspaceSnapshot&) = delete;
    KeyspaceSnapshot& operator=(const KeyspaceSnapshot&) = delete;

    // REQUIRES: all shards are locked.
    void begin();
    void run(const Consumer& consume, Locking locking);
    void cancel() { cancelled_ = true; }
    bool cancelled() const { return cancelled_; }

    // Whether writers need not wait any more, as half of what may be kept is written.
    bool is_relieved() const { return kept_bytes_.is_relieved(); }
    SnapshotProgress progress() const {
        return {.kept_bytes = kept_bytes_.now(),
                .most_kept_bytes = kept_bytes_.most(),
                .keys = keys_at_begin_,
                .keys_taken = keys_taken_};
    }

  private:
    // Those of one database.
    struct Run {
        int db;
        Pieces bytes;
    };
    // A record that is not complete.
    struct Open {
        int db;  // By its number at begin().
        std::unique_ptr<OpenRecord> record;
    };
    using Records = std::vector<Run>;
    // Of a database, within one shard.
    struct Part {
        // What is not in the database any more, but was there at begin().
        std::shared_ptr<Database> detached;
        bool walked = false;
    };
    struct ShardState {
        Records kept;
        std::vector<Part> parts;  // By the numbers at begin().
    };

    void take(int db, std::uint32_t shard, const Entry& entry) override;
    void moved(const Payload& value, const KeyLocation& to) override;
    bool keeps(const Payload& value) override;
    void emptied(int db, std::uint32_t shard, std::shared_ptr<Database> content) override;
    void swapped(int first, int second) override;

    static Run& run_of(Records& records, int db);
    // Returns how many bytes it takes; none if it opens a record.
    std::size_t write(Records& records, int db, std::uint32_t shard, const Entry& entry, Opener opener);
    bool open(int db, std::uint32_t shard, const Entry& entry, Opener opener);
    KeyUsage usage_of(const Entry& entry) const;
    void walk(std::uint32_t shard, int db, const Consumer& consume, Locking locking);
    std::uint64_t take_slice(const Database& database, int db, std::uint32_t shard, std::uint64_t cursor,
                             Records& records);
    // The first of the open records; nullptr if there is none.
    Open* first_open();
    static void note_freed();
    // Returns whether there were some.
    bool finish_open(const Consumer& consume, Locking locking);
    void finish(Open& open, const Consumer& consume, Locking locking);
    OpenRecord::Slice next_slice(OpenRecord& record, Locking locking);
    void consume(int db, const Pieces& bytes, const Consumer& consume) const;
    void consume_all(const Records& records, const Consumer& consume) const;
    void consume_kept(std::uint32_t shard, const Consumer& consume, Locking locking);
    std::int64_t key_delay_us() const { return options_.key_delay_us ? options_.key_delay_us->get() : 0; }
    void end(Locking locking);

    Keyspace& keyspace_;
    const SnapshotOptions options_;
    std::vector<ShardState> shards_;
    // By its number at begin(): the number under which the database is to be found now. Changed under all
    // locks.
    std::vector<int> place_;
    std::atomic<bool> cancelled_{false};
    KeptBytes kept_bytes_;
    std::mutex open_mutex_;
    std::deque<Open> open_;  // The first one is being written. References stay good while others come.
    std::uint64_t keys_at_begin_ = 0;
    std::atomic<std::uint64_t> keys_taken_{0};
    bool began_ = false;
    bool ended_ = false;
};

}  // namespace pongo

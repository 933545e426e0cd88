// Puts the keys of an RDB file into a keyspace: one thread goes through the file, others decode its values
// and put them in their places.
//
// Thread rule: load() on one thread, once.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/settings.h"
#include "keyspace/access_clock.h"
#include "keyspace/keyspace.h"
#include "keyspace/shard_guard.h"
#include "persistence/checksum.h"
#include "persistence/snapshot_reader.h"
#include "persistence/value_reader.h"

namespace pongo {

struct LoadOptions {
    ValueLimits limits;
    Checksum checksum = Checksum::On;
    std::int64_t now_ms = 0;  // Keys whose time has come by then are left out.
    // Tells how entries remember their use.
    AccessClock clock = {};
    // How many decode beside the one that reads; with none, that does it all.
    int threads = 0;
    // What is to become of keys that are there already: they are an error, or go.
    enum class Existing : std::uint8_t { Unexpected, Replaced } existing = Existing::Unexpected;
    // A pause behind each key, which may change meanwhile: key-load-delay.
    const Setting<std::int64_t>* key_delay_us = nullptr;
    // With Locking::Held there can be no threads.
    Locking locking = Locking::Own;
};

class RdbLoader {
  public:
    struct Result {
        // With the offset in the file; nothing if all is well.
        std::optional<std::string> error;
        std::uint64_t keys_loaded = 0;
        std::uint64_t keys_expired = 0;
        std::size_t size = 0;  // Of the snapshot, behind which a file may go on.
    };
    struct Callbacks {
        // Gets a library of functions; returns what is wrong with it, or nothing.
        std::function<std::string(std::string_view source)> add_library;
        // Is told now and then how far it has come: what stands before will not be looked at again.
        std::function<void(std::size_t offset)> note_progress;
    };

    RdbLoader(Keyspace& keyspace, LoadOptions options, Callbacks callbacks);

    Result load(std::string_view file);
    // On any thread: load() ends soon, with an error.
    void cancel() { fail(0, "loading was called off"); }

  private:
    struct Record {
        std::string key;
        KeyLocation at;  // When it is put there.
        int db;
        std::optional<std::int64_t> expires_at_ms;
        KeyUsage usage;
        std::uint8_t type;
        std::string_view value;
    };
    // Some that follow on each other.
    struct Batch {
        std::vector<Record> records;
        std::size_t bytes = 0;
    };

    void read(SnapshotReader& reader);
    bool accept(const SnapshotReader::Item& item);
    void accept_key(const SnapshotReader::Key& key);
    void make_room(const SnapshotReader::ResizeDb& sizes);
    void hand_over();
    void work();
    bool has_enough_to_do();
    void put_all(Batch& batch);
    void put(const Record& record);
    std::uint32_t access_of(const KeyUsage& usage) const;
    void fail(std::size_t offset, std::string_view reason);
    bool failed() const { return failed_; }

    Keyspace& keyspace_;
    const LoadOptions options_;
    const Callbacks callbacks_;
    std::string_view file_;
    int db_ = 0;
    std::size_t at_ = 0;                  // Where in the file.
    std::uint64_t unannounced_keys_ = 0;  // So many more may be in the file, of which it has not said so yet.
    Batch batch_;
    Result result_;
    std::atomic<std::uint64_t> keys_loaded_{0};

    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Batch> batches_;  // To be put in their places.
    bool finished_ = false;
    std::atomic<bool> failed_{false};
};

}  // namespace pongo

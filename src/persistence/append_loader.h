// Brings the data set back from the files of the append-only log: what is a snapshot is loaded as one, what
// are commands is run once more.
//
//   file by file, as the manifest names them:  [snapshot] command* [a command, or a transaction, cut off]
//
// Only the last file may end in the middle of something: that is left out, and cut off the file, if
// aof-load-truncated says so. A transaction takes effect when its EXEC is there.
//
// Thread rule: load() on one thread, one call at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/executor.h"
#include "keyspace/shard_guard.h"
#include "persistence/command_reader.h"
#include "persistence/mapped_file.h"

namespace pongo {

class AppendLoader {
  public:
    struct Callbacks {
        // Loads the snapshot that the bytes begin with, and tells its size. Returns what is wrong with it.
        std::function<std::optional<std::string>(MappedFile& file, std::size_t& size)> load_snapshot;
        // So many bytes of the file are done. False if loading is called off.
        std::function<bool(std::size_t offset)> go_on;
    };
    // What is done with a file that ends in the middle of something.
    enum class CutOff : std::uint8_t { Refused, LeftOut };

    // Runs commands by this executor, which nobody else uses meanwhile. With Locking::Held its caller has
    // locked all shards.
    AppendLoader(Executor& executor, Engine& engine, Locking locking, Callbacks callbacks);

    // Returns what is wrong with the file, or nothing. The database that is selected is another one in each
    // file: the first.
    std::optional<std::string> load(const std::string& path, CutOff cut_off);

  private:
    using Args = std::vector<std::string_view>;
    // Nobody is at its other end.
    struct NoClient final : ClientLink {
        void close_soon() override {}
        void push(const BlobRef&) override {}
        void catch_up() override {}
        bool answer(const BlobRef&) override { return false; }
    };

    std::optional<std::string> run_commands(MappedFile& file, std::size_t offset, const std::string& path,
                                            CutOff cut_off);
    // Locks all shards, now and then for others as well.
    void take_locks();
    void let_go();
    // Both return what is wrong.
    std::string accept(std::span<const std::string_view> args);
    std::string run(std::span<const std::string_view> args);
    std::optional<std::string> cut(const std::string& path, std::size_t size, std::size_t whole);

    Executor& executor_;
    Engine& engine_;
    const Locking locking_;
    const Callbacks callbacks_;
    NoClient nobody_;
    Session session_;
    Request request_;
    std::vector<Args> queue_;  // Since MULTI.
    bool in_transaction_ = false;
};

}  // namespace pongo

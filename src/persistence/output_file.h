// A file that takes the place of another when it is complete, and not before: whatever happens, under the
// path stands either the old file or the whole new one.
//
//   writing ── finish() ─▶ in place
//      │                      its bytes are on disk, and so is its name
//      └── an error, or the destructor ─▶ removed
//
// The first error is kept: nothing is written after it, so it is enough to ask at the end. The folder is
// opened once, so it does not matter if the process changes its own meanwhile.
//
// Thread rule: one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "persistence/byte_sink.h"
#include "persistence/file_calls.h"

namespace pongo {

// Whether the system is made to write every few MiB, so that it need not write all of the file at once at the
// end: the options rdb-save-incremental-fsync and aof-rewrite-incremental-fsync.
enum class IncrementalSync : bool { Off, On };

class OutputFile : public ByteSink {
  public:
    // Creates a file beside `path`, under a name that no other file has.
    OutputFile(const std::string& path, IncrementalSync incremental_sync,
               FileCalls& calls = FileCalls::system());
    ~OutputFile() override;
    OutputFile(const OutputFile&) = delete;
    OutputFile& operator=(const OutputFile&) = delete;

    void append(std::string_view bytes) override;
    // Puts the file under the path. Returns the first error there was, with what failed where; then the old
    // file is still there, unless only its folder could not be synced. REQUIRES: not called before; nothing
    // is appended afterwards.
    std::optional<std::string> finish();

    // What has failed until now, if anything has.
    const std::optional<std::string>& error() const { return error_; }
    // With those that are still buffered.
    std::uint64_t bytes_written() const { return written_ + buffered_; }

    // For a file that is to have this name when it is complete: one that no other file has.
    static std::string new_temporary_name(std::string_view name);
    // Whether a file of this name is one of these that a process has left behind when it ended in the middle.
    static bool is_temporary(std::string_view name);
    // Removes these from a folder, if that is there, but for one that is called `kept`. REQUIRES: nobody
    // writes one of them now.
    static void remove_leftovers(const std::string& folder, std::string_view kept);

  private:
    static constexpr std::size_t kBufferBytes = std::size_t{64} << 10;
    static constexpr std::uint64_t kSyncEvery = std::uint64_t{4} << 20;

    void create();
    void flush();
    void write_all(std::string_view bytes);
    void sync_if_due();
    void close_file();
    void put_in_place();
    void discard();
    // Keeps the first error: that of errno, with a file of the folder or, without a name, the folder itself.
    void fail(const char* operation, const std::string& name = {});

    FileCalls& calls_;
    std::string folder_path_;
    std::string name_;
    std::string temporary_name_;  // Empty while there is no such file.
    int folder_ = -1;
    int file_ = -1;
    IncrementalSync incremental_sync_;
    std::optional<std::string> error_;
    std::uint64_t written_ = 0;
    std::uint64_t started_ = 0;  // So many bytes are on their way to the disk,
    std::uint64_t synced_ = 0;   // and so many are there.
    std::unique_ptr<char[]> buffer_ = std::make_unique_for_overwrite<char[]>(kBufferBytes);
    std::size_t buffered_ = 0;
};

}  // namespace pongo

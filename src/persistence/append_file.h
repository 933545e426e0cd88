// A file that grows by records, and ends with a whole one: what could be written only in part is cut off
// again.
//
// Thread rule: one thread at a time; size() on any.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "persistence/file_calls.h"

namespace pongo {

class AppendFile {
  public:
    // Opens the file at its end, or makes it. Look at error() first.
    explicit AppendFile(std::string path, FileCalls& calls = FileCalls::system());
    ~AppendFile();
    AppendFile(const AppendFile&) = delete;
    AppendFile& operator=(const AppendFile&) = delete;

    const std::string& path() const { return path_; }
    std::uint64_t size() const { return size_.load(std::memory_order_relaxed); }
    // The errno of what failed last, 0 if that was nothing.
    int error() const { return error_; }

    // How many of the bytes stand in the file now: all; or, after an error, none, unless what was written of
    // them could not be cut off.
    std::size_t append(std::string_view bytes);
    // Whether all that was appended is on disk.
    [[nodiscard]] bool sync();

  private:
    std::size_t cut_back(std::size_t written);

    const std::string path_;
    FileCalls& calls_;
    int file_ = -1;
    int error_ = 0;
    std::atomic<std::uint64_t> size_{0};
};

}  // namespace pongo

// A file layer whose appends fail when a test says so. The test and the log's thread use it at once.
#pragma once

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <mutex>

#include "persistence/file_calls.h"

namespace pongo {

class FaultyAppends : public FileCalls {
  public:
    ssize_t write(int file, const char* bytes, std::size_t size) override {
        const std::size_t most = std::min<std::size_t>(size, room);
        if (most == 0) return failed(ENOSPC);
        room -= most;
        return FileCalls::write(file, bytes, most);
    }
    int cut(int file, std::uint64_t size) override {
        return cut_error != 0 ? failed(cut_error) : FileCalls::cut(file, size);
    }
    int sync_data(int file) override {
        const std::lock_guard lock(syncing);
        ++syncs;
        return sync_error != 0 ? failed(sync_error) : FileCalls::sync_data(file);
    }

    std::atomic<std::size_t> room{SIZE_MAX};  // So many bytes can still be written.
    std::atomic<int> cut_error{0};
    std::atomic<int> sync_error{0};
    std::atomic<int> syncs{0};
    std::mutex syncing;  // Who holds it keeps syncs from beginning.

  private:
    static int failed(int error) {
        errno = error;
        return -1;
    }
};

}  // namespace pongo

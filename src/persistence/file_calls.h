// The system's calls that make files durable, as far as persistence needs them, so that a test can have them
// fail. Each returns what the call of the system returns, with errno.
//
// Thread rule: any thread.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>

namespace pongo {

class FileCalls {
  public:
    virtual ~FileCalls() = default;

    // Those of the system. They live as long as the process.
    static FileCalls& system();

    virtual int open_folder(const char* path);
    // A new file for writing; fails if the name is taken.
    virtual int create(int folder, const char* name);
    // To write at the end of a file, which is made if there is none.
    virtual int open_to_append(const char* path);
    virtual ssize_t write(int file, const char* bytes, std::size_t size);
    // What stands behind is gone.
    virtual int cut(int file, std::uint64_t size);
    // Has the system begin to write these bytes to disk ...
    virtual int start_sync(int file, std::uint64_t offset, std::uint64_t size);
    // ... and returns when they are there, without all of what else sync() sees to. REQUIRES: some bytes.
    virtual int sync_range(int file, std::uint64_t offset, std::uint64_t size);
    virtual int sync(int file_or_folder);
    // The same without what is not needed to read the file.
    virtual int sync_data(int file);
    virtual int close(int file);
    virtual int rename(int folder, const char* from, const char* to);
    virtual int remove(int folder, const char* name);
};

}  // namespace pongo

#include "persistence/file_calls.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <cerrno>

namespace pongo {
namespace {

constexpr mode_t kFileMode = 0644;

// Not every file system knows of ranges.
bool is_unsupported(int error) {
    return error == EINVAL || error == ESPIPE || error == ENOSYS;
}

}  // namespace

FileCalls& FileCalls::system() {
    static FileCalls calls;
    return calls;
}

int FileCalls::open_folder(const char* path) {
    return ::open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

int FileCalls::create(int folder, const char* name) {
    return ::openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kFileMode);
}

int FileCalls::open_to_append(const char* path) {
    return ::open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, kFileMode);
}

ssize_t FileCalls::write(int file, const char* bytes, std::size_t size) {
    return ::write(file, bytes, size);
}

int FileCalls::cut(int file, std::uint64_t size) {
    return ::ftruncate(file, static_cast<off_t>(size));
}

int FileCalls::start_sync(int file, std::uint64_t offset, std::uint64_t size) {
    const int result = ::sync_file_range(file, static_cast<off64_t>(offset), static_cast<off64_t>(size),
                                         SYNC_FILE_RANGE_WRITE);
    return result != 0 && is_unsupported(errno) ? 0 : result;
}

int FileCalls::sync_range(int file, std::uint64_t offset, std::uint64_t size) {
    constexpr unsigned kUntilWritten =
        SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER;
    const int result =
        ::sync_file_range(file, static_cast<off64_t>(offset), static_cast<off64_t>(size), kUntilWritten);
    return result != 0 && is_unsupported(errno) ? ::fdatasync(file) : result;
}

int FileCalls::sync(int file_or_folder) {
    return ::fsync(file_or_folder);
}

int FileCalls::sync_data(int file) {
    return ::fdatasync(file);
}

int FileCalls::close(int file) {
    return ::close(file);
}

int FileCalls::rename(int folder, const char* from, const char* to) {
    return ::renameat(folder, from, folder, to);
}

int FileCalls::remove(int folder, const char* name) {
    return ::unlinkat(folder, name, 0);
}

}  // namespace pongo

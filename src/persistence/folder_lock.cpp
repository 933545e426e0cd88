#include "persistence/folder_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <utility>

#include "base/log.h"

namespace pongo {
namespace {

constexpr const char* kName = "pongo.lock";
constexpr mode_t kMode = 0644;

bool is_same_file(int one, int other) {
    struct stat first {};
    struct stat second {};
    return one >= 0 && ::fstat(one, &first) == 0 && ::fstat(other, &second) == 0 &&
           first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

std::string read_owner(int file) {
    char text[32];
    const ssize_t size = ::pread(file, text, sizeof text, 0);
    std::string owner(text, size > 0 ? static_cast<std::size_t>(size) : 0);
    while (!owner.empty() && owner.back() == '\n') owner.pop_back();
    return owner.empty() ? "unknown" : owner;
}

void write_owner(int file) {
    const std::string owner = std::to_string(::getpid()) + "\n";
    // Only for people to read.
    if (::ftruncate(file, 0) != 0 || ::pwrite(file, owner.data(), owner.size(), 0) < 0) return;
}

}  // namespace

std::optional<std::string> FolderLock::take() {
    const int file = ::open(kName, O_RDWR | O_CREAT | O_CLOEXEC, kMode);
    if (file < 0) {
        log_notice("No lock file can be made in this folder: whether another server uses it is not known");
        release();
        return std::nullopt;
    }
    if (is_same_file(file_, file)) {
        ::close(file);
        return std::nullopt;
    }
    if (::flock(file, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
        const std::string owner = read_owner(file);
        ::close(file);
        std::error_code ignored;
        return "Another server (process " + owner + ") has its files in the folder " +
               std::filesystem::current_path(ignored).string() +
               ": two would write over each other's. Give this one a folder of its own with the option "
               "'dir'.";
    }
    write_owner(file);
    release();
    file_ = file;
    return std::nullopt;
}

void FolderLock::release() {
    if (file_ >= 0) ::close(std::exchange(file_, -1));
}

}  // namespace pongo

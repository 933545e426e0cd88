#include "persistence/folder_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
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
    return ::fstat(one, &first) == 0 && ::fstat(other, &second) == 0 && first.st_dev == second.st_dev &&
           first.st_ino == second.st_ino;
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

std::optional<std::string> FolderLock::take(Former former) {
    const int file = ::open(kName, O_RDWR | O_CREAT | O_CLOEXEC, kMode);
    if (file < 0) {
        log_notice("No lock file can be made in this folder: whether another server uses it is not known");
        if (former == Former::LetGo) release();
        is_held_ = false;
        return std::nullopt;
    }
    const auto own = std::ranges::find_if(files_, [&](int each) { return is_same_file(each, file); });
    if (own != files_.end()) {
        ::close(file);
        const int held = *own;
        files_.erase(own);
        add(held, former);
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
    add(file, former);
    return std::nullopt;
}

void FolderLock::add(int file, Former former) {
    if (former == Former::LetGo) release();
    files_.push_back(file);
    is_held_ = true;
}

void FolderLock::let_go_of_former() {
    const std::size_t current = is_held_ ? 1 : 0;
    while (files_.size() > current) {
        ::close(files_.front());
        files_.erase(files_.begin());
    }
}

void FolderLock::release() {
    for (const int file : std::exchange(files_, {})) ::close(file);
    is_held_ = false;
}

}  // namespace pongo

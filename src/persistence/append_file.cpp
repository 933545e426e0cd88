#include "persistence/append_file.h"

#include <sys/stat.h>

#include <cerrno>
#include <utility>

namespace pongo {

AppendFile::AppendFile(std::string path, FileCalls& calls) : path_(std::move(path)), calls_(calls) {
    file_ = calls_.open_to_append(path_.c_str());
    struct stat facts {};
    if (file_ < 0 || ::fstat(file_, &facts) != 0) {
        error_ = errno;
    } else {
        size_ = static_cast<std::uint64_t>(facts.st_size);
    }
}

AppendFile::~AppendFile() {
    if (file_ >= 0) calls_.close(file_);
}

std::size_t AppendFile::append(std::string_view bytes) {
    std::size_t written = 0;
    while (written < bytes.size()) {
        const ssize_t taken = calls_.write(file_, bytes.data() + written, bytes.size() - written);
        if (taken < 0 && errno == EINTR) continue;
        if (taken <= 0) {
            error_ = taken < 0 ? errno : ENOSPC;
            return cut_back(written);
        }
        written += static_cast<std::size_t>(taken);
    }
    error_ = 0;
    size_ += written;
    return written;
}

std::size_t AppendFile::cut_back(std::size_t written) {
    if (written == 0 || calls_.cut(file_, size_) == 0) return 0;
    size_ += written;
    return written;
}

bool AppendFile::sync() {
    error_ = calls_.sync_data(file_) == 0 ? 0 : errno;
    return error_ == 0;
}

}  // namespace pongo

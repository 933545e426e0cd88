#include "persistence/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace pongo {
namespace {

std::string failure(const char* operation, const std::string& path, int cause) {
    return std::string(operation) + " " + path + ": " + std::generic_category().message(cause);
}

}  // namespace

MappedFile::~MappedFile() {
    if (bytes_) ::munmap(bytes_, size_);
}

std::optional<std::string> MappedFile::open(const std::string& path) {
    // Without waiting for somebody who writes, should it be a pipe.
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0) return failure("opening", path, errno);
    auto error = map(file, path);
    ::close(file);
    return error;
}

std::optional<std::string> MappedFile::map(int file, const std::string& path) {
    struct stat facts {};
    if (::fstat(file, &facts) != 0) return failure("looking at", path, errno);
    if (!S_ISREG(facts.st_mode)) return "reading " + path + ": not a regular file";
    if (facts.st_size == 0) return std::nullopt;
    const auto size = static_cast<std::size_t>(facts.st_size);
    void* const bytes = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file, 0);
    if (bytes == MAP_FAILED) return failure("mapping", path, errno);
    ::madvise(bytes, size, MADV_SEQUENTIAL);
    bytes_ = static_cast<char*>(bytes);
    size_ = size;
    return std::nullopt;
}

void MappedFile::release_before(std::size_t offset) {
    // Enough at once that the calls cost nothing.
    constexpr std::size_t kLeastBytes = std::size_t{1} << 20;
    offset = std::min(offset, size_) / kLeastBytes * kLeastBytes;
    if (offset <= released_) return;
    ::madvise(bytes_ + released_, offset - released_, MADV_DONTNEED);
    released_ = offset;
}

}  // namespace pongo

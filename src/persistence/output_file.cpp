#include "persistence/output_file.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

namespace pongo {
namespace {

constexpr std::string_view kTemporaryPrefix = "temp-";
constexpr std::string_view kTemporarySuffix = ".tmp";
// Of the name it will have: names of files end at 255 bytes.
constexpr std::size_t kMostNameBytes = 200;

}  // namespace

std::string OutputFile::new_temporary_name(std::string_view name) {
    static std::atomic<std::uint64_t> files{0};
    std::string temporary(kTemporaryPrefix);
    temporary += std::to_string(::getpid()) + "-" + std::to_string(files.fetch_add(1)) + "-";
    temporary += name.substr(0, kMostNameBytes);
    temporary += kTemporarySuffix;
    return temporary;
}

OutputFile::OutputFile(const std::string& path, IncrementalSync incremental_sync, FileCalls& calls)
    : calls_(calls), incremental_sync_(incremental_sync) {
    const std::filesystem::path whole(path);
    folder_path_ = whole.has_parent_path() ? whole.parent_path().string() : ".";
    name_ = whole.filename().string();
    folder_ = calls_.open_folder(folder_path_.c_str());
    if (folder_ >= 0) {
        create();
    } else {
        fail("opening the folder");
    }
}

OutputFile::~OutputFile() {
    discard();
    if (folder_ >= 0) calls_.close(folder_);
}

void OutputFile::create() {
    // A name may be taken by what a process of the same id has left behind.
    constexpr int kMostAttempts = 100;
    for (int i = 0; i < kMostAttempts && file_ < 0; ++i) {
        temporary_name_ = new_temporary_name(name_);
        file_ = calls_.create(folder_, temporary_name_.c_str());
        if (file_ < 0 && errno != EEXIST) break;
    }
    if (file_ >= 0) return;
    fail("creating", temporary_name_);
    temporary_name_.clear();
}

void OutputFile::append(std::string_view bytes) {
    if (error_ || bytes.empty()) return;
    if (buffered_ + bytes.size() > kBufferBytes) flush();
    if (bytes.size() >= kBufferBytes) return write_all(bytes);
    std::memcpy(buffer_.get() + buffered_, bytes.data(), bytes.size());
    buffered_ += bytes.size();
}

std::optional<std::string> OutputFile::finish() {
    flush();
    if (!error_ && calls_.sync(file_) != 0) fail("syncing", temporary_name_);
    close_file();
    if (!error_) put_in_place();
    discard();
    return error_;
}

void OutputFile::flush() {
    write_all({buffer_.get(), std::exchange(buffered_, 0)});
}

void OutputFile::write_all(std::string_view bytes) {
    while (!bytes.empty() && !error_) {
        // In pieces, so that big values are synced on the way, too.
        const ssize_t size =
            calls_.write(file_, bytes.data(), std::min<std::size_t>(bytes.size(), kSyncEvery));
        if (size < 0 && errno == EINTR) continue;
        if (size <= 0) {
            if (size == 0) errno = EIO;
            return fail("writing", temporary_name_);
        }
        bytes.remove_prefix(static_cast<std::size_t>(size));
        written_ += static_cast<std::uint64_t>(size);
        sync_if_due();
    }
}

void OutputFile::sync_if_due() {
    if (incremental_sync_ == IncrementalSync::Off || written_ - started_ < kSyncEvery) return;
    // The disk is busy with these while the next ones come; what is waited for are those before.
    int result = calls_.start_sync(file_, started_, written_ - started_);
    if (result == 0 && started_ > synced_) result = calls_.sync_range(file_, synced_, started_ - synced_);
    if (result != 0) fail("syncing", temporary_name_);
    synced_ = std::exchange(started_, written_);
}

void OutputFile::close_file() {
    if (file_ >= 0 && calls_.close(std::exchange(file_, -1)) != 0) fail("closing", temporary_name_);
}

void OutputFile::put_in_place() {
    const bool renamed = calls_.rename(folder_, temporary_name_.c_str(), name_.c_str()) == 0;
    if (!renamed) return fail("renaming", temporary_name_);
    temporary_name_.clear();
    if (calls_.sync(folder_) != 0) fail("syncing the folder");
}

void OutputFile::discard() {
    if (file_ >= 0) calls_.close(std::exchange(file_, -1));
    if (!temporary_name_.empty()) calls_.remove(folder_, std::exchange(temporary_name_, {}).c_str());
}

void OutputFile::fail(const char* operation, const std::string& name) {
    const int cause = errno;
    if (error_) return;
    const std::string path =
        name.empty() ? folder_path_ : (std::filesystem::path(folder_path_) / name).string();
    error_ = std::string(operation) + " " + path + ": " + std::generic_category().message(cause);
    buffered_ = 0;
}

// Prefix, two numbers, the name it will have, suffix.
bool OutputFile::is_temporary(std::string_view name) {
    if (!name.starts_with(kTemporaryPrefix) || !name.ends_with(kTemporarySuffix)) return false;
    name.remove_prefix(kTemporaryPrefix.size());
    for (int numbers = 0; numbers < 2; ++numbers) {
        const std::size_t digits = std::min(name.find_first_not_of("0123456789"), name.size());
        if (digits == 0 || digits == name.size() || name[digits] != '-') return false;
        name.remove_prefix(digits + 1);
    }
    return name.size() > kTemporarySuffix.size();
}

void OutputFile::remove_leftovers(const std::string& folder, std::string_view kept) {
    std::error_code error;
    std::vector<std::filesystem::path> leftovers;
    std::filesystem::directory_iterator entry(folder, error);
    for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
        if (!entry->is_regular_file(error)) continue;
        const std::string name = entry->path().filename().string();
        if (name != kept && is_temporary(name)) leftovers.push_back(entry->path());
    }
    for (const auto& path : leftovers) std::filesystem::remove(path, error);
}

}  // namespace pongo

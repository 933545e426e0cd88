// What is done to files by their names. What goes wrong is told as text, with the file.
//
// Thread rule: any thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace pongo {

inline std::string failure_of(std::string_view what, const std::string& path, const std::error_code& error) {
    return std::string(what) + " " + path + ": " + error.message();
}

// Of an errno.
inline std::string failure_of(std::string_view what, const std::string& path, int error) {
    return failure_of(what, path, std::error_code(error, std::generic_category()));
}

// 0 for a file that is not there.
inline std::uint64_t file_size(const std::string& path) {
    std::error_code error;
    const auto size = std::filesystem::file_size(path, error);
    return error ? 0 : size;
}

inline bool file_exists(const std::string& path) {
    std::error_code error;
    return std::filesystem::exists(path, error);
}

inline std::optional<std::string> rename_file(const std::string& from, const std::string& to) {
    std::error_code error;
    std::filesystem::rename(from, to, error);
    return error ? std::optional(failure_of("renaming", from, error)) : std::nullopt;
}

// What was created or renamed in there will still be so after the machine has stopped.
std::optional<std::string> sync_folder(const std::string& path);

// It does not matter if that fails.
inline void remove_file(const std::string& path) {
    std::error_code error;
    std::filesystem::remove(path, error);
}

}  // namespace pongo

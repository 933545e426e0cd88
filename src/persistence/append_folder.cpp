#include "persistence/append_folder.h"

#include <filesystem>
#include <system_error>

#include "persistence/files.h"

namespace pongo {

namespace fs = std::filesystem;

std::string AppendFolder::path_of(std::string_view name) const {
    return (fs::path(path_) / name).string();
}

std::uint64_t AppendFolder::bytes_of(const AppendManifest& manifest) const {
    std::uint64_t bytes = manifest.base() ? file_size(path_of(manifest.base()->name)) : 0;
    for (const auto& file : manifest.increments()) bytes += file_size(path_of(file.name));
    return bytes;
}

std::optional<std::string> AppendFolder::make() const {
    std::error_code error;
    if (!fs::create_directory(path_, error)) {
        return error ? std::optional(failure_of("creating the folder", path_, error)) : std::nullopt;
    }
    return sync_folder(fs::path(path_).parent_path().string());
}

std::optional<std::string> AppendFolder::store(const AppendManifest& manifest) const {
    return store_manifest(path_of(manifest_name(filename_)), manifest);
}

std::optional<std::string> AppendFolder::load(AppendManifest& manifest) const {
    manifest = AppendManifest(filename_);
    return load_manifest(path_of(manifest_name(filename_)), manifest).error;
}

}  // namespace pongo

// The folder in which the files of an append-only file are, and their manifest.
// Thread rule: a value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "persistence/append_manifest.h"

namespace pongo {

class AppendFolder {
  public:
    AppendFolder() = default;
    // `filename` is what the names of all its files begin with: appendfilename.
    AppendFolder(std::string path, std::string filename)
        : path_(std::move(path)), filename_(std::move(filename)) {}

    const std::string& path() const { return path_; }
    std::string path_of(std::string_view name) const;
    // Of all that is needed to load it.
    std::uint64_t bytes_of(const AppendManifest& manifest) const;

    // These return what went wrong.
    std::optional<std::string> make() const;
    std::optional<std::string> store(const AppendManifest& manifest) const;
    // An empty manifest, where there is none.
    std::optional<std::string> load(AppendManifest& manifest) const;

    friend bool operator==(const AppendFolder&, const AppendFolder&) = default;

  private:
    std::string path_;
    std::string filename_;
};

}  // namespace pongo

// The whole of a file as bytes in memory, for reading. What has been read of it can be given back, so that a
// server which loads a big file does not grow by that.
//
// REQUIRES: nobody makes the file shorter while it is mapped.
//
// Thread rule: as a plain container; view() on any thread once it is open.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace pongo {

class MappedFile {
  public:
    MappedFile() = default;
    ~MappedFile();
    MappedFile(const MappedFile&) = delete;
    MappedFile& operator=(const MappedFile&) = delete;

    // Returns what failed where, if anything did; then view() is empty. REQUIRES: not open yet.
    std::optional<std::string> open(const std::string& path);

    std::string_view view() const { return {bytes_, size_}; }

    // Gives back the memory of what stands in front of the offset. Views of it stay good: whoever reads there
    // again has it read from the file again.
    void release_before(std::size_t offset);

  private:
    std::optional<std::string> map(int file, const std::string& path);

    char* bytes_ = nullptr;
    std::size_t size_ = 0;
    std::size_t released_ = 0;
};

}  // namespace pongo

// A set of integers as a sorted array, all of the width that the widest one needs.
//
//   4 bytes  width of a value (2, 4 or 8), 4 bytes  number of values, the values in ascending order
//
// All little-endian. The format is that of Redis's files and of DUMP.
//
// Thread rule: as a plain container.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "structures/byte_store.h"

namespace pongo {

class Intset {
  public:
    static constexpr std::size_t kHeader = 8;

    // REQUIRES: `bytes` are an intset.
    explicit Intset(std::string_view bytes) : bytes_(bytes) {}

    // The bytes of an empty one.
    static std::string_view empty_bytes();
    // Whether bytes from elsewhere are an intset with at least one value, in every detail.
    static bool valid(std::string_view bytes);

    std::size_t size() const { return (bytes_.size() - kHeader) / width(); }
    // In ascending order. REQUIRES: index < size().
    std::int64_t operator[](std::size_t index) const;
    // Where a value stands, or where it would have to be put.
    struct Place {
        std::size_t index;
        bool found;
    };
    Place find(std::int64_t value) const;
    bool contains(std::int64_t value) const { return find(value).found; }
    std::size_t width() const;

  private:
    std::string_view bytes_;
};

// Changes an intset where it is stored. REQUIRES: the store holds one.
class IntsetEditor {
  public:
    explicit IntsetEditor(ByteStore& store) : store_(store) {}

    Intset set() const { return Intset(store_.view()); }
    // False if it is there already.
    bool add(std::int64_t value);
    // False if it is not there.
    bool remove(std::int64_t value);

  private:
    void widen(std::size_t width);
    void note_size(char* bytes, std::size_t size);

    ByteStore& store_;
};

}  // namespace pongo

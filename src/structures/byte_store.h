// A run of bytes that grows and shrinks in its middle: what packed structures live in. Where the bytes stand
// (in an entry, in an object on the heap) is the implementation's affair.
//
// Thread rule: as a plain container.
#pragma once

#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>

namespace pongo {

class ByteStore {
  public:
    virtual ~ByteStore() = default;

    virtual std::string_view view() const = 0;
    // Replaces the `erased` bytes at `offset` by `inserted` ones of unspecified content, and returns where
    // the first byte of all stands now. REQUIRES: offset + erased <= view().size().
    virtual char* splice(std::size_t offset, std::size_t erased, std::size_t inserted) = 0;
};

class StringStore : public ByteStore {
  public:
    explicit StringStore(std::string& bytes) : bytes_(bytes) {}

    std::string_view view() const override { return bytes_; }
    char* splice(std::size_t offset, std::size_t erased, std::size_t inserted) override {
        bytes_.replace(offset, erased, inserted, '\0');
        return bytes_.data();
    }

  private:
    std::string& bytes_;
};

}  // namespace pongo

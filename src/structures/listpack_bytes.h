// The bytes of a listpack in an allocation of their own, for where there are many: no more than a pointer, as
// how many there are stands in the listpack itself.
//
// Thread rule: as a plain container.
#pragma once

#include <cstddef>
#include <string_view>
#include <utility>

#include "structures/byte_store.h"

namespace pongo {

class ListpackBytes {
  public:
    // An empty listpack, with room for so many bytes in all.
    explicit ListpackBytes(std::size_t room = 0);
    // REQUIRES: they are a listpack.
    explicit ListpackBytes(std::string_view bytes);
    ListpackBytes(const ListpackBytes& other) : ListpackBytes(other.view()) {}
    ListpackBytes(ListpackBytes&& other) noexcept : data_(std::exchange(other.data_, nullptr)) {}
    ListpackBytes& operator=(ListpackBytes other) noexcept {
        std::swap(data_, other.data_);
        return *this;
    }
    ~ListpackBytes();

    // REQUIRES for all of these: it has not been moved from.
    operator std::string_view() const { return view(); }
    std::string_view view() const;
    std::size_t size() const { return view().size(); }
    // See ByteStore; the size in the listpack is that of all its bytes afterwards.
    char* splice(std::size_t offset, std::size_t erased, std::size_t inserted);
    // Gives back the room that is not used.
    void shrink_to_fit();
    // What the allocator has set aside.
    std::size_t allocated() const;

  private:
    void reallocate(std::size_t room);

    char* data_ = nullptr;
};

class ListpackStore : public ByteStore {
  public:
    explicit ListpackStore(ListpackBytes& bytes) : bytes_(bytes) {}

    std::string_view view() const override { return bytes_; }
    char* splice(std::size_t offset, std::size_t erased, std::size_t inserted) override {
        return bytes_.splice(offset, erased, inserted);
    }

  private:
    ListpackBytes& bytes_;
};

}  // namespace pongo

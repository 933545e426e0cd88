// Reads ziplists, the form of small lists, hashes and sorted sets before listpacks (Redis 2.2 to 6.2).
//
//   4 bytes  size of all, 4 bytes  offset of the last entry, 2 bytes  number of entries (65535: too many to
//   tell), the entries, 0xff
//
// An entry is the size of the one before it (one byte, or 254 and four bytes), its encoding, its data.
//
// Thread rule: as a plain container.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "structures/listpack.h"

namespace pongo {

class Ziplist {
  public:
    using Element = Listpack::Element;

    // REQUIRES: `bytes` are a ziplist.
    explicit Ziplist(std::string_view bytes) : bytes_(bytes) {}

    // Whether bytes from elsewhere are a ziplist in every detail.
    static bool valid(std::string_view bytes);

    // Calls visit(element) for each in order.
    template <typename Visit>
    void for_each(Visit&& visit) const {
        for (std::size_t at = kHeader; at != bytes_.size() - 1; at = next(at)) visit(element(at));
    }

    // The same elements as the bytes of a listpack; nothing if these would be too many.
    std::optional<std::string> to_listpack() const;

  private:
    static constexpr std::size_t kHeader = 10;

    std::size_t next(std::size_t at) const;
    Element element(std::size_t at) const;

    std::string_view bytes_;
};

}  // namespace pongo

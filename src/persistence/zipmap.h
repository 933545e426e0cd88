// Reads zipmaps, the form of small hashes before Redis 2.6.
//
//   1 byte  number of fields (254: too many to tell), the fields, 0xff
//
// A field is the length of its name (one byte, or 254 and four bytes), the name, the length of its value, the
// number of bytes that are unused behind it (one byte), the value, those bytes.
//
// Thread rule: as a plain container.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace pongo {

class Zipmap {
  public:
    // REQUIRES: `bytes` are a zipmap.
    explicit Zipmap(std::string_view bytes) : bytes_(bytes) {}

    // Whether bytes from elsewhere are a zipmap in every detail.
    static bool valid(std::string_view bytes);

    // Calls visit(name, value) for each field.
    template <typename Visit>
    void for_each(Visit&& visit) const {
        for (std::size_t at = kHeader; at != bytes_.size() - 1;) {
            const Field field = *field_at(bytes_, at);
            visit(field.name, field.value);
            at = field.end;
        }
    }

  private:
    struct Field {
        std::string_view name;
        std::string_view value;
        std::size_t end;
    };

    static constexpr std::size_t kHeader = 1;

    // Nothing if there is no field, or if it runs into the last byte.
    static std::optional<Field> field_at(std::string_view bytes, std::size_t at);

    std::string_view bytes_;
};

}  // namespace pongo

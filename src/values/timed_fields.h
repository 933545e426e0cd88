// The fields of a small hash some of which expire, or once did: one listpack of name, value, expiry, name ...
//
//  1. An expiry is in milliseconds of Unix time; 0 is none.
//  2. Fields stand in the order of their expiries, those of the same one in the order in which they got it,
//     those without one at the end. So fields whose time has come are at the beginning.
//
// Thread rule: as a plain container.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "structures/listpack.h"

namespace pongo {

// Reads them.
class TimedFields {
  public:
    using Position = Listpack::Position;  // Of a name.

    static constexpr std::size_t kWidth = 3;  // Elements of a field.

    // REQUIRES: the listpack is one of fields.
    explicit TimedFields(Listpack list) : list_(list) {}

    struct Field {
        std::string name;
        std::string value;
        std::int64_t expires_at_ms = 0;
    };
    // The bytes of a listpack of these fields, which may come in any order.
    static std::string bytes_of(std::vector<Field> fields);

    std::uint64_t size() const { return list_.size() / kWidth; }
    // The end of the listpack if there is no such field.
    Position find(std::string_view name) const { return list_.find(name, list_.begin(), kWidth - 1); }
    // Nothing for a field without one.
    std::optional<std::int64_t> expiry(Position at) const;
    // Of all fields.
    std::optional<std::int64_t> next_expiry() const;
    // How many fields have an expiry before this time.
    std::uint64_t due(std::int64_t now_ms) const;

    Position next(Position at) const { return list_.next(list_.next(list_.next(at))); }

  private:
    friend class TimedFieldsEditor;

    std::int64_t expiry_or_0(Position at) const { return list_[list_.next(list_.next(at))].integer; }

    Listpack list_;
};

// Changes them. REQUIRES for all: texts given to it are not in the bytes themselves.
class TimedFieldsEditor {
  public:
    // REQUIRES: `bytes` is a listpack of fields.
    explicit TimedFieldsEditor(std::string& bytes) : store_(bytes) {}

    TimedFields fields() const { return TimedFields(Listpack(store_.view())); }

    // REQUIRES: there is no such field; 0 for no expiry.
    void insert(std::string_view name, std::string_view value, std::int64_t expires_at_ms);
    void set_value(TimedFields::Position at, std::string_view value);
    // 0 for none. The field gets another position.
    void set_expiry(TimedFields::Position at, std::int64_t expires_at_ms);
    void erase(TimedFields::Position at, std::uint64_t fields = 1);

  private:
    StringStore store_;
};

}  // namespace pongo

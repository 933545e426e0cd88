// Reads a snapshot, as written by any version of Redis up to kNewestRdbVersion, from bytes that may come from
// anywhere. Values are passed over, not decoded: who gets a key can have its value read on another thread.
//
//   SnapshotReader reader(file.view(), Checksum::On);
//   for (;;) {
//       const SnapshotReader::Item item = reader.next();
//       if (const auto* key = std::get_if<SnapshotReader::Key>(&item)) ...
//   }
//
// Nothing is allocated that is not in proportion to the bytes that are there.
//
// Thread rule: one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "persistence/checksum.h"
#include "persistence/key_record.h"
#include "persistence/rdb_reader.h"

namespace pongo {

class SnapshotReader {
  public:
    // Views of strings are good until the next call of next(), but for values.
    struct Aux {
        std::string_view name;
        std::string_view value;
    };
    struct Function {
        std::string_view source;
    };
    // What follows belongs to this one, of which nothing is known but that it is not negative.
    struct Database {
        int db;
    };
    // How many keys are to come for the database: a hint, which may be wrong.
    struct ResizeDb {
        std::uint64_t keys;
        std::uint64_t volatile_keys;
    };
    struct Key {
        int db;
        std::string_view key;
        std::optional<std::int64_t> expires_at_ms;
        KeyUsage usage;
        std::uint8_t type;       // For read_value(), which knows whether what is there is a value.
        std::string_view value;  // Of the file: as good as that is.
    };
    // The file is whole. What stands behind it, if anything, is of another format.
    struct End {
        std::size_t size;
    };
    struct Error {
        std::size_t offset;  // Near the place: at or behind what is wrong, or where something is missing.
        std::string reason;
    };
    using Item = std::variant<Aux, Function, Database, ResizeDb, Key, End, Error>;

    // The checksum is computed along the way; if it is wrong, there is an error instead of the end, when all
    // else has been read. Files with no checksum pass.
    SnapshotReader(std::string_view file, Checksum checksum);

    // What comes next. After an End or an Error always the same again.
    Item next();

    // How far it has read ...
    std::size_t offset() const { return in_.offset(); }
    // ... and from where on it will do so again. What stands in front of this is needed only for values.
    std::size_t needed_from() const { return checksum_ == Checksum::On ? summed_ : in_.offset(); }

  private:
    // Nothing for what tells something of a key to come, and for what is passed over.
    std::optional<Item> read_part();
    std::optional<Item> read_header();
    std::optional<Item> read_aux();
    std::optional<Item> read_function();
    std::optional<Item> read_database();
    std::optional<Item> read_sizes();
    std::optional<Item> read_key(std::uint8_t type);
    std::optional<Item> read_end();
    void skip_slot_info();
    Item error(std::string reason) const { return Error{in_.offset(), std::move(reason)}; }
    void sum_up_to(std::size_t offset);

    std::string_view file_;
    RdbReader in_;
    Checksum checksum_;
    std::uint64_t crc_ = 0;
    std::size_t summed_ = 0;     // Bytes that are in crc_.
    std::uint16_t version_ = 0;  // 0 before the header has been read.
    int db_ = 0;
    // Of the key to come:
    std::optional<std::int64_t> expires_at_ms_;
    KeyUsage usage_;
    // What the views of the last item may be of:
    RdbString name_;
    RdbString text_;
    std::optional<Item> last_;  // An End or an Error.
};

}  // namespace pongo

// The open record of a hash, a set or a sorted set that is in a table: a region of the table is what is
// written down at once.
//
// Invariant: the items of regions that are not marked as written are those that were there at the opening,
// unchanged, with the expiries that they had.
//
// Thread rule: see open_record.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "persistence/open_record.h"
#include "persistence/rdb_format.h"
#include "structures/packed_table.h"

namespace pongo {

class ExpiringHash;

class OpenTable final : public OpenRecord, private TableWatcher {
  public:
    // REQUIRES: table_of(value).
    OpenTable(const Payload& value, KeptBytes& kept);

    // nullptr if the value is in no table.
    static PackedTable* table_of(const Payload& value);
    // nullptr if the table is not watched.
    static OpenTable* of(const PackedTable& table) { return static_cast<OpenTable*>(table.watcher()); }

    void begin(RdbWriter& writer) override;
    void write_slice(Slice& slice, std::size_t bytes, Compression compression) override;
    void let_go() override;

  private:
    void before_change(std::uint64_t hash) override;
    void moved_to(const PackedTable& table) override { table_ = const_cast<PackedTable*>(&table); }

    bool is_written(std::uint64_t region) const { return (written_[region / 64] >> region % 64 & 1) != 0; }
    void write_region(RdbWriter& writer, std::uint64_t region) const;
    void note_written(std::uint64_t region) { written_[region / 64] |= std::uint64_t{1} << region % 64; }
    void write_item(RdbWriter& writer, std::string_view key, std::string_view value) const;

    PackedTable* table_;
    ObjectType type_;
    std::uint64_t regions_;
    std::vector<std::uint64_t> written_;  // A bit for each region.
    std::uint64_t next_ = 0;              // All regions before it are written.
    Pieces pieces_;                       // Of regions that were about to change.
    // Of fields that expire: the hash, and the first of their times when it was opened.
    const ExpiringHash* expiring_ = nullptr;
    std::int64_t first_expiry_ms_ = 0;
};

}  // namespace pongo

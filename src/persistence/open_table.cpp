#include "persistence/open_table.h"

#include <algorithm>

#include "base/check.h"
#include "persistence/value_writer.h"
#include "values/expiring_hash.h"
#include "values/set.h"
#include "values/sorted_set.h"

namespace pongo {
namespace {

// Where items are big, regions have fewer of them.
constexpr std::size_t kRegionBytes = std::size_t{8} << 10;
// A slice ends when it has looked into so many pages, however little was in them.
constexpr std::uint64_t kPagesPerSlice = 1024;

std::uint64_t regions_for(const PackedTable& table) {
    return std::max({table.pages(), std::min<std::uint64_t>(table.bytes() / kRegionBytes, table.size()),
                     std::uint64_t{1}});
}

}  // namespace

PackedTable* OpenTable::table_of(const Payload& value) {
    if (value.storage != Storage::Heap) return nullptr;
    switch (value.encoding) {
        case Encoding::Hashtable:
            if (value.type == Type::Set) return &static_cast<TableSet&>(heap_value(value)).members;
            return &table_hash(value).table;
        case Encoding::HashtableEx:
            return &table_hash(value).table;
        case Encoding::Skiplist:
            return &static_cast<RankedMembers&>(heap_value(value)).members.table();
        default:
            return nullptr;
    }
}

OpenTable::OpenTable(const Payload& value, KeptBytes& kept)
    : OpenRecord(kept),
      table_(table_of(value)),
      type_(object_type_of(value)),
      regions_(regions_for(*table_)),
      written_(regions_ / 64 + 1) {
    if (type_ != ObjectType::HashExpiring) return;
    expiring_ = &expiring_hash(value);
    first_expiry_ms_ = *expiring_->next_expiry();
}

void OpenTable::begin(RdbWriter& writer) {
    if (expiring_) writer.fixed64(static_cast<std::uint64_t>(first_expiry_ms_));
    writer.length(table_->size());
    table_->watch(this);
}

void OpenTable::let_go() {
    table_->watch(nullptr);
}

void OpenTable::before_change(std::uint64_t hash) {
    const std::uint64_t region = PackedTable::region_of(hash, regions_);
    if (is_written(region)) return;
    BlobSink bytes;
    RdbWriter writer(bytes, Compression::Off);  // A client waits for it.
    write_region(writer, region);
    pieces_.append(bytes.view());
    note_written(region);
    note_kept(bytes.view().size());
}

void OpenTable::write_slice(Slice& slice, std::size_t bytes, Compression compression) {
    slice.kept = pieces_.size();
    slice.bytes.append(std::move(pieces_));
    const std::size_t most = slice.bytes.size() + bytes;
    const std::uint64_t pages_per_region = 1 + table_->pages() / regions_;
    RdbWriter writer(slice.bytes, compression);
    for (std::uint64_t pages = 0; pages < kPagesPerSlice && slice.bytes.size() < most; ++next_) {
        while (next_ < regions_ && is_written(next_)) ++next_;
        if (next_ == regions_) {
            slice.is_last = true;
            return;
        }
        write_region(writer, next_);
        note_written(next_);
        pages += pages_per_region;
    }
}

void OpenTable::write_region(RdbWriter& writer, std::uint64_t region) const {
    table_->for_each_in_region(region, regions_, [&](std::string_view key, std::string_view value) {
        write_item(writer, key, value);
    });
}

void OpenTable::write_item(RdbWriter& writer, std::string_view key, std::string_view value) const {
    switch (type_) {
        case ObjectType::Set:
            return writer.string(key);
        case ObjectType::SortedSet:
            writer.string(key);
            return writer.real(MemberTable::score_of(value));
        case ObjectType::HashExpiring:
            write_field_expiry(writer, expiring_->expiry(key), first_expiry_ms_);
            [[fallthrough]];
        case ObjectType::Hash:
            writer.string(key);
            return writer.string(value);
        default:
            CHECK(false);
    }
}

}  // namespace pongo

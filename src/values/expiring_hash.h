// A hash that has outgrown its listpack, with fields that have an expiry of their own, or once had one.
//
// Fields and values stand in the table as in any big hash; the names of those with an expiry stand in a
// second structure, in the order of their times, which is there only as long as it is needed. Hashes without
// such fields know nothing of this.
//
// Thread rule: under the lock of the key's shard.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "structures/scored_members.h"
#include "values/table_hash.h"

namespace pongo {

class ExpiringHash : public TableHash {
  public:
    ExpiringHash() = default;
    // Takes over the fields; none of them has an expiry.
    explicit ExpiringHash(PackedTable&& fields) { table = std::move(fields); }

    // In milliseconds of Unix time; nothing for a field without one, or that is not there.
    std::optional<std::int64_t> expiry(std::string_view name) const;
    std::optional<std::int64_t> next_expiry() const;
    // How many fields have an expiry before this time.
    std::uint64_t due(std::int64_t now_ms) const;
    // REQUIRES: the field is there; 0 < at_ms <= kLatestFieldExpiryMs.
    void set_expiry(std::string_view name, std::int64_t at_ms);
    // False if it had none.
    bool clear_expiry(std::string_view name);
    // Takes out at most `most` fields with an expiry before this time, and returns their names.
    std::vector<std::string> erase_due(std::int64_t now_ms, std::uint64_t most);

    std::unique_ptr<HeapValue> copy() const override;
    std::size_t memory() const override;
    std::size_t allocations() const override;

    // Under which time, and for which entry, a database has it in its index of fields, if one has: nobody
    // else's affair.
    struct Indexed {
        std::int64_t at_ms;
        const void* entry;
        bool operator==(const Indexed&) const = default;
    };
    std::optional<Indexed> indexed;

  private:
    void drop_if_empty() {
        if (expiries_->empty()) expiries_.reset();
    }

    // Never empty. Scores are times, which a double holds exactly.
    std::unique_ptr<ScoredMembers> expiries_;
};

// REQUIRES: Encoding::HashtableEx.
inline ExpiringHash& expiring_hash(const Payload& payload) {
    return static_cast<ExpiringHash&>(heap_value(payload));
}

}  // namespace pongo

// A hash with fields that have an expiry of their own, or once had one.
//
// Fields and values stand in the table as in any big hash; the names of those with an expiry stand in a
// second structure, in the order of their times. Hashes without such fields know nothing of this.
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
    // Of every expiry, in milliseconds of Unix time: Redis's limit.
    static constexpr std::int64_t kLatestMs = (std::int64_t{1} << 46) - 1;

    // Takes over the fields; none of them has an expiry.
    explicit ExpiringHash(PackedTable&& fields);
    // Takes over everything.
    explicit ExpiringHash(ExpiringHash& other);

    // In milliseconds of Unix time; nothing for a field without one, or that is not there.
    std::optional<std::int64_t> expiry(std::string_view name) const;
    std::optional<std::int64_t> next_expiry() const;
    // In the very millisecond of its expiry a field is still there, as a key is.
    bool has_due_fields(std::int64_t now_ms) const {
        const auto next = next_expiry();
        return next && *next < now_ms;
    }
    // REQUIRES: the field is there; 0 <= at_ms <= kLatestMs.
    void set_expiry(std::string_view name, std::int64_t at_ms);
    // False if it had none.
    bool clear_expiry(std::string_view name) { return expiries_->erase(name); }
    // Takes out at most `most` fields whose time has come, and returns their names.
    std::vector<std::string> erase_due(std::int64_t now_ms, std::uint64_t most = UINT64_MAX);

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
    std::unique_ptr<ScoredMembers> expiries_;  // Scores are times, which a double holds exactly.
};

// REQUIRES: expires_in_parts(payload.encoding).
inline ExpiringHash& expiring_hash(const Payload& payload) {
    return static_cast<ExpiringHash&>(heap_value(payload));
}

}  // namespace pongo

// What SCAN, HSCAN, SSCAN and ZSCAN are told.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <vector>

#include "base/glob.h"
#include "engine/args.h"
#include "structures/packed_table.h"

namespace pongo {

// glob_match() finds no empty text in "*", but SCAN and KEYS mean everything by it.
class KeyPattern {
  public:
    explicit KeyPattern(std::string_view pattern = "*") : pattern_(pattern), all_(pattern == "*") {}
    bool matches(std::string_view key) const { return all_ || glob_match(pattern_, key); }

  private:
    std::string_view pattern_;
    bool all_;
};

// As strtoul reads numbers: nothing means 0, and what has a minus is counted down from 2^64.
std::optional<std::uint64_t> parse_cursor(std::string_view text);

struct ScanOptions {
    enum class Of : std::uint8_t { Keys, Elements, Fields };
    enum class Values : std::uint8_t { Returned, Left };

    std::int64_t count = 10;
    KeyPattern pattern;
    std::optional<std::string_view> type;  // Only Of::Keys.
    Values values = Values::Returned;      // Only Of::Fields, as Redis 7.4 has it.

    // From the argument `first` on; fails the call if they are wrong.
    static ScanOptions read(Call& call, std::size_t first, Of what);
    // Homes without items are passed over, but not without end.
    std::int64_t steps() const {
        constexpr std::int64_t kPerItem = 10;
        constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
        return count < kMost / kPerItem ? count * kPerItem : kMost;
    }
};

// The beginning of HSCAN, SSCAN and ZSCAN: the value, unless the call has its reply already.
template <typename T>
std::optional<T> find_to_scan(Call& call, std::uint64_t& cursor) {
    const auto parsed = parse_cursor(call.arg(2));
    if (!parsed) {
        call.fail(errors::kInvalidCursor);
        return std::nullopt;
    }
    cursor = *parsed;
    const auto value = call.find<T>(call.arg(1));
    if (!value) {
        call.reply().array(2);
        call.reply().bulk("0");
        call.reply().array(0);
    }
    return value;
}

// Items of a table whose keys match, about `count` of them from the cursor on, which is moved: 0 at the end.
std::vector<PackedTable::Item> scan_table(const PackedTable& table, std::uint64_t& cursor,
                                          const ScanOptions& options);

}  // namespace pongo

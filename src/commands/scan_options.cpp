#include "commands/scan_options.h"

#include "base/escape.h"

namespace pongo {

std::optional<std::uint64_t> parse_cursor(std::string_view text) {
    text = until_nul(text);
    if (text.empty()) return 0;
    const bool negative = text[0] == '-';
    if (negative || text[0] == '+') text.remove_prefix(1);
    if (text.empty()) return std::nullopt;
    std::uint64_t cursor = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') return std::nullopt;
        if (__builtin_mul_overflow(cursor, 10, &cursor)) return std::nullopt;
        if (__builtin_add_overflow(cursor, c - '0', &cursor)) return std::nullopt;
    }
    return negative ? 0 - cursor : cursor;
}

ScanOptions ScanOptions::read(Call& call, std::size_t first, Of what) {
    ScanOptions options;
    Args args(call, first);
    while (args.more()) {
        if (args.accept("COUNT", 1)) {
            options.count = args.integer();
            if (options.count < 1) args.reject();
        } else if (args.accept("MATCH", 1)) {
            options.pattern = KeyPattern(args.next());
        } else if (what == Of::Keys && args.accept("TYPE", 1)) {
            options.type = args.next();
        } else if (what == Of::Fields && args.accept("NOVALUES")) {
            options.values = Values::Left;
        } else {
            args.reject();
        }
    }
    return options;
}

std::vector<PackedTable::Item> scan_table(const PackedTable& table, std::uint64_t& cursor,
                                          const ScanOptions& options) {
    constexpr std::uint64_t kEnd = std::uint64_t{1} << PackedTable::kPositionBits;
    std::vector<PackedTable::Item> found;
    std::int64_t visited = 0;
    std::int64_t steps = options.steps();
    cursor &= kEnd - 1;
    do {
        cursor = table.scan(cursor, [&](std::string_view key, std::string_view value) {
            ++visited;
            if (options.pattern.matches(key)) found.push_back({key, value});
        });
    } while (cursor != 0 && visited < options.count && --steps > 0);
    return found;
}

}  // namespace pongo

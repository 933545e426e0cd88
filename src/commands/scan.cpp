#include "commands/scan.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <vector>

#include "base/escape.h"
#include "base/glob.h"
#include "engine/args.h"

namespace pongo {
namespace {

// A cursor of SCAN names a shard and a position in the shard's table: shard << 44 | position.
constexpr int kPositionBits = BucketArray::kPositionBits;
constexpr std::uint64_t kPositionMask = (std::uint64_t{1} << kPositionBits) - 1;

// Homes without items are passed over, but not without end.
constexpr std::int64_t kStepsPerItem = 10;

// After so many keys whose time is over RANDOMKEY stops guessing, and looks for any that is left.
constexpr int kMaxMisses = 1000;

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

struct ScanOptions {
    std::int64_t count = 10;
    KeyPattern pattern;
    std::optional<std::string_view> type;

    bool wants(const Entry& entry) const {
        return (!type || equals_ignore_case(*type, name_of(entry.type()))) && pattern.matches(entry.key());
    }
};

ScanOptions read_scan_options(Call& call) {
    ScanOptions options;
    Args args(call, 2);
    while (args.more()) {
        if (args.accept("COUNT", 1)) {
            options.count = args.integer();
            if (options.count < 1) args.reject();
        } else if (args.accept("MATCH", 1)) {
            options.pattern = KeyPattern(args.next());
        } else if (args.accept("TYPE", 1)) {
            options.type = args.next();
        } else {
            args.reject();
        }
    }
    return options;
}

void remove_expired(Call& call, Entry* entry) {
    if (call.context().keep_expired) return;
    call.keys().expire(call.engine().keyspace().locate(entry->key()), entry);
}

// Calls visit(const Entry*) for all entries that have not expired.
template <typename Visit>
void for_each_live(Call& call, Visit&& visit) {
    Keyspace& keyspace = call.engine().keyspace();
    const auto db = static_cast<std::size_t>(call.keys().db());
    for (int shard = 0; shard < keyspace.shards(); ++shard) {
        keyspace.shard(static_cast<std::size_t>(shard)).databases[db]->for_each([&](const Entry* entry) {
            if (!entry->expired(call.now_ms())) visit(entry);
        });
    }
}

struct Seen {
    std::vector<const Entry*> found;
    std::vector<Entry*> expired;
};

// Visits about `count` entries from the cursor on; returns the cursor to go on with, 0 at the end.
std::uint64_t visit_some(Call& call, std::uint64_t cursor, const ScanOptions& options, Seen& seen) {
    Keyspace& keyspace = call.engine().keyspace();
    std::int64_t steps = std::numeric_limits<std::int64_t>::max();
    if (options.count < steps / kStepsPerItem) steps = options.count * kStepsPerItem;
    std::int64_t visited = 0;
    const auto visit = [&](Entry* entry) {
        ++visited;
        if (entry->expired(call.now_ms())) {
            seen.expired.push_back(entry);
        } else if (options.wants(*entry)) {
            seen.found.push_back(entry);
        }
    };

    std::uint64_t shard = cursor >> kPositionBits;
    std::uint64_t position = cursor & kPositionMask;
    while (shard < static_cast<std::uint64_t>(keyspace.shards())) {
        const Database& database =
            *keyspace.shard(shard).databases[static_cast<std::size_t>(call.keys().db())];
        do {
            if (visited >= options.count || steps-- == 0) return shard << kPositionBits | position;
            position = database.scan(position, visit);
        } while (position != 0);
        ++shard;
    }
    return 0;
}

// REQUIRES: the database is not empty.
Entry* pick(Call& call) {
    Keyspace& keyspace = call.engine().keyspace();
    const auto db = static_cast<std::size_t>(call.keys().db());
    Random& random = call.context().random;
    std::uint64_t rank = random.below(keyspace.size(call.keys().db()));
    for (std::size_t shard = 0;; ++shard) {
        const Database& database = *keyspace.shard(shard).databases[db];
        if (rank < database.size()) return database.random(random);
        rank -= database.size();
    }
}

}  // namespace

void scan(Call& call) {
    const auto cursor = parse_cursor(call.arg(1));
    if (!cursor) return call.fail(errors::kInvalidCursor);
    const ScanOptions options = read_scan_options(call);
    if (call.failed()) return;

    Seen seen;
    const std::uint64_t next = visit_some(call, *cursor, options, seen);

    ReplyWriter& reply = call.reply();
    reply.array(2);
    reply.bulk_integer(static_cast<std::int64_t>(next));
    reply.array(seen.found.size());
    for (const Entry* entry : seen.found) reply.bulk(entry->key());
    for (Entry* entry : seen.expired) remove_expired(call, entry);
}

void keys(Call& call) {
    const KeyPattern pattern(call.arg(1));

    std::size_t count = 0;
    const auto found = call.reply().begin_array();
    for_each_live(call, [&](const Entry* entry) {
        if (!pattern.matches(entry->key())) return;
        call.reply().bulk(entry->key());
        ++count;
    });
    call.reply().finish(found, count);
}

void random_key(Call& call) {
    const Entry* live = nullptr;
    int misses = 0;
    while (!live && misses < kMaxMisses && call.engine().keyspace().size(call.keys().db()) > 0) {
        Entry* entry = pick(call);
        if (!entry->expired(call.now_ms())) {
            live = entry;
        } else {
            remove_expired(call, entry);
            ++misses;
        }
    }
    if (misses == kMaxMisses) for_each_live(call, [&](const Entry* entry) { live = entry; });
    live ? call.reply().bulk(live->key()) : call.reply().null();
}

}  // namespace pongo

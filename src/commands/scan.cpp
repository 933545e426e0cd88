#include "commands/scan.h"

#include <cstdint>
#include <vector>

#include "commands/scan_options.h"
#include "keyspace/live_entry.h"

namespace pongo {
namespace {

// A cursor of SCAN names a shard and a position in the shard's table: shard << 44 | position.
constexpr int kPositionBits = BucketArray::kPositionBits;
constexpr std::uint64_t kPositionMask = (std::uint64_t{1} << kPositionBits) - 1;

// After so many keys whose time is over RANDOMKEY stops guessing, and looks for any that is left.
constexpr int kMaxMisses = 1000;

bool wants(const ScanOptions& options, const Entry& entry) {
    return (!options.type || equals_ignore_case(*options.type, name_of(entry.type()))) &&
           options.pattern.matches(entry.key());
}

// Takes an entry that is not live any more away, as far as a look at its key does.
void remove_overdue(Call& call, const Entry* entry) {
    call.keys().find(entry->key(), Access::Note::Nothing);
}

// Calls visit(const Entry*) for all live entries.
template <typename Visit>
void for_each_live(Call& call, Visit&& visit) {
    Keyspace& keyspace = call.engine().keyspace();
    const auto db = static_cast<std::size_t>(call.keys().db());
    for (int shard = 0; shard < keyspace.shards(); ++shard) {
        keyspace.shard(static_cast<std::size_t>(shard)).databases[db]->for_each([&](const Entry* entry) {
            if (is_live(*entry, call.expiry_ms())) visit(entry);
        });
    }
}

struct Seen {
    std::vector<const Entry*> found;
    std::vector<const Entry*> overdue;
};

// Visits about `count` entries from the cursor on; returns the cursor to go on with, 0 at the end.
std::uint64_t visit_some(Call& call, std::uint64_t cursor, const ScanOptions& options, Seen& seen) {
    Keyspace& keyspace = call.engine().keyspace();
    std::int64_t steps = options.steps();
    std::int64_t visited = 0;
    const auto visit = [&](const Entry* entry) {
        ++visited;
        if (!is_live(*entry, call.expiry_ms())) {
            seen.overdue.push_back(entry);
        } else if (wants(options, *entry)) {
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
const Entry* pick(Call& call) {
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
    const ScanOptions options = ScanOptions::read(call, 2, ScanOptions::Of::Keys);
    if (call.failed()) return;

    Seen seen;
    const std::uint64_t next = visit_some(call, *cursor, options, seen);

    ReplyWriter& reply = call.reply();
    reply.array(2);
    reply.bulk_integer(static_cast<std::int64_t>(next));
    reply.array(seen.found.size());
    for (const Entry* entry : seen.found) reply.bulk(entry->key());
    for (const Entry* entry : seen.overdue) remove_overdue(call, entry);
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
        const Entry* entry = pick(call);
        if (is_live(*entry, call.expiry_ms())) {
            live = entry;
        } else {
            remove_overdue(call, entry);
            ++misses;
        }
    }
    if (misses == kMaxMisses) for_each_live(call, [&](const Entry* entry) { live = entry; });
    live ? call.reply().bulk(live->key()) : call.reply().null();
}

}  // namespace pongo

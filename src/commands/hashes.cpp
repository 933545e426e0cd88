#include <array>

#include "commands/families.h"
#include "commands/hash_handlers.h"
#include "commands/reply_elements.h"
#include "commands/scan_options.h"

namespace pongo {
namespace {

using namespace hashes;  // The handlers that stand in files of their own.

void hexists(Call& call) {
    const auto hash = call.find<Hash>(call.arg(1));
    call.reply().integer(hash && hash->find(call.arg(2)) ? 1 : 0);
}

void hget(Call& call) {
    const auto hash = call.find<Hash>(call.arg(1));
    if (call.failed()) return;
    reply_with(call.reply(), hash ? hash->find(call.arg(2)) : std::nullopt);
}

void hgetall(Call& call) {
    const auto hash = call.find<Hash>(call.arg(1));
    if (call.failed()) return;
    call.reply().map(hash ? hash->size() : 0);
    if (!hash) return;
    hash->for_each([&](const Hash::Text& name, const Hash::Text& value) {
        reply_with(call.reply(), name);
        reply_with(call.reply(), value);
    });
}

void hkeys(Call& call) {
    const auto hash = call.find<Hash>(call.arg(1));
    if (call.failed()) return;
    call.reply().array(hash ? hash->size() : 0);
    if (!hash) return;
    hash->for_each([&](const Hash::Text& name, const Hash::Text&) { reply_with(call.reply(), name); });
}

void hvals(Call& call) {
    const auto hash = call.find<Hash>(call.arg(1));
    if (call.failed()) return;
    call.reply().array(hash ? hash->size() : 0);
    if (!hash) return;
    hash->for_each([&](const Hash::Text&, const Hash::Text& value) { reply_with(call.reply(), value); });
}

void hlen(Call& call) {
    const auto hash = call.find<Hash>(call.arg(1));
    call.reply().integer(hash ? static_cast<std::int64_t>(hash->size()) : 0);
}

void hmget(Call& call) {
    const auto hash = call.find<Hash>(call.arg(1));
    if (call.failed()) return;
    call.reply().array(call.argc() - 2);
    for (const std::string_view name : call.args().subspan(2)) {
        reply_with(call.reply(), hash ? hash->find(name) : std::nullopt);
    }
}

void hstrlen(Call& call) {
    const auto hash = call.find<Hash>(call.arg(1));
    const auto value = hash ? hash->find(call.arg(2)) : std::nullopt;
    std::array<char, kMaxInt64Digits> digits;
    call.reply().integer(value ? static_cast<std::int64_t>(value->text(digits).size()) : 0);
}

// Adds a field to what HSCAN returns; returns how many elements that makes.
std::size_t reply_with_found(Call& call, const ScanOptions& options, const Hash::Text& name,
                             const Hash::Text& value) {
    reply_with(call.reply(), name);
    if (options.values == ScanOptions::Values::Left) return 1;
    reply_with(call.reply(), value);
    return 2;
}

// A small hash is returned at once, whatever the cursor and the count.
void scan_small(Call& call, const Hash& hash, const ScanOptions& options) {
    call.reply().array(2);
    call.reply().bulk("0");
    const auto found = call.reply().begin_array();
    std::size_t count = 0;
    std::array<char, kMaxInt64Digits> digits;
    hash.for_each([&](const Hash::Text& name, const Hash::Text& value) {
        if (!options.pattern.matches(name.text(digits))) return;
        count += reply_with_found(call, options, name, value);
    });
    call.reply().finish(found, count);
}

void hscan(Call& call) {
    std::uint64_t cursor = 0;
    const auto hash = find_to_scan<Hash>(call, cursor);
    if (!hash) return;
    const ScanOptions options = ScanOptions::read(call, 3, ScanOptions::Of::Fields);
    if (call.failed()) return;
    const PackedTable* const table = hash->table();
    if (!table) return scan_small(call, *hash, options);

    const auto items = scan_table(*table, cursor, options);
    call.reply().array(2);
    call.reply().bulk_integer(static_cast<std::int64_t>(cursor));
    const auto found = call.reply().begin_array();
    std::size_t count = 0;
    for (const auto& [name, value] : items) {
        if (!hash->is_due(name)) count += reply_with_found(call, options, {name}, {value});
    }
    call.reply().finish(found, count);
}

constexpr Change kHistoryOfHdel[] = {{"2.4.0", "Several fields at once."}};
constexpr Change kHistoryOfHscan[] = {{"7.4.0", "Names without values."}};
constexpr Change kHistoryOfHset[] = {{"4.0.0", "Several fields and values at once."}};

constexpr CommandSpec kCommands[] = {
    {.name = "HDEL",
     .handler = hdel,
     .arity = at_least(2),
     .flags = Write | Fast,
     .categories = CatHash,
     .keys = key_at(1, KeyRW | KeyDelete),
     .group = Group::Hash,
     .since = "2.0.0",
     .cost = "O(N) where N is the number of fields to be removed.",
     .summary = "Removes fields from a hash.",
     .syntax = "key field...",
     .history = kHistoryOfHdel},
    {.name = "HEXISTS",
     .handler = hexists,
     .arity = exactly(2),
     .flags = ReadOnly | Fast,
     .categories = CatHash,
     .keys = key_at(1, KeyRO),
     .group = Group::Hash,
     .since = "2.0.0",
     .cost = "O(1)",
     .summary = "Tells whether a hash has a field.",
     .syntax = "key field"},
    {.name = "HGET",
     .handler = hget,
     .arity = exactly(2),
     .flags = ReadOnly | Fast,
     .categories = CatHash,
     .keys = key_at(1, KeyRO | KeyAccess),
     .group = Group::Hash,
     .since = "2.0.0",
     .cost = "O(1)",
     .summary = "Returns the value of a field of a hash.",
     .syntax = "key field"},
    {.name = "HGETALL",
     .handler = hgetall,
     .arity = exactly(1),
     .flags = ReadOnly,
     .categories = CatHash,
     .keys = key_at(1, KeyRO | KeyAccess),
     .group = Group::Hash,
     .since = "2.0.0",
     .cost = "O(N) where N is the number of fields of the hash.",
     .summary = "Returns all fields of a hash with their values.",
     .syntax = "key",
     .tips = "nondeterministic_output_order"},
    {.name = "HINCRBY",
     .handler = hincrby,
     .arity = exactly(3),
     .flags = Write | DenyOom | Fast,
     .categories = CatHash,
     .keys = key_at(1, KeyRW | KeyAccess | KeyUpdate),
     .group = Group::Hash,
     .since = "2.0.0",
     .cost = "O(1)",
     .summary = "Adds an integer to the value of a field, which is 0 if it is not there.",
     .syntax = "key field increment:integer"},
    {.name = "HINCRBYFLOAT",
     .handler = hincrbyfloat,
     .arity = exactly(3),
     .flags = Write | DenyOom | Fast,
     .categories = CatHash,
     .keys = key_at(1, KeyRW | KeyAccess | KeyUpdate),
     .group = Group::Hash,
     .since = "2.6.0",
     .cost = "O(1)",
     .summary = "Adds a floating-point number to the value of a field, which is 0 if it is not there.",
     .syntax = "key field increment:double"},
    {.name = "HKEYS",
     .handler = hkeys,
     .arity = exactly(1),
     .flags = ReadOnly,
     .categories = CatHash,
     .keys = key_at(1, KeyRO | KeyAccess),
     .group = Group::Hash,
     .since = "2.0.0",
     .cost = "O(N) where N is the number of fields of the hash.",
     .summary = "Returns the names of all fields of a hash.",
     .syntax = "key",
     .tips = "nondeterministic_output_order"},
    {.name = "HLEN",
     .handler = hlen,
     .arity = exactly(1),
     .flags = ReadOnly | Fast,
     .categories = CatHash,
     .keys = key_at(1, KeyRO),
     .group = Group::Hash,
     .since = "2.0.0",
     .cost = "O(1)",
     .summary = "Returns how many fields a hash has.",
     .syntax = "key"},
    {.name = "HMGET",
     .handler = hmget,
     .arity = at_least(2),
     .flags = ReadOnly | Fast,
     .categories = CatHash,
     .keys = key_at(1, KeyRO | KeyAccess),
     .group = Group::Hash,
     .since = "2.0.0",
     .cost = "O(N) where N is the number of fields that are asked for.",
     .summary = "Returns the values of several fields of a hash.",
     .syntax = "key field..."},
    {.name = "HMSET",
     .handler = hmset,
     .arity = at_least(3),
     .flags = Write | DenyOom | Fast,
     .categories = CatHash,
     .keys = key_at(1, KeyRW | KeyUpdate),
     .group = Group::Hash,
     .since = "2.0.0",
     .cost = "O(N) where N is the number of fields that are set.",
     .summary = "Sets the values of several fields of a hash.",
     .syntax = "key field_value=(field value)...",
     .deprecated_since = "4.0.0",
     .replaced_by = "`HSET` with multiple field-value pairs"},
    {.name = "HRANDFIELD",
     .handler = hrandfield,
     .arity = at_least(1),
     .flags = ReadOnly,
     .categories = CatHash,
     .keys = key_at(1, KeyRO | KeyAccess),
     .group = Group::Hash,
     .since = "6.2.0",
     .cost = "O(N) where N is the number of fields that are returned.",
     .summary = "Returns fields of a hash that are chosen at random.",
     .syntax = "key [options=(count:integer [WITHVALUES])]",
     .tips = "nondeterministic_output"},
    {.name = "HSCAN",
     .handler = hscan,
     .arity = at_least(2),
     .flags = ReadOnly,
     .categories = CatHash,
     .keys = key_at(1, KeyRO | KeyAccess),
     .group = Group::Hash,
     .since = "2.8.0",
     .cost = "O(1) for each call; O(N) for all of a scan, where N is the number of fields.",
     .summary = "Walks over the fields of a hash, some at each call, from one cursor to the next.",
     .syntax = "key cursor:integer [MATCH pattern] [COUNT count:integer] [NOVALUES]",
     .tips = "nondeterministic_output",
     .history = kHistoryOfHscan},
    {.name = "HSET",
     .handler = hset,
     .arity = at_least(3),
     .flags = Write | DenyOom | Fast,
     .categories = CatHash,
     .keys = key_at(1, KeyRW | KeyUpdate),
     .group = Group::Hash,
     .since = "2.0.0",
     .cost = "O(1) for each field.",
     .summary = "Sets the values of fields of a hash, which is made if it is not there.",
     .syntax = "key field_value=(field value)...",
     .history = kHistoryOfHset},
    {.name = "HSETNX",
     .handler = hsetnx,
     .arity = exactly(3),
     .flags = Write | DenyOom | Fast,
     .categories = CatHash,
     .keys = key_at(1, KeyRW | KeyInsert),
     .group = Group::Hash,
     .since = "2.0.0",
     .cost = "O(1)",
     .summary = "Sets the value of a field of a hash, unless the field is there.",
     .syntax = "key field value"},
    {.name = "HSTRLEN",
     .handler = hstrlen,
     .arity = exactly(2),
     .flags = ReadOnly | Fast,
     .categories = CatHash,
     .keys = key_at(1, KeyRO),
     .group = Group::Hash,
     .since = "3.2.0",
     .cost = "O(1)",
     .summary = "Returns the length of the value of a field.",
     .syntax = "key field"},
    {.name = "HVALS",
     .handler = hvals,
     .arity = exactly(1),
     .flags = ReadOnly,
     .categories = CatHash,
     .keys = key_at(1, KeyRO | KeyAccess),
     .group = Group::Hash,
     .since = "2.0.0",
     .cost = "O(N) where N is the number of fields of the hash.",
     .summary = "Returns the values of all fields of a hash.",
     .syntax = "key",
     .tips = "nondeterministic_output_order"},
};
static_assert(well_formed(kCommands));

}  // namespace

std::span<const CommandSpec> hash_commands() {
    return kCommands;
}

}  // namespace pongo

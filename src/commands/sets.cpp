#include <array>
#include <optional>

#include "commands/families.h"
#include "commands/reply_elements.h"
#include "commands/scan_options.h"
#include "commands/set_handlers.h"

namespace pongo {
namespace {

using namespace sets;  // The handlers that stand in files of their own.

void sadd(Call& call) {
    auto entry = call.find_for_write<Set>(call.arg(1));
    if (call.failed()) return;

    if (!entry) call.keys().put(entry, Set::empty_for(call.arg(2)), std::nullopt);
    HeldValue held(entry);
    const SetLimits limits = limits_of(call);
    SetEditor set(held, limits);
    std::uint64_t added = 0;
    for (const std::string_view member : call.args().subspan(2)) added += set.add(member) ? 1 : 0;
    if (added > 0) entry.changed("sadd", EventClass::Set, added);

    call.reply().integer(static_cast<std::int64_t>(added));
}

void scard(Call& call) {
    const auto set = call.find<Set>(call.arg(1));
    call.reply().integer(set ? static_cast<std::int64_t>(set->size()) : 0);
}

void sismember(Call& call) {
    const auto set = call.find<Set>(call.arg(1));
    call.reply().integer(set && set->contains(call.arg(2)) ? 1 : 0);
}

void smembers(Call& call) {
    const auto set = call.find<Set>(call.arg(1));
    if (!set) return call.reply().set(0);
    call.reply().set(set->size());
    set->for_each([&](const Set::Element& member) { reply_with(call.reply(), member); });
}

void smismember(Call& call) {
    const auto set = call.find<Set>(call.arg(1));
    call.reply().array(call.argc() - 2);
    for (const std::string_view member : call.args().subspan(2)) {
        call.reply().integer(set && set->contains(member) ? 1 : 0);
    }
}

// Between two sets. Within one nothing changes.
void smove(Call& call) {
    std::optional source = call.find_for_write<Set>(call.arg(1));
    if (call.failed()) return;
    if (!*source) return call.reply().integer(0);
    if (call.arg(1) == call.arg(2))
        return call.reply().integer(source->value().contains(call.arg(3)) ? 1 : 0);
    auto target = call.find_for_write<Set>(call.arg(2));
    if (call.failed()) return;

    const SetLimits limits = limits_of(call);
    HeldValue source_held(*source);
    if (!SetEditor(source_held, limits).remove(call.arg(3))) return call.reply().integer(0);
    source->changed("srem", EventClass::Set);
    source.reset();  // An emptied source goes before the target changes.

    if (!target) call.keys().put(target, Set::empty_for(call.arg(3)), std::nullopt);
    HeldValue target_held(target);
    if (SetEditor(target_held, limits).add(call.arg(3))) target.changed("sadd", EventClass::Set);

    call.reply().integer(1);
}

void srem(Call& call) {
    auto entry = call.find_for_write<Set>(call.arg(1));
    if (!entry) return call.reply().integer(0);

    HeldValue held(entry);
    const SetLimits limits = limits_of(call);
    SetEditor set(held, limits);
    std::uint64_t removed = 0;
    for (const std::string_view member : call.args().subspan(2)) removed += set.remove(member) ? 1 : 0;
    if (removed > 0) entry.changed("srem", EventClass::Set, removed);

    call.reply().integer(static_cast<std::int64_t>(removed));
}

void sscan(Call& call) {
    std::uint64_t cursor = 0;
    const auto set = find_to_scan<Set>(call, cursor);
    if (!set) return;
    const ScanOptions options = ScanOptions::read(call, 3, ScanOptions::Of::Elements);
    if (call.failed()) return;

    call.reply().array(2);
    if (set->encoding() == Encoding::Hashtable) {
        const auto found = scan_table(set->table(), cursor, options);
        call.reply().bulk_integer(static_cast<std::int64_t>(cursor));
        call.reply().array(found.size());
        for (const PackedTable::Item& item : found) call.reply().bulk(item.key);
        return;
    }
    call.reply().bulk("0");
    const auto members = call.reply().begin_array();
    std::array<char, kMaxInt64Digits> digits;
    std::size_t count = 0;
    set->for_each([&](const Set::Element& member) {
        const std::string_view text = member.text(digits);
        if (!options.pattern.matches(text)) return;
        call.reply().bulk(text);
        ++count;
    });
    call.reply().finish(members, count);
}

constexpr Change kHistoryOfSadd[] = {{"2.4.0", "Several members at once."}};
constexpr Change kHistoryOfSpop[] = {{"3.2.0", "The argument `count`."}};
constexpr Change kHistoryOfSrandmember[] = {{"2.6.0", "The argument `count`."}};
constexpr Change kHistoryOfSrem[] = {{"2.4.0", "Several members at once."}};

constexpr CommandSpec kCommands[] = {
    {.name = "SADD",
     .handler = sadd,
     .arity = at_least(2),
     .flags = Write | DenyOom | Fast,
     .categories = CatSet,
     .keys = key_at(1, KeyRW | KeyInsert),
     .group = Group::Set,
     .since = "1.0.0",
     .cost = "O(1) for each member.",
     .summary = "Adds members to a set, which is made if it is not there.",
     .syntax = "key member...",
     .history = kHistoryOfSadd},
    {.name = "SCARD",
     .handler = scard,
     .arity = exactly(1),
     .flags = ReadOnly | Fast,
     .categories = CatSet,
     .keys = key_at(1, KeyRO),
     .group = Group::Set,
     .since = "1.0.0",
     .cost = "O(1)",
     .summary = "Returns how many members a set has.",
     .syntax = "key"},
    {.name = "SDIFF",
     .handler = sdiff,
     .arity = at_least(1),
     .flags = ReadOnly,
     .categories = CatSet,
     .keys = keys_from(1, -1, 1, KeyRO | KeyAccess, 0),
     .group = Group::Set,
     .since = "1.0.0",
     .cost = "O(N) where N is the number of members of all sets.",
     .summary = "Returns the members of the first set that none of the others has.",
     .syntax = "key...",
     .tips = "nondeterministic_output_order"},
    {.name = "SDIFFSTORE",
     .handler = sdiffstore,
     .arity = at_least(2),
     .flags = Write | DenyOom,
     .categories = CatSet,
     .keys = {key_at(1, KeyOW | KeyUpdate), keys_from(2, -1, 1, KeyRO | KeyAccess, 0)},
     .group = Group::Set,
     .since = "1.0.0",
     .cost = "O(N) where N is the number of members of all sets.",
     .summary = "Keeps the members of the first set that none of the others has at a key, and returns how "
                "many they are.",
     .syntax = "destination:key key..."},
    {.name = "SINTER",
     .handler = sinter,
     .arity = at_least(1),
     .flags = ReadOnly,
     .categories = CatSet,
     .keys = keys_from(1, -1, 1, KeyRO | KeyAccess, 0),
     .group = Group::Set,
     .since = "1.0.0",
     .cost = "O(N*M) where N is the number of members of the smallest set and M the number of sets.",
     .summary = "Returns the members that all sets have.",
     .syntax = "key...",
     .tips = "nondeterministic_output_order"},
    {.name = "SINTERCARD",
     .handler = sintercard,
     .arity = at_least(2),
     .flags = ReadOnly,
     .categories = CatSet,
     .keys = counted_keys(1, KeyRO | KeyAccess),
     .group = Group::Set,
     .since = "7.0.0",
     .cost = "O(N*M) where N is the number of members of the smallest set and M the number of sets.",
     .summary = "Returns how many members all sets have in common.",
     .syntax = "numkeys:integer key... [LIMIT limit:integer]"},
    {.name = "SINTERSTORE",
     .handler = sinterstore,
     .arity = at_least(2),
     .flags = Write | DenyOom,
     .categories = CatSet,
     .keys = {key_at(1, KeyRW | KeyUpdate), keys_from(2, -1, 1, KeyRO | KeyAccess, 0)},
     .group = Group::Set,
     .since = "1.0.0",
     .cost = "O(N*M) where N is the number of members of the smallest set and M the number of sets.",
     .summary = "Keeps the members that all sets have at a key, and returns how many they are.",
     .syntax = "destination:key key..."},
    {.name = "SISMEMBER",
     .handler = sismember,
     .arity = exactly(2),
     .flags = ReadOnly | Fast,
     .categories = CatSet,
     .keys = key_at(1, KeyRO),
     .group = Group::Set,
     .since = "1.0.0",
     .cost = "O(1)",
     .summary = "Tells whether a set has a member.",
     .syntax = "key member"},
    {.name = "SMEMBERS",
     .handler = smembers,
     .arity = exactly(1),
     .flags = ReadOnly,
     .categories = CatSet,
     .keys = key_at(1, KeyRO | KeyAccess),
     .group = Group::Set,
     .since = "1.0.0",
     .cost = "O(N) where N is the number of members.",
     .summary = "Returns all members of a set.",
     .syntax = "key",
     .tips = "nondeterministic_output_order"},
    {.name = "SMISMEMBER",
     .handler = smismember,
     .arity = at_least(2),
     .flags = ReadOnly | Fast,
     .categories = CatSet,
     .keys = key_at(1, KeyRO | KeyAccess),
     .group = Group::Set,
     .since = "6.2.0",
     .cost = "O(N) where N is the number of members that are asked for.",
     .summary = "Tells of several members whether a set has them.",
     .syntax = "key member..."},
    {.name = "SMOVE",
     .handler = smove,
     .arity = exactly(3),
     .flags = Write | Fast,
     .categories = CatSet,
     .keys = {key_at(1, KeyRW | KeyAccess | KeyDelete), key_at(2, KeyRW | KeyInsert)},
     .group = Group::Set,
     .since = "1.0.0",
     .cost = "O(1)",
     .summary = "Moves a member from one set to another.",
     .syntax = "source:key destination:key member"},
    {.name = "SPOP",
     .handler = spop,
     .arity = at_least(1),
     .flags = Write | Fast,
     .categories = CatSet,
     .keys = key_at(1, KeyRW | KeyAccess | KeyDelete),
     .group = Group::Set,
     .since = "1.0.0",
     .cost = "O(1) without a count, otherwise O(N) where N is the number of members that are returned.",
     .summary = "Takes random members from a set and returns them.",
     .syntax = "key [count:integer@3.2.0]",
     .tips = "nondeterministic_output",
     .history = kHistoryOfSpop},
    {.name = "SRANDMEMBER",
     .handler = srandmember,
     .arity = at_least(1),
     .flags = ReadOnly,
     .categories = CatSet,
     .keys = key_at(1, KeyRO | KeyAccess),
     .group = Group::Set,
     .since = "1.0.0",
     .cost = "O(1) without a count, otherwise O(N) where N is the number of members that are returned.",
     .summary = "Returns random members of a set.",
     .syntax = "key [count:integer@2.6.0]",
     .tips = "nondeterministic_output",
     .history = kHistoryOfSrandmember},
    {.name = "SREM",
     .handler = srem,
     .arity = at_least(2),
     .flags = Write | Fast,
     .categories = CatSet,
     .keys = key_at(1, KeyRW | KeyDelete),
     .group = Group::Set,
     .since = "1.0.0",
     .cost = "O(N) where N is the number of members that are named.",
     .summary = "Removes members from a set.",
     .syntax = "key member...",
     .history = kHistoryOfSrem},
    {.name = "SSCAN",
     .handler = sscan,
     .arity = at_least(2),
     .flags = ReadOnly,
     .categories = CatSet,
     .keys = key_at(1, KeyRO | KeyAccess),
     .group = Group::Set,
     .since = "2.8.0",
     .cost = "O(1) for each call, O(N) for a whole scan where N is the number of members.",
     .summary = "Returns the members of a set in portions.",
     .syntax = "key cursor:integer [MATCH pattern] [COUNT count:integer]",
     .tips = "nondeterministic_output"},
    {.name = "SUNION",
     .handler = sunion,
     .arity = at_least(1),
     .flags = ReadOnly,
     .categories = CatSet,
     .keys = keys_from(1, -1, 1, KeyRO | KeyAccess, 0),
     .group = Group::Set,
     .since = "1.0.0",
     .cost = "O(N) where N is the number of members of all sets.",
     .summary = "Returns the members that any of the sets has.",
     .syntax = "key...",
     .tips = "nondeterministic_output_order"},
    {.name = "SUNIONSTORE",
     .handler = sunionstore,
     .arity = at_least(2),
     .flags = Write | DenyOom,
     .categories = CatSet,
     .keys = {key_at(1, KeyOW | KeyUpdate), keys_from(2, -1, 1, KeyRO | KeyAccess, 0)},
     .group = Group::Set,
     .since = "1.0.0",
     .cost = "O(N) where N is the number of members of all sets.",
     .summary = "Keeps the members that any of the sets has at a key, and returns how many they are.",
     .syntax = "destination:key key..."},
};
static_assert(well_formed(kCommands));

}  // namespace

std::span<const CommandSpec> set_commands() {
    return kCommands;
}

}  // namespace pongo

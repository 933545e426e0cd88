#include "commands/families.h"
#include "commands/reply_elements.h"
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

constexpr Change kHistoryOfSadd[] = {{"2.4.0", "Several members at once."}};
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
};
static_assert(well_formed(kCommands));

}  // namespace

std::span<const CommandSpec> set_commands() {
    return kCommands;
}

}  // namespace pongo

#include <algorithm>
#include <optional>
#include <string>

#include "commands/sorted_set_handlers.h"

namespace pongo::sorted_sets {
namespace {

enum class Side : std::uint8_t { Min, Max };

std::string_view pop_event(Side side) {
    return side == Side::Min ? "zpopmin" : "zpopmax";
}

// Replies with up to `count` items, the one at the end first, and takes them away. Returns how many.
std::uint64_t pop_items(Call& call, Writable<SortedSet>& entry, Side side, std::uint64_t count, Told told) {
    const SortedSet set = entry.value();
    const std::uint64_t popped = std::min(count, set.size());
    const std::uint64_t first = side == Side::Min ? 0 : set.size() - popped;
    reply_with_range(call, set, {first, popped}, side == Side::Min ? Direction::Forward : Direction::Reverse,
                     told);
    if (popped == 0) return 0;

    HeldValue held(entry);
    const SortedSetLimits limits = limits_of(call);
    SortedSetEditor(held, limits).erase_range(first, popped);
    entry.changed(pop_event(side), EventClass::SortedSet, popped);
    return popped;
}

void pop(Call& call, Side side) {
    Args args(call, 2);
    std::optional<std::uint64_t> count;
    if (call.argc() > 3) args.reject();
    if (args.more()) count = static_cast<std::uint64_t>(args.at_least(0, errors::kOutOfRangePositive));
    if (call.failed()) return;

    auto entry = call.find_for_write<SortedSet>(call.arg(1));
    if (call.failed()) return;
    if (!entry) return call.reply().array(0);
    pop_items(call, entry, side, count.value_or(1), count ? with_scores(call) : Told::Flat);
}

}  // namespace

void zrem(Call& call) {
    auto entry = call.find_for_write<SortedSet>(call.arg(1));
    if (call.failed()) return;
    if (!entry) return call.reply().integer(0);

    HeldValue held(entry);
    const SortedSetLimits limits = limits_of(call);
    SortedSetEditor editor(held, limits);
    std::uint64_t removed = 0;
    for (const std::string_view member : call.args().subspan(2)) removed += editor.erase(member);
    if (removed > 0) entry.changed("zrem", EventClass::SortedSet, removed);

    call.reply().integer(static_cast<std::int64_t>(removed));
}

void zpopmin(Call& call) {
    pop(call, Side::Min);
}

void zpopmax(Call& call) {
    pop(call, Side::Max);
}

void zmpop(Call& call) {
    Args args(call, 1);
    const auto numkeys = static_cast<std::size_t>(args.at_least(1, "ERR numkeys should be greater than 0"));
    const auto keys = args.take(numkeys);
    const Side side = args.accept("MAX") ? Side::Max : Side::Min;
    if (side == Side::Min && !args.accept("MIN")) args.reject();
    std::uint64_t count = 1;
    if (args.accept("COUNT", 1)) {
        count = static_cast<std::uint64_t>(args.at_least(1, "ERR count should be greater than 0"));
    }
    if (args.more()) args.reject();
    if (call.failed()) return;

    for (const std::string_view key : keys) {
        auto entry = call.find_for_write<SortedSet>(key);
        if (call.failed()) return;
        if (!entry) continue;
        call.reply().array(2);
        call.reply().bulk(key);
        const std::uint64_t popped = pop_items(call, entry, side, count, Told::Pairs);
        call.propagate_as({side == Side::Min ? "ZPOPMIN" : "ZPOPMAX", key, std::to_string(popped)});
        return;
    }
    call.reply().null_array();
}

}  // namespace pongo::sorted_sets

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "commands/multi_pop.h"
#include "commands/sorted_set_handlers.h"

namespace pongo::sorted_sets {
namespace {

enum class Side : std::uint8_t { Min, Max };

std::string_view pop_event(Side side) {
    return side == Side::Min ? "zpopmin" : "zpopmax";
}

std::string_view word_of_pop(Side side) {
    return side == Side::Min ? "ZPOPMIN" : "ZPOPMAX";
}

// The command that brings back what is popped.
std::vector<std::string> zadd_of(const SortedSet& set, std::string_view key, std::uint64_t first,
                                 std::uint64_t count) {
    std::vector<std::string> args = {"ZADD", std::string(key), "NX"};
    auto at = set.at(first);
    for (std::uint64_t i = 0; i < count; ++i) {
        if (i > 0) at.next();
        args.push_back(format_double((*at).score));
        args.push_back((*at).member.to_string());
    }
    return args;
}

void take_items(Call& call, Writable<SortedSet>& entry, Side side, std::uint64_t first, std::uint64_t count) {
    call.undo_with([&] { return zadd_of(entry.value(), entry.key(), first, count); });
    HeldValue held(entry);
    const SortedSetLimits limits = limits_of(call);
    SortedSetEditor(held, limits).erase_range(first, count);
    entry.changed(pop_event(side), EventClass::SortedSet, count);
}

// BZPOPMIN and BZPOPMAX.
void pop_or_wait(Call& call, Side side) {
    pop_one_or_wait<SortedSet>(call, word_of_pop(side), [&](std::string_view key, auto& entry) {
        const SortedSet set = entry.value();
        const std::uint64_t at = side == Side::Min ? 0 : set.size() - 1;
        const SortedSet::Item item = *set.at(at);
        call.reply().array(3);
        call.reply().bulk(key);
        reply_with(call.reply(), item.member);
        call.reply().real(item.score);
        take_items(call, entry, side, at, 1);
    });
}

// Replies with up to `count` items, the one at the end first, and takes them away. Returns how many.
std::uint64_t pop_items(Call& call, Writable<SortedSet>& entry, Side side, std::uint64_t count, Told told) {
    const SortedSet set = entry.value();
    const std::uint64_t popped = std::min(count, set.size());
    const std::uint64_t first = side == Side::Min ? 0 : set.size() - popped;
    reply_with_range(call, set, {first, popped}, side == Side::Min ? Direction::Forward : Direction::Reverse,
                     told);
    if (popped > 0) take_items(call, entry, side, first, popped);
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

// MIN or MAX.
Side read_side(Args& args) {
    if (args.accept("MAX")) return Side::Max;
    if (!args.accept("MIN")) args.reject();
    return Side::Min;
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
    pop_from_first<SortedSet>(call, read_side, word_of_pop, [&](auto& entry, Side side, std::uint64_t count) {
        return pop_items(call, entry, side, count, Told::Pairs);
    });
}

void bzpopmin(Call& call) {
    pop_or_wait(call, Side::Min);
}

void bzpopmax(Call& call) {
    pop_or_wait(call, Side::Max);
}

}  // namespace pongo::sorted_sets

#include <span>
#include <string_view>
#include <vector>

#include "commands/reply_elements.h"
#include "commands/set_handlers.h"
#include "values/detached_value.h"
#include "values/set_algebra.h"

namespace pongo::sets {
namespace {

// The sets of several keys, as far as they are there. All of them are looked at, even if that decides nothing
// any more: one that holds another type is a failure.
struct Found {
    std::vector<Set> sets;
    bool first_is_missing = false;
    bool any_is_missing = false;
};

Found find_all(Call& call, std::span<const std::string_view> keys) {
    Found found;
    found.sets.reserve(keys.size());
    for (std::size_t i = 0; i < keys.size() && !call.failed(); ++i) {
        if (const auto set = call.find<Set>(keys[i])) {
            found.sets.push_back(*set);
        } else {
            found.any_is_missing = true;
            found.first_is_missing = found.first_is_missing || i == 0;
        }
    }
    return found;
}

// Replies with what `visit_all(visit)` visits.
template <typename VisitAll>
void reply_with_members(Call& call, VisitAll&& visit_all) {
    const auto members = call.reply().begin_set();
    std::size_t count = 0;
    visit_all([&](const Set::Element& member) {
        reply_with(call.reply(), member);
        ++count;
        return true;
    });
    call.reply().finish(members, count);
}

// Puts what `compute(sets, limits, result)` makes of the sets at the destination; nothing that is empty stays
// there.
template <typename Compute>
void store(Call& call, std::string_view event, Compute&& compute) {
    auto destination = call.keys().find_for_write(call.arg(1));
    Found found = find_all(call, call.args().subspan(2));
    if (call.failed()) return;
    const SetLimits limits = limits_of(call);
    DetachedValue result;
    result.replace(Set::empty());
    compute(found, limits, result);

    const auto size = static_cast<std::int64_t>(Set(result.payload()).size());
    call.keys().put_result(destination, result, event, EventClass::Set);

    call.reply().integer(size);
}

}  // namespace

void sinter(Call& call) {
    Found found = find_all(call, call.args().subspan(1));
    if (call.failed()) return;
    if (found.any_is_missing) return call.reply().set(0);
    reply_with_members(call, [&](auto visit) { visit_intersection(found.sets, visit); });
}

void sintercard(Call& call) {
    Args args(call, 1);
    const auto numkeys = static_cast<std::size_t>(args.at_least(1, "ERR numkeys should be greater than 0"));
    if (!call.failed() && numkeys > args.left()) {
        call.fail("ERR Number of keys can't be greater than number of args");
    }
    const auto keys = args.take(numkeys);
    std::int64_t limit = 0;  // 0: none.
    while (args.more()) {
        if (args.accept("LIMIT", 1)) {
            limit = args.at_least(0, "ERR LIMIT can't be negative");
        } else {
            args.reject();
        }
    }
    if (call.failed()) return;

    Found found = find_all(call, keys);
    if (call.failed()) return;
    std::int64_t count = 0;
    if (!found.any_is_missing) {
        visit_intersection(found.sets, [&](const Set::Element&) { return ++count != limit; });
    }
    call.reply().integer(count);
}

void sunion(Call& call) {
    Found found = find_all(call, call.args().subspan(1));
    if (call.failed()) return;
    reply_with_members(call, [&](auto visit) { visit_union(found.sets, visit); });
}

void sdiff(Call& call) {
    Found found = find_all(call, call.args().subspan(1));
    if (call.failed()) return;
    if (found.first_is_missing) return call.reply().set(0);
    reply_with_members(call, [&](auto visit) { visit_difference(found.sets, visit); });
}

void sinterstore(Call& call) {
    store(call, "sinterstore", [](Found& found, const SetLimits& limits, DetachedValue& result) {
        if (!found.any_is_missing) store_intersection(found.sets, limits, result);
    });
}

void sunionstore(Call& call) {
    store(call, "sunionstore", [](Found& found, const SetLimits& limits, DetachedValue& result) {
        store_union(found.sets, limits, result);
    });
}

void sdiffstore(Call& call) {
    store(call, "sdiffstore", [](Found& found, const SetLimits& limits, DetachedValue& result) {
        if (!found.first_is_missing) store_difference(found.sets, limits, result);
    });
}

}  // namespace pongo::sets

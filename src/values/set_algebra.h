// Intersections, unions and differences of sets.
//
// Those that visit call visit(const Set::Element&) once for every member of the result, until it returns
// false. Those that store put the result into a value that holds an empty set. The sets must stay unchanged
// meanwhile.
//
// Thread rule: as the sets'.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "structures/packed_table.h"
#include "values/detached_value.h"
#include "values/set.h"
#include "values/set_probe.h"

namespace pongo {

// REQUIRES: at least one set. Reorders them.
template <typename Visit>
void visit_intersection(std::span<Set> sets, Visit&& visit);
void store_intersection(std::span<Set> sets, const SetLimits& limits, DetachedValue& result);

// Reorders the sets.
template <typename Visit>
void visit_union(std::span<Set> sets, Visit&& visit);
void store_union(std::span<const Set> sets, const SetLimits& limits, DetachedValue& result);

// The first set without the members of all others. REQUIRES: at least one set. Reorders the others.
template <typename Visit>
void visit_difference(std::span<Set> sets, Visit&& visit);
void store_difference(std::span<Set> sets, const SetLimits& limits, DetachedValue& result);

namespace set_algebra {

enum class UnionBy : std::uint8_t {
    Merging,  // Of integers, in ascending order.
    Probing,  // A member is new if none of the sets before has it.
    Adding,   // To a table of what was visited.
};
// The fastest. The sets must be in descending order of sizes.
UnionBy way_to_union(std::span<const Set> sets);

enum class DifferenceBy : std::uint8_t {
    Probing,   // What the first set has and no other.
    Removing,  // From a copy of the first set what the others have.
};
// Whether one of the others is the first one itself: nothing is left of it then.
bool loses_itself(std::span<const Set> sets);
// As Redis chooses: what encoding a stored difference has may depend on it.
DifferenceBy way_to_difference(std::span<const Set> sets);
// REQUIRES: `rest` holds an empty set.
void remove_from_first(std::span<const Set> sets, const SetLimits& limits, DetachedValue& rest);

std::vector<SetProbe> probes_of(std::span<const Set> sets, std::uint64_t questions);

// Visits the members of `set` that all the probed sets have, or that none of them has. False if visit() ended
// it.
template <typename Visit>
bool visit_filtered(const Set& set, std::span<SetProbe> probes, MemberBatch::Keep keep, Visit&& visit) {
    MemberBatch batch;
    bool more = true;
    const auto pass_on = [&] {
        for (SetProbe& probe : probes) batch.filter(probe, keep);
        more = batch.visit_while(visit);
        batch.clear();
    };
    set.for_each_while([&](const Set::Element& element) {
        batch.add(element);
        if (batch.full()) pass_on();
        return more;
    });
    if (more) pass_on();
    return more;
}

// REQUIRES: they are intsets.
template <typename Visit>
void visit_merged(std::span<const Set> sets, Visit&& visit) {
    struct Rest {
        Intset set;
        std::size_t next;
    };
    std::vector<Rest> rests;
    rests.reserve(sets.size());
    for (const Set& set : sets) rests.push_back({set.integers(), 0});
    for (;;) {
        std::erase_if(rests, [](const Rest& rest) { return rest.next == rest.set.size(); });
        if (rests.empty()) return;
        std::int64_t least = INT64_MAX;
        for (const Rest& rest : rests) least = std::min(least, rest.set[rest.next]);
        for (Rest& rest : rests) rest.next += rest.set[rest.next] == least ? 1 : 0;
        if (!visit(Set::Element{.integer = least, .is_integer = true})) return;
    }
}

template <typename Visit>
void visit_adding(std::span<const Set> sets, Visit&& visit) {
    PackedTable visited(&HashSecret::of_process());
    std::array<char, kMaxInt64Digits> digits;
    bool more = true;
    for (const Set& set : sets) {
        if (!more) return;
        set.for_each_while([&](const Set::Element& element) {
            if (visited.put(element.text(digits), {})) more = visit(element);
            return more;
        });
    }
}

}  // namespace set_algebra

template <typename Visit>
void visit_intersection(std::span<Set> sets, Visit&& visit) {
    std::ranges::sort(sets, {}, &Set::size);
    auto probes = set_algebra::probes_of(sets.subspan(1), sets[0].size());
    set_algebra::visit_filtered(sets[0], probes, MemberBatch::Keep::Present, visit);
}

template <typename Visit>
void visit_union(std::span<Set> sets, Visit&& visit) {
    std::ranges::sort(sets, std::ranges::greater(), &Set::size);
    switch (set_algebra::way_to_union(sets)) {
        case set_algebra::UnionBy::Merging:
            return set_algebra::visit_merged(std::span<const Set>(sets), visit);
        case set_algebra::UnionBy::Adding:
            return set_algebra::visit_adding(std::span<const Set>(sets), visit);
        case set_algebra::UnionBy::Probing:
            break;
    }
    auto probes = set_algebra::probes_of(sets, sets.empty() ? 0 : sets[0].size());
    for (std::size_t i = 0; i < sets.size(); ++i) {
        if (!set_algebra::visit_filtered(sets[i], std::span(probes).first(i), MemberBatch::Keep::Absent,
                                         visit)) {
            return;
        }
    }
}

template <typename Visit>
void visit_difference(std::span<Set> sets, Visit&& visit) {
    if (set_algebra::loses_itself(sets)) return;
    if (set_algebra::way_to_difference(sets) == set_algebra::DifferenceBy::Removing) {
        DetachedValue rest;
        rest.replace(Set::empty());
        set_algebra::remove_from_first(sets, SetLimits(), rest);
        return Set(rest.payload()).for_each_while(visit);
    }
    // The biggest of the others have most to drop.
    std::ranges::sort(sets.subspan(1), std::ranges::greater(), &Set::size);
    auto probes = set_algebra::probes_of(sets.subspan(1), sets[0].size());
    set_algebra::visit_filtered(sets[0], probes, MemberBatch::Keep::Absent, visit);
}

}  // namespace pongo

#include "values/set_algebra.h"

namespace pongo {
namespace {

// What a store does with each member.
auto adding_to(SetEditor& editor) {
    return [&editor](const Set::Element& element) {
        editor.add(element);
        return true;
    };
}

}  // namespace

namespace set_algebra {

UnionBy way_to_union(std::span<const Set> sets) {
    constexpr std::size_t kFewToMerge = 8;      // Every step looks at each.
    constexpr std::uint64_t kProbesPerAdd = 2;  // That take no longer.
    const auto is_intset = [](const Set& set) { return set.encoding() == Encoding::Intset; };
    if (sets.size() <= kFewToMerge && std::ranges::all_of(sets, is_intset)) return UnionBy::Merging;
    std::uint64_t adds = 0;
    std::uint64_t probes = 0;
    for (std::size_t i = 0; i < sets.size(); ++i) {
        adds += sets[i].size();
        probes += i * sets[i].size();
    }
    return probes <= kProbesPerAdd * adds ? UnionBy::Probing : UnionBy::Adding;
}

bool loses_itself(std::span<const Set> sets) {
    return std::ranges::any_of(sets.subspan(1), [&](const Set& other) { return other.is(sets[0]); });
}

DifferenceBy way_to_difference(std::span<const Set> sets) {
    std::uint64_t all = 0;
    for (const Set& set : sets) all += set.size();
    return sets.size() * sets[0].size() / 2 <= all ? DifferenceBy::Probing : DifferenceBy::Removing;
}

void remove_from_first(std::span<const Set> sets, const SetLimits& limits, DetachedValue& rest) {
    SetEditor editor(rest, limits);
    sets[0].for_each(adding_to(editor));
    for (const Set& set : sets.subspan(1)) {
        std::array<char, kMaxInt64Digits> digits;
        set.for_each([&](const Set::Element& element) { editor.remove(element.text(digits)); });
        if (is_emptied(rest.payload())) return;
    }
}

std::vector<SetProbe> probes_of(std::span<const Set> sets, std::uint64_t questions) {
    std::vector<SetProbe> probes;
    probes.reserve(sets.size());
    for (const Set& set : sets) probes.emplace_back(set, questions);
    return probes;
}

}  // namespace set_algebra

void store_intersection(std::span<Set> sets, const SetLimits& limits, DetachedValue& result) {
    SetEditor editor(result, limits);
    visit_intersection(sets, adding_to(editor));
}

// The editor finds out what is new.
void store_union(std::span<const Set> sets, const SetLimits& limits, DetachedValue& result) {
    SetEditor editor(result, limits);
    for (const Set& set : sets) set.for_each(adding_to(editor));
}

void store_difference(std::span<Set> sets, const SetLimits& limits, DetachedValue& result) {
    if (set_algebra::loses_itself(sets)) return;
    if (set_algebra::way_to_difference(sets) == set_algebra::DifferenceBy::Removing) {
        return set_algebra::remove_from_first(sets, limits, result);
    }
    SetEditor editor(result, limits);
    visit_difference(sets, adding_to(editor));
}

}  // namespace pongo

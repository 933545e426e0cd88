#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <string_view>
#include <utility>

#include "base/numbers.h"
#include "persistence/value_readers.h"
#include "persistence/ziplist.h"
#include "values/sorted_set.h"

namespace pongo {
namespace {

// A score in digits.
double read_text_score(RdbReader& in) {
    const std::uint8_t size = in.byte();
    switch (size) {
        case kTextNan:
            return std::numeric_limits<double>::quiet_NaN();
        case kTextInfinity:
            return std::numeric_limits<double>::infinity();
        case kTextMinusInfinity:
            return -std::numeric_limits<double>::infinity();
        default:
            break;
    }
    const auto score = parse_double(in.bytes(size));
    if (!score) in.fail("this is no score");
    return score.value_or(0);
}

// Redis writes them from the last to the first; older versions, and our own slices, in any order.
void read_items(RdbReader& in, ObjectType type, const SortedSetLimits& limits, DetachedValue& value) {
    auto ranked = std::make_unique<RankedMembers>();
    std::size_t longest = 0;
    RdbString member;
    for (std::uint64_t left = in.count(2); left > 0 && !in.failed(); --left) {
        in.string(member);
        const double score = type == ObjectType::SortedSet ? in.real() : read_text_score(in);
        if (std::isnan(score)) in.fail("a score is not a number");
        if (in.failed()) return;
        longest = std::max(longest, member.view().size());
        if (ranked->members.score(member.view())) return in.fail("a member comes twice");
        ranked->members.insert(member.view(), score);
    }
    if (in.failed()) return;
    if (ranked->members.size() > limits.items || longest > limits.member_bytes) {
        return value.replace(heap_payload(Type::SortedSet, Encoding::Skiplist, std::move(ranked)));
    }
    SortedSetEditor set(value, limits);
    ranked->members.for_each([&](std::string_view text, double score) {
        set.append({.member = {.bytes = text}, .score = score});
    });
}

// The listpack becomes the sorted set as it is, unless there are too many members. How long they are does not
// matter here.
void adopt_listpack(RdbReader& in, std::string_view bytes, const SortedSetLimits& limits,
                    DetachedValue& value) {
    if (!SortedSet::valid(Listpack(bytes))) return in.fail("this is no sorted set");
    Payload payload = SortedSet::empty();
    payload.bytes = bytes;
    const SortedSet set(payload);
    const std::uint64_t size = set.size();
    if (size <= limits.items) return value.replace(payload);
    SortedSetEditor copy(value, limits);
    auto cursor = set.at(0);
    for (std::uint64_t i = 0; i < size; ++i, cursor.next()) copy.append(*cursor);
}

void read_ziplist(RdbReader& in, const SortedSetLimits& limits, DetachedValue& value) {
    RdbString bytes;
    in.string(bytes);
    if (in.failed()) return;
    if (!Ziplist::valid(bytes.view())) return in.fail("this is no ziplist");
    const auto items = Ziplist(bytes.view()).to_listpack();
    if (!items) return in.fail("a ziplist is too big");
    adopt_listpack(in, *items, limits, value);
}

void read_listpack(RdbReader& in, const SortedSetLimits& limits, DetachedValue& value) {
    RdbString bytes;
    in.string(bytes);
    if (in.failed()) return;
    if (!Listpack::valid(bytes.view())) return in.fail("this is no listpack");
    adopt_listpack(in, bytes.view(), limits, value);
}

}  // namespace

void read_sorted_set(RdbReader& in, ObjectType type, const SortedSetLimits& limits, DetachedValue& value) {
    value.replace(SortedSet::empty());
    switch (type) {
        case ObjectType::SortedSetZiplist:
            read_ziplist(in, limits, value);
            break;
        case ObjectType::SortedSetListpack:
            read_listpack(in, limits, value);
            break;
        default:
            read_items(in, type, limits, value);
    }
    if (!in.failed() && SortedSet(value.payload()).size() == 0) in.fail("a sorted set without members");
}

}  // namespace pongo

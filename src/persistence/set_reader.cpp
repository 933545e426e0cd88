#include <array>

#include "persistence/value_readers.h"
#include "values/set.h"

namespace pongo {
namespace {

constexpr const char* kRepeated = "a member comes twice";

void read_strings(RdbReader& in, SetEditor& set, DetachedValue& value) {
    RdbString text;
    bool first = true;
    for (std::uint64_t left = in.count(1); left > 0 && !in.failed(); --left) {
        in.string(text);
        if (in.failed()) return;
        if (first) value.replace(Set::empty_for(text.view()));
        first = false;
        if (!set.add(text.view())) in.fail(kRepeated);
    }
}

void read_intset(RdbReader& in, const SetLimits& limits, SetEditor& set, DetachedValue& value) {
    RdbString bytes;
    in.string(bytes);
    if (in.failed()) return;
    if (!Intset::valid(bytes.view())) return in.fail("this is no intset");
    const Intset integers(bytes.view());
    Payload payload = Set::empty();
    if (integers.size() <= limits.intset_entries) {
        payload.bytes = bytes.view();
        return value.replace(payload);
    }
    value.replace(payload);
    for (std::size_t i = 0; i < integers.size(); ++i) {
        set.add(Set::Element{.integer = integers[i], .is_integer = true});
    }
}

void read_listpack(RdbReader& in, SetEditor& set, DetachedValue& value) {
    RdbString bytes;
    in.string(bytes);
    if (in.failed()) return;
    if (!Listpack::valid(bytes.view())) return in.fail("this is no listpack");
    const Listpack members(bytes.view());
    std::array<char, kMaxInt64Digits> digits;
    for (auto at = members.begin(); at != members.end(); at = members.next(at)) {
        if (at == members.begin()) value.replace(Set::empty_for(members[at].text(digits)));
        if (!set.add(members[at])) return in.fail(kRepeated);
    }
}

}  // namespace

void read_set(RdbReader& in, ObjectType type, const SetLimits& limits, DetachedValue& value) {
    value.replace(Set::empty());
    SetEditor set(value, limits);
    switch (type) {
        case ObjectType::SetIntset:
            read_intset(in, limits, set, value);
            break;
        case ObjectType::SetListpack:
            read_listpack(in, set, value);
            break;
        default:
            read_strings(in, set, value);
    }
    if (!in.failed() && set.set().size() == 0) in.fail("a set without members");
}

}  // namespace pongo

#include "structures/member_table.h"

#include <bit>

#include "base/check.h"

namespace pongo {

std::optional<double> MemberTable::score(std::string_view member) const {
    const auto value = table_.find(member);
    return value ? std::optional(load_as<double>(value->data())) : std::nullopt;
}

// The least number that no other item with the same bits of hash has.
unsigned MemberTable::free_number(std::uint64_t hash) const {
    if (size() == 0) return 0;
    const Reference bits = reference_of(hash, 0);
    unsigned taken = 0;
    table_.for_each_like(hash, [&](const PackedTable::Item& item) {
        if (reference_of(table_.hash(item.key), 0) == bits) taken |= 1U << number_of(item.value);
    });
    const auto number = static_cast<unsigned>(std::countr_one(taken));
    CHECK(number < kNumbers);
    return number;
}

MemberTable::Place MemberTable::find(std::string_view member) const {
    Place place;
    place.hash_ = table_.hash(member);
    place.value_ = table_.find(member, place.hash_).value_or(std::string_view());
    if (place) place.reference_ = reference_of(place.hash_, number_of(place.value_));
    return place;
}

MemberTable::Reference MemberTable::insert(const Place& place, std::string_view member, double score) {
    const unsigned number = free_number(place.hash_);
    char value[sizeof(double) + 1];
    store_as(value, score);
    value[sizeof(double)] = static_cast<char>(number);
    table_.add(member, {value, sizeof(double) + (number != 0 ? 1 : 0)}, place.hash_);
    return reference_of(place.hash_, number);
}

std::string_view MemberTable::member(Reference reference) const {
    const std::uint64_t hash = hash_of(reference);
    if (const auto item = table_.only_like(hash)) return item->key;
    std::string_view member;
    bool found = false;
    table_.for_each_like(hash, [&](const PackedTable::Item& item) {
        if (found || reference_of(item) != reference) return;
        member = item.key;
        found = true;
    });
    CHECK(found);
    return member;
}

void MemberTable::erase(Reference reference) {
    erased_ = member(reference);
    table_.erase(erased_);
}

bool MemberTable::valid() const {
    bool right = table_.valid();
    table_.for_each([&](std::string_view key, std::string_view value) {
        const std::string_view found = member(reference_of({key, value}));
        right = right && found.data() == key.data() && found.size() == key.size();
    });
    return right;
}

}  // namespace pongo

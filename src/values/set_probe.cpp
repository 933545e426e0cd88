#include "values/set_probe.h"

#include <algorithm>
#include <cstring>

#include "base/bytes.h"

namespace pongo {
namespace {

constexpr std::uint64_t kMultiplier = 0x9e3779b97f4a7c15;  // 2^64 divided by the golden ratio.

// Good enough for the few elements of a listpack; the worst that chosen ones can do is to make looking for
// them as slow as without an index.
std::uint64_t quick_hash(std::uint64_t word) {
    word *= kMultiplier;
    return word ^ word >> 32;
}

std::uint64_t quick_hash(std::string_view text) {
    std::uint64_t hash = text.size();
    for (; text.size() >= 8; text.remove_prefix(8)) hash = quick_hash(hash ^ load_le64(text.data()));
    std::uint64_t rest = 0;
    std::memcpy(&rest, text.data(), text.size());
    return quick_hash(hash ^ rest);
}

std::uint64_t quick_hash(const Set::Element& element) {
    return element.is_integer ? quick_hash(static_cast<std::uint64_t>(element.integer))
                              : quick_hash(element.bytes);
}

}  // namespace

SetProbe::SetProbe(const Set& set, std::uint64_t questions) : set_(set) {
    switch (set.encoding()) {
        case Encoding::Intset:
            break;
        case Encoding::PackedSet:
            if (questions >= kQuestionsWorthAnIndex) index_list(set.packed());
            break;
        default:
            table_ = &set.table();
    }
}

void SetProbe::index_list(const Listpack& list) {
    if (list.size() > SetEditor::kMaxPackedMembers || list.end() > UINT16_MAX) return;
    index_.fill(0);
    for (auto at = list.begin(); at != list.end(); at = list.next(at)) {
        std::size_t slot = quick_hash(list[at]) % kIndexSlots;
        while (index_[slot] != 0) slot = (slot + 1) % kIndexSlots;
        index_[slot] = static_cast<std::uint16_t>(at);
    }
    indexed_ = true;
}

bool SetProbe::contains(AskedMember& member) {
    if (table_) return table_->find(member.text(), member.hash(*table_)).has_value();
    if (set_.encoding() == Encoding::PackedSet) return list_contains(member);
    const auto number = member.number();
    return number && integers_contain(*number);
}

bool SetProbe::list_contains(AskedMember& member) const {
    if (!indexed_) return set_.contains(member.text());
    const Listpack list = set_.packed();
    const auto number = member.number();
    const Set::Element wanted =
        number ? Set::Element{.integer = *number, .is_integer = true} : member.element();
    for (std::size_t slot = quick_hash(wanted) % kIndexSlots; index_[slot] != 0;
         slot = (slot + 1) % kIndexSlots) {
        const Set::Element there = list[index_[slot]];
        if (there.is_integer == wanted.is_integer && there.integer == wanted.integer &&
            there.bytes == wanted.bytes) {
            return true;
        }
    }
    return false;
}

// By steps that double from where the last search ended, then by halving: as fast as merging for those who
// ask in ascending order, and as halving alone for the others.
bool SetProbe::integers_contain(std::int64_t value) {
    const Intset set = set_.integers();
    const std::size_t size = set.size();
    std::size_t low = 0;
    std::size_t high = last_index_;
    if (value >= last_value_) {
        low = last_index_;
        std::size_t step = 1;
        for (high = low; high < size && set[high] < value; high += step, step *= 2) low = high + 1;
        high = std::min(high, size);
    }
    while (low < high) {
        const std::size_t middle = (low + high) / 2;
        if (set[middle] < value) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    last_value_ = value;
    last_index_ = low;
    return low < size && set[low] == value;
}

void MemberBatch::filter(SetProbe& probe, Keep keep) {
    for (std::size_t i = 0; i < size_; ++i) probe.prepare(members_[order_[i]]);
    std::size_t left = 0;
    for (std::size_t i = 0; i < size_; ++i) {
        const std::uint8_t which = order_[i];
        if (probe.contains(members_[which]) == (keep == Keep::Present)) order_[left++] = which;
    }
    size_ = left;
}

}  // namespace pongo

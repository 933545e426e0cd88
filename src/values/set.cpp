#include "values/set.h"

#include <algorithm>
#include <memory>
#include <string>

namespace pongo {
namespace {

// Of an intset, whatever the option says.
constexpr std::uint64_t kMostIntegers = std::uint64_t{1} << 30;

PackedTable& table_of(const Payload& payload) {
    return static_cast<TableSet&>(heap_value(payload)).members;
}

Payload packed_payload(Encoding encoding, std::string_view bytes) {
    return {.type = Type::Set, .encoding = encoding, .storage = Storage::Inline, .bytes = bytes};
}

}  // namespace

std::unique_ptr<HeapValue> TableSet::copy() const {
    auto copied = std::make_unique<TableSet>();
    copied->members = members.copy();
    return copied;
}

Payload Set::empty() {
    return packed_payload(Encoding::Intset, Intset::empty_bytes());
}

Payload Set::empty_for(std::string_view first) {
    return parse_int64(first) ? empty() : packed_payload(Encoding::PackedSet, Listpack::empty_bytes());
}

std::uint64_t Set::size() const {
    switch (payload_.encoding) {
        case Encoding::Intset:
            return integers().size();
        case Encoding::PackedSet:
            return packed().size();
        default:
            return table().size();
    }
}

bool Set::contains(std::string_view text) const {
    switch (payload_.encoding) {
        case Encoding::Intset: {
            const auto number = parse_int64(text);
            return number && integers().contains(*number);
        }
        case Encoding::PackedSet:
            return packed().find(text, packed().begin()) != packed().end();
        default:
            return table().contains(text);
    }
}

Set::Element Set::random(Random& random) const {
    switch (payload_.encoding) {
        case Encoding::Intset:
            return {.integer = integers()[random.below(integers().size())], .is_integer = true};
        case Encoding::PackedSet: {
            const Listpack list = packed();
            return list[list.seek(static_cast<std::int64_t>(random.below(list.size())))];
        }
        default:
            return {.bytes = table().random(random)->key};
    }
}

bool SetEditor::add(std::string_view text) {
    const Payload payload = holder_.payload();
    switch (payload.encoding) {
        case Encoding::Intset:
            if (const auto number = parse_int64(text)) return add_integer(*number);
            convert(1, text.size());
            return add(text);
        case Encoding::PackedSet:
            return add_packed(text);
        default:
            return table_of(payload).put(text, {});
    }
}

bool SetEditor::add(const Set::Element& element) {
    if (element.is_integer && holder_.payload().encoding == Encoding::Intset) {
        return add_integer(element.integer);
    }
    std::array<char, kMaxInt64Digits> digits;
    return add(element.text(digits));
}

bool SetEditor::add_integer(std::int64_t value) {
    if (!IntsetEditor(holder_).add(value)) return false;
    if (set().size() > std::min(limits_.intset_entries, kMostIntegers)) convert(0, 0);
    return true;
}

bool SetEditor::add_packed(std::string_view text) {
    const Listpack list = set().packed();
    if (list.find(text, list.begin()) != list.end()) return false;
    if (list.size() < kMaxPackedMembers && text.size() <= kMaxPackedMemberBytes) {
        ListpackEditor(holder_).push_back(text);
        return true;
    }
    convert(1, text.size());
    return table_of(holder_.payload()).put(text, {});
}

bool SetEditor::remove(std::string_view text) {
    const Payload payload = holder_.payload();
    switch (payload.encoding) {
        case Encoding::Intset: {
            const auto number = parse_int64(text);
            return number && IntsetEditor(holder_).remove(*number);
        }
        case Encoding::PackedSet: {
            const Listpack list(packed_bytes(payload));
            const Listpack::Position at = list.find(text, list.begin());
            if (at == list.end()) return false;
            ListpackEditor(holder_).erase(at);
            return true;
        }
        default:
            return table_of(payload).erase(text);
    }
}

void SetEditor::convert(std::uint64_t more_members, std::size_t more_bytes) {
    const Set before = set();
    std::array<char, kMaxInt64Digits> digits;
    if (before.size() + more_members <= kMaxPackedMembers && more_bytes <= kMaxPackedMemberBytes) {
        std::string bytes(Listpack::empty_bytes());
        StringStore store(bytes);
        before.for_each(
            [&](const Set::Element& element) { ListpackEditor(store).push_back(element.text(digits)); });
        holder_.replace(packed_payload(Encoding::PackedSet, bytes));
        return;
    }
    auto table = std::make_unique<TableSet>();
    before.for_each([&](const Set::Element& element) { table->members.put(element.text(digits), {}); });
    holder_.replace(heap_payload(Type::Set, Encoding::Hashtable, std::move(table)));
}

}  // namespace pongo

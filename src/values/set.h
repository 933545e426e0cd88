// Sets: a sorted array of integers as long as they are integers and few, a listpack while they are small, and
// a hash table when they have outgrown both. They don't go back.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/random.h"
#include "structures/intset.h"
#include "structures/listpack.h"
#include "structures/packed_table.h"
#include "values/detached_value.h"
#include "values/heap_value.h"
#include "values/payload.h"
#include "values/value_holder.h"

namespace pongo {

// A set that has outgrown one run of bytes.
class TableSet : public HeapValue {
  public:
    PackedTable members{&HashSecret::of_process()};

    std::unique_ptr<HeapValue> copy() const override;
    bool empty() const override { return members.size() == 0; }
    std::size_t memory() const override { return allocation_size(this) + members.bytes(); }
    std::size_t allocations() const override { return 1 + members.size() / kMembersPerPage; }

  private:
    static constexpr std::uint64_t kMembersPerPage = 10;  // Roughly.
};

// Reads a set. The value must stay unchanged while the reader and what it gave are used.
class Set {
  public:
    static constexpr Type kType = Type::Set;

    // A member; one that is an integer may stand there as its text.
    using Element = Listpack::Element;

    explicit Set(const Payload& payload) : payload_(payload) {}

    // An empty one, which is nothing that may stay in the keyspace ...
    static Payload empty();
    // ... and the one to begin with when this is to be its first member.
    static Payload empty_for(std::string_view first);

    Encoding encoding() const { return payload_.encoding; }
    // Whether it reads the same value, of the same key.
    bool is(const Set& other) const { return are_one(payload_, other.payload_); }
    std::uint64_t size() const;
    bool contains(std::string_view text) const;

    // Calls visit(const Element&) for every member.
    template <typename Visit>
    void for_each(Visit&& visit) const {
        for_each_while([&](const Element& element) {
            visit(element);
            return true;
        });
    }
    // The same until visit() returns false.
    template <typename Visit>
    void for_each_while(Visit&& visit) const;

    // Each member with the same probability. REQUIRES for both: not empty.
    Element random(Random& random) const;
    // Calls visit(const Element&) for `count` members drawn like that, the same one any number of times.
    template <typename Visit>
    void draw(std::uint64_t count, Random& random, Visit&& visit) const;
    // Calls visit(const Element&) for `count` different members, every choice of them with the same
    // probability; for all if there are no more.
    template <typename Visit>
    void sample(std::uint64_t count, Random& random, Visit&& visit) const;

    // What it consists of, for those who know their way about it. REQUIRES: that encoding.
    Intset integers() const { return Intset(packed_bytes(payload_)); }
    Listpack packed() const { return Listpack(packed_bytes(payload_)); }
    const PackedTable& table() const { return static_cast<const TableSet&>(heap_value(payload_)).members; }

  private:
    Payload payload_;
};

struct SetLimits {
    std::uint64_t intset_entries = 512;
};

// Changes a set where it is kept. Texts given to it must not be in the set itself. REQUIRES: the holder holds
// a set.
class SetEditor {
  public:
    // Of a set that is a listpack.
    static constexpr std::uint64_t kMaxPackedMembers = 128;
    static constexpr std::size_t kMaxPackedMemberBytes = 64;

    SetEditor(ValueHolder& holder, const SetLimits& limits) : holder_(holder), limits_(limits) {}

    Set set() const { return Set(holder_.payload()); }

    // False if it is there already.
    bool add(std::string_view text);
    bool add(const Set::Element& element);
    // False if it is not there.
    bool remove(std::string_view text);
    // Takes `count` members out, every choice of them with the same probability, and calls visit(const
    // Element&) for each before it goes. Like Redis, it writes the set anew where little of it is left.
    // REQUIRES: count < size().
    template <typename Visit>
    void pop(std::uint64_t count, Random& random, Visit&& visit);

  private:
    // Members are popped from a table one after the other unless they are as many as this times those that
    // stay. (Redis's number: it decides whether the encoding is chosen anew.)
    static constexpr std::uint64_t kPopsPerSurvivor = 5;

    bool add_integer(std::int64_t value);
    bool add_packed(std::string_view text);
    // From an intset or a listpack, with a view to one more member of `more_bytes`, or none.
    void convert(std::uint64_t more_members, std::size_t more_bytes);

    ValueHolder& holder_;
    const SetLimits& limits_;
};

template <typename Visit>
void SetEditor::pop(std::uint64_t count, Random& random, Visit&& visit) {
    const std::uint64_t size = set().size();
    const bool begins_anew = (size - count) * kPopsPerSurvivor <= count;
    switch (set().encoding()) {
        case Encoding::Hashtable:
            if (begins_anew) break;
            for (; count > 0; --count) {
                const std::string member(set().random(random).bytes);
                visit(Set::Element{.bytes = member});
                remove(member);
            }
            return;
        case Encoding::PackedSet: {
            if (begins_anew) break;
            Selection popped(count, size);
            ListpackEditor editor(holder_);
            for (auto at = editor.list().begin(); at != editor.list().end();) {
                if (popped.takes_next(random)) {
                    visit(editor.list()[at]);
                    at = editor.erase(at);
                } else {
                    at = editor.list().next(at);
                }
            }
            return;
        }
        default:
            break;
    }
    DetachedValue after;
    after.replace(Set::empty());
    const SetLimits limits{begins_anew ? limits_.intset_entries : UINT64_MAX};
    SetEditor kept(after, limits);
    Selection popped(count, size);
    set().for_each([&](const Set::Element& element) {
        if (popped.takes_next(random)) {
            visit(element);
        } else {
            kept.add(element);
        }
    });
    holder_.replace(after.release());
}

template <typename Visit>
void Set::draw(std::uint64_t count, Random& random, Visit&& visit) const {
    if (payload_.encoding != Encoding::PackedSet) {
        for (; count > 0; --count) visit(this->random(random));
        return;
    }
    const Listpack list = packed();
    std::vector<Listpack::Position> positions;
    positions.reserve(list.size());
    for (auto at = list.begin(); at != list.end(); at = list.next(at)) positions.push_back(at);
    for (; count > 0; --count) visit(list[positions[random.below(positions.size())]]);
}

template <typename Visit>
void Set::sample(std::uint64_t count, Random& random, Visit&& visit) const {
    constexpr std::uint64_t kManyMore = 3;  // Members than are wanted: drawing seldom hits one twice.
    if (payload_.encoding == Encoding::Hashtable && count < table().size() / kManyMore) {
        for (const auto& item : table().sample(count, random)) visit(Element{.bytes = item.key});
        return;
    }
    Selection selection(count, size());
    for_each([&](const Element& element) {
        if (selection.takes_next(random)) visit(element);
    });
}

template <typename Visit>
void Set::for_each_while(Visit&& visit) const {
    switch (payload_.encoding) {
        case Encoding::Intset: {
            const Intset set = integers();
            const std::size_t size = set.size();
            for (std::size_t i = 0; i < size; ++i) {
                if (!visit(Element{.integer = set[i], .is_integer = true})) return;
            }
            break;
        }
        case Encoding::PackedSet: {
            const Listpack list = packed();
            for (auto at = list.begin(); at != list.end(); at = list.next(at)) {
                if (!visit(list[at])) return;
            }
            break;
        }
        default:
            table().for_each_while(
                [&](std::string_view member, std::string_view) { return visit(Element{.bytes = member}); });
    }
}

}  // namespace pongo

// Sorted sets: members with scores, in the order of (score, member). While they are small they are one
// listpack next to the key (member, score, member, score, ... in order), and a ScoredMembers once they have
// outgrown it. They stay what they have become.
//
// Scores are not NaN. In a listpack a zero has no sign.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "base/random.h"
#include "structures/listpack.h"
#include "structures/scored_members.h"
#include "values/heap_value.h"
#include "values/payload.h"
#include "values/value_holder.h"

namespace pongo {

// A sorted set that has outgrown its listpack.
class RankedMembers : public HeapValue {
  public:
    ScoredMembers members{&HashSecret::of_process()};

    std::unique_ptr<HeapValue> copy() const override;
    bool empty() const override { return members.empty(); }
    std::size_t memory() const override { return allocation_size(this) + members.bytes(); }
    std::size_t allocations() const override { return 1 + members.bytes() / kBytesPerAllocation; }

  private:
    static constexpr std::size_t kBytesPerAllocation = 512;  // Leaves and pages, roughly.
};

// Reads a sorted set. The value must stay unchanged while the reader, its cursors and items are used.
class SortedSet {
  public:
    static constexpr Type kType = Type::SortedSet;

    struct Item {
        Listpack::Element member;
        double score;
    };
    class Cursor;
    // On which side of all that equals it something is cut.
    enum class Edge : std::uint8_t { Before, After };

    explicit SortedSet(const Payload& payload) : payload_(payload) {}

    // An empty one, which is nothing that may stay in the keyspace.
    static Payload empty();
    // Whether a listpack from elsewhere is a sorted set in every detail. REQUIRES: Listpack::valid().
    static bool valid(Listpack pack);

    std::uint64_t size() const;
    std::optional<double> score(std::string_view member) const;
    std::optional<std::uint64_t> rank(std::string_view member) const;
    // How many items come before the cut ...
    std::uint64_t count_before(double score, Edge edge) const;
    // ... and the same by members, if all scores are equal; otherwise any number up to size().
    std::uint64_t count_before(std::string_view member, Edge edge) const;
    // REQUIRES: rank < size().
    Cursor at(std::uint64_t rank) const;
    // Each item with the same probability. REQUIRES: not empty.
    Item random(Random& random) const;

    // Whether it reads the same value, of the same key.
    bool is(const SortedSet& other) const { return are_one(payload_, other.payload_); }

    // The listpack, or the structure that a sorted set without one is in.
    bool is_packed() const { return payload_.encoding == Encoding::Listpack; }
    Listpack packed() const { return Listpack(packed_bytes(payload_)); }
    const ScoredMembers& ranked() const {
        return static_cast<const RankedMembers&>(heap_value(payload_)).members;
    }

  private:
    Payload payload_;
};

// Walks over a sorted set in either direction. REQUIRES: it does not leave the set but to be dropped.
class SortedSet::Cursor {
  public:
    Item operator*() const;
    // Without a look at the member, which is elsewhere.
    double score() const;
    void next();
    void previous();

  private:
    friend class SortedSet;
    Cursor(Listpack pack, Listpack::Position at) : pack_(pack), at_(at) {}
    explicit Cursor(const ScoredMembers::Cursor& ranked) : ranked_(ranked) {}

    std::optional<Listpack> pack_;
    Listpack::Position at_ = 0;  // Of a member.
    ScoredMembers::Cursor ranked_;
};

// How big a sorted set may get before it leaves its listpack.
struct SortedSetLimits {
    std::size_t items = 128;
    std::size_t member_bytes = 64;

    bool allow(std::uint64_t count, std::size_t longest) const {
        return count <= items && longest <= member_bytes;
    }
};

// Changes a sorted set where it is kept. Members given to it must not be in the set itself. REQUIRES: the
// holder holds a sorted set.
class SortedSetEditor {
  public:
    enum class Outcome : std::uint8_t { Added, Moved, Unchanged };

    SortedSetEditor(ValueHolder& holder, const SortedSetLimits& limits) : holder_(holder), limits_(limits) {}

    SortedSet set() const { return SortedSet(holder_.payload()); }

    // Says how many items there will be, and how long the longest member: what will not stay a listpack
    // leaves it at once.
    void expect(std::uint64_t items, std::size_t longest = 0);

    // Gives a member the score choose(std::optional<double> current), if that returns one.
    template <typename Choose>
    Outcome put_chosen(std::string_view member, Choose&& choose) {
        const Place place = find(member);
        const std::optional<double> score = choose(place.score);
        return score ? put_at(place, member, *score) : Outcome::Unchanged;
    }
    Outcome put(std::string_view member, double score) { return put_at(find(member), member, score); }
    // REQUIRES: it comes after all items that are there, and none of them has its member.
    void append(const SortedSet::Item& item);
    // False if it was not there.
    bool erase(std::string_view member);
    // Up to `count` items from the rank `first` on.
    void erase_range(std::uint64_t first, std::uint64_t count);

  private:
    // Where a member stands, if it does.
    struct Place {
        std::optional<double> score;
        Listpack::Position at = 0;         // In a listpack ...
        ScoredMembers::Place ranked = {};  // ... or in the other structure.
    };

    ScoredMembers* ranked() const;
    Place find(std::string_view member) const;
    bool fits_pack(std::string_view member) const;
    Outcome put_at(const Place& place, std::string_view member, double score);
    void add_to_pack(std::string_view member, double score);
    void move_in_pack(Listpack::Position at, std::string_view member, double score);
    ScoredMembers& leave_pack();

    ValueHolder& holder_;
    const SortedSetLimits& limits_;
};

}  // namespace pongo

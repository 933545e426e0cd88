// An intrusive hash table of item pointers in cache-line buckets, which grows and shrinks a few buckets at a
// time.
//
// The table does not own its items. `Policy` tells of them: `std::uint64_t hash(const Item*) const` (the
// 64-bit hash under which it was inserted; keyed, and good in all bits) and `bool matches(const Item*,
// std::string_view key) const`.
//
// Words and invariants:
//  1. `main_` is the only array, except while the table moves from `old_` to it. Then the homes of `old_`
//  below `frontier_`
//     have moved: an item is in `main_` if its home in `old_` is below `frontier_`, and in `old_` otherwise.
//  2. The frontier only stands where no item spills over it: `old_[frontier_ - 1].passed == 0`.
//  3. An item sits in its home or in a following bucket, and every bucket before its own has counted it as
//  passed.
//  4. Each insert or erase moves a bounded number of buckets, enough to be done before the old array could
//  fill up.
//
// A scan cursor is a position in the order of hashes, so whatever is there throughout a scan is returned
// exactly once, however often the table grows or shrinks meanwhile.
//
// Thread rule: as a plain container, but for prefetch_bucket(), which may race with everything.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "base/random.h"
#include "structures/bucket_array.h"

namespace pongo {

template <typename Item, typename Policy>
class HashTable {
  public:
    explicit HashTable(Policy policy) : policy_(policy) {}

    std::uint64_t size() const { return size_; }
    std::size_t bytes() const { return main_.bytes() + old_.bytes(); }
    std::uint64_t slots() const { return main_.homes() * Bucket::kSlots; }
    bool moving() const { return !old_.empty(); }

    Item* find(std::uint64_t hash, std::string_view key) const {
        return find_where(hash, [&](const Item* item) { return policy_.matches(item, key); });
    }
    // The item that was inserted under this hash, whatever its key.
    Item* find_hashed(std::uint64_t hash) const {
        return find_where(hash, [&](const Item* item) { return policy_.hash(item) == hash; });
    }
    std::uint64_t hash_of(const Item* item) const { return policy_.hash(item); }

    // REQUIRES: no item of the same key is in the table.
    void insert(std::uint64_t hash, Item* item) {
        make_room();
        ++size_;
        if (!place(array_of(hash), hash, item)) rebuild_with(hash, item);
    }

    // REQUIRES: `item` is in the table under `hash`.
    void erase(std::uint64_t hash, const Item* item) {
        BucketArray& array = array_of(hash);
        const auto [index, slot] = locate(array, hash, item);
        array[index].clear(slot);
        for (std::uint64_t i = array.home(hash); i != index; ++i) array[i].uncount_passed();
        --size_;
        after_erase();
    }

    // REQUIRES: `before` is in the table under `hash`, and `after` has the same key.
    void replace(std::uint64_t hash, const Item* before, Item* after) {
        BucketArray& array = array_of(hash);
        const auto [index, slot] = locate(array, hash, before);
        array[index].set(slot, tag_of(hash), after);
    }

    // Moves a few buckets if the table is moving; false when there is nothing left to do. For idle moments.
    bool step(int runs) {
        while (moving() && runs-- > 0) move_run();
        return moving();
    }

    void prefetch_bucket(std::uint64_t hash) const { __builtin_prefetch(main_.bucket_address(hash)); }
    // Best after prefetch_bucket() has had time to work.
    void prefetch_item(std::uint64_t hash) const {
        const BucketArray& array = array_of(hash);
        const Bucket& bucket = array[array.home(hash)];
        const unsigned hits = bucket.match(tag_of(hash));
        if (hits == 0) return;
        prefetch_head(bucket.template item<Item>(Bucket::first_of(hits)));
    }

    // Calls visit(Item*) for every item of the next home at or after `cursor`, and returns the cursor to go
    // on with: 0 at the end. `visit` must not change the table. Cursors are below 2^44.
    template <typename Visit>
    std::uint64_t scan(std::uint64_t cursor, Visit&& visit) const {
        const std::uint64_t hash = cursor << (64 - BucketArray::kPositionBits);
        const BucketArray& array = array_of(hash);
        if (array.empty()) return 0;
        const std::uint64_t home = array.home(hash);
        if (home + kAhead < array.buckets()) prefetch_items(array[home + kAhead]);
        visit_home(array, home, [&](Item* item, std::uint64_t item_hash) {
            if (BucketArray::position(item_hash) >= cursor) visit(item);
        });
        std::uint64_t next = array.first_position(home + 1);
        // The home may reach beyond the frontier, even when it is the last one of its array.
        if (moving() && &array == &main_) next = std::min(next, old_.first_position(frontier_));
        return next >> BucketArray::kPositionBits != 0 ? 0 : next;
    }

    // Calls visit(Item*) for every item. `visit` may free the items, if the table is cleared next.
    template <typename Visit>
    void for_each(Visit&& visit) const {
        for (std::uint64_t i = frontier_; i < old_.buckets(); ++i) visit_bucket<Item>(old_[i], visit);
        for (std::uint64_t i = 0; i < main_.buckets(); ++i) visit_bucket<Item>(main_[i], visit);
    }

    // Each item with the same probability; nullptr if there is none.
    Item* random(Random& random) const {
        if (size_ == 0) return nullptr;
        const std::uint64_t old_buckets = old_.buckets() - frontier_;
        for (;;) {
            const std::uint64_t slot = random.below((old_buckets + main_.buckets()) * Bucket::kSlots);
            const std::uint64_t index = slot / Bucket::kSlots;
            const Bucket& bucket = index < old_buckets ? old_[frontier_ + index] : main_[index - old_buckets];
            const int in_bucket = static_cast<int>(slot % Bucket::kSlots);
            if (bucket.tags[in_bucket] != 0) return bucket.template item<Item>(in_bucket);
        }
    }

    // Calls visit(Item*) for the items of a few buckets that follow one another, from a random one on: for at
    // least `least` of them, if there are so many. All items have about the same chance to be among them.
    template <typename Visit>
    void sample(Random& random, std::uint64_t least, Visit&& visit) const {
        if (size_ == 0) return;
        const std::uint64_t old_buckets = old_.buckets() - frontier_;
        const std::uint64_t buckets = old_buckets + filled_buckets();
        std::uint64_t index = random.below(buckets);
        std::uint64_t visited = 0;
        for (std::uint64_t i = 0; i < buckets && visited < least; ++i) {
            const Bucket& bucket = index < old_buckets ? old_[frontier_ + index] : main_[index - old_buckets];
            prefetch_items(bucket);
            visit_bucket<Item>(bucket, visit);
            visited += static_cast<std::uint64_t>(std::popcount(bucket.used_slots()));
            if (++index == buckets) index = 0;
        }
    }

    // Prepares for `items` items, so that filling up to them never moves anything. REQUIRES: the table is
    // empty.
    void reserve(std::uint64_t items) {
        DCHECK(size_ == 0);
        drop_arrays();
        main_ = BucketArray(homes_for(items));
    }

    // Forgets the items (it does not own them) and frees the arrays.
    void clear() {
        drop_arrays();
        size_ = 0;
    }

    void swap(HashTable& other) noexcept {
        std::swap(main_, other.main_);
        std::swap(old_, other.old_);
        std::swap(frontier_, other.frontier_);
        std::swap(size_, other.size_);
    }

    // Verifies the invariants, for tests: throws nothing, returns whether all of them hold.
    bool valid() const {
        std::uint64_t counted = 0;
        bool found = true;
        for_each([&](Item* item) {
            ++counted;
            const std::uint64_t hash = policy_.hash(item);
            found = found && contains(array_of(hash), hash, item);
        });
        return found && counted == size_ && counts_passed_right(old_, frontier_) &&
               counts_passed_right(main_, 0);
    }

  private:
    static constexpr std::size_t kLine = 64;       // Small items begin on one line and end on the next.
    static constexpr std::uint64_t kSpilled = 16;  // No item is further from its home, or hardly any.
    // Who goes from bucket to bucket has the items of this one on their way already.
    static constexpr std::uint64_t kAhead = 3;

    struct Place {
        std::uint64_t index;
        int slot;
    };

    static std::uint8_t tag_of(std::uint64_t hash) {
        const auto tag = static_cast<std::uint8_t>(hash);
        return tag == 0 ? 1 : tag;
    }

    // Full at 85 %: above that, look-ups of absent keys start to visit several buckets.
    static std::uint64_t full_at(std::uint64_t homes) { return homes * Bucket::kSlots * 17 / 20; }
    // Sparse at 25 %, and then 60 % full after shrinking, so that a few inserts don't grow it again.
    static std::uint64_t sparse_at(std::uint64_t homes) { return homes * Bucket::kSlots / 4; }
    static std::uint64_t homes_for(std::uint64_t items) { return items * 5 / (Bucket::kSlots * 3) + 1; }

    template <typename Matches>
    Item* find_where(std::uint64_t hash, Matches&& matches) const {
        const BucketArray& array = array_of(hash);
        for (std::uint64_t index = array.home(hash);; ++index) {
            const Bucket& bucket = array[index];
            for (unsigned hits = bucket.match(tag_of(hash)); hits != 0; hits &= hits - 1) {
                Item* item = bucket.template item<Item>(Bucket::first_of(hits));
                if (matches(item)) return item;
            }
            if (bucket.passed == 0) return nullptr;
        }
    }

    // Of main_: while the table moves, there is nothing behind them but what has spilled over.
    std::uint64_t filled_buckets() const {
        if (!moving()) return main_.buckets();
        return std::min(main_.buckets(), frontier_ * main_.homes() / old_.homes() + kSpilled);
    }

    const BucketArray& array_of(std::uint64_t hash) const {
        return moving() && old_.home(hash) >= frontier_ ? old_ : main_;
    }
    BucketArray& array_of(std::uint64_t hash) {
        return const_cast<BucketArray&>(std::as_const(*this).array_of(hash));
    }

    // False when even the spill buckets behind the last home are full.
    static bool place(BucketArray& array, std::uint64_t hash, Item* item) {
        const std::uint64_t home = array.home(hash);
        std::uint64_t index = home;
        unsigned free = 0;
        while (index < array.buckets() && (free = array[index].free_slots()) == 0) ++index;
        if (index >= array.buckets()) return false;
        array[index].set(Bucket::first_of(free), tag_of(hash), item);
        for (std::uint64_t i = home; i != index; ++i) array[i].count_passed();
        return true;
    }

    static bool contains(const BucketArray& array, std::uint64_t hash, const Item* item) {
        for (std::uint64_t index = array.home(hash);; ++index) {
            for (unsigned hits = array[index].match(tag_of(hash)); hits != 0; hits &= hits - 1) {
                if (array[index].template item<Item>(Bucket::first_of(hits)) == item) return true;
            }
            if (array[index].passed == 0) return false;
        }
    }

    // Invariant 3, for the buckets from `first` on.
    bool counts_passed_right(const BucketArray& array, std::uint64_t first) const {
        std::vector<std::uint64_t> passed(array.buckets());
        for (std::uint64_t i = first; i < array.buckets(); ++i) {
            visit_bucket<Item>(array[i], [&](const Item* item) {
                for (std::uint64_t home = array.home(policy_.hash(item)); home < i; ++home) ++passed[home];
            });
        }
        for (std::uint64_t i = first; i < array.buckets(); ++i) {
            if (array[i].passed != Bucket::kPassedMany && array[i].passed != passed[i]) return false;
        }
        return true;
    }

    static Place locate(const BucketArray& array, std::uint64_t hash, const Item* item) {
        for (std::uint64_t index = array.home(hash);; ++index) {
            const Bucket& bucket = array[index];
            for (unsigned hits = bucket.match(tag_of(hash)); hits != 0; hits &= hits - 1) {
                const int slot = Bucket::first_of(hits);
                if (bucket.template item<Item>(slot) == item) return {index, slot};
            }
            CHECK(bucket.passed != 0);
        }
    }

    template <typename T, typename Visit>
    static void visit_bucket(const Bucket& bucket, Visit&& visit) {
        for (unsigned used = bucket.used_slots(); used != 0; used &= used - 1) {
            visit(bucket.template item<T>(Bucket::first_of(used)));
        }
    }

    static void prefetch_head(const Item* item) {
        const char* const bytes = reinterpret_cast<const char*>(item);
        __builtin_prefetch(bytes);
        __builtin_prefetch(bytes + kLine);
    }
    static void prefetch_items(const Bucket& bucket) { visit_bucket<Item>(bucket, prefetch_head); }

    template <typename Visit>
    void visit_home(const BucketArray& array, std::uint64_t home, Visit&& visit) const {
        for (std::uint64_t index = home;; ++index) {
            visit_bucket<Item>(array[index], [&](Item* item) {
                const std::uint64_t hash = policy_.hash(item);
                if (array.home(hash) == home) visit(item, hash);
            });
            if (array[index].passed == 0 || index + 1 == array.buckets()) return;
        }
    }

    void make_room() {
        if (moving()) {
            step(1);
        } else if (size_ + 1 > full_at(main_.homes())) {
            const std::uint64_t homes = main_.homes();
            start_moving(homes < 64 ? std::max<std::uint64_t>(1, homes * 2) : homes + homes / 2);
        }
    }

    void after_erase() {
        if (size_ == 0) {
            drop_arrays();
        } else if (moving()) {
            step(1);
        } else if (size_ < sparse_at(main_.homes()) && homes_for(size_) < main_.homes()) {
            start_moving(homes_for(size_));
        }
    }

    void start_moving(std::uint64_t homes) {
        if (size_ == 0) {
            main_ = BucketArray(homes);
            return;
        }
        // So that what is in use does not jump, though the array is there at once.
        old_ = std::exchange(main_, BucketArray(homes, BucketArray::Counted::AsItFills));
        frontier_ = 0;
    }

    // Moves the homes from the frontier to the next place over which nothing spills.
    void move_run() {
        bool spills = true;
        while (spills && frontier_ < old_.buckets()) {
            if (frontier_ + kAhead < old_.buckets()) prefetch_items(old_[frontier_ + kAhead]);
            const Bucket& bucket = old_[frontier_];
            visit_bucket<Item>(bucket, [&](Item* item) {
                const std::uint64_t hash = policy_.hash(item);
                if (!place(main_, hash, item)) overflow_.push_back({hash, item});
            });
            spills = bucket.passed != 0;
            ++frontier_;
        }
        if (frontier_ >= old_.homes()) {
            old_ = BucketArray();
            frontier_ = 0;
            main_.count_all();
        } else {
            old_.release_before(frontier_);
            main_.count_before(frontier_ * main_.homes() / old_.homes());
        }
        if (!overflow_.empty()) rebuild();
    }

    // The spill buckets at the end are full: hashes that are not random. Correct, but not incremental.
    void rebuild_with(std::uint64_t hash, Item* item) {
        overflow_.push_back({hash, item});
        rebuild();
    }

    void rebuild() {
        std::vector<std::pair<std::uint64_t, Item*>> items = std::exchange(overflow_, {});
        for_each([&](Item* item) { items.push_back({policy_.hash(item), item}); });
        std::uint64_t homes = main_.homes();
        bool placed = false;
        while (!placed) {
            homes *= 2;
            main_ = BucketArray(homes);
            placed = std::all_of(items.begin(), items.end(),
                                 [&](const auto& each) { return place(main_, each.first, each.second); });
        }
        old_ = BucketArray();
        frontier_ = 0;
    }

    void drop_arrays() {
        main_ = BucketArray();
        old_ = BucketArray();
        frontier_ = 0;
    }

    [[no_unique_address]] Policy policy_;
    BucketArray main_;
    BucketArray old_;
    std::uint64_t frontier_ = 0;
    std::uint64_t size_ = 0;
    std::vector<std::pair<std::uint64_t, Item*>> overflow_;  // Empty but for a moment within move_run().
};

}  // namespace pongo

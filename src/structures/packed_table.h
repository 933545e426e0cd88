// A set of byte strings, each with a value (another byte string, often empty), packed into pages: no item has
// a heap block of its own, and nothing is ever moved all at once.
//
// Linear hashing, after Litwin, "Linear hashing: a new tool for file and table addressing" (1980). Words and
// invariants:
//  1. Of n pages, 2^L <= n < 2^(L+1), the first s = n - 2^L have been split (page s is the next to be). They
//     and the last s cover the hashes that end with the L+1 bits of their index, the others those that end
//     with its L bits.
//  2. (n - 1) * kSparseLoad <= items <= n * kTargetLoad. An insert that brings a table over its upper bound
//     splits page s; an erase that brings it below the lower one merges the last page into the one it was
//     split from. An empty table has no pages, and no memory.
//  3. The *position* of an item is the last 44 bits of its hash, read backwards. In the order of positions a
//     page covers one interval, and a split cuts it in the middle.
//
// A scan cursor is a position, so whatever is there throughout a scan is returned exactly once, however often
// pages split and merge meanwhile.
//
// Views into the table are good until it changes. Keys and values given to it must not be such views.
//
// *Regions* are the pages that a table would have if there were so many of them: which one an item is in
// stays the same while pages split and merge. They serve those who go through all items piece by piece, and
// have to know which piece is about to change.
//
// Thread rule: as a plain container.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/random.h"
#include "base/siphash.h"
#include "structures/packed_page.h"

namespace pongo {

// An array of pages that changes at its end only, in chunks that stay where they are. The first chunk grows
// and shrinks by doubling, so that a small directory is small.
class PageDirectory {
  public:
    std::uint64_t size() const { return size_; }
    std::size_t bytes() const;

    PackedPage& operator[](std::uint64_t index) { return chunks_[index / kChunk][index % kChunk]; }
    const PackedPage& operator[](std::uint64_t index) const {
        return chunks_[index / kChunk][index % kChunk];
    }

    // Makes the next push_back() safe from running out of memory.
    void make_room();
    // REQUIRES: make_room().
    void push_back(PackedPage page) noexcept;
    void pop_back();
    void clear();
    void swap(PageDirectory& other) noexcept;

  private:
    static constexpr std::uint64_t kChunk = 4096;

    std::vector<std::vector<PackedPage>> chunks_;
    std::uint64_t size_ = 0;
};

class PackedTable;

// Is told of what happens to the items of a table. Thread rule: as the table.
class TableWatcher {
  public:
    // Some item of this hash is about to come, to go, or to change. It may throw std::bad_alloc: then nothing
    // changes.
    virtual void before_change(std::uint64_t hash) = 0;
    // The items are in this table from now on.
    virtual void moved_to(const PackedTable& table) = 0;

  protected:
    ~TableWatcher() = default;
};

class PackedTable {
  public:
    struct Item {
        std::string_view key;
        std::string_view value;
    };

    static constexpr int kPositionBits = 44;

    // The secret must outlive the table.
    explicit PackedTable(const HashSecret* secret) : secret_(secret) {}
    PackedTable(PackedTable&& other) noexcept : secret_(other.secret_) { swap(other); }
    PackedTable& operator=(PackedTable&& other) noexcept {
        PackedTable(std::move(other)).swap(*this);
        return *this;
    }
    ~PackedTable() { DCHECK(!watcher_); }

    std::uint64_t size() const { return size_; }
    // All that the table has on the heap.
    std::size_t bytes() const { return page_bytes_ + pages_.bytes(); }
    std::uint64_t pages() const { return pages_.size(); }

    // The value of a key.
    std::optional<std::string_view> find(std::string_view key) const { return find(key, hash(key)); }
    // REQUIRES: this is the key's hash.
    std::optional<std::string_view> find(std::string_view key, std::uint64_t hash) const;
    bool contains(std::string_view key) const { return find(key).has_value(); }

    // For those who remember the hash of an item instead of its key: the item, if only one is in the page
    // that the hash leads to and has its tag ...
    std::optional<Item> only_like(std::uint64_t hash) const {
        PackedPage::Item item;
        if (pages_[page_of(hash)].find_tagged(tag_of(hash), item) != 1) return std::nullopt;
        return Item{item.key, item.value};
    }
    // ... and all such items. Of the hash, the highest 8 bits count, and those of a page index.
    // REQUIRES for these three: not empty.
    template <typename Visit>
    void for_each_like(std::uint64_t hash, Visit&& visit) const {
        const PackedPage& page = pages_[page_of(hash)];
        page.for_each([&](const PackedPage::Item& item) {
            if (page.tag(item.index) == tag_of(hash)) visit(Item{item.key, item.value});
        });
    }
    void prefetch(std::uint64_t hash) const { pages_[page_of(hash)].prefetch(); }
    std::uint64_t hash(std::string_view key) const { return siphash13(key, *secret_); }

    // Tells a watcher of changes, or nobody any more. It goes along with the items when they are swapped with
    // those of another table. REQUIRES: there is none when the table is cleared or destroyed.
    void watch(TableWatcher* watcher) {
        watcher_ = watcher;
        if (watcher) watcher->moved_to(*this);
    }
    TableWatcher* watcher() const { return watcher_; }
    // To be called before a value is changed through value_data(), or something elsewhere that belongs to an
    // item of this hash.
    void announce(std::uint64_t hash) const {
        if (watcher_) [[unlikely]]
            watcher_->before_change(hash);
    }
    void announce(std::string_view key) const {
        if (watcher_) [[unlikely]]
            watcher_->before_change(hash(key));
    }

    // Of so many regions, the one that items of this hash are in. REQUIRES: there are some.
    static std::uint64_t region_of(std::uint64_t hash, std::uint64_t regions) {
        const std::uint64_t low = (std::uint64_t{2} << (std::bit_width(regions) - 1)) - 1;
        const std::uint64_t index = hash & low;
        return index < regions ? index : hash & low >> 1;
    }
    // Calls visit(key, value) for every item of a region. It takes the longer the more pages there are for a
    // region, or the more regions for a page.
    template <typename Visit>
    void for_each_in_region(std::uint64_t region, std::uint64_t regions, Visit&& visit) const {
        if (size_ == 0) return;
        if (pages_.size() < regions) {
            pages_[page_of(region)].for_each([&](const PackedPage::Item& item) {
                if (region_of(hash(item.key), regions) == region) visit(item.key, item.value);
            });
            return;
        }
        const std::uint64_t step = std::uint64_t{1} << bits_of(region, regions);
        for (std::uint64_t i = region; i < pages_.size(); i += step) {
            pages_[i].for_each([&](const PackedPage::Item& item) { visit(item.key, item.value); });
        }
    }

    // An equal table of its own, unwatched.
    PackedTable copy() const;

    // True if the key is new; otherwise its value is replaced.
    bool put(std::string_view key, std::string_view value);
    // REQUIRES: the key is not there, and this is its hash.
    void add(std::string_view key, std::string_view value, std::uint64_t hash);
    // The value of a key, to be changed in place. REQUIRES: nobody watches the table.
    std::optional<std::span<char>> find_mutable(std::string_view key) {
        const auto value = find(key);
        return value ? std::optional(std::span<char>(value_data(*value), value->size())) : std::nullopt;
    }
    // What find() returned, likewise.
    static char* value_data(std::string_view value) { return const_cast<char*>(value.data()); }
    // False if the key was not there.
    bool erase(std::string_view key) { return erase(key, hash(key)); }
    // REQUIRES: this is the key's hash.
    bool erase(std::string_view key, std::uint64_t hash);
    void clear();
    void swap(PackedTable& other) noexcept;

    // Calls visit(key, value) for every item.
    template <typename Visit>
    void for_each(Visit&& visit) const {
        for (std::uint64_t i = 0; i < pages_.size(); ++i) {
            if (i + kAhead < pages_.size()) pages_[i + kAhead].prefetch();
            pages_[i].for_each([&](const PackedPage::Item& item) { visit(item.key, item.value); });
        }
    }

    // The same until visit() returns false.
    template <typename Visit>
    void for_each_while(Visit&& visit) const {
        bool more = true;
        for (std::uint64_t i = 0; more && i < pages_.size(); ++i) {
            if (i + kAhead < pages_.size()) pages_[i + kAhead].prefetch();
            pages_[i].for_each(
                [&](const PackedPage::Item& item) { more = more && visit(item.key, item.value); });
        }
    }

    // Each item with the same probability; nothing if there is none.
    std::optional<Item> random(Random& random) const;
    // Several different items, every choice of so many with the same probability. It takes the longer the
    // nearer `count` comes to size(). REQUIRES: count <= size().
    std::vector<Item> sample(std::uint64_t count, Random& random) const;

    // Calls visit(key, value) for every item of the next page at or after `cursor`, and returns the cursor to
    // go on with: 0 at the end. `visit` must not change the table. REQUIRES: cursor < 2^44.
    template <typename Visit>
    std::uint64_t scan(std::uint64_t cursor, Visit&& visit) const {
        if (size_ == 0) return 0;
        const std::uint64_t index = page_of(hash_at(cursor));
        const bool all = cursor == position(index);
        pages_[index].for_each([&](const PackedPage::Item& item) {
            if (all || position(hash(item.key)) >= cursor) visit(item.key, item.value);
        });
        const std::uint64_t next = position(index) + (std::uint64_t{1} << (kPositionBits - bits_of(index)));
        if (next == std::uint64_t{1} << kPositionBits) return 0;
        pages_[page_of(hash_at(next))].prefetch();
        return next;
    }

    // Verifies the invariants, for tests.
    bool valid() const;

  private:
    static constexpr std::uint64_t kTargetLoad = 12;  // Items per page.
    static constexpr std::uint64_t kSparseLoad = 8;
    static constexpr std::uint64_t kAhead = 4;  // Pages, enough for the first to have arrived.

    // From the other end than page_of() takes.
    static std::uint8_t tag_of(std::uint64_t hash) { return static_cast<std::uint8_t>(hash >> 56); }

    static std::uint64_t reversed(std::uint64_t bits) {
        bits = (bits >> 1 & 0x5555555555555555) | (bits & 0x5555555555555555) << 1;
        bits = (bits >> 2 & 0x3333333333333333) | (bits & 0x3333333333333333) << 2;
        bits = (bits >> 4 & 0x0f0f0f0f0f0f0f0f) | (bits & 0x0f0f0f0f0f0f0f0f) << 4;
        return __builtin_bswap64(bits);
    }
    static std::uint64_t position(std::uint64_t hash) { return reversed(hash) >> (64 - kPositionBits); }
    // A hash of this position.
    static std::uint64_t hash_at(std::uint64_t position) {
        return reversed(position << (64 - kPositionBits));
    }

    // REQUIRES for these four: there are pages.
    int level() const { return std::bit_width(pages_.size()) - 1; }
    std::uint64_t page_of(std::uint64_t hash) const { return region_of(hash, pages_.size()); }
    // How many bits of its index the hashes of a page end with, or of one of so many regions.
    int bits_of(std::uint64_t index) const { return bits_of(index, pages_.size()); }
    static int bits_of(std::uint64_t index, std::uint64_t regions) {
        const int level = std::bit_width(regions) - 1;
        const std::uint64_t unsplit_end = std::uint64_t{1} << level;
        const bool was_split = index < regions - unsplit_end || index >= unsplit_end;
        return level + (was_split ? 1 : 0);
    }
    // The page that page `index` was split from.
    static std::uint64_t parent_of(std::uint64_t index) { return index - std::bit_floor(index); }

    bool locate(std::string_view key, std::uint64_t hash, PackedPage::Item& item) const;
    void split_next();
    void merge_last();
    void note_count(const PackedPage& page);
    void forget_items();
    bool page_valid(std::uint64_t index) const;

    const HashSecret* secret_;
    PageDirectory pages_;
    std::uint64_t size_ = 0;
    std::size_t page_bytes_ = 0;
    std::uint64_t highest_count_ = 0;  // That a page has had since the table was last empty.
    TableWatcher* watcher_ = nullptr;
};

}  // namespace pongo

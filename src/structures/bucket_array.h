// The memory of a hash table: cache-line buckets of nine item pointers, each with one byte of its item's
// hash.
//
//   byte   0        1..9          10..63
//        passed   tags[9]   nine pointers of 48 bits
//
// Words: the *home* of an item is the bucket that its hash names; when that is full, the item goes to the
// nearest following bucket with room, and every full bucket that it passed counts it in `passed`. A tag of 0
// is a free slot.
//
// Homes keep the order of the hashes (home = position * homes / 2^44), so an array of any other number of
// homes holds the same items in the same order. That is what lets a table grow by half, move home by home,
// and be scanned across sizes.
#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "base/check.h"

namespace pongo {

struct alignas(64) Bucket {
    static constexpr int kSlots = 9;
    static constexpr int kPointerBytes = 6;
    static constexpr std::uint8_t kPassedMany = 255;  // Sticky: no longer counted down.

    std::uint8_t passed;
    std::uint8_t tags[kSlots];
    std::uint8_t pointers[kSlots * kPointerBytes];

    // A set bit per slot whose tag is `tag`, lowest slot first.
    unsigned match(std::uint8_t tag) const {
#if defined(__SSE2__)
        const __m128i head = _mm_load_si128(reinterpret_cast<const __m128i*>(this));
        const auto equal = _mm_cmpeq_epi8(head, _mm_set1_epi8(static_cast<char>(tag)));
        return (static_cast<unsigned>(_mm_movemask_epi8(equal)) >> 1) & ((1U << kSlots) - 1);
#else
        unsigned mask = 0;
        for (int slot = 0; slot < kSlots; ++slot) mask |= static_cast<unsigned>(tags[slot] == tag) << slot;
        return mask;
#endif
    }
    // The first slot of a mask. REQUIRES: mask != 0, which std::countr_zero would not let the compiler
    // assume.
    static int first_of(unsigned mask) {
        return __builtin_ctz(mask);
    }
    unsigned free_slots() const {
        return match(0);
    }
    unsigned used_slots() const {
        return ~free_slots() & ((1U << kSlots) - 1);
    }

    template <typename Item>
    Item* item(int slot) const {
        std::uint64_t address = 0;
        std::memcpy(&address, pointers + slot * kPointerBytes, kPointerBytes);
        return reinterpret_cast<Item*>(address);
    }
    void set(int slot, std::uint8_t tag, const void* item) {
        const auto address = reinterpret_cast<std::uint64_t>(item);
        DCHECK(address >> 48 == 0);
        tags[slot] = tag;
        std::memcpy(pointers + slot * kPointerBytes, &address, kPointerBytes);
    }
    void clear(int slot) {
        tags[slot] = 0;
    }
    void count_passed() {
        if (passed != kPassedMany) ++passed;
    }
    void uncount_passed() {
        if (passed != kPassedMany) --passed;
    }
};
static_assert(sizeof(Bucket) == 64);
static_assert(std::endian::native == std::endian::little, "Bucket packs pointers in little-endian order");

// Thread rule: as a plain container, except that bucket_address() may be called while another thread changes
// the array; what it returns is then only good for a prefetch.
class BucketArray {
  public:
    static constexpr int kPositionBits = 44;

    // Whether its memory is counted as used at once, or as it is filled from the beginning on.
    enum class Counted : std::uint8_t { AtOnce, AsItFills };

    BucketArray();
    explicit BucketArray(std::uint64_t homes, Counted counted = Counted::AtOnce);
    BucketArray(BucketArray&& other) noexcept;
    BucketArray& operator=(BucketArray&& other) noexcept;
    ~BucketArray();

    static std::uint64_t position(std::uint64_t hash) { return hash >> (64 - kPositionBits); }

    std::uint64_t homes() const { return homes_.load(std::memory_order_relaxed); }
    // With the spill buckets behind the last home.
    std::uint64_t buckets() const { return buckets_; }
    std::size_t bytes() const { return (buckets_ - released_) * sizeof(Bucket); }
    bool empty() const { return buckets_ == 0; }

    std::uint64_t home(std::uint64_t hash) const {
        return scale(position(hash) << (64 - kPositionBits), homes());
    }
    // The lowest position whose home is `home`.
    std::uint64_t first_position(std::uint64_t home) const;

    Bucket& operator[](std::uint64_t index) { return base()[index]; }
    const Bucket& operator[](std::uint64_t index) const { return base()[index]; }
    const void* bucket_address(std::uint64_t hash) const { return base() + home(hash); }

    // Gives the memory of the buckets below `index` back to the system, in large pieces. They are not to be
    // touched again.
    void release_before(std::uint64_t index);
    // For Counted::AsItFills: what is in front of that bucket is in use from now on.
    void count_before(std::uint64_t index);
    void count_all() { count_before(buckets_); }

  private:
    __extension__ using Wide = unsigned __int128;

    static std::uint64_t scale(std::uint64_t fraction, std::uint64_t range) {
        return static_cast<std::uint64_t>((static_cast<Wide>(fraction) * range) >> 64);
    }
    Bucket* base() const { return base_.load(std::memory_order_relaxed); }
    void swap(BucketArray& other) noexcept;

    std::atomic<Bucket*> base_;
    std::atomic<std::uint64_t> homes_{0};
    std::uint64_t buckets_ = 0;
    std::uint64_t released_ = 0;
    std::size_t counted_bytes_ = 0;  // Of mapped memory, without what was released.
};

}  // namespace pongo

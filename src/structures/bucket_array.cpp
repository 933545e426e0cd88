#include "structures/bucket_array.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <new>

#include "base/memory_usage.h"

namespace pongo {
namespace {

// An array without memory reads as this one free bucket, so that a look-up needs no special case.
alignas(64) Bucket no_bucket{};

// From this size on an array is mapped by itself: untouched pages cost nothing, and moved ones can be given
// back. In ordinary pages: huge ones gained nothing measurable, as buckets are fetched ahead, and the first
// touch of one stops the thread for 0.2 ms, or for 6 ms in a virtual machine whose host has to find it first.
constexpr std::size_t kMapFrom = std::size_t{256} << 10;
constexpr std::size_t kPieceBytes = std::size_t{2} << 20;
// What is filled step by step is counted in steps of that size.
constexpr std::size_t kCountedStep = std::size_t{64} << 10;

std::uint64_t spill_buckets(std::uint64_t homes) {
    return homes < 32 ? 1 + homes / 4 : 16;
}

std::size_t page_round(std::size_t bytes) {
    return (bytes + 4095) & ~std::size_t{4095};
}

Bucket* allocate(std::size_t bytes) {
    if (bytes < kMapFrom) {
        void* memory = std::aligned_alloc(alignof(Bucket), bytes);
        if (!memory) throw std::bad_alloc();
        return static_cast<Bucket*>(std::memset(memory, 0, bytes));
    }
    const std::size_t mapped = page_round(bytes);
    void* memory = mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc();
    return static_cast<Bucket*>(memory);
}

}  // namespace

BucketArray::BucketArray() : base_(&no_bucket) {}

BucketArray::BucketArray(std::uint64_t homes, Counted counted)
    : homes_(homes), buckets_(homes + spill_buckets(homes)) {
    base_.store(allocate(buckets_ * sizeof(Bucket)), std::memory_order_relaxed);
    if (counted == Counted::AtOnce) count_all();
}

BucketArray::BucketArray(BucketArray&& other) noexcept : BucketArray() {
    swap(other);
}

BucketArray& BucketArray::operator=(BucketArray&& other) noexcept {
    BucketArray taken(std::move(other));
    swap(taken);
    return *this;
}

BucketArray::~BucketArray() {
    if (empty()) return;
    const std::size_t total = buckets_ * sizeof(Bucket);
    if (total < kMapFrom) {
        std::free(base());
        return;
    }
    const std::size_t released = released_ * sizeof(Bucket);
    munmap(reinterpret_cast<char*>(base()) + released, page_round(total) - released);
    count_mapped_memory(-static_cast<std::int64_t>(counted_bytes_));
}

void BucketArray::swap(BucketArray& other) noexcept {
    Bucket* const base_before = base();
    const std::uint64_t homes_before = homes();
    base_.store(other.base(), std::memory_order_relaxed);
    homes_.store(other.homes(), std::memory_order_relaxed);
    other.base_.store(base_before, std::memory_order_relaxed);
    other.homes_.store(homes_before, std::memory_order_relaxed);
    std::swap(buckets_, other.buckets_);
    std::swap(released_, other.released_);
    std::swap(counted_bytes_, other.counted_bytes_);
}

std::uint64_t BucketArray::first_position(std::uint64_t home) const {
    const Wide numerator = (static_cast<Wide>(home) << kPositionBits) + homes() - 1;
    return static_cast<std::uint64_t>(numerator / homes());
}

void BucketArray::release_before(std::uint64_t index) {
    constexpr std::uint64_t kPiece = kPieceBytes / sizeof(Bucket);
    if (buckets_ * sizeof(Bucket) < kMapFrom || index < released_ + kPiece) return;
    const std::uint64_t piece = (index - released_) / kPiece * kPiece;
    const std::size_t bytes = piece * sizeof(Bucket);
    munmap(base() + released_, bytes);
    released_ += piece;
    // One that was still being filled has counted less.
    const std::size_t uncounted = std::min(bytes, counted_bytes_);
    counted_bytes_ -= uncounted;
    count_mapped_memory(-static_cast<std::int64_t>(uncounted));
}

void BucketArray::count_before(std::uint64_t index) {
    const std::size_t total = buckets_ * sizeof(Bucket);
    if (total < kMapFrom) return;
    const std::size_t all = page_round(total) - released_ * sizeof(Bucket);
    const std::size_t filled = index >= buckets_ ? all : std::min(index * sizeof(Bucket), all);
    if (filled < counted_bytes_ + kCountedStep && filled != all) return;
    if (filled <= counted_bytes_) return;
    count_mapped_memory(static_cast<std::int64_t>(filled - counted_bytes_));
    counted_bytes_ = filled;
}

}  // namespace pongo

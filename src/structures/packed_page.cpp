#include "structures/packed_page.h"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <cstring>
#include <new>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "base/blob.h"
#include "base/check.h"
#include "base/memory_usage.h"
#include "structures/packed_length.h"

namespace pongo {
namespace {

constexpr std::uint32_t kOutside = PackedPage::kInlineBytes + 1;  // The length that stands for a Blob.
constexpr std::size_t kTagsAtOnce = 16;
constexpr std::size_t kSmallestBlock = 16;  // So that a load of 16 tags stays within it.
constexpr std::size_t kLargestBlock = std::size_t{UINT16_MAX} * 8;

static_assert(kOutside <= kMaxPackedLength);

constexpr std::uint32_t bytes_of_part(std::uint32_t length) {
    return length == kOutside ? sizeof(Blob*) : length;
}

Blob* read_blob(const char* from) {
    Blob* blob;
    std::memcpy(&blob, from, sizeof(blob));
    return blob;
}

std::string_view read_part(const char* from, std::uint32_t length) {
    return length == kOutside ? read_blob(from)->view() : std::string_view(from, length);
}

// How an item begins: its lengths, and where the bytes stand.
struct Head {
    explicit Head(const char* from) : item(from), key(from) {
        key_length = read_length(key);
        value_length = read_length(key);
    }
    const char* value() const { return key + bytes_of_part(key_length); }
    const char* end() const { return value() + bytes_of_part(value_length); }
    std::size_t size() const { return static_cast<std::size_t>(end() - item); }
    bool has_blobs() const { return key_length == kOutside || value_length == kOutside; }

    const char* item;
    const char* key;
    std::uint32_t key_length;
    std::uint32_t value_length;
};

std::size_t blob_bytes(const Head& head) {
    std::size_t bytes = 0;
    if (head.key_length == kOutside) bytes += allocation_size(read_blob(head.key));
    if (head.value_length == kOutside) bytes += allocation_size(read_blob(head.value()));
    return bytes;
}

void drop_blobs(const Head& head) {
    if (head.key_length == kOutside) read_blob(head.key)->drop_reference();
    if (head.value_length == kOutside) read_blob(head.value())->drop_reference();
}

// A key or a value on its way into a page. Its blob is allocated before anything changes.
class Part {
  public:
    explicit Part(std::string_view bytes) : bytes_(bytes) {
        if (bytes.size() > PackedPage::kInlineBytes) blob_ = BlobRef::copy_of(bytes);
    }

    bool is_blob() const { return static_cast<bool>(blob_); }
    std::uint32_t length() const { return is_blob() ? kOutside : static_cast<std::uint32_t>(bytes_.size()); }
    // In the page, with the length.
    std::uint32_t size() const { return bytes_of_length(length()) + bytes_of_part(length()); }

    // Once: the page owns the blob from then on.
    char* write(char* to, std::size_t& bytes) {
        if (!is_blob()) return to + bytes_.copy(to, bytes_.size());
        Blob* blob = blob_.release();
        bytes += allocation_size(blob);
        std::memcpy(to, &blob, sizeof(blob));
        return to + sizeof(blob);
    }

  private:
    std::string_view bytes_;
    BlobRef blob_;
};

// nullptr if there is no memory. Not inlined, lest the compiler conclude that nothing behind the `size` asked
// for may be touched: the page uses all that the allocator set aside.
[[gnu::noinline]] char* reallocate(char* block, std::size_t size) {
    const std::size_t words = (std::max(size, kSmallestBlock) + 7) / 8;
    return static_cast<char*>(std::realloc(block, words * 8));
}

}  // namespace

PackedPage::~PackedPage() {
    if (!block_) return;
    if (header().may_have_blobs) {
        for_each([this](const Item& item) { drop_blobs(Head(block_ + item.offset)); });
    }
    std::free(block_);
}

std::size_t PackedPage::bytes() const {
    std::size_t bytes = capacity();
    for_each([&](const Item& item) { bytes += blob_bytes(Head(block_ + item.offset)); });
    return bytes;
}

std::uint32_t PackedPage::read(Item& item) const {
    const Head head(block_ + item.offset);
    item.key = read_part(head.key, head.key_length);
    item.value = read_part(head.value(), head.value_length);
    return static_cast<std::uint32_t>(head.end() - block_);
}

// The highest bit of the 16 stands for the item at `first`.
unsigned PackedPage::match(std::size_t first, std::uint8_t tag) const {
    const char* lowest = tag_at(first + kTagsAtOnce - 1);
#if defined(__SSE2__)
    const __m128i all = _mm_loadu_si128(reinterpret_cast<const __m128i*>(lowest));
    const __m128i equal = _mm_cmpeq_epi8(all, _mm_set1_epi8(static_cast<char>(tag)));
    const auto mask = static_cast<unsigned>(_mm_movemask_epi8(equal));
#else
    unsigned mask = 0;
    for (std::size_t i = 0; i < kTagsAtOnce; ++i) {
        mask |= static_cast<unsigned>(static_cast<std::uint8_t>(lowest[i]) == tag) << i;
    }
#endif
    const std::size_t left = count() - first;
    return left >= kTagsAtOnce ? mask : mask & (0xffffU << (kTagsAtOnce - left));
}

bool PackedPage::find(std::uint8_t tag, std::string_view key, Item& item) const {
    if (!block_) return false;
    const char* at = block_ + kHeader;
    std::size_t index = 0;
    for (std::size_t first = 0; first < count(); first += kTagsAtOnce) {
        for (unsigned hits = match(first, tag); hits != 0;) {
            const auto bit = std::bit_width(hits) - 1;
            const std::size_t hit = first + kTagsAtOnce - 1 - static_cast<std::size_t>(bit);
            for (; index < hit; ++index) at = Head(at).end();
            item.offset = static_cast<std::uint32_t>(at - block_);
            item.index = static_cast<std::uint32_t>(index);
            read(item);
            if (item.key == key) return true;
            hits &= ~(1U << bit);
        }
    }
    return false;
}

std::size_t PackedPage::find_tagged(std::uint8_t tag, Item& item) const {
    std::size_t found = 0;
    for (std::size_t first = 0; first < count(); first += kTagsAtOnce) {
        const unsigned hits = match(first, tag);
        if (hits == 0) continue;
        if (found == 0) item = at(first + kTagsAtOnce - static_cast<std::size_t>(std::bit_width(hits)));
        found += static_cast<std::size_t>(std::popcount(hits));
    }
    return found;
}

PackedPage::Item PackedPage::at(std::size_t index) const {
    DCHECK(index < count());
    const char* at = block_ + kHeader;
    for (std::size_t i = 0; i < index; ++i) at = Head(at).end();
    Item item;
    item.offset = static_cast<std::uint32_t>(at - block_);
    item.index = static_cast<std::uint32_t>(index);
    read(item);
    return item;
}

PackedPage PackedPage::copy(std::size_t& bytes) const {
    PackedPage copied;
    if (!block_) return copied;
    std::vector<BlobRef>
        blobs;  // In the order of the parts they stand for, allocated before any is referred to.
    if (header().may_have_blobs) {
        for_each([&](const Item& item) {
            for (const std::string_view part : {item.key, item.value}) {
                if (part.size() > kInlineBytes) blobs.push_back(BlobRef::copy_of(part));
            }
        });
    }
    const std::size_t used = header().used;
    char* const block = reallocate(nullptr, used + count());
    if (!block) throw std::bad_alloc();
    std::memcpy(block, block_, used);
    std::memcpy(block + used, block_ + capacity() - count(), count());
    copied.adopt(block, used + count(), bytes);
    auto next = blobs.begin();
    const auto refer = [&](const char* part) {
        Blob* const blob = (next++)->release();
        bytes += allocation_size(blob);
        std::memcpy(const_cast<char*>(part), &blob, sizeof(blob));
    };
    const char* at = copied.block_ + kHeader;
    while (next != blobs.end()) {
        const Head head(at);
        if (head.key_length == kOutside) refer(head.key);
        if (head.value_length == kOutside) refer(head.value());
        at = head.end();
    }
    return copied;
}

void PackedPage::add(std::uint8_t tag, std::string_view key, std::string_view value, std::size_t& bytes) {
    Part key_part(key);
    Part value_part(value);
    const std::size_t size = key_part.size() + value_part.size();
    make_room(size, 1, bytes);

    Header& head = header();
    char* at = write_length(block_ + head.used, key_part.length());
    at = write_length(at, value_part.length());
    if (key_part.is_blob() || value_part.is_blob()) head.may_have_blobs = true;
    at = key_part.write(at, bytes);
    value_part.write(at, bytes);
    head.used += size;
    *tag_at(head.count++) = static_cast<char>(tag);
}

void PackedPage::set_value(const Item& item, std::string_view value, std::size_t& bytes) {
    if (value.size() == item.value.size()) {
        value.copy(value_data(item), value.size());
        return;
    }
    Part part(value);
    const Head head(block_ + item.offset);
    const std::uint32_t old_size = bytes_of_length(head.value_length) + bytes_of_part(head.value_length);
    const std::int64_t growth = std::int64_t{part.size()} - old_size;
    const auto end = static_cast<std::uint32_t>(head.end() - block_);
    const std::size_t key_bytes = bytes_of_part(head.key_length);
    Blob* const old_blob = head.value_length == kOutside ? read_blob(head.value()) : nullptr;
    const auto old_key = static_cast<std::size_t>(head.key - block_);

    // The value's length may get wider or narrower, and moves the key then. While the item grows, what
    // follows makes way first; while it shrinks, what follows must wait.
    if (growth > 0) make_room(static_cast<std::size_t>(growth), 0, bytes);
    if (growth > 0) move_tail(end, growth);
    char* const value_length = block_ + item.offset + bytes_of_length(head.key_length);
    char* const key = value_length + bytes_of_length(part.length());
    std::memmove(key, block_ + old_key, key_bytes);
    if (growth < 0) move_tail(end, growth);

    write_length(value_length, part.length());
    if (part.is_blob()) header().may_have_blobs = true;
    part.write(key + key_bytes, bytes);
    if (old_blob) {
        bytes -= allocation_size(old_blob);
        old_blob->drop_reference();
    }
    give_back_room(bytes);
}

void PackedPage::erase(const Item& item, std::size_t& bytes) {
    const Head head(block_ + item.offset);
    if (head.has_blobs()) {
        bytes -= blob_bytes(head);
        drop_blobs(head);
    }
    if (count() == 1) return forget_block(bytes);
    const auto end = static_cast<std::uint32_t>(head.end() - block_);
    move_tail(end, -static_cast<std::int64_t>(head.size()));
    std::memmove(tags() + 1, tags(), count() - 1 - item.index);
    --header().count;
    give_back_room(bytes);
}

void PackedPage::split(const std::vector<bool>& moves, PackedPage& other, std::size_t& bytes) {
    DCHECK(other.count() == 0 && moves.size() == count());
    std::size_t moved_bytes = 0;
    std::size_t moved = 0;
    for_each([&](const Item& item) {
        if (!moves[item.index]) return;
        moved_bytes += Head(block_ + item.offset).size();
        ++moved;
    });
    if (moved == 0) return;
    if (moved == count()) return std::swap(block_, other.block_);

    other.make_room(moved_bytes, moved, bytes);
    Header& there = other.header();
    there.may_have_blobs = header().may_have_blobs;
    char* to = other.block_ + kHeader;
    char* stays = block_ + kHeader;
    std::uint16_t stay = 0;
    const char* from = stays;
    for (std::size_t i = 0; i < moves.size(); ++i) {
        const std::size_t size = Head(from).size();
        char*& target = moves[i] ? to : stays;
        *(moves[i] ? other.tag_at(there.count++) : tag_at(stay++)) = *tag_at(i);
        std::memmove(target, from, size);
        target += size;
        from += size;
    }
    there.used = static_cast<std::uint32_t>(to - other.block_);
    header().used = static_cast<std::uint32_t>(stays - block_);
    header().count = stay;
    give_back_room(bytes);
}

void PackedPage::absorb(PackedPage& other, std::size_t& bytes) {
    if (other.count() == 0) return;
    if (count() == 0) return std::swap(block_, other.block_);
    const Header& theirs = other.header();
    const std::uint32_t size = theirs.used - kHeader;
    make_room(size, theirs.count, bytes);
    Header& ours = header();
    std::memcpy(block_ + ours.used, other.block_ + kHeader, size);
    std::memcpy(tags() - theirs.count, other.tags(), theirs.count);
    ours.used += size;
    ours.count = static_cast<std::uint16_t>(ours.count + theirs.count);
    ours.may_have_blobs |= theirs.may_have_blobs;
    other.forget_block(bytes);
}

bool PackedPage::valid() const {
    if (!block_) return true;
    const Header& head = header();
    const std::size_t size = std::size_t{head.used} + head.count;
    const std::size_t allocated = allocation_size(block_) & ~std::size_t{7};
    if (head.count == 0 || size > capacity() || capacity() != std::min(allocated, kLargestBlock))
        return false;
    bool parts_right = true;
    std::uint32_t end = kHeader;
    for_each([&](const Item& item) {
        const Head at(block_ + item.offset);
        end = static_cast<std::uint32_t>(at.end() - block_);
        parts_right = parts_right && (head.may_have_blobs || !at.has_blobs()) &&
                      (at.key_length == kOutside) == (item.key.size() > kInlineBytes) &&
                      (at.value_length == kOutside) == (item.value.size() > kInlineBytes);
    });
    return parts_right && end == head.used;
}

// Moves what stands from the offset `from` on.
void PackedPage::move_tail(std::uint32_t from, std::int64_t by) {
    Header& head = header();
    std::memmove(block_ + from + by, block_ + from, head.used - from);
    head.used = static_cast<std::uint32_t>(head.used + by);
}

void PackedPage::make_room(std::size_t item_bytes, std::size_t items, std::size_t& bytes) {
    const std::size_t used = block_ ? header().used : kHeader;
    const std::size_t size = used + item_bytes + count() + items;
    const std::size_t before = capacity();
    if (size <= before) return;
    CHECK(size <= kLargestBlock && count() + items <= UINT16_MAX);
    char* block = reallocate(block_, size);
    if (!block) throw std::bad_alloc();
    if (!block_)
        new (block) Header{.used = kHeader, .may_have_blobs = false, .capacity_words = 0, .count = 0};
    bytes -= before;
    adopt(block, before, bytes);
}

void PackedPage::give_back_room(std::size_t& bytes) {
    const std::size_t size = std::size_t{header().used} + header().count;
    if (size > capacity() / 4 * 3) return;
    std::memmove(block_ + header().used, tags(), count());
    bytes -= capacity();
    char* smaller = reallocate(block_, size);
    adopt(smaller ? smaller : block_, size, bytes);
}

// `block` holds the page from now on. Its tags still end at `tags_end`.
void PackedPage::adopt(char* block, std::size_t tags_end, std::size_t& bytes) {
    block_ = block;
    Header& head = header();
    head.capacity_words = static_cast<std::uint16_t>(std::min(allocation_size(block), kLargestBlock) / 8);
    std::memmove(tags(), block_ + tags_end - head.count, head.count);
    bytes += capacity();
}

// The blobs are gone or have another owner.
void PackedPage::forget_block(std::size_t& bytes) {
    bytes -= capacity();
    std::free(block_);
    block_ = nullptr;
}

}  // namespace pongo

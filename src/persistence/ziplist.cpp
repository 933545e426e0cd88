#include "persistence/ziplist.h"

#include <array>
#include <cstdint>

#include "base/bytes.h"

namespace pongo {
namespace {

constexpr std::uint8_t kEnd = 0xff;
constexpr std::uint8_t kLongSize = 254;
constexpr std::uint64_t kUnknownCount = 65535;

// The encodings, by their first byte.
constexpr std::uint8_t kString6 = 0x00;
constexpr std::uint8_t kString14 = 0x40;
constexpr std::uint8_t kString32 = 0x80;
constexpr std::uint8_t kInt8 = 0xfe;
constexpr std::uint8_t kInt16 = 0xc0;
constexpr std::uint8_t kInt24 = 0xf0;
constexpr std::uint8_t kInt32 = 0xd0;
constexpr std::uint8_t kInt64 = 0xe0;
constexpr std::uint8_t kFirstImmediate = 0xf1;  // The integers 0 to 12 in the encoding itself.
constexpr std::uint8_t kLastImmediate = 0xfd;

// How an entry begins: its sizes, in bytes.
struct Shape {
    std::size_t back;      // Of what tells the size of the entry before.
    std::size_t encoding;  // With the length of a string.
    std::size_t data;

    std::size_t size() const { return back + encoding + data; }
};

std::uint8_t byte_at(std::string_view bytes, std::size_t at) {
    return static_cast<std::uint8_t>(bytes[at]);
}

std::optional<Shape> with_integer(std::size_t back, std::uint8_t first) {
    switch (first) {
        case kInt8:
            return Shape{back, 1, 1};
        case kInt16:
            return Shape{back, 1, 2};
        case kInt24:
            return Shape{back, 1, 3};
        case kInt32:
            return Shape{back, 1, 4};
        case kInt64:
            return Shape{back, 1, 8};
        default:
            if (first < kFirstImmediate || first > kLastImmediate) return std::nullopt;
            return Shape{back, 1, 0};
    }
}

// Of the entry at the beginning of the bytes; nothing if they do not hold one.
std::optional<Shape> shape_of(std::string_view bytes) {
    if (bytes.empty()) return std::nullopt;
    const std::size_t back = byte_at(bytes, 0) < kLongSize ? 1 : 5;
    if (byte_at(bytes, 0) == kEnd || bytes.size() <= back) return std::nullopt;
    std::optional<Shape> shape;
    const std::uint8_t first = byte_at(bytes, back);
    switch (first & 0xc0) {
        case kString6:
            shape = Shape{back, 1, first};
            break;
        case kString14:
            if (bytes.size() < back + 2) return std::nullopt;
            shape = Shape{back, 2, (first & 0x3fU) << 8 | byte_at(bytes, back + 1)};
            break;
        case kString32:
            if (bytes.size() < back + 5) return std::nullopt;
            shape = Shape{back, 5, __builtin_bswap32(load_le32(bytes.data() + back + 1))};
            break;
        default:
            shape = with_integer(back, first);
    }
    return shape && shape->size() <= bytes.size() ? shape : std::nullopt;
}

std::size_t stated_size_before(std::string_view entry) {
    const std::uint8_t first = byte_at(entry, 0);
    return first < kLongSize ? first : load_le32(entry.data() + 1);
}

}  // namespace

bool Ziplist::valid(std::string_view bytes) {
    if (bytes.size() <= kHeader || load_le32(bytes.data()) != bytes.size()) return false;
    const std::size_t end = bytes.size() - 1;
    if (byte_at(bytes, end) != kEnd) return false;
    std::size_t last = kHeader;
    std::uint64_t count = 0;
    for (std::size_t at = kHeader; at < end; ++count) {
        const std::string_view entry = bytes.substr(at, end - at);
        const auto shape = shape_of(entry);
        if (!shape || stated_size_before(entry) != at - last) return false;
        last = at;
        at += shape->size();
    }
    const std::uint64_t stated = byte_at(bytes, 8) | std::uint64_t{byte_at(bytes, 9)} << 8;
    return load_le32(bytes.data() + 4) == last && (stated == kUnknownCount || stated == count);
}

std::optional<std::string> Ziplist::to_listpack() const {
    // An element takes at most so much more there: its length in five bytes instead of one.
    constexpr std::size_t kMostGrowth = 5;
    if (bytes_.size() > UINT32_MAX / kMostGrowth) return std::nullopt;
    std::string bytes(Listpack::empty_bytes());
    StringStore store(bytes);
    ListpackEditor list(store);
    std::array<char, kMaxInt64Digits> digits;
    for_each([&](const Element& element) { list.push_back(element.text(digits)); });
    return bytes;
}

std::size_t Ziplist::next(std::size_t at) const {
    return at + shape_of(bytes_.substr(at))->size();
}

Ziplist::Element Ziplist::element(std::size_t at) const {
    const Shape shape = *shape_of(bytes_.substr(at));
    const std::uint8_t first = byte_at(bytes_, at + shape.back);
    const std::string_view data = bytes_.substr(at + shape.back + shape.encoding, shape.data);
    if (first < kInt16) return {.bytes = data};
    if (shape.data == 0) return {.integer = first - kFirstImmediate, .is_integer = true};
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < data.size(); ++i) value |= std::uint64_t{byte_at(data, i)} << 8 * i;
    const std::size_t unused_bits = 64 - 8 * data.size();
    return {.integer = static_cast<std::int64_t>(value << unused_bits) >> unused_bits, .is_integer = true};
}

}  // namespace pongo

#include "structures/listpack.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

#include "base/bytes.h"
#include "base/check.h"

namespace pongo {
namespace {

constexpr unsigned char kEnd = 0xff;
constexpr std::size_t kUnknownCount = 65535;
constexpr std::size_t kMaxSize = UINT32_MAX;

// The encodings, by their first byte.
constexpr unsigned char kString6 = 0x80;
constexpr unsigned char kString32 = 0xf0;
constexpr unsigned char kInt16 = 0xf1;
constexpr unsigned char kInt24 = 0xf2;
constexpr unsigned char kInt32 = 0xf3;
constexpr unsigned char kInt64 = 0xf4;
constexpr bool is_uint7(unsigned char first) {
    return first < 0x80;
}
constexpr bool is_string6(unsigned char first) {
    return (first & 0xc0) == kString6;
}
constexpr bool is_int13(unsigned char first) {
    return (first & 0xe0) == 0xc0;
}
constexpr bool is_string12(unsigned char first) {
    return (first & 0xf0) == 0xe0;
}

// The whole size of an element by its first byte, where that says it: of small integers and short strings.
// 0 for the others.
constexpr auto kShortSizes = [] {
    std::array<unsigned char, 256> sizes{};
    for (unsigned first = 0; first < sizes.size(); ++first) {
        const auto byte = static_cast<unsigned char>(first);
        if (is_uint7(byte)) sizes[first] = 2;
        if (is_string6(byte)) sizes[first] = static_cast<unsigned char>(2 + (first & 63U));
        if (is_int13(byte)) sizes[first] = 3;
    }
    return sizes;
}();
std::size_t short_size(char first) {
    return kShortSizes[static_cast<unsigned char>(first)];
}

// How an element begins: the bytes of encoding and length, and those of the data behind.
struct Shape {
    std::size_t head = 0;  // 0: no encoding at all.
    std::size_t data = 0;

    std::size_t size() const { return head + data; }
};

// Of the element at `from`, reading no more than `room` bytes.
Shape shape_at(const char* from, std::size_t room) {
    if (room == 0) return {};
    const auto first = static_cast<unsigned char>(from[0]);
    if (is_uint7(first)) return {1, 0};
    if (is_string6(first)) return {1, first & 63U};
    if (is_int13(first)) return {1, 1};
    if (is_string12(first)) {
        if (room < 2) return {};
        return {2, (first & 15U) << 8 | static_cast<unsigned char>(from[1])};
    }
    switch (first) {
        case kString32:
            if (room < 5) return {};
            return {5, load_as<std::uint32_t>(from + 1)};
        case kInt16:
            return {1, 2};
        case kInt24:
            return {1, 3};
        case kInt32:
            return {1, 4};
        case kInt64:
            return {1, 8};
        default:
            return {};
    }
}

// The length that follows an element, seven bits a byte, the lowest in the last byte; all but the first byte
// have the high bit set.
std::size_t back_size(std::size_t length) {
    if (length <= 127) return 1;
    if (length < 16383) return 2;
    if (length < 2097151) return 3;
    return length < 268435455 ? 4 : 5;
}

char* write_back(char* to, std::size_t length) {
    const std::size_t size = back_size(length);
    for (std::size_t i = size; i-- > 0; length >>= 7) {
        to[i] = static_cast<char>((length & 127) | (i > 0 ? 128 : 0));
    }
    return to + size;
}

// The length whose last byte is at bytes[last]; nothing if it does not end in time.
std::optional<std::size_t> read_back(std::string_view bytes, std::size_t last) {
    std::size_t length = 0;
    for (int shift = 0; shift < 35 && last >= Listpack::kHeader; shift += 7, --last) {
        const auto byte = static_cast<unsigned char>(bytes[last]);
        length |= static_cast<std::size_t>(byte & 127) << shift;
        if ((byte & 128) == 0) return length;
    }
    return std::nullopt;
}

std::size_t integer_size(std::int64_t value) {
    if (value >= 0 && value <= 127) return 1;
    if (value >= -4096 && value <= 4095) return 2;
    if (value >= INT16_MIN && value <= INT16_MAX) return 3;
    if (value >= -(1 << 23) && value < (1 << 23)) return 4;
    return value >= INT32_MIN && value <= INT32_MAX ? 5 : 9;
}

char* write_integer(char* to, std::int64_t value) {
    const std::size_t size = integer_size(value);
    switch (size) {
        case 1:
            *to = static_cast<char>(value);
            break;
        case 2:
            to[0] = static_cast<char>(0xc0 | ((value >> 8) & 31));
            to[1] = static_cast<char>(value);
            break;
        case 3:
        case 4:
        case 5: {
            constexpr unsigned char kFirst[] = {kInt16, kInt24, kInt32};
            to[0] = static_cast<char>(kFirst[size - 3]);
            const auto low = static_cast<std::uint32_t>(value);
            std::memcpy(to + 1, &low, size - 1);
            break;
        }
        default:
            to[0] = static_cast<char>(kInt64);
            store_as(to + 1, value);
    }
    return to + size;
}

std::size_t string_head(std::size_t size) {
    if (size < 64) return 1;
    return size < 4096 ? 2 : 5;
}

char* write_string(char* to, std::string_view text) {
    switch (string_head(text.size())) {
        case 1:
            *to++ = static_cast<char>(kString6 | text.size());
            break;
        case 2:
            *to++ = static_cast<char>(0xe0 | text.size() >> 8);
            *to++ = static_cast<char>(text.size());
            break;
        default:
            *to++ = static_cast<char>(kString32);
            store_as(to, static_cast<std::uint32_t>(text.size()));
            to += sizeof(std::uint32_t);
    }
    std::memcpy(to, text.data(), text.size());
    return to + text.size();
}

// An element without the length behind it.
std::size_t body_size(std::string_view text, std::optional<std::int64_t> number) {
    return number ? integer_size(*number) : string_head(text.size()) + text.size();
}

char* write_element(char* to, std::int64_t number) {
    char* const end = write_integer(to, number);
    *end = static_cast<char>(end - to);
    return end + 1;
}

char* write_element(char* to, std::string_view text) {
    const auto number = parse_int64(text);
    char* const end = number ? write_integer(to, *number) : write_string(to, text);
    return write_back(end, static_cast<std::size_t>(end - to));
}

}  // namespace

std::string Listpack::Element::to_string() const {
    std::array<char, kMaxInt64Digits> digits;
    return std::string(text(digits));
}

std::string_view Listpack::empty_bytes() {
    return std::string_view("\x07\0\0\0\0\0\xff", 7);
}

std::size_t Listpack::encoded_size(std::string_view text) {
    const std::size_t body = body_size(text, parse_int64(text));
    return body + back_size(body);
}

bool Listpack::valid(std::string_view bytes) {
    if (bytes.size() <= kHeader || load_as<std::uint32_t>(bytes.data()) != bytes.size()) return false;
    if (static_cast<unsigned char>(bytes.back()) != kEnd) return false;
    const std::size_t last = bytes.size() - 1;
    std::size_t count = 0;
    for (std::size_t at = kHeader; at < last; ++count) {
        const Shape shape = shape_at(bytes.data() + at, last - at);
        if (shape.head == 0 || shape.size() > last - at) return false;
        const std::size_t back = back_size(shape.size());
        if (back > last - at - shape.size()) return false;
        char expected[5];
        write_back(expected, shape.size());
        if (std::memcmp(bytes.data() + at + shape.size(), expected, back) != 0) return false;
        at += shape.size() + back;
    }
    const std::size_t stated = load_as<std::uint16_t>(bytes.data() + 4);
    return stated == kUnknownCount || stated == count;
}

std::size_t Listpack::size() const {
    const std::size_t stated = load_as<std::uint16_t>(bytes_.data() + 4);
    if (stated != kUnknownCount) return stated;
    std::size_t count = 0;
    for (Position at = begin(); at != end(); at = next(at)) ++count;
    return count;
}

Listpack::Position Listpack::next(Position at) const {
    if (const std::size_t size = short_size(bytes_[at]); size > 0) return at + size;
    const std::size_t size = shape_at(bytes_.data() + at, bytes_.size() - at).size();
    return at + size + back_size(size);
}

Listpack::Position Listpack::previous(Position at) const {
    const std::size_t size = *read_back(bytes_, at - 1);
    return at - back_size(size) - size;
}

Listpack::Position Listpack::seek(std::int64_t index) const {
    const auto count = static_cast<std::int64_t>(size());
    if (index < 0) index += count;
    if (index < 0 || index >= count) return end();
    if (index < count / 2) {
        Position at = begin();
        for (; index > 0; --index) at = next(at);
        return at;
    }
    Position at = end();
    for (; index < count; ++index) at = previous(at);
    return at;
}

Listpack::Element Listpack::operator[](Position at) const {
    const char* const from = bytes_.data() + at;
    const auto first = static_cast<unsigned char>(from[0]);
    if (is_uint7(first)) return {.integer = first, .is_integer = true};
    if (is_int13(first)) {
        const int unsigned13 = (first & 31) << 8 | static_cast<unsigned char>(from[1]);
        return {.integer = unsigned13 < 4096 ? unsigned13 : unsigned13 - 8192, .is_integer = true};
    }
    switch (first) {
        case kInt16:
            return {.integer = load_as<std::int16_t>(from + 1), .is_integer = true};
        case kInt24: {
            std::int32_t value = 0;
            std::memcpy(reinterpret_cast<char*>(&value) + 1, from + 1, 3);
            return {.integer = value >> 8, .is_integer = true};
        }
        case kInt32:
            return {.integer = load_as<std::int32_t>(from + 1), .is_integer = true};
        case kInt64:
            return {.integer = load_as<std::int64_t>(from + 1), .is_integer = true};
        default:
            break;
    }
    const Shape shape = shape_at(from, bytes_.size() - at);
    return {.bytes = {from + shape.head, shape.data}};
}

Listpack::Element Listpack::take_other(Position& at) const {
    const Element element = (*this)[at];
    at = next(at);
    return element;
}

Listpack::Position Listpack::find(std::string_view text, Position from, std::size_t skip) const {
    const auto number = parse_int64(text);
    if (!number && string_head(text.size()) == 1) return find_short(text, from, skip);
    while (from != end()) {
        const Position at = from;
        if (take(from).equals(text, number)) return at;
        for (std::size_t i = 0; i < skip && from != end(); ++i) from = next(from);
    }
    return from;
}

// Most of what is looked for is a string of the shortest encoding, and so are those that are skipped. What is
// not is left to other functions, so that the loop has the registers for itself. Strings in one list often
// begin with the same bytes: their ends are compared first.
Listpack::Position Listpack::find_short(std::string_view text, Position from, std::size_t skip) const {
    using Word = std::uint64_t;
    const auto head = static_cast<char>(kString6 | text.size());
    const char* const last = bytes_.data() + end();
    const auto behind = [&](const char* at) {
        // Where the next one is should not wait for a look into a table.
        if (const auto byte = static_cast<unsigned char>(*at); is_string6(byte)) return at + 2 + (byte & 63U);
        const std::size_t size = short_size(*at);
        return size > 0 ? at + size : behind_long(at);
    };
    const bool is_word = text.size() >= sizeof(Word);
    const std::size_t end_at = is_word ? text.size() - sizeof(Word) : 0;
    const Word end_word = is_word ? load_as<Word>(text.data() + end_at) : 0;
    const auto equals = [&](const char* data) {
        if (is_word && load_as<Word>(data + end_at) != end_word) return false;
        return equal_bytes(data, text.data(), text.size());
    };
    const char* at = bytes_.data() + from;
    while (at != last) {
        if (*at == head) {
            if (equals(at + 1)) break;
            at += text.size() + 2;
        } else {
            if (short_size(*at) == 0 && equals_long(at, text)) break;
            at = behind(at);
        }
        for (std::size_t i = 0; i < skip && at != last; ++i) at = behind(at);
    }
    return static_cast<Position>(at - bytes_.data());
}

const char* Listpack::behind_long(const char* at) const {
    return bytes_.data() + next(static_cast<Position>(at - bytes_.data()));
}

bool Listpack::equals_long(const char* at, std::string_view text) const {
    return (*this)[static_cast<Position>(at - bytes_.data())].equals(text, std::nullopt);
}

ListpackEditor::Position ListpackEditor::insert(Position at, std::span<const std::string_view> texts) {
    return put(at, 0, 0, texts);
}

ListpackEditor::Position ListpackEditor::replace(Position at, std::string_view text) {
    return put(at, list().next(at) - at, 1, std::span(&text, 1));
}

ListpackEditor::Position ListpackEditor::replace(Position at, std::int64_t number) {
    const std::size_t erased = list().next(at) - at;
    write_element(put_room(at, erased, 1, integer_size(number) + 1, 1), number);
    return at;
}

ListpackEditor::Position ListpackEditor::erase(Position at, std::size_t count) {
    const Listpack before = list();
    Position behind = at;
    std::size_t found = 0;
    for (; found < count && behind != before.end(); ++found) behind = before.next(behind);
    return put(at, behind - at, found, {});
}

void ListpackEditor::erase_all(std::span<const Position> places) {
    if (places.empty()) return;
    const Listpack before = list();
    const std::string_view bytes = store_.view();
    std::string kept;  // Between the first and the last of them.
    for (std::size_t i = 0; i + 1 < places.size(); ++i) {
        const Position behind = before.next(places[i]);
        kept.append(bytes.substr(behind, places[i + 1] - behind));
    }
    const std::size_t erased = before.next(places.back()) - places.front();
    kept.copy(put_room(places.front(), erased, places.size(), kept.size(), 0), kept.size());
}

void ListpackEditor::clear() {
    const std::string_view bytes = Listpack::empty_bytes();
    std::memcpy(store_.splice(0, store_.view().size(), bytes.size()), bytes.data(), bytes.size());
}

ListpackEditor::Position ListpackEditor::put(Position at, std::size_t erased_bytes,
                                             std::size_t erased_elements,
                                             std::span<const std::string_view> texts) {
    std::size_t added_bytes = 0;
    for (const std::string_view text : texts) added_bytes += Listpack::encoded_size(text);
    char* to = put_room(at, erased_bytes, erased_elements, added_bytes, texts.size());
    for (const std::string_view text : texts) to = write_element(to, text);
    return at;
}

char* ListpackEditor::put_room(Position at, std::size_t erased_bytes, std::size_t erased_elements,
                               std::size_t added_bytes, std::size_t added_elements) {
    const std::size_t stated = load_as<std::uint16_t>(store_.view().data() + 4);
    const std::size_t size = store_.view().size() - erased_bytes + added_bytes;
    CHECK(size <= kMaxSize);

    char* const bytes = store_.splice(at, erased_bytes, added_bytes);
    store_as(bytes, static_cast<std::uint32_t>(size));
    // Once there were too many to tell, only counting could say when that is over.
    if (stated != kUnknownCount) {
        const std::size_t count = stated - erased_elements + added_elements;
        store_as(bytes + 4, static_cast<std::uint16_t>(std::min(count, kUnknownCount)));
    }
    return bytes + at;
}

ListpackAppender::ListpackAppender(ByteStore& store, std::size_t room)
    : store_(store), room_(room), begin_(Listpack(store.view()).end()) {
    from_ = to_ = store_.splice(begin_, 0, room) + begin_;
}

void ListpackAppender::add(std::string_view text) {
    to_ = write_element(to_, text);
    ++count_;
}

void ListpackAppender::add(std::int64_t number) {
    to_ = write_element(to_, number);
    ++count_;
}

void ListpackAppender::finish() {
    const auto added = static_cast<std::size_t>(to_ - from_);
    DCHECK(added <= room_);
    char* const bytes = store_.splice(begin_ + added, room_ - added, 0);
    const std::size_t size = store_.view().size();
    CHECK(size <= kMaxSize);
    store_as(bytes, static_cast<std::uint32_t>(size));
    const std::size_t stated = load_as<std::uint16_t>(bytes + 4);
    if (stated == kUnknownCount) return;
    store_as(bytes + 4, static_cast<std::uint16_t>(std::min(stated + count_, kUnknownCount)));
}

}  // namespace pongo

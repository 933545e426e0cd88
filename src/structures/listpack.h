// A sequence of strings and integers packed into one run of bytes, to be walked in both directions.
//
//   4 bytes  size of all, 2 bytes  number of elements (65535: too many to tell), the elements, 0xff
//
// An element is its encoding and data, followed by the length of both, written so that it can be read
// backwards. A string that is the canonical text of an integer is kept as that integer. The format is that of
// Redis's files and of DUMP: https://github.com/antirez/listpack/blob/master/listpack.md
//
// A position is the offset of an element, end() behind the last one. Positions are good until the next
// change.
//
// Thread rule: as a plain container.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/numbers.h"
#include "structures/byte_store.h"

namespace pongo {

// Where a search begins.
enum class ListEnd : std::uint8_t { Front, Back };

class Listpack {
  public:
    using Position = std::size_t;

    // An element as it stands there.
    struct Element {
        std::string_view bytes = {};  // Of a string.
        std::int64_t integer = 0;
        bool is_integer = false;

        bool equals(std::string_view text, std::optional<std::int64_t> number) const {
            return is_integer ? number == integer : bytes == text;
        }
        std::string to_string() const;
        // Its text: of an integer, written into `digits`.
        std::string_view text(std::array<char, kMaxInt64Digits>& digits) const {
            return is_integer ? std::string_view(digits.data(), format_int64(integer, digits.data())) : bytes;
        }
    };

    static constexpr std::size_t kHeader = 6;

    // REQUIRES: `bytes` are a listpack.
    explicit Listpack(std::string_view bytes) : bytes_(bytes) {}

    // The bytes of an empty one.
    static std::string_view empty_bytes();
    // Whether bytes from elsewhere are a listpack in every detail; without it nothing here may touch them.
    static bool valid(std::string_view bytes);
    // What an element of this content takes.
    static std::size_t encoded_size(std::string_view text);

    std::size_t size() const;
    bool empty() const { return begin() == end(); }

    Position begin() const { return kHeader; }
    Position end() const { return bytes_.size() - 1; }
    Position next(Position at) const;
    // REQUIRES: at != begin().
    Position previous(Position at) const;
    // Negative indexes count from the end; end() if there is no such element.
    Position seek(std::int64_t index) const;
    Element operator[](Position at) const;
    // The same, and `at` becomes the position of the next one.
    Element take(Position& at) const {
        const char* const from = bytes_.data() + at;
        const auto first = static_cast<unsigned char>(from[0]);
        constexpr unsigned kShortString = 0x80;
        constexpr unsigned kLongestShortString = 0xbf;
        if (first < kShortString || first > kLongestShortString) return take_other(at);
        const std::size_t size = first - kShortString;
        at += 1 + size + 1;
        return {.bytes = {from + 1, size}};
    }
    // The first that equals `text` at or after `from`, looking at every (skip + 1)-th; end() if none does.
    Position find(std::string_view text, Position from, std::size_t skip = 0) const;
    // Where up to `count` elements are for which matches(element) holds, from that end on. In ascending
    // order.
    template <typename Matches>
    std::vector<Position> find_all(ListEnd from, std::uint64_t count, Matches&& matches) const;

  private:
    Element take_other(Position& at) const;
    Position find_short(std::string_view text, Position from, std::size_t skip) const;
    [[gnu::noinline]] const char* behind_long(const char* at) const;
    [[gnu::noinline]] bool equals_long(const char* at, std::string_view text) const;

    std::string_view bytes_;
};

// Changes a listpack where it is stored. REQUIRES: the store holds one.
class ListpackEditor {
  public:
    using Position = Listpack::Position;

    explicit ListpackEditor(ByteStore& store) : store_(store) {}

    Listpack list() const { return Listpack(store_.view()); }

    // Before the element at `at`, or at the end; returns the position of the new one. REQUIRES for all that
    // take texts: they are not in the store itself.
    Position insert(Position at, std::string_view text) { return insert(at, std::span(&text, 1)); }
    // Several in a row.
    Position insert(Position at, std::span<const std::string_view> texts);
    void push_back(std::string_view text) { insert(list().end(), text); }
    void push_front(std::string_view text) { insert(list().begin(), text); }
    // Returns the position of the element that replaces it, which is `at`.
    Position replace(Position at, std::string_view text);
    Position replace(Position at, std::int64_t number);
    // Takes `count` elements out, as far as there are so many; returns the position of the one that follows.
    Position erase(Position at, std::size_t count = 1);
    // Those at all of these places, in one pass. REQUIRES: the order is ascending.
    void erase_all(std::span<const Position> places);
    void clear();

  private:
    // Makes `added_bytes` of the `erased_bytes` at a place, and tells where they are to be written.
    char* put_room(Position at, std::size_t erased_bytes, std::size_t erased_elements,
                   std::size_t added_bytes, std::size_t added_elements);
    Position put(Position at, std::size_t erased_bytes, std::size_t erased_elements,
                 std::span<const std::string_view> texts);

    ByteStore& store_;
};

// Writes elements behind the last one, in room that is made once. REQUIRES: the store holds a listpack.
class ListpackAppender {
  public:
    // What the room must have for an element; it may take less.
    static constexpr std::size_t kIntegerRoom = 10;
    static constexpr std::size_t room_for(std::string_view text) { return text.size() + 10; }

    ListpackAppender(ByteStore& store, std::size_t room);
    ListpackAppender(const ListpackAppender&) = delete;
    ListpackAppender& operator=(const ListpackAppender&) = delete;

    // REQUIRES for texts: they are not in the store itself.
    void add(std::string_view text);
    void add(std::int64_t number);
    // Gives back the room that is left. The store holds no listpack before.
    void finish();

  private:
    ByteStore& store_;
    std::size_t room_;
    std::size_t begin_;
    char* from_;
    char* to_;
    std::size_t count_ = 0;
};

template <typename Matches>
std::vector<Listpack::Position> Listpack::find_all(ListEnd from, std::uint64_t count,
                                                   Matches&& matches) const {
    std::vector<Position> found;
    if (from == ListEnd::Front) {
        for (Position next = begin(); found.size() < count && next != end();) {
            const Position at = next;
            if (matches(take(next))) found.push_back(at);
        }
        return found;
    }
    for (Position at = end(); found.size() < count && at != begin();) {
        at = previous(at);
        if (matches((*this)[at])) found.push_back(at);
    }
    std::reverse(found.begin(), found.end());
    return found;
}

}  // namespace pongo

#include "base/lzf.h"

#include <lzf.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <utility>

namespace pongo::lzf {
namespace {

constexpr std::size_t kShortBytes = std::size_t{4} << 10;
constexpr std::size_t kMostLiterals = 32;
constexpr std::size_t kLeastMatch = 3;
constexpr std::size_t kMostMatch = 264;
constexpr std::size_t kShortMatch = 8;  // Up to here its length needs no byte of its own.
constexpr std::size_t kLeastTableBits = 6;
constexpr std::size_t kMostTableBits = 12;

class Output {
  public:
    explicit Output(std::span<char> into) : into_(into) {}

    bool literals(std::string_view bytes) {
        while (!bytes.empty()) {
            const std::string_view run = bytes.substr(0, kMostLiterals);
            if (into_.size() - size_ < 1 + run.size()) return false;
            put(run.size() - 1);
            std::memcpy(into_.data() + size_, run.data(), run.size());
            size_ += run.size();
            bytes.remove_prefix(run.size());
        }
        return true;
    }
    bool match(std::size_t length, std::size_t distance) {
        const std::size_t back = distance - 1;
        const bool is_short = length <= kShortMatch;
        if (into_.size() - size_ < (is_short ? 2 : 3)) return false;
        put((is_short ? length - 2 : 7) << 5 | back >> 8);
        if (!is_short) put(length - 9);
        put(back & 255);
        return true;
    }
    std::size_t size() const { return size_; }

  private:
    void put(std::size_t byte) { into_[size_++] = static_cast<char>(byte); }

    std::span<char> into_;
    std::size_t size_ = 0;
};

// Of three bytes; the one behind them is read, too.
std::uint32_t three_at(const char* bytes) {
    static_assert(std::endian::native == std::endian::little);
    std::uint32_t word = 0;
    std::memcpy(&word, bytes, sizeof word);
    return word << 8;
}

std::size_t common_length(std::string_view bytes, std::size_t before, std::size_t at) {
    const std::size_t most = std::min(kMostMatch, bytes.size() - at);
    std::size_t length = kLeastMatch;
    while (length < most && bytes[before + length] == bytes[at + length]) ++length;
    return length;
}

// Where three bytes of a hash stood last. It is as big as the text needs, so that it is made quickly.
class Places {
  public:
    explicit Places(std::size_t size) {
        const auto bits = std::clamp<std::size_t>(std::bit_width(size) + 2, kLeastTableBits, kMostTableBits);
        std::memset(table_.data(), 0, sizeof table_[0] << bits);  // That may be right, too.
        shift_ = 32 - static_cast<int>(bits);
    }
    std::size_t exchange(std::uint32_t three, std::size_t at) {
        return std::exchange(table_[three * 2654435761U >> shift_], static_cast<std::uint16_t>(at));
    }

  private:
    int shift_ = 0;
    std::array<std::uint16_t, 1 << kMostTableBits> table_;
};

std::size_t compress_short(std::string_view bytes, std::span<char> into) {
    Places places(bytes.size());
    Output output(into);
    std::size_t written = 0;
    std::size_t at = 1;
    while (at + sizeof(std::uint32_t) <= bytes.size()) {
        const std::uint32_t three = three_at(bytes.data() + at);
        const std::size_t before = places.exchange(three, at);
        if (three_at(bytes.data() + before) != three) {
            ++at;
            continue;
        }
        const std::size_t length = common_length(bytes, before, at);
        if (!output.literals(bytes.substr(written, at - written))) return 0;
        if (!output.match(length, at - before)) return 0;
        written = at + length;
        for (++at; at < written && at + sizeof(std::uint32_t) <= bytes.size(); ++at) {
            places.exchange(three_at(bytes.data() + at), at);
        }
        at = written;
    }
    return output.literals(bytes.substr(written)) ? output.size() : 0;
}

}  // namespace

std::size_t compress_quickly(std::string_view bytes, std::span<char> into) {
    return bytes.size() <= kShortBytes ? compress_short(bytes, into) : compress(bytes, into);
}

std::size_t compress(std::string_view bytes, std::span<char> into) {
    return lzf_compress(bytes.data(), static_cast<unsigned>(bytes.size()), into.data(),
                        static_cast<unsigned>(into.size()));
}

bool decompress(std::string_view bytes, std::span<char> into) {
    if (bytes.empty()) return into.empty();
    if (bytes.size() > UINT32_MAX || into.size() > UINT32_MAX) return false;
    return lzf_decompress(bytes.data(), static_cast<unsigned>(bytes.size()), into.data(),
                          static_cast<unsigned>(into.size())) == into.size();
}

}  // namespace pongo::lzf

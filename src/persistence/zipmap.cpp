#include "persistence/zipmap.h"

#include <cstdint>

#include "base/bytes.h"

namespace pongo {
namespace {

constexpr std::uint8_t kEnd = 0xff;
constexpr std::uint8_t kLongLength = 254;
constexpr std::uint8_t kUnknownCount = 254;

std::uint8_t byte_at(std::string_view bytes, std::size_t at) {
    return static_cast<std::uint8_t>(bytes[at]);
}

// Takes a length from the beginning of `rest`.
std::optional<std::size_t> take_length(std::string_view& rest) {
    if (rest.empty() || byte_at(rest, 0) == kEnd) return std::nullopt;
    const bool is_long = byte_at(rest, 0) == kLongLength;
    if (is_long && rest.size() < 5) return std::nullopt;
    const std::size_t length = is_long ? load_le32(rest.data() + 1) : byte_at(rest, 0);
    rest.remove_prefix(is_long ? 5 : 1);
    return length;
}

std::optional<std::string_view> take(std::string_view& rest, std::size_t size) {
    if (size > rest.size()) return std::nullopt;
    const std::string_view taken = rest.substr(0, size);
    rest.remove_prefix(size);
    return taken;
}

}  // namespace

std::optional<Zipmap::Field> Zipmap::field_at(std::string_view bytes, std::size_t at) {
    const std::size_t end = bytes.size() - 1;
    std::string_view rest = bytes.substr(at, end - at);
    const auto name_length = take_length(rest);
    if (!name_length) return std::nullopt;
    const auto name = take(rest, *name_length);
    if (!name) return std::nullopt;
    const auto value_length = take_length(rest);
    if (!value_length || rest.empty()) return std::nullopt;
    const std::size_t unused = byte_at(rest, 0);
    rest.remove_prefix(1);
    const auto value = take(rest, *value_length);
    if (!value || !take(rest, unused)) return std::nullopt;
    return Field{*name, *value, end - rest.size()};
}

bool Zipmap::valid(std::string_view bytes) {
    if (bytes.size() <= kHeader || byte_at(bytes, bytes.size() - 1) != kEnd) return false;
    std::size_t count = 0;
    for (std::size_t at = kHeader; at < bytes.size() - 1; ++count) {
        const auto field = field_at(bytes, at);
        if (!field) return false;
        at = field->end;
    }
    return byte_at(bytes, 0) == kUnknownCount || byte_at(bytes, 0) == count;
}

}  // namespace pongo

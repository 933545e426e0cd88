#include "values/stream_id.h"

#include "base/numbers.h"

namespace pongo {
namespace {

constexpr int kByteBits = 8;

// Returns where the text ends.
char* write_digits(std::uint64_t value, char* out) {
    if (value <= INT64_MAX) return out + format_int64(static_cast<std::int64_t>(value), out);
    char* const end = out + digits10(value);
    for (char* at = end; at != out; value /= 10) *--at = static_cast<char>('0' + value % 10);
    return end;
}

std::uint64_t network_order(std::string_view bytes) {
    std::uint64_t value = 0;
    for (const char byte : bytes) value = value << kByteBits | static_cast<unsigned char>(byte);
    return value;
}

}  // namespace

std::size_t StreamId::write(char* out) const {
    char* const dash = write_digits(ms, out);
    *dash = '-';
    return static_cast<std::size_t>(write_digits(seq, dash + 1) - out);
}

std::string StreamId::text() const {
    char text[kMaxText];
    return {text, write(text)};
}

std::optional<StreamId> StreamId::following() const {
    if (seq != UINT64_MAX) return StreamId{ms, seq + 1};
    return ms == UINT64_MAX ? std::nullopt : std::optional(StreamId{ms + 1, 0});
}

std::optional<StreamId> StreamId::preceding() const {
    if (seq != 0) return StreamId{ms, seq - 1};
    return ms == 0 ? std::nullopt : std::optional(StreamId{ms - 1, UINT64_MAX});
}

std::string StreamId::bytes() const {
    std::string bytes;
    for (const std::uint64_t part : {ms, seq}) {
        for (int shift = 56; shift >= 0; shift -= kByteBits) bytes += static_cast<char>(part >> shift);
    }
    return bytes;
}

StreamId StreamId::of_bytes(std::string_view bytes) {
    return {network_order(bytes.substr(0, kBytes / 2)), network_order(bytes.substr(kBytes / 2))};
}

}  // namespace pongo

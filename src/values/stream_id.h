// The id of a stream's entry: milliseconds, and a number among those of the same millisecond. Pure; any
// thread.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pongo {

struct StreamId {
    std::uint64_t ms = 0;
    std::uint64_t seq = 0;

    auto operator<=>(const StreamId&) const = default;
    bool is_zero() const { return ms == 0 && seq == 0; }

    static constexpr std::size_t kMaxText = 41;
    // "ms-seq": writes at `out`, unterminated, and returns the length. REQUIRES: there is room for kMaxText.
    std::size_t write(char* out) const;
    std::string text() const;

    // The neighbours; nothing beyond the first and the last of all.
    std::optional<StreamId> following() const;
    std::optional<StreamId> preceding() const;

    // Sixteen bytes in network order, which sort like the ids: how Redis's files have them.
    static constexpr std::size_t kBytes = 16;
    std::string bytes() const;
    // REQUIRES: they are kBytes.
    static StreamId of_bytes(std::string_view bytes);
};

inline constexpr StreamId kLowestStreamId{0, 0};
inline constexpr StreamId kHighestStreamId{UINT64_MAX, UINT64_MAX};

}  // namespace pongo

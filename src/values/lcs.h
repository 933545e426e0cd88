// The longest common subsequence of two strings: the longest sequence of bytes that stands in both of them,
// in order, though not without gaps.
//
// Two of the many algorithms fit together here. Lengths are found 64 cells of the table at a time, one bit
// per cell (H. Hyyrö, "Bit-parallel LCS-length computation revisited", 2004); if the sequence itself is asked
// for, these bits are kept, a 32nd of the usual table of lengths, and walked from the end.
//
// Pure functions; any thread.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace pongo {

// A run of bytes that both strings have: `size` of them, from these offsets on.
struct CommonRun {
    std::size_t first_offset;
    std::size_t second_offset;
    std::size_t size;
};

// Nothing if the memory for it cannot be had: a bit for each pair of a byte of `first` and one of `second`.
std::optional<std::size_t> lcs_length(std::string_view first, std::string_view second);

// Calls visit() for each run of the sequence, from the last to the first. Where there are several sequences,
// it is the one that Redis finds. Nothing if the memory cannot be had, otherwise the length.
std::optional<std::size_t> visit_lcs(std::string_view first, std::string_view second,
                                     const std::function<void(const CommonRun&)>& visit);

}  // namespace pongo

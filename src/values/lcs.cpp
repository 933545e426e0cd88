#include "values/lcs.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <memory>
#include <new>

namespace pongo {
namespace {

constexpr std::size_t kWordBits = 64;

using Words = std::unique_ptr<std::uint64_t[]>;

Words allocate(std::size_t count) {
    return Words(new (std::nothrow) std::uint64_t[count]);
}

// For each byte of `first`: where it stands in `second`, one bit per position.
class Occurrences {
  public:
    Occurrences(std::string_view first, std::string_view second, std::size_t words) {
        std::array<bool, 256> in_first{};
        for (const char c : first) in_first[index_of(c)] = true;
        const auto distinct = static_cast<std::size_t>(std::count(in_first.begin(), in_first.end(), true));
        bits_ = allocate(distinct * words);
        if (!bits_) return;
        std::fill_n(bits_.get(), distinct * words, 0);
        std::uint64_t* next = bits_.get();
        for (std::size_t byte = 0; byte < in_first.size(); ++byte) {
            if (in_first[byte]) next = (rows_[byte] = next) + words;
        }
        for (std::size_t i = 0; i < second.size(); ++i) {
            std::uint64_t* row = rows_[index_of(second[i])];
            if (row) row[i / kWordBits] |= std::uint64_t{1} << (i % kWordBits);
        }
    }

    bool allocated() const { return bits_ != nullptr; }
    // REQUIRES: the byte stands in `first`.
    const std::uint64_t* of(char byte) const { return rows_[index_of(byte)]; }

  private:
    static std::size_t index_of(char byte) { return static_cast<unsigned char>(byte); }

    Words bits_;
    std::array<std::uint64_t*, 256> rows_{};
};

// A row of the table has a bit for each position of `second`: 0 where the length there is one more than the
// length at the position before. From one row to the next: V' = (V + (V & M)) | (V & ~M).
void next_row(const std::uint64_t* row, const std::uint64_t* matches, std::uint64_t* next,
              std::size_t words) {
    std::uint64_t carry = 0;
    for (std::size_t i = 0; i < words; ++i) {
        const std::uint64_t hits = row[i] & matches[i];
        std::uint64_t sum = 0;
        const bool first_carry = __builtin_add_overflow(row[i], hits, &sum);
        const bool second_carry = __builtin_add_overflow(sum, carry, &sum);
        next[i] = sum | (row[i] & ~matches[i]);
        carry = first_carry || second_carry ? 1 : 0;
    }
}

std::size_t length_of_row(const std::uint64_t* row, std::size_t columns) {
    std::size_t zeros = 0;
    for (std::size_t i = 0; i < columns / kWordBits; ++i) {
        zeros += kWordBits - static_cast<std::size_t>(std::popcount(row[i]));
    }
    if (const std::size_t rest = columns % kWordBits; rest != 0) {
        const std::uint64_t used = (std::uint64_t{1} << rest) - 1;
        zeros += static_cast<std::size_t>(std::popcount(~row[columns / kWordBits] & used));
    }
    return zeros;
}

bool is_one_longer(const std::uint64_t* row, std::size_t column) {
    return (row[column / kWordBits] >> (column % kWordBits) & 1) == 0;
}

std::size_t words_for(std::string_view second) {
    return (second.size() + kWordBits - 1) / kWordBits;
}

// Walks the kept rows from the last cell: along a match, else to the longer neighbour, and when both are
// equally long, back in `second`.
void walk(std::string_view first, std::string_view second, const std::uint64_t* rows,
          const std::function<void(const CommonRun&)>& visit) {
    const std::size_t words = words_for(second);
    CommonRun run{};
    std::size_t i = first.size();
    std::size_t j = second.size();
    while (i > 0 && j > 0) {
        if (first[i - 1] == second[j - 1]) {
            run = {--i, --j, run.size + 1};
            continue;
        }
        if (run.size > 0) visit(run);
        run.size = 0;
        if (is_one_longer(rows + (i - 1) * words, j - 1)) {
            --i;
        } else {
            --j;
        }
    }
    if (run.size > 0) visit(run);
}

}  // namespace

std::optional<std::size_t> lcs_length(std::string_view first, std::string_view second) {
    const std::size_t words = words_for(second);
    const Occurrences occurrences(first, second, words);
    const Words row = allocate(words);
    if (!occurrences.allocated() || !row) return std::nullopt;
    std::fill_n(row.get(), words, ~std::uint64_t{0});
    for (const char byte : first) next_row(row.get(), occurrences.of(byte), row.get(), words);
    return length_of_row(row.get(), second.size());
}

std::optional<std::size_t> visit_lcs(std::string_view first, std::string_view second,
                                     const std::function<void(const CommonRun&)>& visit) {
    const std::size_t words = words_for(second);
    const Occurrences occurrences(first, second, words);
    const Words rows = allocate((first.size() + 1) * words);
    if (!occurrences.allocated() || !rows) return std::nullopt;
    std::uint64_t* row = rows.get();
    std::fill_n(row, words, ~std::uint64_t{0});
    for (const char byte : first) {
        next_row(row, occurrences.of(byte), row + words, words);
        row += words;
    }
    walk(first, second, rows.get() + words, visit);
    return length_of_row(row, second.size());
}

}  // namespace pongo

#include "values/lcs.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace pongo {
namespace {

using Runs = std::vector<std::vector<std::size_t>>;

// The table of lengths as everybody knows it, and the walk back that prefers the second string on a tie.
class Model {
  public:
    Model(std::string_view first, std::string_view second)
        : lengths_(first.size() + 1, std::vector<std::size_t>(second.size() + 1, 0)) {
        for (std::size_t i = 1; i <= first.size(); ++i) {
            for (std::size_t j = 1; j <= second.size(); ++j) {
                lengths_[i][j] = first[i - 1] == second[j - 1]
                                     ? lengths_[i - 1][j - 1] + 1
                                     : std::max(lengths_[i - 1][j], lengths_[i][j - 1]);
            }
        }
        std::size_t i = first.size();
        std::size_t j = second.size();
        while (i > 0 && j > 0) {
            if (first[i - 1] == second[j - 1]) {
                sequence_.insert(sequence_.begin(), first[--i]);
                --j;
            } else if (lengths_[i - 1][j] > lengths_[i][j - 1]) {
                --i;
            } else {
                --j;
            }
        }
    }

    std::size_t length() const { return lengths_.back().back(); }
    const std::string& sequence() const { return sequence_; }

  private:
    std::vector<std::vector<std::size_t>> lengths_;
    std::string sequence_;
};

std::string sequence_of(std::string_view first, std::string_view second) {
    std::string sequence;
    visit_lcs(first, second, [&](const CommonRun& run) {
        EXPECT_EQ(first.substr(run.first_offset, run.size), second.substr(run.second_offset, run.size));
        sequence.insert(0, first.substr(run.first_offset, run.size));
    });
    return sequence;
}

Runs runs_of(std::string_view first, std::string_view second) {
    Runs runs;
    visit_lcs(first, second, [&](const CommonRun& run) {
        runs.push_back({run.first_offset, run.second_offset, run.size});
    });
    return runs;
}

TEST(Lcs, RunsComeFromTheLastToTheFirst) {
    EXPECT_EQ(runs_of("ohmytext", "mynewtext"), (Runs{{4, 5, 4}, {2, 0, 2}}));
    EXPECT_EQ(runs_of("same", "same"), (Runs{{0, 0, 4}}));
}

TEST(Lcs, OfAnythingAndNothingIsEmpty) {
    EXPECT_EQ(lcs_length("", ""), 0U);
    EXPECT_EQ(lcs_length("abc", ""), 0U);
    EXPECT_EQ(lcs_length("", "abc"), 0U);
    EXPECT_EQ(visit_lcs("abc", "", [](const CommonRun&) { FAIL(); }), 0U);
    EXPECT_EQ(visit_lcs("abc", "xyz", [](const CommonRun&) { FAIL(); }), 0U);
}

TEST(Lcs, IsThatOfTheTableOfLengthsAcrossWordBoundaries) {
    std::mt19937 random(1);
    for (int round = 0; round < 400; ++round) {
        const int letters = 2 + round % 5;
        const auto text = [&](std::size_t size) {
            std::string made;
            for (std::size_t i = 0; i < size; ++i) {
                made += static_cast<char>('a' + random() % static_cast<unsigned>(letters));
            }
            return made;
        };
        const std::string first = text(random() % 150);
        const std::string second = text(60 + random() % 80);
        const Model model(first, second);
        ASSERT_EQ(lcs_length(first, second), model.length()) << first << " " << second;
        ASSERT_EQ(sequence_of(first, second), model.sequence()) << first << " " << second;
    }
}

TEST(Lcs, TakesAnyBytes) {
    const std::string first("\x00\xff\x80\x00", 4);
    const std::string second("\xff\x00", 2);
    EXPECT_EQ(sequence_of(first, second), second);
}

}  // namespace
}  // namespace pongo

#include "engine/pattern_index.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "base/random.h"

namespace pongo {
namespace {

std::set<std::string> matches(const PatternIndex& index, std::string_view text) {
    std::set<std::string> found;
    index.for_each_match(text, [&](const std::string& pattern) { found.insert(pattern); });
    return found;
}

TEST(PatternIndex, TellsTheLiteralBeginning) {
    EXPECT_EQ(PatternIndex::literal_beginning("news.*"), "news.");
    EXPECT_EQ(PatternIndex::literal_beginning("*"), "");
    EXPECT_EQ(PatternIndex::literal_beginning("a\\*b"), "a");
    EXPECT_EQ(PatternIndex::literal_beginning("a[bc]"), "a");
    EXPECT_EQ(PatternIndex::literal_beginning("plain"), "plain");
}

TEST(PatternIndex, FindsWhatALookAtEachPatternFinds) {
    Random random(1);
    const auto text = [&](std::string_view letters) {
        std::string made;
        for (std::uint64_t left = random.below(5); left > 0; --left)
            made += letters[random.below(letters.size())];
        return made;
    };
    PatternIndex index;
    std::set<std::string> all;
    for (int step = 0; step < 5000; ++step) {
        const std::string pattern = text("ab*?[]\\");
        if (all.insert(pattern).second) {
            index.add(pattern);
        } else {
            all.erase(pattern);
            index.remove(pattern);
        }
        const std::string channel = text("ab");
        std::set<std::string> expected;
        for (const std::string& each : all) {
            if (glob_match(each, channel)) expected.insert(each);
        }
        ASSERT_EQ(matches(index, channel), expected) << channel;
        ASSERT_EQ(index.size(), all.size());
    }
}

}  // namespace
}  // namespace pongo

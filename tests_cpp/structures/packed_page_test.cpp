// PackedPage: every way of laying out an item, and what its memory account says.
#include "structures/packed_page.h"

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"

namespace pongo {
namespace {

using Items = std::vector<std::pair<std::string, std::string>>;

class PackedPageTest : public testing::Test {
  protected:
    static std::uint8_t tag_of(std::string_view key) {
        return static_cast<std::uint8_t>(key.size() +
                                         (key.empty() ? 0U : static_cast<unsigned char>(key[0])));
    }
    void add(std::string_view key, std::string_view value) { page_.add(tag_of(key), key, value, bytes_); }
    std::optional<PackedPage::Item> find(std::string_view key) const {
        PackedPage::Item item;
        if (!page_.find(tag_of(key), key, item)) return std::nullopt;
        return item;
    }
    static Items contents(const PackedPage& page) {
        Items all;
        page.for_each([&](const PackedPage::Item& item) { all.emplace_back(item.key, item.value); });
        return all;
    }
    void check() const {
        ASSERT_TRUE(page_.valid());
        ASSERT_EQ(page_.bytes(), bytes_);
    }

    PackedPage page_;
    std::size_t bytes_ = 0;
};

TEST_F(PackedPageTest, AnEmptyOneHoldsNoMemoryAndFindsNothing) {
    EXPECT_EQ(page_.count(), 0U);
    EXPECT_FALSE(find("a"));
    page_.prefetch();
    check();
    EXPECT_EQ(bytes_, 0U);
}

TEST_F(PackedPageTest, ItemsKeepTheirOrderAndAreFoundByKeyAndByIndex) {
    Items expected;
    for (int i = 0; i < 40; ++i) expected.emplace_back("key" + std::to_string(i), std::to_string(i * i));
    for (const auto& [key, value] : expected) add(key, value);
    check();
    EXPECT_EQ(contents(page_), expected);
    for (std::uint32_t i = 0; i < expected.size(); ++i) {
        const auto item = find(expected[i].first);
        ASSERT_TRUE(item);
        EXPECT_EQ(item->value, expected[i].second);
        EXPECT_EQ(item->index, i);
        EXPECT_EQ(page_.at(i).key, expected[i].first);
        EXPECT_EQ(page_.tag(i), tag_of(expected[i].first));
    }
    EXPECT_FALSE(find("key40"));
}

TEST_F(PackedPageTest, AnItemIsFoundAmongManyOfTheSameTag) {
    for (int i = 100; i < 150; ++i) add("k" + std::to_string(i), "");
    for (int i = 100; i < 150; ++i) EXPECT_TRUE(find("k" + std::to_string(i))) << i;
    EXPECT_FALSE(find("k999"));
}

// Sizes around the edges of both widths of a length, and of what stays in the page.
constexpr std::size_t kSizes[] = {0, 1, 8, 126, 127, 128, 129, 200, 511, 512, 513, 514, 5000};

TEST_F(PackedPageTest, KeysAndValuesOfEverySizeComeBack) {
    Items expected;
    for (const std::size_t key : kSizes) expected.emplace_back(std::string(key, 'k'), std::string(key, '\0'));
    for (const auto& [key, value] : expected) add(key, value);
    check();
    EXPECT_EQ(contents(page_), expected);
    for (const auto& [key, value] : expected) {
        ASSERT_TRUE(find(key)) << key.size();
        EXPECT_EQ(find(key)->value, value);
    }
}

TEST_F(PackedPageTest, ACopyHasTheSameItemsAndNothingInCommon) {
    Items expected;
    for (const std::size_t key : kSizes) expected.emplace_back(std::string(key, 'k'), std::string(key, 'v'));
    for (const auto& [key, value] : expected) add(key, value);
    std::size_t bytes = 0;
    {
        const PackedPage copied = page_.copy(bytes);
        ASSERT_TRUE(copied.valid());
        EXPECT_EQ(copied.bytes(), bytes);
        EXPECT_EQ(contents(copied), expected);
        for (const auto& [key, value] : expected) page_.set_value(*find(key), "other", bytes_);
        EXPECT_EQ(contents(copied), expected);
    }
    check();
    EXPECT_EQ(find(expected.back().first)->value, "other");
    EXPECT_EQ(PackedPage().copy(bytes).count(), 0U);
}

TEST_F(PackedPageTest, AValueOfAnySizeBecomesOneOfAnyOther) {
    for (const std::size_t key_size : {3, 300, 3000}) {
        const std::string key(key_size, 'k');
        add("before", "1");
        add(key, "");
        add("after", "2");
        for (const std::size_t from : kSizes) {
            for (const std::size_t to : kSizes) {
                page_.set_value(*find(key), std::string(from, 'f'), bytes_);
                page_.set_value(*find(key), std::string(to, 't'), bytes_);
                ASSERT_NO_FATAL_FAILURE(check());
                ASSERT_EQ(contents(page_),
                          (Items{{"before", "1"}, {key, std::string(to, 't')}, {"after", "2"}}))
                    << from << " to " << to;
            }
        }
        while (page_.count() > 0) page_.erase(page_.at(0), bytes_);
    }
}

TEST_F(PackedPageTest, AValueOfTheSameSizeIsReplacedWhereItStands) {
    for (const std::size_t size : {8, 600}) {
        const std::string key = "k" + std::to_string(size);
        add(key, std::string(size, 'a'));
        const char* where = find(key)->value.data();
        page_.set_value(*find(key), std::string(size, 'b'), bytes_);
        EXPECT_EQ(find(key)->value.data(), where);
        page_.value_data(*find(key))[1] = 'c';
        EXPECT_EQ(find(key)->value, "bc" + std::string(size - 2, 'b'));
    }
    check();
}

TEST_F(PackedPageTest, ErasingTheLastItemFreesTheBlock) {
    add("a", "");
    add("b", std::string(1000, 'b'));
    page_.erase(*find("a"), bytes_);
    check();
    EXPECT_GT(bytes_, 1000U);
    page_.erase(*find("b"), bytes_);
    check();
    EXPECT_EQ(bytes_, 0U);
}

TEST_F(PackedPageTest, ABlockThatEmptiesGivesItsMemoryBack) {
    for (int i = 0; i < 32; ++i) add("some longer key " + std::to_string(i), "");
    const std::size_t full = bytes_;
    while (page_.count() > 4) page_.erase(page_.at(page_.count() / 2), bytes_);
    check();
    EXPECT_LT(bytes_, full / 4);
}

TEST_F(PackedPageTest, SplitMovesWhatItIsToldTo) {
    const std::string large(700, 'x');
    for (int i = 0; i < 40; ++i) add("key" + std::to_string(i), i % 10 == 0 ? large : std::to_string(i));
    const Items before = contents(page_);
    std::vector<bool> moves(40);
    Items stay;
    Items move;
    for (std::size_t i = 0; i < 40; ++i) {
        moves[i] = i % 3 == 0;
        (moves[i] ? move : stay).push_back(before[i]);
    }
    PackedPage other;
    page_.split(moves, other, bytes_);
    EXPECT_EQ(contents(page_), stay);
    EXPECT_EQ(contents(other), move);
    EXPECT_TRUE(page_.valid());
    EXPECT_TRUE(other.valid());
    EXPECT_EQ(page_.bytes() + other.bytes(), bytes_);
    for (std::size_t i = 0; i < other.count(); ++i) EXPECT_EQ(other.tag(i), tag_of(other.at(i).key));
    for (std::size_t i = 0; i < page_.count(); ++i) EXPECT_EQ(page_.tag(i), tag_of(page_.at(i).key));

    page_.absorb(other, bytes_);
    stay.insert(stay.end(), move.begin(), move.end());
    EXPECT_EQ(contents(page_), stay);
    for (std::size_t i = 0; i < page_.count(); ++i) EXPECT_EQ(page_.tag(i), tag_of(page_.at(i).key));
    EXPECT_EQ(other.count(), 0U);
    check();
}

TEST_F(PackedPageTest, SplitAndAbsorbOfAllOrNothing) {
    add("a", "1");
    add("b", std::string(600, 'b'));
    const Items all = contents(page_);
    PackedPage other;
    page_.split({false, false}, other, bytes_);
    EXPECT_EQ(contents(page_), all);
    EXPECT_EQ(other.count(), 0U);
    page_.split({true, true}, other, bytes_);
    EXPECT_EQ(page_.count(), 0U);
    EXPECT_EQ(contents(other), all);
    page_.absorb(other, bytes_);
    EXPECT_EQ(contents(page_), all);
    page_.absorb(other, bytes_);
    EXPECT_EQ(contents(page_), all);
    check();
}

TEST_F(PackedPageTest, AgreesWithAMapUnderRandomOperations) {
    Random random(1);
    std::map<std::string, std::string> model;
    for (int step = 0; step < 20'000; ++step) {
        const std::string key(random.below(40), static_cast<char>('a' + random.below(3)));
        const std::string value(random.below(20) == 0 ? 500 + random.below(40) : random.below(140), 'v');
        const auto item = find(key);
        ASSERT_EQ(item.has_value(), model.contains(key));
        if (!item) {
            add(key, value);
            model[key] = value;
        } else if (random.below(100) < 60) {
            page_.set_value(*item, value, bytes_);
            model[key] = value;
        } else {
            page_.erase(*item, bytes_);
            model.erase(key);
        }
        ASSERT_NO_FATAL_FAILURE(check());
        const Items all = contents(page_);
        ASSERT_EQ((std::map<std::string, std::string>(all.begin(), all.end())), model);
    }
}

}  // namespace
}  // namespace pongo

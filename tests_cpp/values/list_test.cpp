#include "values/list.h"

#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <vector>

#include "base/random.h"
#include "support/value_in_memory.h"

namespace pongo {
namespace {

using Strings = std::vector<std::string>;

class ListTest : public testing::Test {
  protected:
    List list() const { return List(value_.payload()); }
    bool is_packed() const { return value_.payload().encoding == Encoding::PackedList; }
    Strings contents() const {
        Strings all;
        for (auto at = list().begin(); at != list().end(); at = list().next(at)) {
            all.push_back(list()[at].to_string());
        }
        return all;
    }

    BlockLimits limits_{8192, 10};
    ValueInMemory value_{List::empty()};
    ListEditor edit_{value_, limits_};
};

TEST_F(ListTest, ASmallOneStandsNextToItsKey) {
    for (int i = 0; i < 10; ++i) edit_.push_back(std::to_string(i));
    EXPECT_TRUE(is_packed());
    edit_.push_front("one too many");
    EXPECT_FALSE(is_packed());
    EXPECT_EQ(contents(), (Strings{"one too many", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}));
    EXPECT_EQ(name_of(value_.payload().encoding), "quicklist");
}

TEST_F(ListTest, GrowsOutOfItsPlaceByBytesToo) {
    limits_ = {100, SIZE_MAX};
    edit_.push_back(std::string(50, 'a'));
    EXPECT_TRUE(is_packed());
    edit_.push_back(std::string(50, 'b'));
    EXPECT_FALSE(is_packed());
    EXPECT_EQ(list().size(), 2U);
}

TEST_F(ListTest, StaysWhatItHasBecome) {
    for (int i = 0; i < 11; ++i) edit_.push_back("x");
    edit_.erase(list().begin(), 10);
    EXPECT_FALSE(is_packed());
    EXPECT_EQ(contents(), Strings{"x"});
}

TEST_F(ListTest, ADuplicateIsIndependent) {
    for (int i = 0; i < 30; ++i) edit_.push_back(std::to_string(i));
    const Strings before = contents();
    ValueInMemory copy(duplicate(value_.payload()));
    edit_.erase(list().begin(), 30);
    EXPECT_EQ(List(copy.payload()).size(), 30U);
    EXPECT_EQ(List(copy.payload())[List(copy.payload()).seek(-1)].to_string(), before.back());
    EXPECT_GT(heap_bytes(copy.payload()), 0U);
    EXPECT_EQ(release_effort(copy.payload()), 4U);
}

// Against std::deque, from small to large and back.
TEST_F(ListTest, RandomChangesEqualThoseOfADeque) {
    Random random(9);
    std::deque<std::string> model;
    for (int step = 0; step < 3000; ++step) {
        const std::string text = std::to_string(random.below(1'000'000));
        const auto index = static_cast<std::ptrdiff_t>(random.below(model.size() + 1));
        const auto at = list().seek(index);
        switch (random.below(step / 500 % 2 == 0 ? 4 : 6)) {
            case 0:
                edit_.push_front(text);
                model.push_front(text);
                break;
            case 1:
                edit_.push_back(text);
                model.push_back(text);
                break;
            case 2:
                edit_.insert(at, text);
                model.insert(model.begin() + index, text);
                break;
            case 3:
                if (at == list().end()) break;
                edit_.replace(at, text);
                model[static_cast<std::size_t>(index)] = text;
                break;
            default: {
                const auto count =
                    std::min<std::ptrdiff_t>(2, static_cast<std::ptrdiff_t>(model.size()) - index);
                edit_.erase(at, static_cast<std::uint64_t>(count));
                model.erase(model.begin() + index, model.begin() + index + count);
            }
        }
        ASSERT_EQ(contents(), Strings(model.begin(), model.end()));
        ASSERT_EQ(list().size(), model.size());
    }
}

}  // namespace
}  // namespace pongo

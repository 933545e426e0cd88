#include "values/hash.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>
#include <string>

#include "support/value_in_memory.h"

namespace pongo {
namespace {

using Model = std::map<std::string, std::string>;

class HashTest : public testing::Test {
  protected:
    Hash hash() const { return Hash(value_.payload()); }
    bool is_packed() const { return value_.payload().encoding == Encoding::Listpack; }
    Model contents() const {
        Model all;
        hash().for_each([&](const Hash::Text& name, const Hash::Text& value) {
            EXPECT_TRUE(all.emplace(name.to_string(), value.to_string()).second);
        });
        return all;
    }
    void fill(int count) {
        for (int i = 0; i < count; ++i) edit_.put("field:" + std::to_string(i), std::to_string(i));
    }

    HashLimits limits_{.fields = 10, .text_bytes = 20};
    ValueInMemory value_{Hash::empty()};
    HashEditor edit_{value_, limits_};
    Random random_{7};
};

TEST_F(HashTest, PutTellsWhetherTheFieldIsNew) {
    EXPECT_TRUE(edit_.put("a", "1"));
    EXPECT_FALSE(edit_.put("a", "2"));
    EXPECT_TRUE(edit_.put("", ""));
    EXPECT_EQ(contents(), (Model{{"a", "2"}, {"", ""}}));
    EXPECT_EQ(hash().find("a")->to_string(), "2");
    EXPECT_FALSE(hash().find("2"));
    EXPECT_EQ(hash().size(), 2U);
}

TEST_F(HashTest, GrowsOutOfItsListpackByFields) {
    fill(10);
    EXPECT_TRUE(is_packed());
    edit_.put("field:3", "again");
    EXPECT_TRUE(is_packed());
    edit_.put("one too many", "");
    EXPECT_FALSE(is_packed());
    EXPECT_EQ(hash().size(), 11U);
    EXPECT_EQ(hash().find("field:3")->to_string(), "again");
    EXPECT_EQ(name_of(value_.payload().encoding), "hashtable");
}

TEST_F(HashTest, GrowsOutOfItsListpackByTheLengthOfNamesAndValues) {
    edit_.put(std::string(20, 'n'), std::string(20, 'v'));
    EXPECT_TRUE(is_packed());
    for (const auto& [name, text] : Model{{std::string(21, 'n'), "v"}, {"n", std::string(21, 'v')}}) {
        ValueInMemory value(Hash::empty());
        HashEditor(value, limits_).put(name, text);
        EXPECT_EQ(value.payload().encoding, Encoding::Hashtable);
        EXPECT_EQ(Hash(value.payload()).find(name)->to_string(), text);
    }
}

TEST_F(HashTest, StaysWhatItHasBecome) {
    fill(11);
    for (int i = 1; i < 11; ++i) EXPECT_TRUE(edit_.erase("field:" + std::to_string(i)));
    EXPECT_FALSE(edit_.erase("field:1"));
    EXPECT_FALSE(is_packed());
    EXPECT_EQ(contents(), (Model{{"field:0", "0"}}));
    edit_.erase("field:0");
    EXPECT_TRUE(is_emptied(value_.payload()));
}

TEST_F(HashTest, ADuplicateIsIndependent) {
    fill(500);
    const Model before = contents();
    ValueInMemory copy(duplicate(value_.payload()));
    for (int i = 0; i < 500; ++i) edit_.erase("field:" + std::to_string(i));
    EXPECT_EQ(Hash(copy.payload()).size(), 500U);
    for (const auto& [name, value] : before) EXPECT_EQ(Hash(copy.payload()).find(name)->to_string(), value);
    EXPECT_GT(heap_bytes(copy.payload()), 500U);
    EXPECT_GT(release_effort(copy.payload()), 40U);
}

// Each subset as often as any other, small or big, few or many fields of it.
TEST_F(HashTest, SamplesAreDistinctAndEvenlySpread) {
    for (const int size : {8, 40}) {
        ValueInMemory value(Hash::empty());
        HashEditor editor(value, limits_);
        for (int i = 0; i < size; ++i) editor.put(std::to_string(i), "v");
        for (const int count : {1, size / 5, size / 2, size - 1}) {
            std::map<std::string, int> chosen;
            const int rounds = 4000;
            for (int round = 0; round < rounds; ++round) {
                std::set<std::string> names;
                editor.hash().sample(static_cast<std::uint64_t>(count), random_,
                                     [&](const Hash::Text& name, const Hash::Text&) {
                                         EXPECT_TRUE(names.insert(name.to_string()).second);
                                     });
                ASSERT_EQ(names.size(), static_cast<std::size_t>(count));
                for (const std::string& name : names) ++chosen[name];
            }
            const double expected = static_cast<double>(rounds) * count / size;
            ASSERT_EQ(chosen.size(), static_cast<std::size_t>(size));
            for (const auto& [name, times] : chosen)
                EXPECT_NEAR(times, expected, 6 * std::sqrt(expected)) << name;
        }
    }
}

TEST_F(HashTest, DrawsEveryFieldEquallyOften) {
    for (const int size : {8, 40}) {
        ValueInMemory value(Hash::empty());
        HashEditor editor(value, limits_);
        for (int i = 0; i < size; ++i) editor.put(std::to_string(i), std::to_string(-i));
        std::map<std::string, int> drawn;
        editor.hash().draw(4000, random_, [&](const Hash::Text& name, const Hash::Text& text) {
            EXPECT_TRUE(text.to_string() == "-" + name.to_string() || name.to_string() == "0");
            ++drawn[name.to_string()];
        });
        for (int i = 0; i < 4000; ++i) ++drawn[editor.hash().random(random_).name.to_string()];
        const double expected = 8000.0 / size;
        ASSERT_EQ(drawn.size(), static_cast<std::size_t>(size));
        for (const auto& [name, times] : drawn) EXPECT_NEAR(times, expected, 6 * std::sqrt(expected)) << name;
    }
}

// Against std::map, from small to large and back.
TEST_F(HashTest, RandomChangesEqualThoseOfAMap) {
    Model model;
    for (int step = 0; step < 6000; ++step) {
        const bool growing = step / 1000 % 2 == 0;
        const std::string name = std::to_string(random_.below(step < 500 ? 12 : 300));
        if (random_.below(4) < (growing ? 3U : 1U)) {
            const std::string text = random_.below(2) == 0 ? std::to_string(random_.below(100'000))
                                                           : std::string(random_.below(21), 'x');
            EXPECT_EQ(edit_.put(name, text), model.count(name) == 0);
            model[name] = text;
        } else {
            EXPECT_EQ(edit_.erase(name), model.erase(name) == 1);
        }
        ASSERT_EQ(hash().size(), model.size());
        const auto found = hash().find(name);
        ASSERT_EQ(found.has_value(), model.count(name) == 1);
        if (found) {
            ASSERT_EQ(found->to_string(), model[name]);
        }
        if (step % 50 == 0) {
            ASSERT_EQ(contents(), model);
        }
    }
}

}  // namespace
}  // namespace pongo

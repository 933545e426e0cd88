#include "values/set.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "base/random.h"
#include "support/value_in_memory.h"

namespace pongo {
namespace {

using Strings = std::set<std::string>;

class SetTest : public testing::Test {
  protected:
    Set set() const { return Set(value_.payload()); }
    Encoding encoding() const { return set().encoding(); }
    static Strings contents_of(const Set& set) {
        Strings all;
        std::uint64_t members = 0;
        set.for_each([&](const Set::Element& member) {
            all.insert(member.to_string());
            ++members;
        });
        EXPECT_EQ(members, all.size()) << "a member twice";
        EXPECT_EQ(set.size(), all.size());
        return all;
    }
    Strings contents() const { return contents_of(set()); }
    void add_integers(int first, int count) {
        for (int i = first; i < first + count; ++i) EXPECT_TRUE(edit_.add(std::to_string(i)));
    }
    void add_words(int first, int count) {
        for (int i = first; i < first + count; ++i) EXPECT_TRUE(edit_.add("word:" + std::to_string(i)));
    }

    SetLimits limits_;
    ValueInMemory value_{Set::empty()};
    SetEditor edit_{value_, limits_};
};

TEST_F(SetTest, IntegersAreAnIntset) {
    add_integers(-5, 20);
    EXPECT_FALSE(edit_.add("7"));
    EXPECT_EQ(encoding(), Encoding::Intset);
    EXPECT_TRUE(set().contains("7"));
    EXPECT_FALSE(set().contains("07"));
    EXPECT_FALSE(set().contains("seven"));
    EXPECT_FALSE(edit_.remove("07"));
    EXPECT_TRUE(edit_.remove("7"));
    EXPECT_FALSE(edit_.remove("7"));
}

TEST_F(SetTest, ATextMakesAnIntsetAListpack) {
    add_integers(0, 100);
    EXPECT_TRUE(edit_.add("text"));
    EXPECT_EQ(encoding(), Encoding::PackedSet);
    EXPECT_EQ(name_of(encoding()), "hashtable");
    EXPECT_EQ(set().size(), 101U);
    EXPECT_TRUE(set().contains("42"));
}

TEST_F(SetTest, ATextMakesAnIntsetOfManyATable) {
    add_integers(0, SetEditor::kMaxPackedMembers);
    EXPECT_TRUE(edit_.add("text"));
    EXPECT_EQ(encoding(), Encoding::Hashtable);
    EXPECT_EQ(set().size(), SetEditor::kMaxPackedMembers + 1);
}

TEST_F(SetTest, AnIntsetHasNoMoreEntriesThanTheLimit) {
    limits_.intset_entries = 300;
    add_integers(0, 300);
    EXPECT_EQ(encoding(), Encoding::Intset);
    EXPECT_FALSE(edit_.add("299"));
    EXPECT_EQ(encoding(), Encoding::Intset);
    add_integers(300, 1);
    EXPECT_EQ(encoding(), Encoding::Hashtable);
    EXPECT_EQ(contents().size(), 301U);
}

TEST_F(SetTest, ALowLimitMakesAListpack) {
    limits_.intset_entries = 0;
    add_integers(0, 1);
    EXPECT_EQ(encoding(), Encoding::PackedSet);
    add_integers(1, 10);
    EXPECT_FALSE(edit_.add("10"));
}

TEST_F(SetTest, AListpackHoldsFewMembers) {
    add_words(0, SetEditor::kMaxPackedMembers);
    EXPECT_FALSE(edit_.add("word:0"));
    EXPECT_EQ(encoding(), Encoding::PackedSet);
    add_words(1000, 1);
    EXPECT_EQ(encoding(), Encoding::Hashtable);
    EXPECT_EQ(contents().size(), SetEditor::kMaxPackedMembers + 1);
}

TEST_F(SetTest, AListpackHoldsSmallMembers) {
    EXPECT_TRUE(edit_.add(std::string(SetEditor::kMaxPackedMemberBytes, 'a')));
    EXPECT_EQ(encoding(), Encoding::PackedSet);
    EXPECT_TRUE(edit_.add(std::string(SetEditor::kMaxPackedMemberBytes + 1, 'a')));
    EXPECT_EQ(encoding(), Encoding::Hashtable);
    EXPECT_EQ(set().size(), 2U);
}

TEST_F(SetTest, ABigFirstMemberMakesATable) {
    value_.replace(Set::empty_for(std::string(1000, 'a')));
    EXPECT_TRUE(edit_.add(std::string(1000, 'a')));
    EXPECT_EQ(encoding(), Encoding::Hashtable);
}

TEST_F(SetTest, StaysWhatItHasBecome) {
    add_words(0, 200);
    add_integers(0, 1);
    for (int i = 0; i < 200; ++i) EXPECT_TRUE(edit_.remove("word:" + std::to_string(i)));
    EXPECT_EQ(encoding(), Encoding::Hashtable);
    EXPECT_EQ(contents(), Strings{"0"});
}

TEST_F(SetTest, BeginsAsItsFirstMemberIs) {
    EXPECT_EQ(Set::empty_for("12").encoding, Encoding::Intset);
    EXPECT_EQ(Set::empty_for("012").encoding, Encoding::PackedSet);
    EXPECT_EQ(Set::empty_for("").encoding, Encoding::PackedSet);
}

TEST_F(SetTest, IsEmptiedWithItsLastMember) {
    for (const int many : {1, 100, 1000}) {
        for (const char* prefix : {"", "text"}) {
            value_.replace(Set::empty());
            for (int i = 0; i < many; ++i) edit_.add(prefix + std::to_string(i));
            for (int i = 0; i < many; ++i) {
                EXPECT_FALSE(is_emptied(value_.payload()));
                edit_.remove(prefix + std::to_string(i));
            }
            EXPECT_TRUE(is_emptied(value_.payload()));
        }
    }
}

TEST_F(SetTest, ADuplicateIsIndependent) {
    for (const int many : {5, 500}) {
        add_words(many, many);
        const Strings before = contents();
        ValueInMemory copy(duplicate(value_.payload()));
        edit_.remove("word:" + std::to_string(many));
        EXPECT_EQ(contents_of(Set(copy.payload())), before);
        EXPECT_EQ(Set(copy.payload()).encoding(), encoding());
    }
    EXPECT_GT(heap_bytes(value_.payload()), 5000U);
    EXPECT_GT(release_effort(value_.payload()), 20U);
}

TEST_F(SetTest, AWalkEndsWhenItIsToldTo) {
    for (const int many : {1, 100, 1000}) {
        for (const char* prefix : {"", "text"}) {
            value_.replace(Set::empty());
            for (int i = 0; i < many; ++i) edit_.add(prefix + std::to_string(i));
            int visited = 0;
            set().for_each_while([&](const Set::Element&) { return ++visited < 60; });
            EXPECT_EQ(visited, std::min(many, 60));
        }
    }
}

// Against std::set, from small to large and back, of integers only and of texts as well.
TEST_F(SetTest, RandomChangesEqualThoseOfASet) {
    limits_.intset_entries = 200;
    Random random(11);
    for (int round = 0; round < 6; ++round) {
        value_.replace(Set::empty());
        Strings model;
        for (int step = 0; step < 3000; ++step) {
            std::string text = std::to_string(random.below(round < 2 ? 150 : 600));
            if (round % 2 == 1 && random.below(step < 300 ? 100 : 3) == 0) text = "text:" + text;
            if (round == 5 && random.below(300) == 0) text.resize(100);
            if (random.below(step / 1000 % 2 == 0 ? 4 : 3) < 2) {
                ASSERT_EQ(edit_.add(text), model.insert(text).second);
            } else {
                ASSERT_EQ(edit_.remove(text), model.erase(text) == 1);
            }
            ASSERT_TRUE(set().size() == model.size());
            const std::string asked = std::to_string(random.below(600));
            ASSERT_EQ(set().contains(asked), model.contains(asked));
            if (step % 50 == 0) {
                ASSERT_EQ(contents(), model);
            }
        }
    }
}

}  // namespace
}  // namespace pongo

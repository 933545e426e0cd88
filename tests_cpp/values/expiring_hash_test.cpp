// Hashes with fields that expire, packed and in a table, against std::map.
#include "values/expiring_hash.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

#include "support/value_in_memory.h"
#include "values/field_expiry.h"
#include "values/hash.h"

namespace pongo {
namespace {

struct Expected {
    std::string value;
    std::optional<std::int64_t> expiry;
    bool operator==(const Expected&) const = default;
};
using Model = std::map<std::string, Expected>;

Model contents_of(const Hash& hash) {
    Model all;
    hash.for_each([&](const Hash::Text& name, const Hash::Text& value) {
        const std::string text = name.to_string();
        EXPECT_TRUE(all.emplace(text, Expected{value.to_string(), hash.expiry(text)}).second);
    });
    return all;
}

// The names in the order in which they stand there.
std::vector<std::string> names_of(const Hash& hash) {
    std::vector<std::string> names;
    hash.for_each([&](const Hash::Text& name, const Hash::Text&) { names.push_back(name.to_string()); });
    return names;
}

// Remembers what it is told of fields that expired.
class ToldOfExpiry : public ValueInMemory {
  public:
    using ValueInMemory::ValueInMemory;
    void field_expired(std::string_view name) override { expired.emplace_back(name); }

    std::vector<std::string> expired;
};

class ExpiringHashTest : public testing::Test {
  protected:
    Hash hash(std::int64_t now_ms = Hash::kBeforeAllTime) const { return Hash(value_.payload(), now_ms); }
    Encoding encoding() const { return value_.payload().encoding; }
    std::optional<std::int64_t> next() const { return next_field_expiry(value_.payload()); }
    std::uint64_t due(std::int64_t now_ms) const { return due_fields(value_.payload(), now_ms); }
    std::vector<std::string> erase_due(std::int64_t now_ms, std::uint64_t most = UINT64_MAX) {
        return erase_due_fields(value_, now_ms, most);
    }
    // So many fields named 0, 1, 2 ...
    void fill(int fields) {
        for (int i = 0; i < fields; ++i) edit_.put(std::to_string(i), "v");
    }

    HashLimits limits_{.fields = 10, .text_bytes = 20};
    ToldOfExpiry value_{Hash::empty()};
    HashEditor edit_{value_, limits_};
};

TEST_F(ExpiringHashTest, AHashBecomesOneWithItsFirstExpiry) {
    edit_.put("a", "1");
    edit_.put("b", "2");
    EXPECT_FALSE(edit_.clear_expiry("a"));
    EXPECT_EQ(encoding(), Encoding::Listpack);
    edit_.set_expiry("a", 1000);
    EXPECT_EQ(name_of(encoding()), "listpackex");
    EXPECT_EQ(value_.payload().storage, Storage::Inline);
    EXPECT_EQ(contents_of(hash()), (Model{{"a", {"1", 1000}}, {"b", {"2", std::nullopt}}}));
    EXPECT_TRUE(edit_.clear_expiry("a"));
    EXPECT_EQ(name_of(encoding()), "listpackex");
    EXPECT_EQ(next(), std::nullopt);
}

TEST_F(ExpiringHashTest, PackedFieldsStandInTheOrderOfTheirExpiries) {
    for (const char* name : {"a", "b", "c", "d"}) edit_.put(name, "v");
    edit_.set_expiry("d", 20);
    edit_.set_expiry("a", 10);
    edit_.set_expiry("c", 20);
    EXPECT_EQ(names_of(hash()), (std::vector<std::string>{"a", "d", "c", "b"}));
    edit_.clear_expiry("d");
    EXPECT_EQ(names_of(hash()), (std::vector<std::string>{"a", "c", "b", "d"}));
    edit_.put("c", "w", FieldExpiry::Kept);
    EXPECT_EQ(names_of(hash()), (std::vector<std::string>{"a", "c", "b", "d"}));
    edit_.put("a", "w");
    EXPECT_EQ(names_of(hash()), (std::vector<std::string>{"c", "b", "d", "a"}));
}

TEST_F(ExpiringHashTest, GrowsOutOfTheLimitsOfAListpack) {
    edit_.put("a", "1");
    edit_.set_expiry("a", 1000);
    fill(9);
    EXPECT_EQ(encoding(), Encoding::ListpackEx);
    edit_.put("one too many", "");
    EXPECT_EQ(encoding(), Encoding::HashtableEx);
    EXPECT_EQ(name_of(encoding()), "hashtable");
    EXPECT_EQ(hash().size(), 11U);
    EXPECT_EQ(hash().expiry("a"), 1000);
    edit_.erase("one too many");
    EXPECT_EQ(encoding(), Encoding::HashtableEx);
}

TEST_F(ExpiringHashTest, GrowsByTheLengthOfTexts) {
    edit_.put("a", "1");
    edit_.set_expiry("a", 1000);
    edit_.put("a", std::string(21, 'v'), FieldExpiry::Kept);
    EXPECT_EQ(encoding(), Encoding::HashtableEx);
    EXPECT_EQ(hash().expiry("a"), 1000);
}

TEST_F(ExpiringHashTest, GrowsBeyondWhatAnEntryHolds) {
    const HashLimits wide{.fields = 10, .text_bytes = 100'000};
    HashEditor edit(value_, wide);
    edit.put("a", std::string(60'000, 'v'));
    edit.put("b", std::string(60'000, 'w'));
    edit.set_expiry("b", 1000);
    EXPECT_EQ(encoding(), Encoding::ListpackEx);
    EXPECT_EQ(value_.payload().storage, Storage::Heap);
    EXPECT_EQ(edit.hash().find("a")->bytes.size(), 60'000U);
    EXPECT_EQ(erase_due(2000), std::vector<std::string>{"b"});
    EXPECT_EQ(value_.payload().storage, Storage::Inline);
    EXPECT_EQ(hash().size(), 1U);
}

TEST_F(ExpiringHashTest, ABigHashKeepsItsTable) {
    fill(1000);
    edit_.set_expiry("500", 1000);
    EXPECT_EQ(encoding(), Encoding::HashtableEx);
    EXPECT_EQ(hash().size(), 1000U);
    EXPECT_EQ(next(), 1000);
    EXPECT_GT(heap_bytes(value_.payload()), 1000U);
    EXPECT_GT(release_effort(value_.payload()), 100U);
}

TEST_F(ExpiringHashTest, ATableWithoutExpiriesHasNoIndexOfThem) {
    fill(100);
    const std::size_t plain = heap_bytes(value_.payload());
    for (int i = 0; i < 100; ++i) edit_.set_expiry(std::to_string(i), 1000);
    EXPECT_GT(heap_bytes(value_.payload()), plain + 1000);
    for (int i = 0; i < 99; ++i) EXPECT_TRUE(edit_.clear_expiry(std::to_string(i)));
    EXPECT_TRUE(edit_.erase("99"));
    EXPECT_LE(heap_bytes(value_.payload()), plain + sizeof(ExpiringHash));
    EXPECT_FALSE(edit_.clear_expiry("5"));
    EXPECT_EQ(next(), std::nullopt);
    edit_.set_expiry("5", 10);
    EXPECT_EQ(erase_due(11), std::vector<std::string>{"5"});
    EXPECT_EQ(erase_due(11), std::vector<std::string>{});
}

class FieldsOfEitherForm : public ExpiringHashTest, public testing::WithParamInterface<Encoding> {
  protected:
    FieldsOfEitherForm() {
        if (GetParam() == Encoding::HashtableEx) limits_.text_bytes = 0;
    }
};
INSTANTIATE_TEST_SUITE_P(Forms, FieldsOfEitherForm,
                         testing::Values(Encoding::ListpackEx, Encoding::HashtableEx),
                         [](const auto& form) { return std::string(name_of(form.param)); });

TEST_P(FieldsOfEitherForm, GoAfterTheirMillisecondAndInOrder) {
    for (const char* name : {"a", "b", "c", "d"}) edit_.put(name, "v");
    edit_.set_expiry("c", 10);
    edit_.set_expiry("b", 20);
    edit_.set_expiry("a", kLatestFieldExpiryMs);
    EXPECT_EQ(encoding(), GetParam());
    EXPECT_EQ(due(10), 0U);
    EXPECT_EQ(erase_due(10), std::vector<std::string>{});
    EXPECT_EQ(due(11), 1U);
    EXPECT_EQ(due(21), 2U);
    EXPECT_EQ(erase_due(100, 1), std::vector<std::string>{"c"});
    EXPECT_EQ(erase_due(100), std::vector<std::string>{"b"});
    EXPECT_EQ(contents_of(hash()), (Model{{"a", {"v", kLatestFieldExpiryMs}}, {"d", {"v", std::nullopt}}}));
}

TEST_P(FieldsOfEitherForm, AreNotSeenOnceTheyAreDue) {
    fill(4);
    edit_.set_expiry("3", 10);
    edit_.set_expiry("1", 20);
    const Hash now = hash(15);
    EXPECT_EQ(now.size(), 3U);
    EXPECT_FALSE(now.find("3"));
    EXPECT_FALSE(now.expiry("3"));
    EXPECT_TRUE(now.is_due("3"));
    EXPECT_FALSE(now.is_due("1"));
    EXPECT_FALSE(now.is_due("missing"));
    EXPECT_EQ(now.find("1")->to_string(), "v");
    EXPECT_EQ(now.expiry("1"), 20);
    EXPECT_EQ(contents_of(now).size(), 3U);
    EXPECT_EQ(hash(100).size(), 2U);
    EXPECT_EQ(hash().size(), 4U);
}

TEST_P(FieldsOfEitherForm, AreNotDrawnOnceTheyAreDue) {
    for (const int staying : {1, 5, 30}) {
        value_.replace(Hash::empty());
        limits_.fields = 40;
        fill(40);
        for (int i = staying; i < 40; ++i) edit_.set_expiry(std::to_string(i), 10);
        const Hash now = hash(11);
        Random random(4);
        std::map<std::string, int> seen;
        const auto count = [&](const Hash::Text& name, const Hash::Text&) { ++seen[name.to_string()]; };
        for (int i = 0; i < 2000; ++i) count(now.random(random).name, {});
        now.draw(2000, random, count);
        for (const auto& [name, times] : seen) {
            EXPECT_LT(std::stoi(name), staying);
            EXPECT_NEAR(times, 4000 / staying, 4000 / staying / 2 + 10) << name;
        }
        EXPECT_EQ(seen.size(), static_cast<std::size_t>(staying));
        seen.clear();
        now.sample(100, random, count);
        EXPECT_EQ(seen.size(), static_cast<std::size_t>(staying));
        for (const auto& [name, times] : seen) EXPECT_EQ(times, 1) << name;
        seen.clear();
        now.sample(1, random, count);
        EXPECT_EQ(seen.size(), 1U);
    }
}

TEST_P(FieldsOfEitherForm, GiveWayToNewOnesWhenTheyAreDue) {
    fill(3);
    edit_.set_expiry("1", 10);
    HashEditor later(value_, limits_, 11);
    EXPECT_FALSE(later.erase("1"));
    EXPECT_FALSE(later.clear_expiry("1"));
    EXPECT_EQ(hash().size(), 3U);
    EXPECT_EQ(value_.expired, std::vector<std::string>{});
    EXPECT_TRUE(later.put("1", "new", FieldExpiry::Kept));
    EXPECT_EQ(value_.expired, std::vector<std::string>{"1"});
    EXPECT_EQ(later.hash().find("1")->to_string(), "new");
    EXPECT_EQ(later.hash().expiry("1"), std::nullopt);
    EXPECT_FALSE(later.put("1", "newer"));
    EXPECT_EQ(value_.expired.size(), 1U);
}

TEST_P(FieldsOfEitherForm, ADuplicateIsIndependent) {
    limits_.fields = 100;
    fill(100);
    for (int i = 1; i < 50; ++i) edit_.set_expiry(std::to_string(i), i);
    const Model before = contents_of(hash());
    ValueInMemory copy(duplicate(value_.payload()));
    if (GetParam() == Encoding::HashtableEx) expiring_hash(value_.payload()).indexed = {0, nullptr};
    erase_due(1000);
    EXPECT_EQ(hash().size(), 51U);
    EXPECT_EQ(contents_of(Hash(copy.payload())), before);
    EXPECT_EQ(next_field_expiry(copy.payload()), 1);
    if (GetParam() == Encoding::HashtableEx) {
        EXPECT_FALSE(expiring_hash(copy.payload()).indexed);
    }
}

// Everything at one time that only goes forward; due fields stay in the hash until somebody takes them out.
class AgainstAMap : public ExpiringHashTest {
  protected:
    // The fields that are not due.
    Model visible() const {
        Model fields = model_;
        std::erase_if(fields, [&](const auto& field) { return is_due(field.second); });
        return fields;
    }
    bool is_due(const Expected& field) const { return field.expiry && *field.expiry < now_ms_; }
    std::uint64_t due_in_model() const { return model_.size() - visible().size(); }
    void put(HashEditor& edit, const std::string& name, const std::string& text, FieldExpiry expiry) {
        const auto found = model_.find(name);
        const bool was_due = found != model_.end() && is_due(found->second);
        value_.expired.clear();
        ASSERT_EQ(edit.put(name, text, expiry), found == model_.end() || was_due);
        ASSERT_EQ(value_.expired.size(), was_due ? 1U : 0U);
        Expected& field = model_[name];
        field.value = text;
        if (was_due || expiry == FieldExpiry::Cleared) field.expiry.reset();
    }
    void erase_some_due(std::uint64_t most) {
        if (!expires_in_parts(encoding())) return;
        const std::vector<std::string> names = erase_due(now_ms_, most);
        ASSERT_EQ(names.size(), std::min(most, due_in_model()));
        for (const std::string& name : names) {
            ASSERT_TRUE(is_due(model_.at(name)));
            model_.erase(name);
        }
    }
    void change(Random& random, const std::string& name) {
        HashEditor edit(value_, limits_, now_ms_);
        const Model seen = visible();
        const auto found = seen.find(name);
        switch (random.below(8)) {
            case 0:
            case 1:
                return put(edit, name, std::to_string(random.below(1000)),
                           random.below(2) == 0 ? FieldExpiry::Kept : FieldExpiry::Cleared);
            case 2:
            case 3:
                if (found == seen.end()) return;
                model_[name].expiry = now_ms_ + static_cast<std::int64_t>(random.below(100));
                return edit.set_expiry(name, *model_[name].expiry);
            case 4:
                ASSERT_EQ(edit.clear_expiry(name), found != seen.end() && found->second.expiry);
                if (found != seen.end()) model_[name].expiry.reset();
                return;
            case 5:
                ASSERT_EQ(edit.erase(name), found != seen.end());
                if (found != seen.end()) model_.erase(name);
                return;
            case 6:
                now_ms_ += static_cast<std::int64_t>(random.below(10));
                return;
            default:
                return erase_some_due(random.below(2) == 0 ? UINT64_MAX : random.below(3));
        }
    }
    void expect_equal(const std::string& name) {
        const Model seen = visible();
        const Hash now = hash(now_ms_);
        ASSERT_EQ(now.size(), seen.size());
        ASSERT_EQ(now.expiry(name), seen.count(name) == 1 ? seen.at(name).expiry : std::nullopt);
        ASSERT_EQ(now.find(name).has_value(), seen.count(name) == 1);
        ASSERT_EQ(contents_of(now), seen);
        if (!expires_in_parts(encoding())) return;
        ASSERT_EQ(hash().size(), model_.size());
        ASSERT_EQ(due(now_ms_), due_in_model());
        std::set<std::int64_t> expiries;
        for (const auto& [field, expected] : model_) {
            if (expected.expiry) expiries.insert(*expected.expiry);
        }
        ASSERT_EQ(next(), expiries.empty() ? std::nullopt : std::optional(*expiries.begin()));
    }

    Model model_;
    std::int64_t now_ms_ = 1;
};

TEST_F(AgainstAMap, RandomChangesAreTheSame) {
    Random random(3);
    std::set<Encoding> encodings;
    for (int step = 0; step < 8000; ++step) {
        // A small hash now and then, which grows into a big one.
        if (step % 2000 == 0) {
            value_.replace(Hash::empty());
            model_.clear();
        }
        const std::string name = std::to_string(random.below(step % 2000 < 1000 ? 10 : 100));
        ASSERT_NO_FATAL_FAILURE(change(random, name));
        ASSERT_NO_FATAL_FAILURE(expect_equal(name)) << step;
        encodings.insert(encoding());
    }
    EXPECT_EQ(encodings, (std::set{Encoding::Listpack, Encoding::ListpackEx, Encoding::HashtableEx}));
}

}  // namespace
}  // namespace pongo

// Hashes with fields that expire, against std::map.
#include "values/expiring_hash.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "support/value_in_memory.h"
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

class ExpiringHashTest : public testing::Test {
  protected:
    Hash hash() const { return Hash(value_.payload()); }
    Encoding encoding() const { return value_.payload().encoding; }
    ExpiringHash& expiring() { return expiring_hash(value_.payload()); }

    HashLimits limits_{.fields = 10, .text_bytes = 20};
    ValueInMemory value_{Hash::empty()};
    HashEditor edit_{value_, limits_};
};

TEST_F(ExpiringHashTest, AHashBecomesOneWithItsFirstExpiry) {
    edit_.put("a", "1");
    edit_.put("b", "2");
    EXPECT_FALSE(edit_.clear_expiry("a"));
    EXPECT_EQ(encoding(), Encoding::Listpack);
    edit_.set_expiry("a", 1000);
    EXPECT_EQ(name_of(encoding()), "listpackex");
    EXPECT_EQ(contents_of(hash()), (Model{{"a", {"1", 1000}}, {"b", {"2", std::nullopt}}}));
    EXPECT_TRUE(edit_.clear_expiry("a"));
    EXPECT_EQ(name_of(encoding()), "listpackex");
    EXPECT_EQ(expiring().next_expiry(), std::nullopt);
}

TEST_F(ExpiringHashTest, GrowsOutOfTheLimitsOfAListpack) {
    edit_.put("a", "1");
    edit_.set_expiry("a", 1000);
    for (int i = 0; i < 9; ++i) edit_.put(std::to_string(i), "v");
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

TEST_F(ExpiringHashTest, ABigHashKeepsItsTable) {
    for (int i = 0; i < 1000; ++i) edit_.put(std::to_string(i), "v");
    edit_.set_expiry("500", 1000);
    EXPECT_EQ(encoding(), Encoding::HashtableEx);
    EXPECT_EQ(hash().size(), 1000U);
    EXPECT_EQ(expiring().next_expiry(), 1000);
    EXPECT_GT(heap_bytes(value_.payload()), 1000U);
    EXPECT_GT(release_effort(value_.payload()), 100U);
}

TEST_F(ExpiringHashTest, FieldsGoAfterTheirMillisecondAndInOrder) {
    for (const char* name : {"a", "b", "c", "d"}) edit_.put(name, "v");
    edit_.set_expiry("c", 10);
    edit_.set_expiry("b", 20);
    edit_.set_expiry("a", ExpiringHash::kLatestMs);
    EXPECT_FALSE(expiring().has_due_fields(10));
    EXPECT_EQ(expiring().erase_due(10), std::vector<std::string>{});
    EXPECT_TRUE(expiring().has_due_fields(11));
    EXPECT_EQ(expiring().erase_due(100, 1), std::vector<std::string>{"c"});
    EXPECT_EQ(expiring().erase_due(100), std::vector<std::string>{"b"});
    EXPECT_EQ(contents_of(hash()),
              (Model{{"a", {"v", ExpiringHash::kLatestMs}}, {"d", {"v", std::nullopt}}}));
}

TEST_F(ExpiringHashTest, ADuplicateIsIndependent) {
    for (int i = 0; i < 100; ++i) edit_.put(std::to_string(i), "v");
    for (int i = 0; i < 50; ++i) edit_.set_expiry(std::to_string(i), i);
    const Model before = contents_of(hash());
    ValueInMemory copy(duplicate(value_.payload()));
    expiring().indexed = {0, nullptr};
    expiring().erase_due(1000);
    EXPECT_EQ(contents_of(Hash(copy.payload())), before);
    EXPECT_EQ(expiring_hash(copy.payload()).next_expiry(), 0);
    EXPECT_FALSE(expiring_hash(copy.payload()).indexed);
}

TEST_F(ExpiringHashTest, RandomChangesEqualThoseOfAMap) {
    Random random(3);
    Model model;
    std::int64_t now_ms = 0;
    for (int step = 0; step < 8000; ++step) {
        const std::string name = std::to_string(random.below(step < 1000 ? 12 : 200));
        const auto found = model.find(name);
        switch (random.below(7)) {
            case 0:
            case 1: {
                const std::string text = std::to_string(random.below(1000));
                const bool kept = random.below(2) == 0;
                EXPECT_EQ(edit_.put(name, text, kept ? FieldExpiry::Kept : FieldExpiry::Cleared),
                          found == model.end());
                Expected& field = model[name];
                field.value = text;
                if (!kept) field.expiry.reset();
                break;
            }
            case 2:
            case 3:
                if (found == model.end()) break;
                found->second.expiry = now_ms + static_cast<std::int64_t>(random.below(100));
                edit_.set_expiry(name, *found->second.expiry);
                break;
            case 4:
                EXPECT_EQ(edit_.clear_expiry(name), found != model.end() && found->second.expiry);
                if (found != model.end()) found->second.expiry.reset();
                break;
            case 5:
                EXPECT_EQ(edit_.erase(name), model.erase(name) == 1);
                break;
            default: {
                now_ms += static_cast<std::int64_t>(random.below(20));
                if (!expires_in_parts(encoding())) break;
                const auto due = [&](const auto& field) {
                    return field.second.expiry && *field.second.expiry < now_ms;
                };
                EXPECT_EQ(expiring().erase_due(now_ms).size(), std::erase_if(model, due));
            }
        }
        ASSERT_EQ(hash().size(), model.size());
        ASSERT_EQ(hash().expiry(name), model.count(name) == 1 ? model[name].expiry : std::nullopt);
        if (step % 50 == 0) {
            ASSERT_EQ(contents_of(hash()), model);
        }
    }
}

}  // namespace
}  // namespace pongo

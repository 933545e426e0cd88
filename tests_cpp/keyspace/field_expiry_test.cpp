// Fields of hashes whose time has come: nobody sees them any more, and each database knows which are next.
#include "values/field_expiry.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "keyspace/access.h"
#include "support/recording_sink.h"
#include "values/hash.h"
#include "values/string.h"

namespace pongo {
namespace {

using Lines = std::vector<std::string>;

class FieldExpiryInTheKeyspace : public testing::Test {
  protected:
    FieldExpiryInTheKeyspace() { context_.now_ms = 1000; }

    // Puts a field, and an expiry where it is not 0.
    void put(std::string_view key, std::string_view name, std::int64_t at_ms, int db = 0) {
        Access access(context_, db);
        WriteEntry entry = access.find_for_write(key);
        if (!entry) access.put(entry, Hash::empty(), std::nullopt);
        HeldValue held(entry);
        HashEditor edit(held, limits_, context_.now_ms);
        edit.put(name, "v");
        if (at_ms != 0) edit.set_expiry(name, at_ms);
        entry.changed_silently();
    }
    std::size_t size_of(std::string_view key, int db = 0) {
        const Entry* entry = Access(context_, db).find(key, Access::Note::Nothing);
        return entry ? Hash(entry->payload(), context_.now_ms).size() : 0;
    }
    Database& database(std::string_view key, int db = 0) {
        return keyspace_.database(db, keyspace_.locate(key));
    }
    const Entry* stored(std::string_view key, int db = 0) {
        return database(key, db).find(keyspace_.locate(key));
    }
    void expect_valid() {
        for (std::size_t shard = 0; shard < static_cast<std::size_t>(keyspace_.shards()); ++shard) {
            for (const auto& database : keyspace_.shard(shard).databases) ASSERT_TRUE(database->valid());
        }
    }
    void commit() { log_.commit(unit_); }
    void forget() {
        commit();
        sink_.forget();
    }

    HashLimits limits_{.fields = 8, .text_bytes = 64};
    Keyspace keyspace_{2, 2};
    EffectLog log_;
    Unit unit_;
    Counters counters_;
    AccessClock clock_;
    AccessContext context_{
        .keyspace = keyspace_, .log = log_, .unit = unit_, .counters = counters_, .clock = clock_};
    RecordingSink sink_{log_};
    Access access_{context_, 0};
};

TEST_F(FieldExpiryInTheKeyspace, DueFieldsAreRemovedWhenTheirHashIsLookedFor) {
    put("h", "a", 2000);
    put("h", "b", 2500);
    put("h", "c", 0);
    context_.now_ms = 2000;
    EXPECT_EQ(size_of("h"), 3U);
    forget();
    context_.now_ms = 3000;
    EXPECT_EQ(size_of("h"), 1U);
    commit();
    EXPECT_EQ(sink_.events(), Lines{"0 hexpired h"});
    EXPECT_EQ(sink_.commands(), Lines{"0 HDEL h a b"});
    EXPECT_EQ(sink_.touched(), Lines{"0 h"});
    EXPECT_EQ(counters_.expired_fields.get(), 2U);
    EXPECT_EQ(database("h").first_with_due_fields(INT64_MAX), nullptr);
    expect_valid();
}

TEST_F(FieldExpiryInTheKeyspace, TheLastFieldTakesTheKeyWithIt) {
    put("h", "a", 2000);
    forget();
    context_.now_ms = 2001;
    EXPECT_FALSE(access_.find_for_write("h"));
    commit();
    EXPECT_EQ(sink_.events(), (Lines{"0 hexpired h", "0 del h"}));
    EXPECT_EQ(sink_.commands(), Lines{"0 HDEL h a"});
    EXPECT_EQ(keyspace_.size(0), 0U);
    expect_valid();
}

TEST_F(FieldExpiryInTheKeyspace, WhereEverythingMustStayDueFieldsAreHidden) {
    put("h", "a", 2000);
    put("h", "b", 0);
    put("gone", "a", 2000);
    forget();
    context_.now_ms = 3000;
    context_.keep_expired = true;
    EXPECT_EQ(size_of("h"), 1U);
    EXPECT_EQ(size_of("gone"), 0U);
    EXPECT_EQ(Hash(stored("h")->payload()).size(), 2U);
    EXPECT_NE(stored("gone"), nullptr);
    commit();
    EXPECT_EQ(sink_.events(), Lines{});
    context_.keep_expired = false;
    EXPECT_EQ(size_of("h"), 1U);
    EXPECT_EQ(Hash(stored("h")->payload()).size(), 1U);
    expect_valid();
}

TEST_F(FieldExpiryInTheKeyspace, ReadingAHashThatMustStayCopiesNothing) {
    put("h", "a", 2000);
    put("h", "b", 0);
    context_.now_ms = 3000;
    context_.keep_expired = true;
    EXPECT_EQ(access_.find("h"), stored("h"));
}

TEST_F(FieldExpiryInTheKeyspace, ReadersLeaveManyDueFieldsToTheCycleAndDoNotSeeThem) {
    for (int i = 0; i < 1000; ++i) put("h", std::to_string(i), 2000);
    put("h", "stays", 0);
    forget();
    context_.now_ms = 3000;
    EXPECT_EQ(size_of("h"), 1U);
    EXPECT_EQ(Hash(stored("h")->payload()).size(), 1001U);
    commit();
    EXPECT_EQ(sink_.commands(), Lines{});
    expect_valid();
}

TEST_F(FieldExpiryInTheKeyspace, WritersTakeAFewDueFieldsEachTime) {
    for (int i = 0; i < 1000; ++i) put("h", std::to_string(i), 2000);
    put("h", "stays", 0);
    forget();
    context_.now_ms = 3000;
    EXPECT_TRUE(access_.find_for_write("h"));
    const std::uint64_t removed = counters_.expired_fields.get();
    EXPECT_GT(removed, 0U);
    EXPECT_LT(removed, 100U);
    EXPECT_EQ(Hash(stored("h")->payload()).size(), 1001 - removed);
    commit();
    EXPECT_EQ(sink_.events(), Lines{"0 hexpired h"});
    expect_valid();
}

TEST_F(FieldExpiryInTheKeyspace, ADueFieldThatIsSetAnewIsToldFirst) {
    for (int i = 0; i < 1000; ++i) put("h", std::to_string(i), 2000 + i);
    put("h", "stays", 0);
    context_.now_ms = 5000;
    access_.find_for_write("h");
    forget();
    put("h", "999", 0);
    commit();
    EXPECT_EQ(sink_.events(), (Lines{"0 hexpired h", "0 hexpired h"}));
    const Lines commands = sink_.commands();
    ASSERT_EQ(commands.size(), 2U);
    EXPECT_EQ(commands.back(), "0 HDEL h 999");
    EXPECT_EQ(size_of("h"), 2U);
    expect_valid();
}

TEST_F(FieldExpiryInTheKeyspace, AKeyIsGoneWhenAllOfManyFieldsAreDue) {
    for (int i = 0; i < 1000; ++i) put("h", std::to_string(i), 2000);
    forget();
    context_.now_ms = 3000;
    EXPECT_EQ(access_.find("h"), nullptr);
    EXPECT_NE(stored("h"), nullptr);
    EXPECT_FALSE(access_.find_for_write("h"));
    EXPECT_EQ(stored("h"), nullptr);
    commit();
    EXPECT_EQ(sink_.events(), (Lines{"0 keymiss h", "0 hexpired h", "0 del h"}));
    EXPECT_EQ(sink_.commands(), Lines{"0 DEL h"});
    EXPECT_EQ(counters_.expired_fields.get(), 1000U);
    expect_valid();
}

TEST_F(FieldExpiryInTheKeyspace, SlicesOfAHashGoOneByOne) {
    for (int i = 0; i < 10; ++i) put("h", std::to_string(i), 2000 + i);
    forget();
    context_.now_ms = 3000;
    Entry* entry = database("h").first_with_due_fields(context_.now_ms);
    entry = access_.expire_fields(keyspace_.locate("h"), entry, 6);
    ASSERT_NE(entry, nullptr);
    EXPECT_EQ(Hash(entry->payload()).size(), 4U);
    EXPECT_EQ(database("h").first_with_due_fields(context_.now_ms), entry);
    expect_valid();
    EXPECT_EQ(access_.expire_fields(keyspace_.locate("h"), entry, 6), nullptr);
    EXPECT_EQ(keyspace_.size(0), 0U);
    expect_valid();
}

TEST_F(FieldExpiryInTheKeyspace, TheKeysOwnExpiryComesFirst) {
    put("h", "a", 2000);
    access_.find_for_write("h").set_expiry(1500);
    expect_valid();
    forget();
    context_.now_ms = 3000;
    EXPECT_EQ(size_of("h"), 0U);
    commit();
    EXPECT_EQ(sink_.events(), Lines{"0 expired h"});
    expect_valid();
}

TEST_F(FieldExpiryInTheKeyspace, AnotherValueInItsPlaceHasNoFields) {
    put("h", "a", 2000);
    access_.put("h", String::encode("text"), std::nullopt).changed_silently();
    expect_valid();
    EXPECT_EQ(database("h").first_with_due_fields(INT64_MAX), nullptr);
}

// Against a map: fields, expiries of keys, moves within and between databases, exchanges of databases.
TEST_F(FieldExpiryInTheKeyspace, EveryDatabaseKnowsItsNextFieldUnderRandomOperations) {
    Random random(5);
    std::map<std::pair<int, std::string>, std::map<std::string, std::int64_t>> model;
    const auto drop_due = [&] {
        for (auto& [at, fields] : model) {
            std::erase_if(fields, [&](const auto& field) {
                return field.second != 0 && field.second < context_.now_ms;
            });
        }
        std::erase_if(model, [](const auto& hash) { return hash.second.empty(); });
    };
    for (int step = 0; step < 5000; ++step) {
        const int db = static_cast<int>(random.below(2));
        const std::string key = "{x}" + std::to_string(random.below(6));
        const std::string other = "{x}" + std::to_string(random.below(6));
        const std::string name = std::to_string(random.below(12));
        Access access(context_, db);
        switch (random.below(9)) {
            case 0: {
                const int to = static_cast<int>(random.below(2));
                if (to == db && key == other) break;
                WriteEntry from = access.find_for_write(key);
                if (!from) break;
                Access target(context_, to);
                WriteEntry taken = target.find_for_write(other);
                target.move(from, taken);
                from.changed_silently();
                taken.changed_silently();
                model[{to, other}] = model[{db, key}];
                model.erase({db, key});
                break;
            }
            case 1: {
                WriteEntry entry = access.find_for_write(key);
                if (!entry) break;
                entry.set_expiry(random.below(2) == 0 ? std::optional<std::int64_t>(1'000'000'000)
                                                      : std::nullopt);
                break;
            }
            case 2: {
                keyspace_.swap_databases(0, 1);
                decltype(model) swapped;
                for (auto& [at, fields] : model) swapped[{1 - at.first, at.second}] = fields;
                model = swapped;
                break;
            }
            case 3: {
                WriteEntry entry = access.find_for_write(key);
                if (!entry) break;
                HeldValue held(entry);
                HashEditor(held, limits_, context_.now_ms).erase(name);
                entry.changed_silently();
                model[{db, key}].erase(name);
                break;
            }
            case 4:
                context_.now_ms += static_cast<std::int64_t>(random.below(50));
                if (Entry* entry = database(key, db).first_with_due_fields(context_.now_ms)) {
                    access.expire_fields(keyspace_.locate(entry->key()), entry);
                }
                break;
            default: {
                drop_due();
                const auto at_ms = context_.now_ms + 1 + static_cast<std::int64_t>(random.below(300));
                const bool expires = random.below(4) != 0;
                put(key, name, expires ? at_ms : 0, db);
                model[{db, key}][name] = expires ? at_ms : 0;
            }
        }
        drop_due();
        const auto expected = model.find({db, key});
        ASSERT_EQ(size_of(key, db), expected == model.end() ? 0 : expected->second.size());
        ASSERT_NO_FATAL_FAILURE(expect_valid());
        forget();
    }
}

}  // namespace
}  // namespace pongo

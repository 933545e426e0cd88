#include "keyspace/access.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "support/recording_sink.h"
#include "values/string.h"

namespace pongo {
namespace {

using Lines = std::vector<std::string>;

class AccessTest : public testing::Test {
  protected:
    AccessTest() { advance_to(1000); }

    void advance_to(std::int64_t now_ms) {
        context_.now_ms = now_ms;
        clock_.advance(now_ms, AccessClock::Policy::LeastRecent, 10, 1);
    }
    void put(std::string_view key, std::string_view value,
             std::optional<std::int64_t> expiry = std::nullopt) {
        access_.put(key, String::encode(value), expiry).changed_silently();
        commit();
        sink_.forget();
    }
    std::string get(std::string_view key, int db = 0) {
        const Entry* entry = Access(context_, db).find(key, Access::Note::Nothing);
        return entry ? std::string(String(entry->payload()).view()) : "(none)";
    }
    void commit() { log_.commit(unit_); }

    Keyspace keyspace_{2, 4};
    EffectLog log_;
    Unit unit_;
    Counters counters_;
    AccessClock clock_;
    AccessContext context_{
        .keyspace = keyspace_, .log = log_, .unit = unit_, .counters = counters_, .clock = clock_};
    RecordingSink sink_{log_};
    Access access_{context_, 0};
};

TEST_F(AccessTest, FindingCountsHitsAndMisses) {
    put("k", "v");
    EXPECT_NE(access_.find("k"), nullptr);
    EXPECT_NE(access_.find("k", Access::Note::Look), nullptr);
    EXPECT_EQ(access_.find("missing"), nullptr);
    commit();
    EXPECT_EQ(counters_.keyspace_hits.get(), 2U);
    EXPECT_EQ(counters_.keyspace_misses.get(), 1U);
    EXPECT_EQ(sink_.events(), Lines{"0 keymiss missing"});
}

TEST_F(AccessTest, FindingWithoutANoteLeavesNoTrace) {
    put("k", "v");
    access_.find("k", Access::Note::Nothing);
    access_.find("missing", Access::Note::Nothing);
    commit();
    EXPECT_EQ(counters_.keyspace_hits.get() + counters_.keyspace_misses.get(), 0U);
    EXPECT_EQ(sink_.events(), Lines{});
}

TEST_F(AccessTest, OnlyAUseIsRemembered) {
    put("k", "v");
    advance_to(60'000);
    EXPECT_EQ(clock_.idle_seconds(access_.find("k", Access::Note::Look)->access()), 59);
    context_.note_use = false;
    EXPECT_EQ(clock_.idle_seconds(access_.find("k")->access()), 59);
    context_.note_use = true;
    EXPECT_EQ(clock_.idle_seconds(access_.find("k")->access()), 0);
}

TEST_F(AccessTest, AnExpiredKeyIsRemovedWhenItIsLookedFor) {
    put("k", "v", 2000);
    advance_to(2000);
    EXPECT_EQ(get("k"), "v");
    advance_to(2001);
    EXPECT_EQ(get("k"), "(none)");
    commit();
    EXPECT_EQ(sink_.events(), Lines{"0 expired k"});
    EXPECT_EQ(sink_.commands(), Lines{"0 DEL k"});
    EXPECT_EQ(sink_.touched(), Lines{"0 k"});
    EXPECT_EQ(counters_.expired_keys.get(), 1U);
    EXPECT_EQ(keyspace_.size(0), 0U);
}

TEST_F(AccessTest, AnExpiredKeyIsUnlinkedWhereExpiryIsLazy) {
    put("k", "v", 2000);
    advance_to(3000);
    context_.free_expired = Keyspace::Free::Lazily;
    EXPECT_FALSE(access_.find_for_write("k"));
    commit();
    EXPECT_EQ(sink_.commands(), Lines{"0 UNLINK k"});
}

TEST_F(AccessTest, PutCreatesAndOverwritesWithValueAndExpiry) {
    {
        WriteEntry entry = access_.put("k", String::encode("one"), 5000);
        entry.changed("set", EventClass::String);
    }
    commit();
    EXPECT_EQ(sink_.events(), (Lines{"0 new k", "0 set k"}));
    EXPECT_EQ(access_.find("k")->expires_at_ms(), 5000);
    access_.put("k", String::encode("two"), std::nullopt).changed("set", EventClass::String);
    commit();
    EXPECT_EQ(sink_.events(), Lines{"0 set k"});
    EXPECT_FALSE(access_.find("k")->has_expiry());
    EXPECT_EQ(get("k"), "two");
    EXPECT_EQ(get("k", 1), "(none)");
}

TEST_F(AccessTest, BooksAreKeptOnceForAllThatAGuardChanged) {
    put("k", "v");
    const std::uint64_t before = counters_.changes.get();
    {
        WriteEntry entry = access_.find_for_write("k");
        entry.changed("one", EventClass::String);
        entry.changed("two", EventClass::String, 3);
        entry.also("three", EventClass::String);
        const WriteEntry moved(std::move(entry));
    }
    commit();
    EXPECT_EQ(counters_.changes.get() - before, 4U);
    EXPECT_EQ(sink_.touched(), Lines{"0 k"});
    EXPECT_EQ(sink_.events(), (Lines{"0 one k", "0 two k", "0 three k"}));
}

TEST_F(AccessTest, AChangeThatCountsNothingStillTouchesTheKey) {
    put("k", "v");
    const std::uint64_t before = counters_.changes.get();
    access_.find_for_write("k").changed("moved", EventClass::Generic, 0);
    commit();
    EXPECT_EQ(counters_.changes.get(), before);
    EXPECT_EQ(sink_.touched(), Lines{"0 k"});
}

TEST_F(AccessTest, AGuardThatChangedNothingSaysNothing) {
    put("k", "v");
    { const WriteEntry entry = access_.find_for_write("k"); }
    commit();
    EXPECT_EQ(sink_.touched(), Lines{});
    EXPECT_EQ(sink_.events(), Lines{});
}

TEST_F(AccessTest, WithoutSinksNothingIsWrittenDown) {
    EffectLog deaf;
    AccessContext context{
        .keyspace = keyspace_, .log = deaf, .unit = unit_, .counters = counters_, .clock = clock_};
    Access(context, 0).put("k", String::encode("v"), std::nullopt).changed("set", EventClass::String);
    EXPECT_TRUE(unit_.empty());
    EXPECT_EQ(counters_.changes.get(), 1U);
}

TEST_F(AccessTest, RemovingTakesTheKeyAwayWithItsEvent) {
    put("k", "v", 5000);
    {
        WriteEntry entry = access_.find_for_write("k");
        entry.remove("del");
        EXPECT_FALSE(entry);
    }
    commit();
    EXPECT_EQ(get("k"), "(none)");
    EXPECT_EQ(sink_.events(), Lines{"0 del k"});
    EXPECT_EQ(keyspace_.volatile_size(0), 0U);
}

TEST_F(AccessTest, AKeyThatWasCreatedAndNeverSaidToBeChangedIsTakenBack) {
    { access_.put("k", String::encode("half made"), std::nullopt); }
    EXPECT_EQ(get("k"), "(none)");
}

TEST_F(AccessTest, MovingCarriesValueExpiryAndUseToAFreeName) {
    for (const std::string& value : {std::string("v"), std::string("12"), std::string(9000, 'v')}) {
        advance_to(1000);
        put("from", value, 90'000'000);
        advance_to(61'000);
        context_.note_use = false;
        {
            WriteEntry from = access_.find_for_write("from");
            Access other(context_, 1);
            WriteEntry to = other.find_for_write("to");
            other.move(from, to);
            to.changed_silently();
            EXPECT_FALSE(from);
            EXPECT_EQ(to->expires_at_ms(), 90'000'000);
            EXPECT_EQ(clock_.idle_seconds(to->access()), 60);
        }
        EXPECT_EQ(get("from"), "(none)");
        EXPECT_EQ(get("to", 1), value);
        Access(context_, 1).find_for_write("to").remove("del");
    }
}

TEST_F(AccessTest, MovingReplacesWhateverHadTheName) {
    const std::string big(9000, 'b');
    for (const std::string& value : {std::string("v"), std::string("12"), big}) {
        for (const std::string& replaced : {std::string("old"), std::string("34"), big + "old"}) {
            put("from", value);
            put("to", replaced, 90'000'000);
            WriteEntry from = access_.find_for_write("from");
            WriteEntry to = access_.find_for_write("to");
            access_.move(from, to);
            EXPECT_EQ(get("to"), value);
            EXPECT_FALSE(to->has_expiry());
            EXPECT_EQ(keyspace_.volatile_size(0), 0U);
        }
    }
}

TEST_F(AccessTest, RawBytesKeepWhatFitsAndZeroTheRest) {
    for (const std::size_t before : {1, 100, 4096, 4097, 20'000}) {
        for (const std::size_t after : {1, 50, 100, 4096, 4097, 30'000}) {
            put("k", std::string(before, 'x'), 5000);
            {
                WriteEntry entry = access_.find_for_write("k");
                entry.raw_bytes(after);
                entry.changed("setrange", EventClass::String);
                EXPECT_EQ(entry->encoding(), Encoding::Raw);
                EXPECT_EQ(entry->expires_at_ms(), 5000);
            }
            std::string expected(std::min(before, after), 'x');
            expected.resize(after);
            EXPECT_EQ(get("k"), expected) << before << " to " << after;
        }
    }
}

TEST_F(AccessTest, RawBytesOfAnIntegerAreItsDigits) {
    put("k", "12345");
    access_.find_for_write("k").raw_bytes(7)[5] = '6';
    EXPECT_EQ(get("k"), std::string("123456\0", 7));
}

TEST_F(AccessTest, AHeldStringGrowsAndShrinksInItsMiddle) {
    for (const std::size_t size : {std::size_t{20}, String::kMaxInline, String::kMaxInline + 1}) {
        std::string expected(size, 'x');
        access_.put("k", String::encode_raw(expected), std::nullopt).changed_silently();
        for (const auto& [offset, erased, inserted] :
             {std::array{3, 0, 10}, std::array{5, 12, 1}, std::array{0, 2, 2}, std::array{7, 5, 6000}}) {
            WriteEntry entry = access_.find_for_write("k");
            HeldString held(entry);
            char* const bytes = held.splice(offset, erased, inserted);
            std::fill_n(bytes + offset, inserted, 'y');
            expected.replace(offset, erased, inserted, 'y');
            ASSERT_EQ(held.view(), expected);
        }
    }
}

TEST_F(AccessTest, RawBytesAreNotThoseThatSomebodyElseHolds) {
    const std::string value(10'000, 'x');
    for (const std::size_t size : {100, 10'000, 50'000}) {
        put("k", value);
        const BlobRef held = String(access_.find("k")->payload()).shared();
        access_.find_for_write("k").raw_bytes(size)[0] = 'y';
        EXPECT_EQ(held->view(), value);
        EXPECT_EQ(get("k")[0], 'y');
        EXPECT_TRUE(held->unique());
    }
}

TEST_F(AccessTest, ADuplicateDoesNotChangeWithTheOriginal) {
    for (const std::string& value : {std::string("short"), std::string("42"), std::string(10'000, 'x')}) {
        put("original", value);
        put("copy", "old");
        const Payload copy = duplicate(access_.find("original")->payload());
        access_.put("copy", copy, std::nullopt).changed_silently();
        access_.find_for_write("original").raw_bytes(value.size())[0] = 'y';
        EXPECT_EQ(get("copy"), value);
        access_.find_for_write("original").remove("del");
        EXPECT_EQ(get("copy"), value);
    }
}

}  // namespace
}  // namespace pongo

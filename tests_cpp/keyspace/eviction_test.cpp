#include "keyspace/eviction.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "support/recording_sink.h"
#include "values/string.h"

namespace pongo {
namespace {

using First = EvictionRule::First;
using Lines = std::vector<std::string>;
using Outcome = Eviction::Outcome;

// With so many shards (their keys are few: each look sees all of a shard), or with one.
class EvictionTest : public testing::TestWithParam<int> {
  protected:
    EvictionTest() { advance_to(1'000'000'000); }

    void advance_to(std::int64_t now_ms, AccessClock::Policy policy = AccessClock::Policy::LeastRecent) {
        context_.now_ms = now_ms;
        clock_.advance(now_ms, policy, 10, 1);
    }
    void put(const std::string& key, std::optional<std::int64_t> expiry = std::nullopt, int db = 0) {
        WriteEntry entry = Access(context_, db).put(key, String::encode("value"), expiry);
        entry.changed_silently();
    }
    void put_idle(const std::string& key, std::int64_t seconds) {
        put(key);
        Access(context_, 0).find_for_write(key).set_access(clock_.idle_for(seconds));
    }
    bool is_there(const std::string& key, int db = 0) { return Access(context_, db).is_there(key); }
    Outcome evict(const EvictionRule& rule) {
        const Outcome outcome = eviction_.evict_one(rule, Keyspace::Free::Now);
        log_.commit(unit_);
        locks_.release();
        return outcome;
    }
    std::uint64_t size() {
        std::uint64_t keys = 0;
        for (int db = 0; db < keyspace_.databases(); ++db) keys += keyspace_.size(db);
        return keys;
    }

    Keyspace keyspace_{3, GetParam()};
    EffectLog log_;
    Unit unit_;
    Counters counters_;
    AccessClock clock_;
    AccessContext context_{
        .keyspace = keyspace_, .log = log_, .unit = unit_, .counters = counters_, .clock = clock_};
    KeyLocks locks_{keyspace_};
    Eviction eviction_{context_, locks_};
};

INSTANTIATE_TEST_SUITE_P(Shards, EvictionTest, testing::Values(1, 8));

TEST_P(EvictionTest, OfNothingThereIsNothing) {
    for (const First first : {First::LeastRecent, First::LeastFrequent, First::NextToExpire, First::Any}) {
        EXPECT_EQ(evict({.first = first}), Outcome::Nothing);
        EXPECT_EQ(evict({.first = first, .only_volatile = true}), Outcome::Nothing);
    }
}

TEST_P(EvictionTest, EveryKeyOfEveryDatabaseGoesAtLast) {
    for (const First first : {First::LeastRecent, First::LeastFrequent, First::Any}) {
        for (int i = 0; i < 300; ++i) put("k" + std::to_string(i), std::nullopt, i % 3);
        for (int i = 0; i < 300; ++i) EXPECT_EQ(evict({.first = first}), Outcome::Evicted);
        EXPECT_EQ(size(), 0U);
        EXPECT_EQ(evict({.first = first}), Outcome::Nothing);
    }
    EXPECT_EQ(counters_.evicted_keys.get(), 900U);
}

TEST_P(EvictionTest, OnlyVolatileKeysGoWhereTheRuleSaysSo) {
    for (const First first : {First::LeastRecent, First::LeastFrequent, First::NextToExpire, First::Any}) {
        for (int i = 0; i < 100; ++i) put("stays" + std::to_string(i), std::nullopt, i % 3);
        for (int i = 0; i < 100; ++i) put("goes" + std::to_string(i), 2'000'000'000 + i, i % 3);
        const EvictionRule rule{.first = first, .only_volatile = true};
        for (int i = 0; i < 100; ++i) EXPECT_EQ(evict(rule), Outcome::Evicted);
        EXPECT_EQ(evict(rule), Outcome::Nothing);
        for (int i = 0; i < 100; ++i) EXPECT_TRUE(is_there("stays" + std::to_string(i), i % 3));
    }
}

TEST_P(EvictionTest, WhatWasNotUsedForLongGoesBeforeWhatWas) {
    for (int i = 0; i < 500; ++i) put_idle("old" + std::to_string(i), 1000 + i);
    for (int i = 0; i < 500; ++i) put_idle("new" + std::to_string(i), i % 10);
    for (int i = 0; i < 400; ++i) ASSERT_EQ(evict({}), Outcome::Evicted);
    int kept = 0;
    for (int i = 0; i < 500; ++i) kept += is_there("new" + std::to_string(i)) ? 1 : 0;
    EXPECT_GT(kept, 475);
}

TEST_P(EvictionTest, AKeyThatIsUsedAfterALookIsSpared) {
    for (int i = 0; i < 8; ++i) put_idle("k" + std::to_string(i), 1000);
    ASSERT_EQ(evict({}), Outcome::Evicted);  // The others are candidates now.
    for (int i = 0; i < 8; ++i) Access(context_, 0).find("k" + std::to_string(i));
    for (int i = 0; i < 100; ++i) put_idle("older" + std::to_string(i), 500);
    for (int i = 0; i < 80; ++i) ASSERT_EQ(evict({.samples = 20}), Outcome::Evicted);
    int kept = 0;
    for (int i = 0; i < 8; ++i) kept += is_there("k" + std::to_string(i)) ? 1 : 0;
    EXPECT_GE(kept, 6);
}

TEST_P(EvictionTest, WhatIsUsedSeldomGoesBeforeWhatIsUsedOften) {
    advance_to(1'000'000'000, AccessClock::Policy::LeastFrequent);
    for (int i = 0; i < 400; ++i) {
        const std::string key = "k" + std::to_string(i);
        put(key);
        const auto often = static_cast<std::uint8_t>(i % 2 == 0 ? 200 : 3);
        Access(context_, 0).find_for_write(key).set_access(clock_.with_frequency(often));
    }
    for (int i = 0; i < 120; ++i) ASSERT_EQ(evict({.first = First::LeastFrequent}), Outcome::Evicted);
    int kept = 0;
    for (int i = 0; i < 400; i += 2) kept += is_there("k" + std::to_string(i)) ? 1 : 0;
    EXPECT_GT(kept, 190);
}

TEST_P(EvictionTest, TheNearestDeadlineGoesFirst) {
    for (int i = 0; i < 200; ++i) put("k" + std::to_string(i), 2'000'000'000 + i * 1000, i % 3);
    const EvictionRule rule{.first = First::NextToExpire, .only_volatile = true, .samples = 5};
    for (int i = 0; i < 100; ++i) ASSERT_EQ(evict(rule), Outcome::Evicted);
    const int wrong_at_most = GetParam() == 1 ? 0 : 20;
    int wrong = 0;
    for (int i = 0; i < 100; ++i) wrong += is_there("k" + std::to_string(i), i % 3) ? 1 : 0;
    EXPECT_LE(wrong, wrong_at_most);
}

TEST_P(EvictionTest, WhatGoesIsToldWithItsEventAndAsACommandForCopies) {
    RecordingSink sink(log_);
    put("k", std::nullopt, 1);
    log_.commit(unit_);
    sink.forget();
    ASSERT_EQ(eviction_.evict_one({}, Keyspace::Free::Now), Outcome::Evicted);
    EXPECT_TRUE(locks_.held().contains(keyspace_.locate("k").shard));
    log_.commit(unit_);
    EXPECT_EQ(sink.events(), Lines{"1 evicted k"});
    EXPECT_EQ(sink.commands(), Lines{"1 DEL k"});
    EXPECT_EQ(sink.touched(), Lines{"1 k"});
    locks_.release();

    put("k");
    ASSERT_EQ(eviction_.evict_one({}, Keyspace::Free::Lazily), Outcome::Evicted);
    sink.forget();
    log_.commit(unit_);
    EXPECT_EQ(sink.commands().back(), "0 UNLINK k");
}

TEST_P(EvictionTest, AShardThatIsBusyIsPassedOver) {
    for (int i = 0; i < 100; ++i) put("k" + std::to_string(i));
    for (int shard = 0; shard < GetParam(); ++shard) {
        keyspace_.shard(static_cast<std::size_t>(shard)).lock.lock();
    }
    EXPECT_EQ(evict({}), Outcome::Busy);
    EXPECT_EQ(evict({.first = First::Any}), Outcome::Busy);
    keyspace_.shard(0).lock.unlock();
    EXPECT_EQ(evict({}), Outcome::Evicted);
    EXPECT_EQ(evict({.first = First::Any}), Outcome::Evicted);
    for (int shard = 1; shard < GetParam(); ++shard) {
        keyspace_.shard(static_cast<std::size_t>(shard)).lock.unlock();
    }
}

TEST_P(EvictionTest, AnotherRuleForgetsTheCandidatesOfTheFormer) {
    for (int i = 0; i < 100; ++i) put_idle("k" + std::to_string(i), 1000 + i);
    ASSERT_EQ(evict({}), Outcome::Evicted);
    put("volatile", 2'000'000'000);
    EXPECT_EQ(evict({.first = First::LeastRecent, .only_volatile = true}), Outcome::Evicted);
    EXPECT_FALSE(is_there("volatile"));
}

}  // namespace
}  // namespace pongo

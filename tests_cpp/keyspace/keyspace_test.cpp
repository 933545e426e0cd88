#include "keyspace/keyspace.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "values/string.h"

namespace pongo {
namespace {

void add(Keyspace& keyspace, int db, const std::string& key, std::string_view value = "v",
         std::optional<std::int64_t> expires_at_ms = std::nullopt) {
    const KeyLocation at = keyspace.locate(key);
    keyspace.database(db, at).add(at, expires_at_ms, String::encode(value));
}

bool has(Keyspace& keyspace, int db, const std::string& key) {
    const KeyLocation at = keyspace.locate(key);
    return keyspace.database(db, at).find(at) != nullptr;
}

TEST(Keyspace, HasOneShardForOneReactorAndAPowerOfTwoForMore) {
    EXPECT_EQ(Keyspace::shards_for(1), 1);
    for (const int reactors : {2, 3, 5, 8, 64, 1000}) {
        const int shards = Keyspace::shards_for(reactors);
        EXPECT_GT(shards, 1);
        EXPECT_LE(shards, kMaxShards);
        EXPECT_EQ(shards & (shards - 1), 0);
    }
}

TEST(Keyspace, SpreadsKeysOverAllShards) {
    const Keyspace keyspace(1, 16);
    std::set<std::uint32_t> shards;
    for (int i = 0; i < 1000; ++i) shards.insert(keyspace.locate("key:" + std::to_string(i)).shard);
    EXPECT_EQ(shards.size(), 16U);
}

TEST(Keyspace, KeysWithTheSameHashTagShareAShard) {
    const Keyspace keyspace(1, 256);
    for (int i = 0; i < 100; ++i) {
        const std::string tag = "{user" + std::to_string(i) + "}";
        const KeyLocation one = keyspace.locate(tag + ".name");
        const KeyLocation other = keyspace.locate("mail." + tag);
        EXPECT_EQ(one.shard, other.shard);
        EXPECT_NE(one.hash, other.hash);
    }
    EXPECT_NE(keyspace.locate("{}a").hash, keyspace.locate("{}b").hash);
}

TEST(Keyspace, HashesDifferFromProcessToProcess) {
    EXPECT_NE(Keyspace(1, 1).locate("key").hash, Keyspace(1, 1).locate("key").hash);
}

TEST(Keyspace, CountsTheKeysOfADatabaseOverItsShards) {
    Keyspace keyspace(2, 8);
    for (int i = 0; i < 100; ++i)
        add(keyspace, 0, std::to_string(i), "v", i % 4 == 0 ? std::optional(i) : std::nullopt);
    add(keyspace, 1, "other");
    EXPECT_EQ(keyspace.size(0), 100U);
    EXPECT_EQ(keyspace.volatile_size(0), 25U);
    EXPECT_EQ(keyspace.size(1), 1U);
    EXPECT_EQ(keyspace.volatile_size(1), 0U);
}

TEST(Keyspace, FlushEmptiesOneDatabaseAndTellsHowManyKeysItHad) {
    for (const auto how : {Keyspace::Free::Now, Keyspace::Free::Lazily}) {
        Keyspace keyspace(2, 8);
        for (int i = 0; i < 100; ++i) add(keyspace, 0, std::to_string(i), std::string(5000, 'v'), i);
        add(keyspace, 1, "other");
        EXPECT_EQ(keyspace.flush(0, how), 100U);
        EXPECT_EQ(keyspace.size(0), 0U);
        EXPECT_EQ(keyspace.volatile_size(0), 0U);
        EXPECT_TRUE(has(keyspace, 1, "other"));
        keyspace.reclaimer().drain();
        EXPECT_EQ(keyspace.reclaimer().finished(), how == Keyspace::Free::Lazily ? 100U : 0U);
    }
}

TEST(Keyspace, SwappedDatabasesExchangeAllKeys) {
    Keyspace keyspace(3, 4);
    for (int i = 0; i < 20; ++i) add(keyspace, 0, std::to_string(i));
    add(keyspace, 2, "other");
    keyspace.swap_databases(0, 2);
    EXPECT_EQ(keyspace.size(0), 1U);
    EXPECT_EQ(keyspace.size(2), 20U);
    EXPECT_TRUE(has(keyspace, 0, "other"));
    EXPECT_TRUE(has(keyspace, 2, "7"));
}

TEST(Keyspace, OnlyBigValuesAreFreedInTheBackground) {
    Keyspace keyspace(1, 1);
    const auto dispose = [&](std::size_t size, Keyspace::Free how) {
        keyspace.dispose(Entry::create("k", std::nullopt, String::encode(std::string(size, 'v'))), how);
        keyspace.reclaimer().drain();
        return keyspace.reclaimer().finished();
    };
    constexpr std::size_t kBig = std::size_t{80} << 20;
    EXPECT_EQ(dispose(10, Keyspace::Free::Lazily), 0U);
    EXPECT_EQ(dispose(10'000, Keyspace::Free::Lazily), 0U);
    EXPECT_EQ(dispose(kBig, Keyspace::Free::Now), 0U);
    EXPECT_EQ(dispose(kBig, Keyspace::Free::Lazily), 1U);
}

}  // namespace
}  // namespace pongo

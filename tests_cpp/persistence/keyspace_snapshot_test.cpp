#include "persistence/keyspace_snapshot.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/random.h"
#include "effects/effect_log.h"
#include "keyspace/access.h"
#include "persistence/snapshot_reader.h"
#include "persistence/snapshot_writer.h"
#include "persistence/value_reader.h"
#include "support/snapshot_bytes.h"
#include "values/detached_value.h"
#include "values/string.h"

namespace pongo {
namespace {

constexpr int kDatabases = 3;

// By database and key: the value as it is written, with its expiry.
using Model = std::map<std::pair<int, std::string>, std::string>;

class KeyspaceSnapshotTest : public testing::TestWithParam<int> {
  protected:
    KeyspaceSnapshotTest() : keyspace_(kDatabases, GetParam()) { context_.now_ms = 1000; }

    void put(int db, const std::string& key, const std::string& value, std::optional<std::int64_t> expiry) {
        Access(context_, db).put(key, String::encode(value), expiry).changed_silently();
    }
    void fill(int keys) {
        for (int i = 0; i < keys; ++i) {
            put(i % 2, "key:" + std::to_string(i), std::string(random_.below(300), 'v'),
                i % 3 == 0 ? std::optional<std::int64_t>(5000 + i) : std::nullopt);
        }
    }
    void change_something() {
        const int db = static_cast<int>(random_.below(kDatabases));
        const std::string key = "key:" + std::to_string(random_.below(3000));
        const std::string other = "moved " + key;
        Access access(context_, db);
        switch (random_.below(8)) {
            case 0:
            case 1:
                put(db, key, "new", std::nullopt);
                break;
            case 2:
                if (WriteEntry entry = access.find_for_write(key)) entry.remove("del");
                break;
            case 3:
                if (WriteEntry entry = access.find_for_write(key)) entry.set_expiry(7000);
                break;
            case 4:
                if (WriteEntry entry = access.find_for_write(key)) {
                    entry.raw_bytes(400)[0] = 'x';
                    entry.changed_silently();
                }
                break;
            case 5:
                if (WriteEntry from = access.find_for_write(key)) {
                    WriteEntry to = access.find_for_write(other);
                    access.move(from, to);
                    to.changed_silently();
                }
                break;
            case 6:
                context_.now_ms = 5000 + static_cast<std::int64_t>(random_.below(1000));
                access.find(key);  // Which may have expired by now.
                break;
            default:
                if (random_.below(30) == 0) keyspace_.flush(db, Keyspace::Free::Now);
                if (random_.below(30) == 0) keyspace_.swap_databases(db, (db + 1) % kDatabases);
        }
        unit_.clear();
    }

    static std::string written(const Entry& entry) {
        const auto expiry = entry.has_expiry() ? std::optional(entry.expires_at_ms()) : std::nullopt;
        return rdb_bytes(
            [&](RdbWriter& writer) { write_key(writer, entry.key(), expiry, {}, entry.payload()); });
    }
    // Of the entries of a database.
    std::size_t memory_in(int db) {
        std::size_t bytes = 0;
        for (std::size_t shard = 0; shard < static_cast<std::size_t>(keyspace_.shards()); ++shard) {
            const Database& database = *keyspace_.shard(shard).databases[static_cast<std::size_t>(db)];
            database.for_each([&](const Entry* entry) { bytes += entry->memory(); });
            bytes += database.overhead_bytes();
        }
        return bytes;
    }
    Model state() {
        Model model;
        for (int shard = 0; shard < keyspace_.shards(); ++shard) {
            for (int db = 0; db < kDatabases; ++db) {
                keyspace_.shard(static_cast<std::size_t>(shard))
                    .databases[static_cast<std::size_t>(db)]
                    ->for_each([&](const Entry* entry) {
                        model[{db, std::string(entry->key())}] = written(*entry);
                    });
            }
        }
        return model;
    }
    // What the records hold; a key that is there twice is a failure.
    static void add_records(Model& model, int db, std::string_view records) {
        BlobSink file;
        SnapshotWriter writer(file, Compression::Off, Checksum::On);
        writer.begin({});
        writer.record(db, records);
        writer.end();
        SnapshotReader reader(file.view(), Checksum::On);
        for (;;) {
            const SnapshotReader::Item item = reader.next();
            if (std::holds_alternative<SnapshotReader::End>(item)) return;
            ASSERT_FALSE(std::holds_alternative<SnapshotReader::Error>(item));
            const auto* key = std::get_if<SnapshotReader::Key>(&item);
            if (!key) continue;
            DetachedValue value;
            RdbReader in(key->value);
            ASSERT_TRUE(read_value(in, key->type, {}, value));
            const std::string again = rdb_bytes(
                [&](RdbWriter& one) { write_key(one, key->key, key->expires_at_ms, {}, value.payload()); });
            ASSERT_TRUE(model.emplace(std::pair(key->db, std::string(key->key)), again).second) << key->key;
        }
    }

    Random random_{7};
    Keyspace keyspace_;
    EffectLog log_;
    Unit unit_;
    Counters counters_;
    AccessClock clock_;
    AccessContext context_{
        .keyspace = keyspace_, .log = log_, .unit = unit_, .counters = counters_, .clock = clock_};
};

TEST_P(KeyspaceSnapshotTest, ItIsWhatWasThereWhenItBeganWhateverHappensMeanwhile) {
    for (int round = 0; round < 12; ++round) {
        fill(3000);
        const Model expected = state();
        KeyspaceSnapshot snapshot(keyspace_, {});
        snapshot.begin();
        for (int i = 0; i < round * 40; ++i) change_something();
        Model taken;
        snapshot.run(
            [&](int db, std::string_view records) {
                add_records(taken, db, records);
                for (int i = 0; i < 40; ++i) change_something();
            },
            Locking::Own);
        ASSERT_EQ(taken, expected) << "in round " << round;
        ASSERT_EQ(snapshot.progress().kept_bytes, 0U);
        context_.now_ms = 1000;
    }
}

TEST_P(KeyspaceSnapshotTest, AfterOneThatWasCalledOffTheNextIsWhole) {
    fill(3000);
    {
        KeyspaceSnapshot snapshot(keyspace_, {});
        snapshot.begin();
        for (int i = 0; i < 100; ++i) change_something();
        int runs = 0;
        snapshot.run(
            [&](int, std::string_view) {
                if (++runs == 3) snapshot.cancel();
                change_something();
            },
            Locking::Own);
        EXPECT_EQ(runs, 3);
    }
    const Model expected = state();
    KeyspaceSnapshot snapshot(keyspace_, {});
    snapshot.begin();
    Model taken;
    snapshot.run([&](int db, std::string_view records) { add_records(taken, db, records); }, Locking::Held);
    EXPECT_EQ(taken, expected);
    EXPECT_EQ(snapshot.progress().keys_taken, snapshot.progress().keys);
}

TEST_P(KeyspaceSnapshotTest, ItSaysWhenMoreIsKeptThanShouldBe) {
    fill(3000);
    DataSet data_set;
    KeyspaceSnapshot snapshot(keyspace_, {.kept_limit = 20'000, .data_set = &data_set});
    snapshot.begin();
    for (int i = 0; !data_set.snapshot_is_crowded; ++i)
        put(i % 2, "key:" + std::to_string(i), "new", std::nullopt);
    EXPECT_GT(snapshot.progress().kept_bytes, 20'000U);
    EXPECT_EQ(data_set.snapshot_bytes, snapshot.progress().kept_bytes);
    EXPECT_FALSE(snapshot.is_relieved());
    snapshot.run([](int, std::string_view) {}, Locking::Own);
    EXPECT_TRUE(snapshot.is_relieved());
    EXPECT_GT(snapshot.progress().most_kept_bytes, 20'000U);
    EXPECT_EQ(data_set.snapshot_bytes, 0U);
}

TEST_P(KeyspaceSnapshotTest, WhatAFlushLeavesToItCountsAsGoing) {
    fill(3000);
    {
        KeyspaceSnapshot snapshot(keyspace_, {});
        snapshot.begin();
        const std::size_t before = memory_in(0);
        keyspace_.flush(0, Keyspace::Free::Now);
        EXPECT_NEAR(static_cast<double>(keyspace_.unreclaimed_bytes()), static_cast<double>(before),
                    static_cast<double>(before) / 10);
        snapshot.run([](int, std::string_view) {}, Locking::Own);
    }
    EXPECT_EQ(keyspace_.unreclaimed_bytes(), 0U);
}

INSTANTIATE_TEST_SUITE_P(Shards, KeyspaceSnapshotTest, testing::Values(1, 8));

}  // namespace
}  // namespace pongo

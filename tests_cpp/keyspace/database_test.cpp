// Database against std::map: entries that move between allocations stay in the table and in the expiry index.
#include "keyspace/database.h"

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "values/string.h"

namespace pongo {
namespace {

constexpr HashSecret kSecret{1, 2};

KeyLocation at(std::string_view key) {
    return {key, siphash13(key, kSecret), 0};
}

struct Expected {
    std::string value;
    std::optional<std::int64_t> expires_at_ms;
};

class Model {
  public:
    explicit Model(std::uint64_t seed) : random_(seed) {}

    void change() {
        const std::string key = "key:" + std::to_string(random_.below(kKeys));
        Entry* entry = database_.find(at(key));
        ASSERT_EQ(entry != nullptr, expected_.contains(key));
        if (!entry) return add(key);
        switch (random_.below(6)) {
            case 0:
            case 1:
                return overwrite(key, entry);
            case 2:
                return set_expiry(key, entry);
            case 3:
                return resize(key, entry);
            case 4:
                return expire_first();
            default:
                return remove(key, entry);
        }
    }

    void check() const {
        ASSERT_TRUE(database_.valid());
        ASSERT_EQ(database_.size(), expected_.size());
        std::multiset<std::int64_t> deadlines;
        for (const auto& [key, expected] : expected_) {
            const Entry* entry = database_.find(at(key));
            ASSERT_NE(entry, nullptr);
            ASSERT_EQ(entry->key(), key);
            ASSERT_EQ(String(entry->payload()).view(), expected.value);
            ASSERT_EQ(entry->has_expiry(), expected.expires_at_ms.has_value());
            if (!expected.expires_at_ms) continue;
            ASSERT_EQ(entry->expires_at_ms(), *expected.expires_at_ms);
            deadlines.insert(*expected.expires_at_ms);
        }
        ASSERT_EQ(database_.volatile_size(), deadlines.size());
        if (deadlines.empty()) return;
        ASSERT_EQ(database_.first_deadline(), *deadlines.begin());
        ASSERT_EQ(database_.first_expired(*deadlines.begin()), nullptr);
        ASSERT_NE(database_.first_expired(*deadlines.begin() + 1), nullptr);
    }

  private:
    static constexpr std::uint64_t kKeys = 300;

    std::string random_value() {
        const std::uint64_t kind = random_.below(4);
        if (kind == 0) return std::to_string(random_.below(1000));
        return std::string(random_.below(kind == 1 ? 10'000 : 60),
                           static_cast<char>('a' + random_.below(26)));
    }
    std::optional<std::int64_t> random_expiry() {
        if (random_.below(2) == 0) return std::nullopt;
        return static_cast<std::int64_t>(random_.below(100));
    }

    void add(const std::string& key) {
        Expected expected{random_value(), random_expiry()};
        database_.add(at(key), expected.expires_at_ms, String::encode(expected.value));
        expected_[key] = std::move(expected);
    }
    void overwrite(const std::string& key, Entry* entry) {
        Expected expected{random_value(), random_expiry()};
        const Payload before = entry->payload();
        const std::uint32_t access = static_cast<std::uint32_t>(random_.below(1 << 24));
        entry->set_access(access);
        entry = database_.overwrite(at(key), entry, expected.expires_at_ms, String::encode(expected.value));
        if (before.storage == Storage::Heap) release_heap(before);
        ASSERT_EQ(entry->access(), access);
        expected_[key] = std::move(expected);
    }
    void set_expiry(const std::string& key, Entry* entry) {
        expected_[key].expires_at_ms = random_expiry();
        database_.set_expiry(at(key), entry, expected_[key].expires_at_ms);
    }
    void resize(const std::string& key, Entry* entry) {
        if (entry->storage() != Storage::Inline) return;
        const std::size_t size = random_.below(200);
        const std::size_t before = entry->payload().bytes.size();
        entry = database_.resize_inline(at(key), entry, size);
        if (size > before) std::memset(entry->inline_data() + before, 'z', size - before);
        expected_[key].value.resize(size, 'z');
    }
    void remove(const std::string& key, Entry* entry) {
        Entry::destroy(database_.extract(at(key), entry));
        expected_.erase(key);
    }
    void expire_first() {
        Entry* entry = database_.first_expired(100);
        if (!entry) return;
        const std::string key(entry->key());
        for (const auto& [other, expected] : expected_) {
            if (expected.expires_at_ms) {
                ASSERT_GE(*expected.expires_at_ms, entry->expires_at_ms());
            }
        }
        remove(key, entry);
    }

    Random random_;
    Database database_{kSecret};
    std::map<std::string, Expected> expected_;
};

TEST(Database, AgreesWithAMapUnderRandomOperations) {
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
        Model model(seed);
        for (int i = 0; i < 10'000; ++i) {
            ASSERT_NO_FATAL_FAILURE(model.change());
            if (i % 50 == 0) {
                ASSERT_NO_FATAL_FAILURE(model.check());
            }
        }
    }
}

TEST(Database, AveragesTheTimeToLiveOverKeysWithAnExpiry) {
    Database database(kSecret);
    EXPECT_EQ(database.average_ttl_ms(0), 0);
    database.add(at("stays"), std::nullopt, String::encode("v"));
    database.add(at("goes"), 2000, String::encode("v"));
    database.add(at("goes later"), 4000, String::encode("v"));
    EXPECT_EQ(database.average_ttl_ms(1000), 2000);
    EXPECT_EQ(database.average_ttl_ms(9000), 0);
    database.set_expiry(at("goes"), database.find(at("goes")), std::nullopt);
    EXPECT_EQ(database.average_ttl_ms(1000), 3000);
}

TEST(Database, KeepsTheExtremesOfExpiry) {
    Database database(kSecret);
    for (const char* key : {"a", "b", "c"}) database.add(at(key), INT64_MAX, String::encode("v"));
    database.add(at("d"), INT64_MIN, String::encode("v"));
    EXPECT_TRUE(database.valid());
    EXPECT_EQ(database.first_expired(0)->key(), "d");
    EXPECT_EQ(database.first_expired(INT64_MIN), nullptr);
}

TEST(Database, SwapExchangesEntriesAndExpiries) {
    Database one(kSecret);
    Database other(kSecret);
    one.add(at("a"), 5, String::encode("v"));
    one.swap(other);
    EXPECT_EQ(one.size(), 0U);
    EXPECT_EQ(one.volatile_size(), 0U);
    EXPECT_EQ(one.average_ttl_ms(0), 0);
    EXPECT_NE(other.find(at("a")), nullptr);
    EXPECT_EQ(other.average_ttl_ms(0), 5);
    EXPECT_TRUE(other.valid());
}

// Prefetching a bucket takes no lock: ThreadSanitizer must not object.
TEST(Database, ABucketMayBePrefetchedWhileTheTableMoves) {
    Database database(kSecret);
    std::atomic<bool> done{false};
    std::thread prefetching([&] {
        Random random(1);
        while (!done.load(std::memory_order_relaxed)) database.prefetch_bucket(random.next());
    });
    for (int round = 0; round < 3; ++round) {
        for (int i = 0; i < 3000; ++i) {
            const std::string key = std::to_string(i);
            database.add(at(key), std::nullopt, String::encode("v"));
        }
        for (int i = 0; i < 3000; ++i) {
            const std::string key = std::to_string(i);
            Entry::destroy(database.extract(at(key), database.find(at(key))));
        }
    }
    done = true;
    prefetching.join();
    EXPECT_EQ(database.size(), 0U);
}

}  // namespace
}  // namespace pongo

#include "keyspace/entry.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "values/string.h"

namespace pongo {
namespace {

struct Destroy {
    void operator()(Entry* entry) const { Entry::destroy(entry); }
};
using OwnedEntry = std::unique_ptr<Entry, Destroy>;

OwnedEntry make(std::string_view key, std::string_view value,
                std::optional<std::int64_t> expires_at_ms = std::nullopt) {
    return OwnedEntry(Entry::create(key, expires_at_ms, String::encode(value)));
}

std::string value_of(const OwnedEntry& entry) {
    return std::string(String(entry->payload()).view());
}

TEST(Entry, KeepsKeysOfEverySize) {
    for (const std::size_t size : {0, 1, 254, 255, 256, 70'000}) {
        const std::string key(size, 'k');
        for (const auto expiry : {std::optional<std::int64_t>(), std::optional<std::int64_t>(-5)}) {
            const OwnedEntry entry = make(key, "value", expiry);
            EXPECT_EQ(entry->key(), key);
            EXPECT_EQ(value_of(entry), "value");
            EXPECT_EQ(entry->has_expiry(), expiry.has_value());
        }
    }
}

TEST(Entry, KeepsKeysWithAnyBytes) {
    const std::string key("\0\r\n\xff", 4);
    EXPECT_EQ(make(key, "v")->key(), key);
}

TEST(Entry, KeepsValuesInEachStorage) {
    const std::string longest_inline(String::kMaxInline, 'v');
    const std::string shortest_blob(String::kMaxInline + 1, 'v');
    EXPECT_EQ(make("k", "")->storage(), Storage::Inline);
    EXPECT_EQ(make("k", "-9223372036854775808")->storage(), Storage::Integer);
    EXPECT_EQ(make("k", longest_inline)->storage(), Storage::Inline);
    EXPECT_EQ(make("k", shortest_blob)->storage(), Storage::Heap);
    for (const std::string& value :
         {std::string(), std::string("-9223372036854775808"), longest_inline, shortest_blob}) {
        EXPECT_EQ(value_of(make("k", value, 77)), value);
    }
}

TEST(Entry, IsStillAliveInTheMillisecondOfItsExpiry) {
    const OwnedEntry entry = make("k", "v", 1000);
    EXPECT_FALSE(entry->expired(1000));
    EXPECT_TRUE(entry->expired(1001));
    EXPECT_FALSE(make("k", "v")->expired(INT64_MAX));
}

TEST(Entry, ChangesExpiryAccessAndIntegersInPlace) {
    const OwnedEntry entry = make("key", "123", 1000);
    entry->set_expiry_in_place(INT64_MIN);
    entry->set_access(0xabcdef);
    entry->set_integer_in_place(-7);
    EXPECT_EQ(entry->expires_at_ms(), INT64_MIN);
    EXPECT_EQ(entry->access(), 0xabcdefU);
    EXPECT_EQ(value_of(entry), "-7");
    EXPECT_EQ(entry->key(), "key");
    EXPECT_EQ(entry->type(), Type::String);
    EXPECT_EQ(entry->encoding(), Encoding::Int);
}

TEST(Entry, FitsWhatItHasRoomForAndNothingLarger) {
    Entry* entry = Entry::create_with_room("key", std::nullopt, String::encode_raw("abc"), 100);
    const OwnedEntry owner(entry);
    EXPECT_EQ(value_of(owner), "abc");
    EXPECT_TRUE(entry->fits_inline(100));
    EXPECT_FALSE(entry->fits_inline(5000));
    EXPECT_FALSE(entry->fits_inline(Entry::kMaxInlineValue + 1));
    EXPECT_TRUE(entry->fits_snugly(90));
    EXPECT_FALSE(entry->fits_snugly(1));
    EXPECT_TRUE(entry->fits_snugly(3)) << "the size that it has already";
}

TEST(Entry, MemoryCountsTheObjectOfTheValue) {
    const std::string big(100'000, 'v');
    EXPECT_GT(make("k", big)->memory(), big.size());
    EXPECT_LT(make("k", "v")->memory(), 64U);
}

TEST(Entry, ALostShellLeavesTheObjectAlive) {
    const BlobRef blob = BlobRef::copy_of(std::string(5000, 'v'), 5000);
    Entry* entry = Entry::create("k", std::nullopt, String::encode(blob));
    EXPECT_FALSE(blob->unique());
    const Payload payload = entry->payload();
    Entry::destroy_shell(entry);
    EXPECT_FALSE(blob->unique());
    release_heap(payload);
    EXPECT_TRUE(blob->unique());
}

}  // namespace
}  // namespace pongo

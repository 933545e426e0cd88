#include "persistence/snapshot_reader.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/random.h"
#include "persistence/rdb_format.h"
#include "persistence/skip_value.h"
#include "persistence/value_reader.h"
#include "support/snapshot_bytes.h"

namespace pongo {
namespace {

using Reader = SnapshotReader;
using namespace std::string_literals;

constexpr ValueLimits kLimits{.list = {},
                              .set = {.intset_entries = 512},
                              .hash = {.fields = 512, .text_bytes = 64},
                              .sorted_set = {.items = 128, .member_bytes = 64}};

// Keys in the order of the file, and how the reading ended.
struct Found {
    std::vector<std::string> keys;
    std::vector<Reader::Key> facts;
    std::string error;
    std::size_t end = 0;
    std::size_t values_decoded = 0;
};

bool decodes(const Reader::Key& key) {
    RdbReader in(key.value);
    DetachedValue value;
    return read_value(in, key.type, kLimits, value) && in.left() == 0;
}

Found read_all(std::string_view file, Checksum checksum = Checksum::On) {
    Reader reader(file, checksum);
    Found found;
    for (;;) {
        const Reader::Item item = reader.next();
        EXPECT_LE(reader.offset(), file.size());
        if (const auto* key = std::get_if<Reader::Key>(&item)) {
            found.keys.emplace_back(key->key);
            found.facts.push_back(*key);
            found.values_decoded += decodes(*key) ? 1 : 0;
        } else if (const auto* error = std::get_if<Reader::Error>(&item)) {
            EXPECT_LE(error->offset, file.size());
            EXPECT_FALSE(error->reason.empty());
            found.error = error->reason;
            return found;
        } else if (const auto* end = std::get_if<Reader::End>(&item)) {
            found.end = end->size;
            return found;
        }
    }
}

std::string error_of(std::string_view file, Checksum checksum = Checksum::On) {
    return read_all(file, checksum).error;
}

// The key "a" with the value "b".
std::string small_key() {
    return "\0\1a\1b"s;
}

TEST(SkipValue, EndsWhereReadingTheValueDoes) {
    for (const std::string& body : dump_bodies()) {
        RdbReader skipped(body);
        RdbReader read(body);
        const std::uint8_t type = skipped.byte();
        DetachedValue value;
        ASSERT_TRUE(read_typed_value(read, kLimits, value)) << int{type} << read.reason();
        skip_value(skipped, type);
        EXPECT_FALSE(skipped.failed()) << int{type} << skipped.reason();
        EXPECT_EQ(skipped.offset(), read.offset()) << int{type};
    }
}

TEST(SkipValue, FailsWhereverTheBytesEnd) {
    std::vector<std::string> bodies = dump_bodies();
    bodies.push_back("\7" + module_parts());
    for (const std::string& body : bodies) {
        for (std::size_t size = 1; size < body.size(); ++size) {
            RdbReader in(std::string_view(body).substr(0, size));
            skip_value(in, in.byte());
            EXPECT_TRUE(in.failed()) << int{body[0]} << " at " << size;
        }
    }
}

TEST(SkipValue, KnowsWhichNumbersAreTypes) {
    for (int type = 0; type < 256; ++type) {
        RdbReader in("");
        skip_value(in, static_cast<std::uint8_t>(type));
        const bool unknown = std::string(in.reason()) == "this is no type of a value";
        EXPECT_EQ(is_object_type(static_cast<std::uint8_t>(type)), !unknown) << type;
    }
}

TEST(SnapshotReader, GivesEveryPartInTheOrderOfTheFile) {
    const std::string file = rich_snapshot();
    Reader reader(file, Checksum::On);
    Reader::Item item = reader.next();
    EXPECT_EQ(std::get<Reader::Aux>(item).name, "redis-ver");
    EXPECT_EQ(std::get<Reader::Aux>(item).value, "8.0.0");
    item = reader.next();
    EXPECT_TRUE(std::get<Reader::Function>(item).source.starts_with("#!lua name=library"));
    item = reader.next();
    EXPECT_EQ(std::get<Reader::Database>(item).db, 0);
    item = reader.next();
    EXPECT_EQ(std::get<Reader::ResizeDb>(item).keys, 30U);
    EXPECT_EQ(std::get<Reader::ResizeDb>(item).volatile_keys, 1U);
    item = reader.next();
    EXPECT_EQ(std::get<Reader::Key>(item).key, "key 0");
}

TEST(SnapshotReader, GivesKeysWithTheirFactsAndValuesThatDecode) {
    const std::string file = rich_snapshot();
    const Found found = read_all(file);
    EXPECT_EQ(found.error, "");
    EXPECT_EQ(found.end, file.size());
    EXPECT_EQ(found.values_decoded, dump_bodies().size() + 2);
    const Reader::Key& plain = found.facts.front();
    EXPECT_EQ(plain.expires_at_ms, std::nullopt);
    EXPECT_EQ(plain.usage, KeyUsage{});
    EXPECT_EQ(plain.db, 0);
    const Reader::Key& used = found.facts.back();
    EXPECT_EQ(found.keys.back(), "used");
    EXPECT_EQ(used.db, 9);
    EXPECT_EQ(used.expires_at_ms, 0x03020100LL * 1000);
    EXPECT_EQ(used.usage, (KeyUsage{.idle_seconds = {}, .frequency = 127}));
    const Reader::Key& idle = *(found.facts.end() - 2);
    EXPECT_EQ(idle.expires_at_ms, 0x0403020100LL);
    EXPECT_EQ(idle.usage, (KeyUsage{.idle_seconds = 1000, .frequency = {}}));
}

TEST(SnapshotReader, ReadsOldVersionsWithoutAChecksum) {
    const std::string expiry = rdb_part(RdbOpcode::Expire) + "\xff\xff\xff\x7f"s;
    for (const std::string version : {"0001", "0002", "0003", "0004"}) {
        const std::string file = "REDIS" + version + "\xfe\3"s + small_key() + expiry +
                                 rdb_key("map", "\x9" + rdb_string(small_zipmap())) + "\xff";
        const Found found = read_all(file);
        EXPECT_EQ(found.error, "");
        EXPECT_EQ(found.end, file.size());
        ASSERT_EQ(found.keys, (std::vector<std::string>{"a", "map"}));
        EXPECT_EQ(found.facts[0].db, 3);
        EXPECT_EQ(found.facts[1].expires_at_ms, 2'147'483'647'000);
        EXPECT_EQ(found.values_decoded, 2U);
    }
}

TEST(SnapshotReader, RefusesWhatIsNoSnapshotOrOfAnotherVersion) {
    for (const std::string& start :
         {""s, "R"s, "REDIS"s, "REDIS00"s, "RODIS0010"s, "REDIS00x0"s, "REDIS-001"s}) {
        EXPECT_NE(error_of(start + "\xff"), "") << start;
    }
    EXPECT_NE(error_of("REDIS0000\xff"), "");
    EXPECT_EQ(error_of("REDIS0013\xff"), "the format's version is 13, not one of 1 to 12");
    EXPECT_EQ(error_of("REDIS0001\xff"), "");
}

TEST(SnapshotReader, ChecksTheChecksumUnlessItIsZeroOrNobodyWantsIt) {
    const std::string body = "REDIS0010" + small_key() + "\xff";
    EXPECT_EQ(error_of(body + "12345678"), "the checksum is wrong");
    EXPECT_EQ(error_of(body + "12345678", Checksum::Off), "");
    EXPECT_EQ(error_of(body + std::string(8, '\0')), "");
    EXPECT_EQ(error_of(rdb_ended("REDIS0010" + small_key())), "");
    EXPECT_NE(error_of(body + "1234567"), "");
}

// More than is summed at once.
TEST(SnapshotReader, ChecksBigFilesAlongTheWay) {
    std::string file = "REDIS0010";
    for (int i = 0; i < 200; ++i) {
        file += rdb_bytes([&](RdbWriter& writer) {
            writer.byte(0);
            writer.string("key " + std::to_string(i));
            writer.length(10'000);
            writer.raw(std::string(10'000, 'x'));
        });
    }
    std::string damaged = rdb_ended(file);
    EXPECT_EQ(error_of(damaged), "");
    damaged[5000] = 'y';
    EXPECT_EQ(error_of(damaged), "the checksum is wrong");
    EXPECT_EQ(read_all(damaged).keys.size(), 200U);
}

TEST(SnapshotReader, SaysWhereTheFileEndsWhenMoreFollows) {
    const std::string file = rdb_ended("REDIS0010" + small_key());
    EXPECT_EQ(read_all(file + "*1\r\n$4\r\nPING\r\n").end, file.size());
    EXPECT_EQ(read_all("REDIS0003\xff*1\r\n").end, 10U);
}

TEST(SnapshotReader, GivesTheSameEndAndTheSameErrorAgain) {
    const std::string file = rdb_ended("REDIS0010");
    Reader whole(file, Checksum::On);
    Reader broken("REDIS0010\xff", Checksum::On);
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(std::get<Reader::End>(whole.next()).size, file.size());
        EXPECT_EQ(std::get<Reader::Error>(broken.next()).offset, 10U);
    }
}

TEST(SnapshotReader, NamesWhatItDoesNotKnow) {
    EXPECT_EQ(error_of("REDIS0010\x64"), "there is no type or opcode 100");
    EXPECT_EQ(error_of("REDIS0010\xf6"), "a function in the form of a release candidate of Redis 7.0");
    EXPECT_EQ(error_of("REDIS0010\6\1a\1b"), "only the module that wrote this value knows where it ends");
    EXPECT_EQ(error_of("REDIS0010\xfe\x81\0\0\0\1\0\0\0\0"s), "no database has such a number");
    EXPECT_EQ(error_of("REDIS0010\7\1a\1\7"), "this is no part of a module's value");
}

TEST(SnapshotReader, PassesOverValuesOfModulesWhichThenDoNotDecode) {
    const std::string file = rdb_ended("REDIS0010\7" + rdb_string("a") + module_parts() + small_key());
    const Found found = read_all(file);
    EXPECT_EQ(found.error, "");
    EXPECT_EQ(found.keys.size(), 2U);
    EXPECT_EQ(found.values_decoded, 1U);
}

TEST(SnapshotReader, EveryTruncationIsAnError) {
    const std::string file = rich_snapshot();
    for (std::size_t size = 0; size < file.size(); ++size) {
        EXPECT_NE(error_of(std::string_view(file).substr(0, size)), "") << size;
    }
}

TEST(SnapshotReader, EveryChangedByteIsAnError) {
    const std::string file = rich_snapshot();
    const std::size_t header = kRdbMagic.size() + kRdbVersionDigits;  // Files of other versions can be alike.
    for (std::size_t at = header; at < file.size(); ++at) {
        std::string damaged = file;
        damaged[at] = static_cast<char>(damaged[at] ^ 1 << at % 8);
        EXPECT_NE(error_of(damaged), "") << at;
    }
}

TEST(SnapshotReader, SurvivesDamageThatNoChecksumFinds) {
    Random random(7);
    const std::string file = rich_snapshot();
    for (int i = 0; i < 5'000; ++i) {
        std::string damaged = file;
        for (std::uint64_t changes = 1 + random.below(8); changes > 0; --changes) {
            const std::size_t at = 9 + random.below(damaged.size() - 9);
            switch (random.below(3)) {
                case 0:
                    damaged[at] = static_cast<char>(random.below(256));
                    break;
                case 1:
                    damaged.erase(at, random.below(20));
                    break;
                default:
                    damaged.insert(at, random.below(20), static_cast<char>(random.below(256)));
            }
        }
        read_all(damaged, Checksum::Off);
    }
}

}  // namespace
}  // namespace pongo

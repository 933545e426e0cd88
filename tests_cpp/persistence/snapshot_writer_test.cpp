#include "persistence/snapshot_writer.h"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "base/crc64.h"
#include "persistence/snapshot_reader.h"
#include "persistence/value_reader.h"
#include "persistence/value_writer.h"
#include "support/snapshot_bytes.h"

namespace pongo {
namespace {

using namespace std::string_literals;
using Reader = SnapshotReader;

constexpr ValueLimits kLimits{.list = {},
                              .set = {.intset_entries = 512},
                              .hash = {.fields = 512, .text_bytes = 64},
                              .sorted_set = {.items = 128, .member_bytes = 64}};

// What write(writer) makes of a snapshot.
std::string snapshot(auto&& write, Checksum checksum = Checksum::On) {
    BlobSink sink;
    SnapshotWriter writer(sink, Compression::On, checksum);
    write(writer);
    EXPECT_GE(writer.bytes_written(), sink.view().size());
    return std::string(sink.view());
}

Payload text(std::string_view bytes) {
    return {.bytes = bytes};
}

// A type, and so many strings that no packed encoding holds them.
std::string big_body(ObjectType type, std::uint64_t items, std::uint64_t strings) {
    return rdb_bytes([&](RdbWriter& writer) {
        writer.byte(static_cast<std::uint8_t>(type));
        writer.length(items);
        for (std::uint64_t i = 0; i < strings; ++i) writer.string("string " + std::to_string(i));
    });
}

// Values of all types and encodings.
std::vector<std::unique_ptr<DetachedValue>> values() {
    std::vector<std::string> bodies = dump_bodies();
    bodies.push_back(big_body(ObjectType::Set, 5000, 5000));
    bodies.push_back(big_body(ObjectType::Hash, 5000, 10'000));
    bodies.push_back(big_body(ObjectType::List, 50'000, 50'000));
    bodies.push_back("\0"s + rdb_string(std::string(1'000'000, 'x')));
    std::vector<std::unique_ptr<DetachedValue>> values;
    for (const std::string& body : bodies) {
        RdbReader in(body);
        values.push_back(std::make_unique<DetachedValue>());
        EXPECT_TRUE(read_typed_value(in, kLimits, *values.back())) << in.reason();
    }
    return values;
}

std::string bytes_of(const Payload& value) {
    return rdb_bytes([&](RdbWriter& writer) { write_value(writer, value); });
}

TEST(SnapshotWriter, WritesTheBytesOfTheFormat) {
    const std::array<AuxField, 2> fields{AuxField{"redis-ver", "7.0.15"}, AuxField{"redis-bits", "64"}};
    const std::string file = snapshot([&](SnapshotWriter& writer) {
        writer.begin(fields);
        writer.function_library("#!lua");
        writer.database(2, 100, 1);
        writer.key(2, "a", 0x0102, {.idle_seconds = 5, .frequency = {}}, text("b"));
        writer.key(2, "c", std::nullopt, {.idle_seconds = {}, .frequency = 255}, text("1"));
        writer.key(3, "d", std::nullopt, {}, text("e"));
        writer.end();
    });
    const std::string expected =
        "REDIS0010"
        "\xfa\x09redis-ver\x06"
        "7.0.15\xfa\x0aredis-bits\xc0\x40"
        "\xf5\x05#!lua"
        "\xfe\2\xfb\x40\x64\1"
        "\xfc\2\1\0\0\0\0\0\0\xf8\5\0\1a\1b"
        "\xf9\xff\0\1c\xc0\1"
        "\xfe\3\0\1d\1e"s;
    EXPECT_EQ(file, rdb_ended(expected));
}

TEST(SnapshotWriter, WritesZeroesWhereTheChecksumIsOff) {
    const std::string file = snapshot(
        [](SnapshotWriter& writer) {
            writer.begin({});
            writer.end();
        },
        Checksum::Off);
    EXPECT_EQ(file, "REDIS0010\xff"s + std::string(8, '\0'));
}

TEST(SnapshotWriter, TakesKeysThatWereWrittenElsewhere) {
    const std::string record = rdb_bytes([](RdbWriter& writer) {
        write_key(writer, "a", 99, {}, text("b"));
        write_key(writer, "c", std::nullopt, {}, text("d"));
    });
    const auto with = [](auto&& write) {
        return snapshot([&](SnapshotWriter& writer) {
            writer.begin({});
            write(writer);
            writer.end();
        });
    };
    EXPECT_EQ(with([&](SnapshotWriter& writer) { writer.record(4, record); }),
              with([&](SnapshotWriter& writer) {
                  writer.key(4, "a", 99, {}, text("b"));
                  writer.key(4, "c", std::nullopt, {}, text("d"));
              }));
}

TEST(SnapshotWriter, WritesWhatIsReadAsTheSame) {
    const auto originals = values();
    const std::string file = snapshot([&](SnapshotWriter& writer) {
        writer.begin({});
        int db = 0;
        for (const auto& value : originals) {
            writer.key(db, "key " + std::to_string(db), db, {}, value->payload());
            ++db;
        }
        writer.end();
    });
    Reader reader(file, Checksum::On);
    for (std::size_t i = 0; i < originals.size(); ++i) {
        ASSERT_EQ(std::get<Reader::Database>(reader.next()).db, static_cast<int>(i));
        const Reader::Item item = reader.next();
        const auto& key = std::get<Reader::Key>(item);
        EXPECT_EQ(key.key, "key " + std::to_string(i));
        EXPECT_EQ(key.expires_at_ms, static_cast<std::int64_t>(i));
        RdbReader in(key.value);
        DetachedValue copy;
        ASSERT_TRUE(read_value(in, key.type, kLimits, copy)) << in.reason();
        EXPECT_EQ(in.left(), 0U);
        EXPECT_EQ(copy.payload().type, originals[i]->payload().type);
        if (object_type_of(copy.payload()) == ObjectType::Hash) continue;  // Their order is another one.
        EXPECT_EQ(bytes_of(copy.payload()).size(), bytes_of(originals[i]->payload()).size()) << i;
    }
    EXPECT_EQ(std::get<Reader::End>(reader.next()).size, file.size());
}

class PiecesSink : public ByteSink {
  public:
    void append(std::string_view bytes) override {
        bytes_ += bytes;
        sizes.push_back(bytes.size());
    }
    const std::string& bytes() const { return bytes_; }

    std::vector<std::size_t> sizes;

  private:
    std::string bytes_;
};

TEST(ChecksumSink, PassesOnWholeBlocksWhateverItGets) {
    constexpr std::size_t kBlock = 65536;
    PiecesSink pieces;
    ChecksumSink sink(pieces, Checksum::On);
    std::string all;
    for (const std::size_t size :
         {1UL, kBlock - 1, kBlock, 3 * kBlock + 5, 0UL, 7UL, 2 * kBlock - 12, 100UL}) {
        const std::string piece(size, static_cast<char>('a' + all.size() % 26));
        sink.append(piece);
        all += piece;
        EXPECT_EQ(sink.checksum(), crc64(0, all));
        EXPECT_EQ(sink.size(), all.size());
    }
    for (const std::size_t size : pieces.sizes) EXPECT_EQ(size % kBlock, 0U);
    sink.flush();
    EXPECT_EQ(pieces.bytes(), all);
}

}  // namespace
}  // namespace pongo

// Values in the object format, of every type and age: what mutations of RESTORE's input start from.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "base/crc64.h"
#include "persistence/byte_sink.h"
#include "persistence/rdb_format.h"
#include "persistence/rdb_writer.h"
#include "structures/intset.h"
#include "structures/listpack.h"
#include "values/stream_id.h"

namespace pongo {

// The payload for these bytes, a type and a value: with version and checksum.
inline std::string sealed(std::string body) {
    body += {static_cast<char>(kWrittenRdbVersion), '\0'};
    const std::uint64_t sum = crc64(0, body);
    for (int i = 0; i < 8; ++i) body += static_cast<char>(sum >> 8 * i);
    return body;
}

inline std::string listpack_of(const std::vector<std::string_view>& texts) {
    std::string bytes(Listpack::empty_bytes());
    StringStore store(bytes);
    ListpackEditor(store).insert(Listpack(bytes).end(), texts);
    return bytes;
}

// "ab", 1, -70000 and 4 in that order: an old Redis's bytes.
inline std::string small_ziplist() {
    using namespace std::string_literals;
    return "\x18\0\0\0\x15\0\0\0\4\0\0\2ab\4\xf2\2\xf0\x90\xee\xfe\5\xf5\xff"s;
}
// ab => 1, c => text, the latter with two unused bytes.
inline std::string small_zipmap() {
    using namespace std::string_literals;
    return "\2\2ab\1\0001\1c\4\2text\0\0\xff"s;
}
inline std::string small_intset() {
    std::string bytes(Intset::empty_bytes());
    StringStore store(bytes);
    for (const std::int64_t value : {-70000, 3, 300}) IntsetEditor(store).add(value);
    return bytes;
}

// Three entries of a stream in two blocks, one of them deleted, two of them pending for a group's consumer.
inline void write_small_stream(RdbWriter& writer, ObjectType type) {
    const auto lengths = [&](std::initializer_list<std::uint64_t> values) {
        for (const std::uint64_t value : values) writer.length(value);
    };
    lengths({2});
    writer.string(StreamId{1, 1}.bytes());
    writer.string(listpack_of({"2", "1", "1", "f", "0", "2", "0", "0", "v",     "4", "3",
                               "0", "1", "w", "4", "0", "1", "0", "1", "other", "x", "6"}));
    writer.string(StreamId{5, 0}.bytes());
    writer.string(listpack_of({"1", "0", "1", "f", "0", "2", "0", "0", "v", "4"}));
    lengths({3, 5, 0});
    if (type != ObjectType::StreamListpacks) lengths({1, 1, 1, 2, 4});
    lengths({1});
    writer.string("group");
    lengths({5, 0});
    if (type != ObjectType::StreamListpacks) lengths({4});
    lengths({2});
    for (const StreamId id : {StreamId{1, 1}, StreamId{5, 0}}) {
        writer.raw(id.bytes());
        writer.fixed64(1'700'000'000'000);
        writer.length(1);
    }
    lengths({1});
    writer.string("consumer");
    writer.fixed64(1'700'000'000'000);
    if (type == ObjectType::StreamListpacks3) writer.fixed64(1'700'000'000'000);
    lengths({2});
    for (const StreamId id : {StreamId{1, 1}, StreamId{5, 0}}) writer.raw(id.bytes());
}

// Bodies that all are right.
inline std::vector<std::string> dump_bodies() {
    std::vector<std::string> bodies;
    const auto body = [&](ObjectType type, auto&& write) {
        BlobSink sink;
        RdbWriter writer(sink, Compression::On);
        writer.byte(static_cast<std::uint8_t>(type));
        write(writer);
        bodies.emplace_back(sink.view());
    };
    const auto packed = [&](ObjectType type, std::string_view bytes) {
        body(type, [&](RdbWriter& writer) { writer.string(bytes); });
    };
    const auto strings = [&](ObjectType type, std::uint64_t count, const std::vector<std::string>& texts) {
        body(type, [&](RdbWriter& writer) {
            writer.length(count);
            for (const std::string& text : texts) writer.string(text);
        });
    };
    const auto scored = [](RdbWriter& writer, int items, auto&& write_score) {
        writer.length(static_cast<std::uint64_t>(items));
        for (int i = items; i > 0; --i) {
            writer.string("member " + std::to_string(i));
            write_score(i);
        }
    };
    for (const std::string_view text : {"text", "-12345", ""}) packed(ObjectType::String, text);
    packed(ObjectType::String, std::string(300, 'x') + "y" + std::string(300, 'x'));
    strings(ObjectType::List, 3, {"a", "1", std::string(100, 'x')});
    packed(ObjectType::ListZiplist, small_ziplist());
    body(ObjectType::ListZiplists, [](RdbWriter& writer) {
        writer.length(2);
        for (int i = 0; i < 2; ++i) writer.string(small_ziplist());
    });
    body(ObjectType::ListBlocks, [](RdbWriter& writer) {
        writer.length(2);
        writer.length(kPackedNode);
        writer.string(listpack_of({"a", "-70000", "some text", "5", "4000000000"}));
        writer.length(kPlainNode);
        writer.string("plain");
    });
    strings(ObjectType::Set, 3, {"a", "1", std::string(100, 'x')});
    strings(ObjectType::Set, 2, {"7", "8"});
    packed(ObjectType::SetIntset, small_intset());
    packed(ObjectType::SetListpack, listpack_of({"a", "1", "2"}));
    strings(ObjectType::Hash, 2, {"a", "1", "b", std::string(100, 'x')});
    strings(ObjectType::Hash, 2, {"a", "1", "b", "2"});
    packed(ObjectType::HashZipmap, small_zipmap());
    packed(ObjectType::HashZiplist, small_ziplist());
    packed(ObjectType::HashListpack, listpack_of({"a", "1", "b", "text", "300", "-1"}));
    packed(ObjectType::SortedSetListpack, listpack_of({"a", "-1", "b", "2.5", "7", "inf"}));
    for (const ObjectType type :
         {ObjectType::StreamListpacks, ObjectType::StreamListpacks2, ObjectType::StreamListpacks3}) {
        body(type, [&](RdbWriter& writer) { write_small_stream(writer, type); });
    }
    body(ObjectType::HashExpiring, [](RdbWriter& writer) {
        writer.fixed64(33'177'117'420'000);
        writer.length(3);
        for (const std::uint64_t later : {0, 1, 5000}) {
            writer.length(later);
            writer.string("field " + std::to_string(later));
            writer.string("value");
        }
    });
    body(ObjectType::HashExpiringListpack, [](RdbWriter& writer) {
        writer.fixed64(33'177'117'420'000);
        writer.string(listpack_of({"a", "1", "33177117420000", "b", "2", "0"}));
    });
    for (const int items : {3, 200}) {
        body(ObjectType::SortedSet,
             [&](RdbWriter& writer) { scored(writer, items, [&](int i) { writer.real(i / 4.0); }); });
    }
    body(ObjectType::SortedSetText, [&](RdbWriter& writer) {
        scored(writer, 3, [&](int i) {
            for (const char byte : "\3" + std::to_string(i) + ".5")
                writer.byte(static_cast<std::uint8_t>(byte));
        });
    });
    return bodies;
}

}  // namespace pongo

// Whole snapshots, as bytes, for tests and fuzzing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "base/crc64.h"
#include "persistence/byte_sink.h"
#include "persistence/rdb_format.h"
#include "persistence/rdb_writer.h"
#include "support/dump_bodies.h"

namespace pongo {

inline std::string rdb_bytes(auto&& write) {
    BlobSink sink;
    RdbWriter writer(sink, Compression::On);
    write(writer);
    return std::string(sink.view());
}

// The opcode, and the lengths behind it.
inline std::string rdb_part(RdbOpcode opcode, std::initializer_list<std::uint64_t> lengths = {}) {
    return rdb_bytes([&](RdbWriter& writer) {
        writer.opcode(opcode);
        for (const std::uint64_t length : lengths) writer.length(length);
    });
}

inline std::string rdb_string(std::string_view text) {
    return rdb_bytes([&](RdbWriter& writer) { writer.string(text); });
}

// A key whose value is a body: a type and a value.
inline std::string rdb_key(std::string_view key, std::string_view body) {
    return std::string(body.substr(0, 1)) + rdb_string(key) + std::string(body.substr(1));
}

// The end, with the checksum of what stands before.
inline std::string rdb_ended(std::string bytes) {
    bytes += rdb_part(RdbOpcode::Eof);
    const std::uint64_t sum = crc64(0, bytes);
    for (std::size_t i = 0; i < kRdbChecksumBytes; ++i) bytes += static_cast<char>(sum >> 8 * i);
    return bytes;
}

// What stands in front of a module's parts is the same for a value and for ModuleAux, but for the latter's
// first part.
inline std::string module_parts() {
    return rdb_bytes([](RdbWriter& writer) {
        for (const std::uint64_t length : {9'000'000'000'000ULL, 2ULL, 1ULL, 1ULL, 77ULL})
            writer.length(length);
        writer.length(3);
        writer.raw("\1\2\3\4");
        writer.length(4);
        writer.real(2.5);
        writer.length(5);
        writer.string("text");
        writer.length(0);
    });
}

// Every opcode but the last, and a value of every type, as the newest of servers could write them.
inline std::vector<std::string> snapshot_parts() {
    const std::vector<std::string> bodies = dump_bodies();
    std::vector<std::string> parts{
        rdb_part(RdbOpcode::Aux) + rdb_string("redis-ver") + rdb_string("8.0.0"),
        rdb_part(RdbOpcode::ModuleAux) + module_parts(),
        rdb_part(RdbOpcode::Function2) + rdb_string("#!lua name=library\n" + std::string(100, ' ')),
        rdb_part(RdbOpcode::SelectDb, {0}),
        rdb_part(RdbOpcode::ResizeDb, {30, 1}),
        rdb_part(RdbOpcode::SlotInfo, {100, 30, 1}),
    };
    for (std::size_t i = 0; i < bodies.size(); ++i) {
        parts.push_back(rdb_key("key " + std::to_string(i), bodies[i]));
    }
    parts.push_back(rdb_part(RdbOpcode::SelectDb, {9}));
    parts.push_back(rdb_part(RdbOpcode::ExpireMs) + std::string("\0\1\2\3\4\0\0\0", 8));
    parts.push_back(rdb_part(RdbOpcode::Idle, {1000}) + rdb_key("idle", bodies[0]));
    parts.push_back(rdb_part(RdbOpcode::Expire) + std::string("\0\1\2\3", 4));
    parts.push_back(rdb_part(RdbOpcode::Freq) + "\x7f" + rdb_key("used", bodies[0]));
    return parts;
}

inline std::string rich_snapshot() {
    std::string bytes = "REDIS0012";
    for (const std::string& part : snapshot_parts()) bytes += part;
    return rdb_ended(bytes);
}

}  // namespace pongo

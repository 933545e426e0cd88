#include "persistence/dump_payload.h"

#include <cstddef>
#include <cstdint>
#include <utility>

#include "base/bytes.h"
#include "base/crc64.h"
#include "persistence/byte_sink.h"
#include "persistence/rdb_format.h"
#include "persistence/rdb_writer.h"
#include "persistence/value_writer.h"

namespace pongo {
namespace {

constexpr std::size_t kVersionBytes = 2;
constexpr std::size_t kChecksumBytes = 8;

void append_little_endian(ByteSink& sink, std::uint64_t value, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) {
        const char byte = static_cast<char>(value >> 8 * i);
        sink.append({&byte, 1});
    }
}

}  // namespace

void seal_payload(BlobSink& sink, std::uint16_t version) {
    append_little_endian(sink, version, kVersionBytes);
    append_little_endian(sink, crc64(0, sink.view()), kChecksumBytes);
}

BlobRef dump_payload(const Payload& value, Compression compression) {
    BlobSink sink;
    RdbWriter writer(sink, compression);
    writer.byte(static_cast<std::uint8_t>(object_type_of(value)));
    write_value(writer, value);
    seal_payload(sink, rdb_version_of(value));
    return std::move(sink).take();
}

std::optional<std::string_view> value_of_dump(std::string_view payload) {
    if (payload.size() < kVersionBytes + kChecksumBytes) return std::nullopt;
    const std::size_t checked = payload.size() - kChecksumBytes;
    const std::size_t size = checked - kVersionBytes;
    const auto version =
        static_cast<std::uint8_t>(payload[size]) | static_cast<std::uint8_t>(payload[size + 1]) << 8;
    if (version > kNewestRdbVersion) return std::nullopt;
    if (crc64(0, payload.substr(0, checked)) != load_le64(payload.data() + checked)) return std::nullopt;
    return payload.substr(0, size);
}

}  // namespace pongo

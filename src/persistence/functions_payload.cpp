#include "persistence/functions_payload.h"

#include <utility>

#include "persistence/dump_payload.h"
#include "persistence/rdb_format.h"
#include "persistence/rdb_reader.h"
#include "persistence/rdb_writer.h"

namespace pongo {

BlobRef functions_payload(std::span<const std::string_view> sources, Compression compression) {
    BlobSink sink;
    RdbWriter writer(sink, compression);
    for (const std::string_view source : sources) {
        writer.opcode(RdbOpcode::Function2);
        writer.string(source);
    }
    seal_payload(sink, kWrittenRdbVersion);
    return std::move(sink).take();
}

std::string read_functions_payload(std::string_view payload,
                                   const std::function<std::string(std::string_view)>& visit) {
    const auto bytes = value_of_dump(payload);
    if (!bytes) return "DUMP payload version or checksum are wrong";
    RdbReader reader(*bytes);
    RdbString source;
    while (reader.left() > 0) {
        const auto opcode = static_cast<RdbOpcode>(reader.byte());
        if (opcode == RdbOpcode::EarlyFunction) return "Failed loading library name";
        if (opcode != RdbOpcode::Function2) return "given type is not a function";
        const std::string_view text = reader.string(source);
        if (reader.failed()) return "Failed loading library payload";
        if (std::string error = visit(text); !error.empty()) return error;
    }
    return {};
}

}  // namespace pongo

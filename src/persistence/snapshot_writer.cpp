#include "persistence/snapshot_writer.h"

#include <string>

#include "persistence/rdb_format.h"

namespace pongo {

void SnapshotWriter::begin(std::span<const AuxField> fields) {
    const std::string digits = std::to_string(kWrittenRdbVersion);
    writer_.raw(kRdbMagic);
    writer_.raw(std::string(kRdbVersionDigits - digits.size(), '0') + digits);
    for (const AuxField& field : fields) {
        writer_.opcode(RdbOpcode::Aux);
        writer_.string(field.name);
        writer_.string(field.value);
    }
}

void SnapshotWriter::function_library(std::string_view source) {
    writer_.opcode(RdbOpcode::Function2);
    writer_.string(source);
}

void SnapshotWriter::database(int db, std::uint64_t keys, std::uint64_t volatile_keys) {
    select(db);
    writer_.opcode(RdbOpcode::ResizeDb);
    writer_.length(keys);
    writer_.length(volatile_keys);
}

void SnapshotWriter::key(int db, std::string_view key, std::optional<std::int64_t> expires_at_ms,
                         const KeyUsage& usage, const Payload& value) {
    select(db);
    write_key(writer_, key, expires_at_ms, usage, value);
}

void SnapshotWriter::record(int db, std::string_view bytes) {
    select(db);
    writer_.raw(bytes);
}

void SnapshotWriter::end() {
    writer_.opcode(RdbOpcode::Eof);
    writer_.fixed64(sink_.checksum());
    sink_.flush();
}

void SnapshotWriter::select(int db) {
    if (db_ == db) return;
    writer_.opcode(RdbOpcode::SelectDb);
    writer_.length(static_cast<std::uint64_t>(db));
    db_ = db;
}

}  // namespace pongo

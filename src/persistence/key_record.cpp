#include "persistence/key_record.h"

#include "persistence/value_writer.h"

namespace pongo {

void write_key_head(RdbWriter& writer, std::string_view key, std::optional<std::int64_t> expires_at_ms,
                    const KeyUsage& usage, ObjectType type) {
    if (expires_at_ms) {
        writer.opcode(RdbOpcode::ExpireMs);
        writer.fixed64(static_cast<std::uint64_t>(*expires_at_ms));
    }
    if (usage.idle_seconds) {
        writer.opcode(RdbOpcode::Idle);
        writer.length(*usage.idle_seconds);
    }
    if (usage.frequency) {
        writer.opcode(RdbOpcode::Freq);
        writer.byte(*usage.frequency);
    }
    writer.byte(static_cast<std::uint8_t>(type));
    writer.string(key);
}

void write_key(RdbWriter& writer, std::string_view key, std::optional<std::int64_t> expires_at_ms,
               const KeyUsage& usage, const Payload& value) {
    write_key_head(writer, key, expires_at_ms, usage, object_type_of(value));
    write_value(writer, value);
}

}  // namespace pongo

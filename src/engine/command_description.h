// What COMMAND INFO and COMMAND DOCS tell of a command, written from its row. Shapes and field names are
// those of Redis 7.0. Thread rule: that of the writer.
#pragma once

#include <cstdint>

#include "engine/command_table.h"
#include "resp/reply_writer.h"

namespace pongo {

// One element of COMMAND INFO: an array of ten, with those of its subcommands inside.
void write_command_info(ReplyWriter& reply, const Command& command);

// One pair of COMMAND DOCS: the name, and a map.
void write_command_docs(ReplyWriter& reply, const Command& command);

// A set of the names of the key flags, as in COMMAND GETKEYSANDFLAGS.
void write_key_flags(ReplyWriter& reply, std::uint16_t flags);

}  // namespace pongo

// The commands that rebuild a stream with its groups: a part of rebuilding_commands.h.
//
// Thread rule: pure; under the lock of the value's shard.
#pragma once

#include <string_view>

#include "persistence/byte_sink.h"
#include "resp/command_writer.h"
#include "values/stream.h"

namespace pongo {

void write_stream_commands(CommandWriter<ByteSink>& writer, std::string_view key, const StreamValue& stream);

}  // namespace pongo

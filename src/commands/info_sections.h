// The sections of INFO, each a function that writes its heading and its fields. Which there are, and in which
// order, stands in info.cpp.
//
// What this server has not, or not yet, is told as what it is: 0, none, never. Redis's names and formats are
// kept for all of it, because tools look for them.
//
// REQUIRES for all: all shards are locked.
#pragma once

#include "engine/call.h"
#include "stats/info_writer.h"

namespace pongo {

void write_server_info(InfoWriter& info, Call& call);
void write_clients_info(InfoWriter& info, Call& call);
void write_memory_info(InfoWriter& info, Call& call);
void write_persistence_info(InfoWriter& info, Call& call);
void write_stats_info(InfoWriter& info, Call& call);
void write_replication_info(InfoWriter& info, Call& call);
void write_cpu_info(InfoWriter& info, Call& call);
void write_modules_info(InfoWriter& info, Call& call);
void write_command_stats_info(InfoWriter& info, Call& call);
void write_error_stats_info(InfoWriter& info, Call& call);
void write_latency_stats_info(InfoWriter& info, Call& call);
void write_cluster_info(InfoWriter& info, Call& call);
void write_keyspace_info(InfoWriter& info, Call& call);

}  // namespace pongo

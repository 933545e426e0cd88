// What the configuration says about values as bytes.
#pragma once

#include "engine/settings.h"
#include "persistence/checksum.h"
#include "persistence/compression.h"
#include "persistence/value_reader.h"
#include "values/stream_log.h"

namespace pongo {

inline Compression compression_of(const Settings& settings) {
    return settings.rdbcompression ? Compression::On : Compression::Off;
}

inline Compression compression_of_files(const Settings& settings) {
    return settings.rdbcompression ? Compression::Quick : Compression::Off;
}

inline Checksum checksum_of(const Settings& settings) {
    return settings.rdbchecksum ? Checksum::On : Checksum::Off;
}

inline BlockLimits list_limits_of(const Settings& settings) {
    BlockLimits limits = BlockLimits::of_option(settings.list_max_listpack_size);
    limits.compress_depth = static_cast<std::size_t>(settings.list_compress_depth.get());
    return limits;
}
inline SetLimits set_limits_of(const Settings& settings) {
    return {.intset_entries = static_cast<std::uint64_t>(settings.set_max_intset_entries)};
}
inline HashLimits hash_limits_of(const Settings& settings) {
    return {.fields = static_cast<std::uint64_t>(settings.hash_max_listpack_entries),
            .text_bytes = static_cast<std::uint64_t>(settings.hash_max_listpack_value)};
}
inline SortedSetLimits sorted_set_limits_of(const Settings& settings) {
    return {.items = static_cast<std::size_t>(settings.zset_max_listpack_entries),
            .member_bytes = static_cast<std::size_t>(settings.zset_max_listpack_value)};
}

inline StreamLimits stream_limits_of(const Settings& settings) {
    return {.node_bytes = static_cast<std::uint64_t>(settings.stream_node_max_bytes),
            .node_entries = static_cast<std::uint64_t>(settings.stream_node_max_entries)};
}

inline ValueLimits value_limits_of(const Settings& settings) {
    return {.list = list_limits_of(settings),
            .set = set_limits_of(settings),
            .hash = hash_limits_of(settings),
            .sorted_set = sorted_set_limits_of(settings)};
}

}  // namespace pongo

// What the configuration says about values as bytes.
#pragma once

#include "engine/settings.h"
#include "persistence/compression.h"
#include "persistence/value_reader.h"

namespace pongo {

inline Compression compression_of(const Settings& settings) {
    return settings.rdbcompression ? Compression::On : Compression::Off;
}

inline ValueLimits value_limits_of(const Settings& settings) {
    return {.list = BlockLimits::of_option(settings.list_max_listpack_size),
            .set = {.intset_entries = static_cast<std::uint64_t>(settings.set_max_intset_entries)},
            .hash = {.fields = static_cast<std::uint64_t>(settings.hash_max_listpack_entries),
                     .text_bytes = static_cast<std::uint64_t>(settings.hash_max_listpack_value)},
            .sorted_set = {.items = static_cast<std::size_t>(settings.zset_max_listpack_entries),
                           .member_bytes = static_cast<std::size_t>(settings.zset_max_listpack_value)}};
}

}  // namespace pongo

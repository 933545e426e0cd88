// What the fuzzers of values share: inputs that are about right, and the limits of encodings that Redis has.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "persistence/value_limits.h"
#include "support/dump_bodies.h"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace pongo {

constexpr ValueLimits kUsualLimits{.list = {},
                                   .set = {.intset_entries = 512},
                                   .hash = {.fields = 512, .text_bytes = 64},
                                   .sorted_set = {.items = 128, .member_bytes = 64}};

// Now and then what stands from `start` on is replaced by a type and a value; then something is changed.
inline std::size_t mutate_value(std::uint8_t* data, std::size_t size, std::size_t max_size, unsigned seed,
                                std::size_t start) {
    static const std::vector<std::string> kBodies = dump_bodies();
    const std::string& body = kBodies[seed / 16 % kBodies.size()];
    if (seed % 16 == 0 && start + body.size() <= max_size) {
        std::memset(data, static_cast<int>(seed >> 12), start);
        std::memcpy(data + start, body.data(), body.size());
        size = start + body.size();
    }
    return LLVMFuzzerMutate(data, size, max_size);
}

}  // namespace pongo

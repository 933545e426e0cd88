// What all executors together know of one command.
#pragma once

#include <cstdint>

#include "engine/engine.h"
#include "stats/distribution.h"

namespace pongo {

struct CommandTotals {
    std::uint64_t calls = 0;
    std::uint64_t ns = 0;
    std::uint64_t rejected = 0;
    std::uint64_t failed = 0;

    bool empty() const { return calls == 0 && rejected == 0 && failed == 0; }
};

CommandTotals totals_of(const Engine& engine, const Command& command);

// Of the durations that were recorded while the option latency-tracking was on.
Distribution durations_of(const Engine& engine, const Command& command);

}  // namespace pongo

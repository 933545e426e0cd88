// The sparse form of a HyperLogLog's registers: runs of equal ones, in one or two bytes each. The bits of the
// bytes are
//
//   00rrrrrr            r + 1 registers (up to 64) of value 0
//   01rrrrrr rrrrrrrr   r + 1 registers (up to 16384) of value 0
//   1vvvvvrr            r + 1 registers (up to 4) of value v + 1 (up to 32)
//
// This is the format of Redis's values. Bytes from elsewhere may hold anything: nothing here reads beyond
// their end, and a run whose second byte is cut off is read as if that were 0.
//
// Pure functions; any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pongo {

inline constexpr std::uint32_t kHyperLogLogRegisters = 1 << 14;

struct RegisterRun {
    static constexpr std::uint32_t kMostOneByteZeros = 64;
    static constexpr std::uint32_t kMostValues = 4;
    static constexpr std::uint8_t kMostValue = 32;

    std::uint32_t registers;
    std::uint8_t value;
    std::uint8_t bytes;  // That the run takes: 1 or 2.
};

// REQUIRES: at < runs.size().
RegisterRun run_at(std::string_view runs, std::size_t at);

// Calls visit(first register, run) for each run, in order; returns how many registers they are.
template <typename Visit>
std::uint64_t for_each_run(std::string_view runs, Visit&& visit) {
    std::uint64_t first = 0;
    for (std::size_t at = 0; at < runs.size();) {
        const RegisterRun run = run_at(runs, at);
        visit(first, run);
        first += run.registers;
        at += run.bytes;
    }
    return first;
}

// Where a register is.
struct RunPlace {
    std::size_t at = 0;
    std::size_t previous = 0;  // The run before, or the same where there is none ...
    std::size_t earlier = 0;   // ... and the one before that.
    std::uint64_t first = 0;   // Registers in front of the run, and of the earlier one.
    std::uint64_t earlier_first = 0;
};

// nullopt if the runs end before the register, or within its run. The search begins at the earlier run of
// `from`, a place of a lower register: of the same runs, or before a change to the run at it.
std::optional<RunPlace> find_register(std::string_view runs, std::uint32_t index, const RunPlace& from = {});

// How the runs change when one register is given a higher value: the bytes from `at` on are replaced.
struct RunChange {
    // A run before, three for the run itself, and those that are looked at behind, of two bytes each.
    static constexpr std::size_t kMostBytes = 2 * (1 + 3 + 6);

    std::size_t at = 0;
    std::size_t erased = 0;
    std::size_t inserted = 0;
    // By how much the runs grow before neighbours of the same value are joined.
    std::ptrdiff_t growth = 0;
    std::array<char, kMostBytes> bytes = {};
};

// REQUIRES: the value is not 0 nor above RegisterRun::kMostValue, the place is that of the register, and the
// run's value is lower.
RunChange raise_register(std::string_view runs, const RunPlace& place, std::uint32_t index,
                         std::uint8_t value);

}  // namespace pongo

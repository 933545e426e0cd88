#include "commands/command_totals.h"

namespace pongo {

CommandTotals totals_of(const Engine& engine, const Command& command) {
    CommandTotals totals;
    engine.for_each_executor([&](const ExecutorStats& executor) {
        const CommandStats& stats = executor.commands[command.index];
        totals.calls += stats.calls.get();
        totals.ns += stats.ns.get();
        totals.rejected += stats.rejected.get();
        totals.failed += stats.failed.get();
    });
    return totals;
}

Distribution durations_of(const Engine& engine, const Command& command) {
    Distribution distribution;
    engine.for_each_executor([&](const ExecutorStats& executor) {
        const Histogram* histogram =
            executor.commands[command.index].histogram.load(std::memory_order_acquire);
        if (histogram) distribution.add(*histogram);
    });
    return distribution;
}

}  // namespace pongo

#include <string>
#include <vector>

#include "base/clock.h"
#include "commands/command_totals.h"
#include "commands/families.h"
#include "commands/help.h"
#include "commands/latency_report.h"
#include "engine/args.h"

namespace pongo {
namespace {

void doctor(Call& call) {
    const auto events = call.engine().latency().events();
    call.reply().verbatim(latency_advice(events, call.settings().latency_monitor_threshold_ms,
                                         call.settings().slowlog_log_slower_than_us));
}

void graph(Call& call) {
    const auto event = call.engine().latency().event(call.arg(2));
    if (!event) {
        return call.fail("ERR No samples available for event '" + std::string(until_nul(call.arg(2))) + "'");
    }
    call.reply().verbatim(draw_latency_graph(*event, call.now_ms() / kMsPerSecond));
}

// The commands that are meant: of containers the subcommands, of no names all; names that no command has are
// left out, and so are commands of which nothing is known.
std::vector<const Command*> commands_with_durations(Call& call) {
    const CommandTable& table = call.engine().commands();
    std::vector<const Command*> found;
    const auto visit = [&](const Command& command) {
        if (totals_of(call.engine(), command).calls > 0) found.push_back(&command);
    };
    if (call.argc() == 2) {
        for (std::size_t i = 0; i < table.count_with_subcommands(); ++i) visit(table.at(i));
    }
    for (std::size_t i = 2; i < call.argc(); ++i) {
        const Command* named = table.find_full_name(call.arg(i));
        if (!named) continue;
        visit(*named);
        for (const Command* subcommand : named->subcommands) visit(*subcommand);
    }
    return found;
}

void histogram(Call& call) {
    ReplyWriter& reply = call.reply();
    const auto answer = reply.begin_map();
    std::size_t count = 0;
    for (const Command* command : commands_with_durations(call)) {
        const Distribution durations = durations_of(call.engine(), *command);
        if (durations.count() == 0) continue;
        ++count;
        reply.bulk(command->name);
        reply.map(2);
        reply.bulk("calls");
        reply.integer(static_cast<std::int64_t>(durations.count()));
        reply.bulk("histogram_usec");
        const auto steps = durations.doubling_steps_us();
        reply.map(steps.size());
        for (const auto& [us, calls] : steps) {
            reply.integer(static_cast<std::int64_t>(us));
            reply.integer(static_cast<std::int64_t>(calls));
        }
    }
    reply.finish(answer, count);
}

void history(Call& call) {
    const auto event = call.engine().latency().event(call.arg(2));
    if (!event) return call.reply().array(0);
    call.reply().array(event->samples.size());
    for (const LatencyMonitor::Sample& sample : event->samples) {
        call.reply().array(2);
        call.reply().integer(sample.unix_s);
        call.reply().integer(sample.duration_ms);
    }
}

void latest(Call& call) {
    const auto events = call.engine().latency().events();
    call.reply().array(events.size());
    for (const LatencyMonitor::Event& event : events) {
        call.reply().array(4);
        call.reply().bulk(event.name);
        call.reply().integer(event.samples.back().unix_s);
        call.reply().integer(event.samples.back().duration_ms);
        call.reply().integer(event.longest_ms);
    }
}

void reset(Call& call) {
    LatencyMonitor& monitor = call.engine().latency();
    std::size_t forgotten = call.argc() == 2 ? monitor.reset() : 0;
    for (std::size_t i = 2; i < call.argc(); ++i) forgotten += monitor.reset(call.arg(i));
    call.reply().integer(static_cast<std::int64_t>(forgotten));
}

constexpr std::uint32_t kFlags = Admin | NoScript | Loading | Stale;
constexpr std::string_view kTips = "nondeterministic_output request_policy:all_nodes response_policy:special";

constexpr CommandSpec kLatency[] = {
    {.name = "DOCTOR",
     .handler = doctor,
     .arity = {2},
     .flags = kFlags,
     .group = Group::Server,
     .since = "2.8.13",
     .cost = "O(1)",
     .summary = "Reports on what was slow, with advice.",
     .tips = kTips},
    {.name = "GRAPH",
     .handler = graph,
     .arity = {3},
     .flags = kFlags,
     .group = Group::Server,
     .since = "2.8.13",
     .cost = "O(1)",
     .summary = "Draws the samples of an event.",
     .syntax = "event",
     .tips = kTips},
    {.name = "HISTOGRAM",
     .handler = histogram,
     .arity = {-2},
     .flags = kFlags,
     .group = Group::Server,
     .since = "7.0.0",
     .cost = "O(N) in the number of commands of which something is told",
     .summary = "Tells for each command how many calls took at most 1, 2, 4 ... microseconds.",
     .syntax = "[command...]",
     .tips = kTips},
    {.name = "HISTORY",
     .handler = history,
     .arity = {3},
     .flags = kFlags,
     .group = Group::Server,
     .since = "2.8.13",
     .cost = "O(1)",
     .summary = "Returns the samples of an event: seconds since 1970, and milliseconds.",
     .syntax = "event",
     .tips = kTips},
    {.name = "LATEST",
     .handler = latest,
     .arity = {2},
     .flags = kFlags,
     .group = Group::Server,
     .since = "2.8.13",
     .cost = "O(1)",
     .summary = "Returns of every event its latest sample, and the longest ever.",
     .tips = kTips},
    {.name = "RESET",
     .handler = reset,
     .arity = {-2},
     .flags = kFlags,
     .group = Group::Server,
     .since = "2.8.13",
     .cost = "O(1)",
     .summary = "Forgets the samples of the events that are named, or of all.",
     .syntax = "[event...]",
     .tips = "request_policy:all_nodes response_policy:all_succeeded"},
    {.name = "HELP",
     .handler = reply_help,
     .arity = {2},
     .flags = Loading | Stale,
     .group = Group::Server,
     .since = "2.8.13",
     .cost = "O(1)",
     .summary = "Lists the subcommands."},
};

constexpr CommandSpec kCommands[] = {
    {.name = "LATENCY",
     .arity = at_least(1),
     .group = Group::Server,
     .since = "2.8.13",
     .cost = "Depends on the subcommand.",
     .summary = "What made the server slow, and how long commands take.",
     .subcommands = kLatency},
};
static_assert(well_formed(kCommands));

}  // namespace

std::span<const CommandSpec> latency_commands() {
    return kCommands;
}

}  // namespace pongo

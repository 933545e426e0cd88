#include <string>
#include <vector>

#include "base/clock.h"
#include "base/glob.h"
#include "commands/families.h"
#include "commands/help.h"
#include "commands/script_arguments.h"
#include "commands/subcommand_error.h"
#include "engine/args.h"
#include "engine/call.h"
#include "persistence/functions_payload.h"
#include "persistence/value_limits.h"
#include "scripting/scripting.h"

namespace pongo {
namespace {

using Library = FunctionLibraries::Library;
using Snapshot = FunctionLibraries::Snapshot;

enum class Access { Full, ReadOnly };

FunctionLibraries& libraries_of(Call& call) {
    return call.engine().scripting().libraries();
}

FunctionScripts& scripts_of(Call& call) {
    return call.engine().scripting().function_scripts(call.session().reactor);
}

template <Access kAccess>
void fcall(Call& call) {
    show_script_to_monitors(call);
    FunctionScripts& scripts = scripts_of(call);
    const FunctionScripts::Callable* const callable = scripts.find(call.arg(1));
    if (!callable) return call.fail("ERR Function not found");
    const auto arguments = script_arguments(call, "ERR Bad number of keys provided");
    if (!arguments) return;
    scripts.run(call, *callable, arguments->keys, arguments->others, kAccess == Access::ReadOnly);
}

std::uint32_t flags_of_fcall(Engine& engine, std::uint32_t flags, std::span<const std::string_view> args) {
    const auto known = engine.scripting().libraries().snapshot();
    const auto found = known->functions.find(args[1]);
    if (found == known->functions.end()) return flags;
    const auto function = std::ranges::find(found->second->functions, found->first, &Function::name);
    return flags_with_script(flags, function->flags);
}

// Copies of the data set are told the command as it came.
void note_change(Call& call) {
    call.context().counters.changes.add();
}

void load(Call& call) {
    Args args(call, 2);
    bool replace = false;
    while (args.left() > 1) {
        if (!args.accept("REPLACE"))
            return call.fail("ERR Unknown option given: " + std::string(args.peek()));
        replace = true;
    }
    const auto known = libraries_of(call).snapshot();
    std::string error;
    const Library library = scripts_of(call).load(args.next(), replace ? nullptr : known.get(), error);
    if (library) {
        using Collision = FunctionLibraries::Collision;
        error = libraries_of(call).add(library, replace ? Collision::Replace : Collision::Abort);
    }
    scripts_of(call).catch_up();
    if (!error.empty()) return call.fail("ERR " + error);
    note_change(call);
    call.reply().bulk(library->name);
}

void remove(Call& call) {
    if (!libraries_of(call).remove(call.arg(2))) return call.fail("ERR Library not found");
    note_change(call);
    call.reply().ok();
}

// The sources are given back at once: that takes no time worth a thread of its own.
void flush(Call& call) {
    if (call.argc() > 3) return fail_subcommand(call);
    if (call.argc() == 3 && !equals_ignore_case(call.arg(2), "SYNC") &&
        !equals_ignore_case(call.arg(2), "ASYNC")) {
        return call.fail("ERR FUNCTION FLUSH only supports SYNC|ASYNC option");
    }
    libraries_of(call).clear();
    note_change(call);
    call.reply().ok();
}

void dump(Call& call) {
    const auto known = libraries_of(call).snapshot();
    std::vector<std::string_view> sources;
    for (const auto& [name, library] : known->by_name) sources.push_back(library->source);
    call.reply().bulk(functions_payload(sources, compression_of(call.settings())));
}

std::optional<FunctionLibraries::Restore> restore_policy(Call& call) {
    using Restore = FunctionLibraries::Restore;
    if (call.argc() == 3 || equals_ignore_case(call.arg(3), "APPEND")) return Restore::Append;
    if (equals_ignore_case(call.arg(3), "FLUSH")) return Restore::Flush;
    if (equals_ignore_case(call.arg(3), "REPLACE")) return Restore::Replace;
    return std::nullopt;
}

void restore(Call& call) {
    if (call.argc() > 4) return fail_subcommand(call);
    const auto policy = restore_policy(call);
    if (!policy) {
        return call.fail("ERR Wrong restore policy given, value should be either FLUSH, APPEND or REPLACE.");
    }
    // All of them have to be good, and to go together, before the first is known to anybody.
    Snapshot together;
    std::vector<Library> loaded;
    std::string error = read_functions_payload(call.arg(2), [&](std::string_view source) {
        std::string wrong;
        Library library = scripts_of(call).load(source, &together, wrong);
        if (library) wrong = FunctionLibraries::collision_with(together, *library);
        if (!wrong.empty()) return wrong;
        FunctionLibraries::put(together, library);
        loaded.push_back(std::move(library));
        return wrong;
    });
    if (error.empty()) error = libraries_of(call).restore(loaded, *policy);
    scripts_of(call).catch_up();
    if (!error.empty()) return call.fail("ERR " + error);
    note_change(call);
    call.reply().ok();
}

void reply_function(ReplyWriter& reply, const Function& function) {
    reply.map(3);
    reply.bulk("name");
    reply.bulk(function.name);
    reply.bulk("description");
    function.description ? reply.bulk(*function.description) : reply.null();
    reply.bulk("flags");
    const auto flags = reply.begin_set();
    std::size_t count = 0;
    for (const NamedScriptFlag& each : kScriptFlags) {
        if ((function.flags & each.flag) == 0) continue;
        reply.simple(each.name);
        ++count;
    }
    reply.finish(flags, count);
}

void reply_library(ReplyWriter& reply, const FunctionLibrary& library, bool with_code) {
    reply.map(with_code ? 4 : 3);
    reply.bulk("library_name");
    reply.bulk(library.name);
    reply.bulk("engine");
    reply.bulk("LUA");
    reply.bulk("functions");
    reply.array(library.functions.size());
    for (const Function& function : library.functions) reply_function(reply, function);
    if (!with_code) return;
    reply.bulk("library_code");
    reply.bulk(library.source);
}

void list(Call& call) {
    Args args(call, 2);
    bool with_code = false;
    std::optional<std::string_view> pattern;
    while (args.more()) {
        if (!with_code && args.accept("WITHCODE")) {
            with_code = true;
        } else if (!pattern && args.accept("LIBRARYNAME")) {
            if (!args.more()) return call.fail("ERR library name argument was not given");
            pattern = args.next();
        } else {
            return call.fail("ERR Unknown argument " + std::string(args.peek()));
        }
    }
    const auto known = libraries_of(call).snapshot();
    const auto shown = call.reply().begin_array();
    std::size_t count = 0;
    for (const auto& [name, library] : known->by_name) {
        if (pattern && !glob_match(*pattern, name, CaseSensitivity::Insensitive)) continue;
        reply_library(call.reply(), *library, with_code);
        ++count;
    }
    call.reply().finish(shown, count);
}

// Of those that run at this moment, the one that began first: copied, since it may end at any time.
struct Running {
    std::string name;
    std::vector<std::string> command;
    std::int64_t started_us;
};

std::optional<Running> longest_running(RunningScripts& scripts) {
    std::optional<Running> longest;
    scripts.for_each_function([&](const RunningScript& script) {
        if (longest && longest->started_us <= script.started_us) return;
        longest = Running{
            std::string(script.name), {script.command.begin(), script.command.end()}, script.started_us};
    });
    return longest;
}

void reply_running(ReplyWriter& reply, const Running& running) {
    reply.map(3);
    reply.bulk("name");
    reply.bulk(running.name);
    reply.bulk("command");
    reply.array(running.command.size());
    for (const std::string& argument : running.command) reply.bulk(argument);
    reply.bulk("duration_ms");
    reply.integer((monotonic_us() - running.started_us) / kUsPerMs);
}

void stats(Call& call) {
    RunningScripts& scripts = call.engine().running_scripts();
    if (scripts.busy_with_eval()) return call.fail(scripts.busy_error());
    const auto known = libraries_of(call).snapshot();
    const auto running = longest_running(scripts);
    ReplyWriter& reply = call.reply();
    reply.map(2);
    reply.bulk("running_script");
    running ? reply_running(reply, *running) : reply.null();
    reply.bulk("engines");
    reply.map(1);
    reply.bulk("LUA");
    reply.map(2);
    reply.bulk("libraries_count");
    reply.integer(static_cast<std::int64_t>(known->by_name.size()));
    reply.bulk("functions_count");
    reply.integer(static_cast<std::int64_t>(known->functions.size()));
}

void kill(Call& call) {
    if (const auto error = call.engine().running_scripts().kill(RunningScript::Kind::Function)) {
        return call.fail(*error);
    }
    call.reply().ok();
}

// What changes libraries is in order with what all others do: no function runs meanwhile, but for one that
// has no key.
constexpr std::uint32_t kChanging = Write | NoScript | AllShards;
constexpr std::uint32_t kCalling = NoScript | SkipMonitor | NoMandatoryKeys | Stale | RunsScript;

constexpr std::string_view kToAll = "request_policy:all_shards response_policy:all_succeeded";
constexpr std::string_view kCallCost = "That of the function.";
constexpr std::string_view kCallSyntax = "function numkeys:integer [key...] [arg...]";

constexpr CommandSpec kFunction[] = {
    {.name = "DELETE",
     .handler = remove,
     .arity = {3},
     .flags = kChanging,
     .categories = CatScripting,
     .group = Group::Scripting,
     .since = "7.0.0",
     .cost = "O(N), when N is the number of functions",
     .summary = "Forgets a library and its functions.",
     .syntax = "library-name",
     .tips = kToAll},
    {.name = "DUMP",
     .handler = dump,
     .arity = {2},
     .flags = NoScript,
     .categories = CatScripting,
     .group = Group::Scripting,
     .since = "7.0.0",
     .cost = "O(N), when N is the number of functions",
     .summary = "Returns all libraries as bytes of which FUNCTION RESTORE makes them again."},
    {.name = "FLUSH",
     .handler = flush,
     .arity = {-2},
     .flags = kChanging,
     .categories = CatScripting,
     .group = Group::Scripting,
     .since = "7.0.0",
     .cost = "O(N), when N is the number of functions",
     .summary = "Forgets all libraries.",
     .syntax = "[async=<ASYNC | SYNC>]",
     .tips = kToAll},
    {.name = "KILL",
     .handler = kill,
     .arity = {2},
     .flags = NoScript | AllowBusy,
     .categories = CatScripting,
     .group = Group::Scripting,
     .since = "7.0.0",
     .cost = "O(1)",
     .summary = "Ends a function that runs, unless it has written something.",
     .tips = "request_policy:all_shards response_policy:one_succeeded"},
    {.name = "LIST",
     .handler = list,
     .arity = {-2},
     .flags = NoScript,
     .categories = CatScripting,
     .group = Group::Scripting,
     .since = "7.0.0",
     .cost = "O(N), when N is the number of functions",
     .summary = "Lists the libraries, those whose names match a pattern or all, and their functions.",
     .syntax = "[LIBRARYNAME library-name-pattern] [WITHCODE]",
     .tips = "nondeterministic_output_order"},
    {.name = "LOAD",
     .handler = load,
     .arity = {-3},
     .flags = kChanging | DenyOom,
     .categories = CatScripting,
     .group = Group::Scripting,
     .since = "7.0.0",
     .cost = "O(N), when N is the number of functions, beside the time to compile and run the code",
     .summary = "Makes a library known, and returns its name.",
     .syntax = "[REPLACE] function-code",
     .tips = kToAll},
    {.name = "RESTORE",
     .handler = restore,
     .arity = {-3},
     .flags = kChanging | DenyOom,
     .categories = CatScripting,
     .group = Group::Scripting,
     .since = "7.0.0",
     .cost = "O(N), when N is the number of functions",
     .summary = "Makes libraries known of the bytes that FUNCTION DUMP returned.",
     .syntax = "serialized-value [policy=<FLUSH | APPEND | REPLACE>]",
     .tips = kToAll},
    {.name = "STATS",
     .handler = stats,
     .arity = {2},
     .flags = NoScript | AllowBusy,
     .categories = CatScripting,
     .group = Group::Scripting,
     .since = "7.0.0",
     .cost = "O(1)",
     .summary = "Tells which function runs at the moment, and how many there are.",
     .tips = "nondeterministic_output request_policy:all_shards response_policy:special"},
    {.name = "HELP",
     .handler = reply_help,
     .arity = {2},
     .flags = Loading | Stale,
     .categories = CatScripting,
     .group = Group::Scripting,
     .since = "7.0.0",
     .cost = "O(1)",
     .summary = "Lists the subcommands."},
};

constexpr CommandSpec kCommands[] = {
    {.name = "FCALL",
     .handler = fcall<Access::Full>,
     .arity = at_least(2),
     .flags = kCalling | MayReplicate,
     .categories = CatScripting,
     .keys = keys_of_script(KeyRW | KeyAccess | KeyUpdate, kWorstNote),
     .flags_of = flags_of_fcall,
     .group = Group::Scripting,
     .since = "7.0.0",
     .cost = kCallCost,
     .summary = "Calls a function of a library.",
     .syntax = kCallSyntax},
    {.name = "FCALL_RO",
     .handler = fcall<Access::ReadOnly>,
     .arity = at_least(2),
     .flags = kCalling | ReadOnly,
     .categories = CatScripting,
     .keys = keys_of_script(KeyRO | KeyAccess, kWorstReadNote),
     .flags_of = flags_of_fcall,
     .group = Group::Scripting,
     .since = "7.0.0",
     .cost = kCallCost,
     .summary = "Calls a function of a library that only reads.",
     .syntax = kCallSyntax},
    {.name = "FUNCTION",
     .arity = at_least(1),
     .group = Group::Scripting,
     .since = "7.0.0",
     .cost = "Depends on the subcommand.",
     .summary = "The libraries of functions that the server knows.",
     .subcommands = kFunction},
};
static_assert(well_formed(kCommands));

}  // namespace

std::span<const CommandSpec> function_commands() {
    return kCommands;
}

}  // namespace pongo

#include <string>

#include "base/escape.h"
#include "commands/families.h"
#include "commands/help.h"
#include "commands/script_arguments.h"
#include "engine/call.h"
#include "scripting/scripting.h"

namespace pongo {
namespace {

constexpr std::string_view kNoScript = "NOSCRIPT No matching script. Please use EVAL.";

constexpr std::size_t kShaDigits = 40;

enum class Access { Full, ReadOnly };

EvalScripts& scripts_of(Call& call) {
    return call.engine().scripting().eval_scripts(call.session().reactor);
}

template <Access kAccess>
void eval(Call& call) {
    show_script_to_monitors(call);
    const auto arguments = script_arguments(call);
    if (!arguments) return;
    EvalScripts& scripts = scripts_of(call);
    std::string error;
    const EvalScripts::Compiled* const script = scripts.add(call.arg(1), error);
    if (!script) return call.fail(error);
    scripts.run(call, *script, arguments->keys, arguments->others, kAccess == Access::ReadOnly);
}

template <Access kAccess>
void evalsha(Call& call) {
    show_script_to_monitors(call);
    if (call.arg(1).size() != kShaDigits) return call.fail(kNoScript);
    const auto arguments = script_arguments(call);
    if (!arguments) return;
    EvalScripts& scripts = scripts_of(call);
    const EvalScripts::Compiled* const script = scripts.find(call.arg(1));
    if (!script) return call.fail(kNoScript);
    scripts.run(call, *script, arguments->keys, arguments->others, kAccess == Access::ReadOnly);
}

void load(Call& call) {
    std::string error;
    const EvalScripts::Compiled* const script = scripts_of(call).add(call.arg(2), error);
    if (!script) return call.fail(error);
    call.reply().bulk(script->script->sha);
}

void exists(Call& call) {
    call.reply().array(call.argc() - 2);
    for (const std::string_view sha : call.args().subspan(2)) {
        const auto script = call.engine().scripting().cache().find(to_lower(sha));
        call.reply().integer(script ? 1 : 0);
    }
}

// The sources are given back at once: that takes no time worth a thread of its own.
void flush(Call& call) {
    const bool is_understood =
        call.argc() == 2 || (call.argc() == 3 && (equals_ignore_case(call.arg(2), "SYNC") ||
                                                  equals_ignore_case(call.arg(2), "ASYNC")));
    if (!is_understood) return call.fail("ERR SCRIPT FLUSH only support SYNC|ASYNC option");
    call.engine().scripting().cache().flush();
    call.reply().ok();
}

void kill(Call& call) {
    if (const auto error = call.engine().running_scripts().kill(RunningScript::Kind::Eval)) {
        return call.fail(*error);
    }
    call.reply().ok();
}

void debug(Call& call) {
    const std::string_view mode = call.arg(2);
    if (equals_ignore_case(mode, "NO")) return call.reply().ok();
    if (!equals_ignore_case(mode, "YES") && !equals_ignore_case(mode, "SYNC")) {
        return call.fail("ERR Use SCRIPT DEBUG YES/SYNC/NO");
    }
    call.fail("ERR the Lua debugger is not supported");
}

std::uint32_t flags_of_eval(Engine&, std::uint32_t flags, std::span<const std::string_view> args) {
    const Shebang shebang = read_shebang(args[1]);
    return shebang.error.empty() ? flags_with_script(flags, shebang.flags) : flags;
}

std::uint32_t flags_of_evalsha(Engine& engine, std::uint32_t flags, std::span<const std::string_view> args) {
    const auto script = engine.scripting().cache().find(to_lower(args[1]));
    return script ? flags_with_script(flags, script->flags) : flags;
}

constexpr std::uint32_t kEval = NoScript | SkipMonitor | NoMandatoryKeys | Stale | RunsScript;
constexpr std::string_view kCost = "That of the script.";

constexpr Change kFlushHistory[] = {
    {"6.2.0", "The modes ASYNC and SYNC."},
};

constexpr CommandSpec kScript[] = {
    {.name = "DEBUG",
     .handler = debug,
     .arity = {3},
     .flags = NoScript,
     .categories = CatScripting,
     .group = Group::Scripting,
     .since = "3.2.0",
     .cost = "O(1)",
     .summary = "Says that there is no debugger.",
     .syntax = "mode=<YES | SYNC | NO>"},
    {.name = "EXISTS",
     .handler = exists,
     .arity = {-3},
     .flags = NoScript,
     .categories = CatScripting,
     .group = Group::Scripting,
     .since = "2.6.0",
     .cost = "O(N), when N is the number of hashes",
     .summary = "Tells for each hash whether its script is known.",
     .syntax = "sha1...",
     .tips = "request_policy:all_shards response_policy:agg_logical_and"},
    {.name = "FLUSH",
     .handler = flush,
     .arity = {-2},
     .flags = NoScript,
     .categories = CatScripting,
     .group = Group::Scripting,
     .since = "2.6.0",
     .cost = "O(N), when N is the number of scripts",
     .summary = "Forgets all scripts.",
     .syntax = "[async=<ASYNC | SYNC>@6.2.0]",
     .tips = "request_policy:all_nodes response_policy:all_succeeded",
     .history = kFlushHistory},
    {.name = "KILL",
     .handler = kill,
     .arity = {2},
     .flags = NoScript | AllowBusy,
     .categories = CatScripting,
     .group = Group::Scripting,
     .since = "2.6.0",
     .cost = "O(1)",
     .summary = "Ends a script that runs, unless it has written something.",
     .tips = "request_policy:all_shards response_policy:one_succeeded"},
    {.name = "LOAD",
     .handler = load,
     .arity = {3},
     .flags = NoScript | Stale,
     .categories = CatScripting,
     .group = Group::Scripting,
     .since = "2.6.0",
     .cost = "O(N), when N is the length of the script",
     .summary = "Makes a script known, without running it, and returns its hash.",
     .syntax = "script",
     .tips = "request_policy:all_nodes response_policy:all_succeeded"},
    {.name = "HELP",
     .handler = reply_help,
     .arity = {2},
     .flags = Loading | Stale,
     .categories = CatScripting,
     .group = Group::Scripting,
     .since = "5.0.0",
     .cost = "O(1)",
     .summary = "Lists the subcommands."},
};

constexpr CommandSpec kCommands[] = {
    {.name = "EVAL",
     .handler = eval<Access::Full>,
     .arity = at_least(2),
     .flags = kEval | MayReplicate,
     .categories = CatScripting,
     .keys = keys_of_script(KeyRW | KeyAccess | KeyUpdate, kWorstNote),
     .flags_of = flags_of_eval,
     .group = Group::Scripting,
     .since = "2.6.0",
     .cost = kCost,
     .summary = "Runs a Lua script.",
     .syntax = "script numkeys:integer [key...] [arg...]"},
    {.name = "EVALSHA",
     .handler = evalsha<Access::Full>,
     .arity = at_least(2),
     .flags = kEval | MayReplicate,
     .categories = CatScripting,
     .keys = keys_of_script(KeyRW | KeyAccess | KeyUpdate),
     .flags_of = flags_of_evalsha,
     .group = Group::Scripting,
     .since = "2.6.0",
     .cost = kCost,
     .summary = "Runs a script that the server knows, by its hash.",
     .syntax = "sha1 numkeys:integer [key...] [arg...]"},
    {.name = "EVALSHA_RO",
     .handler = evalsha<Access::ReadOnly>,
     .arity = at_least(2),
     .flags = kEval | ReadOnly,
     .categories = CatScripting,
     .keys = keys_of_script(KeyRO | KeyAccess),
     .flags_of = flags_of_evalsha,
     .group = Group::Scripting,
     .since = "7.0.0",
     .cost = kCost,
     .summary = "Runs a script that the server knows, by its hash, and that only reads.",
     .syntax = "sha1 numkeys:integer [key...] [arg...]"},
    {.name = "EVAL_RO",
     .handler = eval<Access::ReadOnly>,
     .arity = at_least(2),
     .flags = kEval | ReadOnly,
     .categories = CatScripting,
     .keys = keys_of_script(KeyRO | KeyAccess, kWorstReadNote),
     .flags_of = flags_of_eval,
     .group = Group::Scripting,
     .since = "7.0.0",
     .cost = kCost,
     .summary = "Runs a Lua script that only reads.",
     .syntax = "script numkeys:integer [key...] [arg...]"},
    {.name = "SCRIPT",
     .arity = at_least(1),
     .group = Group::Scripting,
     .since = "2.6.0",
     .cost = "Depends on the subcommand.",
     .summary = "The scripts that the server knows.",
     .subcommands = kScript},
};
static_assert(well_formed(kCommands));

}  // namespace

std::span<const CommandSpec> script_commands() {
    return kCommands;
}

}  // namespace pongo

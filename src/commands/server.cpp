#include <algorithm>
#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "base/version.h"
#include "commands/families.h"
#include "engine/args.h"
#include "persistence/persistence.h"

namespace pongo {
namespace {

void dbsize(Call& call) {
    call.reply().integer(static_cast<std::int64_t>(call.engine().keyspace().size(call.keys().db())));
}

Keyspace::Free flush_mode(Call& call) {
    Args args(call, 1);
    bool lazily = call.settings().lazyfree_lazy_user_flush;
    if (args.accept("ASYNC")) {
        lazily = true;
    } else if (args.accept("SYNC")) {
        lazily = false;
    }
    if (args.more()) args.reject();
    return lazily ? Keyspace::Free::Lazily : Keyspace::Free::Now;
}

void flush_one(Call& call, int db, Keyspace::Free how) {
    const std::uint64_t removed = call.engine().keyspace().flush(db, how);
    call.context().counters.changes.add(removed);
    call.context().unit.emptied_dbs.push_back(db);
}

void flushdb(Call& call) {
    const Keyspace::Free how = flush_mode(call);
    if (call.failed()) return;

    flush_one(call, call.keys().db(), how);
    ++call.context().unit.flushes;
    call.propagate_as(call.args());  // Even an empty database: a copy of it may hold something.
    call.reply().ok();
}

void flushall(Call& call) {
    const Keyspace::Free how = flush_mode(call);
    if (call.failed()) return;

    for (int db = 0; db < call.engine().keyspace().databases(); ++db) flush_one(call, db, how);
    call.engine().persistence().saves().note_flush();
    ++call.context().unit.flushes;
    call.propagate_as(call.args());
    call.reply().ok();
}

// Like SELECT, but an index that is no number has an error for each of the two.
int database_index(Call& call, std::size_t argument, std::string_view not_a_number) {
    if (call.failed()) return 0;
    const auto index = parse_int64(call.arg(argument));
    if (!index || *index < INT32_MIN || *index > INT32_MAX) {
        call.fail(not_a_number);
        return 0;
    }
    return static_cast<int>(*index);
}

void swapdb(Call& call) {
    const int first = database_index(call, 1, "ERR invalid first DB index");
    const int second = database_index(call, 2, "ERR invalid second DB index");
    if (call.failed()) return;
    const int count = call.engine().keyspace().databases();
    if (first < 0 || first >= count || second < 0 || second >= count) {
        return call.fail(errors::kDbIndexOutOfRange);
    }

    if (first == second) return call.reply().ok();
    call.engine().keyspace().swap_databases(first, second);
    call.context().unit.emptied_dbs.insert(call.context().unit.emptied_dbs.end(), {first, second});
    call.context().counters.changes.add();
    call.reply().ok();
}

void time(Call& call) {
    const std::int64_t now_us = unix_us();
    call.reply().array(2);
    call.reply().bulk_integer(now_us / kUsPerSecond);
    call.reply().bulk_integer(now_us % kUsPerSecond);
}

void shutdown(Call& call) {
    Args args(call, 1);
    bool save = false;
    bool no_save = false;
    bool now = false;
    bool force = false;
    bool abort = false;
    while (args.more()) {
        if (args.accept("SAVE")) {
            save = true;
        } else if (args.accept("NOSAVE")) {
            no_save = true;
        } else if (args.accept("NOW")) {
            now = true;
        } else if (args.accept("FORCE")) {
            force = true;
        } else if (args.accept("ABORT")) {
            abort = true;
        } else {
            args.reject();
        }
    }
    const bool anything_else = save || no_save || now || force;
    if ((abort && anything_else) || (save && no_save)) call.fail_syntax();
    if (call.failed()) return;
    // Nothing has to be waited for yet, so there is no time in which a shutdown could be called off.
    if (abort) return call.fail("ERR No shutdown in progress.");

    RunningScripts& scripts = call.engine().running_scripts();
    if (scripts.busy() && !no_save) return call.fail(scripts.busy_error());
    if (no_save) scripts.end_all();
    const FinalSave final_save = save ? FinalSave::Yes : no_save ? FinalSave::No : FinalSave::AsConfigured;
    const auto in_any_case = force ? Persistence::InAnyCase::Yes : Persistence::InAnyCase::No;
    if (!call.engine().persistence().prepare_to_stop(final_save, in_any_case)) {
        return call.fail("ERR Errors trying to SHUTDOWN. Check logs.");
    }
    call.session().closing = true;
    if (call.engine().on_shutdown) call.engine().on_shutdown();
}

// A maze after the one-line BASIC program "10 PRINT CHR$(205.5+RND(1)); : GOTO 10".
std::string draw_maze(std::int64_t columns, std::int64_t rows) {
    constexpr std::string_view kTurns[] = {"\u2571", "\u2572"};
    Random random;
    std::string art;
    for (std::int64_t row = 0; row < rows; ++row) {
        for (std::int64_t column = 0; column < columns; ++column) art += kTurns[random.below(2)];
        art += '\n';
    }
    return art + "\nA path through the canopy, for orang-utans. ";
}

void lolwut(Call& call) {
    constexpr std::int64_t kMaxColumns = 1000;
    constexpr std::int64_t kMaxRows = 200;
    std::int64_t columns = 66;
    std::int64_t rows = 8;
    if (Args args(call, 1); args.accept("VERSION", 1)) {
        const std::int64_t version = args.integer();
        const bool takes_numbers = version == 5 || version == 6;
        if (takes_numbers && args.more()) columns = args.integer();
        if (takes_numbers && args.more()) rows = args.integer();
        if (version == 5 && args.more()) args.integer();
    }
    if (call.failed()) return;

    std::string art = draw_maze(std::clamp<std::int64_t>(columns, 1, kMaxColumns),
                                std::clamp<std::int64_t>(rows, 1, kMaxRows));
    art.append("Redis ver. ").append(kRedisVersion).append("\n");
    call.reply().verbatim(art);
}

void monitor(Call& call) {
    Session& session = call.session();
    if (session.must_not_block) return call.fail("ERR MONITOR isn't allowed for DENY BLOCKING client");
    if (session.monitors) return;  // Without a reply, as in Redis.

    call.engine().monitors().add(session);
    call.reply().ok();
}

constexpr Change kFlushHistory[] = {
    {"4.0.0", "ASYNC frees the memory in the background."},
    {"6.2.0", "SYNC frees it before the reply, whatever the configuration says."},
};
constexpr Change kShutdownHistory[] = {{"7.0.0", "NOW, FORCE and ABORT."}};

constexpr CommandSpec kCommands[] = {
    {.name = "DBSIZE",
     .handler = dbsize,
     .arity = exactly(0),
     .flags = ReadOnly | Fast | AllShards,
     .categories = CatKeyspace,
     .group = Group::Server,
     .since = "1.0.0",
     .cost = "O(1)",
     .summary = "Counts the keys of the database.",
     .tips = "request_policy:all_shards response_policy:agg_sum"},
    {.name = "FLUSHALL",
     .handler = flushall,
     .arity = at_least(0),
     .flags = Write | AllShards,
     .categories = CatKeyspace | CatDangerous,
     .group = Group::Server,
     .since = "1.0.0",
     .cost = "O(N) in the number of keys of all databases",
     .summary = "Empties every database.",
     .syntax = "[async=<ASYNC@4.0.0 | SYNC@6.2.0>]",
     .tips = "request_policy:all_shards response_policy:all_succeeded",
     .history = kFlushHistory},
    {.name = "FLUSHDB",
     .handler = flushdb,
     .arity = at_least(0),
     .flags = Write | AllShards,
     .categories = CatKeyspace | CatDangerous,
     .group = Group::Server,
     .since = "1.0.0",
     .cost = "O(N) in the number of keys of the database",
     .summary = "Empties the database that the connection uses.",
     .syntax = "[async=<ASYNC@4.0.0 | SYNC@6.2.0>]",
     .tips = "request_policy:all_shards response_policy:all_succeeded",
     .history = kFlushHistory},
    {.name = "LOLWUT",
     .handler = lolwut,
     .arity = at_least(0),
     .flags = ReadOnly | Fast,
     .group = Group::Server,
     .since = "5.0.0",
     .summary = "Draws something, and tells the version.",
     .syntax = "[VERSION version:integer]"},
    {.name = "MONITOR",
     .handler = monitor,
     .arity = exactly(0),
     .flags = Admin | NoScript | Loading | Stale | CatchesUp,
     .group = Group::Server,
     .since = "1.0.0",
     .summary = "From now on the client gets every command that any client runs."},
    {.name = "SHUTDOWN",
     .handler = shutdown,
     .arity = at_least(0),
     .flags = Admin | NoScript | Loading | Stale | NoMulti | AllowBusy,
     .group = Group::Server,
     .since = "1.0.0",
     .cost = "O(N) in the number of keys when they are saved, else O(1)",
     .summary = "Ends the server, saving the data first where that is configured or asked for.",
     .syntax = "[nosave_save=<NOSAVE | SAVE>] [NOW@7.0.0] [FORCE@7.0.0] [ABORT@7.0.0]",
     .history = kShutdownHistory},
    {.name = "SWAPDB",
     .handler = swapdb,
     .arity = exactly(2),
     .flags = Write | Fast | AllShards,
     .categories = CatKeyspace | CatDangerous,
     .group = Group::Server,
     .since = "4.0.0",
     .cost = "O(N) in the number of clients that watch or wait for keys of the two databases",
     .summary = "Exchanges two databases: every client of one sees the other's keys at once.",
     .syntax = "index1:integer index2:integer"},
    {.name = "TIME",
     .handler = time,
     .arity = exactly(0),
     .flags = Loading | Stale | Fast,
     .group = Group::Server,
     .since = "2.6.0",
     .cost = "O(1)",
     .summary = "Tells the server's time: seconds since 1970, and microseconds of the current second.",
     .tips = "nondeterministic_output"},
};
static_assert(well_formed(kCommands));

}  // namespace

std::span<const CommandSpec> server_commands() {
    return kCommands;
}

}  // namespace pongo

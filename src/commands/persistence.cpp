// SAVE, BGSAVE, BGREWRITEAOF, LASTSAVE: the data set on disk.
#include "persistence/persistence.h"

#include "commands/families.h"
#include "engine/args.h"
#include "engine/executor.h"

namespace pongo {
namespace {

bool is_in_transaction(Call& call) {
    return call.session().must_not_block;
}

// The client waits, and those of its reactor; others go on.
void save(Call& call) {
    Persistence& persistence = call.engine().persistence();
    KeyLocks& locks = call.executor().locks();
    bool started = false;
    while (!started) {
        if (persistence.saves().running()) return call.fail(kSaveInProgress);
        persistence.turn().wait_for_end_of(SnapshotTurn::Holder::Rewrite);
        if (!locks.acquire(ShardSet::all(call.engine().keyspace().shards()))) {
            return call.fail(call.engine().running_scripts().busy_error());
        }
        started = persistence.saves().start(Saves::Kind::Awaited);
        locks.release();
    }
    if (!persistence.saves().wait()) return call.fail("ERR");
    call.reply().ok();
}

void cancel_bgsave(Call& call) {
    switch (call.engine().persistence().saves().cancel_background()) {
        case Saves::Cancelled::Nothing:
            return call.fail("ERR Background saving is currently not in progress or scheduled");
        case Saves::Cancelled::Running:
            return call.reply().simple("Background saving cancelled");
        case Saves::Cancelled::Scheduled:
            return call.reply().simple("Scheduled background saving cancelled");
    }
}

void bgsave(Call& call) {
    Args args(call, 1);
    const bool schedule = args.accept("SCHEDULE");
    const bool cancel = !schedule && args.accept("CANCEL");
    if (args.more()) args.reject();
    if (call.failed()) return;
    if (cancel) return cancel_bgsave(call);

    Saves& saves = call.engine().persistence().saves();
    if (saves.running()) return call.fail(kSaveInProgress);
    // A transaction is not to be saved half.
    if (!is_in_transaction(call) && saves.start(Saves::Kind::InBackground)) {
        return call.reply().simple("Background saving started");
    }
    if (!schedule && !is_in_transaction(call)) return call.fail(kRewriteIsActive);
    saves.start_later();
    call.reply().simple("Background saving scheduled");
}

void bgrewriteaof(Call& call) {
    using Started = AppendOnly::Started;
    AppendOnly& append_only = call.engine().persistence().append_only();
    const auto started = is_in_transaction(call) ? append_only.rewrite_later() : append_only.rewrite();
    switch (started) {
        case Started::Already:
            return call.fail("ERR Background append only file rewriting already in progress");
        case Started::Later:
            return call.reply().simple("Background append only file rewriting scheduled");
        case Started::Now:
            return call.reply().simple("Background append only file rewriting started");
    }
}

void lastsave(Call& call) {
    call.reply().integer(call.engine().persistence().saves().status().last_save_s);
}

constexpr Change kBgsaveHistory[] = {{"3.2.2", "SCHEDULE."}};

constexpr CommandSpec kCommands[] = {
    {.name = "BGREWRITEAOF",
     .handler = bgrewriteaof,
     .arity = exactly(0),
     .flags = Admin | NoScript | NoAsyncLoading,
     .group = Group::Server,
     .since = "1.0.0",
     .cost = "O(1)",
     .summary = "Writes the append-only file anew in the background, as short as the data set allows."},
    {.name = "BGSAVE",
     .handler = bgsave,
     .arity = at_least(0),
     .flags = Admin | NoScript | NoAsyncLoading | AllShards,
     .group = Group::Server,
     .since = "1.0.0",
     .cost = "O(1)",
     .summary = "Saves the data as they are now into the RDB file, in the background.",
     .syntax = "[SCHEDULE@3.2.2]",
     .history = kBgsaveHistory},
    {.name = "LASTSAVE",
     .handler = lastsave,
     .arity = exactly(0),
     .flags = Loading | Stale | Fast,
     .categories = CatAdmin | CatDangerous,
     .group = Group::Server,
     .since = "1.0.0",
     .cost = "O(1)",
     .summary = "Tells when the data were last saved, in seconds since 1970.",
     .tips = "nondeterministic_output"},
    {.name = "SAVE",
     .handler = save,
     .arity = exactly(0),
     .flags = Admin | NoScript | NoAsyncLoading | NoMulti,
     .group = Group::Server,
     .since = "1.0.0",
     .cost = "O(N) in the number of keys",
     .summary = "Saves the data into the RDB file, and waits until that is done."},
};
static_assert(well_formed(kCommands));

}  // namespace

std::span<const CommandSpec> persistence_commands() {
    return kCommands;
}

}  // namespace pongo

// SAVE, BGSAVE, LASTSAVE: the data set on disk.
#include "persistence/persistence.h"

#include "commands/families.h"
#include "engine/args.h"
#include "engine/executor.h"

namespace pongo {
namespace {

// The client waits, and those of its reactor; others go on.
void save(Call& call) {
    Saves& saves = call.engine().persistence().saves();
    KeyLocks& locks = call.executor().locks();
    if (!locks.acquire(ShardSet::all(call.engine().keyspace().shards()))) {
        return call.fail(call.engine().running_scripts().busy_error());
    }
    const bool started = saves.start(Saves::Kind::Awaited);
    locks.release();
    if (!started) return call.fail(kSaveInProgress);
    if (!saves.wait()) return call.fail("ERR");
    call.reply().ok();
}

void bgsave(Call& call) {
    Args args(call, 1);
    if (args.more() && !args.accept("SCHEDULE")) args.reject();
    if (args.more()) args.reject();
    if (call.failed()) return;

    if (!call.engine().persistence().saves().start(Saves::Kind::InBackground))
        return call.fail(kSaveInProgress);
    call.reply().simple("Background saving started");
}

void lastsave(Call& call) {
    call.reply().integer(call.engine().persistence().saves().status().last_save_s);
}

constexpr Change kBgsaveHistory[] = {{"3.2.2", "SCHEDULE."}};

constexpr CommandSpec kCommands[] = {
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

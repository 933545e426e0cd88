// DEBUG's words about the data set as a whole.
#include "base/log.h"
#include "commands/debug_handlers.h"
#include "engine/args.h"
#include "persistence/persistence.h"
#include "scripting/scripting.h"

namespace pongo {

namespace {

void empty_all(Call& call) {
    Engine& engine = call.engine();
    for (int db = 0; db < engine.keyspace().databases(); ++db) {
        engine.keyspace().flush(db, Keyspace::Free::Now);
        call.context().unit.emptied_dbs.push_back(db);
    }
    engine.scripting().libraries().clear();
}

}  // namespace

// Under the locks of all shards: nobody sees anything of it.
void debug_loadaof(Call& call) {
    Engine& engine = call.engine();
    if (engine.data_set().loading()) return call.fail(errors::kLoading);
    Persistence& persistence = engine.persistence();
    if (!persistence.append_only().is_loadable()) {
        return call.fail("ERR There is no complete append-only file");
    }
    if (!persistence.append_only().sync()) {
        return call.fail("ERR Error writing the AOF files, check server logs");
    }
    call.propagate_nothing();  // It stands there already.
    empty_all(call);
    Executor loading(call.executor());
    if (const auto error = persistence.load_append_only(loading, Locking::Held)) {
        log_warning("DEBUG LOADAOF: ", *error);
        return call.fail("ERR Error trying to load the AOF files, check server logs");
    }
    persistence.saves().forget_changes();
    log_warning("Append Only File loaded by DEBUG LOADAOF");
    call.reply().ok();
}

// Under the locks of all shards: nobody sees anything of it.
void debug_reload(Call& call) {
    bool flush = true;
    bool save = true;
    auto existing = LoadOptions::Existing::Unexpected;
    for (Args args(call, 2); args.more();) {
        if (args.accept("NOFLUSH")) {
            flush = false;
        } else if (args.accept("NOSAVE")) {
            save = false;
        } else if (args.accept("MERGE")) {
            existing = LoadOptions::Existing::Replaced;
        } else {
            return call.fail("ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.");
        }
    }
    Engine& engine = call.engine();
    // What is there is not all yet: the file must stay as it is.
    if (engine.data_set().loading()) return call.fail(errors::kLoading);
    call.propagate_nothing();
    Persistence& persistence = engine.persistence();
    if (save && persistence.saves().running()) return call.fail(kSaveInProgress);
    if (save && persistence.append_only().status().rewriting) return call.fail(kRewriteIsActive);
    if (save && !persistence.saves().save_under_locks()) return call.fail("ERR");
    if (flush) empty_all(call);
    if (const auto error = persistence.load_rdb(Locking::Held, existing)) {
        log_warning("DEBUG RELOAD: ", *error);
        return call.fail("ERR Error trying to load the RDB dump");
    }
    log_warning("DB reloaded by DEBUG RELOAD");
    call.reply().ok();
}

}  // namespace pongo

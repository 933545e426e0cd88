// DEBUG's words about the data set as a whole.
#include "base/log.h"
#include "commands/debug_handlers.h"
#include "engine/args.h"
#include "persistence/persistence.h"
#include "scripting/scripting.h"

namespace pongo {

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
    if (engine.data_set().loading()) return call.fail("LOADING Redis is loading the dataset in memory");
    Persistence& persistence = engine.persistence();
    if (save && persistence.saves().running()) return call.fail(kSaveInProgress);
    if (save && !persistence.saves().save_under_locks()) return call.fail("ERR");
    if (flush) {
        for (int db = 0; db < engine.keyspace().databases(); ++db) {
            engine.keyspace().flush(db, Keyspace::Free::Now);
            call.context().unit.emptied_dbs.push_back(db);
        }
        engine.scripting().libraries().clear();
    }
    if (const auto error = persistence.load_rdb(Locking::Held, existing)) {
        log_warning("DEBUG RELOAD: ", *error);
        return call.fail("ERR Error trying to load the RDB dump");
    }
    log_warning("DB reloaded by DEBUG RELOAD");
    call.reply().ok();
}

}  // namespace pongo

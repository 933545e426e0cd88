#include <algorithm>
#include <memory>

#include "commands/families.h"
#include "engine/call.h"
#include "engine/executor.h"

namespace pongo {
namespace {

// Whether a watched key's time has come unnoticed.
bool has_expired(Call& call, const Watcher::Key& key) {
    return key.was == Watcher::Was::There && !call.keys_of(key.db).is_there(key.name);
}

bool has_lost(Call& call) {
    const Watcher& watcher = call.session().watcher;
    const auto is_expired = [&](const Watcher::Key& key) { return has_expired(call, key); };
    return watcher.lost() || std::ranges::any_of(watcher.keys(), is_expired);
}

// Without removing a key whose time has come.
Watcher::Was state_of(Call& call, std::string_view key) {
    if (call.keys().is_there(key)) return Watcher::Was::There;
    return call.keys().is_stored(key) ? Watcher::Was::Expired : Watcher::Was::Missing;
}

void multi(Call& call) {
    if (call.session().transaction) return call.fail("ERR MULTI calls can not be nested");
    call.session().transaction = std::make_unique<Transaction>();
    call.session().queued = 0;
    call.reply().ok();
}

void discard(Call& call) {
    if (!call.session().transaction) return call.fail("ERR DISCARD without MULTI");
    call.engine().take_transaction(call.session());
    call.reply().ok();
}

void exec(Call& call) {
    if (!call.session().transaction) return call.fail("ERR EXEC without MULTI");
    const bool lost = has_lost(call);
    const auto transaction = call.engine().take_transaction(call.session());
    if (transaction->broken) {
        return call.fail("EXECABORT Transaction discarded because of previous errors.");
    }
    if (lost) return call.reply().null_array();
    if (transaction->is(RunsScript) && call.engine().running_scripts().refusing()) {
        return call.fail("EXECABORT Transaction discarded because of: the server is shutting down");
    }
    call.propagate_nothing();  // But what its commands say.
    call.executor().run_queue(call, *transaction);
}

void watch(Call& call) {
    Session& session = call.session();
    if (session.transaction) return call.fail("ERR WATCH inside MULTI is not allowed");
    for (const std::string_view key : call.args().subspan(1)) {
        const bool is_new =
            call.engine().watches().add(session.watcher, session.db, key, state_of(call, key));
        if (is_new) session.add_name(key);
    }
    call.reply().ok();
}

void unwatch(Call& call) {
    call.engine().unwatch(call.session());
    call.reply().ok();
}

constexpr CommandSpec kCommands[] = {
    {.name = "DISCARD",
     .handler = discard,
     .arity = exactly(0),
     .flags = NoScript | Loading | Stale | Fast | AllowBusy | NotQueued | EndsMulti,
     .categories = CatTransaction,
     .group = Group::Transactions,
     .since = "2.0.0",
     .cost = "O(N), when N is the number of queued commands",
     .summary = "Forgets the commands that were queued since MULTI, and unwatches all keys."},
    {.name = "EXEC",
     .handler = exec,
     .arity = exactly(0),
     .flags = NoScript | Loading | Stale | SkipSlowlog | NotQueued | RunsQueue,
     .categories = CatTransaction,
     .group = Group::Transactions,
     .since = "1.2.0",
     .cost = "As much as the queued commands take.",
     .summary = "Runs the commands that were queued since MULTI as one, unless a watched key was touched."},
    {.name = "MULTI",
     .handler = multi,
     .arity = exactly(0),
     .flags = NoScript | Loading | Stale | Fast | AllowBusy | NotQueued,
     .categories = CatTransaction,
     .group = Group::Transactions,
     .since = "1.2.0",
     .cost = "O(1)",
     .summary = "From now on commands are queued until EXEC runs them or DISCARD forgets them."},
    {.name = "UNWATCH",
     .handler = unwatch,
     .arity = exactly(0),
     .flags = NoScript | Loading | Stale | Fast | AllowBusy,
     .categories = CatTransaction,
     .group = Group::Transactions,
     .since = "2.2.0",
     .cost = "O(1)",
     .summary = "Forgets all keys that are watched."},
    {.name = "WATCH",
     .handler = watch,
     .arity = at_least(1),
     .flags = NoScript | Loading | Stale | Fast | AllowBusy | NotQueued,
     .categories = CatTransaction,
     .keys = keys_from(1, -1, 1, KeyRO),
     .group = Group::Transactions,
     .since = "2.2.0",
     .cost = "O(1) for every key.",
     .summary = "Makes the next EXEC do nothing if one of the keys is touched before.",
     .syntax = "key..."},
};
static_assert(well_formed(kCommands));

}  // namespace

std::span<const CommandSpec> transaction_commands() {
    return kCommands;
}

}  // namespace pongo

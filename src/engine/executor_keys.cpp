// The keys of requests: fetched from memory ahead, located, and their shards locked.
#include "base/containers.h"
#include "engine/executor.h"

namespace pongo {
namespace {

bool needs_all_shards(const Command& command, const Request& request) {
    const ReachesFurther reaches_further = command.spec->reaches_further;
    return command.is(AllShards) || (reaches_further && reaches_further(request.args));
}

}  // namespace

void Executor::prepare(int db, std::span<Request> requests) {
    std::string_view last_name;
    const Command* last_command = nullptr;
    for (std::size_t i = 0; i < requests.size(); ++i) {
        const Request& request = requests[i];
        Prepared& prepared = prepared_[i];
        prepared = {};
        if (request.args.empty()) continue;
        const bool decided_by_name =
            !last_command || (!last_command->parent && last_command->subcommands.empty());
        if (request.args[0] != last_name || !decided_by_name) {
            last_command = engine_.commands().find(request.args);
            last_name = request.args[0];
        }
        prepared.command = last_command;
        if (!last_command || last_command->single_key == 0) continue;
        const auto key = static_cast<std::size_t>(last_command->single_key);
        if (key >= request.args.size()) continue;
        prepared.at = engine_.keyspace().locate(request.args[key]);
        if (requests.size() > 1) {
            prepared.database = &engine_.keyspace().database(db, prepared.at);
            prepared.database->prefetch_bucket(prepared.at.hash);
        }
    }
    if (requests.size() > 1) prefetch_entries(requests.size());
}

void Executor::fetch_ahead(std::span<const ProbableKey> keys) {
    for (std::size_t i = 0; i < keys.size(); ++i) {
        Prepared& prepared = prepared_[i];
        prepared.at = engine_.keyspace().locate(keys[i].key);
        prepared.database = &engine_.keyspace().database(keys[i].db, prepared.at);
        prepared.database->prefetch_bucket(prepared.at.hash);
    }
    prefetch_entries(keys.size());
}

// The buckets are on their way; now the entries that they point to. Shards that are busy are left out: this
// is only to save time.
void Executor::prefetch_entries(std::size_t count) {
    SpinLock* held = nullptr;
    for (std::size_t i = 0; i < count; ++i) {
        const auto& [command, at, database] = prepared_[i];
        if (!database) continue;
        SpinLock& lock = engine_.keyspace().shard(at.shard).lock;
        if (&lock != held) {
            if (held) held->unlock();
            held = lock.try_lock() ? &lock : nullptr;
        }
        if (held) database->prefetch_entry(at.hash);
    }
    if (held) held->unlock();
}

void Executor::forget_located() {
    clear_and_keep(context_.located, kReusedArguments);
    context_.next_located = 0;
}

bool Executor::lock_keys(const Session& session, const Prepared& prepared, const Request& request) {
    const Command& command = *prepared.command;
    forget_located();
    if (command.is(RunsQueue)) return lock_queue(session);
    if (needs_all_shards(command, request)) {
        return locks_.acquire(ShardSet::all(engine_.keyspace().shards()));
    } else if (prepared.at.key.data()) {
        context_.located.push_back(prepared.at);
        return locks_.acquire(prepared.at.shard);
    } else if (command.spec->keys.count > 0) {
        return lock_many_keys(session.db, *command.spec, request);
    }
    let_go();  // Such a command may wait for others, or take long.
    return true;
}

bool Executor::lock_many_keys(int db, const CommandSpec& spec, const Request& request) {
    ShardSet shards;
    for_each_key(spec, request.args, [&](std::size_t index, const KeySpec&) {
        const KeyLocation at = engine_.keyspace().locate(request.args[index]);
        engine_.keyspace().database(db, at).prefetch_bucket(at.hash);
        context_.located.push_back(at);
        shards.add(at.shard);
    });
    if (!locks_.acquire(shards)) return false;
    for (const KeyLocation& at : context_.located)
        engine_.keyspace().database(db, at).prefetch_entry(at.hash);
    return true;
}

// What is watched is looked at, too.
bool Executor::lock_queue(const Session& session) {
    ShardSet shards;
    for (const Watcher::Key& key : session.watcher.keys()) {
        shards.add(engine_.keyspace().locate(key.name).shard);
    }
    if (session.transaction) {
        for (const Transaction::Queued& queued : session.transaction->queue) {
            add_shards(*queued.command, queued.request, shards);
        }
    }
    return locks_.acquire(shards);
}

ShardSet Executor::locate(const Command& command, const Request& request) {
    forget_located();
    ShardSet shards;
    if (needs_all_shards(command, request)) return ShardSet::all(engine_.keyspace().shards());
    for_each_key(*command.spec, request.args, [&](std::size_t index, const KeySpec&) {
        context_.located.push_back(engine_.keyspace().locate(request.args[index]));
        shards.add(context_.located.back().shard);
    });
    return shards;
}

void Executor::add_shards(const Command& command, const Request& request, ShardSet& shards) const {
    if (needs_all_shards(command, request) || command.is(RunsScript)) {
        shards = ShardSet::all(engine_.keyspace().shards());
    } else {
        for_each_key(*command.spec, request.args, [&](std::size_t index, const KeySpec&) {
            shards.add(engine_.keyspace().locate(request.args[index]).shard);
        });
    }
}

}  // namespace pongo

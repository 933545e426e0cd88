// Commands about keys whatever they hold, but for their expiry (expiry.cpp).
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "commands/families.h"
#include "commands/help.h"
#include "commands/object_facts.h"
#include "commands/scan.h"
#include "engine/args.h"

namespace pongo {
namespace {

constexpr std::string_view kNotInt =
    "ERR value is out of range, value must between -2147483648 and 2147483647";
constexpr std::string_view kNoIdleTime =
    "ERR An LFU maxmemory policy is selected, idle time not tracked. Please note that when switching between "
    "policies at runtime LRU and LFU data will take some time to adjust.";
constexpr std::string_view kNoFrequency =
    "ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when "
    "switching between policies at runtime LRU and LFU data will take some time to adjust.";

// The number of a database, as the next argument.
int read_db(Call& call, Args& args) {
    const std::int64_t db =
        args.integer_between(std::numeric_limits<int>::min(), std::numeric_limits<int>::max(), kNotInt);
    if (!call.failed() && (db < 0 || db >= call.engine().keyspace().databases())) {
        call.fail(errors::kDbIndexOutOfRange);
    }
    return call.failed() ? call.keys().db() : static_cast<int>(db);
}

void remove_keys(Call& call, Keyspace::Free how) {
    std::int64_t removed = 0;
    for (const std::string_view key : call.args().subspan(1)) {
        WriteEntry entry = call.keys().find_for_write(key);
        if (!entry) continue;
        entry.remove("del", EventClass::Generic, how);
        ++removed;
    }
    call.reply().integer(removed);
}

void del(Call& call) {
    remove_keys(call, Keyspace::lazily_if(call.settings().lazyfree_lazy_user_del));
}

void unlink(Call& call) {
    remove_keys(call, Keyspace::Free::Lazily);
}

void count_keys(Call& call, Access::Note note) {
    std::int64_t found = 0;
    for (const std::string_view key : call.args().subspan(1)) found += call.keys().find(key, note) != nullptr;
    call.reply().integer(found);
}

void exists(Call& call) {
    count_keys(call, Access::Note::Look);
}

void touch(Call& call) {
    call.context().note_use = true;  // Whatever the client said: it is what the command is for.
    count_keys(call, Access::Note::Use);
}

void type(Call& call) {
    const Entry* entry = call.keys().find(call.arg(1), Access::Note::Look);
    call.reply().simple(entry ? name_of(entry->type()) : "none");
}

struct CopyOptions {
    int db;
    bool replace = false;
};

CopyOptions read_copy_options(Call& call) {
    CopyOptions options{.db = call.keys().db()};
    Args args(call, 3);
    while (args.more()) {
        if (args.accept("REPLACE")) {
            options.replace = true;
        } else if (args.accept("DB", 1)) {
            options.db = read_db(call, args);
        } else {
            args.reject();
        }
    }
    if (options.db == call.keys().db() && call.arg(1) == call.arg(2)) call.fail(errors::kSameObject);
    return options;
}

// Event listeners hear of every name that comes to hold a value, also of one that held another before.
void note_new_name(WriteEntry& entry, bool replaced) {
    if (replaced) entry.also("new", EventClass::New);
}

void copy(Call& call) {
    const CopyOptions options = read_copy_options(call);
    if (call.failed()) return;

    const Entry* source = call.keys().find(call.arg(1));
    if (!source) return call.reply().integer(0);
    Access target_keys = call.keys_of(options.db);
    WriteEntry target = target_keys.find_for_write(call.arg(2));
    const bool replaced = static_cast<bool>(target);
    if (replaced && !options.replace) return call.reply().integer(0);

    const auto expiry = source->has_expiry() ? std::optional(source->expires_at_ms()) : std::nullopt;
    target_keys.put(target, duplicate(source->payload()), expiry);
    target.set_access(call.context().clock.fresh());
    note_new_name(target, replaced);
    target.changed("copy_to", EventClass::Generic);
    call.reply().integer(1);
}

void move(Call& call) {
    Args args(call, 2);
    const int db = read_db(call, args);
    if (!call.failed() && db == call.keys().db()) call.fail(errors::kSameObject);
    if (call.failed()) return;

    WriteEntry source = call.keys().find_for_write(call.arg(1));
    if (!source) return call.reply().integer(0);
    Access target_keys = call.keys_of(db);
    WriteEntry target = target_keys.find_for_write(call.arg(1));
    if (target) return call.reply().integer(0);

    target_keys.move(source, target);
    source.changed("move_from", EventClass::Generic);
    target.changed("move_to", EventClass::Generic, 0);
    call.reply().integer(1);
}

enum class IfTaken { Replace, Keep };

// Returns whether the key now has the new name; nullopt after a failure.
std::optional<bool> rename_unless(Call& call, IfTaken if_taken) {
    WriteEntry source = call.keys().find_for_write(call.arg(1));
    if (!source) {
        call.fail(errors::kNoSuchKey);
        return std::nullopt;
    }
    if (call.arg(1) == call.arg(2)) return if_taken == IfTaken::Replace;
    WriteEntry target = call.keys().find_for_write(call.arg(2));
    const bool replaced = static_cast<bool>(target);
    if (replaced && if_taken == IfTaken::Keep) return false;

    call.keys().move(source, target);
    note_new_name(target, replaced);
    source.changed("rename_from", EventClass::Generic);
    target.changed("rename_to", EventClass::Generic, 0);
    return true;
}

void rename(Call& call) {
    if (rename_unless(call, IfTaken::Replace)) call.reply().ok();
}

void renamenx(Call& call) {
    if (const auto renamed = rename_unless(call, IfTaken::Keep)) call.reply().integer(*renamed);
}

// The entry that an OBJECT subcommand asks about; replies with null if it is not there.
const Entry* find_object(Call& call) {
    const Entry* entry = call.keys().find(call.arg(2), Access::Note::Nothing);
    Counters& counters = call.context().counters;
    (entry ? counters.keyspace_hits : counters.keyspace_misses).add();
    if (!entry) call.reply().null();
    return entry;
}

void object_encoding(Call& call) {
    if (const Entry* entry = find_object(call)) call.reply().bulk(name_of(entry->encoding()));
}

void object_refcount(Call& call) {
    const Entry* entry = find_object(call);
    if (entry) call.reply().integer(reported_references(call.settings(), entry->payload()));
}

void object_idletime(Call& call) {
    const Entry* entry = find_object(call);
    if (!entry) return;
    const AccessClock& clock = call.context().clock;
    if (clock.policy() == AccessClock::Policy::LeastFrequent) return call.fail(kNoIdleTime);
    call.reply().integer(clock.idle_seconds(entry->access()));
}

void object_freq(Call& call) {
    const Entry* entry = find_object(call);
    if (!entry) return;
    const AccessClock& clock = call.context().clock;
    if (clock.policy() != AccessClock::Policy::LeastFrequent) return call.fail(kNoFrequency);
    call.reply().integer(clock.frequency(entry->access()));
}

constexpr KeySpecs kAnyNumberRemoved = keys_from(1, -1, 1, KeyRM | KeyDelete);
constexpr KeySpecs kAnyNumberRead = keys_from(1, -1, 1, KeyRO);
constexpr KeySpecs kObjectKey = key_at(2, KeyRO);
constexpr std::string_view kPerShard = "request_policy:multi_shard response_policy:agg_sum";

constexpr Change kExistsHistory[] = {{"3.0.3", "Takes several keys."}};
constexpr Change kRenamenxHistory[] = {{"3.2.0", "The same name twice is no longer an error."}};
constexpr Change kScanHistory[] = {{"6.0.0", "The option `TYPE`."}};

constexpr CommandSpec kObject[] = {
    {.name = "ENCODING",
     .handler = object_encoding,
     .arity = {3},
     .flags = ReadOnly,
     .categories = CatKeyspace,
     .keys = kObjectKey,
     .since = "2.2.3",
     .cost = "O(1)",
     .summary = "Tells in which internal form the value at a key is kept.",
     .syntax = "key",
     .tips = "nondeterministic_output"},
    {.name = "FREQ",
     .handler = object_freq,
     .arity = {3},
     .flags = ReadOnly,
     .categories = CatKeyspace,
     .keys = kObjectKey,
     .since = "4.0.0",
     .cost = "O(1)",
     .summary = "Returns the logarithmic counter of a key's uses, under an LFU policy.",
     .syntax = "key",
     .tips = "nondeterministic_output"},
    {.name = "IDLETIME",
     .handler = object_idletime,
     .arity = {3},
     .flags = ReadOnly,
     .categories = CatKeyspace,
     .keys = kObjectKey,
     .since = "2.2.3",
     .cost = "O(1)",
     .summary = "Returns for how many seconds a key has not been used, under any policy but LFU.",
     .syntax = "key",
     .tips = "nondeterministic_output"},
    {.name = "REFCOUNT",
     .handler = object_refcount,
     .arity = {3},
     .flags = ReadOnly,
     .categories = CatKeyspace,
     .keys = kObjectKey,
     .since = "2.2.3",
     .cost = "O(1)",
     .summary = "Returns how many users the value at a key has; small integers count as shared by all.",
     .syntax = "key",
     .tips = "nondeterministic_output"},
    {.name = "HELP",
     .handler = reply_help,
     .arity = {2},
     .flags = Loading | Stale,
     .categories = CatKeyspace,
     .since = "6.2.0",
     .cost = "O(1)",
     .summary = "Lists the subcommands."},
};

constexpr CommandSpec kCommands[] = {
    {.name = "COPY",
     .handler = copy,
     .arity = {-3},
     .flags = Write | DenyOom,
     .categories = CatKeyspace,
     .keys = {key_at(1, KeyRO | KeyAccess), key_at(2, KeyOW | KeyUpdate)},
     .since = "6.2.0",
     .cost = "O(1) for strings, O(N) for collections of N elements.",
     .summary = "Copies a value with its expiry to another key, also of another database.",
     .syntax = "source:key destination:key [DB destination-db:integer] [REPLACE]"},
    {.name = "DEL",
     .handler = del,
     .arity = {-2},
     .flags = Write,
     .categories = CatKeyspace,
     .keys = kAnyNumberRemoved,
     .since = "1.0.0",
     .cost = "O(N) for N keys that hold strings; a collection costs O(M) for its M elements.",
     .summary = "Removes keys. Returns how many there were.",
     .syntax = "key...",
     .tips = kPerShard},
    {.name = "EXISTS",
     .handler = exists,
     .arity = {-2},
     .flags = ReadOnly | Fast,
     .categories = CatKeyspace,
     .keys = kAnyNumberRead,
     .since = "1.0.0",
     .cost = "O(N) for N keys.",
     .summary = "Counts how many of the keys there are, each as often as it is named.",
     .syntax = "key...",
     .tips = kPerShard,
     .history = kExistsHistory},
    {.name = "KEYS",
     .handler = keys,
     .arity = {2},
     .flags = ReadOnly | AllShards,
     .categories = CatKeyspace | CatDangerous,
     .since = "1.0.0",
     .cost = "O(N) for N keys in the database, if pattern and names are short.",
     .summary = "Lists all keys that match a pattern. On a large database SCAN is kinder.",
     .syntax = "pattern",
     .tips = "request_policy:all_shards nondeterministic_output_order"},
    {.name = "MOVE",
     .handler = move,
     .arity = {3},
     .flags = Write | Fast,
     .categories = CatKeyspace,
     .keys = key_at(1, KeyRW | KeyAccess | KeyUpdate),
     .since = "1.0.0",
     .cost = "O(1)",
     .summary = "Moves a key to another database, unless it is there already.",
     .syntax = "key db:integer"},
    {.name = "OBJECT",
     .arity = {-2},
     .since = "2.2.3",
     .cost = "See the subcommands.",
     .summary = "Tells how a value is kept and how it is used.",
     .subcommands = kObject},
    {.name = "RANDOMKEY",
     .handler = random_key,
     .arity = {1},
     .flags = ReadOnly | AllShards,
     .categories = CatKeyspace,
     .since = "1.0.0",
     .cost = "O(1)",
     .summary = "Returns one of the keys, each with the same probability.",
     .tips = "request_policy:all_shards nondeterministic_output"},
    {.name = "RENAME",
     .handler = rename,
     .arity = {3},
     .flags = Write,
     .categories = CatKeyspace,
     .keys = {key_at(1, KeyRW | KeyAccess | KeyDelete), key_at(2, KeyOW | KeyUpdate)},
     .since = "1.0.0",
     .cost = "O(1), and what it takes to remove a value that had the name before.",
     .summary = "Gives a key another name, in place of whatever had it.",
     .syntax = "key newkey:key"},
    {.name = "RENAMENX",
     .handler = renamenx,
     .arity = {3},
     .flags = Write | Fast,
     .categories = CatKeyspace,
     .keys = {key_at(1, KeyRW | KeyAccess | KeyDelete), key_at(2, KeyOW | KeyInsert)},
     .since = "1.0.0",
     .cost = "O(1)",
     .summary = "Gives a key another name, unless the name is taken.",
     .syntax = "key newkey:key",
     .history = kRenamenxHistory},
    {.name = "SCAN",
     .handler = scan,
     .arity = {-2},
     .flags = ReadOnly | AllShards,
     .categories = CatKeyspace,
     .since = "2.8.0",
     .cost = "O(1) for each call with the same COUNT, O(N) to get through a database of N keys.",
     .summary = "Lists the keys of the database piece by piece.",
     .syntax = "cursor:integer [MATCH pattern] [COUNT count:integer] [TYPE type@6.0.0]",
     .tips = "nondeterministic_output request_policy:special",
     .history = kScanHistory},
    {.name = "TOUCH",
     .handler = touch,
     .arity = {-2},
     .flags = ReadOnly | Fast,
     .categories = CatKeyspace,
     .keys = kAnyNumberRead,
     .since = "3.2.1",
     .cost = "O(N) for N keys.",
     .summary = "Counts as a use of the keys. Returns how many of them there are.",
     .syntax = "key...",
     .tips = kPerShard},
    {.name = "TYPE",
     .handler = type,
     .arity = {2},
     .flags = ReadOnly | Fast,
     .categories = CatKeyspace,
     .keys = key_at(1, KeyRO),
     .since = "1.0.0",
     .cost = "O(1)",
     .summary = "Tells the type of the value at a key.",
     .syntax = "key"},
    {.name = "UNLINK",
     .handler = unlink,
     .arity = {-2},
     .flags = Write | Fast,
     .categories = CatKeyspace,
     .keys = kAnyNumberRemoved,
     .since = "4.0.0",
     .cost = "O(1) for each key; big values are freed by another thread.",
     .summary = "Removes keys, leaving the memory of big values to be freed in the background.",
     .syntax = "key...",
     .tips = kPerShard},
};
static_assert(well_formed(kCommands));

}  // namespace

std::span<const CommandSpec> key_commands() {
    return kCommands;
}

}  // namespace pongo

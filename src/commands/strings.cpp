#include <algorithm>

#include "commands/expiry_options.h"
#include "commands/families.h"
#include "commands/string_handlers.h"
#include "engine/args.h"

namespace pongo {
namespace {

using namespace strings;  // The handlers that stand in files of their own.

void get(Call& call) {
    reply_with_value_of(call, call.arg(1));
}

void mget(Call& call) {
    call.reply().array(call.argc() - 1);
    for (const std::string_view key : call.args().subspan(1)) {
        const Entry* entry = call.keys().find(key);
        if (entry && entry->type() == Type::String) {
            reply_with(call, String(entry->payload()));
        } else {
            call.reply().null();
        }
    }
}

void getdel(Call& call) {
    if (!reply_with_value_of(call, call.arg(1))) return;
    WriteEntry entry = call.keys().find_for_write(call.arg(1));
    if (!entry) return;

    entry.remove("del");
    call.propagate_as({"DEL", call.arg(1)});
}

void remove_as_expired(Call& call, WriteEntry& entry) {
    call.remove_and_tell(entry, call.context().free_expired);
}

void set_expiry(Call& call, WriteEntry& entry, std::int64_t at_ms) {
    entry.set_expiry(at_ms);
    entry.changed("expire", EventClass::Generic);
    if (!call.propagating()) return;
    char digits[kMaxInt64Digits];
    const std::size_t size = format_int64(at_ms, digits);
    call.propagate_as({"PEXPIREAT", entry.key(), {digits, size}});
}

void persist(Call& call, WriteEntry& entry) {
    if (!entry.expires_at_ms()) return;
    entry.set_expiry(std::nullopt);
    entry.changed("persist", EventClass::Generic);
    call.propagate_as({"PERSIST", entry.key()});
}

void getex(Call& call) {
    Args args(call, 2);
    ExpiryOption expiry;
    bool to_persist = false;
    while (args.more()) {
        if (!expiry && args.accept("PERSIST")) {
            to_persist = true;
        } else if (to_persist || !expiry.accept(args)) {
            args.reject();
        }
    }
    if (call.failed() || !reply_with_value_of(call, call.arg(1))) return;

    WriteEntry entry = call.keys().find_for_write(call.arg(1));
    if (!entry) return;
    const auto expires_at_ms = expiry.read(call);
    if (call.failed()) return;
    if (expires_at_ms && expiry.is_absolute() && *expires_at_ms <= call.expiry_ms()) {
        remove_as_expired(call, entry);
    } else if (expires_at_ms) {
        set_expiry(call, entry, *expires_at_ms);
    } else if (to_persist) {
        persist(call, entry);
    }
}

constexpr std::string_view kTipsOfMget = "request_policy:multi_shard";
constexpr std::string_view kTipsOfMset = "request_policy:multi_shard response_policy:all_succeeded";
constexpr std::string_view kTipsOfMsetnx = "request_policy:multi_shard response_policy:agg_min";

constexpr KeySpec noted(KeySpec spec, std::string_view notes) {
    spec.notes = notes;
    return spec;
}

std::uint16_t use_of_set(std::span<const std::string_view> args) {
    const auto options = args.subspan(3);
    const bool reads = std::any_of(options.begin(), options.end(),
                                   [](std::string_view option) { return equals_ignore_case(option, "GET"); });
    return reads ? KeyRW | KeyAccess | KeyUpdate : KeyOW | KeyUpdate;
}

constexpr Change kHistoryOfSet[] = {
    {"2.6.12", "The options `EX`, `PX`, `NX` and `XX`."},
    {"6.0.0", "The option `KEEPTTL`."},
    {"6.2.0", "The options `GET`, `EXAT` and `PXAT`."},
    {"7.0.0", "`NX` and `GET` may stand together."},
};

constexpr CommandSpec kCommands[] = {
    {.name = "APPEND",
     .handler = append,
     .arity = exactly(2),
     .flags = Write | DenyOom | Fast,
     .categories = CatString,
     .keys = key_at(1, KeyRW | KeyInsert),
     .group = Group::String,
     .since = "2.0.0",
     .cost = "O(1), amortized over many short additions: room for more of them is reserved ahead.",
     .summary = "Adds bytes to the end of a string; a missing key counts as an empty one.",
     .syntax = "key value"},
    {.name = "DECR",
     .handler = decr,
     .arity = exactly(1),
     .flags = Write | DenyOom | Fast,
     .categories = CatString,
     .keys = key_at(1, KeyRW | KeyAccess | KeyUpdate),
     .group = Group::String,
     .since = "1.0.0",
     .cost = "O(1)",
     .summary = "Takes one from the integer at a key; a missing key counts as 0.",
     .syntax = "key"},
    {.name = "DECRBY",
     .handler = decrby,
     .arity = exactly(2),
     .flags = Write | DenyOom | Fast,
     .categories = CatString,
     .keys = key_at(1, KeyRW | KeyAccess | KeyUpdate),
     .group = Group::String,
     .since = "1.0.0",
     .cost = "O(1)",
     .summary = "Takes a number from the integer at a key; a missing key counts as 0.",
     .syntax = "key decrement:integer"},
    {.name = "GET",
     .handler = get,
     .arity = exactly(1),
     .flags = ReadOnly | Fast,
     .categories = CatString,
     .keys = key_at(1, KeyRO | KeyAccess),
     .group = Group::String,
     .since = "1.0.0",
     .cost = "O(1)",
     .summary = "Returns the string at a key.",
     .syntax = "key"},
    {.name = "GETDEL",
     .handler = getdel,
     .arity = exactly(1),
     .flags = Write | Fast,
     .categories = CatString,
     .keys = key_at(1, KeyRW | KeyAccess | KeyDelete),
     .group = Group::String,
     .since = "6.2.0",
     .cost = "O(1)",
     .summary = "Returns the string at a key, then removes the key.",
     .syntax = "key"},
    {.name = "GETEX",
     .handler = getex,
     .arity = at_least(1),
     .flags = Write | Fast,
     .categories = CatString,
     .keys = noted(key_at(1, KeyRW | KeyAccess | KeyUpdate), "Writes, too, since it may change the expiry."),
     .group = Group::String,
     .since = "6.2.0",
     .cost = "O(1)",
     .summary = "Returns the string at a key, and sets or removes the key's expiry.",
     .syntax = "key [expiration=<EX seconds:integer | PX milliseconds:integer | EXAT "
               "unix-time-seconds:unix-time | PXAT unix-time-milliseconds:unix-time | PERSIST>]"},
    {.name = "GETRANGE",
     .handler = getrange,
     .arity = exactly(3),
     .flags = ReadOnly,
     .categories = CatString,
     .keys = key_at(1, KeyRO | KeyAccess),
     .group = Group::String,
     .since = "2.4.0",
     .cost = "O(N) where N is the number of bytes that are returned.",
     .summary = "Returns a part of the string at a key.",
     .syntax = "key start:integer end:integer"},
    {.name = "GETSET",
     .handler = getset,
     .arity = exactly(2),
     .flags = Write | DenyOom | Fast,
     .categories = CatString,
     .keys = key_at(1, KeyRW | KeyAccess | KeyUpdate),
     .group = Group::String,
     .since = "1.0.0",
     .cost = "O(1)",
     .summary = "Returns the string at a key, and puts another one in its place.",
     .syntax = "key value",
     .deprecated_since = "6.2.0",
     .replaced_by = "`SET` with the `!GET` argument"},
    {.name = "INCR",
     .handler = incr,
     .arity = exactly(1),
     .flags = Write | DenyOom | Fast,
     .categories = CatString,
     .keys = key_at(1, KeyRW | KeyAccess | KeyUpdate),
     .group = Group::String,
     .since = "1.0.0",
     .cost = "O(1)",
     .summary = "Adds one to the integer at a key; a missing key counts as 0.",
     .syntax = "key"},
    {.name = "INCRBY",
     .handler = incrby,
     .arity = exactly(2),
     .flags = Write | DenyOom | Fast,
     .categories = CatString,
     .keys = key_at(1, KeyRW | KeyAccess | KeyUpdate),
     .group = Group::String,
     .since = "1.0.0",
     .cost = "O(1)",
     .summary = "Adds a number to the integer at a key; a missing key counts as 0.",
     .syntax = "key increment:integer"},
    {.name = "INCRBYFLOAT",
     .handler = incrbyfloat,
     .arity = exactly(2),
     .flags = Write | DenyOom | Fast,
     .categories = CatString,
     .keys = key_at(1, KeyRW | KeyAccess | KeyUpdate),
     .group = Group::String,
     .since = "2.6.0",
     .cost = "O(1)",
     .summary = "Adds a number, whole or not, to the one at a key; a missing key counts as 0.",
     .syntax = "key increment:double"},
    {.name = "LCS",
     .handler = lcs,
     .arity = at_least(2),
     .flags = ReadOnly,
     .categories = CatString,
     .keys = keys_from(1, 1, 1, KeyRO | KeyAccess),
     .group = Group::String,
     .since = "7.0.0",
     .cost = "O(N*M) where N and M are the lengths of the two strings.",
     .summary = "Finds the longest sequence of bytes that two strings have in common.",
     .syntax = "key1:key key2:key#0 [LEN] [IDX] [MINMATCHLEN len:integer] [WITHMATCHLEN]"},
    {.name = "MGET",
     .handler = mget,
     .arity = at_least(1),
     .flags = ReadOnly | Fast,
     .categories = CatString,
     .keys = keys_from(1, -1, 1, KeyRO | KeyAccess),
     .group = Group::String,
     .since = "1.0.0",
     .cost = "O(N) where N is the number of keys.",
     .summary = "Returns the strings at several keys, null for those that hold none.",
     .syntax = "key...",
     .tips = kTipsOfMget},
    {.name = "MSET",
     .handler = mset,
     .arity = at_least(2),
     .flags = Write | DenyOom,
     .categories = CatString,
     .keys = keys_from(1, -1, 2, KeyOW | KeyUpdate),
     .group = Group::String,
     .since = "1.0.1",
     .cost = "O(N) where N is the number of keys.",
     .summary = "Sets several keys at once.",
     .syntax = "key_value=(key value)...",
     .tips = kTipsOfMset},
    {.name = "MSETNX",
     .handler = msetnx,
     .arity = at_least(2),
     .flags = Write | DenyOom,
     .categories = CatString,
     .keys = keys_from(1, -1, 2, KeyOW | KeyInsert),
     .group = Group::String,
     .since = "1.0.1",
     .cost = "O(N) where N is the number of keys.",
     .summary = "Sets several keys at once, unless one of them is there already.",
     .syntax = "key_value=(key value)...",
     .tips = kTipsOfMsetnx},
    {.name = "PSETEX",
     .handler = psetex,
     .arity = exactly(3),
     .flags = Write | DenyOom,
     .categories = CatString,
     .keys = key_at(1, KeyOW | KeyUpdate),
     .group = Group::String,
     .since = "2.6.0",
     .cost = "O(1)",
     .summary = "Sets a key that expires after so many milliseconds.",
     .syntax = "key milliseconds:integer value"},
    {.name = "SET",
     .handler = set,
     .arity = at_least(2),
     .flags = Write | DenyOom,
     .categories = CatString,
     .keys = noted(key_at(1, KeyRW | KeyAccess | KeyUpdate | KeyVariableFlags),
                   "Reads, too, where the option `GET` is given."),
     .key_use = use_of_set,
     .group = Group::String,
     .since = "1.0.0",
     .cost = "O(1)",
     .summary = "Sets a key to a string, whatever it held before.",
     .syntax = "key value [condition=<NX | XX>@2.6.12] [GET@6.2.0] [expiration=<EX seconds:integer@2.6.12 | "
               "PX milliseconds:integer@2.6.12 | EXAT unix-time-seconds:unix-time@6.2.0 | PXAT "
               "unix-time-milliseconds:unix-time@6.2.0 | KEEPTTL@6.0.0>]",
     .history = kHistoryOfSet},
    {.name = "SETEX",
     .handler = setex,
     .arity = exactly(3),
     .flags = Write | DenyOom,
     .categories = CatString,
     .keys = key_at(1, KeyOW | KeyUpdate),
     .group = Group::String,
     .since = "2.0.0",
     .cost = "O(1)",
     .summary = "Sets a key that expires after so many seconds.",
     .syntax = "key seconds:integer value"},
    {.name = "SETNX",
     .handler = setnx,
     .arity = exactly(2),
     .flags = Write | DenyOom | Fast,
     .categories = CatString,
     .keys = key_at(1, KeyOW | KeyInsert),
     .group = Group::String,
     .since = "1.0.0",
     .cost = "O(1)",
     .summary = "Sets a key, unless it is there already.",
     .syntax = "key value"},
    {.name = "SETRANGE",
     .handler = setrange,
     .arity = exactly(3),
     .flags = Write | DenyOom,
     .categories = CatString,
     .keys = key_at(1, KeyRW | KeyUpdate),
     .group = Group::String,
     .since = "2.2.0",
     .cost = "O(M) where M is the length of the new part, and of the zeros in front of it.",
     .summary = "Overwrites a part of a string, which grows with zeros as far as it must.",
     .syntax = "key offset:integer value"},
    {.name = "STRLEN",
     .handler = strlen,
     .arity = exactly(1),
     .flags = ReadOnly | Fast,
     .categories = CatString,
     .keys = key_at(1, KeyRO),
     .group = Group::String,
     .since = "2.2.0",
     .cost = "O(1)",
     .summary = "Returns how many bytes the string at a key has.",
     .syntax = "key"},
    {.name = "SUBSTR",
     .handler = getrange,
     .arity = exactly(3),
     .flags = ReadOnly,
     .categories = CatString,
     .keys = key_at(1, KeyRO | KeyAccess),
     .group = Group::String,
     .since = "1.0.0",
     .cost = "O(N) where N is the number of bytes that are returned.",
     .summary = "Returns a part of the string at a key.",
     .syntax = "key start:integer end:integer",
     .deprecated_since = "2.0.0",
     .replaced_by = "`GETRANGE`"},
};
static_assert(well_formed(kCommands));

}  // namespace

std::span<const CommandSpec> string_commands() {
    return kCommands;
}

}  // namespace pongo

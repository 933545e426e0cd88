// The time at which a key goes: setting it, asking for it, taking it away.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "commands/families.h"
#include "engine/args.h"

namespace pongo {
namespace {

constexpr std::string_view kIncompatibleWithNx =
    "ERR NX and XX, GT or LT options at the same time are not compatible";
constexpr std::string_view kGreaterAndLess = "ERR GT and LT options at the same time are not compatible";

enum class TimeUnit { Seconds, Milliseconds };
enum class Origin { Now, Epoch };

struct Conditions {
    bool if_none = false;
    bool if_any = false;
    bool if_later = false;
    bool if_sooner = false;

    // A key without an expiry lives for ever: any time is sooner than that.
    bool met(std::optional<std::int64_t> before, std::int64_t after) const {
        if (if_none && before) return false;
        if (if_any && !before) return false;
        if (if_later && (!before || after <= *before)) return false;
        return !(if_sooner && before && after >= *before);
    }
};

Conditions read_conditions(Call& call) {
    Conditions conditions;
    Args args(call, 3);
    while (args.more()) {
        if (args.accept("NX")) {
            conditions.if_none = true;
        } else if (args.accept("XX")) {
            conditions.if_any = true;
        } else if (args.accept("GT")) {
            conditions.if_later = true;
        } else if (args.accept("LT")) {
            conditions.if_sooner = true;
        } else {
            call.fail("ERR Unsupported option " + std::string(until_nul(args.next())));
        }
    }
    if (conditions.if_none && (conditions.if_any || conditions.if_later || conditions.if_sooner)) {
        call.fail(kIncompatibleWithNx);
    }
    if (conditions.if_later && conditions.if_sooner) call.fail(kGreaterAndLess);
    return conditions;
}

// The time that argument 2 means, in milliseconds since the epoch.
std::int64_t read_time(Call& call, TimeUnit unit, Origin origin) {
    Args args(call, 2);
    std::int64_t time = args.integer();
    const std::int64_t scale = unit == TimeUnit::Seconds ? kMsPerSecond : 1;
    const std::int64_t base = origin == Origin::Now ? call.now_ms() : 0;
    if (__builtin_mul_overflow(time, scale, &time) || __builtin_add_overflow(time, base, &time)) {
        call.fail("ERR invalid expire time in '" + call.command().name + "' command");
    }
    return time;
}

void remove_overdue(Call& call, WriteEntry& entry) {
    call.remove_and_tell(entry, Keyspace::lazily_if(call.settings().lazyfree_lazy_expire));
}

// Copies are told the time itself instead of the span, under the same conditions.
void propagate_time(Call& call, std::int64_t time) {
    if (!call.propagating()) return;
    const std::string digits = std::to_string(time);
    std::vector<std::string_view> args(call.args().begin(), call.args().end());
    args[0] = "PEXPIREAT";
    args[2] = digits;
    call.propagate_as(args);
}

void set_expiry(Call& call, TimeUnit unit, Origin origin) {
    const Conditions conditions = read_conditions(call);
    const std::int64_t time = read_time(call, unit, origin);
    if (call.failed()) return;

    WriteEntry entry = call.keys().find_for_write(call.arg(1));
    if (!entry || !conditions.met(entry.expires_at_ms(), time)) return call.reply().integer(0);

    if (time <= call.expiry_ms()) {
        remove_overdue(call, entry);
    } else {
        entry.set_expiry(time);
        entry.changed("expire", EventClass::Generic);
        propagate_time(call, time);
    }
    call.reply().integer(1);
}

void expire(Call& call) {
    set_expiry(call, TimeUnit::Seconds, Origin::Now);
}
void expireat(Call& call) {
    set_expiry(call, TimeUnit::Seconds, Origin::Epoch);
}
void pexpire(Call& call) {
    set_expiry(call, TimeUnit::Milliseconds, Origin::Now);
}
void pexpireat(Call& call) {
    set_expiry(call, TimeUnit::Milliseconds, Origin::Epoch);
}

void persist(Call& call) {
    WriteEntry entry = call.keys().find_for_write(call.arg(1));
    if (!entry || !entry->has_expiry()) return call.reply().integer(0);

    entry.set_expiry(std::nullopt);
    entry.changed("persist", EventClass::Generic);
    call.reply().integer(1);
}

void reply_expiry(Call& call, TimeUnit unit, Origin origin) {
    constexpr std::int64_t kNoSuchKey = -2;
    constexpr std::int64_t kNoExpiry = -1;
    const Entry* entry = call.keys().find(call.arg(1), Access::Note::Look);
    if (!entry) return call.reply().integer(kNoSuchKey);
    if (!entry->has_expiry()) return call.reply().integer(kNoExpiry);

    const std::int64_t base = origin == Origin::Now ? call.now_ms() : 0;
    const std::int64_t ms = std::max<std::int64_t>(entry->expires_at_ms() - base, 0);
    const std::int64_t rounded = ms / kMsPerSecond + (ms % kMsPerSecond >= kMsPerSecond / 2);
    call.reply().integer(unit == TimeUnit::Seconds ? rounded : ms);
}

void ttl(Call& call) {
    reply_expiry(call, TimeUnit::Seconds, Origin::Now);
}
void pttl(Call& call) {
    reply_expiry(call, TimeUnit::Milliseconds, Origin::Now);
}
void expiretime(Call& call) {
    reply_expiry(call, TimeUnit::Seconds, Origin::Epoch);
}
void pexpiretime(Call& call) {
    reply_expiry(call, TimeUnit::Milliseconds, Origin::Epoch);
}

constexpr KeySpecs kChanged = key_at(1, KeyRW | KeyUpdate);
constexpr KeySpecs kRead = key_at(1, KeyRO | KeyAccess);

constexpr Change kExpireHistory[] = {{"7.0.0", "The options `NX`, `XX`, `GT` and `LT`."}};
constexpr Change kTtlHistory[] = {{"2.8.0", "Tells a missing key (-2) from one that stays (-1)."}};

constexpr CommandSpec kCommands[] = {
    {.name = "EXPIRE",
     .handler = expire,
     .arity = {-3},
     .flags = Write | Fast,
     .categories = CatKeyspace,
     .keys = kChanged,
     .since = "1.0.0",
     .cost = "O(1)",
     .summary = "Lets a key go after some seconds.",
     .syntax = "key seconds:integer [condition=<NX | XX | GT | LT>@7.0.0]",
     .history = kExpireHistory},
    {.name = "EXPIREAT",
     .handler = expireat,
     .arity = {-3},
     .flags = Write | Fast,
     .categories = CatKeyspace,
     .keys = kChanged,
     .since = "1.2.0",
     .cost = "O(1)",
     .summary = "Lets a key go at a Unix time in seconds.",
     .syntax = "key unix-time-seconds:unix-time [condition=<NX | XX | GT | LT>@7.0.0]",
     .history = kExpireHistory},
    {.name = "EXPIRETIME",
     .handler = expiretime,
     .arity = {2},
     .flags = ReadOnly | Fast,
     .categories = CatKeyspace,
     .keys = kRead,
     .since = "7.0.0",
     .cost = "O(1)",
     .summary = "Returns the Unix time in seconds at which a key goes.",
     .syntax = "key"},
    {.name = "PERSIST",
     .handler = persist,
     .arity = {2},
     .flags = Write | Fast,
     .categories = CatKeyspace,
     .keys = kChanged,
     .since = "2.2.0",
     .cost = "O(1)",
     .summary = "Takes the expiry from a key, so that it stays.",
     .syntax = "key"},
    {.name = "PEXPIRE",
     .handler = pexpire,
     .arity = {-3},
     .flags = Write | Fast,
     .categories = CatKeyspace,
     .keys = kChanged,
     .since = "2.6.0",
     .cost = "O(1)",
     .summary = "Lets a key go after some milliseconds.",
     .syntax = "key milliseconds:integer [condition=<NX | XX | GT | LT>@7.0.0]",
     .history = kExpireHistory},
    {.name = "PEXPIREAT",
     .handler = pexpireat,
     .arity = {-3},
     .flags = Write | Fast,
     .categories = CatKeyspace,
     .keys = kChanged,
     .since = "2.6.0",
     .cost = "O(1)",
     .summary = "Lets a key go at a Unix time in milliseconds.",
     .syntax = "key unix-time-milliseconds:unix-time [condition=<NX | XX | GT | LT>@7.0.0]",
     .history = kExpireHistory},
    {.name = "PEXPIRETIME",
     .handler = pexpiretime,
     .arity = {2},
     .flags = ReadOnly | Fast,
     .categories = CatKeyspace,
     .keys = kRead,
     .since = "7.0.0",
     .cost = "O(1)",
     .summary = "Returns the Unix time in milliseconds at which a key goes.",
     .syntax = "key"},
    {.name = "PTTL",
     .handler = pttl,
     .arity = {2},
     .flags = ReadOnly | Fast,
     .categories = CatKeyspace,
     .keys = kRead,
     .since = "2.6.0",
     .cost = "O(1)",
     .summary = "Returns how many milliseconds a key has left.",
     .syntax = "key",
     .tips = "nondeterministic_output",
     .history = kTtlHistory},
    {.name = "TTL",
     .handler = ttl,
     .arity = {2},
     .flags = ReadOnly | Fast,
     .categories = CatKeyspace,
     .keys = kRead,
     .since = "1.0.0",
     .cost = "O(1)",
     .summary = "Returns how many seconds a key has left, to the nearest.",
     .syntax = "key",
     .tips = "nondeterministic_output",
     .history = kTtlHistory},
};
static_assert(well_formed(kCommands));

}  // namespace

std::span<const CommandSpec> expiry_commands() {
    return kCommands;
}

}  // namespace pongo

// DUMP and RESTORE: values as bytes that any Redis understands.
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "commands/families.h"
#include "engine/args.h"
#include "persistence/dump_payload.h"
#include "persistence/value_limits.h"
#include "persistence/value_reader.h"

namespace pongo {
namespace {

constexpr std::string_view kBusyKey = "BUSYKEY Target key name already exists.";
constexpr std::string_view kInvalidTtl = "ERR Invalid TTL value, must be >= 0";
constexpr std::string_view kInvalidIdleTime = "ERR Invalid IDLETIME value, must be >= 0";
constexpr std::string_view kInvalidFrequency = "ERR Invalid FREQ value, must be >= 0 and <= 255";
constexpr std::string_view kBadPayload = "ERR DUMP payload version or checksum are wrong";
constexpr std::string_view kBadData = "ERR Bad data format";

void dump(Call& call) {
    const Entry* entry = call.keys().find(call.arg(1));
    if (!entry) return call.reply().null();
    call.reply().bulk(dump_payload(entry->payload(), compression_of(call.settings())));
}

struct RestoreOptions {
    bool replace = false;
    bool absolute_ttl = false;
    std::optional<std::int64_t> idle_seconds;
    std::optional<std::int64_t> frequency;
};

RestoreOptions read_options(Call& call) {
    RestoreOptions options;
    Args args(call, 4);
    while (args.more()) {
        if (args.accept("REPLACE")) {
            options.replace = true;
        } else if (args.accept("ABSTTL")) {
            options.absolute_ttl = true;
        } else if (!options.frequency && args.accept("IDLETIME", 1)) {
            options.idle_seconds =
                args.integer_between(0, std::numeric_limits<std::int64_t>::max(), kInvalidIdleTime);
        } else if (!options.idle_seconds && args.accept("FREQ", 1)) {
            options.frequency = args.integer_between(0, UINT8_MAX, kInvalidFrequency);
        } else {
            args.reject();
        }
    }
    return options;
}

// The time at which the key shall expire, in milliseconds of Unix time; nothing if never. What is too far
// away to be counted is a time long ago, as in Redis.
std::optional<std::int64_t> expiry_of(const Call& call, std::int64_t ttl_ms, const RestoreOptions& options) {
    if (ttl_ms == 0) return std::nullopt;
    if (options.absolute_ttl) return ttl_ms;
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(ttl_ms) +
                                     static_cast<std::uint64_t>(call.now_ms()));
}

// What the key remembers of its use; the option that does not belong to the policy counts for nothing.
std::uint32_t access_of(const AccessClock& clock, const RestoreOptions& options) {
    if (clock.policy() == AccessClock::Policy::LeastFrequent) {
        return options.frequency ? clock.with_frequency(static_cast<std::uint8_t>(*options.frequency))
                                 : clock.fresh();
    }
    return options.idle_seconds ? clock.idle_for(*options.idle_seconds) : clock.fresh();
}

// Nothing is made of a value that would have expired already; but what it replaces goes.
void replace_with_nothing(Call& call) {
    WriteEntry entry = call.keys().find_for_write(call.arg(1));
    if (entry) call.remove_and_tell(entry, call.context().free_replaced);
    call.reply().ok();
}

// With the time itself instead of how long it is until then.
void propagate_expiring_at(Call& call, std::int64_t expires_at_ms) {
    const std::string time = std::to_string(expires_at_ms);
    std::vector<std::string_view> args(call.args().begin(), call.args().end());
    args[2] = time;
    args.push_back("ABSTTL");
    call.propagate_as(args);
}

void restore(Call& call) {
    const RestoreOptions options = read_options(call);
    if (call.failed()) return;
    if (!options.replace && call.keys().find(call.arg(1), Access::Note::Nothing)) return call.fail(kBusyKey);
    Args args(call, 2);
    const std::int64_t ttl_ms =
        args.integer_between(0, std::numeric_limits<std::int64_t>::max(), kInvalidTtl);
    if (call.failed()) return;
    const auto bytes = value_of_dump(call.arg(3));
    if (!bytes) return call.fail(kBadPayload);
    DetachedValue value;
    RdbReader in(*bytes);
    if (!read_typed_value(in, value_limits_of(call.settings()), value)) return call.fail(kBadData);

    const auto expires_at_ms = expiry_of(call, ttl_ms, options);
    if (expires_at_ms && *expires_at_ms <= call.expiry_ms()) return replace_with_nothing(call);
    WriteEntry entry = call.keys().find_for_write(call.arg(1));
    if (entry) entry.also("new", EventClass::New);
    call.keys().put(entry, value.release(), expires_at_ms);
    entry.set_access(access_of(call.context().clock, options));
    entry.changed("restore", EventClass::Generic);
    if (expires_at_ms && !options.absolute_ttl && call.propagating()) {
        propagate_expiring_at(call, *expires_at_ms);
    }

    call.reply().ok();
}

constexpr std::string_view kRestoreSyntax =
    "key ttl:integer serialized-value [REPLACE@3.0.0] [ABSTTL@5.0.0] [IDLETIME seconds:integer@5.0.0] "
    "[FREQ frequency:integer@5.0.0]";
constexpr std::string_view kRestoreCost = "O(N) for a value of N elements; O(N*log(N)) for a sorted set.";

constexpr Change kRestoreHistory[] = {
    {"3.0.0", "The option `REPLACE`."},
    {"5.0.0", "The option `ABSTTL`."},
    {"5.0.0", "The options `IDLETIME` and `FREQ`."},
};

constexpr CommandSpec kCommands[] = {
    {.name = "DUMP",
     .handler = dump,
     .arity = exactly(1),
     .flags = ReadOnly,
     .categories = CatKeyspace,
     .keys = key_at(1, KeyRO | KeyAccess),
     .since = "2.6.0",
     .cost = "O(N) for a value of N bytes.",
     .summary = "Returns the value at a key as bytes from which RESTORE makes it again.",
     .syntax = "key",
     .tips = "nondeterministic_output"},
    {.name = "RESTORE",
     .handler = restore,
     .arity = at_least(3),
     .flags = Write | DenyOom,
     .categories = CatKeyspace | CatDangerous,
     .keys = key_at(1, KeyOW | KeyUpdate),
     .since = "2.6.0",
     .cost = kRestoreCost,
     .summary = "Makes a key of the bytes that DUMP returned.",
     .syntax = kRestoreSyntax,
     .history = kRestoreHistory},
    {.name = "RESTORE-ASKING",
     .handler = restore,
     .arity = at_least(3),
     .flags = Write | DenyOom | Asking | SystemCommand,
     .categories = CatKeyspace | CatDangerous,
     .keys = key_at(1, KeyOW | KeyUpdate),
     .group = Group::Server,
     .since = "3.0.0",
     .cost = kRestoreCost,
     .summary = "RESTORE as one node of a cluster sends it to another while a slot moves.",
     .syntax = kRestoreSyntax,
     .history = kRestoreHistory},
};
static_assert(well_formed(kCommands));

}  // namespace

std::span<const CommandSpec> dump_commands() {
    return kCommands;
}

}  // namespace pongo

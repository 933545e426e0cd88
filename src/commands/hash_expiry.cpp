// The time at which a field of a hash goes: setting it, asking for it, taking it away. (Commands that
// Redis 7.4 and 8.0 added.)
#include <algorithm>
#include <climits>
#include <string>
#include <vector>

#include "base/clock.h"
#include "commands/families.h"
#include "commands/hash_handlers.h"
#include "values/field_expiry.h"

namespace pongo {
namespace hashes {

std::span<const std::string_view> read_fields(Args& args, Call& call, std::string_view count_error,
                                              std::size_t width) {
    if (call.failed()) return {};
    if (!args.accept("FIELDS")) {
        call.fail("ERR Mandatory argument FIELDS is missing or not at the right position");
        return {};
    }
    if (!args.more()) {
        call.fail_arity();
        return {};
    }
    const auto count = static_cast<std::size_t>(args.at_least(1, count_error));
    if (width > 1 && count > INT_MAX) call.fail(count_error);
    if (call.failed()) return {};
    if (args.left() % width != 0 || args.left() / width != count) {
        // Redis has two errors for it: this one where values follow.
        width > 1 ? call.fail_arity()
                  : call.fail("ERR The `numfields` parameter must match the number of arguments");
        return {};
    }
    return args.take(args.left());
}

std::int64_t read_field_time(Call& call, std::string_view number, ExpiryForm form) {
    const auto value = parse_int64(number);
    if (!value) {
        call.fail(errors::kNotInteger);
        return 0;
    }
    if (*value < 0) {
        call.fail("ERR invalid expire time, must be >= 0");
        return 0;
    }
    const std::int64_t scale = form.unit == ExpiryForm::TimeUnit::Seconds ? kMsPerSecond : 1;
    const std::int64_t base = form.origin == ExpiryForm::Origin::Now ? call.now_ms() : 0;
    if (*value > (kLatestFieldExpiryMs - base) / scale) {
        call.fail("ERR invalid expire time in '" + call.command().name + "' command");
        return 0;
    }
    return *value * scale + base;
}

void give_expiry(Call& call, EditedHash& hash, std::string_view name, std::int64_t at_ms) {
    if (is_over(call, at_ms)) {
        hash->erase(name);
    } else {
        hash->set_expiry(name, at_ms);
    }
}

std::string_view expiry_event(const Call& call, std::int64_t at_ms) {
    return is_over(call, at_ms) ? "hdel" : "hexpire";
}

void note_expiry(Call& call, WriteEntry& entry, std::span<const std::string_view> names, std::int64_t at_ms) {
    entry.changed(expiry_event(call, at_ms), EventClass::Hash, names.size());
    if (is_over(call, at_ms)) return propagate_removal(call, entry, names);
    propagate_fields(call, {"HPEXPIREAT", entry.key(), std::to_string(at_ms)}, names);
}

void propagate_removal(Call& call, const WriteEntry& entry, std::span<const std::string_view> names) {
    std::vector<std::string_view> args{"HDEL", entry.key()};
    args.insert(args.end(), names.begin(), names.end());
    call.propagate_as(args);
}

void propagate_fields(Call& call, std::initializer_list<std::string_view> head,
                      std::span<const std::string_view> names) {
    const std::string count = std::to_string(names.size());
    std::vector<std::string_view> args(head);
    args.push_back("FIELDS");
    args.push_back(count);
    args.insert(args.end(), names.begin(), names.end());
    call.propagate_as(args);
}

}  // namespace hashes

namespace {

using namespace hashes;

// What the replies say of a field.
constexpr std::int64_t kNoField = -2;
constexpr std::int64_t kNoExpiry = -1;
constexpr std::int64_t kConditionNotMet = 0;
constexpr std::int64_t kDone = 1;
constexpr std::int64_t kRemoved = 2;

enum class Condition : std::uint8_t { None, IfNone, IfAny, IfLater, IfSooner };

Condition read_condition(Args& args) {
    if (args.accept("NX")) return Condition::IfNone;
    if (args.accept("XX")) return Condition::IfAny;
    if (args.accept("GT")) return Condition::IfLater;
    return args.accept("LT") ? Condition::IfSooner : Condition::None;
}

// A field without an expiry lives for ever: any time is sooner than that.
bool is_met(Condition condition, std::optional<std::int64_t> before, std::int64_t after) {
    switch (condition) {
        case Condition::None:
            return true;
        case Condition::IfNone:
            return !before;
        case Condition::IfAny:
            return before.has_value();
        case Condition::IfLater:
            return before && after > *before;
        case Condition::IfSooner:
            return !before || after < *before;
    }
    return false;
}

void reply_no_fields(Call& call, std::size_t count) {
    call.reply().array(count);
    for (; count > 0; --count) call.reply().integer(kNoField);
}

void set_expiry(Call& call, ExpiryForm form) {
    auto entry = call.find_for_write<Hash>(call.arg(1));
    if (call.failed()) return;
    Args args(call, 2);
    const std::int64_t at_ms = read_field_time(call, args.next(), form);
    const Condition condition = read_condition(args);
    const auto names = read_fields(args, call, "ERR Parameter `numFields` should be greater than 0");
    if (call.failed()) return;
    if (!entry) return reply_no_fields(call, names.size());

    call.reply().array(names.size());
    EditedHash hash(call, entry);
    std::vector<std::string_view> changed;
    for (const std::string_view name : names) {
        if (!hash.value().find(name)) {
            call.reply().integer(kNoField);
        } else if (!is_met(condition, hash.value().expiry(name), at_ms)) {
            call.reply().integer(kConditionNotMet);
        } else {
            give_expiry(call, hash, name, at_ms);
            changed.push_back(name);
            call.reply().integer(is_over(call, at_ms) ? kRemoved : kDone);
        }
    }
    if (!changed.empty()) note_expiry(call, entry, changed, at_ms);
}

void hexpire(Call& call) {
    set_expiry(call, kExpireInSeconds);
}
void hpexpire(Call& call) {
    set_expiry(call, kExpireInMilliseconds);
}
void hexpireat(Call& call) {
    set_expiry(call, kExpireAtSeconds);
}
void hpexpireat(Call& call) {
    set_expiry(call, kExpireAtMilliseconds);
}

void reply_expiry(Call& call, ExpiryForm form) {
    const auto hash = call.find<Hash>(call.arg(1));
    if (call.failed()) return;
    Args args(call, 2);
    const auto names = read_fields(args, call, kFieldsNotPositive);
    if (call.failed()) return;
    if (!hash) return reply_no_fields(call, names.size());

    const std::int64_t base = form.origin == ExpiryForm::Origin::Now ? call.now_ms() : 0;
    call.reply().array(names.size());
    for (const std::string_view name : names) {
        if (const auto at_ms = hash->expiry(name)) {
            const std::int64_t ms = std::max<std::int64_t>(*at_ms - base, 0);
            const bool in_seconds = form.unit == ExpiryForm::TimeUnit::Seconds;
            call.reply().integer(in_seconds ? (ms + kMsPerSecond - 1) / kMsPerSecond : ms);
        } else {
            call.reply().integer(hash->find(name) ? kNoExpiry : kNoField);
        }
    }
}

void httl(Call& call) {
    reply_expiry(call, kExpireInSeconds);
}
void hpttl(Call& call) {
    reply_expiry(call, kExpireInMilliseconds);
}
void hexpiretime(Call& call) {
    reply_expiry(call, kExpireAtSeconds);
}
void hpexpiretime(Call& call) {
    reply_expiry(call, kExpireAtMilliseconds);
}

void hpersist(Call& call) {
    auto entry = call.find_for_write<Hash>(call.arg(1));
    if (call.failed()) return;
    Args args(call, 2);
    const auto names = read_fields(args, call, kFieldsNotPositive);
    if (call.failed()) return;
    if (!entry) return reply_no_fields(call, names.size());

    call.reply().array(names.size());
    EditedHash hash(call, entry);
    std::uint64_t changed = 0;
    for (const std::string_view name : names) {
        if (hash->clear_expiry(name)) {
            call.reply().integer(kDone);
            ++changed;
        } else {
            call.reply().integer(hash.value().find(name) ? kNoExpiry : kNoField);
        }
    }
    if (changed > 0) entry.changed("hpersist", EventClass::Hash, changed);
}

constexpr CommandSpec kCommands[] = {
    {.name = "HEXPIRE",
     .handler = hexpire,
     .arity = at_least(5),
     .flags = Write | DenyOom | Fast,
     .categories = CatHash,
     .keys = key_at(1, KeyRW | KeyUpdate),
     .group = Group::Hash,
     .since = "7.4.0",
     .cost = "O(N) where N is the number of fields that are named.",
     .summary = "Sets the expiry of fields of a hash, in seconds from now.",
     .syntax =
         "key seconds:integer [condition=<NX | XX | GT | LT>] FIELDS fields=(numfields:integer field...)"},
    {.name = "HEXPIREAT",
     .handler = hexpireat,
     .arity = at_least(5),
     .flags = Write | DenyOom | Fast,
     .categories = CatHash,
     .keys = key_at(1, KeyRW | KeyUpdate),
     .group = Group::Hash,
     .since = "7.4.0",
     .cost = "O(N) where N is the number of fields that are named.",
     .summary = "Sets the expiry of fields of a hash as a Unix time in seconds.",
     .syntax = "key unix-time-seconds:unix-time [condition=<NX | XX | GT | LT>] FIELDS "
               "fields=(numfields:integer field...)"},
    {.name = "HEXPIRETIME",
     .handler = hexpiretime,
     .arity = at_least(4),
     .flags = ReadOnly | Fast,
     .categories = CatHash,
     .keys = key_at(1, KeyRO | KeyAccess),
     .group = Group::Hash,
     .since = "7.4.0",
     .cost = "O(N) where N is the number of fields that are named.",
     .summary = "Returns the expiry of fields of a hash as a Unix time in seconds.",
     .syntax = "key FIELDS fields=(numfields:integer field...)"},
    {.name = "HGETDEL",
     .handler = hgetdel,
     .arity = at_least(4),
     .flags = Write | Fast,
     .categories = CatHash,
     .keys = key_at(1, KeyRW | KeyAccess | KeyDelete),
     .group = Group::Hash,
     .since = "8.0.0",
     .cost = "O(N) where N is the number of fields that are named.",
     .summary = "Returns the values of fields of a hash, then removes the fields.",
     .syntax = "key FIELDS fields=(numfields:integer field...)"},
    {.name = "HGETEX",
     .handler = hgetex,
     .arity = at_least(4),
     .flags = Write | Fast,
     .categories = CatHash,
     .keys = key_at(1, KeyRW | KeyAccess | KeyUpdate),
     .group = Group::Hash,
     .since = "8.0.0",
     .cost = "O(N) where N is the number of fields that are named.",
     .summary = "Returns the values of fields of a hash, and sets their expiry or takes it away.",
     .syntax =
         "key [expiration=<EX seconds:integer | PX milliseconds:integer | EXAT unix-time-seconds:unix-time | "
         "PXAT unix-time-milliseconds:unix-time | PERSIST>] FIELDS fields=(numfields:integer field...)"},
    {.name = "HPERSIST",
     .handler = hpersist,
     .arity = at_least(4),
     .flags = Write | Fast,
     .categories = CatHash,
     .keys = key_at(1, KeyRW | KeyUpdate),
     .group = Group::Hash,
     .since = "7.4.0",
     .cost = "O(N) where N is the number of fields that are named.",
     .summary = "Takes the expiry of fields of a hash away.",
     .syntax = "key FIELDS fields=(numfields:integer field...)"},
    {.name = "HPEXPIRE",
     .handler = hpexpire,
     .arity = at_least(5),
     .flags = Write | DenyOom | Fast,
     .categories = CatHash,
     .keys = key_at(1, KeyRW | KeyUpdate),
     .group = Group::Hash,
     .since = "7.4.0",
     .cost = "O(N) where N is the number of fields that are named.",
     .summary = "Sets the expiry of fields of a hash, in milliseconds from now.",
     .syntax = "key milliseconds:integer [condition=<NX | XX | GT | LT>] FIELDS fields=(numfields:integer "
               "field...)"},
    {.name = "HPEXPIREAT",
     .handler = hpexpireat,
     .arity = at_least(5),
     .flags = Write | DenyOom | Fast,
     .categories = CatHash,
     .keys = key_at(1, KeyRW | KeyUpdate),
     .group = Group::Hash,
     .since = "7.4.0",
     .cost = "O(N) where N is the number of fields that are named.",
     .summary = "Sets the expiry of fields of a hash as a Unix time in milliseconds.",
     .syntax = "key unix-time-milliseconds:unix-time [condition=<NX | XX | GT | LT>] FIELDS "
               "fields=(numfields:integer field...)"},
    {.name = "HPEXPIRETIME",
     .handler = hpexpiretime,
     .arity = at_least(4),
     .flags = ReadOnly | Fast,
     .categories = CatHash,
     .keys = key_at(1, KeyRO | KeyAccess),
     .group = Group::Hash,
     .since = "7.4.0",
     .cost = "O(N) where N is the number of fields that are named.",
     .summary = "Returns the expiry of fields of a hash as a Unix time in milliseconds.",
     .syntax = "key FIELDS fields=(numfields:integer field...)"},
    {.name = "HPTTL",
     .handler = hpttl,
     .arity = at_least(4),
     .flags = ReadOnly | Fast,
     .categories = CatHash,
     .keys = key_at(1, KeyRO | KeyAccess),
     .group = Group::Hash,
     .since = "7.4.0",
     .cost = "O(N) where N is the number of fields that are named.",
     .summary = "Returns how long fields of a hash have to live, in milliseconds.",
     .syntax = "key FIELDS fields=(numfields:integer field...)",
     .tips = "nondeterministic_output"},
    {.name = "HSETEX",
     .handler = hsetex,
     .arity = at_least(5),
     .flags = Write | DenyOom | Fast,
     .categories = CatHash,
     .keys = key_at(1, KeyRW | KeyUpdate),
     .group = Group::Hash,
     .since = "8.0.0",
     .cost = "O(N) where N is the number of fields that are named.",
     .summary = "Sets the values of fields of a hash and their expiry.",
     .syntax = "key [condition=<FNX | FXX>] [expiration=<EX seconds:integer | PX milliseconds:integer | EXAT "
               "unix-time-seconds:unix-time | PXAT unix-time-milliseconds:unix-time | KEEPTTL>] FIELDS "
               "fields=(numfields:integer data=(field value)...)"},
    {.name = "HTTL",
     .handler = httl,
     .arity = at_least(4),
     .flags = ReadOnly | Fast,
     .categories = CatHash,
     .keys = key_at(1, KeyRO | KeyAccess),
     .group = Group::Hash,
     .since = "7.4.0",
     .cost = "O(N) where N is the number of fields that are named.",
     .summary = "Returns how long fields of a hash have to live, in seconds.",
     .syntax = "key FIELDS fields=(numfields:integer field...)",
     .tips = "nondeterministic_output"},
};
static_assert(well_formed(kCommands));

}  // namespace

std::span<const CommandSpec> hash_expiry_commands() {
    return kCommands;
}

}  // namespace pongo

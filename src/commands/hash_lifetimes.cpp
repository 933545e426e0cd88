#include <string>
#include <vector>

#include "commands/hash_handlers.h"
#include "commands/reply_elements.h"

namespace pongo::hashes {
namespace {

constexpr std::string_view kTwoConditions = "ERR Only one of FXX or FNX arguments can be specified";
constexpr std::string_view kTwoExpiries =
    "ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified";

void reply_with_nulls(Call& call, std::size_t count) {
    call.reply().array(count);
    for (; count > 0; --count) call.reply().null();
}

// One of EX, PX, EXAT and PXAT, with its number.
struct Lifetime {
    std::string_view word;
    ExpiryForm form;
};
constexpr Lifetime kLifetimes[] = {
    {"EX", kExpireInSeconds},
    {"PX", kExpireInMilliseconds},
    {"EXAT", kExpireAtSeconds},
    {"PXAT", kExpireAtMilliseconds},
};

// nullptr if none of the words comes next.
const Lifetime* accept_lifetime(Args& args) {
    for (const Lifetime& lifetime : kLifetimes) {
        if (args.accept(lifetime.word)) return &lifetime;
    }
    return nullptr;
}

struct SetOptions {
    bool if_none = false;  // FNX
    bool if_all = false;   // FXX
    FieldExpiry expiry = FieldExpiry::Cleared;
    std::optional<std::int64_t> at_ms;
    std::span<const std::string_view> fields;  // Names and values.
};

SetOptions read_set_options(Call& call) {
    SetOptions options;
    Args args(call, 2);
    while (args.more() && !equals_ignore_case(args.peek(), "FIELDS")) {
        const bool has_expiry = options.at_ms || options.expiry == FieldExpiry::Kept;
        if (args.accept("FNX")) {
            if (options.if_none || options.if_all) call.fail(kTwoConditions);
            options.if_none = true;
        } else if (args.accept("FXX")) {
            if (options.if_none || options.if_all) call.fail(kTwoConditions);
            options.if_all = true;
        } else if (args.accept("KEEPTTL")) {
            if (has_expiry) call.fail(kTwoExpiries);
            options.expiry = FieldExpiry::Kept;
        } else if (const Lifetime* const lifetime = accept_lifetime(args)) {
            if (has_expiry) call.fail(kTwoExpiries);
            options.at_ms = read_field_time(call, args.next(), lifetime->form);
        } else {
            call.fail("ERR unknown argument: " + std::string(until_nul(args.next())));
        }
    }
    if (!call.failed() && !args.more()) call.fail("ERR missing FIELDS argument");
    if (!call.failed() && args.left() < 4) call.fail_arity();
    options.fields = read_fields(args, call, "ERR invalid number of fields", 2);
    return options;
}

bool condition_met(const SetOptions& options, const Writable<Hash>& entry) {
    if (!options.if_none && !options.if_all) return true;
    for (std::size_t i = 0; i < options.fields.size(); i += 2) {
        const bool is_there = entry && entry.value().find(options.fields[i]);
        if (options.if_none ? is_there : !is_there) return false;
    }
    return true;
}

void propagate_set(Call& call, const WriteEntry& entry, const SetOptions& options,
                   std::span<const std::string_view> names) {
    if (is_over(call, *options.at_ms)) return propagate_removal(call, entry, names);
    const std::string digits = std::to_string(*options.at_ms);
    const std::string count = std::to_string(names.size());
    std::vector<std::string_view> args{"HSETEX", entry.key(), "PXAT", digits, "FIELDS", count};
    args.insert(args.end(), options.fields.begin(), options.fields.end());
    call.propagate_as(args);
}

// What HGETEX is to do to the expiry of the fields that it reads.
struct GetOptions {
    std::optional<std::int64_t> at_ms;
    bool persist = false;
    std::span<const std::string_view> names;
};

GetOptions read_get_options(Call& call) {
    GetOptions options;
    Args args(call, 2);
    options.persist = args.accept("PERSIST");
    const Lifetime* const lifetime = options.persist ? nullptr : accept_lifetime(args);
    if (lifetime) options.at_ms = read_field_time(call, args.next(), lifetime->form);
    options.names = read_fields(args, call, kFieldsNotPositive);
    return options;
}

}  // namespace

void hgetex(Call& call) {
    auto entry = call.find_for_write<Hash>(call.arg(1));
    if (call.failed()) return;
    const GetOptions options = read_get_options(call);
    if (call.failed()) return;
    if (!entry) return reply_with_nulls(call, options.names.size());

    call.reply().array(options.names.size());
    EditedHash hash(call, entry);
    std::vector<std::string_view> changed;
    for (const std::string_view name : options.names) {
        const auto value = hash.value().find(name);
        reply_with(call.reply(), value);
        if (!value) continue;
        if (options.persist) {
            if (hash->clear_expiry(name)) changed.push_back(name);
        } else if (options.at_ms) {
            give_expiry(call, hash, name, *options.at_ms);
            changed.push_back(name);
        }
    }
    if (changed.empty()) return;
    if (options.at_ms) return note_expiry(call, entry, changed, *options.at_ms);
    entry.changed("hpersist", EventClass::Hash, changed.size());
    propagate_fields(call, {"HPERSIST", entry.key()}, changed);
}

void hsetex(Call& call) {
    const SetOptions options = read_set_options(call);
    if (call.failed()) return;
    auto entry = call.find_for_write<Hash>(call.arg(1));
    if (call.failed()) return;
    if (!condition_met(options, entry)) return call.reply().integer(0);

    if (!entry) call.keys().put(entry, Hash::empty(), std::nullopt);
    EditedHash hash(call, entry);
    std::vector<std::string_view> names;
    for (std::size_t i = 0; i < options.fields.size(); i += 2) {
        hash->put(options.fields[i], options.fields[i + 1], options.expiry);
        names.push_back(options.fields[i]);
    }
    entry.changed("hset", EventClass::Hash, names.size());
    if (options.at_ms) {
        for (const std::string_view name : names) give_expiry(call, hash, name, *options.at_ms);
        entry.also(expiry_event(call, *options.at_ms), EventClass::Hash);
        propagate_set(call, entry, options, names);
    }

    call.reply().integer(1);
}

void hgetdel(Call& call) {
    auto entry = call.find_for_write<Hash>(call.arg(1));
    if (call.failed()) return;
    Args args(call, 2);
    const auto names = read_fields(args, call, kFieldsNotPositive);
    if (call.failed()) return;
    if (!entry) return reply_with_nulls(call, names.size());

    call.reply().array(names.size());
    EditedHash hash(call, entry);
    std::vector<std::string_view> removed;
    for (const std::string_view name : names) {
        const auto value = hash.value().find(name);
        reply_with(call.reply(), value);
        if (value && hash->erase(name)) removed.push_back(name);
    }
    if (removed.empty()) return;
    entry.changed("hdel", EventClass::Hash, removed.size());
    propagate_removal(call, entry, removed);
}

}  // namespace pongo::hashes

#include "base/numbers.h"
#include "commands/expiry_options.h"
#include "commands/string_handlers.h"
#include "engine/args.h"

namespace pongo::strings {
namespace {

enum class Condition : std::uint8_t { None, IfMissing, IfPresent };

struct SetOptions {
    Condition condition = Condition::None;
    bool reply_old_value = false;
    bool keep_expiry = false;
    std::optional<std::int64_t> expires_at_ms = std::nullopt;
};

// Takes the next option; false if there is none that may stand here.
bool accept_option(Args& args, SetOptions& options, ExpiryOption& expiry) {
    if (options.condition != Condition::IfPresent && args.accept("NX")) {
        options.condition = Condition::IfMissing;
    } else if (options.condition != Condition::IfMissing && args.accept("XX")) {
        options.condition = Condition::IfPresent;
    } else if (args.accept("GET")) {
        options.reply_old_value = true;
    } else if (!expiry && args.accept("KEEPTTL")) {
        options.keep_expiry = true;
    } else {
        return !options.keep_expiry && expiry.accept(args);
    }
    return true;
}

SetOptions read_options(Call& call, std::size_t first) {
    SetOptions options;
    ExpiryOption expiry;
    Args args(call, first);
    while (args.more()) {
        if (!accept_option(args, options, expiry)) args.reject();
    }
    if (!call.failed()) options.expires_at_ms = expiry.read(call);
    return options;
}

bool holds(Condition condition, const WriteEntry& entry) {
    return condition == Condition::None || (condition == Condition::IfPresent) == static_cast<bool>(entry);
}

void propagate_set(Call& call, std::string_view value, const SetOptions& options) {
    if (!call.propagating()) return;
    if (options.expires_at_ms) {
        char digits[kMaxInt64Digits];
        const std::size_t size = format_int64(*options.expires_at_ms, digits);
        call.propagate_as({"SET", call.arg(1), value, "PXAT", {digits, size}});
    } else if (options.reply_old_value && options.keep_expiry) {
        call.propagate_as({"SET", call.arg(1), value, "KEEPTTL"});
    } else if (options.reply_old_value) {
        call.propagate_as({"SET", call.arg(1), value});
    }
}

// Gives the key the value that stands at `value_index`. False if the condition does not hold.
bool set_if(Call& call, std::size_t value_index, const SetOptions& options) {
    WriteEntry entry = call.keys().find_for_write(call.arg(1));
    if (!holds(options.condition, entry)) return false;

    const auto expiry = options.keep_expiry && entry ? entry.expires_at_ms() : options.expires_at_ms;
    call.keys().put(entry, call.string_payload(value_index), expiry);
    entry.changed("set", EventClass::String);
    if (options.expires_at_ms) entry.also("expire", EventClass::Generic);
    propagate_set(call, call.arg(value_index), options);
    return true;
}

void set_with_lifetime(Call& call, ExpiryForm form) {
    const std::int64_t expires_at_ms = read_expiry(call, call.arg(2), form);
    if (call.failed()) return;

    set_if(call, 3, {.expires_at_ms = expires_at_ms});
    call.reply().ok();
}

void set_pairs(Call& call) {
    for (std::size_t i = 1; i < call.argc(); i += 2) {
        WriteEntry entry = call.keys().put(call.arg(i), call.string_payload(i + 1), std::nullopt);
        entry.changed("set", EventClass::String);
    }
}

bool arguments_are_pairs(Call& call) {
    if (call.argc() % 2 == 0) call.fail_arity();
    return !call.failed();
}

}  // namespace

void set(Call& call) {
    SetOptions options;
    if (call.argc() > 3) options = read_options(call, 3);
    if (call.failed()) return;
    if (options.reply_old_value && !reply_with_value_of(call, call.arg(1))) return;

    const bool done = set_if(call, 2, options);

    if (options.reply_old_value) return;
    if (done) {
        call.reply().ok();
    } else {
        call.reply().null();
    }
}

void setex(Call& call) {
    set_with_lifetime(call, kExpireInSeconds);
}

void psetex(Call& call) {
    set_with_lifetime(call, kExpireInMilliseconds);
}

void setnx(Call& call) {
    call.reply().integer(set_if(call, 2, {.condition = Condition::IfMissing}) ? 1 : 0);
}

void getset(Call& call) {
    if (!reply_with_value_of(call, call.arg(1))) return;

    set_if(call, 2, {.reply_old_value = true});
}

void mset(Call& call) {
    if (!arguments_are_pairs(call)) return;

    set_pairs(call);
    call.reply().ok();
}

void msetnx(Call& call) {
    if (!arguments_are_pairs(call)) return;

    for (std::size_t i = 1; i < call.argc(); i += 2) {
        if (call.keys().find_for_write(call.arg(i))) return call.reply().integer(0);
    }
    set_pairs(call);
    call.reply().integer(1);
}

}  // namespace pongo::strings

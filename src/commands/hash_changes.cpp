#include <array>
#include <cmath>

#include "commands/float_sum.h"
#include "commands/hash_handlers.h"

namespace pongo::hashes {
namespace {

// Puts the fields and values that begin at arg(2); returns how many fields are new.
std::int64_t put_all(Call& call, WriteEntry& entry) {
    if (!entry) call.keys().put(entry, Hash::empty(), std::nullopt);
    EditedHash hash(call, entry);
    std::int64_t added = 0;
    for (std::size_t i = 2; i < call.argc(); i += 2) added += hash->put(call.arg(i), call.arg(i + 1));
    entry.changed("hset", EventClass::Hash, (call.argc() - 2) / 2);
    return added;
}

// A counter keeps the expiry of its field.
void put_one(Call& call, WriteEntry& entry, std::string_view value, std::string_view event) {
    if (!entry) call.keys().put(entry, Hash::empty(), std::nullopt);
    EditedHash(call, entry)->put(call.arg(2), value, FieldExpiry::Kept);
    entry.changed(event, EventClass::Hash);
}

}  // namespace

void hset(Call& call) {
    if (call.argc() % 2 != 0) return call.fail_arity();
    auto entry = call.find_for_write<Hash>(call.arg(1));
    if (call.failed()) return;

    call.reply().integer(put_all(call, entry));
}

void hmset(Call& call) {
    if (call.argc() % 2 != 0) return call.fail_arity();
    auto entry = call.find_for_write<Hash>(call.arg(1));
    if (call.failed()) return;

    put_all(call, entry);
    call.reply().ok();
}

void hsetnx(Call& call) {
    auto entry = call.find_for_write<Hash>(call.arg(1));
    if (call.failed()) return;
    if (entry && entry.value().find(call.arg(2))) return call.reply().integer(0);

    put_one(call, entry, call.arg(3), "hset");
    call.reply().integer(1);
}

void hdel(Call& call) {
    auto entry = call.find_for_write<Hash>(call.arg(1));
    if (call.failed()) return;
    if (!entry) return call.reply().integer(0);

    EditedHash hash(call, entry);
    std::uint64_t removed = 0;
    for (const std::string_view name : call.args().subspan(2)) removed += hash->erase(name);
    if (removed > 0) entry.changed("hdel", EventClass::Hash, removed);

    call.reply().integer(static_cast<std::int64_t>(removed));
}

void hincrby(Call& call) {
    const std::int64_t increment = Args(call, 3).integer();
    if (call.failed()) return;
    auto entry = call.find_for_write<Hash>(call.arg(1));
    if (call.failed()) return;
    std::int64_t after = 0;
    if (const auto text = entry ? entry.value().find(call.arg(2)) : std::nullopt) {
        const auto before = text->is_integer ? text->integer : parse_int64(text->bytes);
        if (!before) return call.fail("ERR hash value is not an integer");
        after = *before;
    }
    if (__builtin_add_overflow(after, increment, &after)) return call.fail(errors::kOverflow);

    std::array<char, kMaxInt64Digits> digits;
    put_one(call, entry, {digits.data(), format_int64(after, digits.data())}, "hincrby");

    call.reply().integer(after);
}

void hincrbyfloat(Call& call) {
    const auto increment = parse_long_double(call.arg(3));
    if (!increment) return call.fail(errors::kNotFloat);
    if (!std::isfinite(*increment)) return call.fail("ERR value is NaN or Infinity");
    auto entry = call.find_for_write<Hash>(call.arg(1));
    if (call.failed()) return;
    std::optional<long double> before = 0;
    if (const auto text = entry ? entry.value().find(call.arg(2)) : std::nullopt) {
        before = text->is_integer ? static_cast<long double>(text->integer) : parse_long_double(text->bytes);
    }
    if (!before) return call.fail("ERR hash value is not a float");
    const auto after = sum_text(*before, *increment);
    if (!after) return call.fail(errors::kNanOrInfinity);

    put_one(call, entry, *after, "hincrbyfloat");
    if (entry.value().expiry(call.arg(2))) {
        call.propagate_as({"HSETEX", call.arg(1), "KEEPTTL", "FIELDS", "1", call.arg(2), *after});
    } else {
        call.propagate_as({"HSET", call.arg(1), call.arg(2), *after});
    }

    call.reply().bulk(*after);
}

}  // namespace pongo::hashes

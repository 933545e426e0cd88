#include <limits>

#include "commands/float_sum.h"
#include "commands/string_handlers.h"

namespace pongo::strings {
namespace {

std::int64_t read_integer(Call& call, std::size_t index) {
    if (const auto value = parse_int64(call.arg(index))) return *value;
    call.fail(errors::kNotInteger);
    return 0;
}

void add(Call& call, std::int64_t increment) {
    auto entry = call.find_for_write<String>(call.arg(1));
    if (call.failed()) return;
    const auto before = entry ? String::integer_of(entry->payload()) : std::optional<std::int64_t>(0);
    if (!before) return call.fail(errors::kNotInteger);
    std::int64_t after = 0;
    if (__builtin_add_overflow(*before, increment, &after)) return call.fail(errors::kOverflow);

    if (entry) {
        entry.set_value(String::encode(after));
    } else {
        call.keys().put(entry, String::encode(after), std::nullopt);
    }
    entry.changed("incrby", EventClass::String);

    call.reply().integer(after);
}

}  // namespace

void incr(Call& call) {
    add(call, 1);
}

void decr(Call& call) {
    add(call, -1);
}

void incrby(Call& call) {
    const std::int64_t increment = read_integer(call, 2);
    if (!call.failed()) add(call, increment);
}

void decrby(Call& call) {
    const std::int64_t decrement = read_integer(call, 2);
    if (decrement == std::numeric_limits<std::int64_t>::min()) call.fail("ERR decrement would overflow");
    if (!call.failed()) add(call, -decrement);
}

void incrbyfloat(Call& call) {
    auto entry = call.find_for_write<String>(call.arg(1));
    if (call.failed()) return;
    const auto before = entry ? parse_long_double(entry.value().view()) : std::optional<long double>(0);
    const auto increment = parse_long_double(call.arg(2));
    if (!before || !increment) return call.fail(errors::kNotFloat);
    const auto after = sum_text(*before, *increment);
    if (!after) return call.fail(errors::kNanOrInfinity);

    if (entry) {
        entry.set_value(String::encode_text(*after));
    } else {
        call.keys().put(entry, String::encode_text(*after), std::nullopt);
    }
    entry.changed("incrbyfloat", EventClass::String);
    call.propagate_as({"SET", call.arg(1), *after, "KEEPTTL"});

    call.reply().bulk(*after);
}

}  // namespace pongo::strings

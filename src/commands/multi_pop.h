// LMPOP, ZMPOP and the commands that wait: elements from one end of the first value that there is among
// several keys.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "commands/blocking_timeout.h"
#include "engine/args.h"
#include "engine/call.h"

namespace pongo {

// take(key, entry) for the first of the keys that has a value. False if none has; true as well if the call
// has failed.
template <typename T, typename Take>
bool take_from_first(Call& call, std::span<const std::string_view> keys, Take&& take) {
    for (const std::string_view key : keys) {
        if (!call.may_try(key)) continue;
        auto entry = call.find_for_write<T>(key);
        if (call.failed()) return true;
        if (!entry) continue;
        take(key, entry);
        return true;
    }
    return false;
}

// numkeys key... SIDE [COUNT count], behind the timeout of those that wait: `read_side(args)` reads the side.
// `pop(entry, side, count)` replies with up to `count` elements as one reply, takes them away and returns how
// many they were. Copies are told of the pop that it was: its name is word_of(side).
template <typename T, typename ReadSide, typename WordOf, typename Pop>
void pop_from_first(Call& call, ReadSide&& read_side, WordOf&& word_of, Pop&& pop) {
    const bool may_wait = call.command().is(Blocking);
    Args args(call, may_wait ? 2 : 1);
    const auto numkeys = static_cast<std::size_t>(args.at_least(1, "ERR numkeys should be greater than 0"));
    const auto keys = args.take(numkeys);
    const auto side = read_side(args);
    std::uint64_t count = 1;
    if (args.accept("COUNT", 1)) {
        count = static_cast<std::uint64_t>(args.at_least(1, "ERR count should be greater than 0"));
    }
    if (args.more()) args.reject();
    const std::int64_t timeout_ms = may_wait && !call.failed() ? read_timeout_ms(call, call.arg(1)) : 0;
    if (call.failed()) return;

    const bool is_done = take_from_first<T>(call, keys, [&](std::string_view key, auto& entry) {
        call.reply().array(2);
        call.reply().bulk(key);
        const std::uint64_t popped = pop(entry, side, count);
        call.propagate_as({word_of(side), key, std::to_string(popped)});
    });
    if (is_done) return;
    may_wait ? call.wait_for(keys, T::kType, timeout_ms) : call.reply().null_array();
}

// key... timeout, as BLPOP has them: pop(key, entry) replies with one element and takes it away. Copies are
// told of the pop that it was, whose name is `word`.
template <typename T, typename Pop>
void pop_one_or_wait(Call& call, std::string_view word, Pop&& pop) {
    const auto keys = call.args().subspan(1, call.argc() - 2);
    const std::int64_t timeout_ms = read_timeout_ms(call, call.args().back());
    if (call.failed()) return;

    const bool is_done = take_from_first<T>(call, keys, [&](std::string_view key, auto& entry) {
        pop(key, entry);
        call.propagate_as({word, key});
    });
    if (!is_done) call.wait_for(keys, T::kType, timeout_ms);
}

}  // namespace pongo

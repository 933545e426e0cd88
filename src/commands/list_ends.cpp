#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "commands/blocking_timeout.h"
#include "commands/list_handlers.h"
#include "commands/multi_pop.h"
#include "commands/reply_elements.h"

namespace pongo::lists {
namespace {

std::string_view word_of_pop(Side side) {
    return side == Side::Left ? "LPOP" : "RPOP";
}

std::string word_of_push(Side side) {
    return side == Side::Left ? "LPUSH" : "RPUSH";
}

List::Cursor at_end(const List& list, Side side) {
    return side == Side::Left ? list.begin() : list.previous(list.end());
}

void push_one(ListEditor& list, Side side, std::string_view text) {
    side == Side::Left ? list.push_front(text) : list.push_back(text);
}

void push(Call& call, Side side, bool only_if_there) {
    if (std::ranges::any_of(call.args().subspan(2), is_too_large)) return call.fail(kElementTooLarge);
    auto entry = call.find_for_write<List>(call.arg(1));
    if (call.failed()) return;
    if (!entry && only_if_there) return call.reply().integer(0);

    if (!entry) call.keys().put(entry, List::empty(), std::nullopt);
    HeldValue held(entry);
    const BlockLimits limits = limits_of(call);
    ListEditor list(held, limits);
    for (const std::string_view text : call.args().subspan(2)) push_one(list, side, text);
    entry.changed(push_event(side), EventClass::List, call.argc() - 2);

    call.reply().integer(static_cast<std::int64_t>(list.list().size()));
}

// The command that brings back what is popped: what went last comes first.
std::vector<std::string> push_of(const List& list, std::string_view key, Side side, std::uint64_t count) {
    std::vector<std::string> args = {word_of_push(side), std::string(key)};
    List::Cursor at = side == Side::Left ? list.begin() : list.end();
    for (std::uint64_t i = 0; i < count; ++i) {
        if (side == Side::Right) at = list.previous(at);
        args.push_back(list[at].to_string());
        if (side == Side::Left) at = list.next(at);
    }
    std::reverse(args.begin() + 2, args.end());
    return args;
}

// Replies with an array of up to `count` elements, the one at the end first, and takes them away.
std::uint64_t pop_several(Call& call, Writable<List>& entry, Side side, std::uint64_t count) {
    const List list = entry.value();
    const std::uint64_t popped = std::min(count, list.size());
    call.reply().array(popped);
    List::Cursor at = side == Side::Left ? list.begin() : list.end();
    for (std::uint64_t i = 0; i < popped; ++i) {
        if (side == Side::Right) at = list.previous(at);
        reply_with(call.reply(), list[at]);
        if (side == Side::Left) at = list.next(at);
    }
    call.undo_with([&] { return push_of(list, entry.key(), side, popped); });

    HeldValue held(entry);
    const BlockLimits limits = limits_of(call);
    ListEditor(held, limits).erase(side == Side::Left ? list.begin() : at, popped);
    entry.changed(pop_event(side), EventClass::List, popped);
    return popped;
}

void pop_one(Call& call, Writable<List>& entry, Side side) {
    const List list = entry.value();
    const List::Cursor at = at_end(list, side);
    reply_with(call.reply(), list[at]);
    HeldValue held(entry);
    const BlockLimits limits = limits_of(call);
    ListEditor(held, limits).erase(at);
    entry.changed(pop_event(side), EventClass::List);
}

void pop(Call& call, Side side) {
    if (call.argc() > 3) return call.fail_arity();
    std::optional<std::uint64_t> count;
    if (call.argc() == 3) {
        count = Args(call, 2).at_least(0, errors::kOutOfRangePositive);
    }
    if (call.failed()) return;

    auto entry = call.find_for_write<List>(call.arg(1));
    if (call.failed()) return;
    if (!entry) return count ? call.reply().null_array() : call.reply().null();
    if (count == 0U) return call.reply().array(0);
    if (count) {
        pop_several(call, entry, side, *count);
    } else {
        pop_one(call, entry, side);
    }
}

// BLPOP and BRPOP.
void pop_or_wait(Call& call, Side side) {
    pop_one_or_wait<List>(call, word_of_pop(side), [&](std::string_view key, auto& entry) {
        call.reply().array(2);
        call.reply().bulk(key);
        call.undo_with([&] { return push_of(entry.value(), key, side, 1); });
        pop_one(call, entry, side);
    });
}

// Within one list the element goes from one end to the other.
void rotate(Call& call, Writable<List>& entry, Side from, Side to) {
    const std::string text = entry.value()[at_end(entry.value(), from)].to_string();
    call.reply().bulk(text);

    HeldValue held(entry);
    const BlockLimits limits = limits_of(call);
    ListEditor list(held, limits);
    list.erase(at_end(list.list(), from));
    push_one(list, to, text);
    entry.changed(push_event(to), EventClass::List);
    entry.also(pop_event(from), EventClass::List);
}

// False if there is nothing to move; then it has not replied.
bool move(Call& call, Side from, Side to) {
    auto source = call.find_for_write<List>(call.arg(1));
    if (call.failed()) return true;
    if (!source) return false;
    if (call.arg(1) == call.arg(2)) {
        rotate(call, source, from, to);
        return true;
    }
    auto target = call.find_for_write<List>(call.arg(2));
    if (call.failed()) return true;

    const List::Cursor at = at_end(source.value(), from);
    std::array<char, kMaxInt64Digits> digits;
    const Listpack::Element element = source.value()[at];
    const BlockLimits limits = limits_of(call);
    if (!target) call.keys().put(target, List::empty(), std::nullopt);
    HeldValue target_held(target);
    ListEditor target_list(target_held, limits);
    push_one(target_list, to, element.text(digits));
    target.changed(push_event(to), EventClass::List);
    reply_with(call.reply(), element);

    HeldValue source_held(source);
    ListEditor(source_held, limits).erase(at);
    source.changed(pop_event(from), EventClass::List, 0);
    return true;
}

void move_or_wait(Call& call, Side from, Side to, std::size_t timeout) {
    const std::int64_t timeout_ms = read_timeout_ms(call, call.arg(timeout));
    if (call.failed()) return;
    if (move(call, from, to)) {
        call.propagate_as({"LMOVE", call.arg(1), call.arg(2), name_of(from), name_of(to)});
    } else if (call.session().must_not_block) {
        call.reply().null();
    } else {
        call.wait_for(call.args().subspan(1, 1), Type::List, timeout_ms);
    }
}

}  // namespace

Side read_side(Args& args) {
    if (args.accept("LEFT")) return Side::Left;
    if (!args.accept("RIGHT")) args.reject();
    return Side::Right;
}

void lpush(Call& call) {
    push(call, Side::Left, false);
}

void rpush(Call& call) {
    push(call, Side::Right, false);
}

void lpushx(Call& call) {
    push(call, Side::Left, true);
}

void rpushx(Call& call) {
    push(call, Side::Right, true);
}

void lpop(Call& call) {
    pop(call, Side::Left);
}

void rpop(Call& call) {
    pop(call, Side::Right);
}

void lmpop(Call& call) {
    pop_from_first<List>(call, read_side, word_of_pop, [&](auto& entry, Side side, std::uint64_t count) {
        return pop_several(call, entry, side, count);
    });
}

void lmove(Call& call) {
    Args args(call, 3);
    const Side from = read_side(args);
    const Side to = read_side(args);
    if (!call.failed() && !move(call, from, to)) call.reply().null();
}

void rpoplpush(Call& call) {
    if (!move(call, Side::Right, Side::Left)) call.reply().null();
}

void blpop(Call& call) {
    pop_or_wait(call, Side::Left);
}

void brpop(Call& call) {
    pop_or_wait(call, Side::Right);
}

void blmove(Call& call) {
    Args args(call, 3);
    const Side from = read_side(args);
    const Side to = read_side(args);
    if (!call.failed()) move_or_wait(call, from, to, 5);
}

void brpoplpush(Call& call) {
    move_or_wait(call, Side::Right, Side::Left, 3);
}

}  // namespace pongo::lists

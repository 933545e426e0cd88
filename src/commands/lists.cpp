#include "commands/families.h"
#include "commands/index_range.h"
#include "commands/list_handlers.h"
#include "commands/reply_elements.h"

namespace pongo {
namespace {

using namespace lists;  // The handlers that stand in files of their own.

void lindex(Call& call) {
    const auto list = call.find<List>(call.arg(1));
    if (call.failed()) return;
    if (!list) return call.reply().null();
    const std::int64_t index = Args(call, 2).integer();
    if (call.failed()) return;

    const List::Cursor at = list->seek(index);
    at == list->end() ? call.reply().null() : reply_with(call.reply(), (*list)[at]);
}

void llen(Call& call) {
    const auto list = call.find<List>(call.arg(1));
    call.reply().integer(list ? static_cast<std::int64_t>(list->size()) : 0);
}

void lrange(Call& call) {
    Args args(call, 2);
    const std::int64_t first = args.integer();
    const std::int64_t last = args.integer();
    if (call.failed()) return;

    const auto list = call.find<List>(call.arg(1));
    if (!list) return call.reply().array(0);
    const IndexRange range = index_range(list->size(), first, last);
    call.reply().array(range.count);
    if (range.count == 0) return;
    list->for_each_from(list->seek(static_cast<std::int64_t>(range.first)), range.count,
                        [&](const List::Element& element) { reply_with(call.reply(), element); });
}

void lset(Call& call) {
    if (is_too_large(call.arg(3))) return call.fail(kElementTooLarge);
    auto entry = call.find_for_write<List>(call.arg(1));
    if (call.failed()) return;
    if (!entry) return call.fail(errors::kNoSuchKey);
    const std::int64_t index = Args(call, 2).integer();
    if (call.failed()) return;
    const List::Cursor at = entry.value().seek(index);
    if (at == entry.value().end()) return call.fail("ERR index out of range");

    HeldValue held(entry);
    const BlockLimits limits = limits_of(call);
    ListEditor(held, limits).replace(at, call.arg(3));
    entry.changed("lset", EventClass::List);

    call.reply().ok();
}

void ltrim(Call& call) {
    Args args(call, 2);
    const std::int64_t first = args.integer();
    const std::int64_t last = args.integer();
    if (call.failed()) return;
    auto entry = call.find_for_write<List>(call.arg(1));
    if (call.failed()) return;
    if (!entry) return call.reply().ok();

    const std::uint64_t size = entry.value().size();
    const IndexRange kept = index_range(size, first, last);
    HeldValue held(entry);
    const BlockLimits limits = limits_of(call);
    ListEditor editor(held, limits);
    const std::uint64_t end = kept.count == 0 ? 0 : kept.first + kept.count;
    if (end < size) editor.erase(editor.list().seek(static_cast<std::int64_t>(end)), size - end);
    if (kept.count > 0 && kept.first > 0) editor.erase(editor.list().begin(), kept.first);
    entry.changed("ltrim", EventClass::List, size - kept.count);

    call.reply().ok();
}

constexpr Change kHistoryOfLpop[] = {{"6.2.0", "The argument `count`."}};
constexpr Change kHistoryOfLpush[] = {{"2.4.0", "Several elements at once."}};
constexpr Change kHistoryOfLpushx[] = {{"4.0.0", "Several elements at once."}};
constexpr Change kHistoryOfRpop[] = {{"6.2.0", "The argument `count`."}};
constexpr Change kHistoryOfRpush[] = {{"2.4.0", "Several elements at once."}};
constexpr Change kHistoryOfRpushx[] = {{"4.0.0", "Several elements at once."}};

constexpr Change kHistoryOfTimeout[] = {{"6.0.0", "The timeout may have a fraction."}};

constexpr CommandSpec kCommands[] = {
    {.name = "BLMOVE",
     .handler = blmove,
     .arity = exactly(5),
     .flags = Write | DenyOom | NoScript | Blocking,
     .categories = CatList,
     .keys = {key_at(1, KeyRW | KeyAccess | KeyDelete), key_at(2, KeyRW | KeyInsert)},
     .group = Group::List,
     .since = "6.2.0",
     .cost = "O(1)",
     .summary = "Moves an element from one end of a list to one of another list and returns it; waits for "
                "one if there is none.",
     .syntax =
         "source:key#0 destination:key#1 wherefrom=<LEFT | RIGHT> whereto=<LEFT | RIGHT> timeout:double"},
    {.name = "BLMPOP",
     .handler = lmpop,
     .arity = at_least(4),
     .flags = Write | Blocking,
     .categories = CatList,
     .keys = counted_keys(2, KeyRW | KeyAccess | KeyDelete),
     .group = Group::List,
     .since = "7.0.0",
     .cost = "O(N+M) where N is the number of keys and M how many elements are returned.",
     .summary = "Takes elements from one end of the first list that there is among some keys; waits for one "
                "if there is none.",
     .syntax = "timeout:double numkeys:integer key#0... where=<LEFT | RIGHT> [COUNT count:integer]"},
    {.name = "BLPOP",
     .handler = blpop,
     .arity = at_least(2),
     .flags = Write | NoScript | Blocking,
     .categories = CatList,
     .keys = keys_from(1, -2, 1, KeyRW | KeyAccess | KeyDelete),
     .group = Group::List,
     .since = "2.0.0",
     .cost = "O(N) where N is the number of keys.",
     .summary = "Takes the first element of the first list that there is among some keys; waits for one if "
                "there is none.",
     .syntax = "key#0... timeout:double",
     .history = kHistoryOfTimeout},
    {.name = "BRPOP",
     .handler = brpop,
     .arity = at_least(2),
     .flags = Write | NoScript | Blocking,
     .categories = CatList,
     .keys = keys_from(1, -2, 1, KeyRW | KeyAccess | KeyDelete),
     .group = Group::List,
     .since = "2.0.0",
     .cost = "O(N) where N is the number of keys.",
     .summary = "Takes the last element of the first list that there is among some keys; waits for one if "
                "there is none.",
     .syntax = "key#0... timeout:double",
     .history = kHistoryOfTimeout},
    {.name = "BRPOPLPUSH",
     .handler = brpoplpush,
     .arity = exactly(3),
     .flags = Write | DenyOom | NoScript | Blocking,
     .categories = CatList,
     .keys = {key_at(1, KeyRW | KeyAccess | KeyDelete), key_at(2, KeyRW | KeyInsert)},
     .group = Group::List,
     .since = "2.2.0",
     .cost = "O(1)",
     .summary = "Moves the last element of a list to the front of another and returns it; waits for one if "
                "there is none.",
     .syntax = "source:key#0 destination:key#1 timeout:double",
     .deprecated_since = "6.2.0",
     .replaced_by = "`BLMOVE` with the `RIGHT` and `LEFT` arguments",
     .history = kHistoryOfTimeout},
    {.name = "LINDEX",
     .handler = lindex,
     .arity = exactly(2),
     .flags = ReadOnly,
     .categories = CatList,
     .keys = key_at(1, KeyRO | KeyAccess),
     .group = Group::List,
     .since = "1.0.0",
     .cost = "O(N) where N is the number of elements on the way there from the nearer end.",
     .summary = "Returns an element of a list by its index; negative ones count from the end.",
     .syntax = "key index:integer"},
    {.name = "LINSERT",
     .handler = linsert,
     .arity = exactly(4),
     .flags = Write | DenyOom,
     .categories = CatList,
     .keys = key_at(1, KeyRW | KeyInsert),
     .group = Group::List,
     .since = "2.2.0",
     .cost = "O(N) where N is the number of elements in front of the pivot.",
     .summary = "Inserts an element before or after another one of a list.",
     .syntax = "key where=<BEFORE | AFTER> pivot element"},
    {.name = "LLEN",
     .handler = llen,
     .arity = exactly(1),
     .flags = ReadOnly | Fast,
     .categories = CatList,
     .keys = key_at(1, KeyRO),
     .group = Group::List,
     .since = "1.0.0",
     .cost = "O(1)",
     .summary = "Returns how many elements a list has.",
     .syntax = "key"},
    {.name = "LMOVE",
     .handler = lmove,
     .arity = exactly(4),
     .flags = Write | DenyOom,
     .categories = CatList,
     .keys = {key_at(1, KeyRW | KeyAccess | KeyDelete), key_at(2, KeyRW | KeyInsert)},
     .group = Group::List,
     .since = "6.2.0",
     .cost = "O(1)",
     .summary = "Takes an element from an end of a list, puts it on an end of another one and returns it.",
     .syntax = "source:key destination:key wherefrom=<LEFT | RIGHT> whereto=<LEFT | RIGHT>"},
    {.name = "LMPOP",
     .handler = lmpop,
     .arity = at_least(3),
     .flags = Write,
     .categories = CatList,
     .keys = counted_keys(1, KeyRW | KeyAccess | KeyDelete),
     .group = Group::List,
     .since = "7.0.0",
     .cost = "O(N+M) where N is the number of keys and M the number of elements that are returned.",
     .summary = "Takes elements from an end of the first list that there is among several keys.",
     .syntax = "numkeys:integer key... where=<LEFT | RIGHT> [COUNT count:integer]"},
    {.name = "LPOP",
     .handler = lpop,
     .arity = at_least(1),
     .flags = Write | Fast,
     .categories = CatList,
     .keys = key_at(1, KeyRW | KeyAccess | KeyDelete),
     .group = Group::List,
     .since = "1.0.0",
     .cost = "O(N) where N is the number of elements that are returned.",
     .summary = "Takes the first elements from a list and returns them.",
     .syntax = "key [count:integer@6.2.0]",
     .history = kHistoryOfLpop},
    {.name = "LPOS",
     .handler = lpos,
     .arity = at_least(2),
     .flags = ReadOnly,
     .categories = CatList,
     .keys = key_at(1, KeyRO | KeyAccess),
     .group = Group::List,
     .since = "6.0.6",
     .cost = "O(N) where N is the number of elements that are looked at.",
     .summary = "Returns the indexes at which a list has an element.",
     .syntax = "key element [RANK rank:integer] [COUNT num-matches:integer] [MAXLEN len:integer]"},
    {.name = "LPUSH",
     .handler = lpush,
     .arity = at_least(2),
     .flags = Write | DenyOom | Fast,
     .categories = CatList,
     .keys = key_at(1, KeyRW | KeyInsert),
     .group = Group::List,
     .since = "1.0.0",
     .cost = "O(1) for each element.",
     .summary = "Puts elements in front of a list, which is made if it is not there.",
     .syntax = "key element...",
     .history = kHistoryOfLpush},
    {.name = "LPUSHX",
     .handler = lpushx,
     .arity = at_least(2),
     .flags = Write | DenyOom | Fast,
     .categories = CatList,
     .keys = key_at(1, KeyRW | KeyInsert),
     .group = Group::List,
     .since = "2.2.0",
     .cost = "O(1) for each element.",
     .summary = "Puts elements in front of a list, if it is there.",
     .syntax = "key element...",
     .history = kHistoryOfLpushx},
    {.name = "LRANGE",
     .handler = lrange,
     .arity = exactly(3),
     .flags = ReadOnly,
     .categories = CatList,
     .keys = key_at(1, KeyRO | KeyAccess),
     .group = Group::List,
     .since = "1.0.0",
     .cost = "O(S+N) where S is the distance of the range from the nearer end and N its length.",
     .summary = "Returns a range of a list's elements.",
     .syntax = "key start:integer stop:integer"},
    {.name = "LREM",
     .handler = lrem,
     .arity = exactly(3),
     .flags = Write,
     .categories = CatList,
     .keys = key_at(1, KeyRW | KeyDelete),
     .group = Group::List,
     .since = "1.0.0",
     .cost = "O(N) where N is the length of the list.",
     .summary = "Removes elements from a list that equal a given one.",
     .syntax = "key count:integer element"},
    {.name = "LSET",
     .handler = lset,
     .arity = exactly(3),
     .flags = Write | DenyOom,
     .categories = CatList,
     .keys = key_at(1, KeyRW | KeyUpdate),
     .group = Group::List,
     .since = "1.0.0",
     .cost = "O(N) where N is the number of elements on the way there from the nearer end.",
     .summary = "Replaces an element of a list by its index.",
     .syntax = "key index:integer element"},
    {.name = "LTRIM",
     .handler = ltrim,
     .arity = exactly(3),
     .flags = Write,
     .categories = CatList,
     .keys = key_at(1, KeyRW | KeyDelete),
     .group = Group::List,
     .since = "1.0.0",
     .cost = "O(N) where N is the number of elements that are removed.",
     .summary = "Removes all of a list but a range of it.",
     .syntax = "key start:integer stop:integer"},
    {.name = "RPOP",
     .handler = rpop,
     .arity = at_least(1),
     .flags = Write | Fast,
     .categories = CatList,
     .keys = key_at(1, KeyRW | KeyAccess | KeyDelete),
     .group = Group::List,
     .since = "1.0.0",
     .cost = "O(N) where N is the number of elements that are returned.",
     .summary = "Takes the last elements from a list and returns them.",
     .syntax = "key [count:integer@6.2.0]",
     .history = kHistoryOfRpop},
    {.name = "RPOPLPUSH",
     .handler = rpoplpush,
     .arity = exactly(2),
     .flags = Write | DenyOom,
     .categories = CatList,
     .keys = {key_at(1, KeyRW | KeyAccess | KeyDelete), key_at(2, KeyRW | KeyInsert)},
     .group = Group::List,
     .since = "1.2.0",
     .cost = "O(1)",
     .summary = "Takes the last element from a list, puts it in front of another one and returns it.",
     .syntax = "source:key destination:key",
     .deprecated_since = "6.2.0",
     .replaced_by = "`LMOVE` with the `RIGHT` and `LEFT` arguments"},
    {.name = "RPUSH",
     .handler = rpush,
     .arity = at_least(2),
     .flags = Write | DenyOom | Fast,
     .categories = CatList,
     .keys = key_at(1, KeyRW | KeyInsert),
     .group = Group::List,
     .since = "1.0.0",
     .cost = "O(1) for each element.",
     .summary = "Puts elements behind a list, which is made if it is not there.",
     .syntax = "key element...",
     .history = kHistoryOfRpush},
    {.name = "RPUSHX",
     .handler = rpushx,
     .arity = at_least(2),
     .flags = Write | DenyOom | Fast,
     .categories = CatList,
     .keys = key_at(1, KeyRW | KeyInsert),
     .group = Group::List,
     .since = "2.2.0",
     .cost = "O(1) for each element.",
     .summary = "Puts elements behind a list, if it is there.",
     .syntax = "key element...",
     .history = kHistoryOfRpushx},
};
static_assert(well_formed(kCommands));

}  // namespace

std::span<const CommandSpec> list_commands() {
    return kCommands;
}

}  // namespace pongo

#include <optional>
#include <string_view>

#include "base/numbers.h"
#include "commands/list_handlers.h"

namespace pongo::lists {
namespace {

// A text to look for, which elements may hold as a number.
class Wanted {
  public:
    explicit Wanted(std::string_view text) : text_(text), number_(parse_int64(text)) {}
    bool is(const Listpack::Element& element) const { return element.equals(text_, number_); }

  private:
    std::string_view text_;
    std::optional<std::int64_t> number_;
};

struct Search {
    std::int64_t rank = 1;  // The first match to tell; negative: from the end.
    std::optional<std::int64_t> count;
    std::int64_t max_compared = 0;  // 0: all.
};

Search read_search(Call& call) {
    Search search;
    Args args(call, 3);
    while (args.more()) {
        if (args.accept("RANK", 1)) {
            search.rank = args.integer();
            if (search.rank == 0) {
                call.fail(
                    "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or "
                    "use "
                    "negative to start from the end of the list");
            }
        } else if (args.accept("COUNT", 1)) {
            search.count = args.at_least(0, "ERR COUNT can't be negative");
        } else if (args.accept("MAXLEN", 1)) {
            search.max_compared = args.at_least(0, "ERR MAXLEN can't be negative");
        } else {
            args.reject();
        }
    }
    return search;
}

// Calls visit(index) for every match that is asked for, until it returns false.
template <typename Visit>
void for_each_match(const List& list, const Wanted& wanted, const Search& search, Visit&& visit) {
    const bool backwards = search.rank < 0;
    const auto size = static_cast<std::int64_t>(list.size());
    // Of the least number there is no opposite; Redis takes it for -1.
    std::int64_t to_pass = 0;
    if (search.rank != INT64_MIN) to_pass = (backwards ? -search.rank : search.rank) - 1;
    const std::int64_t compared =
        search.max_compared == 0 ? size : std::min<std::int64_t>(search.max_compared, size);
    List::Cursor at = backwards ? list.end() : list.begin();
    for (std::int64_t i = 0; i < compared; ++i) {
        if (backwards) at = list.previous(at);
        if (wanted.is(list[at]) && to_pass-- <= 0 && !visit(backwards ? size - 1 - i : i)) return;
        if (!backwards) at = list.next(at);
    }
}

}  // namespace

void linsert(Call& call) {
    Args args(call, 2);
    const bool after = args.accept("AFTER");
    if (!after && !args.accept("BEFORE")) args.reject();
    if (is_too_large(call.arg(4))) call.fail(kElementTooLarge);
    if (call.failed()) return;
    auto entry = call.find_for_write<List>(call.arg(1));
    if (call.failed()) return;
    if (!entry) return call.reply().integer(0);

    const Wanted pivot(call.arg(3));
    const List list = entry.value();
    List::Cursor at = list.begin();
    while (at != list.end() && !pivot.is(list[at])) at = list.next(at);
    if (at == list.end()) return call.reply().integer(-1);

    HeldValue held(entry);
    const BlockLimits limits = limits_of(call);
    ListEditor editor(held, limits);
    editor.insert(after ? list.next(at) : at, call.arg(4));
    entry.changed("linsert", EventClass::List);

    call.reply().integer(static_cast<std::int64_t>(editor.list().size()));
}

void lpos(Call& call) {
    const Search search = read_search(call);
    if (call.failed()) return;

    const auto list = call.find<List>(call.arg(1));
    if (!list) return search.count ? call.reply().array(0) : call.reply().null();
    std::int64_t found = 0;
    if (search.count) {
        const auto matches = call.reply().begin_array();
        for_each_match(*list, Wanted(call.arg(2)), search, [&](std::int64_t index) {
            call.reply().integer(index);
            return ++found != *search.count;
        });
        return call.reply().finish(matches, static_cast<std::size_t>(found));
    }
    for_each_match(*list, Wanted(call.arg(2)), search, [&](std::int64_t index) {
        call.reply().integer(index);
        ++found;
        return false;
    });
    if (found == 0) call.reply().null();
}

void lrem(Call& call) {
    const std::int64_t count = Args(call, 2).integer();
    if (call.failed()) return;
    auto entry = call.find_for_write<List>(call.arg(1));
    if (call.failed()) return;
    if (!entry) return call.reply().integer(0);

    const Wanted wanted(call.arg(3));
    HeldValue held(entry);
    const BlockLimits limits = limits_of(call);
    const std::uint64_t limit = count == 0  ? UINT64_MAX
                                : count < 0 ? 0 - static_cast<std::uint64_t>(count)
                                            : static_cast<std::uint64_t>(count);
    const std::uint64_t removed =
        ListEditor(held, limits)
            .erase_if(count < 0 ? ListEnd::Back : ListEnd::Front, limit,
                      [&](const List::Element& element) { return wanted.is(element); });
    if (removed > 0) entry.changed("lrem", EventClass::List, removed);

    call.reply().integer(static_cast<std::int64_t>(removed));
}

}  // namespace pongo::lists

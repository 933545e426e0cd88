#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/escape.h"
#include "commands/families.h"
#include "commands/list_handlers.h"
#include "commands/reply_elements.h"
#include "commands/sort_pattern.h"
#include "commands/sorter.h"
#include "engine/args.h"
#include "values/detached_value.h"
#include "values/list.h"
#include "values/set.h"
#include "values/sorted_set.h"

namespace pongo {
namespace {

using Element = Listpack::Element;

enum class Variant : std::uint8_t { MayStore, ReadsOnly };

// How SORT is asked to sort, and what to do with the result.
struct SortOptions {
    SortRules rules;
    bool sorted = true;  // Not with BY something without a '*'.
    std::int64_t skipped = 0;
    std::int64_t count = -1;  // Negative: all.
    std::vector<SortPattern> get;
    std::optional<std::string_view> destination;
};

SortOptions read_options(Call& call, Variant variant) {
    SortOptions options;
    Args args(call, 2);
    while (args.more()) {
        if (args.accept("ASC")) {
            options.rules.descending = false;
        } else if (args.accept("DESC")) {
            options.rules.descending = true;
        } else if (args.accept("ALPHA")) {
            options.rules.by_text = true;
        } else if (args.accept("LIMIT", 2)) {
            options.skipped = args.integer();
            options.count = args.integer();
        } else if (variant == Variant::MayStore && args.accept("STORE", 1)) {
            options.destination = args.next();
            options.rules.whole_texts = true;
        } else if (args.accept("BY", 1)) {
            options.rules.by = args.next();
            if (!reaches_keys(*options.rules.by)) options.sorted = false;
        } else if (args.accept("GET", 1)) {
            options.get.emplace_back(args.next());
        } else {
            args.reject();
        }
    }
    return options;
}

// --- The elements

SortedPart wanted_of(const SortOptions& options, std::uint64_t size) {
    const std::uint64_t first =
        std::min(static_cast<std::uint64_t>(std::max<std::int64_t>(options.skipped, 0)), size);
    const std::uint64_t left = size - first;
    return {first, options.count < 0 ? left : std::min(static_cast<std::uint64_t>(options.count), left)};
}

class Source {
  public:
    explicit Source(const Entry* entry) {
        if (!entry) return;
        type_ = entry->type();
        payload_ = entry->payload();
    }

    bool sortable() const { return type_ == Type::List || type_ == Type::Set || type_ == Type::SortedSet; }
    bool is_set() const { return type_ == Type::Set; }
    std::uint64_t size() const;
    // The elements in their own order.
    std::vector<Element> all();
    // A part of them in that order, or backwards; sets have none. Good until it is asked for another one.
    std::vector<Element> range(const SortedPart& wanted, bool backwards);

  private:
    // Elements of compressed blocks cannot be looked at together: the blocks that a part of the list is in
    // are copied. Returns the index of the first of them.
    std::size_t copy_blocks(const SortedPart& part);

    Type type_ = Type::List;
    Payload payload_ = List::empty();
    DetachedValue plain_copy_;
};

std::size_t Source::copy_blocks(const SortedPart& part) {
    const List list(payload_);
    const std::size_t first = list.seek(static_cast<std::int64_t>(part.first)).block;
    const std::size_t last = list.seek(static_cast<std::int64_t>(part.first + part.count - 1)).block;
    auto plain = std::make_unique<BlockList>();
    for (std::size_t i = first; i <= last; ++i) plain->blocks.append_block(list.block(i));
    plain_copy_.replace(heap_payload(Type::List, Encoding::Quicklist, std::move(plain)));
    return first;
}

std::uint64_t Source::size() const {
    if (type_ == Type::List) return List(payload_).size();
    return is_set() ? Set(payload_).size() : SortedSet(payload_).size();
}

std::vector<Element> Source::all() {
    if (!is_set()) return range({0, size()}, false);
    std::vector<Element> elements;
    elements.reserve(size());
    Set(payload_).for_each([&](const Element& element) { elements.push_back(element); });
    return elements;
}

std::vector<Element> Source::range(const SortedPart& wanted, bool backwards) {
    if (is_set()) {
        const std::vector<Element> elements = all();
        const auto begin = elements.begin() + static_cast<std::ptrdiff_t>(wanted.first);
        return {begin, begin + static_cast<std::ptrdiff_t>(wanted.count)};
    }
    std::vector<Element> elements;
    if (wanted.count == 0) return elements;
    elements.reserve(wanted.count);
    const std::uint64_t start = backwards ? size() - wanted.first - 1 : wanted.first;
    const auto walk = [&](auto at, auto read, auto next, auto previous) {
        for (std::uint64_t i = 0; i < wanted.count; ++i) {
            if (i > 0) backwards ? previous(at) : next(at);
            elements.push_back(read(at));
        }
    };
    if (type_ == Type::List) {
        List list(payload_);
        List::Cursor begin = list.seek(static_cast<std::int64_t>(start));
        if (list.has_compressed_blocks()) {
            begin.block -= copy_blocks({backwards ? start - (wanted.count - 1) : start, wanted.count});
            list = List(plain_copy_.payload());
        }
        walk(
            begin, [&](auto& at) { return list[at]; }, [&](auto& at) { at = list.next(at); },
            [&](auto& at) { at = list.previous(at); });
    } else {
        walk(
            SortedSet(payload_).at(start), [](auto& at) { return (*at).member; }, [](auto& at) { at.next(); },
            [](auto& at) { at.previous(); });
    }
    return elements;
}

// --- The result

// Calls visit(value) for all that is told of the elements: themselves, or what GET says.
template <typename Visit>
void for_each_told(Call& call, SortOptions& options, std::span<const Element> elements, Visit&& visit) {
    for (const Element& element : elements) {
        if (options.get.empty()) visit(std::optional(element));
        for (SortPattern& pattern : options.get) visit(pattern.find(call, element));
    }
}

std::uint64_t count_told(const SortOptions& options, std::span<const Element> elements) {
    return elements.size() * std::max<std::size_t>(options.get.size(), 1);
}

void reply_with_sorted(Call& call, SortOptions& options, std::span<const Element> elements) {
    call.reply().array(count_told(options, elements));
    for_each_told(call, options, elements, [&](const std::optional<Element>& value) {
        value ? reply_with(call.reply(), *value) : call.reply().null();
    });
}

// The list is made before the destination is looked at, which may be what was sorted.
void store_sorted(Call& call, SortOptions& options, std::span<const Element> elements) {
    DetachedValue list;
    list.replace(List::empty());
    const BlockLimits limits = lists::limits_of(call);
    ListEditor editor(list, limits);
    std::array<char, kMaxInt64Digits> digits;
    for_each_told(call, options, elements, [&](const std::optional<Element>& value) {
        const std::string_view text = value ? value->text(digits) : std::string_view("");
        if (lists::is_too_large(text)) return call.fail(lists::kElementTooLarge);
        editor.push_back(text);
    });
    if (call.failed()) return;

    const std::uint64_t count = count_told(options, elements);
    WriteEntry entry = call.keys().find_for_write(*options.destination);
    call.keys().put_result(entry, list, "sortstore", EventClass::List, count);

    call.reply().integer(static_cast<std::int64_t>(count));
}

// Redis gives a sorted set the form that it has for many items when it is sorted, and that is seen.
const Entry* not_as_listpack(Call& call, const Entry* entry) {
    if (!entry || entry->type() != Type::SortedSet || entry->encoding() != Encoding::Listpack) return entry;
    WriteEntry changed = call.keys().find_for_write(call.arg(1));
    if (!changed) return entry;
    HeldValue held(changed);
    const SortedSetLimits limits = sorted_set_limits_of(call.settings());
    SortedSetEditor(held, limits).expect(UINT64_MAX);
    return &*changed;
}

void sort_for(Call& call, Variant variant) {
    SortOptions options = read_options(call, variant);
    if (call.failed()) return;
    Source source(not_as_listpack(call, call.keys().find(call.arg(1))));
    if (!source.sortable()) return call.fail(errors::kWrongType);

    const SortedPart wanted = wanted_of(options, source.size());
    // What is stored must be the same wherever the command is executed, and a set has no order.
    if (!options.sorted && source.is_set() && options.destination) {
        options.sorted = true;
        options.rules.by_text = true;
        options.rules.by.reset();
    }
    std::vector<Element> elements;
    std::optional<Sorter> sorter;
    if (options.sorted) {
        sorter.emplace(call, options.rules, source.all());
        elements = sorter->sorted(wanted);
        if (call.failed()) return;
    } else {
        elements = source.range(wanted, options.rules.descending);
    }

    options.destination ? store_sorted(call, options, elements) : reply_with_sorted(call, options, elements);
}

void sort(Call& call) {
    sort_for(call, Variant::MayStore);
}

void sort_ro(Call& call) {
    sort_for(call, Variant::ReadsOnly);
}

// --- The rows

// Calls visit(word, its index) for each of SORT's options that has an operand, which comes next.
template <typename Visit>
void for_each_operand(std::span<const std::string_view> args, Visit&& visit) {
    for (std::size_t i = 2; i < args.size(); ++i) {
        if (equals_ignore_case(args[i], "LIMIT")) {
            i += 2;
        } else if (i + 1 < args.size() &&
                   (equals_ignore_case(args[i], "BY") || equals_ignore_case(args[i], "GET") ||
                    equals_ignore_case(args[i], "STORE"))) {
            visit(args[i], i + 1);
            ++i;
        }
    }
}

std::size_t find_destination(std::span<const std::string_view> args) {
    std::size_t found = 0;
    for_each_operand(args, [&](std::string_view word, std::size_t operand) {
        if (equals_ignore_case(word, "STORE")) found = operand;
    });
    return found;
}

bool has_patterns(std::span<const std::string_view> args) {
    bool found = false;
    for_each_operand(args, [&](std::string_view word, std::size_t operand) {
        if (!equals_ignore_case(word, "STORE")) found = found || reaches_keys(args[operand]);
    });
    return found;
}

constexpr KeySpec unknown_key(int flags, std::string_view notes) {
    return {.begin = KeySpec::Begin::Unknown,
            .find = KeySpec::Find::Unknown,
            .flags = static_cast<std::uint16_t>(flags),
            .notes = notes};
}
constexpr KeySpec kSorted = key_at(1, KeyRO | KeyAccess);
constexpr KeySpec kPatterns =
    unknown_key(KeyRO | KeyAccess, "Of `BY` and `GET`: their keys follow from the elements.");
constexpr KeySpec kDestination = unknown_key(KeyOW | KeyUpdate, "Of `STORE`, which may stand anywhere.");

constexpr CommandSpec kCommands[] = {
    {.name = "SORT",
     .handler = sort,
     .arity = at_least(1),
     .flags = Write | DenyOom,
     .categories = CatSet | CatSortedSet | CatList | CatDangerous,
     .keys = {kSorted, kPatterns, kDestination},
     .find_last_key = find_destination,
     .reaches_further = has_patterns,
     .group = Group::Generic,
     .since = "1.0.0",
     .cost = "O(N+M*log(M)) where N is the number of elements and M the number of those that are returned; "
             "O(N) if they are not sorted.",
     .summary = "Sorts the elements of a list, set or sorted set, and returns or stores them.",
     .syntax = "key [BY pattern#1] [LIMIT offset_count=(offset:integer count:integer)] [GET pattern#1]... "
               "[order=<ASC | DESC>] [sorting=ALPHA] [STORE destination:key#2]"},
    {.name = "SORT_RO",
     .handler = sort_ro,
     .arity = at_least(1),
     .flags = ReadOnly,
     .categories = CatSet | CatSortedSet | CatList | CatDangerous,
     .keys = {kSorted, kPatterns},
     .reaches_further = has_patterns,
     .group = Group::Generic,
     .since = "7.0.0",
     .cost = "O(N+M*log(M)) where N is the number of elements and M the number of those that are returned; "
             "O(N) if they are not sorted.",
     .summary = "Sorts the elements of a list, set or sorted set, and returns them.",
     .syntax = "key [BY pattern#1] [LIMIT offset_count=(offset:integer count:integer)] [GET pattern#1]... "
               "[order=<ASC | DESC>] [sorting=ALPHA]"},
};
static_assert(well_formed(kCommands));

}  // namespace

std::span<const CommandSpec> sort_commands() {
    return kCommands;
}

}  // namespace pongo

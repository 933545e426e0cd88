#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "commands/sorted_set_handlers.h"
#include "structures/packed_table.h"
#include "values/set.h"

namespace pongo::sorted_sets {
namespace {

using Item = SortedSet::Item;
using Items = std::vector<Item>;

// --- What is combined

// A sorted set, or a set whose members all have the score 1, or nothing.
class Source {
  public:
    double weight = 1;

    // Of a key, if it is there. REQUIRES: is_one().
    explicit Source(const Entry* entry) {
        if (!entry) return;
        if (entry->type() == Type::Set) {
            value_.emplace<Set>(entry->payload());
        } else {
            value_.emplace<SortedSet>(entry->payload());
        }
    }
    static bool is_one(const Entry& entry) {
        return entry.type() == Type::Set || entry.type() == Type::SortedSet;
    }

    std::uint64_t size() const {
        if (const auto* const sorted = std::get_if<SortedSet>(&value_)) return sorted->size();
        const auto* const set = std::get_if<Set>(&value_);
        return set ? set->size() : 0;
    }
    // Whether both are of the same key.
    bool is(const Source& other) const {
        if (value_.index() != other.value_.index()) return false;
        if (const auto* const set = std::get_if<Set>(&value_)) return set->is(std::get<Set>(other.value_));
        const auto* const sorted = std::get_if<SortedSet>(&value_);
        return sorted && sorted->is(std::get<SortedSet>(other.value_));
    }
    std::optional<double> score(std::string_view member) const {
        if (const auto* const sorted = std::get_if<SortedSet>(&value_)) return sorted->score(member);
        const auto* const set = std::get_if<Set>(&value_);
        return set && set->contains(member) ? std::optional(1.0) : std::nullopt;
    }
    // Calls visit(const Item&) for every item until it returns false.
    template <typename Visit>
    void for_each_while(Visit&& visit) const {
        if (const auto* const sorted = std::get_if<SortedSet>(&value_)) {
            auto at = sorted->at(0);
            for (std::uint64_t left = sorted->size(); left > 0 && visit(*at); --left) at.next();
        } else if (const auto* const set = std::get_if<Set>(&value_)) {
            set->for_each_while([&](const Set::Element& member) { return visit(Item{member, 1}); });
        }
    }
    template <typename Visit>
    void for_each(Visit&& visit) const {
        for_each_while([&](const Item& item) {
            visit(item);
            return true;
        });
    }

  private:
    std::variant<std::monostate, SortedSet, Set> value_;
};

using Sources = std::vector<Source>;

// --- The request

enum class Aggregate : std::uint8_t { Sum, Min, Max };

struct Request {
    Sources sources = {};
    Aggregate aggregate = Aggregate::Sum;
    Told told = Told::Members;
    std::uint64_t limit = 0;  // 0: none.
};

// Which options a command has.
struct Options {
    bool weights = false;  // And how the scores are put together.
    bool scores = false;
    bool limit = false;
};

Sources read_sources(Call& call, Args& args) {
    const std::int64_t count = args.integer();
    if (!call.failed() && count < 1) {
        call.fail("ERR at least 1 input key is needed for '" + call.command().name + "' command");
    }
    Sources sources;
    for (const std::string_view key : args.take(static_cast<std::size_t>(count))) {
        const Entry* const entry = call.keys().find(key);
        if (entry && !Source::is_one(*entry)) {
            call.fail(errors::kWrongType);
            return {};
        }
        sources.emplace_back(entry);
    }
    return sources;
}

void read_weights(Call& call, Args& args, Sources& sources) {
    for (Source& source : sources) {
        const auto weight = parse_double(args.next());
        if (!weight) return call.fail("ERR weight value is not a float");
        source.weight = *weight;
    }
}

Aggregate read_aggregate(Args& args) {
    if (args.accept("MIN")) return Aggregate::Min;
    if (args.accept("MAX")) return Aggregate::Max;
    if (!args.accept("SUM")) args.reject();
    return Aggregate::Sum;
}

// From the number of keys on. Fails the call if something is wrong.
Request read_request(Call& call, std::size_t first, const Options& options) {
    Request request;
    Args args(call, first);
    request.sources = read_sources(call, args);
    while (args.more()) {
        if (options.weights && args.accept("WEIGHTS", request.sources.size())) {
            read_weights(call, args, request.sources);
        } else if (options.weights && args.accept("AGGREGATE", 1)) {
            request.aggregate = read_aggregate(args);
        } else if (options.scores && args.accept("WITHSCORES")) {
            request.told = with_scores(call);
        } else if (options.limit && args.accept("LIMIT", 1)) {
            request.limit = static_cast<std::uint64_t>(args.at_least(0, "ERR LIMIT can't be negative"));
        } else {
            args.reject();
        }
    }
    return request;
}

// --- Scores

double weighted(const Source& source, double score) {
    const double product = source.weight * score;
    return std::isnan(product) ? 0 : product;
}

double combined(Aggregate aggregate, double total, double score) {
    if (aggregate == Aggregate::Min) return score < total ? score : total;
    if (aggregate == Aggregate::Max) return score > total ? score : total;
    const double sum = total + score;
    return std::isnan(sum) ? 0 : sum;  // Of infinities with different signs.
}

// --- The operations

// The order in which scores are put together shows in their last digits: it is that of Redis.
void smallest_first(Sources& sources) {
    std::stable_sort(sources.begin(), sources.end(),
                     [](const Source& left, const Source& right) { return left.size() < right.size(); });
}

// The members of the result are in `scores`, which must live as long.
Items unite(Request& request, PackedTable& scores) {
    smallest_first(request.sources);
    std::array<char, kMaxInt64Digits> digits;
    for (const Source& source : request.sources) {
        source.for_each([&](const Item& item) {
            const std::string_view member = item.member.text(digits);
            double score = weighted(source, item.score);
            if (const auto found = scores.find_mutable(member)) {
                score = combined(request.aggregate, load_as<double>(found->data()), score);
                return store_as(found->data(), score);
            }
            char bytes[sizeof(double)];
            store_as(bytes, score);
            scores.put(member, {bytes, sizeof(bytes)});
        });
    }
    Items items;
    items.reserve(scores.size());
    scores.for_each([&](std::string_view member, std::string_view score) {
        items.push_back({{.bytes = member}, load_as<double>(score.data())});
    });
    return items;
}

// Calls visit(const Item&) for every item of the intersection until it returns false.
template <typename Visit>
void for_each_common(Request& request, Visit&& visit) {
    smallest_first(request.sources);
    const Source& smallest = request.sources.front();
    const std::span<const Source> others = std::span(request.sources).subspan(1);
    std::array<char, kMaxInt64Digits> digits;
    smallest.for_each_while([&](const Item& item) {
        const std::string_view member = item.member.text(digits);
        double score = weighted(smallest, item.score);
        for (const Source& other : others) {
            const auto found = other.score(member);
            if (!found) return true;
            score = combined(request.aggregate, score, other.weight * *found);
        }
        return visit(Item{item.member, score});
    });
}

Items intersect(Request& request) {
    Items items;
    for_each_common(request, [&](const Item& item) {
        items.push_back(item);
        return true;
    });
    return items;
}

// Members of the first source that one of the others has.
PackedTable gone_from(const Source& first, std::span<const Source> others) {
    PackedTable gone(&HashSecret::of_process());
    std::array<char, kMaxInt64Digits> digits;
    for (const Source& other : others) {
        other.for_each([&](const Item& item) {
            const std::string_view member = item.member.text(digits);
            if (first.score(member)) gone.put(member, {});
        });
    }
    return gone;
}

Items subtract(const Request& request) {
    const Source& first = request.sources.front();
    const std::span<const Source> others = std::span(request.sources).subspan(1);
    std::uint64_t others_size = 0;
    for (const Source& other : others) {
        if (other.is(first)) return {};
        others_size += other.size();
    }

    Items items;
    std::array<char, kMaxInt64Digits> digits;
    // Either each member is looked up in all others, or all of theirs in the first.
    if (others_size + first.size() < first.size() * others.size()) {
        const PackedTable gone = gone_from(first, others);
        first.for_each([&](const Item& item) {
            if (!gone.contains(item.member.text(digits))) items.push_back(item);
        });
        return items;
    }
    first.for_each([&](const Item& item) {
        const std::string_view member = item.member.text(digits);
        const auto has_it = [&](const Source& other) { return other.score(member).has_value(); };
        if (std::none_of(others.begin(), others.end(), has_it)) items.push_back(item);
    });
    return items;
}

// --- The result

bool comes_before(const Item& left, const Item& right) {
    if (left.score != right.score) return left.score < right.score;
    std::array<char, kMaxInt64Digits> left_digits;
    std::array<char, kMaxInt64Digits> right_digits;
    return left.member.text(left_digits) < right.member.text(right_digits);
}

void sort_items(Items& items) {
    if (!std::is_sorted(items.begin(), items.end(), comes_before)) {
        std::sort(items.begin(), items.end(), comes_before);
    }
}

std::size_t longest_member(const Items& items) {
    std::array<char, kMaxInt64Digits> digits;
    std::size_t longest = 0;
    for (const Item& item : items) longest = std::max(longest, item.member.text(digits).size());
    return longest;
}

void reply_with_items(Call& call, Items& items, Told told) {
    sort_items(items);
    ItemsReply reply(call.reply(), items.size(), told);
    for (const Item& item : items) reply.add(item);
}

}  // namespace

void store_items(Call& call, std::string_view key, Items& items, std::string_view event,
                 std::uint64_t changes) {
    sort_items(items);
    DetachedValue result;
    result.replace(SortedSet::empty());
    const SortedSetLimits limits = limits_of(call);
    SortedSetEditor editor(result, limits);
    editor.expect(items.size(), longest_member(items));
    for (const Item& item : items) editor.append(item);
    store(call, key, result, event, changes);
}

void zunion(Call& call) {
    Request request = read_request(call, 1, {.weights = true, .scores = true});
    if (call.failed()) return;
    PackedTable scores(&HashSecret::of_process());
    Items items = unite(request, scores);
    reply_with_items(call, items, request.told);
}

void zunionstore(Call& call) {
    Request request = read_request(call, 2, {.weights = true});
    if (call.failed()) return;
    PackedTable scores(&HashSecret::of_process());
    Items items = unite(request, scores);
    store_items(call, call.arg(1), items, "zunionstore");
}

void zinter(Call& call) {
    Request request = read_request(call, 1, {.weights = true, .scores = true});
    if (call.failed()) return;
    Items items = intersect(request);
    reply_with_items(call, items, request.told);
}

void zinterstore(Call& call) {
    Request request = read_request(call, 2, {.weights = true});
    if (call.failed()) return;
    Items items = intersect(request);
    store_items(call, call.arg(1), items, "zinterstore");
}

void zintercard(Call& call) {
    Request request = read_request(call, 1, {.limit = true});
    if (call.failed()) return;
    std::uint64_t count = 0;
    for_each_common(request, [&](const Item&) { return ++count != request.limit; });
    call.reply().integer(static_cast<std::int64_t>(count));
}

void zdiff(Call& call) {
    const Request request = read_request(call, 1, {.scores = true});
    if (call.failed()) return;
    Items items = subtract(request);
    reply_with_items(call, items, request.told);
}

void zdiffstore(Call& call) {
    const Request request = read_request(call, 2, {});
    if (call.failed()) return;
    Items items = subtract(request);
    store_items(call, call.arg(1), items, "zdiffstore");
}

}  // namespace pongo::sorted_sets

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <unordered_set>
#include <vector>

#include "commands/scan_options.h"
#include "commands/sorted_set_handlers.h"

namespace pongo::sorted_sets {
namespace {

// --- Adding

struct AddOptions {
    bool only_new = false;
    bool only_present = false;
    bool only_greater = false;
    bool only_less = false;
    bool count_changed = false;
    bool increment = false;

    // Whether a member that is there may go from the one score to the other.
    bool allow(double from, double to) const {
        return !(only_greater && to <= from) && !(only_less && to >= from);
    }
};

// Up to the first argument that is no option.
void read_add_options(Call& call, Args& args, AddOptions& options) {
    while (true) {
        if (args.accept("NX")) {
            options.only_new = true;
        } else if (args.accept("XX")) {
            options.only_present = true;
        } else if (args.accept("CH")) {
            options.count_changed = true;
        } else if (args.accept("INCR")) {
            options.increment = true;
        } else if (args.accept("GT")) {
            options.only_greater = true;
        } else if (args.accept("LT")) {
            options.only_less = true;
        } else {
            break;
        }
    }
    const std::size_t left = args.left();
    if (left == 0 || left % 2 != 0) return args.reject();
    if (options.only_new && options.only_present) {
        return call.fail("ERR XX and NX options at the same time are not compatible");
    }
    if ((options.only_greater && options.only_new) || (options.only_less && options.only_new) ||
        (options.only_greater && options.only_less)) {
        return call.fail("ERR GT, LT, and/or NX options at the same time are not compatible");
    }
    if (options.increment && left > 2) {
        call.fail("ERR INCR option supports a single increment-element pair");
    }
}

std::vector<double> read_scores(Call& call, std::size_t first) {
    std::vector<double> scores;
    scores.reserve((call.argc() - first) / 2);
    for (std::size_t i = first; i < call.argc(); i += 2) {
        const auto score = parse_double(call.arg(i));
        if (!score) {
            call.fail(errors::kNotFloat);
            break;
        }
        scores.push_back(*score);
    }
    return scores;
}

struct Added {
    std::uint64_t added = 0;
    std::uint64_t moved = 0;
    std::optional<double> score;  // That was given last, even if it was there before.
};

// Nothing changes if the call fails, which takes an increment.
Added add_members(Call& call, SortedSetEditor& editor, const AddOptions& options,
                  const std::vector<double>& scores) {
    Added done;
    const std::size_t first = call.argc() - 2 * scores.size();
    for (std::size_t i = 0; i < scores.size(); ++i) {
        const auto choose = [&](std::optional<double> now) -> std::optional<double> {
            if (now ? options.only_new : options.only_present) return std::nullopt;
            const double score = now && options.increment ? *now + scores[i] : scores[i];
            if (std::isnan(score)) {
                call.fail("ERR resulting score is not a number (NaN)");
                return std::nullopt;
            }
            if (now && !options.allow(*now, score)) return std::nullopt;
            return done.score = score;
        };
        const auto outcome = editor.put_chosen(call.arg(first + 2 * i + 1), choose);
        done.added += outcome == SortedSetEditor::Outcome::Added;
        done.moved += outcome == SortedSetEditor::Outcome::Moved;
    }
    return done;
}

void reply_to_add(Call& call, const AddOptions& options, const Added& done) {
    if (!options.increment) {
        return call.reply().integer(
            static_cast<std::int64_t>(done.added + (options.count_changed ? done.moved : 0)));
    }
    done.score ? call.reply().real(*done.score) : call.reply().null();
}

void add(Call& call, AddOptions options) {
    Args args(call, 2);
    read_add_options(call, args, options);
    if (call.failed()) return;
    const std::vector<double> scores = read_scores(call, args.position());
    if (call.failed()) return;

    auto entry = call.find_for_write<SortedSet>(call.arg(1));
    if (call.failed()) return;
    if (!entry && options.only_present) return reply_to_add(call, options, {});

    if (!entry) call.keys().put(entry, SortedSet::empty(), std::nullopt);
    HeldValue held(entry);
    const SortedSetLimits limits = limits_of(call);
    SortedSetEditor editor(held, limits);
    const Added done = add_members(call, editor, options, scores);
    if (done.added + done.moved > 0) {
        entry.changed(options.increment ? "zincr" : "zadd", EventClass::SortedSet, done.added + done.moved);
        if (options.increment && call.propagating()) {
            call.propagate_as({"ZADD", call.arg(1), format_double(*done.score), call.arg(call.argc() - 1)});
        }
    }

    reply_to_add(call, options, done);
}

// --- Asking

void reply_with_rank(Call& call, Direction direction) {
    const auto set = call.find<SortedSet>(call.arg(1));
    const auto rank = set ? set->rank(call.arg(2)) : std::nullopt;
    if (!rank) return call.reply().null();
    call.reply().integer(
        static_cast<std::int64_t>(direction == Direction::Forward ? *rank : set->size() - 1 - *rank));
}

void reply_with_score(Call& call, const std::optional<SortedSet>& set, std::string_view member) {
    const auto score = set ? set->score(member) : std::nullopt;
    score ? call.reply().real(*score) : call.reply().null();
}

// `count` different ranks below `size`, in order, each choice with the same probability (Floyd).
std::vector<std::uint64_t> choose_ranks(Random& random, std::uint64_t size, std::uint64_t count) {
    std::unordered_set<std::uint64_t> chosen;
    chosen.reserve(count);
    for (std::uint64_t next = size - count; next < size; ++next) {
        if (!chosen.insert(random.below(next + 1)).second) chosen.insert(next);
    }
    std::vector<std::uint64_t> ranks(chosen.begin(), chosen.end());
    std::sort(ranks.begin(), ranks.end());
    return ranks;
}

// Up to `count` different items.
void reply_with_sample(Call& call, const SortedSet& set, std::uint64_t count, Told told) {
    const std::uint64_t size = set.size();
    if (count >= size) return reply_with_range(call, set, {0, size}, Direction::Forward, told);
    ItemsReply reply(call.reply(), count, told);
    Random& random = call.context().random;
    constexpr std::uint64_t kDense = 8;
    // A listpack is walked for every rank that is looked for.
    if (!set.is_packed() && count < size / kDense) {
        for (const std::uint64_t rank : choose_ranks(random, size, count)) reply.add(*set.at(rank));
        return;
    }
    // One walk, on which an item is taken with the probability of being among those still wanted.
    auto at = set.at(0);
    for (std::uint64_t left = size; count > 0; --left, at.next()) {
        if (random.below(left) >= count) continue;
        reply.add(*at);
        --count;
    }
}

// Any item, so many times.
void reply_with_draws(Call& call, const SortedSet& set, std::uint64_t count, Told told) {
    std::vector<SortedSet::Cursor> items;  // Of a listpack, which is not walked for each draw.
    if (set.is_packed() && count > 1) {
        items.reserve(set.size());
        auto at = set.at(0);
        for (std::uint64_t left = set.size(); left > 0; --left, at.next()) items.push_back(at);
    }
    Random& random = call.context().random;
    ItemsReply reply(call.reply(), count, told);
    draw_repeatedly(call.reply(), count, [&](std::uint64_t some) {
        for (; some > 0; --some) {
            reply.add(items.empty() ? set.random(random) : *items[random.below(items.size())]);
        }
    });
}

// --- ZSCAN

// All at once, with the scores as they stand there.
void scan_packed(Call& call, const Listpack& pack, const ScanOptions& options) {
    ReplyWriter& reply = call.reply();
    reply.array(2);
    reply.bulk("0");
    const auto items = reply.begin_array();
    std::size_t found = 0;
    std::array<char, kMaxInt64Digits> digits;
    for (auto at = pack.begin(); at != pack.end(); at = pack.next(at)) {
        const Listpack::Element member = pack[at];
        at = pack.next(at);
        if (!options.pattern.matches(member.text(digits))) continue;
        reply_with(reply, member);
        reply_with(reply, pack[at]);
        ++found;
    }
    reply.finish(items, 2 * found);
}

void scan_ranked(Call& call, const ScoredMembers& members, std::uint64_t cursor, const ScanOptions& options) {
    constexpr std::uint64_t kEnd = std::uint64_t{1} << PackedTable::kPositionBits;
    std::vector<ScoredMembers::Item> found;
    std::int64_t visited = 0;
    std::int64_t steps = options.steps();
    cursor &= kEnd - 1;
    do {
        cursor = members.scan(cursor, [&](std::string_view member, double score) {
            ++visited;
            if (options.pattern.matches(member)) found.push_back({member, score});
        });
    } while (cursor != 0 && visited < options.count && --steps > 0);

    ReplyWriter& reply = call.reply();
    reply.array(2);
    reply.bulk_integer(static_cast<std::int64_t>(cursor));
    reply.array(2 * found.size());
    char score[kMaxDoubleText];
    for (const ScoredMembers::Item& item : found) {
        reply.bulk(item.member);
        reply.bulk({score, format_double(item.score, score)});
    }
}

}  // namespace

void zadd(Call& call) {
    add(call, {});
}

void zincrby(Call& call) {
    add(call, {.increment = true});
}

void zcard(Call& call) {
    const auto set = call.find<SortedSet>(call.arg(1));
    call.reply().integer(set ? static_cast<std::int64_t>(set->size()) : 0);
}

void zscore(Call& call) {
    reply_with_score(call, call.find<SortedSet>(call.arg(1)), call.arg(2));
}

void zmscore(Call& call) {
    const auto set = call.find<SortedSet>(call.arg(1));
    if (call.failed()) return;
    call.reply().array(call.argc() - 2);
    for (const std::string_view member : call.args().subspan(2)) reply_with_score(call, set, member);
}

void zrank(Call& call) {
    reply_with_rank(call, Direction::Forward);
}

void zrevrank(Call& call) {
    reply_with_rank(call, Direction::Reverse);
}

void zrandmember(Call& call) {
    constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
    std::optional<std::int64_t> count;
    Told told = Told::Members;
    Args args(call, 2);
    if (args.more()) {
        count = args.integer_between(
            -kMost, kMost,
            "ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807");
        if (args.accept("WITHSCORES")) told = with_scores(call);
        if (args.more()) args.reject();
        const bool doubled = told != Told::Members;
        if (doubled && (*count < -kMost / 2 || *count > kMost / 2)) call.fail(errors::kOutOfRange);
    }
    if (call.failed()) return;

    const auto set = call.find<SortedSet>(call.arg(1));
    if (call.failed()) return;
    if (!set) return count ? call.reply().array(0) : call.reply().null();
    if (!count) return reply_with(call.reply(), set->random(call.context().random).member);
    if (*count >= 0) return reply_with_sample(call, *set, static_cast<std::uint64_t>(*count), told);
    reply_with_draws(call, *set, static_cast<std::uint64_t>(-*count), told);
}

void zscan(Call& call) {
    std::uint64_t cursor = 0;
    const auto set = find_to_scan<SortedSet>(call, cursor);
    if (!set) return;
    const ScanOptions options = ScanOptions::read(call, 3, ScanOptions::Of::Elements);
    if (call.failed()) return;

    set->is_packed() ? scan_packed(call, set->packed(), options)
                     : scan_ranked(call, set->ranked(), cursor, options);
}

}  // namespace pongo::sorted_sets

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <string>
#include <system_error>

#include "commands/sorted_set_handlers.h"

namespace pongo::sorted_sets {
namespace {

using Edge = SortedSet::Edge;

enum class By : std::uint8_t { Rank, Score, Member };

// --- Bounds

Edge opposite(Edge edge) {
    return edge == Edge::Before ? Edge::After : Edge::Before;
}

// One end of a range: everything up to it comes before.
struct ScoreCut {
    double score = 0;
    Edge edge = Edge::Before;

    std::uint64_t in(const SortedSet& set) const { return set.count_before(score, edge); }
};

struct MemberCut {
    enum class Where : std::uint8_t { Start, Member, End };

    Where where = Where::Start;
    std::string_view member = {};
    Edge edge = Edge::Before;

    std::uint64_t in(const SortedSet& set) const {
        if (where == Where::Member) return set.count_before(member, edge);
        return where == Where::Start ? 0 : set.size();
    }
};

// As strtod reads numbers: nothing means 0, spaces may come first, and a NUL ends the text.
std::optional<double> parse_bound(std::string_view text) {
    double value = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc{} || stop != end) {
        const std::string terminated(text);
        char* rest = nullptr;
        value = std::strtod(terminated.c_str(), &rest);
        if (*rest != '\0') return std::nullopt;
    }
    return std::isnan(value) ? std::nullopt : std::optional(value);
}

// "1.5", or "(1.5" for a range that the score itself is not in.
std::optional<ScoreCut> parse_cut(std::string_view text, Edge if_included, ScoreCut) {
    const bool excluded = text.starts_with('(');
    const auto score = parse_bound(excluded ? text.substr(1) : text);
    if (!score) return std::nullopt;
    return ScoreCut{*score, excluded ? opposite(if_included) : if_included};
}

// "-", "+", "[member" or "(member".
std::optional<MemberCut> parse_cut(std::string_view text, Edge if_included, MemberCut) {
    if (text.empty()) return std::nullopt;
    const bool alone = text.size() == 1 || text[1] == '\0';
    switch (text[0]) {
        case '-':
            return alone ? std::optional(MemberCut{MemberCut::Where::Start}) : std::nullopt;
        case '+':
            return alone ? std::optional(MemberCut{MemberCut::Where::End}) : std::nullopt;
        case '[':
            return MemberCut{MemberCut::Where::Member, text.substr(1), if_included};
        case '(':
            return MemberCut{MemberCut::Where::Member, text.substr(1), opposite(if_included)};
        default:
            return std::nullopt;
    }
}

// What is between two cuts.
template <typename Cut>
struct Cuts {
    Cut low;
    Cut high;

    // Fails the call if they are not to be understood.
    static Cuts read(Call& call, std::string_view low, std::string_view high, std::string_view error) {
        const auto first = parse_cut(low, Edge::Before, Cut{});
        const auto last = parse_cut(high, Edge::After, Cut{});
        if (first && last) return {*first, *last};
        call.fail(error);
        return {};
    }
    IndexRange in(const SortedSet& set) const {
        const std::uint64_t first = low.in(set);
        const std::uint64_t end = high.in(set);
        return end > first ? IndexRange{first, end - first} : IndexRange{};
    }
};

// --- Ranges

// A range as it was asked for, of whatever it is a range.
class Range {
  public:
    // From the arguments at `first` and behind it: of scores and members in reverse, the higher one comes
    // first. Fails the call if they are wrong.
    Range(Call& call, std::size_t first, By by, Direction direction) : by_(by), direction_(direction) {
        Args args(call, first);
        if (by == By::Rank) {
            start_ = args.integer();
            stop_ = args.integer();
            return;
        }
        std::string_view low = args.next();
        std::string_view high = args.next();
        if (direction == Direction::Reverse) std::swap(low, high);
        if (by == By::Score) {
            scores_ = Cuts<ScoreCut>::read(call, low, high, "ERR min or max is not a float");
        } else {
            members_ = Cuts<MemberCut>::read(call, low, high, "ERR min or max not valid string range item");
        }
    }

    IndexRange in(const SortedSet& set) const {
        if (by_ == By::Score) return scores_.in(set);
        if (by_ == By::Member) return members_.in(set);
        IndexRange range = index_range(set.size(), start_, stop_);
        if (direction_ == Direction::Reverse) range.first = set.size() - range.first - range.count;
        return range;
    }

  private:
    By by_;
    Direction direction_;
    std::int64_t start_ = 0;
    std::int64_t stop_ = 0;
    Cuts<ScoreCut> scores_;
    Cuts<MemberCut> members_;
};

struct Limit {
    std::int64_t offset = 0;  // Nothing is left if it is negative.
    std::int64_t count = -1;  // Negative: all.

    IndexRange of(const IndexRange& range, Direction direction) const {
        if (offset < 0) return {};
        const std::uint64_t skipped = std::min(static_cast<std::uint64_t>(offset), range.count);
        std::uint64_t left = range.count - skipped;
        if (count >= 0) left = std::min(static_cast<std::uint64_t>(count), left);
        if (direction == Direction::Forward) return {range.first + skipped, left};
        return {range.first + range.count - skipped - left, left};
    }
};

// --- ZRANGE and its kin

struct RangeOptions {
    std::optional<By> by = {};
    std::optional<Direction> direction = {};
    Limit limit = {};
    bool with_scores = false;
};

enum class MayShowScores : std::uint8_t { No, Yes };

// What the command's name says is given already.
RangeOptions read_range_options(Call& call, std::size_t first, RangeOptions options, MayShowScores scores) {
    const bool any_by = !options.by;
    const bool any_direction = !options.direction;
    Args args(call, first);
    while (args.more()) {
        if (scores == MayShowScores::Yes && args.accept("WITHSCORES")) {
            options.with_scores = true;
        } else if (args.accept("LIMIT", 2)) {
            options.limit.offset = args.integer();
            options.limit.count = args.integer();
        } else if (any_direction && !options.direction && args.accept("REV")) {
            options.direction = Direction::Reverse;
        } else if (any_by && !options.by && args.accept("BYLEX")) {
            options.by = By::Member;
        } else if (any_by && !options.by && args.accept("BYSCORE")) {
            options.by = By::Score;
        } else {
            args.reject();
        }
    }
    if (!options.by) options.by = By::Rank;
    if (!options.direction) options.direction = Direction::Forward;
    if (options.by == By::Rank) {
        if (options.limit.count != -1) {
            call.fail(
                "ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX");
        }
        options.limit = {};  // An offset alone is let through, and means nothing.
    }
    if (options.with_scores && options.by == By::Member) {
        call.fail("ERR syntax error, WITHSCORES not supported in combination with BYLEX");
    }
    return options;
}

void reply_with_requested(Call& call, const RangeOptions& given) {
    const RangeOptions options = read_range_options(call, 4, given, MayShowScores::Yes);
    if (call.failed()) return;
    const Range range(call, 2, *options.by, *options.direction);
    if (call.failed()) return;

    const auto set = call.find<SortedSet>(call.arg(1));
    if (!set) return call.reply().array(0);
    reply_with_range(call, *set, options.limit.of(range.in(*set), *options.direction), *options.direction,
                     options.with_scores ? with_scores(call) : Told::Members);
}

void count_range(Call& call, By by) {
    const Range range(call, 2, by, Direction::Forward);
    if (call.failed()) return;

    const auto set = call.find<SortedSet>(call.arg(1));
    call.reply().integer(set ? static_cast<std::int64_t>(range.in(*set).count) : 0);
}

void remove_range(Call& call, By by, std::string_view event) {
    const Range range(call, 2, by, Direction::Forward);
    if (call.failed()) return;
    auto entry = call.find_for_write<SortedSet>(call.arg(1));
    if (call.failed()) return;
    if (!entry) return call.reply().integer(0);

    const IndexRange removed = range.in(entry.value());
    if (removed.count > 0) {
        HeldValue held(entry);
        const SortedSetLimits limits = limits_of(call);
        SortedSetEditor(held, limits).erase_range(removed.first, removed.count);
        entry.changed(event, EventClass::SortedSet, removed.count);
    }

    call.reply().integer(static_cast<std::int64_t>(removed.count));
}

}  // namespace

void reply_with_range(Call& call, const SortedSet& set, const IndexRange& range, Direction direction,
                      Told told) {
    ItemsReply reply(call.reply(), range.count, told);
    if (range.count == 0) return;
    const bool forward = direction == Direction::Forward;
    auto at = set.at(forward ? range.first : range.first + range.count - 1);
    for (std::uint64_t i = 0; i < range.count; ++i, forward ? at.next() : at.previous()) reply.add(*at);
}

void store(Call& call, std::string_view key, DetachedValue& result, std::string_view event,
           std::uint64_t changes) {
    const std::uint64_t size = SortedSet(result.payload()).size();
    WriteEntry entry = call.keys().find_for_write(key);
    call.keys().put_result(entry, result, event, EventClass::SortedSet, changes);
    call.reply().integer(static_cast<std::int64_t>(size));
}

void zcount(Call& call) {
    count_range(call, By::Score);
}

void zlexcount(Call& call) {
    count_range(call, By::Member);
}

void zrange(Call& call) {
    reply_with_requested(call, {});
}

void zrangebylex(Call& call) {
    reply_with_requested(call, {.by = By::Member, .direction = Direction::Forward});
}

void zrangebyscore(Call& call) {
    reply_with_requested(call, {.by = By::Score, .direction = Direction::Forward});
}

void zrevrange(Call& call) {
    reply_with_requested(call, {.by = By::Rank, .direction = Direction::Reverse});
}

void zrevrangebylex(Call& call) {
    reply_with_requested(call, {.by = By::Member, .direction = Direction::Reverse});
}

void zrevrangebyscore(Call& call) {
    reply_with_requested(call, {.by = By::Score, .direction = Direction::Reverse});
}

void zrangestore(Call& call) {
    const RangeOptions options = read_range_options(call, 5, {}, MayShowScores::No);
    if (call.failed()) return;
    const Range range(call, 3, *options.by, *options.direction);
    if (call.failed()) return;
    const auto set = call.find<SortedSet>(call.arg(2));
    if (call.failed()) return;

    const IndexRange stored = set ? options.limit.of(range.in(*set), *options.direction) : IndexRange{};
    DetachedValue result;
    result.replace(SortedSet::empty());
    const SortedSetLimits limits = limits_of(call);
    SortedSetEditor editor(result, limits);
    // Otherwise Redis does not know how many there will be; it shows in the sign of zeros.
    if (options.by == By::Rank) editor.expect(stored.count);
    if (stored.count > 0) {
        auto at = set->at(stored.first);
        for (std::uint64_t i = 0; i < stored.count; ++i, at.next()) editor.append(*at);
    }
    store(call, call.arg(1), result, "zrangestore");
}

void zremrangebylex(Call& call) {
    remove_range(call, By::Member, "zremrangebylex");
}

void zremrangebyrank(Call& call) {
    remove_range(call, By::Rank, "zremrangebyrank");
}

void zremrangebyscore(Call& call) {
    remove_range(call, By::Score, "zremrangebyscore");
}

}  // namespace pongo::sorted_sets

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "base/escape.h"
#include "base/range_sort.h"
#include "commands/geo_handlers.h"
#include "commands/reply_elements.h"
#include "commands/sorted_set_handlers.h"

namespace pongo::geo {
namespace {

// What the commands have in common, and what each of them takes.
enum class From : std::uint8_t { Point, Member, Options };

struct Variant {
    From from;
    std::size_t key = 1;     // Its argument.
    bool may_store = false;  // With STORE and STOREDIST.
    bool stores = false;     // Always: at the first argument.
};

enum class Order : std::uint8_t { None, Ascending, Descending };

struct SearchOptions {
    GeoShape shape;
    bool has_centre = false;
    bool has_size = false;
    bool with_coordinates = false;
    bool with_distance = false;
    bool with_hash = false;
    std::int64_t count = 0;  // 0: all.
    bool any = false;        // The first that are found will do.
    Order order = Order::None;
    std::optional<std::string_view> destination;
    bool store_distances = false;

    bool needs_distances() const { return with_distance || store_distances || order != Order::None; }
};

// --- The arguments

class OptionsReader {
  public:
    OptionsReader(Call& call, const Variant& variant, const std::optional<SortedSet>& set)
        : call_(call), variant_(variant), set_(set), args_(call, variant.key + 1) {
        if (variant.stores) options_.destination = call.arg(1);
    }

    SearchOptions read() {
        if (variant_.from != From::Options) read_centre_and_radius();
        while (args_.more()) read_option();
        if (!call_.failed()) check();
        return options_;
    }

  private:
    bool of_search() const { return variant_.from == From::Options; }

    void read_centre_and_radius() {
        if (variant_.from == From::Point) {
            options_.shape.centre = read_point(call_, args_);
        } else if (set_) {
            read_member();
        } else {
            // Nothing will be found, so Redis doesn't look what is sought.
            args_.take(3);
            return;
        }
        if (!call_.failed()) read_radius();
    }

    void read_member() {
        const std::string_view member = args_.next();
        if (!set_) return;
        if (const auto point = point_of_member(*set_, member)) {
            options_.shape.centre = *point;
        } else {
            call_.fail("ERR could not decode requested zset member");
        }
    }

    double read_size(std::string_view error) {
        const std::string_view text = args_.next();
        const auto size = parse_double(text);
        if (!size) call_.fail(error);
        return size.value_or(0);
    }

    void read_radius() {
        GeoShape& shape = options_.shape;
        shape.kind = GeoShape::Kind::Circle;
        shape.radius = read_size("ERR need numeric radius");
        if (call_.failed()) return;
        if (shape.radius < 0) return call_.fail("ERR radius cannot be negative");
        shape.metres_per_unit = read_unit(call_, args_);
    }

    void read_box() {
        GeoShape& shape = options_.shape;
        shape.kind = GeoShape::Kind::Box;
        shape.width = read_size("ERR need numeric width");
        if (call_.failed()) return;
        shape.height = read_size("ERR need numeric height");
        if (call_.failed()) return;
        if (shape.width < 0 || shape.height < 0) return call_.fail("ERR height or width cannot be negative");
        shape.metres_per_unit = read_unit(call_, args_);
    }

    void read_option() {
        if (args_.accept("WITHDIST")) {
            options_.with_distance = true;
        } else if (args_.accept("WITHHASH")) {
            options_.with_hash = true;
        } else if (args_.accept("WITHCOORD")) {
            options_.with_coordinates = true;
        } else if (args_.accept("ANY")) {
            options_.any = true;
        } else if (args_.accept("ASC")) {
            options_.order = Order::Ascending;
        } else if (args_.accept("DESC")) {
            options_.order = Order::Descending;
        } else if (args_.accept("COUNT", 1)) {
            options_.count = args_.integer();
            if (options_.count <= 0) call_.fail("ERR COUNT must be > 0");
        } else if (of_search() ? !read_search_option() : !read_store_option()) {
            args_.reject();
        }
    }

    // Of GEORADIUS and GEORADIUSBYMEMBER; the last one counts.
    bool read_store_option() {
        if (!variant_.may_store) return false;
        if (args_.accept("STORE", 1)) {
            options_.store_distances = false;
        } else if (args_.accept("STOREDIST", 1)) {
            options_.store_distances = true;
        } else {
            return false;
        }
        options_.destination = args_.next();
        return true;
    }

    // Of GEOSEARCH and GEOSEARCHSTORE: one of two centres, and one of two shapes; again and again, if you
    // like.
    bool read_search_option() {
        if (!by_point_ && args_.accept("FROMMEMBER", 1)) {
            read_member();
            by_member_ = options_.has_centre = true;
        } else if (!by_member_ && args_.accept("FROMLONLAT", 2)) {
            options_.shape.centre = read_point(call_, args_);
            by_point_ = options_.has_centre = true;
        } else if (!by_box_ && args_.accept("BYRADIUS", 2)) {
            read_radius();
            by_radius_ = options_.has_size = true;
        } else if (!by_radius_ && args_.accept("BYBOX", 3)) {
            read_box();
            by_box_ = options_.has_size = true;
        } else if (variant_.stores && args_.accept("STOREDIST")) {
            options_.store_distances = true;
        } else {
            return false;
        }
        return true;
    }

    void check() {
        const std::string name(until_nul(call_.arg(0)));
        if (options_.destination &&
            (options_.with_distance || options_.with_hash || options_.with_coordinates)) {
            const std::string what = variant_.stores ? "GEOSEARCHSTORE" : "STORE option in GEORADIUS";
            call_.fail("ERR " + what + " is not compatible with WITHDIST, WITHHASH and WITHCOORD options");
        } else if (of_search() && !options_.has_centre) {
            call_.fail("ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for " + name);
        } else if (of_search() && !options_.has_size) {
            call_.fail("ERR exactly one of BYRADIUS and BYBOX can be specified for " + name);
        } else if (options_.any && options_.count == 0) {
            call_.fail("ERR the ANY argument requires COUNT argument");
        }
        // The nearest ones are meant, unless any will do.
        if (options_.count > 0 && !options_.any && options_.order == Order::None) {
            options_.order = Order::Ascending;
        }
    }

    Call& call_;
    const Variant& variant_;
    const std::optional<SortedSet>& set_;
    Args args_;
    SearchOptions options_;
    bool by_member_ = false;
    bool by_point_ = false;
    bool by_radius_ = false;
    bool by_box_ = false;
};

// --- The search

struct Found {
    Listpack::Element member;
    double score;
    double metres;  // 0 if nobody asks for it.
    GeoPoint point;
};

// Up to `most` points, or all of them if it is 0.
std::vector<Found> search(const SortedSet& set, const SearchOptions& options, std::uint64_t most) {
    const GeoFilter filter(options.shape);
    const auto distance_within = [&](const GeoPoint& point) -> std::optional<double> {
        if (options.needs_distances()) return filter.distance_within(point);
        return filter.contains(point) ? std::optional(0.0) : std::nullopt;
    };
    std::vector<Found> found;
    for (const GeohashRange& range : GeoCover(options.shape)) {
        const std::uint64_t first =
            set.count_before(static_cast<double>(range.first), SortedSet::Edge::Before);
        const std::uint64_t end = set.count_before(static_cast<double>(range.end), SortedSet::Edge::Before);
        if (first >= end) continue;
        auto at = set.at(first);
        for (std::uint64_t i = first; i < end; ++i) {
            if (i > first) at.next();
            const double score = at.score();
            const GeoPoint point = point_of_score(score);
            const auto metres = distance_within(point);
            if (!metres) continue;
            found.push_back({(*at).member, score, *metres, point});
            if (found.size() == most) return found;
        }
    }
    return found;
}

// Leaves those that are asked for, in their order. Of equal distances, those that were found first come
// first, except where only a part is sorted: there they come as in Redis.
void sort_by_distance(std::vector<Found>& found, Order order, std::uint64_t count) {
    const bool in_part = count > 0 && count < found.size();
    const double sign = order == Order::Descending ? -1 : 1;
    const auto compare = [sign](const Found& a, const Found& b) {
        const double x = sign * a.metres;
        const double y = sign * b.metres;
        return x < y ? -1 : x > y ? 1 : 0;
    };
    if (order != Order::None && in_part) {
        sort_range(std::span(found), 0, count, compare);
    } else if (order != Order::None) {
        std::stable_sort(found.begin(), found.end(),
                         [&](const Found& a, const Found& b) { return compare(a, b) < 0; });
    }
    if (in_part) found.resize(count);
}

// --- The result

// As the machine converts what doesn't fit.
std::int64_t as_integer(double score) {
    constexpr double kTooBig = 9223372036854775808.0;
    return score >= -kTooBig && score < kTooBig ? static_cast<std::int64_t>(score)
                                                : std::numeric_limits<std::int64_t>::min();
}

void reply_with_found(Call& call, const SearchOptions& options, std::span<const Found> found) {
    ReplyWriter& reply = call.reply();
    const std::size_t more = static_cast<std::size_t>(options.with_distance) +
                             static_cast<std::size_t>(options.with_hash) +
                             static_cast<std::size_t>(options.with_coordinates);
    reply.array(found.size());
    for (const Found& each : found) {
        if (more > 0) reply.array(1 + more);
        reply_with(reply, each.member);
        if (options.with_distance) reply_with_distance(call, each.metres / options.shape.metres_per_unit);
        if (options.with_hash) reply.integer(as_integer(each.score));
        if (options.with_coordinates) reply_with_point(call, each.point);
    }
}

void store_found(Call& call, const SearchOptions& options, std::span<const Found> found,
                 std::string_view event) {
    std::vector<SortedSet::Item> items;
    items.reserve(found.size());
    for (const Found& each : found) {
        items.push_back({each.member,
                         options.store_distances ? each.metres / options.shape.metres_per_unit : each.score});
    }
    sorted_sets::store_items(call, *options.destination, items, event, items.size());
}

void search_for(Call& call, const Variant& variant) {
    const auto set = call.find<SortedSet>(call.arg(variant.key));
    if (call.failed()) return;
    const SearchOptions options = OptionsReader(call, variant, set).read();
    if (call.failed()) return;

    std::vector<Found> found;
    const auto count = static_cast<std::uint64_t>(options.count);
    if (set) found = search(*set, options, options.any ? count : 0);
    sort_by_distance(found, options.order, count);

    if (options.destination) {
        store_found(call, options, found, variant.stores ? "geosearchstore" : "georadiusstore");
    } else {
        reply_with_found(call, options, found);
    }
}

}  // namespace

void georadius(Call& call) {
    search_for(call, {.from = From::Point, .may_store = true});
}

void georadius_ro(Call& call) {
    search_for(call, {.from = From::Point});
}

void georadiusbymember(Call& call) {
    search_for(call, {.from = From::Member, .may_store = true});
}

void georadiusbymember_ro(Call& call) {
    search_for(call, {.from = From::Member});
}

void geosearch(Call& call) {
    search_for(call, {.from = From::Options});
}

void geosearchstore(Call& call) {
    search_for(call, {.from = From::Options, .key = 2, .stores = true});
}

}  // namespace pongo::geo

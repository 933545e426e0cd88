#include <string>
#include <vector>

#include "base/escape.h"
#include "commands/geo_handlers.h"
#include "commands/sorted_set_handlers.h"

namespace pongo::geo {
namespace {

double read_coordinate(Call& call, Args& args) {
    const std::string_view text = args.next();
    if (call.failed()) return 0;
    const auto value = parse_double(text);
    if (!value) call.fail(errors::kNotFloat);
    return value.value_or(0);
}

std::string six_decimals(double value) {
    char text[kMaxFixedText];
    return {text, format_fixed(value, 6, text)};
}

struct AddOptions {
    bool only_new = false;
    bool only_present = false;
    bool count_changed = false;
};

AddOptions read_add_options(Args& args) {
    AddOptions options;
    while (true) {
        if (args.accept("NX")) {
            options.only_new = true;
        } else if (args.accept("XX")) {
            options.only_present = true;
        } else if (args.accept("CH")) {
            options.count_changed = true;
        } else {
            break;
        }
    }
    const bool whole = args.left() > 0 && args.left() % 3 == 0;
    if (!whole || (options.only_new && options.only_present)) args.reject();
    return options;
}

struct Place {
    std::string_view member;
    std::uint64_t geohash;
};

std::vector<Place> read_places(Call& call, Args& args) {
    std::vector<Place> places;
    places.reserve(args.left() / 3);
    while (args.more()) {
        const GeoPoint point = read_point(call, args);
        if (call.failed()) break;
        places.push_back({args.next(), geohash_of(point)});
    }
    return places;
}

// As Redis tells of it: members with scores are all there is.
void propagate_as_zadd(Call& call, std::size_t options, std::span<const Place> places) {
    if (!call.propagating()) return;
    std::vector<std::string> scores;
    for (const Place& place : places) scores.push_back(std::to_string(place.geohash));
    std::vector<std::string_view> words{"ZADD", call.arg(1)};
    for (const std::string_view option : call.args().subspan(2, options)) words.push_back(option);
    for (std::size_t i = 0; i < places.size(); ++i) {
        words.push_back(scores[i]);
        words.push_back(places[i].member);
    }
    call.propagate_as(words);
}

}  // namespace

GeoPoint read_point(Call& call, Args& args) {
    GeoPoint point;
    point.longitude = read_coordinate(call, args);
    point.latitude = read_coordinate(call, args);
    if (call.failed() || has_geohash(point)) return point;
    call.fail("ERR invalid longitude,latitude pair " + six_decimals(point.longitude) + "," +
              six_decimals(point.latitude));
    return {};
}

double read_unit(Call& call, Args& args) {
    if (args.accept("m")) return 1;
    if (args.accept("km")) return 1000;
    if (args.accept("ft")) return 0.3048;
    if (args.accept("mi")) return 1609.34;
    call.fail("ERR unsupported unit provided. please use M, KM, FT, MI");
    return 1;
}

void reply_with_point(Call& call, const GeoPoint& point) {
    call.reply().array(2);
    call.reply().fixed_real(point.longitude);
    call.reply().fixed_real(point.latitude);
}

void reply_with_distance(Call& call, double distance) {
    char text[kMaxFixedText];
    call.reply().bulk({text, format_fixed(distance, 4, text)});
}

void geoadd(Call& call) {
    Args args(call, 2);
    const AddOptions options = read_add_options(args);
    const std::size_t option_words = args.position() - 2;
    const std::vector<Place> places = read_places(call, args);
    if (call.failed()) return;
    auto entry = call.find_for_write<SortedSet>(call.arg(1));
    if (call.failed()) return;
    if (!entry && options.only_present) return call.reply().integer(0);

    if (!entry) call.keys().put(entry, SortedSet::empty(), std::nullopt);
    HeldValue held(entry);
    const SortedSetLimits limits = sorted_sets::limits_of(call);
    SortedSetEditor editor(held, limits);
    std::uint64_t added = 0;
    std::uint64_t moved = 0;
    for (const Place& place : places) {
        const auto choose = [&](std::optional<double> now) -> std::optional<double> {
            if (now ? options.only_new : options.only_present) return std::nullopt;
            return static_cast<double>(place.geohash);
        };
        const auto outcome = editor.put_chosen(place.member, choose);
        added += outcome == SortedSetEditor::Outcome::Added;
        moved += outcome == SortedSetEditor::Outcome::Moved;
    }
    if (added + moved > 0) {
        entry.changed("zadd", EventClass::SortedSet, added + moved);
        propagate_as_zadd(call, option_words, places);
    }

    call.reply().integer(static_cast<std::int64_t>(added + (options.count_changed ? moved : 0)));
}

void geodist(Call& call) {
    if (call.argc() > 5) return call.fail_syntax();
    Args args(call, 4);
    const double metres_per_unit = args.more() ? read_unit(call, args) : 1;
    if (call.failed()) return;

    const auto set = call.find<SortedSet>(call.arg(1));
    if (call.failed()) return;
    const auto a = set ? point_of_member(*set, call.arg(2)) : std::nullopt;
    const auto b = set ? point_of_member(*set, call.arg(3)) : std::nullopt;
    if (!a || !b) return call.reply().null();
    reply_with_distance(call, distance_in_metres(*a, *b) / metres_per_unit);
}

void geohash(Call& call) {
    const auto set = call.find<SortedSet>(call.arg(1));
    if (call.failed()) return;
    call.reply().array(call.argc() - 2);
    for (const std::string_view member : call.args().subspan(2)) {
        const auto point = set ? point_of_member(*set, member) : std::nullopt;
        if (!point) {
            call.reply().null();
            continue;
        }
        const auto letters = geohash_letters(*point);
        call.reply().bulk({letters.data(), letters.size()});
    }
}

void geopos(Call& call) {
    const auto set = call.find<SortedSet>(call.arg(1));
    if (call.failed()) return;
    call.reply().array(call.argc() - 2);
    for (const std::string_view member : call.args().subspan(2)) {
        const auto point = set ? point_of_member(*set, member) : std::nullopt;
        point ? reply_with_point(call, *point) : call.reply().null_array();
    }
}

}  // namespace pongo::geo

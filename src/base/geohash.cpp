#include "base/geohash.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace pongo {
namespace {

constexpr unsigned kMostSteps = 26;
constexpr double kEarthRadiusMetres = 6372797.560856;
// Half of the equator as the web's usual map has it.
constexpr double kHalfEquatorMetres = 20037726.37;
constexpr double kRadiansPerDegree = std::numbers::pi / 180;

constexpr double radians(double angle) {
    return angle * kRadiansPerDegree;
}
constexpr double degrees(double angle) {
    return angle / kRadiansPerDegree;
}

struct Interval {
    double low;
    double high;
    double size() const { return high - low; }
};
constexpr Interval kLongitudes{-kMaxLongitude, kMaxLongitude};
constexpr Interval kLatitudes{-kMaxLatitude, kMaxLatitude};

// Both coordinates cut into 2^steps intervals of equal size; at the very end of the map there is one more.
struct Cell {
    std::uint32_t longitude;
    std::uint32_t latitude;
    unsigned steps;
};

std::uint32_t cut(double value, const Interval& all, unsigned steps) {
    return static_cast<std::uint32_t>((value - all.low) / all.size() *
                                      static_cast<double>(std::uint64_t{1} << steps));
}

Cell cell_of(const GeoPoint& point, unsigned steps, const Interval& latitudes = kLatitudes) {
    return {cut(point.longitude, kLongitudes, steps), cut(point.latitude, latitudes, steps), steps};
}

// The interval that a number stands for.
Interval interval_of(std::uint32_t number, const Interval& all, unsigned steps) {
    const auto intervals = static_cast<double>(std::uint64_t{1} << steps);
    return {all.low + number / intervals * all.size(), all.low + (number + 1U) / intervals * all.size()};
}

// The bits of a number, with a 0 in front of each.
std::uint64_t spread(std::uint32_t number) {
    std::uint64_t bits = number;
    bits = (bits | bits << 16) & 0x0000ffff0000ffff;
    bits = (bits | bits << 8) & 0x00ff00ff00ff00ff;
    bits = (bits | bits << 4) & 0x0f0f0f0f0f0f0f0f;
    bits = (bits | bits << 2) & 0x3333333333333333;
    return (bits | bits << 1) & 0x5555555555555555;
}

// Every other bit, from the lowest on.
std::uint32_t gather(std::uint64_t bits) {
    bits &= 0x5555555555555555;
    bits = (bits | bits >> 1) & 0x3333333333333333;
    bits = (bits | bits >> 2) & 0x0f0f0f0f0f0f0f0f;
    bits = (bits | bits >> 4) & 0x00ff00ff00ff00ff;
    bits = (bits | bits >> 8) & 0x0000ffff0000ffff;
    return static_cast<std::uint32_t>(bits | bits >> 16);
}

std::uint64_t bits_of(const Cell& cell) {
    return spread(cell.latitude) | spread(cell.longitude) << 1;
}

// Of the geohashes in the cell, all of whose bits count.
GeohashRange range_of(const Cell& cell) {
    const unsigned rest = 2 * (kMostSteps - cell.steps);
    const std::uint64_t bits = bits_of(cell);
    return {bits << rest, (bits + 1) << rest};
}

// The next cell to the east and north, or the west and south; round the map where it ends.
Cell neighbour(const Cell& cell, int east, int north) {
    const std::uint32_t mask = (std::uint32_t{1} << cell.steps) - 1;
    const auto move = [mask](std::uint32_t from, int by) {
        return by == 0 ? from : (from + static_cast<std::uint32_t>(by)) & mask;
    };
    return {move(cell.longitude, east), move(cell.latitude, north), cell.steps};
}

struct Bounds {
    Interval longitudes;
    Interval latitudes;
};

// The degrees that a shape spans; with the longitudes of its longer side.
Bounds bounds_of(const GeoShape& shape) {
    const bool circle = shape.kind == GeoShape::Kind::Circle;
    const double height = shape.metres_per_unit * (circle ? shape.radius : shape.height / 2);
    const double width = shape.metres_per_unit * (circle ? shape.radius : shape.width / 2);
    const GeoPoint& centre = shape.centre;
    const double north = degrees(height / kEarthRadiusMetres);
    const auto east_at = [&](double latitude) {
        return degrees(width / kEarthRadiusMetres / std::cos(radians(latitude)));
    };
    const double east = east_at(centre.latitude < 0 ? centre.latitude - north : centre.latitude + north);
    return {{centre.longitude - east, centre.longitude + east},
            {centre.latitude - north, centre.latitude + north}};
}

// How small cells may be for nine of them to cover the shape, mostly.
unsigned steps_for(const GeoShape& shape) {
    double metres = shape.radius;
    if (shape.kind == GeoShape::Kind::Box) {
        metres = std::sqrt((shape.width / 2) * (shape.width / 2) + (shape.height / 2) * (shape.height / 2));
    }
    metres *= shape.metres_per_unit;
    if (metres == 0) return kMostSteps;
    int steps = 1;
    for (; metres < kHalfEquatorMetres; metres *= 2) ++steps;
    steps -= 2;
    // Towards the poles, cells are narrower.
    constexpr double kNarrow = 66;
    constexpr double kVeryNarrow = 80;
    if (std::fabs(shape.centre.latitude) > kNarrow) --steps;
    if (std::fabs(shape.centre.latitude) > kVeryNarrow) --steps;
    return static_cast<unsigned>(std::clamp(steps, 1, static_cast<int>(kMostSteps)));
}

Bounds bounds_of(const Cell& cell) {
    return {interval_of(cell.longitude, kLongitudes, cell.steps),
            interval_of(cell.latitude, kLatitudes, cell.steps)};
}

// Whether a cell's neighbours end before the shape does; a shape without bounds is not to be satisfied
// anyway.
bool is_too_small(const Cell& cell, const Bounds& shape) {
    return bounds_of(neighbour(cell, 0, 1)).latitudes.high < shape.latitudes.high ||
           bounds_of(neighbour(cell, 0, -1)).latitudes.low > shape.latitudes.low ||
           bounds_of(neighbour(cell, 1, 0)).longitudes.high < shape.longitudes.high ||
           bounds_of(neighbour(cell, -1, 0)).longitudes.low > shape.longitudes.low;
}

}  // namespace

bool has_geohash(const GeoPoint& point) {
    return point.longitude >= -kMaxLongitude && point.longitude <= kMaxLongitude &&
           point.latitude >= -kMaxLatitude && point.latitude <= kMaxLatitude;
}

std::uint64_t geohash_of(const GeoPoint& point) {
    return bits_of(cell_of(point, kMostSteps));
}

GeoPoint point_of(std::uint64_t geohash) {
    const Bounds bounds = bounds_of({gather(geohash >> 1), gather(geohash), kMostSteps});
    const auto middle = [](const Interval& interval) { return (interval.low + interval.high) / 2; };
    return {std::clamp(middle(bounds.longitudes), -kMaxLongitude, kMaxLongitude),
            std::clamp(middle(bounds.latitudes), -kMaxLatitude, kMaxLatitude)};
}

GeoPoint point_of_score(double score) {
    // Scores that are no geohashes may be anything.
    constexpr double kTooBig = 18446744073709551616.0;
    if (score >= kTooBig) return point_of(0);
    if (score >= 0) return point_of(static_cast<std::uint64_t>(score));
    constexpr double kLowest = -9223372036854775808.0;
    const std::int64_t negative =
        score >= kLowest ? static_cast<std::int64_t>(score) : std::numeric_limits<std::int64_t>::min();
    return point_of(static_cast<std::uint64_t>(negative));
}

std::array<char, 11> geohash_letters(const GeoPoint& point) {
    constexpr std::string_view kAlphabet = "0123456789bcdefghjkmnpqrstuvwxyz";
    constexpr unsigned kBitsOfLetter = 5;
    // Others count latitudes up to the poles.
    const std::uint64_t bits = bits_of(cell_of(point, kMostSteps, {-90, 90}));
    std::array<char, 11> letters;
    letters.back() = kAlphabet[0];
    unsigned shift = 2 * kMostSteps;
    for (std::size_t i = 0; i + 1 < letters.size(); ++i) {
        shift -= kBitsOfLetter;
        letters[i] = kAlphabet[bits >> shift & 31];
    }
    return letters;
}

// The haversine formula, except along a meridian: there it is the arc itself, as in Redis.
double distance_in_metres(const GeoPoint& a, const GeoPoint& b) {
    const double latitude_of_a = radians(a.latitude);
    const double latitude_of_b = radians(b.latitude);
    const double v = std::sin((radians(b.longitude) - radians(a.longitude)) / 2);
    if (v == 0) return kEarthRadiusMetres * std::fabs(latitude_of_b - latitude_of_a);
    const double u = std::sin((latitude_of_b - latitude_of_a) / 2);
    const double square = u * u + std::cos(latitude_of_a) * std::cos(latitude_of_b) * v * v;
    // Of points that are opposite each other, it may be a little more than it can be.
    return 2.0 * kEarthRadiusMetres * std::asin(std::sqrt(std::min(square, 1.0)));
}

GeoCover::GeoCover(const GeoShape& shape) {
    const Bounds bounds = bounds_of(shape);
    unsigned steps = steps_for(shape);
    Cell middle = cell_of(shape.centre, steps);
    if (steps > 1 && is_too_small(middle, bounds)) middle = cell_of(shape.centre, --steps);

    // Where the middle cell reaches further than the shape, nobody need look beyond.
    bool west = true;
    bool east = true;
    bool south = true;
    bool north = true;
    if (steps >= 2) {
        const Bounds covered = bounds_of(middle);
        if (covered.latitudes.low < bounds.latitudes.low) south = false;
        if (covered.latitudes.high > bounds.latitudes.high) north = false;
        if (covered.longitudes.low < bounds.longitudes.low) west = false;
        if (covered.longitudes.high > bounds.longitudes.high) east = false;
    }
    add(range_of(middle));
    const auto add_neighbour = [&](bool wanted, int to_east, int to_north) {
        // Of a map of few cells, two neighbours may be the same; the middle does not count here.
        const GeohashRange range = range_of(neighbour(middle, to_east, to_north));
        if (wanted && (count_ == 1 || ranges_[count_ - 1].first != range.first)) add(range);
    };
    add_neighbour(north, 0, 1);
    add_neighbour(south, 0, -1);
    add_neighbour(east, 1, 0);
    add_neighbour(west, -1, 0);
    add_neighbour(north && east, 1, 1);
    add_neighbour(north && west, -1, 1);
    add_neighbour(south && east, 1, -1);
    add_neighbour(south && west, -1, -1);
}

GeoFilter::GeoFilter(const GeoShape& shape) : shape_(shape) {
    const bool circle = shape.kind == GeoShape::Kind::Circle;
    // Points that are certainly too far north or south need no trigonometry; a little more is none.
    constexpr double kMore = 1.000001;
    most_metres_north_ = (circle ? shape.radius : shape.height / 2) * shape.metres_per_unit * kMore + 1;
    latitude_ = radians(shape.centre.latitude);
    longitude_ = radians(shape.centre.longitude);
    sine_ = std::sin(latitude_);
    cosine_ = std::cos(latitude_);
    const double half_angle = shape.radius * shape.metres_per_unit / (2 * kEarthRadiusMetres);
    const double half_chord = half_angle < std::numbers::pi / 2 ? std::sin(half_angle) : 1;
    haversine_ = half_chord * half_chord;
}

// The haversine formula with series in place of the functions. For angles of up to kSmall radians they are
// exact to one part in 10^10; what is nearer to the edge than a hundred times that is left to the real one,
// which differs by far less where it measures along a meridian.
GeoFilter::Verdict GeoFilter::estimate(const GeoPoint& point) const {
    constexpr double kSmall = 0.1;
    constexpr double kUnclear = 1e-8;
    if (shape_.kind != GeoShape::Kind::Circle) return Verdict::Unclear;
    const double north = radians(point.latitude) - latitude_;
    const double east = radians(point.longitude) - longitude_;
    if (!(std::fabs(north) < kSmall && std::fabs(east) < kSmall)) return Verdict::Unclear;
    const auto square_of_half_sine = [](double angle) {
        const double square = angle * angle;
        return square / 4 * (1 - square / 12 * (1 - square / 30 * (1 - square / 56)));
    };
    const double u = square_of_half_sine(north);
    const double v = square_of_half_sine(east);
    const double square = north * north;
    const double sine_of_north = north * (1 - square / 6 * (1 - square / 20 * (1 - square / 42)));
    const double cosine_of_point = cosine_ * (1 - 2 * u) - sine_ * sine_of_north;
    const double haversine = u + cosine_ * cosine_of_point * v;
    if (haversine < haversine_ * (1 - kUnclear)) return Verdict::Inside;
    if (haversine > haversine_ * (1 + kUnclear)) return Verdict::Outside;
    return Verdict::Unclear;
}

bool GeoFilter::contains(const GeoPoint& point) const {
    const Verdict verdict = estimate(point);
    return verdict == Verdict::Unclear ? distance_within(point).has_value() : verdict == Verdict::Inside;
}

std::optional<double> GeoFilter::distance_within(const GeoPoint& point) const {
    if (estimate(point) == Verdict::Outside) return std::nullopt;
    const GeoPoint& centre = shape_.centre;
    const double metres_north = kEarthRadiusMetres * radians(point.latitude - centre.latitude);
    if (std::fabs(metres_north) > most_metres_north_) return std::nullopt;
    if (shape_.kind == GeoShape::Kind::Box) {
        const double along = distance_in_metres(point, {centre.longitude, point.latitude});
        const double across = distance_in_metres(point, {point.longitude, centre.latitude});
        if (along > shape_.width * shape_.metres_per_unit / 2) return std::nullopt;
        if (across > shape_.height * shape_.metres_per_unit / 2) return std::nullopt;
        return distance_in_metres(centre, point);
    }
    const double metres = distance_in_metres(centre, point);
    return metres > shape_.radius * shape_.metres_per_unit ? std::nullopt : std::optional(metres);
}

}  // namespace pongo

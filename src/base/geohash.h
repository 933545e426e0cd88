#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

/// Places on Earth as numbers, so that near ones mostly have near numbers: longitude and latitude are cut to
/// 26 bits each, whose bits alternate, the highest of the longitude first. Distances are those on a sphere.
/// The constants, and the order of every step of the arithmetic, are those that make all digits come out as
/// in Redis. Pure functions; any thread.
namespace pongo {

/// In degrees.
struct GeoPoint {
    double longitude = 0;
    double latitude = 0;
};

inline constexpr double kMaxLongitude = 180;
/// Where the web's usual map (EPSG:3857) ends.
inline constexpr double kMaxLatitude = 85.05112878;

bool has_geohash(const GeoPoint& point);

/// Of 52 bits. REQUIRES: has_geohash().
std::uint64_t geohash_of(const GeoPoint& point);
/// The middle of the square that the bits stand for. Whatever they are, it is on the map.
GeoPoint point_of(std::uint64_t geohash);
/// The same of a geohash that is kept as a score.
GeoPoint point_of_score(double score);

/// The eleven letters by which others know the place (geohash.org), of which the last one is always 0: there
/// are not enough bits for it.
std::array<char, 11> geohash_letters(const GeoPoint& point);

double distance_in_metres(const GeoPoint& a, const GeoPoint& b);

/// What is searched: a circle, or a box that lies straight on the map. Sizes are in units of so many metres.
struct GeoShape {
    enum class Kind : std::uint8_t { Circle, Box };

    Kind kind = Kind::Circle;
    GeoPoint centre = {};
    double radius = 0;
    double width = 0;
    double height = 0;
    double metres_per_unit = 1;
};

/// Geohashes from `first` up to but not including `end`.
struct GeohashRange {
    std::uint64_t first;
    std::uint64_t end;
};

/// Ranges that have all of the shape in them, in the order in which they are searched.
class GeoCover {
  public:
    explicit GeoCover(const GeoShape& shape);

    const GeohashRange* begin() const { return ranges_.data(); }
    const GeohashRange* end() const { return ranges_.data() + count_; }

  private:
    void add(const GeohashRange& range) { ranges_[count_++] = range; }

    std::array<GeohashRange, 9> ranges_ = {};
    std::size_t count_ = 0;
};

/// Tells whether points are within a shape.
class GeoFilter {
  public:
    explicit GeoFilter(const GeoShape& shape);

    /// How many metres it is away from the centre; nullopt if it is outside.
    std::optional<double> distance_within(const GeoPoint& point) const;
    /// Whether it is inside. Says the same, mostly without trigonometry.
    bool contains(const GeoPoint& point) const;

  private:
    enum class Verdict : std::uint8_t { Inside, Outside, Unclear };
    Verdict estimate(const GeoPoint& point) const;

    GeoShape shape_;
    double most_metres_north_;
    /// Of the centre, in radians, and the sine and cosine of its latitude.
    double latitude_;
    double longitude_;
    double sine_;
    double cosine_;
    /// The square of half the chord that belongs to a circle's radius, on a sphere of radius 1.
    double haversine_;
};

}  // namespace pongo

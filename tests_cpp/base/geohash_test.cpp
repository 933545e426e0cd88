#include "base/geohash.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <optional>
#include <string>

#include "base/random.h"

namespace pongo {
namespace {

constexpr GeoPoint kPalermo{13.361389, 38.115556};
constexpr GeoPoint kCatania{15.087269, 37.502669};

double between(Random& random, double low, double high) {
    return low + (high - low) * static_cast<double>(random.below(1'000'000)) / 1e6;
}

// As Redis has it of equal longitudes.
double metres_along_meridian(const GeoPoint& a, const GeoPoint& b) {
    constexpr double kRadiansPerDegree = std::numbers::pi / 180;
    return 6372797.560856 * std::fabs(b.latitude * kRadiansPerDegree - a.latitude * kRadiansPerDegree);
}

TEST(Geohash, OfKnownPlaces) {
    EXPECT_EQ(geohash_of(kPalermo), 3479099956230698U);
    EXPECT_EQ(geohash_of(kCatania), 3479447370796909U);
    const auto letters = geohash_letters(kPalermo);
    EXPECT_EQ(std::string(letters.data(), letters.size()), "sqc8b49rny0");
    EXPECT_NEAR(distance_in_metres(kPalermo, kCatania), 166274.15, 1);
}

TEST(Geohash, LeadsBackToItsPlace) {
    Random random(1);
    for (int i = 0; i < 10000; ++i) {
        const GeoPoint point{between(random, -kMaxLongitude, kMaxLongitude),
                             between(random, -kMaxLatitude, kMaxLatitude)};
        const GeoPoint back = point_of(geohash_of(point));
        ASSERT_NEAR(back.longitude, point.longitude, 360.0 / (1 << 26));
        ASSERT_NEAR(back.latitude, point.latitude, 171.0 / (1 << 26));
        ASSERT_EQ(geohash_of(back), geohash_of(point));
    }
}

TEST(Geohash, WhateverTheScoreThePlaceIsOnTheMap) {
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    for (const double score : {0.0, -1.0, 1e15, 4503599627370495.0, 4503599627370496.0, 1e18, 1e19, 2e19,
                               -1e18, -1e19, kInfinity, -kInfinity}) {
        EXPECT_TRUE(has_geohash(point_of_score(score))) << score;
    }
    EXPECT_FALSE(has_geohash({180.1, 0}));
    EXPECT_FALSE(has_geohash({0, -86}));
    EXPECT_FALSE(has_geohash({std::nan(""), 0}));
}

// What is within the shape and within the bounds that the search is meant for is in one of the ranges, once.
TEST(Geohash, ACoverHasEveryPointOfItsShape) {
    Random random(2);
    for (int round = 0; round < 300; ++round) {
        GeoShape shape;
        shape.kind = round % 2 == 0 ? GeoShape::Kind::Circle : GeoShape::Kind::Box;
        shape.centre = {between(random, -170, 170), between(random, -75, 75)};
        shape.radius = std::pow(10, between(random, 0, 5));
        shape.width = 2 * shape.radius;
        shape.height = shape.radius;
        const GeoFilter filter(shape);
        for (int i = 0; i < 300; ++i) {
            const double degrees = shape.radius / 111'000;
            const double wide = degrees / std::cos(shape.centre.latitude / 57.3);
            const GeoPoint near{shape.centre.longitude + between(random, -wide, wide),
                                shape.centre.latitude + between(random, -degrees, degrees)};
            if (!has_geohash(near)) continue;
            const std::uint64_t geohash = geohash_of(near);
            const auto metres = filter.distance_within(point_of(geohash));
            if (!metres) continue;
            ASSERT_NEAR(*metres, distance_in_metres(shape.centre, point_of(geohash)), 1e-9);
            int ranges = 0;
            for (const GeohashRange& range : GeoCover(shape)) {
                ranges += geohash >= range.first && geohash < range.end ? 1 : 0;
            }
            ASSERT_EQ(ranges, 1);
        }
    }
}

// The filter leaves points out before it knows their distance, but only those that are outside.
TEST(Geohash, AFilterTellsAllPointsWithinARadius) {
    Random random(3);
    for (int round = 0; round < 100000; ++round) {
        GeoShape shape;
        shape.centre = {between(random, -180, 180), between(random, -85, 85)};
        shape.radius = std::pow(10, between(random, -2, 7.3));
        const GeoPoint point{between(random, -180, 180), between(random, -85, 85)};
        const double metres = distance_in_metres(shape.centre, point);
        ASSERT_EQ(GeoFilter(shape).distance_within(point).has_value(), metres <= shape.radius);
        // Straight to the north, where the cheap look decides.
        const GeoPoint north{shape.centre.longitude, between(random, -85, 85)};
        shape.radius = distance_in_metres(shape.centre, north);
        ASSERT_TRUE(GeoFilter(shape).distance_within(north));
    }
}

TEST(Geohash, ShapesWithoutBoundsAreCoveredSomehow) {
    for (const double size : {0.0, 1e9, 1e300, std::numeric_limits<double>::infinity()}) {
        for (const double latitude : {-kMaxLatitude, -45.0, 0.0, kMaxLatitude}) {
            GeoShape shape;
            shape.centre = {kMaxLongitude, latitude};
            shape.radius = size;
            const GeoCover cover(shape);
            EXPECT_GE(cover.end() - cover.begin(), 1);
            EXPECT_LE(cover.end() - cover.begin(), 9);
        }
    }
}

TEST(Geohash, OppositePointsHaveADistance) {
    Random random(4);
    for (int i = 0; i < 1000; ++i) {
        const GeoPoint a{between(random, -180, 0), between(random, -85, 85)};
        EXPECT_NEAR(distance_in_metres(a, {a.longitude + 180, -a.latitude}), 20020741, 100);
    }
}

// Also of points at the very edge of the circle, where series and functions may not differ.
TEST(Geohash, AFilterSaysOfEveryPointWhatItsDistanceSays) {
    Random random(4);
    for (int round = 0; round < 20'000; ++round) {
        const double reach = std::pow(10, between(random, -7, 2));  // Degrees.
        const GeoPoint centre{between(random, -170, 170), between(random, -80, 80)};
        const GeoPoint point{centre.longitude + between(random, -reach, reach),
                             std::clamp(centre.latitude + between(random, -reach, reach), -85.0, 85.0)};
        const double metres = distance_in_metres(centre, point);
        for (const double radius : {metres, std::nextafter(metres, 0), metres * (1 - 1e-9),
                                    metres * (1 + 1e-7), metres * 0.9, metres * 1.1, 0.0}) {
            const GeoFilter filter({.centre = centre, .radius = radius});
            ASSERT_EQ(filter.contains(point), metres <= radius) << metres << " " << radius;
            ASSERT_EQ(filter.distance_within(point), metres <= radius ? std::optional(metres) : std::nullopt);
        }
    }
}

// Where the longitudes are equal the distance is that along the meridian, for the filter as well.
TEST(Geohash, AFilterSaysTheSameOfPointsStraightNorth) {
    Random random(5);
    for (int round = 0; round < 20'000; ++round) {
        const double reach = std::pow(10, between(random, -7, 2));  // Degrees.
        const GeoPoint centre{between(random, -180, 180), between(random, -80, 80)};
        const GeoPoint point{centre.longitude,
                             std::clamp(centre.latitude + between(random, -reach, reach), -85.0, 85.0)};
        const double metres = distance_in_metres(centre, point);
        ASSERT_EQ(metres, metres_along_meridian(centre, point));
        for (const double radius : {metres, std::nextafter(metres, 0), std::nextafter(metres, 1e9),
                                    metres * (1 - 1e-9), metres * (1 + 1e-7), metres * 0.9, 0.0}) {
            const GeoFilter circle({.centre = centre, .radius = radius});
            ASSERT_EQ(circle.contains(point), metres <= radius) << metres << " " << radius;
            ASSERT_EQ(circle.distance_within(point), metres <= radius ? std::optional(metres) : std::nullopt);
            const GeoFilter box({.kind = GeoShape::Kind::Box, .centre = centre, .height = 2 * radius});
            ASSERT_EQ(box.contains(point), metres <= radius) << metres << " " << radius;
        }
    }
}

}  // namespace
}  // namespace pongo

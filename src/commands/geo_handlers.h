// The handlers of the geo commands, and what they have in common. Their rows stand in geo.cpp, which says
// what each of them does.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "base/geohash.h"
#include "engine/args.h"
#include "engine/call.h"
#include "values/sorted_set.h"

namespace pongo::geo {

// geo_members.cpp: adding, and asking about single members.
void geoadd(Call& call);
void geodist(Call& call);
void geohash(Call& call);
void geopos(Call& call);

// geo_search.cpp: what looks for members.
void georadius(Call& call);
void georadius_ro(Call& call);
void georadiusbymember(Call& call);
void georadiusbymember_ro(Call& call);
void geosearch(Call& call);
void geosearchstore(Call& call);

// Longitude and latitude; fails the call if they are none of a place that there can be.
GeoPoint read_point(Call& call, Args& args);
// How many metres a unit is; fails the call if it is none.
double read_unit(Call& call, Args& args);

inline std::optional<GeoPoint> point_of_member(const SortedSet& set, std::string_view member) {
    const auto score = set.score(member);
    return score ? std::optional(point_of_score(*score)) : std::nullopt;
}

void reply_with_point(Call& call, const GeoPoint& point);
void reply_with_distance(Call& call, double distance);

}  // namespace pongo::geo

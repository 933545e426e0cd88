#include "base/escape.h"
#include "commands/families.h"
#include "commands/geo_handlers.h"

namespace pongo {
namespace {

using namespace geo;  // The handlers, which stand in files of their own.

constexpr KeySpec kSource = key_at(1, KeyRO | KeyAccess);

// The key behind an option, which is looked for from there on.
constexpr KeySpec stored_by(std::string_view option, int from) {
    return {.begin = KeySpec::Begin::Keyword,
            .find = KeySpec::Find::Range,
            .flags = KeyOW | KeyUpdate,
            .index = from,
            .keyword = option};
}

// The specifications find the first of the options, but the last one counts.
bool stores_twice(std::span<const std::string_view> args) {
    int found = 0;
    for (const std::string_view word : args) {
        if (equals_ignore_case(word, "STORE") || equals_ignore_case(word, "STOREDIST")) ++found;
    }
    return found > 1;
}

constexpr Change kHistoryOfGeoadd[] = {{"6.2.0", "The options `CH`, `NX` and `XX`."}};
constexpr Change kHistoryOfGeoradius[] = {{"6.2.0", "The option `ANY` of `COUNT`."},
                                          {"7.0.0", "Units in upper case."}};
constexpr Change kHistoryOfGeoradius_ro[] = {{"6.2.0", "The option `ANY` of `COUNT`."}};
constexpr Change kHistoryOfGeoradiusbymember[] = {{"7.0.0", "Units in upper case."}};
constexpr Change kHistoryOfGeosearch[] = {{"7.0.0", "Units in upper case."}};
constexpr Change kHistoryOfGeosearchstore[] = {{"7.0.0", "Units in upper case."}};

constexpr CommandSpec kCommands[] = {
    {.name = "GEOADD",
     .handler = geoadd,
     .arity = at_least(4),
     .flags = Write | DenyOom,
     .categories = CatGeo,
     .keys = key_at(1, KeyRW | KeyUpdate),
     .group = Group::Geo,
     .since = "3.2.0",
     .cost = "O(log(N)) for each member, where N is the number of members.",
     .summary = "Adds members with their places to a geo index, which is a sorted set.",
     .syntax = "key [condition=<NX | XX>@6.2.0] [change=CH@6.2.0] "
               "longitude_latitude_member=(longitude:double latitude:double member)...",
     .history = kHistoryOfGeoadd},
    {.name = "GEODIST",
     .handler = geodist,
     .arity = at_least(3),
     .flags = ReadOnly,
     .categories = CatGeo,
     .keys = kSource,
     .group = Group::Geo,
     .since = "3.2.0",
     .cost = "O(1)",
     .summary = "Returns the distance between two members of a geo index.",
     .syntax = "key member1 member2 [unit=<M | KM | FT | MI>]"},
    {.name = "GEOHASH",
     .handler = geohash,
     .arity = at_least(1),
     .flags = ReadOnly,
     .categories = CatGeo,
     .keys = kSource,
     .group = Group::Geo,
     .since = "3.2.0",
     .cost = "O(1) for each member.",
     .summary = "Returns the places of members of a geo index as geohashes of eleven letters.",
     .syntax = "key member..."},
    {.name = "GEOPOS",
     .handler = geopos,
     .arity = at_least(1),
     .flags = ReadOnly,
     .categories = CatGeo,
     .keys = kSource,
     .group = Group::Geo,
     .since = "3.2.0",
     .cost = "O(1) for each member.",
     .summary = "Returns the longitudes and latitudes of members of a geo index.",
     .syntax = "key member..."},
    {.name = "GEORADIUS",
     .handler = georadius,
     .arity = at_least(5),
     .flags = Write | DenyOom,
     .categories = CatGeo,
     .keys = {kSource, stored_by("STORE", 6), stored_by("STOREDIST", 6)},
     .reaches_further = stores_twice,
     .group = Group::Geo,
     .since = "3.2.0",
     .cost = "O(N+log(M)) where N is the number of members around the area that is searched and M the number "
             "of those within.",
     .summary = "Returns or stores the members of a geo index that are within a distance from a point.",
     .syntax = "key longitude:double latitude:double radius:double unit=<M | KM | FT | MI> [WITHCOORD] "
               "[WITHDIST] [WITHHASH] [count=(COUNT count:integer [ANY@6.2.0])] [order=<ASC | DESC>] [STORE "
               "key] [STOREDIST key]",
     .deprecated_since = "6.2.0",
     .replaced_by = "`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` argument",
     .history = kHistoryOfGeoradius},
    {.name = "GEORADIUS_RO",
     .handler = georadius_ro,
     .arity = at_least(5),
     .flags = ReadOnly,
     .categories = CatGeo,
     .keys = kSource,
     .group = Group::Geo,
     .since = "3.2.10",
     .cost = "O(N+log(M)) where N is the number of members around the area that is searched and M the number "
             "of those within.",
     .summary = "Returns the members of a geo index that are within a distance from a point.",
     .syntax = "key longitude:double latitude:double radius:double unit=<M | KM | FT | MI> [WITHCOORD] "
               "[WITHDIST] [WITHHASH] [count=(COUNT count:integer [ANY@6.2.0])] [order=<ASC | DESC>]",
     .deprecated_since = "6.2.0",
     .replaced_by = "`GEOSEARCH` with the `BYRADIUS` argument",
     .history = kHistoryOfGeoradius_ro},
    {.name = "GEORADIUSBYMEMBER",
     .handler = georadiusbymember,
     .arity = at_least(4),
     .flags = Write | DenyOom,
     .categories = CatGeo,
     .keys = {kSource, stored_by("STORE", 5), stored_by("STOREDIST", 5)},
     .reaches_further = stores_twice,
     .group = Group::Geo,
     .since = "3.2.0",
     .cost = "O(N+log(M)) where N is the number of members around the area that is searched and M the number "
             "of those within.",
     .summary = "Returns or stores the members of a geo index that are within a distance from one of them.",
     .syntax = "key member radius:double unit=<M | KM | FT | MI> [WITHCOORD] [WITHDIST] [WITHHASH] "
               "[count=(COUNT count:integer [ANY])] [order=<ASC | DESC>] [STORE key] [STOREDIST key]",
     .deprecated_since = "6.2.0",
     .replaced_by = "`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` and `FROMMEMBER` arguments",
     .history = kHistoryOfGeoradiusbymember},
    {.name = "GEORADIUSBYMEMBER_RO",
     .handler = georadiusbymember_ro,
     .arity = at_least(4),
     .flags = ReadOnly,
     .categories = CatGeo,
     .keys = kSource,
     .group = Group::Geo,
     .since = "3.2.10",
     .cost = "O(N+log(M)) where N is the number of members around the area that is searched and M the number "
             "of those within.",
     .summary = "Returns the members of a geo index that are within a distance from one of them.",
     .syntax = "key member radius:double unit=<M | KM | FT | MI> [WITHCOORD] [WITHDIST] [WITHHASH] "
               "[count=(COUNT count:integer [ANY])] [order=<ASC | DESC>]",
     .deprecated_since = "6.2.0",
     .replaced_by = "`GEOSEARCH` with the `BYRADIUS` and `FROMMEMBER` arguments"},
    {.name = "GEOSEARCH",
     .handler = geosearch,
     .arity = at_least(6),
     .flags = ReadOnly,
     .categories = CatGeo,
     .keys = kSource,
     .group = Group::Geo,
     .since = "6.2.0",
     .cost = "O(N+log(M)) where N is the number of members around the area that is searched and M the number "
             "of those within.",
     .summary = "Returns the members of a geo index that are within a circle or a box.",
     .syntax = "key from=<FROMMEMBER member | FROMLONLAT longitude_latitude=(longitude:double "
               "latitude:double)> by=<circle=(BYRADIUS radius:double unit=<M | KM | FT | MI>) | box=(BYBOX "
               "width:double height:double unit=<M | KM | FT | MI>)> [order=<ASC | DESC>] [count=(COUNT "
               "count:integer [ANY])] [WITHCOORD] [WITHDIST] [WITHHASH]",
     .history = kHistoryOfGeosearch},
    {.name = "GEOSEARCHSTORE",
     .handler = geosearchstore,
     .arity = at_least(7),
     .flags = Write | DenyOom,
     .categories = CatGeo,
     .keys = {key_at(1, KeyOW | KeyUpdate), key_at(2, KeyRO | KeyAccess)},
     .group = Group::Geo,
     .since = "6.2.0",
     .cost = "O(N+log(M)) where N is the number of members around the area that is searched and M the number "
             "of those within.",
     .summary = "Stores the members of a geo index that are within a circle or a box.",
     .syntax = "destination:key source:key from=<FROMMEMBER member | FROMLONLAT "
               "longitude_latitude=(longitude:double latitude:double)> by=<circle=(BYRADIUS radius:double "
               "unit=<M | KM | FT | MI>) | box=(BYBOX width:double height:double unit=<M | KM | FT | MI>)> "
               "[order=<ASC | DESC>] [count=(COUNT count:integer [ANY])] [STOREDIST]",
     .history = kHistoryOfGeosearchstore},
};
static_assert(well_formed(kCommands));

}  // namespace

std::span<const CommandSpec> geo_commands() {
    return kCommands;
}

}  // namespace pongo

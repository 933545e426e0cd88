"""Geo indexes: places, distances, and searches in circles and boxes."""

import math
import random
from itertools import product

from support.edge_values import BINARY, FLOATS, INTEGERS
from support.sequences import each, sequence

SICILY = (
    "GEOADD k 13.361389 38.115556 Palermo 15.087269 37.502669 Catania 12.4964 41.9028 Rome "
    "2.3522 48.8566 Paris 13.361389 38.115556 twin"
)
NAMES = ["Palermo", "Catania", "Rome", "Paris", "twin", "none"]
UNITS = ("m", "km", "ft", "mi", "KM", "Mi")
EDGES = [
    ("0", "0"), ("180", "0"), ("-180", "0"), ("180", "85.05112878"), ("-180", "-85.05112878"),
    ("180", "-85.05112878"), ("-180", "85.05112878"), ("0", "85.05112878"), ("0", "-85.05112878"),
    ("179.9999", "0"), ("-179.9999", "0.0001"), ("-0", "-0"), ("1e-10", "1e-10"), ("90", "66.1"),
    ("-90", "-80.5"), ("45", "84.9"), ("100", "45"),
]
MERIDIAN = [round(random.Random(number).uniform(-85, 85), 6) for number in range(300)]
WITH_EVERYTHING = "WITHCOORD WITHDIST WITHHASH"


def metres_north(centre, latitudes):
    """From one kept latitude to others on its meridian, to the last digit."""

    def kept(latitude):
        low, size, cells = -85.05112878, 170.10225756, 1 << 26
        cell = int((latitude - low) / size * cells)
        return (low + cell / cells * size + (low + (cell + 1) / cells * size)) / 2 * (math.pi / 180)

    return [6372797.560856 * abs(kept(latitude) - kept(centre)) for latitude in latitudes]


def scattered(seed, count, longitudes, latitudes, key="k"):
    """GEOADD of many places in an area; some of them coincide."""
    chance = random.Random(seed)
    places = [
        (f"{chance.uniform(*longitudes):.6f}", f"{chance.uniform(*latitudes):.6f}") for _ in range(count)
    ]
    places += chance.choices(places, k=count // 10)
    words = [
        word for number, (longitude, latitude) in enumerate(places)
        for word in (longitude, latitude, f"place:{number}")
    ]
    return [("GEOADD", key, *words[start : start + 600]) for start in range(0, len(words), 600)]


def searches(seed, count, longitudes, latitudes, radii):
    """Searches in that area, of every form."""
    chance = random.Random(seed)
    found = []
    for _ in range(count):
        centre = f"FROMLONLAT {chance.uniform(*longitudes):.6f} {chance.uniform(*latitudes):.6f}"
        if chance.random() < 0.2:
            centre = f"FROMMEMBER place:{chance.randrange(20)}"
        size, unit = chance.choice(radii), chance.choice(UNITS)
        shape = chance.choice([f"BYRADIUS {size} {unit}", f"BYBOX {size} {float(size) * 1.7} {unit}",
            f"BYBOX {float(size) * 3} {size} {unit}"])
        order = chance.choice(["", "", "ASC", "DESC"])
        limit = chance.choice(["", "", "COUNT 1", "COUNT 7", "COUNT 50", "COUNT 1 ANY", "COUNT 9 ANY",
            "COUNT 1000"])
        details = chance.choice(["", WITH_EVERYTHING, "WITHDIST"])
        found.append(f"GEOSEARCH k {centre} {shape} {order} {limit} {details}")
    return found


MEMBERS = [
    sequence(
        "GEOADD and its options", SICILY, "GEOADD k 13.361389 38.115556 Palermo",
        "GEOADD k 13.4 38.1 Palermo",
        "GEOADD k CH 13.5 38.1 Palermo 1 1 new", "GEOADD k NX 20 20 Palermo 2 2 newer",
        "GEOADD k XX CH 21 21 Palermo 3 3 newest", "GEOADD none XX 1 1 a", "EXISTS none",
        "GEOADD k nx ch 1 1 Palermo", "ZRANGE k 0 -1 WITHSCORES", "OBJECT ENCODING k", "TYPE k",
        "DEBUG DIGEST-VALUE k", "GEOADD k NX XX 1 1 a", "GEOADD k NX CH 1 1", "GEOADD k NX CH NX",
        "GEOADD k CH CH CH",
        "GEOADD k CH CH CH CH", "GEOADD k 1 1 a 2", "GEOADD k 1 1 a 2 2", "GEOADD k FOO 1 1 a",
        "GEOADD k 1 x a", "GEOADD k x 1 a", "GEOADD k 1 1 a 200 1 b", "EXISTS a",
        "GEOADD k CH 1 1 a 1 1 a 2 2 a",
    ),
    sequence("coordinates are numbers", each(FLOATS + INTEGERS, "GEOADD k ? 1 a", "GEOADD k 1 ? a",
        "GEOPOS k a")),
    sequence(
        "places at the edges of the map",
        [("GEOADD", "k", *place, f"p{number}") for number, place in enumerate(EDGES)],
        [f"GEOADD k {longitude} {latitude} out" for longitude, latitude in (("180.0001", "0"),
            ("-180.0001", "0"), ("0", "85.0512"), ("0", "-85.0512"), ("inf", "0"), ("0", "-inf"), ("1e300",
                "1"))],
        "ZRANGE k 0 -1 WITHSCORES", [f"GEOPOS k p{number}" for number in range(len(EDGES))],
        [f"GEOHASH k p{number}" for number in range(len(EDGES))],
        [f"GEODIST k p{a} p{b}" for a, b in product(range(len(EDGES)), repeat=2)
            # Opposite each other: Redis may say that the distance is not a number.
            if {a, b} not in ({3, 4}, {5, 6}, {0, 1}, {0, 2})],
    ),
    sequence(
        "GEODIST in every unit", SICILY, [f"GEODIST k Palermo Catania {unit}" for unit in UNITS],
        [f"GEODIST k {a} {b}" for a, b in product(NAMES, repeat=2)], "GEODIST k Palermo Catania parsec",
        "GEODIST k Palermo Catania km x", "GEODIST none a b", "GEODIST none a b parsec",
        "GEODIST none a b m x", "GEODIST k Palermo Catania parsec x",
        "GEODIST k Palermo",
    ),
    sequence(
        "GEOHASH and GEOPOS of several", SICILY, ("GEOHASH", "k", *NAMES), ("GEOPOS", "k", *NAMES),
        "GEOHASH k",
        "GEOPOS k", "GEOHASH none a b", "GEOPOS none a b", "GEOHASH none", "GEOPOS none",
    ),
    sequence("members are any bytes", each(BINARY, "GEOADD k 1 1 ?", "GEOPOS k ?"), "GEORADIUS k 1 1 1 m ASC",
        "GEOADD k 1 1 7 1.1 1 8", "GEORADIUS k 1 1 1000 km WITHDIST"),
    sequence(
        "scores that are no geohashes",
        "ZADD k -1 a 0.5 b 4503599627370495 c 4503599627370496 d 9007199254740993 e 1e18 f 1e19 g inf h "
        "-inf i -1e19 j 18446744073709551615 k 3479099956230698.7 l",
        [f"GEOPOS k {name}" for name in "abcdefghijkl"], [f"GEOHASH k {name}" for name in "abcdefghijkl"],
        "GEODIST k a l", "GEORADIUS k 0 0 30000 km WITHHASH WITHCOORD ASC",
        "GEORADIUS k 13.361389 38.115556 10 km WITHHASH",
        "GEORADIUSBYMEMBER k a 100 km WITHHASH", "GEORADIUSBYMEMBER k d 100 km WITHHASH",
    ),
]

SEARCH = [
    sequence(
        "every command and every option", SICILY,
        [
            f"{search} {order} {count} {details}"
            for search, order, count, details in product(
                ("GEORADIUS k 15 37 200 km", "GEORADIUSBYMEMBER_RO k Rome 700 km",
                    "GEOSEARCH k FROMLONLAT 15 37 BYBOX 400 400 km",
                    "GEOSEARCH k FROMMEMBER Rome BYRADIUS 2000 mi"),
                ("", "ASC", "DESC"), ("", "COUNT 1", "COUNT 3", "COUNT 2 ANY", "COUNT 100 ANY"),
                ("", "WITHDIST", "WITHCOORD", "WITHHASH", WITH_EVERYTHING),
            )
        ],
    ),
    *(
        sequence(
            f"many places, {name}", scattered(name, count, longitudes, latitudes),
            searches(name, 120, longitudes, latitudes, radii), "OBJECT ENCODING k",
        )
        for name, count, longitudes, latitudes, radii in (
            ("a town", 1000, (2.2, 2.5), (48.8, 48.95), ["50", "300", "1200.5", "5000", "20000"]),
            ("a country", 1500, (-5, 9), (42, 51), ["1000", "20000", "90", "400", "1"]),
            ("the world", 2000, (-180, 180), (-85, 85), ["10", "1000", "5000000", "12000", "900000"]),
            ("few of the world", 100, (-180, 180), (-85, 85), ["10", "9000", "5000000", "30000",
                "100000000"]),
            ("the north", 500, (-180, 180), (60, 85), ["10", "1000", "500000", "3000", "100000"]),
            ("the south", 500, (-180, 180), (-85, -60), ["10", "1000", "500000", "3000", "100000"]),
            ("the date line", 500, (179, 180), (-20, 20), ["10", "1000", "50000", "300"]),
            ("the middle", 500, (-1, 1), (-1, 1), ["10", "100", "5000", "30000"]),
        )
    ),
    sequence(
        "centres at the edges of the map", scattered("edges", 300, (-180, 180), (-85, 85)),
        [
            f"GEORADIUS_RO k {longitude} {latitude} {radius} km WITHDIST"
            for (longitude, latitude), radius in product(EDGES, (0, 1, 500, 3000, 9000, 25000))
        ],
        [
            f"GEOSEARCH k FROMLONLAT {longitude} {latitude} BYBOX {width} {height} km WITHDIST"
            for (longitude, latitude), (width, height) in product(EDGES, ((0, 0), (100, 4000), (4000, 100),
                (30000, 30000)))
        ],
    ),
    sequence(
        "radii of every size", scattered("radii", 200, (-20, 20), (-20, 20)), each(FLOATS + INTEGERS,
        "GEORADIUS k 1 1 ? m", "GEORADIUS k 1 1 ? km WITHDIST", "GEOSEARCH k FROMLONLAT 1 1 BYBOX ? 1000 km",
        "GEOSEARCH k FROMLONLAT 1 1 BYBOX 1000 ? km", "GEORADIUS k 1 1 1000 km COUNT ?"),
    ),
    sequence(
        "places that coincide, of which a part is wanted",
        [("GEOADD", "k", *(word for i in range(60) for word in ("1", "1", f"a{i}")))],
        [("GEOADD", "k", *(word for i in range(60) for word in ("1.001", "1", f"b{i}")))],
        [f"GEORADIUS k 1 1 10 km {order} COUNT {count}" for order in ("ASC", "DESC", "")
            for count in (1, 5, 7, 59, 60, 61, 100, 119, 120, 121)],
    ),
]

STORE = [
    sequence(
        "storing geohashes and distances", SICILY, "GEORADIUS k 15 37 200 km STORE d",
        "ZRANGE d 0 -1 WITHSCORES",
        "TYPE d", "OBJECT ENCODING d", "GEORADIUS k 15 37 2000 km STOREDIST d", "ZRANGE d 0 -1 WITHSCORES",
        "GEORADIUSBYMEMBER k Rome 1000 mi STOREDIST d COUNT 2", "ZRANGE d 0 -1 WITHSCORES",
        "GEOSEARCHSTORE d k FROMLONLAT 15 37 BYBOX 400 400 km", "ZRANGE d 0 -1 WITHSCORES",
        "GEOSEARCHSTORE d k FROMMEMBER Rome BYRADIUS 3000 km STOREDIST ASC COUNT 3",
        "ZRANGE d 0 -1 WITHSCORES",
        "SET d x EX 100", "GEORADIUSBYMEMBER k Rome 1 m STORE d", "TTL d", "ZRANGE d 0 -1 WITHSCORES",
        "GEOSEARCHSTORE k k FROMMEMBER Rome BYRADIUS 1000 km", "ZRANGE k 0 -1 WITHSCORES",
        "GEORADIUSBYMEMBER k Rome 1 m STORE k", "ZRANGE k 0 -1 WITHSCORES",
    ),
    sequence(
        "storing distances to the last digit", scattered("distances", 300, (-30, 30), (-30, 30)),
        "GEORADIUS k 1 1 2000 km STOREDIST d", "ZRANGE d 0 -1 WITHSCORES",
        "GEORADIUS k 1 1 2000 mi STOREDIST d",
        "ZRANGE d 0 -1 WITHSCORES", "GEOSEARCHSTORE d k FROMMEMBER place:1 BYBOX 3000 2000 ft STOREDIST",
        "GEOSEARCHSTORE d k FROMMEMBER place:1 BYBOX 3000 2000 km STOREDIST", "ZRANGE d 0 -1 WITHSCORES",
        "OBJECT ENCODING d", "DEBUG DIGEST-VALUE d", "GEOADD v 10 10 a 10 20 b 10 30.5 c 10 -40 d",
        "GEOSEARCHSTORE d v FROMMEMBER a BYRADIUS 10000 km STOREDIST", "ZRANGE d 0 -1 WITHSCORES",
    ),
    sequence(
        "distances of places on one meridian, and who is at the edge",
        [("GEOADD", "k", "10", str(latitude), f"m{number}") for number, latitude in enumerate(MERIDIAN)],
        "GEOADD k 10 -20.000001 near 10 -20 here 10.000001 -20 aside",
        [
            (f"GEOSEARCHSTORE d k FROM{centre} BY{shape} STOREDIST", "ZRANGE d 0 -1 WITHSCORES")
            for centre, shape in product(("MEMBER m0", "MEMBER here", "LONLAT 10 5"), ("RADIUS 30000 km",
                "RADIUS 700000.5 m", "RADIUS 9 mi", "BOX 1 30000 km", "BOX 3000 2000 mi"))
        ],
        [
            f"GEOSEARCH k FROMMEMBER m0 {shape} ASC"
            for metres in metres_north(MERIDIAN[0], MERIDIAN[1:40])
            for radius in (metres, math.nextafter(metres, 0), math.nextafter(metres, math.inf))
            for shape in (f"BYRADIUS {radius!r} m", f"BYBOX 1 {2 * radius!r} m")
        ],
    ),
    sequence(
        "storing nothing removes", SICILY, "SET d x", "GEORADIUS k 100 37 200 km STORE d", "EXISTS d",
        "GEORADIUS k 100 37 200 km STORE d", "SET d x", "GEORADIUS none 15 37 200 km STORE d", "EXISTS d",
        "SET d x",
        "GEOSEARCHSTORE d none FROMMEMBER a BYRADIUS 1 m", "EXISTS d",
        "GEORADIUSBYMEMBER none a x parsec STORE d", "GEORADIUSBYMEMBER none a x parsec STORE d FOO",
    ),
    sequence(
        "the last of several destinations counts", SICILY, "GEORADIUS k 15 37 200 km STORE a STORE b",
        "EXISTS a b",
        "ZRANGE b 0 -1 WITHSCORES", "GEORADIUS k 15 37 200 km STOREDIST c STORE d", "EXISTS c d",
        "ZRANGE d 0 -1 WITHSCORES", "GEORADIUS k 15 37 200 km STORE e STOREDIST f", "EXISTS e f",
        "ZRANGE f 0 -1 WITHSCORES",
    ),
    sequence(
        "the keys of a request", [
            f"COMMAND {command} {request}"
            for command in ("GETKEYS", "GETKEYSANDFLAGS")
            for request in ("GEORADIUS k 0 0 1 m", "GEORADIUS k 0 0 1 m STORE a",
                "GEORADIUS k 0 0 1 m STORE a STORE b", "GEORADIUS k 0 0 1 m storedist a COUNT 1 STORE b",
                "GEORADIUSBYMEMBER k m 1 km STORE a", "GEORADIUSBYMEMBER_RO k m 1 km STORE a",
                "GEOSEARCHSTORE a b FROMMEMBER x BYRADIUS 1 m", "GEOADD k 1 1 a", "GEORADIUS k 0 0 1 m STORE")
        ],
    ),
]

SEARCHES = ["GEOSEARCH k", "geosearch none", "GEOSEARCHSTORE d k", "GeoSearchStore d none"]

REFUSED = [
    sequence(
        "searches that cannot be understood", SICILY,
        [
            f"{search} {rest}"
            for search, rest in product(
                SEARCHES, (
                    "FROMMEMBER Rome BYRADIUS 1 km FOO", "FROMMEMBER Rome BYRADIUS 1",
                    "FROMMEMBER Rome BYBOX 1 1 1",
                    "FROMMEMBER Rome BYBOX 1 1", "FROMMEMBER Rome ASC ASC ASC", "BYRADIUS 1 km ASC ASC",
                    "FROMLONLAT 1 1 BYRADIUS 1 parsec", "FROMLONLAT 1 x BYRADIUS 1 m",
                    "FROMLONLAT 1 100 BYRADIUS 1 m",
                    "FROMLONLAT 1 1 BYRADIUS x m", "FROMLONLAT 1 1 BYRADIUS -1 m",
                    "FROMLONLAT 1 1 BYBOX -1 1 m",
                    "FROMLONLAT 1 1 BYBOX 1 -1 m", "FROMLONLAT 1 1 BYBOX x 1 m", "FROMLONLAT 1 1 BYBOX 1 x m",
                    "FROMLONLAT 1 1 BYBOX 1 1 parsec", "FROMLONLAT 1 1 FROMMEMBER Rome BYRADIUS 1 m",
                    "FROMMEMBER Rome FROMLONLAT 1 1 BYRADIUS 1 m", "FROMMEMBER Rome BYRADIUS 1 m BYBOX 1 1 m",
                    "FROMMEMBER Rome BYBOX 1 1 m BYRADIUS 1 m",
                    "FROMMEMBER none FROMMEMBER Rome BYRADIUS 1 m",
                    "FROMMEMBER Rome FROMMEMBER Paris BYRADIUS 1 m BYRADIUS 2 km",
                    "FROMMEMBER Rome BYRADIUS 1 m ANY",
                    "FROMMEMBER Rome BYRADIUS 1 m COUNT", "FROMMEMBER Rome BYRADIUS 1 m COUNT 0",
                    "FROMMEMBER Rome BYRADIUS 1 m COUNT -1 ANY", "FROMMEMBER Rome BYRADIUS 1 m COUNT x",
                    "FROMMEMBER Rome BYRADIUS 1 m WITHDIST", "FROMMEMBER Rome BYRADIUS 1 m STOREDIST",
                    "FROMMEMBER Rome BYRADIUS 1 m STORE x", "FROMMEMBER Rome BYRADIUS 1 m WITHHASH STOREDIST",
                    "BYRADIUS 1 m FROMMEMBER Rome", "frommember Rome byradius 1 KM desc count 1 any",
                    "A B C D E",
                    "FROMLONLAT 1 1 FROMLONLAT 2 2 BYBOX 1 1 m BYBOX 1 2 mi", "ANY ANY COUNT 5 ANY ANY",
                ),
            )
        ],
    ),
    sequence(
        "radius searches that cannot be understood", SICILY,
        [
            f"{search} {rest}"
            for search, rest in product(
                ("GEORADIUS k", "GEORADIUS_RO k", "GEORADIUS none"), (
                    "1 1 1 parsec", "1 1 x m", "1 1 -1 m", "x 1 1 m", "1 200 1 m", "1 1 1 m FOO",
                    "1 1 1 m STORE",
                    "1 1 1 m STORE a WITHDIST", "1 1 1 m WITHCOORD STOREDIST a", "1 1 1 m COUNT 0",
                    "1 1 1 m COUNT STORE", "1 1 1 m ANY", "1 1 1 m COUNT 1 ANY", "1 1 1 m STOREDIST a STORE",
                    "1 1 1 m FROMMEMBER Rome", "1 1 1 m BYRADIUS 1 m", "1 1 1", "1 1 1 M withcoord",
                ),
            )
        ],
        [
            f"{search} {rest}"
            for search, rest in product(
                ("GEORADIUSBYMEMBER k", "GEORADIUSBYMEMBER_RO k", "GEORADIUSBYMEMBER none"), (
                    "none 1 m", "none x parsec", "Rome x m", "Rome 1 parsec", "Rome -1 m", "Rome 1 m FOO",
                    "Rome 1 m STORE a WITHHASH", "Rome 1", "Rome 1 m COUNT 1 COUNT 2 ASC DESC",
                    "Rome 1 m ANY",
                ),
            )
        ],
    ),
    sequence(
        "every geo command on a string", "SET k text",
        [
            f"{command} {rest}"
            for command, rest in (
                ("GEOADD k", "1 1 a"), ("GEOADD k", "1 x a"), ("GEOADD k", "XX 1 1 a"), ("GEODIST k", "a b"),
                ("GEODIST k", "a b parsec"), ("GEOHASH k", "a"), ("GEOPOS k", "a"), ("GEORADIUS k",
                    "1 1 1 m"),
                ("GEORADIUS k", "x x x x"), ("GEORADIUS_RO k", "1 1 1 m"), ("GEORADIUSBYMEMBER k", "a 1 m"),
                ("GEORADIUSBYMEMBER_RO k", "a 1 m"), ("GEOSEARCH k", "FROMMEMBER a BYRADIUS 1 m"),
                ("GEOSEARCHSTORE d k", "FROMMEMBER a BYRADIUS 1 m"), ("GEOSEARCHSTORE d k", "A B C D E"),
            )
        ],
        "GET k",
    ),
]

SEQUENCES = [*MEMBERS, *SEARCH, *STORE, *REFUSED]

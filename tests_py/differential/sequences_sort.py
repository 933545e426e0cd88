"""SORT: what it sorts, by what, how much of it, and what it says of the elements."""

from itertools import product

from support.edge_values import BINARY, FLOATS, INTEGERS
from support.sequences import each, sequence

NUMBERS = "RPUSH k 5 -1 10 0 1e3 3.5 -7 0x10 2 2.5 100 007"
WORDS = "RPUSH w banana apple Cherry 10 9 '' a ab 'a b' -1"
WEIGHTS = [
    "MSET weight:a 3 weight:b 1 weight:c 2 weight:d 2 weight:f 10",
    "MSET name:a Anna name:b Bob name:d '' name:e Eve",
    "HSET h:a weight 1 name x", "HSET h:b weight 3 name y", "HSET h:c weight 2", "RPUSH l a b c d e f",
    "SADD s c a b", "ZADD z 3 a 1 b 2 c",
]
SOURCES = ("l", "s", "z")
DIRECTIONS = ("", "ASC", "DESC")
LIMITS = ("", "LIMIT 0 2", "LIMIT 1 3", "LIMIT 4 100", "LIMIT -3 2", "LIMIT 0 -1", "LIMIT 2 -5", "LIMIT 3 0",
    "LIMIT 99 1")

# Redis's SORT takes the range error of an earlier conversion for its own: one sequence for each of these.
OUT_OF_RANGE = [b"1e400", b"1e4932", b"1e5000", b"-1e400", b"1e-5000"]
TOO_SMALL = [b"5e-324", b"1e-310", b"1e-320", b"2.2250738585072014e-308", b"2.2250738585072011e-308"]

SORTING = [
    sequence(
        "numbers in every direction, every part of them", NUMBERS,
        [f"SORT k {direction} {limit}" for direction, limit in product(DIRECTIONS, LIMITS)],
        [f"SORT k ALPHA {direction} {limit}" for direction, limit in product(DIRECTIONS, LIMITS)],
        "SORT_RO k", "SORT_RO k DESC LIMIT 0 3", "sort k desc asc",
        "SORT k ASC ALPHA DESC LIMIT 0 3 LIMIT 1 2",
    ),
    sequence(
        "words", WORDS, [f"SORT w ALPHA {direction} {limit}" for direction, limit in product(DIRECTIONS,
            LIMITS)], "SORT w",
    ),
    sequence(
        "what counts as a number",
        each([word for word in FLOATS + INTEGERS + BINARY if word not in OUT_OF_RANGE],
        "DEL k", "RPUSH k 1 ? -1", "SORT k"),
    ),
    sequence(
        "a sorted set leaves its listpack when it is sorted", "ZADD z 2 a 1 b", "ZADD words 2 a 1 b",
        "SORT z BY", "OBJECT ENCODING z", "SORT_RO z ALPHA", "OBJECT ENCODING z", "SORT words",
        "OBJECT ENCODING words", "ZRANGE z 0 -1 WITHSCORES", "ZADD by 1 1 2 2", "SORT by BY nosort STORE d",
        "OBJECT ENCODING by", "ZADD same 1 1", "SORT same STORE same", "TYPE same",
    ),
    sequence(
        "parts of a list with compressed blocks", "CONFIG SET list-max-listpack-size 4 list-compress-depth 1",
        [f"RPUSH k {i * 37 % 50}{'0' * 30}{i % 7}{'.0' * 10}" for i in range(50)],
        [f"SORT k BY nosort {direction} LIMIT {first} {count}" for direction in ("ASC", "DESC")
            for first in range(0, 52, 3) for count in (-1, 0, 1, 3, 9, 48)],
        "SORT k BY nosort", "SORT k", "SORT k ALPHA DESC LIMIT 7 9", "SORT k LIMIT 3 0",
        "SORT k BY nosort LIMIT 20 10 STORE k", "LRANGE k 0 -1", "LSET k 5 x", "SORT k LIMIT 0 0",
        "SORT k BY nosort LIMIT 4 2", "CONFIG SET list-max-listpack-size -2 list-compress-depth 0",
    ),
    *(
        sequence(f"numbers out of range, {number!r}", ("RPUSH", "k", "1", number, "-1"), "SORT k")
        for number in OUT_OF_RANGE + TOO_SMALL
    ),
    sequence(
        "numbers at the ends of what there is", "RPUSH k 1e308 -1e308 inf -inf 0 2.3e-308 -0", "SORT k",
        "RPUSH k nan", "SORT k", "DEL k",
        "RPUSH k 9007199254740993 9007199254740992 9007199254740994 9007199254740993.0", "SORT k",
        "SORT k DESC", ("RPUSH", "k", b"12\x00abc"), "SORT k", "RPUSH k ' 7'", "SORT k", "RPUSH k '7 '",
        "SORT k",
    ),
    sequence("any bytes", [("RPUSH", "k", *BINARY)], "SORT k", "SORT k ALPHA", "SORT k ALPHA DESC",
        "SORT k ALPHA LIMIT 1 3", "SORT k ALPHA STORE d", "LRANGE d 0 -1"),
    sequence(
        "equal elements, and those that are equal up to a zero byte",
        ("RPUSH", "k", "1", "1.0", "1", "01", b"a\x00b", b"a\x00a", "a", b"a\x00c"), "SORT k ALPHA",
        "SORT k ALPHA DESC", "SORT k ALPHA LIMIT 0 7", "SORT k ALPHA STORE d", "LRANGE d 0 -1", "LTRIM k 0 3",
        "SORT k", "SORT k DESC",
    ),
    sequence("missing and wrong keys", "SORT k", "SORT_RO k ALPHA", "SORT k BY w_* GET # LIMIT 0 1",
        "SET t x",
        "SORT t", "SORT_RO t", "HSET h f v", "SORT h ALPHA", "SORT t LIMIT x y", "PFADD p a", "SORT p"),
]

BY = [
    sequence(
        f"BY {pattern}", WEIGHTS,
        [
            f"SORT {source} BY {pattern} {alpha} {direction} {limit}"
            for source, alpha, direction, limit in product(
                SOURCES, ("", "ALPHA"), DIRECTIONS, ("", "LIMIT 0 2", "LIMIT 1 1", "LIMIT 1 9"),
            )
            # The order of a set's or a sorted set's equal elements is that of a hash table.
            if source == "l" or pattern in ("weight:*", "h:*->weight")
        ],
    )
    for pattern in (
        "weight:*", "name:*", "h:*->weight", "h:*->name", "h:*->none", "h:*->", "h:*", "*", "none:*",
        "weight:*->name", "*->", "->*", "h:*->weight->x",
    )
] + [
    sequence(
        "BY something without a star does not sort", WEIGHTS[3:],
        [
            f"SORT {source} BY {pattern} {direction} {limit}"
            for source, pattern, direction, limit in product(("l", "z"), ("nosort", "#", '""', "x->y"),
                DIRECTIONS, LIMITS)
        ],
        "SORT s BY nosort STORE d", "LRANGE d 0 -1", "SORT s BY nosort DESC LIMIT 0 2 STORE d",
        "LRANGE d 0 -1",
        "SORT z BY nosort DESC STORE d", "LRANGE d 0 -1", "SADD i 3 1 2 10", "SORT i BY nosort",
        "SORT i BY nosort DESC LIMIT 1 2", "SORT i BY nosort STORE d", "LRANGE d 0 -1",
    ),
    sequence("BY twice", WEIGHTS, "SORT l BY nosort BY weight:*", "SORT l BY weight:* BY nosort",
        "SORT l BY name:* BY weight:* DESC"),
    sequence(
        "patterns with a zero byte", "RPUSH l a b c", ("SET", b"w:c\x00x", "1"), ("SET", b"w:a\x00x", "2"),
        ("SET", b"w:b\x00x", "3"), ("SORT", "l", "BY", b"w:*\x00x"), ("SORT", "l", "BY", b"w:\x00*"),
        ("SORT", "l", "BY", "nosort", "GET", b"#\x00x", "GET", b"w:*\x00x", "GET", b"w:\x00*"),
        ("HSET", b"w:a\x00->f", "f", "1"), ("SORT", "l", "ALPHA", "GET", b"w:*\x00->f"),
        ("SORT", "l", "ALPHA", "GET", b"w:*->\x00f"),
    ),
    sequence(
        "many equal weights, of which a part is wanted",
        [("RPUSH", "k", *(f"e{number}" for number in range(200)))],
        [("SET", f"w:e{number}", f"{number * 7919 % 13}") for number in range(200)],
        [
            f"SORT k BY {pattern} {alpha} {direction} LIMIT {first} {count}"
            for pattern, alpha in (("w:*", "ALPHA"), ("none:*", "ALPHA"), ("w:*", ""))
            for direction in ("", "DESC")
            for first, count in ((0, 200), (0, 199), (0, 1), (0, 10), (50, 50), (190, 10), (199, 1), (100, 3))
        ],
    ),
    *(
        sequence(
            f"{size} elements with few weights",
            [("RPUSH", "k", *range(size))], [("SET", f"w:{number}",
                f"{number % 3}") for number in range(size)],
            [f"SORT k BY w:* ALPHA {d} LIMIT {first} 2" for d in ("", "DESC") for first in range(0, size, 3)],
        )
        for size in (1, 2, 6, 7, 8, 9, 40, 41, 42)
    ),
]

GET = [
    sequence(
        "GET of several patterns", WEIGHTS,
        [
            f"SORT {source} ALPHA {gets}"
            for source, gets in product(
                SOURCES, ("GET #", "GET name:*", "GET # GET weight:* GET h:*->name GET #", "GET none:*",
                    "GET nostar", "GET h:*->weight GET h:*", "GET h:*->", "GET l", "GET * GET #"),
            )
        ],
        "SORT l BY weight:* GET # GET weight:* DESC LIMIT 1 3", "SORT l BY nosort GET # GET name:*",
        "SORT l GET # BY h:*->weight GET h:*->weight", "SORT_RO z BY weight:* GET name:*", "SET a self",
        "SORT l ALPHA GET *", "APPEND weight:a 5", "SORT l ALPHA GET weight:*", "SET weight:z x",
    ),
    sequence("GET of values of every kind", "RPUSH l 1 2 3 4", "SET v1 12", "SET v2 text", ("SET", "v3",
        "x" * 5000), "RPUSH v4 a", "SORT l GET v*", "SORT l GET v* STORE d", "LRANGE d 0 -1", "HSET h1 f 12",
        "HSET h2 f text", ("HSET", "h3", "f", "y" * 5000), "SORT l GET h*->f GET h*->g DESC"),
    sequence(
        "keys that have expired have no weight", "RPUSH l a b", "MSET w:a 2 w:b 1", "SORT l BY w:*",
        "PEXPIREAT w:a 1", "SORT l BY w:* GET w:*", "EXISTS w:a",
    ),
]

STORE = [
    sequence(
        "STORE makes a list", WEIGHTS, "SORT l BY weight:* STORE d", "LRANGE d 0 -1", "TYPE d",
        "OBJECT ENCODING d", "SORT l ALPHA GET name:* GET # STORE d", "LRANGE d 0 -1", "SET d x EX 100",
        "SORT s ALPHA STORE d", "TTL d", "LRANGE d 0 -1", "SORT l ALPHA DESC STORE l", "LRANGE l 0 -1",
        "SORT s ALPHA STORE s", "TYPE s", "SORT z ALPHA STORE weight:a", "LRANGE weight:a 0 -1",
        "SORT l BY weight:* STORE d STORE e", "EXISTS e", "LRANGE e 0 -1", "SORT z BY nosort STORE z",
        "TYPE z",
    ),
    sequence(
        "STORE of nothing removes", "SET d x", "SORT none STORE d", "EXISTS d", "SORT none STORE d",
        "SET d x",
        "RPUSH l 1 2", "SORT l LIMIT 5 5 STORE d", "EXISTS d", "SORT l LIMIT 0 0 STORE l", "EXISTS l",
    ),
    sequence(
        "what fails stores nothing", "RPUSH l 1 x", "SET d v", "SORT l STORE d", "SORT d STORE d", "GET d",
        "SORT_RO l ALPHA STORE d", "SORT l ALPHA STORE", "GET d",
    ),
    sequence("a long list", [("RPUSH", "l", *range(start, start + 500)) for start in range(0, 3000, 500)],
        "SORT l DESC STORE d", "LLEN d", "LRANGE d 0 5", "OBJECT ENCODING d", "DEBUG DIGEST-VALUE d",
        "SORT d STORE d", "DEBUG DIGEST-VALUE d l", "SORT l DESC LIMIT 0 10", "SORT l LIMIT 1500 10"),
    sequence(
        "options that cannot be understood", "RPUSH l 1 2", "SORT", "SORT l FOO", "SORT l BY", "SORT l GET",
        "SORT l LIMIT", "SORT l LIMIT 1", "SORT l LIMIT x 1", "SORT l LIMIT 1 x", "SORT l LIMIT 1 x FOO",
        "SORT l FOO LIMIT 1 x", "SORT l STORE", "SORT_RO l STORE d", "SORT l ALPHA ALPHA", each(INTEGERS,
        "SORT l LIMIT ? 1", "SORT l LIMIT 0 ?"),
    ),
    sequence(
        "the keys of a request", [
            f"COMMAND {command} {request}"
            for command in ("GETKEYS", "GETKEYSANDFLAGS")
            for request in ("SORT k", "SORT k BY w* GET o* STORE d", "SORT k STORE d STORE e",
                "SORT k LIMIT STORE d", "SORT k BY STORE STORE d", "SORT k STORE", "SORT_RO k STORE d",
                "SORT_RO k BY w*", "SORT k GET store store d", "SORT k x y z STORE d")
        ],
    ),
]

SEQUENCES = [*SORTING, *BY, *GET, *STORE]

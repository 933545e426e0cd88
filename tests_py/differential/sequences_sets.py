"""Sets: members, algebra, chance, scanning."""

from itertools import product

from support.edge_values import BINARY, INTEGERS
from support.sequences import each, exactly, scan_all, sequence

ALL = "SMEMBERS k"
WRONG_TYPE = ["DEL k", "SET k text"]
ON_A_STRING = [
    "SADD k x", "SREM k x", "SCARD k", "SISMEMBER k x", "SMISMEMBER k x y", "SMEMBERS k", "SPOP k",
    "SPOP k 2", "SPOP k -1", "SPOP k x", "SRANDMEMBER k", "SRANDMEMBER k 2", "SRANDMEMBER k x", "SSCAN k 0",
    "SSCAN k x", "SMOVE k other x", "SMOVE other k x", "SMOVE k k x", "SINTER k", "SINTER k missing",
    "SINTER missing k", "SINTERCARD 1 k", "SINTERCARD 1 k LIMIT x", "SUNION missing k", "SDIFF missing k",
    "SDIFF k missing", "SINTERSTORE d missing k", "SUNIONSTORE d k", "SDIFFSTORE d missing k", "EXISTS d",
]


def integers(first, last):
    return tuple(str(number) for number in range(first, last))


def words(first, last):
    return tuple(f"member:{number}" for number in range(first, last))


MEMBERS = [
    sequence(
        "adding and removing, several at once", "SADD k a", "SADD k a b c a", "SADD k c", ALL, "SCARD k",
        "TYPE k", "SREM k a x", "SREM k x y", "SREM k b b c d", "EXISTS k", "SREM k a", "SCARD k", ALL,
    ),
    sequence("members are any bytes", each(BINARY, "SADD k ?", "SADD k ?"), ALL,
        each(BINARY, "SISMEMBER k ?"), "DEBUG DIGEST-VALUE k", each(BINARY, "SREM k ?", ALL)),
    sequence("members are any integers", each(INTEGERS, "SADD k ?", "OBJECT ENCODING k"), ALL,
        each(INTEGERS, "SISMEMBER k ?"), each(INTEGERS, "SREM k ?"), "EXISTS k"),
    sequence("SMISMEMBER of present and missing", "SADD k a 1 2", "SMISMEMBER k a b 1 01 2 a",
        "SMISMEMBER missing a b", "SMISMEMBER k", "SADD i 1 2", "SMISMEMBER i 1 a 3 1"),
    sequence(
        "missing sets", "SREM k a", "SCARD k", "SISMEMBER k a", ALL, "SMISMEMBER k a", "SPOP k", "SPOP k 2",
        "SPOP k 0", "SRANDMEMBER k", "SRANDMEMBER k 2", "SRANDMEMBER k -2", "SSCAN k 0", "SSCAN k x",
        "SSCAN k 0 COUNT 0", "SMOVE k l a", "SINTER k l", "SUNION k l", "SDIFF k l", "SINTERCARD 2 k l",
        "SINTERSTORE d k l", "SUNIONSTORE d k l", "SDIFFSTORE d k l", "EXISTS d",
    ),
    sequence(
        "SMOVE moves a member", "SADD k a b 1", "SMOVE k l a", ALL, "SMEMBERS l", "SMOVE k l a", "SADD l b",
        "SMOVE k l b", "SMOVE k l x", ALL, "SMOVE k new 1", "EXISTS k", "OBJECT ENCODING new",
        "SMOVE new l 1", "EXISTS new", "SMEMBERS l", "OBJECT ENCODING l",
    ),
    sequence(
        "SMOVE within a set changes nothing", "SADD k a", "SMOVE k k a", "SMOVE k k b", ALL, "SMOVE l l a",
    ),
    sequence("SMOVE makes the encoding that is needed", "SADD i 1 2", "SADD k a b", "SMOVE k i a",
        "OBJECT ENCODING i", "SMEMBERS i", "SMOVE k new b", "OBJECT ENCODING new", "EXISTS k"),
]

SHAPES = [
    sequence(
        "integers become a table when a text comes", ("SADD", "k", *integers(0, 20)), "OBJECT ENCODING k",
        "SADD k 05", "OBJECT ENCODING k", "SREM k 05", "OBJECT ENCODING k", ALL,
    ),
    sequence(
        "integers become a table when they are too many", ("SADD", "k", *integers(0, 511)),
        "SADD k 511 511", "OBJECT ENCODING k", "SADD k 3", "OBJECT ENCODING k", "SADD k 512",
        "OBJECT ENCODING k", "SREM k 512 511 510", "OBJECT ENCODING k", "SCARD k", "DEBUG DIGEST-VALUE k",
    ),
    sequence(
        "the limit of integers can be set", "CONFIG SET set-max-intset-entries 3", "SADD k 1 2 3",
        "OBJECT ENCODING k", "SADD k 3", "OBJECT ENCODING k", "SADD k 4", "OBJECT ENCODING k",
        "CONFIG SET set-max-intset-entries 0", "SADD one 1", "OBJECT ENCODING one", "SADD two a",
        "OBJECT ENCODING two", "CONFIG SET set-max-intset-entries 5", "SADD low 1 2 3 4",
        "CONFIG SET set-max-intset-entries 2", "SADD low 4", "OBJECT ENCODING low", "SREM low 1",
        "OBJECT ENCODING low", "SADD low 9", "OBJECT ENCODING low",
    ),
    sequence(
        "a set of many members", [("SADD", "k", *words(start, start + 50)) for start in range(0, 400, 50)],
        "SCARD k", ALL, "DEBUG DIGEST-VALUE k", ("SREM", "k", *words(20, 390)), ALL,
        ("SADD", "k", "x" * 64), ("SADD", "k", "x" * 65), ("SADD", "k", "x" * 10000), ALL,
        "DEBUG DIGEST-VALUE k", "COPY k l", "OBJECT ENCODING l", "SMEMBERS l", "DEL k", "SMEMBERS l",
    ),
    sequence(
        "a set of more integers than an entry holds", "CONFIG SET set-max-intset-entries 100000",
        [("SADD", "k", *(str(5_000_000_000 + number) for number in range(start, start + 3000)))
            for start in range(0, 12000, 3000)],
        "OBJECT ENCODING k", "SCARD k", "DEBUG DIGEST-VALUE k", "SINTERSTORE l k k", "OBJECT ENCODING l",
        "DEBUG DIGEST-VALUE l", "SUNIONSTORE l k k", "DEBUG DIGEST-VALUE l", "SPOP l 100", "SCARD l",
        "OBJECT ENCODING l", "SPOP l 11000", "OBJECT ENCODING l", "SADD k a", "OBJECT ENCODING k",
    ),
    sequence(
        "copies have the same encoding", "SADD i 1 2 3", "COPY i j", "OBJECT ENCODING j", "SADD j 4",
        "SMEMBERS i", "SADD k a 1", "SREM k a", "COPY k l", "OBJECT ENCODING l", "RENAME l m", "SMEMBERS m",
        "DEBUG DIGEST", "EXPIRE m 1000", "DEBUG DIGEST-VALUE m",
    ),
    sequence("every set command on a string", *WRONG_TYPE, ON_A_STRING, "GET k"),
    sequence("every set command on a list", "RPUSH k a", ON_A_STRING),
    sequence("strings and lists of a set", "SADD k a", "GET k", "LPUSH k a", "APPEND k x", "INCR k",
        "SET k x", "TYPE k"),
]

# Sets of every encoding that overlap: intsets, small and large tables, and tables of integers only.
OVERLAPPING = [
    ("SADD", "i", *integers(0, 40)), ("SADD", "j", *integers(20, 300)),
    ("SADD", "p", *integers(10, 30), *words(0, 30)), ("SADD", "q", *integers(25, 35), *words(20, 60)),
    ("SADD", "t", *integers(0, 250), *words(0, 100)), ("SADD", "u", *integers(30, 700)), "SADD one 33",
    "SADD word member:25", "SADD n x 27 33", "SREM n x", ("SADD", "big", "33", "x" * 100, "y" * 5000),
    ("SADD", "big2", "member:25", "x" * 100, "y" * 5000), "SADD nil ''", "SADD nil2 '' 5",
]
KEYS = ["i", "j", "p", "q", "t", "u", "one", "word", "n", "big", "big2", "nil", "nil2"]
PAIRS = [" ".join(pair) for pair in product(KEYS, repeat=2)]
SEVERAL = [
    "i", "t", "missing", "i i", "i j u", "i j u one", "p q t", "t q p", "p q t u n", "t p q u n i",
    "one n i j",
    "t missing", "missing t", "i missing j", "p p p p", "t t t", "u t j i", "i p q word", "q i j one n",
    "one i j u t p q", "j i i i i i i i i i", "i one one one one one", "p word one word one word one",
    "t one word n one word n", "nil nil2 i nil", "nil2 t p q nil", "u n n n n n n n n",
]
STORES = [f"{command} d" for command in ("SINTERSTORE", "SUNIONSTORE", "SDIFFSTORE")]

ALGEBRA = [
    sequence("intersections, unions and differences of two sets", OVERLAPPING, [
        f"{command} {keys}" for keys in PAIRS for command in ("SINTER", "SINTERCARD 2", "SUNION", "SDIFF")
    ]),
    sequence("intersections, unions and differences of several sets", OVERLAPPING, [
        [f"SINTER {keys}", f"SINTERCARD {len(keys.split())} {keys}", f"SUNION {keys}", f"SDIFF {keys}"]
        for keys in SEVERAL
    ]),
    sequence("stored results of two sets and their encodings", OVERLAPPING, [
        [f"{command} {keys}", "DEBUG DIGEST-VALUE d", "OBJECT ENCODING d"]
        for keys in PAIRS for command in STORES
    ]),
    sequence("stored results of several sets and their encodings", OVERLAPPING, [
        [f"{command} {keys}", "DEBUG DIGEST-VALUE d", "OBJECT ENCODING d"]
        for keys in SEVERAL for command in STORES
    ]),
    sequence("stored results of few integers", "CONFIG SET set-max-intset-entries 15", OVERLAPPING, [
        [f"{command} {keys}", "OBJECT ENCODING d"] for keys in SEVERAL for command in STORES
    ]),
    sequence(
        "a result takes the place of whatever was there", "SADD k a b", "SADD l b c", "SET d text EX 1000",
        "SINTERSTORE d k l", "TTL d", "SMEMBERS d", "RPUSH x 1", "SUNIONSTORE x k l", "SMEMBERS x",
        "EXPIRE x 1000", "SDIFFSTORE x k l", "TTL x", "SMEMBERS x", "SET d text", "SINTERSTORE d k missing",
        "EXISTS d", "SDIFFSTORE x k k", "EXISTS x", "SUNIONSTORE k k l", ALL, "SINTERSTORE k k l", ALL,
        "SDIFFSTORE l k l", "EXISTS l", "SDIFFSTORE k missing k", "EXISTS k",
    ),
    sequence("a failing store leaves the destination", "SADD d a", "SET s x", "SADD k a",
        [f"{command} k s" for command in STORES], [f"{command} missing s" for command in STORES],
        "SMEMBERS d"),
    sequence("a store of integers has the encoding of its members", "SADD k 1 2 a", "SADD l 1 2 b",
        "SINTERSTORE d k l", "OBJECT ENCODING d", "SDIFFSTORE d k missing", "OBJECT ENCODING d",
        "SADD n a", "SDIFFSTORE d k n", "OBJECT ENCODING d", "SREM k a", "OBJECT ENCODING k",
        "SUNIONSTORE d k", "OBJECT ENCODING d"),
    sequence(
        "SINTERCARD with a limit", OVERLAPPING,
        [f"SINTERCARD {keys} LIMIT {limit}" for keys in ("2 i j", "1 i", "3 p q t", "2 t u", "2 i missing")
            for limit in (0, 1, 2, 5, 15, 16, 17, 100)],
        "SINTERCARD 2 i j LIMIT 3 LIMIT 1", "SINTERCARD 2 i j limit 3",
    ),
    sequence(
        "SINTERCARD refuses what it can't understand", "SADD k a", "SINTERCARD 0 k", "SINTERCARD -1 k",
        "SINTERCARD x k", "SINTERCARD 2 k", "SINTERCARD 1 k l", "SINTERCARD 1 k LIMIT",
        "SINTERCARD 1 k LIMIT -1", "SINTERCARD 1 k LIMIT x", "SINTERCARD 1 k LIMIT 1 x",
        "SINTERCARD 2 k LIMIT 1", "SINTERCARD 99999999999999999999 k", "SINTERCARD 9223372036854775807 k",
        each(INTEGERS, "SINTERCARD ? k", "SINTERCARD 1 k LIMIT ?"),
    ),
]

SETS_TO_DRAW_FROM = [
    ("SADD", "i", *integers(0, 40)), ("SADD", "p", *words(0, 40)), ("SADD", "t", *words(0, 400)),
]

CHANCE = [
    sequence(
        "SRANDMEMBER returns so many", SETS_TO_DRAW_FROM,
        [f"SRANDMEMBER {key} {count}" for key in "ipt" for count in ("", 0, 1, -1, 3, -3, 20, 39, 40, 41,
            -100,
            399, 400, 500, 200, -1000)],
        "SCARD i", "SCARD p", "SCARD t",
    ),
    sequence("SRANDMEMBER of one member", "SADD k a", exactly("SRANDMEMBER k"), exactly("SRANDMEMBER k 5"),
        exactly("SRANDMEMBER k -3"), "SADD i 7", exactly("SRANDMEMBER i"), exactly("SRANDMEMBER i -3")),
    sequence("SRANDMEMBER with counts that are edges", "SADD k a b",
        each([number for number in INTEGERS if not number.startswith(b"-2147")
            and number != b"-9223372036854775808"], "SRANDMEMBER k ?"),
        "SRANDMEMBER k -9223372036854775808", "SRANDMEMBER missing -9223372036854775808",
        "SRANDMEMBER missing -9223372036854775807", "SRANDMEMBER k 1 2", "SRANDMEMBER k 1 x", "SRANDMEMBER"),
    sequence("SPOP with counts that are edges", "SADD k a b", each(INTEGERS, "SPOP k ?", "SADD k a b"),
        "SPOP k 1 2", "SPOP k 1 x", "SPOP", "SCARD k"),
    sequence("SPOP of one member", "SADD k a", exactly("SPOP k"), "EXISTS k", "SPOP k", "SADD k 5",
        exactly("SPOP k 1"), "EXISTS k", "SADD k a", exactly("SPOP k 9"), "EXISTS k"),
    sequence(
        "SPOP takes so many", SETS_TO_DRAW_FROM,
        [[f"SPOP {key} {count}", f"SCARD {key}", f"OBJECT ENCODING {key}"] for key in "ipt"
            for count in ("", 0, 1, 2, 7, 10, 20)],
        "SPOP t 200", "SCARD t", "SPOP t 120", "SCARD t", "OBJECT ENCODING t", "SPOP t 50", "EXISTS t",
    ),
    sequence(
        "what little SPOP leaves has the encoding of its members", ("SADD", "k", *integers(0, 1000)),
        "OBJECT ENCODING k", "SPOP k 100", "OBJECT ENCODING k", "SPOP k 800", "OBJECT ENCODING k",
        "SCARD k", ("SADD", "l", *integers(0, 60), "x"), "SREM l x", "OBJECT ENCODING l", "SPOP l 49",
        "OBJECT ENCODING l", "SPOP l 2", "OBJECT ENCODING l", "SPOP l 8", "OBJECT ENCODING l", "SCARD l",
        "CONFIG SET set-max-intset-entries 20", ("SADD", "m", *integers(0, 240)), "SPOP m 200",
        "OBJECT ENCODING m", "SPOP m 34", "OBJECT ENCODING m", "SCARD m",
    ),
    sequence("an intset stays one when the limit has become lower", ("SADD", "k", *integers(0, 100)),
        "CONFIG SET set-max-intset-entries 10", "SPOP k 10", "OBJECT ENCODING k", "SPOP k 74",
        "OBJECT ENCODING k", "SPOP k 14", "OBJECT ENCODING k", "SCARD k"),
]

SCANS = [
    sequence(
        "whole scans", OVERLAPPING,
        [scan_all(options, of=f"SSCAN {key}") for key in KEYS + ["missing"]
            for options in ("", "COUNT 1", "COUNT 7", "COUNT 1000", "MATCH *2*", "MATCH member:1? COUNT 50",
                "MATCH nothing", "COUNT 5 MATCH '' COUNT 6 MATCH 3*")],
    ),
    sequence("small sets are one page", "SADD i 3 1 2", exactly("SSCAN i 0"), exactly("SSCAN i 17"),
        exactly("SSCAN i 0 MATCH [12]"), exactly("SSCAN i 0 COUNT 1"), "SADD k a b", "SSCAN k 0"),
    sequence("SSCAN refuses what it can't understand", "SADD k 1", "SSCAN k", "SSCAN k x", "SSCAN k -1",
        "SSCAN k 99999999999999999999", "SSCAN k 0 COUNT 0", "SSCAN k 0 COUNT -1", "SSCAN k 0 COUNT x",
        "SSCAN k 0 COUNT", "SSCAN k 0 MATCH", "SSCAN k 0 TYPE set", "SSCAN k 0 FOO",
        each(INTEGERS, "SSCAN k 0 COUNT ?", "SSCAN k ?")),
]

SEQUENCES = [
    *MEMBERS, *SHAPES, *ALGEBRA, *CHANCE, *SCANS,
    sequence("an option of many numbers", each(["-1", "0", "1073741824", "x"],
        "CONFIG SET set-max-intset-entries ?")),
]

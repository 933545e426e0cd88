"""Strings: values, counters, ranges and expiry options."""

from itertools import product

from support.edge_values import BINARY, EXPIRIES, FLOATS, INTEGERS
from support.sequences import each, pipeline, sequence

STATE = ["GET k", "TTL k", "OBJECT ENCODING k"]
CONDITIONS = ["", "NX", "XX"]
LIFETIMES = ["", "EX 100", "PX 100000", "EXAT 33177117420", "PXAT 33177117420000", "KEEPTTL"]


def set_options(setup):
    """SET with every combination of condition, GET and lifetime, over the same earlier state."""
    for condition, get, lifetime in product(CONDITIONS, ["", "GET"], LIFETIMES):
        yield ["DEL k", *setup, f"SET k new {condition} {get} {lifetime}", *STATE]


SET = [
    sequence("SET with every combination of options on a missing key", *set_options([])),
    sequence("SET with every combination of options on a key", *set_options(["SET k old"])),
    sequence(
        "SET with every combination of options on a key with an expiry", *set_options(["SET k old EX 1000"])
    ),
    sequence(
        "SET takes its options in any order and case", "SET k a ex 100 nx get", "GET k",
        "SET k b GET xx Px 100000", "GET k", "SET k c keepttl Get XX", *STATE,
        "SET k d XX EXAT 33177117420 GET", "EXPIRETIME k", "SET k e PXAT 33177117420001 GET XX",
        "PEXPIRETIME k",
    ),
    sequence(
        "SET refuses options that contradict each other", "SET k v NX XX", "SET k v XX NX",
        "SET k v EX 10 PX 10000", "SET k v PX 10 EX 10", "SET k v EX 10 KEEPTTL", "SET k v KEEPTTL EX 10",
        "SET k v EXAT 10 PXAT 10", "SET k v EX 10 EX 20", "SET k v EXAT 10 EX 10", "SET k v KEEPTTL KEEPTTL",
        "SET k v NX NX", "SET k v XX XX", "SET k v GET GET", "SET k v PERSIST", "SET k v PXAT 10 KEEPTTL",
        "GET k",
    ),
    sequence(
        "SET refuses what is no option", "SET k v foo", "SET k v EX", "SET k v PX", "SET k v EXAT",
        "SET k v PXAT", "SET k v EX abc", "SET k v NX EX", "SET k v 10", 'SET k v ""', "SET k v EX 10 foo",
        "SET k v IFEQ x", "GET k",
    ),
    *[
        sequence(
            f"SET {option} with a time that is an edge", each(EXPIRIES, f"SET k v {option} ?", "GET k",
            "DEL k"),
        )
        for option in ("EX", "PX")
    ],
    *[
        sequence(
            f"SET {option} with a time that is an edge", each(EXPIRIES, f"SET k v {option} ?", "GET k",
            "PEXPIRETIME k", "DEL k"),
        )
        for option in ("EXAT", "PXAT")
    ],
    sequence(
        "SET with a time in the past leaves no key", "SET k v", "SET k w PXAT 1", "EXISTS k", "DBSIZE",
        "SET k v", "SET k w EXAT 1 GET", "EXISTS k",
    ),
    sequence("SET without KEEPTTL takes the expiry away", "SET k v EX 100", "SET k w", *STATE),
    sequence(
        "SET GET of a missing key is null", "SET k v GET", "GET k", "SET k w NX GET", "GET k",
        "SET m w XX GET", "GET m",
    ),
    sequence(
        "values and keys may be any bytes", each(BINARY, "SET k ?", "GET k", "STRLEN k", "SET ? v", "GET ?",
        "TYPE ?", "OBJECT ENCODING k"), "DBSIZE", "DEBUG DIGEST",
    ),
    sequence(
        "encodings follow the value", each(INTEGERS, "SET k ?", "OBJECT ENCODING k", "GET k"), each(
            [
                b"x" * 19, b"x" * 20, b"x" * 21, b"x" * 44, b"x" * 45, b"x" * 64, b"x" * 65, b"1" * 19,
                b"1" * 20, b"1" * 44, b"1" * 45,
            ],
            "SET k ?", "OBJECT ENCODING k", "STRLEN k", "GET k",
        ),
        "SET k x", "APPEND k y", "OBJECT ENCODING k", "SET n 5", "APPEND n 6", "OBJECT ENCODING n", "INCR n",
        "OBJECT ENCODING n", "SET f 1.5", "INCRBYFLOAT f 1.5", "OBJECT ENCODING f", "SETRANGE n 0 9",
        "OBJECT ENCODING n", "SETBIT n 0 1", "OBJECT ENCODING n",
    ),
    sequence(
        "long values survive", ("SET", "k", b"a" * 100_000), "GET k", "STRLEN k", ("APPEND", "k",
        b"b" * 50_000), "GETRANGE k 99999 100001", ("SET", b"key" * 5000, "v"), ("GET", b"key" * 5000),
        ("EXISTS", b"key" * 5000),
    ),
]

SETNX_AND_KIN = [
    sequence(
        "SETNX sets only what is missing", "SETNX k a", "SETNX k b", "GET k", "SET e v EX 100", "SETNX e w",
        "TTL e",
    ),
    sequence("SETEX sets value and expiry", "SETEX k 100 v", *STATE, "SETEX k 200 w", *STATE),
    sequence("SETEX with a time that is an edge", each(EXPIRIES, "SETEX k ? v", "GET k", "DEL k")),
    sequence("PSETEX sets value and expiry", "PSETEX k 100000 v", *STATE, "PTTL k"),
    sequence("PSETEX with a time that is an edge", each(EXPIRIES, "PSETEX k ? v", "GET k", "DEL k")),
    sequence(
        "GETSET returns the old value and clears the expiry", "GETSET k a", "GETSET k b", *STATE,
        "EXPIRE k 100", "GETSET k c", *STATE,
    ),
    sequence(
        "GETDEL removes what it returns", "GETDEL k", "SET k v", "GETDEL k", "EXISTS k", "GETDEL k",
        "SET k v EX 100", "GETDEL k", "TTL k", "DBSIZE",
    ),
    sequence(
        "GETEX with every option", "GETEX k", "GETEX k EX 100", "SET k v", "GETEX k", "TTL k",
        "GETEX k EX 100", "TTL k", "GETEX k", "TTL k", "GETEX k PX 200000", "TTL k",
        "GETEX k EXAT 33177117420", "EXPIRETIME k", "GETEX k PXAT 33177117420001", "PEXPIRETIME k",
        "GETEX k PERSIST", "TTL k", "GETEX k persist", "GETEX k EXAT 1", "EXISTS k", "SET k v",
        "GETEX k PXAT 1", "GET k",
    ),
    sequence(
        "GETEX refuses options that contradict each other", "SET k v", "GETEX k EX 10 PX 10",
        "GETEX k EX 10 PERSIST", "GETEX k PERSIST EX 10", "GETEX k PERSIST PERSIST", "GETEX k EX",
        "GETEX k foo", "GETEX k NX", "GETEX k KEEPTTL", "GETEX k GET", "GETEX k EX 10 foo", "GETEX k EX abc",
        "GETEX k EXAT 10 EXAT 20", "TTL k",
    ),
    *[
        sequence(
            f"GETEX {option} with a time that is an edge", each(EXPIRIES, "SET k v", f"GETEX k {option} ?",
            "EXISTS k", f"GETEX missing {option} ?"),
        )
        for option in ("EX", "PX", "EXAT", "PXAT")
    ],
]

MANY_KEYS = [
    sequence(
        "MGET returns null for what is missing", "SET a 1", "SET b 2", "MGET a b", "MGET a missing b",
        "MGET missing", "MGET a a a", 'MGET ""',
    ),
    sequence(
        "MSET sets all", "MSET a 1 b 2 c 3", "MGET a b c", "MSET a 1 a 2 a 3", "GET a", "SET e v EX 100",
        "MSET e w", "TTL e", 'MSET "" empty', 'GET ""',
    ),
    sequence("MSET wants pairs", "MSET a", "MSET a 1 b", "MSET a 1 b 2 c", "EXISTS a b c"),
    sequence(
        "MSETNX sets all or nothing", "MSETNX a 1 b 2", "MGET a b", "MSETNX b 3 c 4", "MGET b c",
        "MSETNX c 1 c 2", "GET c", "MSETNX d", "MSETNX d 1 e", "EXISTS d",
    ),
    sequence(
        "MSET and MGET of many keys", ("MSET", *[word for n in range(500) for word in (f"k{n}", f"v{n}")]),
        "DBSIZE", ("MGET", *[f"k{n}" for n in range(0, 600, 3)]), "DEBUG DIGEST", ("MSETNX",
        *[word for n in range(490, 510) for word in (f"k{n}", "x")]),
        "GET k505", ("DEL", *[f"k{n}" for n in range(250)]), "DBSIZE",
    ),
    sequence(
        "a pipeline is answered in order", pipeline("SET a 1", "INCR a", "GET a", "FOO", "GET", "APPEND a x",
        "INCR a", "GET a"),
    ),
]

COUNTERS = [
    sequence(
        "INCR and its kin count from nothing", "INCR a", "DECR b", "INCRBY c 5", "DECRBY d 5",
        "INCRBYFLOAT e 1.5", "MGET a b c d e", "INCR a", "DECR a", "INCRBY a -10", "DECRBY a -20", "GET a",
    ),
    sequence(
        "counters keep the expiry", "SET k 1 EX 100", "INCR k", "TTL k", "DECRBY k 3", "TTL k",
        "INCRBYFLOAT k 0.5", "TTL k",
    ),
    sequence("INCR reads only canonical integers", each(INTEGERS, "SET k ?", "INCR k", "GET k")),
    sequence("DECR reads only canonical integers", each(INTEGERS, "SET k ?", "DECR k", "GET k")),
    sequence("INCRBY reads only canonical increments", each(INTEGERS, "SET k 10", "INCRBY k ?", "GET k")),
    sequence("DECRBY reads only canonical decrements", each(INTEGERS, "SET k 10", "DECRBY k ?", "GET k")),
    sequence(
        "counters refuse to overflow", "SET k 9223372036854775807", "INCR k", "INCRBY k 1", "DECRBY k -1",
        "GET k", "DECR k", "GET k", "SET k -9223372036854775808", "DECR k", "INCRBY k -1", "DECRBY k 1",
        "GET k", "INCR k", "SET k 0", "DECRBY k -9223372036854775808", "INCRBY k -9223372036854775808",
        "GET k", "DECRBY k 9223372036854775807", "SET k -1", "DECRBY k 9223372036854775807", "GET k",
        "INCRBY k 9223372036854775807", "INCRBY k 9223372036854775807", "INCRBY k 9223372036854775807",
        "GET k",
    ),
    sequence(
        "counters refuse text", each(BINARY, "SET k ?", "INCR k", "INCRBYFLOAT k 1", "DECRBY k 2", "GET k")
    ),
    sequence("INCRBYFLOAT reads values", each(FLOATS, "SET k ?", "INCRBYFLOAT k 1", "GET k")),
    sequence(
        "INCRBYFLOAT reads increments", each(FLOATS, "SET k 1", "INCRBYFLOAT k ?", "GET k", "DEL k",
        "INCRBYFLOAT k ?", "GET k"),
    ),
    sequence(
        "INCRBYFLOAT writes as people would", "SET k 10.50", "INCRBYFLOAT k 0.1", "INCRBYFLOAT k -5",
        "SET k 5.0e3", "INCRBYFLOAT k 2.0e2", "SET k 3.0", "INCRBYFLOAT k 1.000", "SET k 0.1",
        "INCRBYFLOAT k 0.2", "SET k 1e20", "INCRBYFLOAT k 1", "SET k 1.1", "INCRBYFLOAT k -1.1",
        "INCRBYFLOAT k -0.0", "SET k 100", "INCRBYFLOAT k 0.00000000001", "INCRBYFLOAT k 1e-17",
        "INCRBYFLOAT k 123456789012345678", "SET k 1.7e308", "INCRBYFLOAT k 1.7e308", "SET k -1.7e308",
        "INCRBYFLOAT k -1.7e308", "GET k", "SET k 1e4932", "INCRBYFLOAT k 1e4932", "GET k", "SET k 1",
        "INCRBYFLOAT k 1e-4900",
        *["INCRBYFLOAT f 0.1"] * 30,
        "GET f", "OBJECT ENCODING f",
    ),
]

RANGES = [
    sequence(
        "APPEND makes and extends strings", "APPEND k hello", 'APPEND k " world"', "GET k", 'APPEND k ""',
        "STRLEN k", 'APPEND empty ""', "EXISTS empty", "STRLEN empty", "SET e v EX 100", "APPEND e w",
        "TTL e", each(BINARY, "APPEND b ?", "GET b"),
        *["APPEND grow 0123456789"] * 20,
        "GET grow", "OBJECT ENCODING grow", "SET n 12", "APPEND n 34", "INCR n",
    ),
    sequence(
        "STRLEN of everything", "STRLEN missing", "SET n -123", "STRLEN n", "SET n 9223372036854775807",
        "STRLEN n", 'SET n ""', "STRLEN n", each(BINARY, "SET b ?", "STRLEN b"),
    ),
    *[
        sequence(
            f"{name} with any start and end", 'SET k "This is a string"', 'SET empty ""', "SET n 12345", [
                f"{name} {key} {start} {end}"
                for key in ("k", "n", "empty", "missing")
                for start, end in product(
                    [0, 1, 4, 15, 16, 100, -1, -3, -16, -17, -100], [0, 3, 15, 16, 1000, -1, -2, -16, -17,
                    -1000],
                )
            ],
        )
        for name in ("GETRANGE", "SUBSTR")
    ],
    sequence(
        "GETRANGE reads only canonical integers", "SET k hello", each(INTEGERS, "GETRANGE k ? -1",
        "GETRANGE k 0 ?", "SUBSTR k ? 2", "GETRANGE missing ? 0"),
    ),
    sequence(
        "SETRANGE overwrites and pads", 'SET k "Hello World"', "SETRANGE k 6 Redis", "GET k",
        "SETRANGE missing 5 abc", "GET missing", 'SETRANGE none 0 ""', 'SETRANGE none 100 ""', "EXISTS none",
        'SETRANGE k 100 ""', "STRLEN k", "SETRANGE k 20 end", "GET k", "SETRANGE k 0 J", "GET k",
        "SET n 12345", "SETRANGE n 1 x", "GET n", "OBJECT ENCODING n", "SET e v EX 100", "SETRANGE e 0 w",
        "TTL e", "SETRANGE z 0 abc", "GET z", each(BINARY, "SETRANGE b 3 ?", "GET b"),
    ),
    sequence(
        "SETRANGE reads only canonical offsets", each(
            [n for n in INTEGERS if n not in (b"2147483647", b"2147483648", b"4294967295", b"4294967296")],
            "SET k hello", "SETRANGE k ? X", "GET k", 'SETRANGE k ? ""', 'SETRANGE missing ? ""',
        ),
        "EXISTS missing",
    ),
    sequence(
        "strings end at proto-max-bulk-len", "CONFIG SET proto-max-bulk-len 1048576", "SETRANGE k 1048576 x",
        "EXISTS k", "SETRANGE k 1048575 x", "STRLEN k", "APPEND k x", "SETRANGE k 1048570 abcdef",
        "SETRANGE k 1048570 abcdefg", 'APPEND k ""', "GETRANGE k 1048568 -1",
        "SETRANGE k 9223372036854775807 x", "SETRANGE k 2147483647 x", "SETRANGE k 4294967296 x",
        "SETBIT k 8388607 1", "SETBIT k 8388608 1", "BITFIELD k SET u8 8388600 255",
        "BITFIELD k SET u8 8388601 255", "BITFIELD k GET u8 8388608", "STRLEN k",
    ),
    sequence(
        "SETRANGE refuses offsets beyond 512 MB", "SETRANGE k 536870912 x", "SETRANGE k 4294967296 x",
        "SETRANGE k 536870911 xx", "EXISTS k",
    ),
]

PAIRS = [
    (b"ohmytext", b"mynewtext"), (b"", b""), (b"abc", b""), (b"abc", b"abc"), (b"abc", b"xyz"),
    (b"a\x00b\r\nc", b"\x00b\nc"), (b"AGGTAB", b"GXTXAYB"), (b"1234567890", b"24680"), (b"x" * 50, b"x" * 30),
    (b"abcabcabc" * 5, b"bcabca" * 6),
]

LCS = [
    sequence(
        f"LCS with every option, pair {number}", ("MSET", "a", left, "b", right), "LCS a b", "LCS a b LEN",
        "LCS a b IDX", "LCS a b IDX WITHMATCHLEN", [f"LCS a b IDX MINMATCHLEN {n}" for n in (-5, 0, 1, 2, 3,
        4, 5, 100)], "LCS a b IDX MINMATCHLEN 2 WITHMATCHLEN", "LCS a b WITHMATCHLEN MINMATCHLEN 4 IDX",
        "LCS b a", "LCS b a IDX", "LCS a a IDX WITHMATCHLEN", "LCS a missing", "LCS missing b LEN",
        "LCS missing none IDX",
    )
    for number, (left, right) in enumerate(PAIRS)
] + [
    sequence(
        "LCS refuses what it cannot do", "MSET a x b y", "LCS a b LEN IDX", "LCS a b IDX LEN WITHMATCHLEN",
        "LCS a b foo", "LCS a b MINMATCHLEN", "LCS a b IDX MINMATCHLEN", "LCS a b IDX MINMATCHLEN abc",
        "LCS a b len", "LCS a b idx minmatchlen 1", "LCS a b LEN LEN", "LCS a b WITHMATCHLEN",
        "LCS a b MINMATCHLEN 3", "LCS a b LEN MINMATCHLEN 1 WITHMATCHLEN", each(INTEGERS,
        "LCS a b IDX MINMATCHLEN ?"),
    ),
]

SEQUENCES = SET + SETNX_AND_KIN + MANY_KEYS + COUNTERS + RANGES + LCS

"""HyperLogLogs: every byte of their values, their estimates, and values that are none."""

from support.edge_values import BINARY
from support.sequences import each, sequence

HEADER = b"HYLL\x01" + bytes(11)
EMPTY = HEADER + b"\x7f\xff"
SHOW = ["GET k", "PFDEBUG ENCODING k", "PFCOUNT k", "GET k", "OBJECT ENCODING k"]


def elements(first, last):
    return [f"element:{number}" for number in range(first, last)]


def adding(last, by, *after):
    """PFADD of so many elements, so many at once."""
    return [
        step
        for first in range(0, last, by)
        for step in (("PFADD", "k", *elements(first, min(first + by, last))), *after)
    ]


ADDING = [
    sequence(
        "PFADD tells whether the estimate may have changed", "PFADD k", "GET k", "PFADD k", "PFADD k a",
        "PFADD k a", "PFADD k a b c", "PFADD k c b a", *SHOW, "PFADD l a a", "PFCOUNT l", "PFADD l",
    ),
    sequence("elements are any bytes", each(BINARY, "PFADD k ?", "PFCOUNT k", "GET k"), each(BINARY,
        "PFADD k ?")),
    sequence("each byte of a sparse value, one element at a time", adding(150, 1, "GET k")),
    sequence("a value that becomes dense", adding(2600, 20, "GET k"), SHOW, "PFDEBUG GETREG k",
        "DEBUG DIGEST-VALUE k", "COPY k l", "PFADD k more", "PFCOUNT l k"),
    sequence("estimates up to many elements", adding(60000, 1000, "PFCOUNT k"), "GET k"),
    *(
        sequence(
            f"the moment at which a value becomes dense, {size} bytes",
            f"CONFIG SET hll-sparse-max-bytes {size}",
            adding(300, 1, "STRLEN k", "PFDEBUG ENCODING k"), adding(1800, 7, "STRLEN k"), *SHOW,
        )
        for size in (0, 16, 18, 19, 20, 100, 101, 102, 103, 1000, 3000)
    ),
    sequence(
        "a value that stays sparse", "CONFIG SET hll-sparse-max-bytes 20000", adding(30000, 100, "STRLEN k"),
        "GET k", "PFDEBUG DECODE k", SHOW,
    ),
    sequence(
        "the estimate in the value", "PFADD k a b c", "GETRANGE k 0 15", "PFCOUNT k", "GETRANGE k 0 15",
        "PFADD k a", "GETRANGE k 0 15", "PFADD k d", "GETRANGE k 0 15", "PFCOUNT k l", "GETRANGE k 0 15",
        "PFMERGE k", "GETRANGE k 0 15", "PFCOUNT k", "SETRANGE k 8 x", "PFCOUNT k", "SETRANGE k 15 x",
        "PFCOUNT k", ("SETRANGE", "k", 15, b"\x80"), "PFCOUNT k", "PFMERGE new", "GET new", "PFMERGE l k",
        "GET l",
    ),
    sequence("the expiry stays", "PFADD k a", "EXPIRE k 1000", "PFADD k b", "PFCOUNT k", "PFMERGE k",
        "TTL k"),
]

SETS = {"a": elements(0, 5), "b": elements(3, 200), "c": elements(100, 2900),
    "d": [f"x{i}" for i in range(9)]}
SOME_SETS = [("PFADD", name, *words) for name, words in SETS.items()]

MERGING = [
    sequence(
        f"PFMERGE and PFCOUNT of {sources!r}", SOME_SETS, f"PFCOUNT {sources} none",
        f"PFMERGE k {sources}", *SHOW, f"PFMERGE a {sources} none", "GET a", "PFCOUNT a",
        f"PFMERGE c {sources}",
        "GET c", "PFCOUNT a b c d",
    )
    for sources in ("", "a", "a b", "b a d", "c", "a c", "d a b c", "a a a", "b d")
] + [
    sequence(
        f"PFMERGE of what is too long for a sparse value, {size} bytes",
        f"CONFIG SET hll-sparse-max-bytes {size}", SOME_SETS, "PFMERGE k a b d", *SHOW, "PFMERGE k b", *SHOW,
    )
    for size in (0, 30, 200, 500)
]

DEBUGGING = [
    sequence(
        "PFDEBUG of a sparse value", "PFADD k a b c d e f", "PFDEBUG DECODE k", "PFDEBUG encoding k",
        "PFDEBUG todense k", "PFDEBUG TODENSE k", "PFDEBUG DECODE k", "PFDEBUG ENCODING k", "GET k",
        "PFCOUNT k", "PFADD l a b", "PFDEBUG GETREG l", "PFDEBUG ENCODING l", "GET l",
    ),
    sequence(
        "PFDEBUG refuses what it cannot do", "PFDEBUG ENCODING k", "PFDEBUG FOO k", "PFADD k a",
        "PFDEBUG FOO k", "PFDEBUG HELP k", "PFDEBUG GETREG k more", "PFDEBUG GETREG", "SET k text",
        "PFDEBUG GETREG k", "PFDEBUG FOO k", "PFSELFTEST", "PFSELFTEST x",
    ),
]

ALL_ON_K = [
    "PFADD k", "PFADD k a", "PFADD k a b c d e f g h", "PFCOUNT k", "PFCOUNT k other", "PFCOUNT other k",
    "PFMERGE other k", "PFMERGE k other", "PFMERGE k", "PFDEBUG GETREG k", "PFDEBUG DECODE k",
    "PFDEBUG ENCODING k", "PFDEBUG TODENSE k",
]


def on_value(value):
    """Every command on this value, each on a fresh copy."""
    return [
        step
        for command in ALL_ON_K
        for step in (("SET", "k", value), command, "GET k", "OBJECT ENCODING k", "EXISTS other", "DEL other")
    ]


OTHER_VALUES = [
    sequence("every command on a list", "RPUSH k a", ALL_ON_K, "PFADD other x", "PFCOUNT other k",
        "PFMERGE other k", "GET other"),
    *(
        sequence(f"every command on {name}", on_value(value))
        for name, value in (
            ("an empty string", b""), ("a short string", b"HYLL"), ("an integer", b"1234567890123456789"),
            ("a header alone", HEADER), ("an empty one", EMPTY), ("a wrong magic", b"HYLK" + EMPTY[4:]),
            ("an unknown form", b"HYLL\x02" + EMPTY[5:]), ("a dense one that is too short",
            b"HYLL\x00" + bytes(12298)), ("a dense one that is too long", b"HYLL\x00" + bytes(12300)),
            ("a dense one", b"HYLL\x00" + bytes(12299)), ("a dense one of high values",
            b"HYLL\x00" + bytes(11) + b"\xff" * 12288), ("a dense one of highest values",
            b"HYLL\x00" + bytes(10) + b"\x80" + b"\x33\xcf\x3c" * 4096),
            ("a register too few", HEADER + b"\x7f\xfe"),
            ("a register too many", HEADER + b"\x7f\xff\x00"), ("a value too many", EMPTY + b"\x80"),
            ("values alone", HEADER + b"\xff" * 100), ("as many values as there are registers",
            HEADER + b"\xff" * 4096), ("short zeros", HEADER + b"\x3f" * 256),
            ("an estimate that is kept", EMPTY[:8] + b"\x2a" + bytes(7) + b"\x7f\xff"),
            ("values that could be joined", HEADER + b"\x80" * 20 + b"\x7f\xeb"),
            ("an estimate that is kept of corrupt registers", EMPTY[:8] + b"\x2a" + bytes(7) + b"\x7f\xfe"),
        )
    ),
    sequence(
        "values that Redis made", [
            step
            for last in (0, 1, 10, 100, 1000, 5000)
            for step in (
                "DEL k", ("PFADD", "k", *elements(0, last)), "PFCOUNT k", "GET k", "COPY k l REPLACE",
                "APPEND l x", "PFCOUNT l", "PFADD l z",
            )
        ],
    ),
]

SEQUENCES = [*ADDING, *MERGING, *DEBUGGING, *OTHER_VALUES]

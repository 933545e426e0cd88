"""Lists: both ends, ranges, searching, moving."""

from itertools import product

from support.edge_values import BINARY, INTEGERS
from support.sequences import each, sequence

ALL = "LRANGE k 0 -1"
LETTERS = "RPUSH k a b c d e f g h i j"
WRONG_TYPE = ["DEL k", "SET k text"]
ON_A_STRING = [
    "LPUSH k x", "RPUSHX k x", "LPOP k", "RPOP k 2", "LLEN k", "LRANGE k 0 -1", "LINDEX k 0", "LSET k 0 x",
    "LINSERT k BEFORE a b", "LREM k 0 a", "LTRIM k 0 1", "LPOS k a", "LPOS k a COUNT 1",
    "LMOVE k other LEFT LEFT",
    "RPOPLPUSH k other", "LMPOP 1 k LEFT", "LMPOP 2 missing k LEFT",
]

ENDS = [
    sequence(
        "pushing at both ends, several at once", "LPUSH k a", "LPUSH k b c d", "RPUSH k e f", ALL, "LLEN k",
        "TYPE k", "OBJECT ENCODING k",
    ),
    sequence(
        "LPUSHX and RPUSHX want a list", "LPUSHX k a", "RPUSHX k a b", "EXISTS k", "RPUSH k x",
        "LPUSHX k a b",
        "RPUSHX k c d", ALL,
    ),
    sequence("elements are any bytes", each(BINARY, "RPUSH k ?"), ALL, each(BINARY, "LPOS k ?"), ALL),
    sequence("elements are any integers", each(INTEGERS, "RPUSH k ?"), ALL, each(INTEGERS, "LPOS k ?")),
    sequence(
        "popping to the end removes the key", "RPUSH k a b c", "LPOP k", "RPOP k", "LPOP k", "EXISTS k",
        "LPOP k",
        "RPOP k",
    ),
    sequence(
        "popping with a count", LETTERS, "LPOP k 0", "LPOP k 2", "RPOP k 3", ALL, "LPOP k 100", "EXISTS k",
        "LPOP k 0", "LPOP k 3", "RPOP k 0",
    ),
    sequence("LPOP with a count that is an edge", LETTERS, each(INTEGERS, "LPOP k ?", "RPOP k ?"), "LLEN k"),
    sequence("pops take at most one count", LETTERS, "LPOP k 1 2", "RPOP k 1 2", "LPOP", "LPUSH k", ALL),
    sequence(
        "LMPOP takes the first list that is there", "RPUSH b 1 2 3", "RPUSH c 4 5 6", "LMPOP 3 a b c LEFT",
        "LMPOP 3 a b c RIGHT COUNT 5", "EXISTS b", "LMPOP 3 a b c left count 2", "LMPOP 2 a b LEFT",
        "LMPOP 1 c RIGHT COUNT 1", "LMPOP 1 c RIGHT COUNT 1",
    ),
    sequence(
        "LMPOP refuses what it can't understand", LETTERS, "LMPOP 0 k LEFT", "LMPOP -1 k LEFT",
        "LMPOP a k LEFT",
        "LMPOP 2 k LEFT", "LMPOP 1 k", "LMPOP 1 k UP", "LMPOP 1 k LEFT COUNT", "LMPOP 1 k LEFT COUNT 0",
        "LMPOP 1 k LEFT COUNT -1", "LMPOP 1 k LEFT COUNT x", "LMPOP 1 k LEFT COUNT 1 COUNT 2",
        "LMPOP 1 k LEFT LEFT", "LMPOP 99999999999999999999 k LEFT", "LMPOP 9223372036854775807 k LEFT", ALL,
    ),
]

MOVES = [
    sequence(
        "DEBUG LISTPACK wants a listpack", "RPUSH l a b", "SADD s a", "SADD i 1", "SET t x", "HSET h a 1",
        "ZADD z 1 a", [f"DEBUG LISTPACK {key}" for key in ("l", "s", "i", "t", "h", "z", "missing")],
        "DEBUG LISTPACK", "DEBUG HTSTATS-KEY l", "DEBUG HTSTATS-KEY h", "DEBUG HTSTATS-KEY missing",
    ),
    sequence(
        "inner blocks are compressed", "CONFIG SET list-max-listpack-size 8 list-compress-depth 1",
        [f"RPUSH k {'repeated ' * 20} {'b' * 30}{number} {number}" for number in range(9)], "LRANGE k 0 -1",
        "LSET k 33 x", "LINSERT k BEFORE x y", "LREM k -3 repeated", "LPOS k y", "LTRIM k 5 -6",
        "LRANGE k 0 -1", "SORT k ALPHA", "LMOVE k l LEFT RIGHT", "RPOP k 40", "LRANGE k 0 -1",
        "CONFIG SET list-compress-depth 0", "LPOP k 100", "LRANGE k 0 -1",
        "CONFIG SET list-max-listpack-size -2",
    ),
    sequence(
        "LMOVE between lists, in every direction",
        [
            ["DEL k l", "RPUSH k a b 3", "RPUSH l x y", f"LMOVE k l {here} {there}", ALL, "LRANGE l 0 -1"]
            for here, there in product(["LEFT", "RIGHT"], repeat=2)
        ],
    ),
    sequence(
        "LMOVE within a list, in every direction",
        [
            ["DEL k", "RPUSH k a b 3", f"LMOVE k k {here} {there}", ALL]
            for here, there in product(["LEFT", "RIGHT"], repeat=2)
        ],
    ),
    sequence(
        "LMOVE makes and removes keys", "RPUSH k a", "LMOVE k l LEFT LEFT", "EXISTS k",
        "LMOVE l l LEFT RIGHT",
        "LRANGE l 0 -1", "LMOVE k l LEFT LEFT", "RPOPLPUSH l m", "EXISTS l", "RPOPLPUSH m m", "RPOPLPUSH l m",
    ),
    sequence(
        "LMOVE checks types and words", "RPUSH k a", "SET s 1", "LMOVE k s LEFT LEFT", "LMOVE s k LEFT LEFT",
        "LMOVE missing s LEFT LEFT", "RPOPLPUSH missing s", "RPOPLPUSH k s", "LMOVE k l UP LEFT",
        "LMOVE k l LEFT",
        "LMOVE k l LEFT DOWN", ALL,
    ),
]

RANGES = [
    sequence(
        "LRANGE with every pair of ends", LETTERS,
        [f"LRANGE k {first} {last}" for first, last in product([-12, -10, -3, -1, 0, 2, 9, 10, 99],
            repeat=2)],
    ),
    sequence("LRANGE with ends that are edges", LETTERS, each(INTEGERS, "LRANGE k ? 3", "LRANGE k 3 ?")),
    sequence("LINDEX with indexes that are edges", LETTERS, each(INTEGERS, "LINDEX k ?"), "LINDEX k -10",
        "LINDEX k -11"),
    sequence("LSET with indexes that are edges", LETTERS, each(INTEGERS, "LSET k ? new", ALL)),
    sequence(
        "LTRIM with every pair of ends",
        [
            ["DEL k", LETTERS, f"LTRIM k {first} {last}", ALL, "EXISTS k"]
            for first, last in product([-12, -10, -3, -1, 0, 2, 9, 10], repeat=2)
        ],
    ),
    sequence(
        "missing lists", "LRANGE k 0 -1", "LINDEX k 0", "LINDEX k x", "LSET k 0 a", "LSET k x a",
        "LTRIM k 0 1",
        "LTRIM k x 1", "LREM k 1 a", "LREM k x a", "LPOS k a", "LPOS k a COUNT 1", "LINSERT k BEFORE a b",
        "LLEN k",
    ),
]

SEARCH = [
    sequence(
        "LINSERT before and after", "RPUSH k a b a 1", "LINSERT k BEFORE a x", "LINSERT k after b y", ALL,
        "LINSERT k BEFORE 1 z", "LINSERT k AFTER 1 last", ALL, "LINSERT k AFTER none q",
        "LINSERT k BESIDE a q",
        "LINSERT k BEFORE a", ALL,
    ),
    sequence(
        "LREM from both ends",
        [
            ["DEL k", "RPUSH k a b a c a 1 a", f"LREM k {count} a", ALL, "LREM k 0 1", "LREM k 0 none", ALL]
            for count in (0, 1, 2, 10, -1, -3, -10)
        ],
    ),
    sequence("LREM with counts that are edges", each(INTEGERS, "RPUSH k a b a", "LREM k ? a", ALL)),
    sequence("LREM of everything removes the key", "RPUSH k a a a", "LREM k 0 a", "EXISTS k"),
    sequence(
        "LPOS with every combination of options", "RPUSH k a b c 1 2 3 c c",
        [
            f"LPOS k c {rank} {count} {most}"
            for rank, count, most in product(
                ["", "RANK 1", "RANK 2", "RANK 4", "RANK -1", "RANK -3", "RANK -4"],
                ["", "COUNT 0", "COUNT 1", "COUNT 2", "COUNT 9"], ["", "MAXLEN 0", "MAXLEN 1", "MAXLEN 3",
                    "MAXLEN 99"],
            )
        ],
    ),
    sequence("LPOS with numbers that are edges", "RPUSH k a b a", [
        each(INTEGERS, f"LPOS k a {option} ?") for option in ("RANK", "COUNT", "MAXLEN")
    ]),
    sequence("LPOS refuses what it can't understand", "RPUSH k a", "LPOS k a RANK", "LPOS k a FOO 1",
        "LPOS k"),
]

SHAPES = [
    sequence(
        f"a list of many elements, {size}", "CONFIG SET list-max-listpack-size " + size,
        [("RPUSH", "k", *(f"element:{number}" for number in range(start, start + 100))) for start in (0, 100,
            200)],
        "LLEN k", "LINDEX k 150", "LINDEX k -7", "LSET k 77 seventy-seven",
        "LINSERT k BEFORE element:200 before",
        "LPOS k element:299", "LREM k 1 element:5", "LTRIM k 3 -4", "LRANGE k 70 80", ("LSET", "k", "100",
            "x" * 10000),
        ("LPUSH", "k", "y" * 9000), "LRANGE k 99 103", "LPOP k 150", ALL, "OBJECT ENCODING k",
        "DEBUG DIGEST-VALUE k",
        "COPY k l", "DEBUG DIGEST-VALUE l", "LMPOP 1 k RIGHT COUNT 500", "EXISTS k",
    )
    for size in ("-2", "-1", "-5", "1", "4", "128", "0")
]

SEQUENCES = [
    *ENDS, *MOVES, *RANGES, *SEARCH, *SHAPES,
    sequence("every list command on a string", *WRONG_TYPE, ON_A_STRING, "GET k"),
    sequence("an option of many numbers", each(["-6", "-5", "0", "x"],
        "CONFIG SET list-max-listpack-size ?")),
]

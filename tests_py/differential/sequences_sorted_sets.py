"""Sorted sets: adding, asking, ranges of three kinds, removal, walking."""

from itertools import product

from support.edge_values import BINARY, FLOATS, INTEGERS
from support.sequences import each, exactly, sequence

ALL = "ZRANGE k 0 -1 WITHSCORES"
LETTERS = "ZADD k 1 a 2 b 2 c 3.5 d -1 e inf f -inf g 0 h 1e20 i 2 10"
EQUALS = "ZADD k 0 a 0 b 0 c 0 bb 0 10 0 9 0 \"\" 0 d 0 \"\\xff\" 0 Z"
# A member too long for a listpack.
LONG = "m" * 65
BIG = ("ZADD", "k", "2", LONG)
ON_A_STRING = [
    "ZADD k 1 a", "ZADD k XX 1 a", "ZADD k INCR 1 a", "ZINCRBY k 1 a", "ZCARD k", "ZSCORE k a",
    "ZMSCORE k a b",
    "ZRANK k a", "ZREVRANK k a", "ZCOUNT k 0 1", "ZLEXCOUNT k - +", "ZRANGE k 0 -1", "ZRANGE k 0 1 BYSCORE",
    "ZRANGE k - + BYLEX", "ZREVRANGE k 0 -1", "ZRANGEBYSCORE k 0 1", "ZREVRANGEBYSCORE k 1 0",
    "ZRANGEBYLEX k - +", "ZREVRANGEBYLEX k + -", "ZRANGESTORE d k 0 -1", "ZREM k a", "ZREMRANGEBYRANK k 0 -1",
    "ZREMRANGEBYSCORE k 0 1", "ZREMRANGEBYLEX k - +", "ZPOPMIN k", "ZPOPMAX k 2", "ZPOPMIN k 0",
    "ZMPOP 1 k MIN", "ZMPOP 2 missing k MAX", "ZRANDMEMBER k", "ZRANDMEMBER k 2", "ZSCAN k 0",
    "ZUNION 1 k", "ZINTER 2 l k", "ZDIFF 2 l k", "ZINTERCARD 1 k", "ZUNIONSTORE d 1 k", "ZINTERSTORE d 1 k",
    "ZDIFFSTORE d 1 k",
]

ADDING = [
    sequence(
        "adding keeps the order of score and member", LETTERS, ALL, "ZCARD k", "TYPE k", "OBJECT ENCODING k",
        "ZADD k 5 a 5 z", ALL, "DEBUG DIGEST-VALUE k", BIG, ALL, "OBJECT ENCODING k", "DEBUG DIGEST-VALUE k",
        "ZADD k 4 a 4 z", ALL, "DEBUG DIGEST-VALUE k",
    ),
    sequence(
        "every combination of options",
        [
            ["DEL k", before, "ZADD k 2 a", f"ZADD k {first} {second} {third} {score} a", ALL,
                f"ZADD k {first} {second} {third} {score} new", ALL]
            for before in ("ZCARD k", BIG)
            for first, second, third in product(["", "NX", "XX"], ["", "GT", "LT"], ["", "CH", "INCR",
                "CH INCR"])
            for score in (1, 2, 3)
        ],
    ),
    sequence(
        "options of a sorted set that is not there", "ZADD k XX 1 a", "ZADD k XX INCR 1 a",
        "ZADD k GT XX 1 a",
        "EXISTS k", "ZADD k NX INCR 1 a", "DEL k", "ZADD k GT INCR 1 a", "DEL k", "ZADD k LT CH 1 a", ALL,
    ),
    sequence(
        "options that contradict each other, in the order of their checks", "ZADD k NX XX 1 a",
        "ZADD k NX XX 1",
        "ZADD k NX GT 1 a", "ZADD k NX LT 1 a", "ZADD k GT LT 1 a", "ZADD k NX GT LT XX 1 a",
        "ZADD k GT XX LT 1 a",
        "ZADD k INCR 1 a 2 b", "ZADD k INCR NX XX 1 a 2 b", "ZADD k INCR x a 2 b", "ZADD k NX XX x a",
        "ZADD k nx",
        "ZADD k nx ch", "ZADD k 1 a 2", "ZADD k 1 a x b", "ZADD k x a 1 b", "ZADD k 1 a NX b",
        "ZADD k FOO 1 a",
        "ZADD k CH CH INCR incr 1 a", "ZADD k CH", "ZADD k 1", "ZINCRBY k nx a", "ZINCRBY k ch a",
        "ZINCRBY k incr a", "EXISTS k",
    ),
    sequence(
        "a wrong type comes after wrong scores", "SET k text", "ZADD k x a", "ZADD k NX XX 1 a", "ZADD k 1 a",
        "ZADD k XX 1 a", "ZINCRBY k x a", "ZINCRBY k 1 a",
    ),
    sequence("scores of any kind", each(FLOATS, "ZADD k ? a", "ZSCORE k a", "ZADD l CH ? a", "ZSCORE l a")),
    sequence("scores of any kind outside of a listpack", BIG, each(FLOATS, "ZADD k ? a", "ZSCORE k a")),
    sequence("scores of any kind, all at once", [
        ("ZADD", "k", number, b"m%d" % place) for place, number in enumerate(FLOATS)
    ], ALL, "ZSCAN k 0", "DEBUG DIGEST-VALUE k", BIG, "DEBUG DIGEST-VALUE k"),
    sequence("increments of any kind", each(FLOATS, "ZINCRBY k ? a", "ZADD k INCR ? b", ALL)),
    sequence(
        "sums that are no number", "ZADD k inf a -inf b", "ZINCRBY k -inf a", "ZADD k INCR inf b",
        "ZINCRBY k inf a",
        ALL, "ZINCRBY k nan a", BIG, "ZINCRBY k -inf a", "ZADD k XX INCR inf b", ALL,
    ),
    sequence(
        "zeros with a sign", "ZADD k -0 a", ALL, "ZINCRBY k -0 b", "ZSCORE k b", "ZINCRBY k -0 b", BIG,
        "ZADD k -0 c 0 d", "ZADD k CH 0 c -0 d", "ZINCRBY k -0 c", "ZSCORE k c", ALL, "ZCOUNT k -0 0",
        "DEBUG DIGEST-VALUE k",
    ),
    sequence("members are any bytes", each(BINARY, "ZADD k 1 ?"), ALL, each(BINARY, "ZSCORE k ?",
        "ZRANK k ?"),
        "DEBUG DIGEST-VALUE k", each(BINARY, "ZREM k ?"), "EXISTS k"),
    sequence("members are any integers", each(INTEGERS, "ZADD k 1 ?"), ALL, "OBJECT ENCODING k",
        each(INTEGERS, "ZRANK k ?", "ZREVRANK k ?"), "DEBUG DIGEST-VALUE k", each(INTEGERS, "ZREM k ?")),
]

ASKING = [
    sequence(
        "single members", LETTERS, [
            [f"ZSCORE k {member}", f"ZRANK k {member}", f"ZREVRANK k {member}"] for member in "abcdefghix"
        ], "ZMSCORE k a x 10 f", BIG, "ZMSCORE k a x 10 f", "ZRANK k 10", "ZREVRANK k 10", "ZRANK k x",
    ),
    sequence(
        "missing sorted sets", "ZSCORE k a", "ZMSCORE k a b", "ZRANK k a", "ZREVRANK k a", "ZCARD k",
        "ZCOUNT k 0 1",
        "ZLEXCOUNT k - +", "ZREM k a", "ZREMRANGEBYRANK k 0 -1", "ZREMRANGEBYSCORE k 0 1",
        "ZREMRANGEBYLEX k - +",
        "ZPOPMIN k", "ZPOPMAX k 3", "ZPOPMIN k 0", "ZMPOP 2 k l MIN", "ZRANDMEMBER k", "ZRANDMEMBER k 3",
        "ZRANDMEMBER k -3 WITHSCORES", "ZSCAN k 0", "ZSCAN k 0 FOO", "ZRANGE k 0 -1",
        "ZRANGE k 0 -1 WITHSCORES",
        "ZRANGEBYSCORE k 0 1 WITHSCORES LIMIT 0 1", "ZREVRANGE k 0 -1", "ZREVRANGEBYSCORE k 1 0",
        "ZRANGEBYLEX k - +", "ZREVRANGEBYLEX k + -", "ZRANGESTORE d k 0 -1", "ZRANGE k x 1", "ZCOUNT k x 1",
        "ZLEXCOUNT k x 1", "ZREMRANGEBYRANK k x 1", "ZREMRANGEBYSCORE k x 1", "ZREMRANGEBYLEX k x 1",
    ),
    sequence(
        "ZRANDMEMBER", "ZADD k 1 a", "ZRANDMEMBER k", "ZRANDMEMBER k 1", "ZRANDMEMBER k -3",
        "ZRANDMEMBER k 5",
        "ZRANDMEMBER k 0", exactly("ZRANDMEMBER k -3 WITHSCORES"), exactly("ZRANDMEMBER k 5 withscores"), BIG,
        "ZREM k a", exactly("ZRANDMEMBER k"), exactly("ZRANDMEMBER k -2"),
        exactly("ZRANDMEMBER k 9223372036854775807"), exactly("ZRANDMEMBER k 4611686018427387903 WITHSCORES"),
        "ZRANDMEMBER k 4611686018427387904 WITHSCORES", "ZRANDMEMBER k -4611686018427387904 WITHSCORES",
        "ZRANDMEMBER k -9223372036854775808", "ZRANDMEMBER k x", "ZRANDMEMBER k x FOO", "ZRANDMEMBER k 1 FOO",
        "ZRANDMEMBER k 1 WITHSCORES WITHSCORES", "ZRANDMEMBER k WITHSCORES", "ZRANDMEMBER",
    ),
    sequence("ZRANDMEMBER of all there is", LETTERS, "ZRANDMEMBER k 100", "ZRANDMEMBER k 10 WITHSCORES", BIG,
        "ZRANDMEMBER k 100", "ZRANDMEMBER k 11 WITHSCORES"),
    sequence(
        "ZSCAN of a listpack", LETTERS, "ZSCAN k 0", "ZSCAN k 0 MATCH [a-c]", "ZSCAN k 0 MATCH 1* COUNT 1",
        "ZSCAN k 5 COUNT 2", "ZSCAN k x", "ZSCAN k 0 COUNT 0", "ZSCAN k 0 COUNT x", "ZSCAN k 0 TYPE zset",
        "ZSCAN k 0 MATCH", "ZSCAN k 0 FOO 1", "ZSCAN k -1", "ZSCAN k 99999999999999999999",
    ),
    sequence("ZSCAN of a big one", BIG, "ZSCAN k 0", "ZADD k 0.1 a", "ZSCAN k 0 COUNT 1000",
        "ZSCAN k 0 MATCH a"),
]

BOUNDS = ["-inf", "(-inf", "-1", "(-1", "0", "2", "(2", "2.5", "1e20", "(1e20", "+inf", "(inf"]
LEX_BOUNDS = ["-", "+", "[", "(", "[a", "(a", "[b", "(bb", "[9", "[zz", "[\xff"]

RANGES = [
    sequence(
        f"ranks with every pair of ends, {name}", LETTERS, before,
        [
            [f"{command} k {first} {last}{rest}"]
            for first, last in product([-12, -10, -3, -1, 0, 2, 9, 10, 99], repeat=2)
            for command, rest in (("ZRANGE", " WITHSCORES"), ("ZREVRANGE", ""), ("ZRANGE", " REV"))
        ],
    )
    for name, before in (("listpack", "ZCARD k"), ("big", BIG))
] + [
    sequence(
        f"scores with every pair of bounds, {name}", LETTERS, before,
        [
            [
                f"ZRANGEBYSCORE k {low} {high}", f"ZREVRANGEBYSCORE k {high} {low} WITHSCORES LIMIT 1 2",
                f"ZRANGE k {low} {high} BYSCORE LIMIT 2 -1", f"ZRANGE k {high} {low} REV BYSCORE",
                f"ZCOUNT k {low} {high}",
            ]
            for low, high in product(BOUNDS, repeat=2)
        ],
    )
    for name, before in (("listpack", "ZCARD k"), ("big", BIG))
] + [
    sequence(
        f"members with every pair of bounds, {name}", EQUALS, before,
        [
            [
                ("ZRANGEBYLEX", "k", low, high), ("ZREVRANGEBYLEX", "k", high, low, "LIMIT", "1", "2"),
                ("ZRANGE", "k", low, high, "BYLEX", "LIMIT", "2", "-1"), ("ZRANGE", "k", high, low, "REV",
                    "BYLEX"),
                ("ZLEXCOUNT", "k", low, high),
            ]
            for low, high in product(LEX_BOUNDS, repeat=2)
        ],
    )
    for name, before in (("listpack", "ZCARD k"), ("big", ("ZADD", "k", "0", LONG)))
] + [
    sequence("ranks that are edges", LETTERS, each(INTEGERS, "ZRANGE k ? 3", "ZRANGE k 3 ?",
        "ZREVRANGE k ? ?")),
    sequence("bounds of scores that are edges", LETTERS, each(FLOATS, "ZCOUNT k ? inf", "ZCOUNT k -inf ?"),
        [(command, "k", b"(" + number, b"inf") for number in FLOATS for command in ("ZCOUNT",
            "ZRANGEBYSCORE")]),
    sequence(
        "bounds that strtod would read", "ZADD k 0 a 1 b 16 c", ("ZCOUNT", "k", "", ""), "ZCOUNT k ( 1",
        ("ZCOUNT", "k", b"1\x00x", "16"), ("ZCOUNT", "k", " 1", "16"), ("ZCOUNT", "k", "1 ", "16"),
        "ZCOUNT k 0x1 0x10", "ZCOUNT k ((1 2", "ZCOUNT k [1 2", "ZCOUNT k 1e400 1e401",
            "ZCOUNT k -1e400 1e-5000",
        "ZCOUNT k nan 1", "ZCOUNT k 1 nan", "ZCOUNT k (nan 1", "ZCOUNT k +1 +16", "ZCOUNT k ( (",
    ),
    sequence(
        "bounds of members that are not to be understood", EQUALS, "ZRANGEBYLEX k a b", "ZRANGEBYLEX k [a b",
        ("ZRANGEBYLEX", "k", "", "+"), "ZRANGEBYLEX k -a +", "ZRANGEBYLEX k - +b", ("ZLEXCOUNT", "k",
            b"-\x00a", "+"),
        "ZLEXCOUNT k ((a [b", "ZLEXCOUNT k [[ [b",
    ),
    sequence("limits", LETTERS, each(INTEGERS, "ZRANGEBYSCORE k -inf inf LIMIT ? 3",
        "ZREVRANGEBYSCORE k inf -inf LIMIT 1 ?", "ZRANGE k -inf inf BYSCORE LIMIT ? ?")),
    sequence(
        "options that don't go together, in the order of their checks", LETTERS, "ZRANGE k 0 -1 LIMIT 0 1",
        "ZRANGE k 0 -1 LIMIT 0 -1", "ZRANGE k 0 -1 LIMIT 5 -1", "ZRANGE k x y LIMIT 0 1",
        "ZRANGE k 0 -1 BYLEX WITHSCORES",
        "ZRANGE k - + WITHSCORES BYLEX LIMIT x 1", "ZRANGE k 0 1 BYSCORE BYLEX",
        "ZRANGE k 0 1 BYSCORE BYSCORE",
        "ZRANGE k 0 1 REV REV", "ZRANGE k 0 1 WITHSCORES WITHSCORES", "ZRANGE k 0 1 LIMIT 1",
        "ZRANGE k 0 1 LIMIT",
        "ZRANGE k 0 1 BYSCORE LIMIT 0 1 LIMIT 1 1", "ZRANGE k 0 1 FOO", "ZREVRANGE k 0 1 REV",
        "ZREVRANGE k 0 1 BYSCORE",
        "ZREVRANGE k 0 1 LIMIT 0 1", "ZREVRANGE k 0 1 LIMIT 0 -1", "ZRANGEBYSCORE k 0 1 BYSCORE",
        "ZRANGEBYSCORE k 0 1 REV",
        "ZRANGEBYLEX k - + WITHSCORES", "ZRANGEBYLEX k - + LIMIT 0 1 WITHSCORES", "ZRANGE k x 1 BYSCORE",
        "ZRANGE k x 1 BYLEX", "ZRANGE k 1.5 2", "ZRANGE k (1 2", "ZRANGE k 0",
            "ZRANGESTORE d k 0 -1 WITHSCORES",
        "ZRANGESTORE d k 0 -1 LIMIT 0 1", "ZRANGESTORE d k x -1", "EXISTS d",
    ),
    sequence(
        "ZRANGESTORE", LETTERS, [
            [f"ZRANGESTORE d k {rest}", "ZRANGE d 0 -1 WITHSCORES", "OBJECT ENCODING d", "TTL d"]
            for rest in ("0 -1", "1 3", "1 3 REV", "5 2", "-inf 2 BYSCORE", "2 -inf BYSCORE REV LIMIT 0 2",
                "-inf inf BYSCORE LIMIT 1 3", "(inf inf BYSCORE", "0 99")
        ], BIG, "ZRANGESTORE d k 0 -1", "OBJECT ENCODING d", "ZRANGESTORE d k 0 1", "OBJECT ENCODING d",
    ),
    sequence(
        "ZRANGESTORE puts its result in place of anything", LETTERS, "SET d text", "EXPIRE d 1000",
        "ZRANGESTORE d k 0 1", "TTL d", "TYPE d", "ZRANGESTORE d k 5 1", "EXISTS d", "RPUSH d x",
        "ZRANGESTORE d missing 0 1", "EXISTS d", "ZRANGESTORE k k 1 2", ALL, "ZRANGESTORE k k 7 9",
        "EXISTS k",
        "SET s text", "ZRANGESTORE d s 0 1",
    ),
    sequence("ZRANGESTORE of members", EQUALS, "ZRANGESTORE d k [a (c BYLEX", "ZRANGE d 0 -1",
        "ZRANGESTORE d k + [9 BYLEX REV LIMIT 1 3",
        "ZRANGE d 0 -1"),
]

REMOVAL = [
    sequence(
        "ZREM", LETTERS, "ZREM k a x 10 a", ALL, BIG, "ZREM k a b c", ALL,
        "ZREM k d e f g h i " + LONG + " j",
        "EXISTS k", "ZREM k a",
    ),
    sequence(
        "ZREMRANGEBYRANK with every pair of ends",
        [
            ["DEL k", LETTERS, before, f"ZREMRANGEBYRANK k {first} {last}", ALL]
            for before in ("ZCARD k", BIG)
            for first, last in product([-12, -3, -1, 0, 2, 9, 10], repeat=2)
        ],
    ),
    sequence(
        "ZREMRANGEBYSCORE with every pair of bounds",
        [
            ["DEL k", LETTERS, before, f"ZREMRANGEBYSCORE k {low} {high}", ALL]
            for before in ("ZCARD k", BIG)
            for low, high in product(["-inf", "(-1", "2", "(2", "1e20", "(inf"], repeat=2)
        ],
    ),
    sequence(
        "ZREMRANGEBYLEX with every pair of bounds",
        [
            ["DEL k", EQUALS, before, ("ZREMRANGEBYLEX", "k", low, high), ALL]
            for before in ("ZCARD k", ("ZADD", "k", "0", LONG))
            for low, high in product(["-", "+", "[a", "(bb", "[zz"], repeat=2)
        ],
    ),
    sequence(
        "popping", LETTERS, "ZPOPMIN k", "ZPOPMAX k", "ZPOPMIN k 1", "ZPOPMAX k 2", "ZPOPMIN k 0", ALL, BIG,
        "ZPOPMAX k",
        "ZPOPMIN k 2", ALL, "ZPOPMAX k 100", "EXISTS k", "ZPOPMIN k", "ZPOPMIN k 1",
    ),
    sequence("pops with counts that are edges", LETTERS, each(INTEGERS, "ZPOPMIN k ?", "ZPOPMAX k ?"), ALL,
        "ZPOPMIN k 1 2", "ZPOPMAX k 1 x"),
    sequence(
        "ZMPOP takes the first sorted set that is there", "ZADD b 1 x 2 y 3 z", "ZADD c 1 p 2 q",
        "ZMPOP 3 a b c MIN",
        "ZMPOP 3 a b c MAX COUNT 5", "EXISTS b", "ZMPOP 3 a b c min count 1", "ZMPOP 2 a b MIN",
        "ZMPOP 1 c MAX COUNT 1", "ZMPOP 1 c MAX",
    ),
    sequence(
        "ZMPOP refuses what it can't understand", LETTERS, "ZMPOP 0 k MIN", "ZMPOP -1 k MIN", "ZMPOP a k MIN",
        "ZMPOP 2 k MIN", "ZMPOP 1 k", "ZMPOP 1 k UP", "ZMPOP 1 k MIN COUNT", "ZMPOP 1 k MIN COUNT 0",
        "ZMPOP 1 k MIN COUNT -1", "ZMPOP 1 k MIN COUNT x", "ZMPOP 1 k MIN COUNT 1 COUNT 2",
        "ZMPOP 1 k MIN MIN",
        "ZMPOP 99999999999999999999 k MIN", "ZMPOP 9223372036854775807 k MIN", "ZMPOP 1 k MAX MIN", ALL,
    ),
]

# Sources of every kind; "none" is missing.
SOURCES = [
    "ZADD k 1 a 2 b 3 c -1.5 d 4 10", "ZADD l 5 b 0.1 c 7 e 8 10", "SADD s a b 10 x", "SADD i 1 2 10 300",
    ("ZADD", "big", "1", LONG, "2", "b", "0.5", "10", "0.25", "c"), ("SADD", "table", LONG, "b", "10"),
]
COMBINED = ["k", "l k", "k l", "k k", "k s", "s i", "none k", "k none", "k l s", "big k", "k big",
    "table big k",
    "i table", "none", "l k s i big table", "k l none"]


def combine(command, keys, options=""):
    names = keys.split()
    store = ["ZRANGE d 0 -1 WITHSCORES", "OBJECT ENCODING d"] if command.endswith("STORE") else []
    head = f"{command} d" if store else command
    return [f"{head} {len(names)} {keys} {options}", *store]


SHOWN = ["", "WITHSCORES"]
AGGREGATES = ["", "AGGREGATE MIN", "AGGREGATE MAX", "AGGREGATE SUM"]
OPTIONS = {
    "ZUNION": SHOWN, "ZINTER": SHOWN, "ZDIFF": SHOWN, "ZUNIONSTORE": AGGREGATES, "ZINTERSTORE": AGGREGATES,
    "ZDIFFSTORE": [""],
}

OPERATIONS = [
    sequence(
        f"{command} of sets of every kind", SOURCES,
        [combine(command, keys, option) for keys in COMBINED for option in options],
    )
    for command, options in OPTIONS.items()
] + [
    sequence("ZINTERCARD", SOURCES, [
        f"ZINTERCARD {len(keys.split())} {keys}{limit}" for keys in COMBINED
        for limit in ("", " LIMIT 0", " LIMIT 1", " LIMIT 2", " LIMIT 100")
    ]),
    sequence(
        "weights", SOURCES,
        [
            [f"{command} 2 {keys} WEIGHTS {one} {two} AGGREGATE {how} WITHSCORES"]
            for command in ("ZUNION", "ZINTER") for keys in ("k l", "l k", "k s", "big k")
            for one, two in (("1", "2"), ("0.1", "-3"), ("inf", "-inf"), ("0", "inf"), ("-0", "1e308"))
            for how in ("SUM", "min", "MAX")
        ],
    ),
    sequence(
        "infinities that meet, and those times zero", "ZADD k inf a -inf b 0 c 5 d",
        "ZADD l -inf a inf b inf c inf d",
        "ZADD m 1 a 1 b 1 c 1 d 1 e",
        [
            f"{command} 3 {keys} WEIGHTS {weights} AGGREGATE {how} WITHSCORES"
            for command in ("ZUNION", "ZINTER") for keys in ("k l m", "m l k")
            for weights in ("1 1 1", "0 0 0", "1 0 1", "0 inf -inf") for how in ("SUM", "MIN", "MAX")
        ],
    ),
    sequence(
        "zeros with a sign in results that are no listpacks", "CONFIG SET zset-max-listpack-entries 2",
        "ZADD k -0 a -0 b",
        BIG, "ZADD k -0 c", "ZUNIONSTORE d 1 k", "ZRANGE d 0 -1 WITHSCORES", "ZUNIONSTORE d 1 k WEIGHTS -1",
        "ZRANGE d 0 -1 WITHSCORES", "ZRANGESTORE d k 0 -1", "ZRANGE d 0 -1 WITHSCORES", "ZRANGESTORE d k 0 1",
        "ZRANGE d 0 -1 WITHSCORES", "ZRANGESTORE d k -inf inf BYSCORE", "ZRANGE d 0 -1 WITHSCORES",
        "CONFIG SET zset-max-listpack-entries 3", "CONFIG SET zset-max-listpack-value 5",
        "ZADD l -0 a -1 long-one",
        "ZUNIONSTORE d 1 l", "ZRANGE d 0 -1 WITHSCORES", "OBJECT ENCODING d",
    ),
    sequence(
        "scores are put together from the smallest set on", "ZADD k 0.1 a 0 x", "ZADD l 0.2 a",
        "ZADD m 0.3 a 0 x 0 y",
        "ZUNION 3 k l m WITHSCORES", "ZUNION 3 m k l WITHSCORES", "ZINTER 3 m l k WITHSCORES",
        "ZADD k 1e16 a",
        "ZADD l 1 a", "ZADD m 1 a", "ZUNION 3 k l m WITHSCORES", "ZINTER 3 l m k WITHSCORES",
    ),
    sequence(
        "results take the place of anything", SOURCES, "SET d text", "EXPIRE d 100", "ZUNIONSTORE d 2 k l",
        "TTL d",
        "TYPE d", "ZINTERSTORE d 2 k none", "EXISTS d", "ZINTERSTORE d 1 none", "RPUSH d a",
        "ZDIFFSTORE d 2 k k",
        "EXISTS d", "ZUNIONSTORE k 2 k l", ALL, "ZINTERSTORE k 2 k l", ALL, "ZDIFFSTORE k 2 k s", ALL,
        "ZUNIONSTORE s 2 s s", "TYPE s", "ZRANGE s 0 -1 WITHSCORES", "ZDIFFSTORE k 1 none", "EXISTS k",
    ),
    sequence(
        "set operations refuse what they can't understand, in the order of their checks", SOURCES,
        "SET t text",
        [
            [
                f"{head} 0 k", f"{head} -1 k", f"{head} x k", f"{head} 2 k", f"{head} 99999999999999999999 k",
                f"{head} 9223372036854775807 k", f"{head} 1 t", f"{head} 1 t FOO", f"{head} 2 k t WEIGHTS 1",
                f"{head} 2 k l WEIGHTS 1", f"{head} 2 k l WEIGHTS 1 x", f"{head} 2 k l WEIGHTS nan 1",
                f"{head} 2 k l AGGREGATE", f"{head} 2 k l AGGREGATE AVG",
                f"{head} 2 k l AGGREGATE AVG WEIGHTS x 1",
                f"{head} 2 k l WEIGHTS x 1 AGGREGATE AVG", f"{head} 2 k l AGGREGATE SUM AGGREGATE MAX",
                f"{head} 2 k l WEIGHTS 1 1 WEIGHTS 2 2", f"{head} 2 k l WITHSCORES",
                f"{head} 2 k l WITHSCORES withscores",
                f"{head} 1 k LIMIT", f"{head} 1 k LIMIT -1", f"{head} 1 k LIMIT x",
                f"{head} 1 k LIMIT 1 LIMIT 2",
                f"{head} 1 k FOO", f"{head} 1 k l",
            ]
            for head in ("ZUNION", "ZINTER", "ZDIFF", "ZUNIONSTORE d", "ZINTERSTORE d", "ZDIFFSTORE d",
                "ZINTERCARD")
        ],
    ),
    sequence(
        "big sets", [
            ("ZADD", key, *(word for number in range(0, 600, step) for word in (str(number),
                f"member:{number}")))
            for key, step in (("k", 1), ("l", 2), ("m", 3))
        ], ("SADD", "s", *(f"member:{number}" for number in range(0, 600, 5))),
        [
            combine(command, keys)
            for command in ("ZUNIONSTORE", "ZINTERSTORE", "ZDIFFSTORE") for keys in ("k l m s", "s m l", "m",
                "k s")
        ],
        ("ZADD", "few", "1", "member:7", "1", "member:11"), "ZDIFFSTORE d 5 k few few few few", "ZCARD d",
        "ZDIFF 3 few k l", "ZINTERCARD 3 k l m LIMIT 50",
    ),
]

SHAPES = [
    sequence(
        f"a sorted set of many members, {items} {member_bytes}",
        f"CONFIG SET zset-max-listpack-entries {items}",
        f"CONFIG SET zset-max-listpack-value {member_bytes}",
        [
            ("ZADD", "k", *(word for number in range(start, start + 50)
                for word in (str(number * 7 % 100 / 4), f"member:{number}")))
            for start in (0, 50, 100, 150, 200)
        ],
        "ZCARD k", "OBJECT ENCODING k", "ZRANK k member:77", "ZREVRANK k member:200", "ZCOUNT k 3 10",
        "ZRANGE k 100 110 WITHSCORES", "ZRANGEBYSCORE k (3 10 LIMIT 20 5", "ZREMRANGEBYRANK k 10 20",
        "ZREMRANGEBYSCORE k 5 (7", "ZINCRBY k 100 member:3", ("ZADD", "k", "1", "x" * 200), "ZRANGE k -3 -1",
        "ZPOPMIN k 7", "ZPOPMAX k 7", ALL, "DEBUG DIGEST-VALUE k", "COPY k l", "DEBUG DIGEST-VALUE l",
        "OBJECT ENCODING l", "ZRANGESTORE d k 0 20", "OBJECT ENCODING d", "ZREMRANGEBYRANK k 5 -1",
        "OBJECT ENCODING k", ALL, "ZMPOP 1 k MAX COUNT 500", "EXISTS k",
    )
    for items, member_bytes in ((128, 64), (0, 64), (1000, 64), (249, 8), (250, 300), (1000, 1000))
]

SEQUENCES = [
    *ADDING, *ASKING, *RANGES, *REMOVAL, *OPERATIONS, *SHAPES,
    sequence("every sorted set command on a string", "SET k text", ON_A_STRING, "GET k", "EXISTS d"),
]

"""Hashes: setting, reading, counting, drawing, scanning."""

from itertools import product

from support.edge_values import BINARY, FLOATS, INTEGERS
from support.sequences import each, exactly, sequence

ALL = "HGETALL k"
# A listpack keeps its fields in order.
IN_ORDER = [exactly("HGETALL k"), exactly("HKEYS k"), exactly("HVALS k"), exactly("HSCAN k 0")]
SHAPE = ["HLEN k", "OBJECT ENCODING k", "DEBUG DIGEST-VALUE k"]
FIELDS = "HSET k a 1 b two c 3.5 d '' '' empty"
ON_A_STRING = [
    "HSET k a 1", "HMSET k a 1", "HSETNX k a 1", "HGET k a", "HMGET k a b", "HGETALL k", "HKEYS k", "HVALS k",
    "HLEN k", "HEXISTS k a", "HSTRLEN k a", "HDEL k a", "HINCRBY k a 1", "HINCRBYFLOAT k a 1",
    "HRANDFIELD k", "HRANDFIELD k 1", "HRANDFIELD k 0 WITHVALUES", "HSCAN k 0", "HSCAN k x",
    "HSCAN k 0 COUNT x",
    "HINCRBY k a x", "HINCRBYFLOAT k a x", "HSET k a", "HRANDFIELD k x",
]
MISSING = [
    "HGET k a", "HMGET k a b", "HGETALL k", "HKEYS k", "HVALS k", "HLEN k", "HEXISTS k a", "HSTRLEN k a",
    "HDEL k a b", "HRANDFIELD k", "HRANDFIELD k 3", "HRANDFIELD k -3", "HRANDFIELD k 3 WITHVALUES",
    "HRANDFIELD k 0", "HSCAN k 0", "HSCAN k 17", "HSCAN k 0 COUNT x", "HSCAN k x",
]
SMALL_NUMBERS = [number for number in INTEGERS if b"-2" not in number and not number.startswith(b"-9")]


def fields(count, value="value:{}"):
    """HSET of many fields, in words."""
    words = ["HSET", "k"]
    for number in range(count):
        words += [f"field:{number}", value.format(number)]
    return tuple(words)


SETTING = [
    sequence(
        "HSET sets and replaces, and counts what is new", "HSET k a 1 b 2", "HSET k b 3 c 4 c 5", "HGET k b",
        IN_ORDER, SHAPE, "TYPE k", "HSET k a 1", "HGET k c", "HGET k missing",
    ),
    sequence("HMSET says OK", "HMSET k a 1 b 2", "HMSET k b 3 c 4", IN_ORDER, "HMGET k c a missing b a"),
    sequence("HSETNX leaves what is there", "HSETNX k a 1", "HSETNX k a 2", "HSETNX k b 2", IN_ORDER),
    sequence(
        "fields and values in pairs", "HSET k a", "HSET k", "HSET k a 1 b", "HMSET k a 1 b", "HMSET k a",
        "HSETNX k a", "HSETNX k a 1 b", "EXISTS k", "HGET k", "HGET k a b", "HMGET k", "HDEL k", "HLEN",
        "HLEN k k",
        "HINCRBY k a", "HINCRBYFLOAT k a", "HSTRLEN k", "HEXISTS k a b", "HRANDFIELD", "HSCAN k",
    ),
    sequence(
        "names and values are any bytes", each(BINARY, "HSET k ? ?"), each(BINARY, "HGET k ?", "HSTRLEN k ?",
            "HEXISTS k ?"), ALL, SHAPE, each(BINARY, "HDEL k ?"), "EXISTS k",
    ),
    sequence(
        "names and values that look like numbers", each(INTEGERS, "HSET k ? ?"), IN_ORDER, SHAPE,
        each(INTEGERS, "HGET k ?", "HSTRLEN k ?"), each(INTEGERS, "HDEL k ?"), "EXISTS k",
    ),
    sequence("HDEL of several, also of none", FIELDS, "HDEL k a missing a b", "HDEL k missing", IN_ORDER,
        "HDEL k c d ''", "EXISTS k", "HDEL k a"),
    sequence("missing hashes", MISSING, "EXISTS k"),
    sequence("every hash command on a string", "SET k text", ON_A_STRING, "GET k"),
    sequence("an expiry stays", "HSET k a 1", "PEXPIREAT k 33177117420000", "HSET k b 2", "HDEL k a",
        "HINCRBY k n 1",
        exactly("PEXPIRETIME k"), SHAPE),
    sequence("copies are independent", FIELDS, "COPY k l", "HSET l a other", ALL, "HGETALL l", "RENAME l k",
        ALL),
]

COUNTING = [
    sequence("HINCRBY by any text", each(INTEGERS, "HINCRBY k n ?", "HGET k n")),
    sequence("HINCRBY of any text", each(INTEGERS, "HSET k n ?", "HINCRBY k n 1", "HGET k n")),
    sequence("HINCRBY at its limits", "HSET k n 9223372036854775806", "HINCRBY k n 1", "HINCRBY k n 1",
        "HGET k n",
        "HINCRBY k m -9223372036854775808", "HINCRBY k m -1", "HGET k m", IN_ORDER, SHAPE),
    sequence("HINCRBYFLOAT by any text", each(FLOATS, "HINCRBYFLOAT k n ?", "HGET k n")),
    sequence("HINCRBYFLOAT of any text", each(FLOATS, "HSET k n ?", "HINCRBYFLOAT k n 1", "HGET k n")),
    sequence("HINCRBYFLOAT of any integer", each(INTEGERS, "HSET k n ?", "HINCRBYFLOAT k n 1.5", "HGET k n")),
    sequence("counters that fail make no key", "HINCRBY k n x", "HINCRBYFLOAT k n x", "HINCRBYFLOAT k n inf",
        "EXISTS k"),
]

DRAWING = [
    sequence("HRANDFIELD of one field", "HSET k a 1", [
        exactly(f"HRANDFIELD k {count}") for count in ("", "0", "1", "5", "-3", "1 WITHVALUES",
            "5 withvalues",
            "-2 WITHVALUES", "0 WITHVALUES")
    ]),
    sequence("HRANDFIELD shows the shape that is asked for", FIELDS, [
        f"HRANDFIELD k {count} {values}" for count, values in product(("0", "1", "3", "4", "-1", "-20"), ("",
            "WITHVALUES"))
    ], [exactly(f"HRANDFIELD k {count} {values}") for count, values in product(("5", "6"), ("",
        "WITHVALUES"))]),
    sequence("HRANDFIELD refuses what it can't understand", each(INTEGERS, "HRANDFIELD k ?",
        "HRANDFIELD k ? WITHVALUES"), "HRANDFIELD k 1 VALUES", "HRANDFIELD k 1 WITHVALUES x",
        "HRANDFIELD k x y",
        "HRANDFIELD k 4611686018427387903 WITHVALUES", "HRANDFIELD k 4611686018427387904 WITHVALUES",
        "HRANDFIELD k -4611686018427387903 WITHVALUES", "HRANDFIELD k -4611686018427387904 WITHVALUES",
        "HRANDFIELD k -9223372036854775807 WITHVALUES", "HRANDFIELD k 9223372036854775807 x"),
    sequence("HRANDFIELD with counts that are edges", FIELDS, each(SMALL_NUMBERS, "HRANDFIELD k ?",
        "HRANDFIELD k ? WITHVALUES")),
    sequence("HRANDFIELD of a big hash", fields(600), [
        f"HRANDFIELD k {count} {values}" for count, values in product(("", "1", "5", "300", "599", "600",
            "700", "-5",
            "-700"), ("", "WITHVALUES")) if count or not values
    ]),
]

SCANNING = [
    sequence("HSCAN of a small hash", FIELDS, [
        exactly(f"HSCAN k {cursor} {options}") for cursor, options in product(("0", "7", "-1",
            "18446744073709551615"),
            ("", "COUNT 1", "MATCH *", "MATCH [a-c]", "MATCH '' COUNT 100", "MATCH none"))
    ], "HSCAN k 0 COUNT 0", "HSCAN k 0 COUNT -1", "HSCAN k 0 COUNT x", "HSCAN k 0 MATCH", "HSCAN k 0 COUNT",
        "HSCAN k 0 TYPE hash", "HSCAN k 0 x", "HSCAN k x", "HSCAN k ''", "HSCAN k 18446744073709551616"),
    sequence("HSCAN of a big hash", fields(600), "HSCAN k 0 COUNT 10000", "HSCAN k 0 COUNT 10000 MATCH *:5?",
        "HSCAN k 0 COUNT 7", "HSCAN k x", "HSCAN k 0 COUNT 0"),
    sequence("HSCAN matches numbers as texts", "HSET k 10 a 11 b 200 c", exactly("HSCAN k 0 MATCH 1?")),
]

CONVERSIONS = [
    sequence(f"a hash that grows to {count} fields", fields(count), SHAPE, ALL, "HKEYS k", "HVALS k",
        "HSET k field:1 again", SHAPE, "HSET k more 1", SHAPE,
        [f"HDEL k field:{number}" for number in range(count)],
        SHAPE, ALL)
    for count in (511, 512, 513)
] + [
    sequence("texts that are long", [
        ["DEL k", ("HSET", "k", "n" * name, "v" * value), SHAPE, ALL, "HSET k a 1", SHAPE]
        for name, value in product((64, 65), repeat=2)
    ]),
    sequence("limits that are lowered", FIELDS, "CONFIG SET hash-max-listpack-entries 3", SHAPE, "HGET k a",
        "HDEL k missing", SHAPE, "HSETNX k a 9", SHAPE, "HDEL k d", SHAPE, "HSET k a 2", SHAPE, ALL),
    sequence("limits of length that are lowered", FIELDS, "CONFIG SET hash-max-listpack-value 2",
        "HSET k b 22", SHAPE, "HSETNX k b long", SHAPE, "HSETNX k new long", SHAPE, ALL),
    sequence("limits of nothing", "CONFIG SET hash-max-listpack-entries 0", "HSET k a 1", SHAPE,
        "CONFIG SET hash-max-listpack-entries 5 hash-max-listpack-value 0", "DEL k", "HSET k '' ''", SHAPE,
        "HSET k a ''", SHAPE),
    sequence("counters outgrow a listpack, too", "CONFIG SET hash-max-listpack-value 2", "HINCRBY k a 99",
        SHAPE,
        "HINCRBY k a 1", SHAPE, "DEL k", "HINCRBYFLOAT k a 1.5", SHAPE, "DEL k", "HINCRBY k abc 1", SHAPE),
    sequence("HSET of the same field many times stays small", ("HSET", "k", *(["a", "1"] * 600)), SHAPE),
    sequence("values of many sizes", [
        [("HSET", "k", f"f{size}", "x" * size), f"HSTRLEN k f{size}", f"HGET k f{size}"]
        for size in (0, 63, 64, 65, 511, 512, 513, 70_000)
    ], SHAPE, ("HSET", "k", "f64", "y" * 100_000), ("HSET", "k", "f70000", "short"), ALL, SHAPE),
    sequence("a listpack larger than an entry", "CONFIG SET hash-max-listpack-value 100000", [
        [("HSET", "k", f"f{number}", "x" * 20_000), SHAPE] for number in range(6)
    ], "HDEL k f1 f2", "HSET k f4 short", IN_ORDER, SHAPE, "COPY k l", "HDEL k f0 f3 f4 f5", "EXISTS k",
    "HLEN l"),
]

ONLY_HSCAN_HAS_NOVALUES = [
    sequence("NOVALUES is nobody else's", "SADD s a", "ZADD z 1 a", "SSCAN s 0 NOVALUES",
        "ZSCAN z 0 NOVALUES", "SCAN 0 NOVALUES", "HSCAN missing 0 NOVALUES", "HSCAN s 0 NOVALUES"),
]

SEQUENCES = [*ONLY_HSCAN_HAS_NOVALUES, *SETTING, *COUNTING, *DRAWING, *SCANNING, *CONVERSIONS]

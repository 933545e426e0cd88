"""Sets: members, algebra, chance, scanning."""

from support.edge_values import BINARY, INTEGERS
from support.sequences import each, sequence

ALL = "SMEMBERS k"
WRONG_TYPE = ["DEL k", "SET k text"]
ON_A_STRING = ["SADD k x", "SREM k x", "SCARD k", "SISMEMBER k x", "SMISMEMBER k x y", "SMEMBERS k"]


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
    sequence("missing sets", "SREM k a", "SCARD k", "SISMEMBER k a", ALL, "SMISMEMBER k a"),
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
        "copies have the same encoding", "SADD i 1 2 3", "COPY i j", "OBJECT ENCODING j", "SADD j 4",
        "SMEMBERS i", "SADD k a 1", "SREM k a", "COPY k l", "OBJECT ENCODING l", "RENAME l m", "SMEMBERS m",
        "DEBUG DIGEST", "EXPIRE m 1000", "DEBUG DIGEST-VALUE m",
    ),
    sequence("sets of other types of keys", WRONG_TYPE, ON_A_STRING, "DEL k", "RPUSH k a", ON_A_STRING),
    sequence("strings and lists of a set", "SADD k a", "GET k", "LPUSH k a", "APPEND k x", "INCR k",
        "SET k x", "TYPE k"),
]

SEQUENCES = MEMBERS + SHAPES

"""What compare.py has the servers do."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha1

KEYS = 1_000_000
VALUE_64 = "v" * 64
KEY = "key:__rand_int__"
ELEMENT = "element:__rand_int__"


@dataclass(frozen=True)
class Fill:
    """A command that is sent once for each of `count` numbers before the first round."""

    command: tuple[str, ...]
    count: int | None = None  # The number of keys that compare.py is told, if it isn't given.
    ascending: bool = False  # The numbers come in their order.


@dataclass(frozen=True)
class Workload:
    name: str
    command: tuple[str, ...]
    requests: int
    pipeline: int = 1
    fills: tuple[Fill, ...] = ()
    refill: tuple[str, ...] | None = None  # Sent before every round, as often as there are requests.
    keys: int | None = None  # From how many numbers redis-benchmark draws, if not from all keys.
    before: tuple[str, ...] | None = None  # Sent once before every round.
    group: str = "strings"
    # Not by redis-benchmark, but by a client that takes turns: what follows the command in the same turn, how
    # many lines the replies of a turn have, and the last of them. Requests are turns then.
    follows: tuple[tuple[str, ...], ...] = ()
    reply_lines: int = 0
    last_line: bytes = b""


VALUES = (Fill(("SET", KEY, VALUE_64)),)
COUNTERS = (Fill(("INCR", KEY)),)

STRINGS = [
    Workload("PING", ("PING",), 200_000),
    Workload("SET 64 B", ("SET", KEY, VALUE_64), 200_000, fills=VALUES),
    Workload("GET 64 B", ("GET", KEY), 200_000, fills=VALUES),
    Workload("PING, 32 in a pipeline", ("PING",), 6_400_000, pipeline=32),
    Workload("SET 64 B, 32 in a pipeline", ("SET", KEY, VALUE_64), 3_200_000, pipeline=32, fills=VALUES),
    Workload("GET 64 B, 32 in a pipeline", ("GET", KEY), 3_200_000, pipeline=32, fills=VALUES),
    Workload("INCR, 32 in a pipeline", ("INCR", KEY), 3_200_000, pipeline=32, fills=COUNTERS),
    Workload("MSET of 10, 8 in a pipeline", ("MSET", *(KEY, VALUE_64) * 10), 400_000, 8, fills=VALUES),
    Workload("MGET of 10, 8 in a pipeline", ("MGET", *(KEY,) * 10), 400_000, 8, fills=VALUES),
]


def collection(name: str, command: str, requests: int, pipeline: int = 32, *fills: Fill, refill: str = "",
               keys: int | None = None) -> Workload:
    """A workload of the group "collections"; commands are written as lines."""
    return Workload(f"{name}, {pipeline} in a pipeline", tuple(command.split()), requests, pipeline, fills,
                    tuple(refill.split()) or None, keys, group="collections")


def filled(command: str, count: int) -> Fill:
    return Fill(tuple(command.split()), count)


SMALL_HASHES = filled("HSET " + KEY + "".join(f" field{n} {'v' * 12}" for n in range(10)), 100_000)
HASHES_OF_20 = filled("HSET " + KEY + "".join(f" field:{n:02} {'v' * 16}" for n in range(20)), 10_000)
LONG_LIST = filled(f"RPUSH list {ELEMENT}", 1000)
BIG_HASH = filled(f"HSET hash {ELEMENT} {'v' * 16}", 100_000)
BIG_SET = filled(f"SADD set {ELEMENT}", 1_000_000)
BIG_SORTED_SET = filled(f"ZADD zset __rand_int__ {ELEMENT}", 100_000)
POINTS = filled("GEOADD geo 13.__six_digits__ 38.__other_six_digits__ point:__rand_int__", 50_000)

COLLECTIONS = [
    collection("LPUSH", "LPUSH list vvvvvvvvvvvvvvvv", 1_600_000),
    collection("RPOP", "RPOP list", 800_000, 32, refill=f"LPUSH list {ELEMENT}"),
    collection("LRANGE of 100", "LRANGE list 0 99", 160_000, 8, filled(f"RPUSH list {ELEMENT}", 100)),
    collection("LMOVE", "LMOVE list list LEFT RIGHT", 1_600_000, 32, LONG_LIST),
    collection("HSET", f"HSET {KEY} field5 {'w' * 12}", 1_600_000, 32, SMALL_HASHES, keys=100_000),
    collection("HSET, 100k fields", f"HSET hash {ELEMENT} {'w' * 16}", 1_600_000, 32, BIG_HASH, keys=100_000),
    collection("HGET", f"HGET {KEY} field5", 1_600_000, 32, SMALL_HASHES, keys=100_000),
    collection("HGET, 100k fields", f"HGET hash {ELEMENT}", 1_600_000, 32, BIG_HASH, keys=100_000),
    collection("HGETALL of 20", f"HGETALL {KEY}", 320_000, 8, HASHES_OF_20, keys=10_000),
    collection("HINCRBY", f"HINCRBY {KEY} number 1", 1_600_000, 32, SMALL_HASHES, keys=100_000),
    collection("HSCAN", "HSCAN hash 0 COUNT 100", 160_000, 8, BIG_HASH),
    collection("SADD", f"SADD set {ELEMENT}", 1_600_000, 32),
    collection("SISMEMBER", f"SISMEMBER set {ELEMENT}", 1_600_000, 32, BIG_SET),
    collection("SINTER of 2x200", "SINTER one two", 80_000, 8, filled("SADD one m:__rand_int__", 200),
               filled("SADD two m:__hundred_more__", 200)),
    collection("SINTER of 2x200 integers", "SINTER one two", 80_000, 8, filled("SADD one __rand_int__", 200),
               filled("SADD two __hundred_more__", 200)),
    collection("SPOP", "SPOP set", 800_000, 32, refill=f"SADD set {ELEMENT}"),
    collection("ZADD into 100k", f"ZADD zset __rand_int__ {ELEMENT}", 800_000, 32, BIG_SORTED_SET,
               keys=100_000),
    collection("ZSCORE", f"ZSCORE zset {ELEMENT}", 1_600_000, 32, BIG_SORTED_SET, keys=100_000),
    collection("ZRANK", f"ZRANK zset {ELEMENT}", 800_000, 32, BIG_SORTED_SET, keys=100_000),
    collection("ZRANGE BYSCORE LIMIT 10", "ZRANGE zset __rand_int__ +inf BYSCORE LIMIT 0 10", 400_000, 32,
               BIG_SORTED_SET, keys=100_000),
    collection("PFADD", f"PFADD hll {ELEMENT}", 1_600_000, 32),
    collection("GEOSEARCH of 50k points", "GEOSEARCH geo FROMLONLAT 13.5 38.5 BYRADIUS 3 km", 40_000, 8,
               POINTS),
    collection("SORT of 1000", "SORT list", 8_000, 8, filled("RPUSH list __six_digits__", 1000)),
]


def stream(name: str, command: str, requests: int, pipeline: int, *fills: Fill, **more) -> Workload:
    return Workload(f"{name}, {pipeline} in a pipeline", tuple(command.split()), requests, pipeline, fills,
                    group="streams", **more)


TURNS = 40_000
STREAM_VALUE = "v" * 24
ASCENDING_ENTRIES = ("XADD", "stream", "__rand_int__-1", "field", STREAM_VALUE)

STREAMS = [
    stream("XADD", f"XADD stream * field {STREAM_VALUE}", 800_000, 32),
    stream("XADD MAXLEN ~ 1000", f"XADD stream MAXLEN ~ 1000 * field {STREAM_VALUE}", 1_600_000, 32),
    stream("XRANGE of 10", "XRANGE stream __rand_int__ + COUNT 10", 400_000, 32,
           Fill(ASCENDING_ENTRIES, 100_000, ascending=True), keys=100_000),
    stream("XREADGROUP of 10 and XACK", "XREADGROUP GROUP group consumer COUNT 10 STREAMS stream >", TURNS,
           16, Fill(ASCENDING_ENTRIES, 10 * TURNS, ascending=True),
           Fill(("XGROUP", "CREATE", "stream", "group", "0"), 1),
           before=("XGROUP", "SETID", "stream", "group", "0"),
           follows=(("XACK", "stream", "group", *(f"__own_{own}__-1" for own in range(10))),),
           reply_lines=86, last_line=b":10\r\n"),
]



def script(name: str, text: str, requests: int, pipeline: int, *words: str, evaluated: bool = False,
           **more) -> Workload:
    """EVALSHA, or EVAL, of a script that is loaded already, with these keys and arguments."""
    start = ("EVAL", text) if evaluated else ("EVALSHA", sha1(text.encode()).hexdigest())
    return Workload(f"{start[0]} of {name}, {pipeline} in a pipeline", (*start, *words), requests, pipeline,
                    before=("SCRIPT", "LOAD", text), group="scripts", **more)


GET_SCRIPT = "return redis.call('get',KEYS[1])"
LONG_SCRIPT = """
local total = 0
for i = 1, 50 do
    local field = 'field:' .. i
    redis.call('hset', KEYS[1], field, string.format('%05d:%s', i, string.upper(ARGV[1])))
    local number, text = string.match(redis.call('hget', KEYS[1], field), '^(%d+):(.*)$')
    total = total + tonumber(number) + #string.gsub(text, 'V', 'w')
end
return total
"""

SCRIPTS = [
    script("a GET", GET_SCRIPT, 800_000, 32, "1", KEY, evaluated=True, fills=VALUES),
    script("a GET", GET_SCRIPT, 800_000, 32, "1", KEY, fills=VALUES),
    script("a GET", GET_SCRIPT, 200_000, 1, "1", KEY, fills=VALUES),
    script("100 calls and string work", LONG_SCRIPT, 40_000, 8, "1", KEY, "v" * 16, keys=1000),
]

WORKLOADS = STRINGS + COLLECTIONS + STREAMS + SCRIPTS

"""Key events: which the option asks for, and those of commands that hang on chance, time or other keys.

What test_key_events.py compares is the events; every other family's sequences are run there as well. With
exactly() keys that end by themselves are part of a step's order, too.

Not here: a destination whose time has come, and which an empty result takes away (SUNIONSTORE,
BITOP and their
like). Redis removes it without a look at its time, as "del"; Pongo says "expired".
"""

from support.sequences import exactly, on, sequence

OPTION = "CONFIG SET notify-keyspace-events"
# One event of each class, and a few more.
ONE_OF_EACH = [
    "SET s 1", "LPUSH l 1", "SADD t 1", "HSET h 1 1", "ZADD z 1 1", "EXPIRE s 100", "DEL t", "GET missing",
    "SET x 1 PX 1", "DEBUG SLEEP 0.02", "GET x", "FLUSHALL",
]
CLASSES = [
    "KEA", "KEg", "KE$", "KEl", "KEs", "KEh", "KEz", "KEx", "KEe", "KEt", "KEd", "KEm", "KEn", "KA", "EA",
    "A", "Ex", "K", "KEn$m",
]
# Commands on a key k of each type with one element, which many of them take away.
MAKERS = {
    "string": "SET k 1", "list": "RPUSH k 1", "set": "SADD k 1", "hash": "HSET k 1 1",
    "sorted set": "ZADD k 1 1", "stream": "XADD k 1 f v", "nothing": "DEL k",
}
COMMANDS = [
    "GET k", "GETDEL k", "GETEX k", "GETEX k EX 100", "GETEX k PERSIST", "GETSET k 2", "SETNX k 2",
    "SET k 2 NX", "SET k 2 XX", "SET k 2 GET", "SET k 2 KEEPTTL", "SETEX k 100 2", "STRLEN k", "APPEND k ''",
    "SETRANGE k 0 ''", "SETRANGE k 1 x", "INCR k", "INCRBYFLOAT k 0.5", "DECRBY k 0", "MGET k other",
    "MSETNX k 1 o 2", "GETRANGE k 0 0", "LCS k other", "SETBIT k 0 1", "GETBIT k 0", "BITCOUNT k",
    "BITPOS k 1", "BITOP NOT o k", "BITOP AND o none none", "BITFIELD k GET u1 0", "BITFIELD k SET u1 0 1",
    "BITFIELD_RO k GET u1 0", "LPUSH k 1 2", "LPUSHX k 3", "RPUSHX k 3", "LPOP k", "RPOP k", "LPOP k 0",
    "LPOP k 5", "LLEN k", "LINDEX k 0", "LSET k 0 2", "LINSERT k BEFORE 1 0", "LINSERT k BEFORE 9 0",
    "LREM k 0 1", "LREM k 0 9", "LTRIM k 0 0", "LTRIM k 5 9", "LRANGE k 0 -1", "LPOS k 1", "RPOPLPUSH k o",
    "RPOPLPUSH k k", "LMOVE k o LEFT RIGHT", "LMOVE k k LEFT RIGHT", "LMPOP 2 none k LEFT",
    "LMPOP 1 k RIGHT COUNT 9", "SADD k 1", "SADD k 2 3", "SREM k 1", "SREM k 9", "SPOP k", "SPOP k 0",
    "SPOP k 1", "SPOP k 9", "SCARD k", "SISMEMBER k 1", "SMISMEMBER k 1", "SMEMBERS k", "SRANDMEMBER k",
    "SRANDMEMBER k 2", "SMOVE k o 1", "SMOVE k o 9", "SMOVE k k 1", "SINTER k none", "SUNION k none",
    "SDIFF k none", "SINTERCARD 2 none k", "SINTERSTORE o k none", "SUNIONSTORE o k none",
    "SUNIONSTORE k none none", "SDIFFSTORE o none k", "SDIFFSTORE k k none", "HSET k 1 1", "HSET k 1 2 3 4",
    "HSETNX k 1 9", "HMSET k a 1", "HGET k 1", "HMGET k 1 2", "HGETALL k", "HKEYS k", "HVALS k", "HLEN k",
    "HEXISTS k 1", "HSTRLEN k 1", "HDEL k 1", "HDEL k 9", "HINCRBY k 1 1", "HINCRBYFLOAT k 1 1",
    "HRANDFIELD k", "ZADD k 1 1", "ZADD k 2 1", "ZADD k INCR 1 1", "ZADD k NX 5 1", "ZADD k XX 5 9",
    "ZADD k GT 0 1", "ZINCRBY k 1 1", "ZREM k 1", "ZREM k 9", "ZPOPMIN k", "ZPOPMAX k 5", "ZPOPMIN k 0",
    "XADD k 5-* a b", "XADD k NOMKSTREAM 2 a b", "XADD k MAXLEN 1 2 a b", "XADD k MAXLEN ~ 1 2 a b",
    "XADD k 1 a b",
    "XDEL k 1", "XDEL k 9", "XTRIM k MAXLEN 0", "XTRIM k MAXLEN 5", "XTRIM k MINID 9", "XSETID k 9", "XLEN k",
    "XRANGE k - +",
    "XGROUP CREATE k g 0", "XGROUP CREATE k g $ MKSTREAM", "XGROUP SETID k g 1", "XREAD STREAMS k 0",
    "XINFO STREAM k",
    "ZMPOP 2 none k MIN", "ZREMRANGEBYRANK k 0 -1", "ZREMRANGEBYSCORE k 0 9", "ZREMRANGEBYLEX k - +",
    "ZREMRANGEBYRANK k 5 9", "ZCARD k", "ZSCORE k 1", "ZMSCORE k 1", "ZRANK k 1", "ZRANGE k 0 -1",
    "ZRANDMEMBER k", "ZRANGESTORE o k 0 -1", "ZRANGESTORE k k 5 9", "ZUNIONSTORE o 2 k none",
    "ZINTERSTORE o 2 k none", "ZDIFFSTORE o 2 none k", "ZDIFFSTORE k 2 k k", "ZUNION 2 k none",
    "ZCOUNT k 0 9", "ZLEXCOUNT k - +", "GEOADD k 1 1 1", "GEOADD k CH 2 2 1", "GEOPOS k 1", "GEODIST k 1 1",
    "GEOHASH k 1", "GEOSEARCHSTORE o k FROMLONLAT 0 0 BYRADIUS 1 m", "GEORADIUS k 0 0 1 m STORE k",
    "PFADD k a", "PFADD k", "PFCOUNT k", "PFCOUNT k none", "PFMERGE o k", "PFMERGE k none", "EXPIRE k 100",
    "EXPIRE k -1", "EXPIRE k 100 XX", "PEXPIREAT k 1", "PERSIST k", "TTL k", "EXPIRETIME k", "TYPE k",
    "EXISTS k none", "TOUCH k none", "OBJECT ENCODING k", "OBJECT REFCOUNT k", "DEBUG OBJECT k",
    "MEMORY USAGE k", "DUMP k", "RENAME k o", "RENAME k k", "RENAMENX k o", "RENAMENX k other", "COPY k o",
    "COPY k other", "COPY k other REPLACE", "COPY k k DB 3", "MOVE k 4", "DEL k k", "UNLINK k none",
    "SORT k BY nosort STORE o", "SORT k ALPHA", "SORT none STORE k", "SORT k BY w_* GET g_* ALPHA",
    "SCAN 0 COUNT 1000", "KEYS *", "RANDOMKEY", "SWAPDB 0 5", "FLUSHDB", "RESTORE k 0 x",
    "RESTORE k 0 x REPLACE", "WATCH k", "SSCAN k 0", "HSCAN k 0", "ZSCAN k 0",
]
RESTORED = b"\x00\x05hello\n\x00crR\xdfve4\xa0\n"
# What meets a key whose time has come.
MEETING_THE_END = {
    "SET k 1": [
        "GET k", "SET k 2", "SET k 2 GET", "INCR k", "DEL k", "UNLINK k", "EXISTS k k", "EXPIRE k 100",
        "PERSIST k", "TTL k", "TYPE k", "RENAME k o", "COPY k o", "MOVE k 3", "GETDEL k", "APPEND k x",
        "MGET k k", "MSETNX k 1", "BITOP NOT o k", "OBJECT ENCODING k", "DUMP k", "KEYS *", "TOUCH k",
        "GETEX k PERSIST", "PFCOUNT k none", ("RESTORE", "k", "0", RESTORED),
    ],
    "RPUSH k 1": [
        "LPUSHX k 1", "LPOP k", "RPOPLPUSH k o", "SORT k STORE o",
    ],
    "SADD k 1": [
        "SADD k 1", "SPOP k", "SMOVE k o 1", "SINTERSTORE o k k", "SUNIONSTORE k k",
    ],
    "HSET k 1 1": [
        "HDEL k 1", "HGETALL k",
    ],
    "ZADD k 1 1": [
        "ZADD k 1 1", "ZPOPMIN k", "ZUNIONSTORE o 2 k k",
    ],
}


def on_each(kind):
    maker = MAKERS[kind]
    return [["DEL k o", "SET other 1", maker, command, "UNWATCH"] for command in COMMANDS]


def expired(maker, command):
    """The command meets a key whose time has come."""
    return [maker, "PEXPIRE k 20", "DEBUG SLEEP 0.025", exactly(command), "DEL k o other"]


SEQUENCES = [
    *[
        sequence(f"The option {classes}", f"{OPTION} {classes}", ONE_OF_EACH, "CONFIG GET notify*")
        for classes in CLASSES
    ],
    sequence(
        "The option changes", f"{OPTION} ''", "SET k 1", f"{OPTION} KEA", "SET k 2", f"{OPTION} q", "SET k 3",
        f"{OPTION} K", "SET k 4", f"{OPTION} Eg", "DEL k",
    ),
    sequence(
        "The option changes in a transaction", "MULTI", "SET k 1", "EXEC", "MULTI", "SET k 2", "LPUSH l 1",
        "DEL k", "EXEC",
    ),
    *[sequence(f"Commands on a key with {kind}", on_each(kind)) for kind in MAKERS],
    sequence(
        "Commands on a key whose time has come", "DEBUG SET-ACTIVE-EXPIRE 0",
        [
            expired(maker, command)
            for maker, commands in MEETING_THE_END.items()
            for command in commands
        ],
    ),
    sequence(
        "RENAME and COPY onto a key whose time has come", "DEBUG SET-ACTIVE-EXPIRE 0",
        [
            ["SET k 1", "SET o 1 PX 1", "DEBUG SLEEP 0.005", exactly(command), "DEL k o"]
            for command in (
                "RENAME k o", "RENAMENX k o", "COPY k o", "COPY k o REPLACE", "BITOP NOT o k", "PFMERGE o k",
                "MSET o 1 k 2", "MSETNX o 1 x 2", "SORT k STORE o", "DEL k o", "EXISTS o k o",
            )
        ],
    ),
    sequence(
        "Keys that end by themselves", "SET a 1 PX 1", "RPUSH b 1", "PEXPIRE b 1", "SET c 1 PX 100000",
        "DEBUG SLEEP 0.3", "DBSIZE", "GET a",
    ),
    sequence(
        "In a transaction each command has its own", "SET a 1", "MULTI", "SET a 2", "GET none", "SELECT 2",
        "SADD t 1 2", "SPOP t 2", "SELECT 0", "DEL a", "INCR a", "EXEC", "GET a",
    ),
    sequence(
        "Of two clients", "SET k 1", on("b", "SELECT 3"), on("b", "SET k 1"), "APPEND k x", on("b", "DEL k"),
        "DEL k",
    ),
    sequence(
        "A big set is drawn from", ("SADD", "k", *range(1000)), "SPOP k 10", "SPOP k 900", "SPOP k 1000",
        "SPOP k",
    ),
    sequence(
        "RESTORE", ("RESTORE", "k", "0", RESTORED), ("RESTORE", "k", "0", RESTORED),
        ("RESTORE", "k", "100000", RESTORED, "REPLACE"), ("RESTORE", "k", "1", RESTORED, "REPLACE", "ABSTTL"),
        ("RESTORE", "k", "1", RESTORED, "REPLACE", "ABSTTL"),
    ),
    sequence(
        "A key with odd bytes", ("SET", b"\x00\xff*[", "1"), ("DEL", b"\x00\xff*["), ("SET", "", "1"),
        ("DEL", ""),
    ),
]

"""Client-side caching and MONITOR: who is told what, and when. Pushes are RESP3; RESP2 has redirection."""

import re

from support.sequences import blocked, closes, each, gets, on, pipeline, sequence, silent, with_pushes

_MONITORED = re.compile(rb"\+\d{10}\.\d{6} \[(\d+) (?:127\.0\.0\.1:\d+)\]")
_BROKEN = re.compile(rb"(tracking-redir-broken\r\n):\d+")


def monitored(reply):
    """A line of MONITOR without time and address."""
    return _MONITORED.sub(rb"+TIME [\1 ADDRESS]", reply)


def without_id(reply):
    return _BROKEN.sub(rb"\1:ID", reply)


def sees(connection, count=1):
    return gets(connection, count, monitored)


def tracked(name, *steps, how="CLIENT TRACKING ON"):
    """Client a speaks RESP3 and is tracked; whatever it is told before a PING is seen."""
    return sequence(name, "HELLO 3", how, *steps, "PING", bare=True)


# What invalidates k, with the commands before the read that it needs.
CHANGES = {
    "SET k 2": ["SET k 1"], "SET k 1": ["SET k 1"], "APPEND k x": [], "DEL k": ["SET k 1"],
    "UNLINK k": ["SET k 1"],
    "EXPIRE k 100": ["SET k 1"], "PERSIST k": ["SET k 1 EX 100"], "GETDEL k": ["SET k 1"],
    "GETEX k EX 100": ["SET k 1"], "RENAME k other": ["SET k 1"], "RENAME other k": ["SET other 1"],
    "COPY other k REPLACE": ["SET other 1"],
    "MOVE k 9": ["SET k 1"], "SETRANGE k 0 y": [], "SETBIT k 3 1": [], "INCR k": [], "SETNX k 2": [],
    "LPUSH k x": [],
    "MSET other 1 k 2": [], "MSETNX other 1 k 2": [], "SORT list STORE k": ["RPUSH list 2 1"],
    "PFADD k x": [],
    "EXPIREAT k 1": ["SET k 1"], "HSET k f v": [], "HDEL k f": ["HSET k f v"], "SADD k a": [],
    "ZADD k 1 a": [],
    "LPOP k": ["RPUSH k a b"], "SINTERSTORE k none": ["SADD k a"], "GETSET k 2": ["SET k 1"],
    "LMOVE other k LEFT LEFT":
    ["RPUSH other a"], "SPOP k": ["SADD k a"], "ZUNIONSTORE k 1 other": ["ZADD other 1 a"],
    "LTRIM k 1 0": ["RPUSH k a"], "FLUSHDB": ["SET k 1"], "FLUSHALL": ["SET k 1"], "FLUSHALL ASYNC": [],
}
# What leaves k as it was.
NO_CHANGES = [
    "DEL missing", "SETNX k 2", "EXPIRE missing 10", "SWAPDB 0 1", "SWAPDB 0 1", "GET k", "TOUCH k",
    "HSET k f v", "PUBLISH k x", "SET k 2 NX", "PERSIST k",
]

SEQUENCES = [
    # Who is told
    *[
        tracked(f"Told of {change}", *[on("b", step) for step in before], "TYPE k", on("b", change),
            gets("a"))
        for change, before in CHANGES.items()
    ],
    tracked("Not told of what changes nothing", on("b", "SET k 1"), "GET k", [[on("b", step),
        "PING"] for step in NO_CHANGES]),
    tracked(
        "Told once for each read", "GET k", "GET k", on("b", "SET k 1"), gets("a"), on("b", "SET k 2"),
        "PING", "GET k", on("b", "SET k 3"), gets("a"),
    ),
    tracked("Each key by itself", "MGET k l m", on("b", "MSET k 1 l 2 m 3 n 4"), gets("a", 3),
        "EXISTS k l k", on("b", "DEL l k"), gets("a", 2)),
    tracked("Keys of RENAME", on("b", "MSET k 1 l 2"), "MGET l k", on("b", "RENAME k l"), gets("a", 2),
        "MGET k l", on("b", "RENAMENX l k"), gets("a", 2)),
    tracked("Keys of commands that move", on("b", "RPUSH l 1 2"), on("b", "SADD s a b"), on("b",
        "ZADD z 1 a"), "EXISTS l m s t z",
        on("b", "LMOVE l m LEFT LEFT"), gets("a", 2), "EXISTS l m", on("b", "RPOPLPUSH l m"), gets("a",
        2), on("b", "SMOVE s t a"), gets("a", 2),
        on("b", "LMPOP 2 l m LEFT"), "EXISTS l m z", on("b", "ZMPOP 2 y z MIN"), gets("a"), on("b",
        "LMOVE m m LEFT RIGHT"), gets("a"),
        "GET k", "EXISTS k2", on("b", "COPY s k2"), gets("a"), on("b", "BITOP NOT k k2"), on("b",
        "PFMERGE k p q"), gets("a")),
    tracked("Keys that are missing, or of a wrong type", "LRANGE none 0 -1", on("b", "SET s 1"), "LLEN s",
        on("b", "LPUSH none x"), gets("a"), on("b", "SET s 2"), gets("a")),
    tracked("What only writes reads nothing", "SET k 1", "INCR k", "GETSET k 3", "GETDEL k", on("b",
        "SET k 1"), "PING"),
    tracked("All keys of a reading command", "SINTER a b", "ZUNION 2 c d", "SORT_RO e BY w_* GET v_*",
        "BITCOUNT f", "OBJECT ENCODING g",
        on("b", "SADD b x"), gets("a"), on("b", "ZADD d 1 x"), gets("a"), on("b", "SET v_1 x"), "PING",
        on("b", "RPUSH e 1"), gets("a"), on("b", "SET f x"), gets("a"), on("b", "SET g x"), gets("a")),
    tracked("One's own changes come after the reply", "GET k", with_pushes("SET k 1", 1), "GET k",
        with_pushes("DEL k", 1), "GET k", with_pushes("FLUSHALL", 1)),
    tracked("One's own changes in a pipeline", "GET k", pipeline("SET k 1", "PING", "GET k", "SET k 2",
        "PING", replies=7)),
    *[
        tracked(f"NOLOOP: also of what those do whom one serves ({how})", "LRANGE m 0 -1", "ZRANGE z 0 -1",
            on("b", silent("BLMOVE l m LEFT LEFT 0")), blocked("b"), with_pushes("RPUSH l 1", 1), gets("b"),
            how=how)
        for how in ("CLIENT TRACKING ON NOLOOP", "CLIENT TRACKING ON BCAST NOLOOP PREFIX m")
    ],
    tracked("NOLOOP: not of what others do for one", "LRANGE m 0 -1", silent("BLMOVE l m LEFT LEFT 0"),
        blocked("a"), on("b", "RPUSH l 1"), gets("a"), "PING", how="CLIENT TRACKING ON NOLOOP"),
    tracked("NOLOOP: what expires is nobody's own", "SET k 1 PX 20", "GET k", on("b", "DEBUG SLEEP 0.05"),
        with_pushes("GET k", 1), how="CLIENT TRACKING ON NOLOOP"),
    tracked("NOLOOP: not of one's own", "GET k", "SET k 1", "PING", "GET k", on("b", "SET k 2"), gets("a"),
        "GET k", with_pushes("FLUSHALL", 1), how="CLIENT TRACKING ON NOLOOP"),
    tracked("Databases don't matter", "GET k", on("b", "SELECT 3"), on("b", "SET k 1"), gets("a")),
    tracked("Binary keys", *[[("GET", key), on("b", ("SET", key, "x")), gets("a")] for key in (b"\x00",
        b"", b"\r\n", b"\xff\xfe", b"x" * 600)]),
    sequence("A monitor that wants no replies sees nothing", silent("CLIENT REPLY OFF"), silent("MONITOR"),
        on("b", "SET k 1"), on("b", "GET k"), "CLIENT REPLY ON", sees("a")),
    tracked("They come where no replies are wanted, too", "GET k", silent("CLIENT REPLY OFF"),
        silent("SET k 1"), gets("a"), "CLIENT REPLY ON"),
    tracked("Two trackers", on("b", "HELLO 3"), on("b", "CLIENT TRACKING ON"), "GET k", on("b", "GET k"),
        on("c", "SET k 1"), gets("a"), gets("b"), on("b", "GET k"), with_pushes("SET k 2", 0), gets("b")),
    tracked("Expiry is told when a reader finds it", "DEBUG SET-ACTIVE-EXPIRE 0", on("b", "SET k 1 PX 500"),
        "GET l", "EXISTS k", on("b", "DEBUG SLEEP 0.55"), on("b", "GET k"), gets("a")),
    tracked("Expiry is told when it happens", on("b", "SET k 1 PX 500"), "GET k", gets("a"), "GET k"),
    # Transactions
    tracked("Transactions", "GET k", on("b", "MULTI"), on("b", "SET k 1"), on("b", "GET k"), on("b",
        "SET k 2"), on("b", "EXEC"), gets("a")),
    tracked("One's own transaction", pipeline("MULTI", "GET k", "SET k 1", "GET k", "EXEC", "PING",
        replies=7), on("b", "SET k 2"), gets("a")),
    tracked("A read after a change of the same transaction", "MULTI", "SET k 1", "GET k", "EXEC", "PING",
        on("b", "SET k 2"), gets("a")),
    tracked("FLUSHALL in a transaction", "GET k", "MULTI", "SET k 1", "FLUSHALL", "FLUSHDB", "GET k",
        with_pushes("EXEC", 3), on("b", "SET k 2"), gets("a")),
    # Modes
    sequence(
        "Options that don't go together", "CLIENT TRACKING ON PREFIX a", "CLIENT TRACKING ON BCAST OPTIN",
        "CLIENT TRACKING ON BCAST OPTOUT",
        "CLIENT TRACKING ON OPTIN OPTOUT", "CLIENT TRACKING ON REDIRECT 999999",
        "CLIENT TRACKING ON REDIRECT x", "CLIENT TRACKING ON REDIRECT",
        "CLIENT TRACKING ON REDIRECT -1", "CLIENT TRACKING ON REDIRECT {id:b} REDIRECT {id:b}",
        "CLIENT TRACKING ON NOSUCH", "CLIENT TRACKING maybe",
        "CLIENT TRACKING ON PREFIX", "CLIENT TRACKING", "CLIENT TRACKING OFF x", "CLIENT TRACKING x OPTIN",
        "CLIENT TRACKING OFF BCAST PREFIX x OPTIN",
        "CLIENT TRACKINGINFO", "CLIENT TRACKINGINFO x", "CLIENT GETREDIR", "CLIENT GETREDIR x",
        "CLIENT CACHING", "CLIENT CACHING YES",
    ),
    sequence(
        "Prefixes must not overlap", "CLIENT TRACKING ON BCAST PREFIX a PREFIX ab",
        "CLIENT TRACKING ON BCAST PREFIX ab PREFIX b PREFIX a",
        "CLIENT TRACKING ON BCAST PREFIX x PREFIX x", 'CLIENT TRACKING ON BCAST PREFIX a PREFIX ""',
        "CLIENT TRACKING ON BCAST PREFIX foo PREFIX bar",
        "CLIENT TRACKING ON BCAST PREFIX fo", "CLIENT TRACKING ON BCAST PREFIX foo",
        "CLIENT TRACKING ON BCAST PREFIX baz", "CLIENT TRACKINGINFO",
        'CLIENT TRACKING ON BCAST PREFIX "n\\x00a" PREFIX "n\\x00b" PREFIX n', "CLIENT TRACKING ON BCAST",
        "CLIENT TRACKINGINFO", "CLIENT TRACKING ON", "CLIENT TRACKING OFF", "CLIENT TRACKINGINFO",
        "CLIENT TRACKING ON BCAST PREFIX fo", "CLIENT TRACKINGINFO", "CLIENT INFO",
    ),
    sequence(
        "Modes can't be switched", "CLIENT TRACKING ON", "CLIENT TRACKING ON BCAST",
        "CLIENT TRACKING ON OPTIN", "CLIENT TRACKING ON OPTOUT",
        "CLIENT TRACKING ON OPTIN NOLOOP", "CLIENT TRACKINGINFO", "CLIENT TRACKING ON",
        "CLIENT TRACKINGINFO", "CLIENT TRACKING ON OPTOUT",
        "CLIENT INFO", "CLIENT TRACKING OFF", "CLIENT TRACKING ON BCAST", "CLIENT TRACKING ON",
        "CLIENT CACHING YES", "CLIENT CACHING NO", "CLIENT INFO", "CLIENT LIST",
    ),
    tracked(
        "OPTIN: only what was announced", "GET k", on("b", "SET k 1"), "PING", "CLIENT CACHING YES",
        "CLIENT TRACKINGINFO", "CLIENT ID", "GET k",
        "GET l", on("b", "MSET l 1 k 2"), gets("a"), "PING", "CLIENT CACHING NO", "CLIENT CACHING x",
        "CLIENT CACHING YES", "NOSUCH", "GET k",
        on("b", "SET k 3"), "PING", "CLIENT CACHING YES", "GET", "CLIENT TRACKINGINFO", "GET k", on("b",
        "SET k 4"), "PING",
        "CLIENT CACHING YES", "MULTI", "GET k", "GET l", "EXEC", "GET m", on("b", "MSET m 1 k 5 l 5"),
        gets("a", 2), how="CLIENT TRACKING ON OPTIN",
    ),
    tracked(
        "OPTOUT: all but what was announced", "GET k", on("b", "SET k 1"), gets("a"), "CLIENT CACHING NO",
        "CLIENT TRACKINGINFO", "GET k", "GET l",
        on("b", "MSET k 2 l 2"), gets("a"), "CLIENT CACHING YES", "MULTI", "GET k", "CLIENT CACHING NO",
        "GET l", "EXEC", "CLIENT TRACKINGINFO",
        on("b", "MSET k 3 l 3"), gets("a"), how="CLIENT TRACKING ON OPTOUT",
    ),
    tracked("OFF ends it, and ON goes on with what was read", "GET k", "CLIENT TRACKING OFF",
        "CLIENT TRACKING ON", on("b", "SET k 1"), gets("a"),
        "GET k", "CLIENT TRACKING OFF", on("b", "SET k 2"), "PING", "CLIENT TRACKING ON", on("b",
        "SET k 3"), "PING"),
    tracked("From single keys to broadcasts", "GET k", "CLIENT TRACKING OFF",
        "CLIENT TRACKING ON BCAST PREFIX x", on("b", "SET k 1"), "PING", on("b", "SET x 1"), gets("a")),
    tracked("RESET ends it", "GET k", "RESET", "CLIENT TRACKINGINFO", "HELLO 3", on("b", "SET k 1"),
        "PING", "CLIENT TRACKING ON BCAST", "RESET",
        on("b", "SET k 1"), "CLIENT INFO", how="CLIENT TRACKING ON NOLOOP"),
    tracked("A protocol that has no pushes", "GET k", "HELLO 2", on("b", "SET k 1"), "PING", "FLUSHALL",
        "GET k", "HELLO 3", on("b", "SET k 1"), gets("a")),
    # Broadcasts
    tracked("Broadcasts", on("b", "SET k 1"), gets("a"), on("b", "MSET c 1 a 2 b 3 a 4"), gets("a"),
        on("b", "DEL missing"), "PING",
        on("b", "FLUSHALL"), gets("a"), with_pushes("SET own 1", 1), how="CLIENT TRACKING ON BCAST"),
    tracked("Broadcasts by prefix", on("b", "MSET foo:2 1 bar 1 foo:1 1 foo 1 ba 2 barbaz 2"), gets("a",
        2), on("b", "SET other x"), "PING",
        on("b", "RENAME foo:1 baz"), gets("a"), "GET other", on("b", "SET other y"), "PING",
            how="CLIENT TRACKING ON BCAST PREFIX foo: PREFIX bar"),
    tracked("Broadcasts to several", on("b", "HELLO 3"), on("b", "CLIENT TRACKING ON BCAST PREFIX f"),
        on("c", "MSET foo 1 g 2"), gets("a"), gets("b"),
            on("c", "SET g 1"), gets("a"), on("b", "PING"), how="CLIENT TRACKING ON BCAST"),
    tracked("Broadcasts with NOLOOP", "SET k 1", "PING", on("b", "SET k 2"), gets("a"), "FLUSHALL",
        gets("a"), how="CLIENT TRACKING ON BCAST NOLOOP"),
    tracked("Broadcasts of a transaction", on("b", "MULTI"), on("b", "SET z 1"), on("b", "SET y 2"),
        on("b", "SET z 2"), on("b", "EXEC"), gets("a"), how="CLIENT TRACKING ON BCAST"),
    # Redirection
    sequence(
        "Redirection to a subscriber of RESP2", "CLIENT TRACKING ON REDIRECT {id:b}", on("b",
        "SUBSCRIBE __redis__:invalidate"), "GET k", "MGET l m",
        on("c", "SET k 1"), gets("b"), on("c", "MSET m 1 l 1"), gets("b", 2), "CLIENT GETREDIR",
        "CLIENT TRACKINGINFO", "CLIENT INFO",
        on("c", "FLUSHALL"), gets("b"), "GET k", "SET k 2", gets("b"), "PING", bare=True,
    ),
    sequence(
        "Redirection to one who subscribes to something else", "CLIENT TRACKING ON REDIRECT {id:b}",
        on("b", "SUBSCRIBE x"), "GET k", on("c", "SET k 1"),
        gets("b"), on("b", "UNSUBSCRIBE"), "GET k", on("c", "SET k 2"), on("b", "PING"), "PING", bare=True,
    ),
    sequence(
        "Redirection to RESP3", on("b", "HELLO 3"), "CLIENT TRACKING ON REDIRECT {id:b}", "GET k", on("c",
        "SET k 1"), gets("b"), on("c", "FLUSHALL"),
        gets("b"), "HELLO 3", on("c", "FLUSHDB"), gets("b"), bare=True,
    ),
    sequence(
        "Redirection of broadcasts", "CLIENT TRACKING ON BCAST PREFIX f REDIRECT {id:b}", on("b",
        "SUBSCRIBE __redis__:invalidate"), on("c", "MSET fb 1 fa 2 x 3"),
        gets("b"), on("c", "FLUSHALL"), gets("b"), "CLIENT INFO", bare=True,
    ),
    sequence(
        "Redirection to nobody", "HELLO 3", "CLIENT TRACKING ON REDIRECT {id:b}", on("b", "SUBSCRIBE c"),
        "GET k", on("c", "SET k 1"), gets("b"), on("b", "PING"), "GET k",
        closes(on("b", "QUIT")), "CLIENT TRACKINGINFO", on("c", "SET k 1"), gets("a", form=without_id),
        "CLIENT TRACKINGINFO", "CLIENT INFO",
        "GET k", on("c", "SET k 2"), gets("a", form=without_id), "CLIENT GETREDIR", on("c", "FLUSHALL"),
        gets("a", form=without_id), "CLIENT TRACKING ON", "CLIENT TRACKINGINFO", "PING", bare=True,
    ),
    sequence("Redirection to oneself", "HELLO 3", "CLIENT TRACKING ON REDIRECT {id:a}", "GET k", on("b",
        "SET k 1"), gets("a"), "PING", bare=True),
    # MONITOR
    sequence(
        "MONITOR shows what others do", "MONITOR", on("b", "PING"), sees("a"), on("b",
        'SET "k\\x00\\n" "a b\\"c\\xff"'), sees("a"), on("b", "SELECT 3"), sees("a"),
        on("b", "INCR n"), sees("a"), on("b", "NOSUCH"), on("b", "GET"), on("b", "LPUSH n x"), sees("a"),
        on("b", "TYPE n"), sees("a"),
    ),
    sequence("MONITOR and secrets", "MONITOR", on("b", "AUTH secret"), sees("a"), on("b",
        "AUTH nobody secret"), sees("a"), on("b",
             "HELLO 3 AUTH default secret"), sees("a"), on("b", "CONFIG GET maxmemory"), on("b",
             "CLIENT LIST"), on("b", "CLIENT GETNAME"), sees("a"),
             on("b", "DEBUG SET-ACTIVE-EXPIRE 1"), on("b", "CONFIG RESETSTAT"), on("b", "PING"), sees("a"),
             bare=True),
    sequence("MONITOR and transactions", "MONITOR", on("b", "MULTI"), sees("a"), on("b", "SET k 1"),
        on("b", "PING"), on("b", "EXEC"), sees("a", 3),
             on("b", "MULTI"), sees("a"), on("b", "DISCARD"), sees("a"), on("b", "EXEC"), sees("a")),
    sequence("What a monitor says itself", "MONITOR", with_pushes("PING", 1, monitored), "GET k",
        "SET k v", "PUBLISH c m", "NOSUCH", "MONITOR x",
             with_pushes("ECHO x", 1, monitored), with_pushes("MULTI", 1, monitored), "GET k",
             with_pushes("EXEC", 1, monitored), "RESET", "GET k"),
    sequence("What a monitor says itself in a transaction", "MONITOR", with_pushes("MULTI", 1, monitored),
        "PING", "MONITOR",
             with_pushes("EXEC", 2, lambda reply: b"".join(sorted(monitored(reply).splitlines(True)))),
             on("b", "PING"), sees("a")),
    sequence("MONITOR once more says nothing", "MONITOR", pipeline("MONITOR", "PING", replies=1),
        sees("a")),
    sequence("MONITOR in a transaction", "MULTI", "MONITOR", "EXEC", "CLIENT INFO"),
    sequence("A monitor is a normal client", "MONITOR", on("b", "CLIENT LIST"), on("b",
        "CLIENT LIST TYPE normal"), on("b", "CLIENT LIST TYPE replica"),
             on("b", "CLIENT KILL TYPE replica"), on("b", "PING"), sees("a"), "RESET", on("b",
             "CLIENT LIST"), bare=True),
    sequence("A subscriber is no normal client", "SUBSCRIBE c", on("b", "CLIENT LIST TYPE pubsub"), on("b",
        "CLIENT LIST TYPE replica")),
    sequence("RESET and QUIT end it", "MONITOR", on("b", "MONITOR"), on("b", "RESET"), sees("a"), on("b",
        "PING"), sees("a"), closes(on("b", "QUIT")),
             sees("a"), on("c", "PING"), sees("a"), closes("QUIT"), on("c", "PING"), bare=True),
    sequence("A monitor is not paused", "MONITOR", on("b", "CLIENT PAUSE 10000"), with_pushes("PING", 1,
        monitored), "CLIENT UNPAUSE", on("c", "PING"), sees("a"), bare=True),
    sequence("Two monitors", "MONITOR", on("b", "MONITOR"), on("c", "PING"), sees("a"), sees("b"),
        with_pushes("PING", 1, monitored), sees("b"), bare=True),
]

"""Commands that wait for a key: what they find at once, who is served, and what ends their waiting."""

from support.sequences import blocked, gets, on, pipeline, raw_closes, sequence, silent

WRONG = ["-1", "x", '""', "nan", "inf", "1e30", "9223372036854775807", "-1e300"]


def waits(connection, command):
    """The command gets no reply for now."""
    return [on(connection, silent(command)), blocked(connection)]


# What brings an element to list k, with the commands before.
BRINGS = {
    "RPUSH k x": [], "LPUSH k x y z": [], "RENAME other k": ["RPUSH other x"],
    "COPY other k": ["RPUSH other x"],
    "SORT other STORE k": ["RPUSH other 2 1"], "LMOVE other k LEFT LEFT": ["RPUSH other x"],
    "RPOPLPUSH other k": ["RPUSH other x"], "LINSERT k BEFORE a b": [], "RENAMENX other k": ["RPUSH other x"],
}

SEQUENCES = [
    sequence(
        "What is there is taken at once", "RPUSH k a b c d", "BLPOP k 0", "BRPOP k 0", "BLPOP none k 0",
        "BRPOP k none 1",
        "EXISTS k", "RPUSH k a b c", "BLMPOP 0 2 none k LEFT", "BLMPOP 0 1 k RIGHT COUNT 5", "EXISTS k",
        "RPUSH k a b c", "BLMOVE k l LEFT RIGHT 0", "BRPOPLPUSH k l 0", "LRANGE l 0 -1",
        "BLMOVE k k LEFT RIGHT 0",
        "ZADD z 1 a 2 b 3 c 4 d", "BZPOPMIN z 0", "BZPOPMAX none z 0", "BZMPOP 0 1 z MIN COUNT 10",
        "EXISTS z",
    ),
    *[
        sequence(f"A timeout of {timeout}", f"BLPOP k {timeout}", f"BRPOP k {timeout}",
            f"BLMPOP {timeout} 1 k LEFT",
                 f"BZPOPMIN k {timeout}", f"BZMPOP {timeout} 1 k MIN", f"BLMOVE k l LEFT LEFT {timeout}",
                 f"BRPOPLPUSH k l {timeout}")
        for timeout in WRONG
    ],
    sequence("Time runs out", "BLPOP k 0.01", "BRPOP k l 0.001", "BLMPOP 0.01 1 k LEFT", "BZPOPMIN k 0.01",
        "BZPOPMAX k 0.01",
             "BZMPOP 0.01 1 k MAX", "BLMOVE k l LEFT LEFT 0.01", "BRPOPLPUSH k l 0.01", "BLPOP k 1e-9",
             "PING"),
    sequence("Wrong types", "SET s x", "BLPOP s 0", "BLPOP none s 0", "BZPOPMIN s 0",
        "BLMOVE s k LEFT LEFT 0", "BLMPOP 0 1 s LEFT",
             "RPUSH k a", "BLMOVE k s LEFT LEFT 0", "LRANGE k 0 -1", "BZMPOP 0 1 k MIN", "BZPOPMAX k 0"),
    sequence("Wrong arguments", "BLPOP", "BLPOP k", "BLMPOP 0 0 k LEFT", "BLMPOP 0 1 k", "BLMPOP 0 1 k UP",
        "BLMPOP 0 2 k LEFT",
             "BLMPOP 0 1 k LEFT COUNT 0", "BLMPOP 0 1 k LEFT COUNT", "BLMPOP x 0 k LEFT",
             "BLMOVE k l UP LEFT 0", "BLMOVE k l LEFT LEFT",
             "BZMPOP 0 1 z LEFT", "BZMPOP 0 -1 z MIN", "BRPOPLPUSH k l", "BLMPOP 0 x k LEFT",
             "BLMOVE k l LEFT UP x"),
    sequence("In a transaction nobody waits", "MULTI", "BLPOP k 0", "BRPOP k 0", "BLMPOP 0 1 k LEFT",
        "BLMOVE k l LEFT LEFT 0",
             "BRPOPLPUSH k l 0", "BZPOPMIN k 0", "BZMPOP 0 1 k MIN", "RPUSH k a", "BLPOP k 0", "EXEC"),
    *[
        sequence(f"BLPOP is served by {bring}", *before, waits("b", "BLPOP k 0"), bring, gets("b"),
            "LRANGE k 0 -1", on("b", "PING"))
        for bring, before in BRINGS.items() if "LINSERT" not in bring
    ],
    sequence("BLPOP is not served by what is no list", waits("b", "BLPOP k 0"), "SET k v", "DEL k",
        "SADD k v", "DEL k", "RPUSH k x", gets("b")),
    sequence("Served by SWAPDB", on("c", "SELECT 7"), on("c", "RPUSH k x"), waits("b", "BLPOP k 0"),
        "SWAPDB 0 7", gets("b"), "SWAPDB 0 7"),
    sequence("Served by MOVE", on("c", "SELECT 7"), on("c", "RPUSH k x"), waits("b", "BLPOP k 0"), on("c",
        "MOVE k 0"), gets("b")),
    sequence("Served by a transaction, after it", waits("b", "BLPOP k 0"), "MULTI", "RPUSH k a", "RPUSH k b",
        "LPUSH k c", "EXEC", gets("b"),
             "LRANGE k 0 -1"),
    sequence("A transaction that leaves nothing", waits("b", "BLPOP k 0"), "MULTI", "RPUSH k a", "DEL k",
        "EXEC", "RPUSH k b", gets("b")),
    sequence("Who waits longest is served first", waits("b", "BLPOP k 0"), waits("c", "BRPOP k 0"),
        waits("d", "BLPOP k 0"), "RPUSH k 1 2",
             gets("b"), gets("c"), "RPUSH k 3", gets("d"), "EXISTS k"),
    sequence("Waiting for several keys", waits("b", "BLPOP k l m k 0"), "RPUSH m x", gets("b"), waits("b",
        "BLPOP k l m 0"), "RPUSH l y", gets("b"),
             "RPUSH k z", "LRANGE k 0 -1"),
    sequence("A row of moves", waits("b", "BLMOVE k l LEFT RIGHT 0"), waits("c", "BRPOPLPUSH l m 0"),
        waits("d", "BLPOP m 0"), "RPUSH k x", gets("b"),
             gets("c"), gets("d"), "KEYS *"),
    sequence("A move onto itself", waits("b", "BRPOPLPUSH k k 0"), "RPUSH k x y", gets("b"), "LRANGE k 0 -1"),
    sequence("A move to what is no list", "SET s v", waits("b", "BLMOVE k s LEFT LEFT 0"), "RPUSH k x",
        gets("b"), "LRANGE k 0 -1"),
    sequence("BLMPOP is served", waits("b", "BLMPOP 0 2 k l LEFT COUNT 2"), "RPUSH l 1 2 3", gets("b"),
        "LRANGE l 0 -1"),
    sequence("BZPOPMIN is served", waits("b", "BZPOPMIN z 0"), "ZADD z 2 b 1 a", gets("b"), "ZRANGE z 0 -1",
        waits("b", "BZPOPMAX y 0"),
             waits("c", "BZMPOP 0 1 y MIN COUNT 3"), "ZADD y 1 a 2 b 3 c 4 d 5 e", gets("b"), gets("c"),
             "ZRANGE y 0 -1 WITHSCORES"),
    sequence("Served by ZUNIONSTORE and GEOADD", "ZADD y 1.5 a", waits("b", "BZPOPMIN z 0"),
        "ZUNIONSTORE z 1 y", gets("b"),
             waits("b", "BZPOPMIN geo 0"), "GEOADD geo 13 38 p", gets("b")),
    sequence("LPUSH tells how many there were", waits("b", "BLPOP k 0"), "LPUSH k a b c", gets("b"),
        "LLEN k"),
    sequence("CLIENT UNBLOCK", "CLIENT UNBLOCK 12345", "CLIENT UNBLOCK x", "CLIENT UNBLOCK", waits("b",
        "BLPOP k 0"), "CLIENT UNBLOCK 1 NOSUCH", "CLIENT UNBLOCK 1 ERROR x",
             "CLIENT UNBLOCK {id:a}"),
    sequence("What was sent meanwhile is done after", on("b", silent("BLPOP k 0")), on("b",
        silent("SET x 1")), on("b", silent("GET x")), "RPUSH k v",
             gets("b", 3)),
    sequence("A blocked client that is killed takes nothing", waits("b", "BLPOP k 0"), "PING"),
    sequence("CLIENT REPLY OFF", on("b", silent("CLIENT REPLY OFF")), on("b", silent("RPUSH done 1")),
             on("b", "CLIENT REPLY ON"), "LRANGE done 0 -1"),
    sequence("Events of elements that pass through", "RPUSH l a", waits("b", "BLMOVE k l RIGHT LEFT 0"),
        "RPUSH k x", gets("b"), "LRANGE l 0 -1", "EXISTS k"),
    sequence("BLPOP in a pipeline", pipeline("RPUSH k a", "BLPOP k 0", "RPUSH k b", "BRPOP k 0", "LLEN k")),
    sequence("A watched key that is popped", "WATCH k", waits("b", "BLPOP k 0"), on("c", "RPUSH k a"),
        gets("b"), "MULTI", "PING", "EXEC"),
    sequence("WAIT", "WAIT 0 0", "WAIT -1 0", "WAIT 1 10", "WAIT x 1", "WAIT 1 x", "WAIT 1 -1", "WAIT 1",
             "WAIT 0 -1", "WAIT 0 9223372036854775807", "WAIT 1 99999999999999999999", "MULTI", "WAIT 1 0",
             "EXEC"),
    sequence("WAIT that is unblocked", on("b", silent("WAIT 1 0")), on("b", silent("PING")),
             "CLIENT UNBLOCK {id:b}", gets("b", 2)),
    sequence("WAIT that is unblocked by an error", waits("b", "WAIT 3 9223372036854775807"),
             "CLIENT UNBLOCK {id:b} ERROR", gets("b")),
    sequence("CLIENT REPLY SKIP is about the command that waits", on("b", silent("CLIENT REPLY SKIP")),
             waits("b", "BLPOP k 0"), on("b", silent("ECHO next")), "RPUSH k v", gets("b"), "EXISTS k"),
    sequence("CLIENT REPLY OFF while waiting", on("b", silent("CLIENT REPLY OFF")), waits("b", "BLPOP k 0"),
             on("b", silent("PING")), "RPUSH k v", on("b", "CLIENT REPLY ON"), "EXISTS k"),
    sequence("A waiting command is logged as slow when it is served", "CONFIG SET slowlog-log-slower-than 0",
             "SLOWLOG RESET", waits("b", "BLPOP k 0"), "RPUSH k v", gets("b"), "SLOWLOG GET 2",
             on("b", "BLPOP none 0.01"), "SLOWLOG GET 2"),
    sequence("A malformed request behind one that waits", raw_closes(
        b"*3\r\n$5\r\nBLPOP\r\n$1\r\nk\r\n$4\r\n0.05\r\n*99999999999\r\n*2\r\n$4\r\nINCR\r\n$1\r\nx\r\n",
        on="b"), "EXISTS x"),
    sequence("Killed, it gets nothing any more", waits("b", "BLPOP k 0"),
             pipeline("CLIENT KILL TYPE normal SKIPME yes", "RPUSH k v", "LLEN k")),
]

"""Transactions: queueing, running, giving up, and watching."""

from support.sequences import blocked, closes, on, pipeline, sequence, silent

# What touches a watched key k, with the commands before WATCH that it needs.
TOUCHES = {
    "SET k 2": [], "APPEND k x": [], "DEL k": [], "UNLINK k": [], "EXPIRE k 100": [],
    "PERSIST k": ["EXPIRE k 100"],
    "GETDEL k": [], "GETEX k EX 100": [], "RENAME k other": [], "RENAME other k": ["SET other 1"],
    "COPY other k REPLACE": ["SET other 1"], "MOVE k 9": [], "FLUSHALL": [], "FLUSHDB": [], "SWAPDB 9 0": [],
    "SETRANGE k 0 y": [], "SETBIT k 3 1": [], "INCR k": [], "SETNX k 2": [], "GET k": [],
    "EXPIRE missing 10": [],
    "LPUSH k x": [], "MSET other 1 k 2": [], "MSETNX other 1 k 2": [], "RESTORE k 0 x": [], "TOUCH k": [],
    "SORT list STORE k": ["RPUSH list 2 1"], "SINTERSTORE k none": [], "PFADD k x": [],
    "BITOP NOT k other": [],
    "SET other 2": [], "EXPIREAT k 1": [], "DEBUG DIGEST-VALUE k": [],
}

SEQUENCES = [
    sequence(
        "EXEC runs what MULTI has queued", "MULTI", "SET k 1", "GET k", "INCR k", "LPUSH k x", "HSET h a 1",
        "HGETALL h", "EXEC", "GET k", "EXEC", "DISCARD",
    ),
    sequence("An empty transaction", "MULTI", "EXEC", "MULTI", "DISCARD", "EXEC"),
    sequence("DISCARD forgets", "SET k 1", "MULTI", "SET k 2", "DISCARD", "GET k", "MULTI", "GET k", "EXEC"),
    sequence(
        "MULTI does not nest, and says so without giving up", "MULTI", "SET k 1", "MULTI", "WATCH k",
        "SET k 2",
        "EXEC", "GET k",
    ),
    sequence(
        "What is refused while queueing breaks the transaction",
        [
            ["MULTI", "SET k 1", wrong, "SET k 2", "EXEC", "GET k"]
            for wrong in ("NOSUCH", "GET", "GET a b", "SET k", "CLIENT nosuch", "OBJECT ENCODING")
        ],
    ),
    sequence(
        "What fails while running fails alone", "SET s x", "RPUSH l 1", "MULTI", "INCR s", "LPUSH l 0",
        "GET l",
        "SET s y XX KEEPTTL EX 1", "LLEN l", "EXEC", "LRANGE l 0 -1",
    ),
    sequence(
        "Arity of the commands themselves", "MULTI x", "EXEC x", "DISCARD x", "WATCH", "UNWATCH x", "MULTI",
        "EXEC x", "EXEC", "MULTI", "DISCARD x", "DISCARD",
    ),
    sequence(
        "A pipeline", pipeline("MULTI", "SET k 1", "INCR k", "EXEC", "GET k", "MULTI", "INCR k", "DISCARD",
            "GET k"),
    ),
    sequence(
        "Others see nothing of what is queued", "MULTI", "SET k 1", on("b", "GET k"), on("b", "SET k 2"),
        "GET k",
        "EXEC", on("b", "GET k"),
    ),
    sequence(
        "The database is that of the moment", "SELECT 1", "MULTI", "SET k one", "SELECT 2", "SET k two",
        "GET k",
        "EXEC", "GET k", "SELECT 1", "GET k",
    ),
    sequence(
        "Blocking, connection and server commands inside", "MULTI", "PING", "ECHO x", "CLIENT GETNAME",
        "CLIENT SETNAME n", "DBSIZE", "CONFIG GET maxmemory", "TYPE k", "EXEC", "CLIENT GETNAME",
    ),
    sequence("HELLO that is refused inside", "MULTI", "HGETALL h", "HELLO 3 NOSUCH", "HGETALL h", "EXEC"),
    sequence("QUIT inside", "MULTI", "SET k 1", closes("QUIT"), on("b", "GET k")),
    sequence("RESET inside", "WATCH k", "MULTI", "SET k 1", "RESET", "EXEC", "GET k", "MULTI", "EXEC"),
    sequence(
        "CLIENT REPLY inside", "MULTI", "CLIENT REPLY ON", "SET k 1", "EXEC",
    ),
    sequence("What is big is queued whole", "MULTI", ("SET", "k", b"x" * 100_000), "STRLEN k", "EXEC"),
    sequence(
        "The whole keyspace inside", "MSET a 1 b 2 c 3", "MULTI", "KEYS nothing", "DBSIZE", "FLUSHALL",
        "SET d 4",
        "RANDOMKEY", "EXEC", "DBSIZE",
    ),
    sequence("Several keys inside", "MULTI", "MSET a 1 b 2", "RENAME a c", "MGET a b c", "COPY c d", "EXEC"),
    # WATCH
    *[
        sequence(
            f"WATCH and {touch}", "SET k 1", *before, "WATCH k", on("b", touch), "MULTI", "SET result 1",
            "EXEC",
            "EXISTS result", "MULTI", "SET result 2", "EXEC",
        )
        for touch, before in TOUCHES.items()
    ],
    *[
        sequence(
            f"WATCH of a missing key and {touch}", "WATCH k", on("b", touch), "MULTI", "PING", "EXEC",
        )
        for touch in ("SET k 1", "DEL k", "FLUSHALL", "FLUSHDB", "SWAPDB 0 1", "GET k", "EXPIRE k 1",
            "SADD k x")
    ],
    sequence("WATCH and one's own writing", "WATCH k", "SET k 1", "MULTI", "GET k", "EXEC"),
    sequence("UNWATCH", "WATCH k", on("b", "SET k 1"), "UNWATCH", "MULTI", "GET k", "EXEC"),
    sequence("UNWATCH inside comes too late", "WATCH k", on("b", "SET k 1"), "MULTI", "UNWATCH", "EXEC",
        "MULTI", "EXEC"),
    sequence("DISCARD unwatches", "WATCH k", on("b", "SET k 1"), "MULTI", "DISCARD", "MULTI", "GET k",
        "EXEC"),
    sequence("EXEC unwatches", "WATCH k", "MULTI", "EXEC", on("b", "SET k 1"), "MULTI", "GET k", "EXEC"),
    sequence("Losing is lost after queueing too", "WATCH k", "MULTI", "SET k 1", on("b", "SET k 2"), "GET k",
        "EXEC", "GET k"),
    sequence("Several watched keys, some twice", "WATCH a b a", "WATCH b c", on("b", "SET c 1"), "MULTI",
        "EXEC"),
    sequence(
        "A broken transaction that has lost", "WATCH k", on("b", "SET k 1"), "MULTI", "NOSUCH", "EXEC",
        "MULTI", "EXEC",
    ),
    sequence(
        "A key of another database", "SELECT 1", "WATCH k", on("b", "SET k 1"), "MULTI", "PING", "EXEC",
        "WATCH k",
        on("b", "SELECT 1"), on("b", "SET k 1"), "MULTI", "PING", "EXEC",
    ),
    sequence(
        "SWAPDB of databases without the key", "SELECT 3", "WATCH k", "SELECT 0", on("b", "SWAPDB 3 4"),
        "MULTI", "PING",
        "EXEC", on("b", "SELECT 4"), on("b", "SET k 1"), "SELECT 3", "WATCH k", on("b", "SWAPDB 3 4"),
        "MULTI", "PING",
        "EXEC",
    ),
    sequence(
        "A watched key that expires", "DEBUG SET-ACTIVE-EXPIRE 0",
        "SET k 1 PX 1", "DEBUG SLEEP 0.02", "WATCH k", "MULTI", "PING", "EXEC",
        "SET k 1 PX 400", "WATCH k", "DEBUG SLEEP 0.5", "MULTI", "PING", "EXEC",
    ),
    sequence(
        "What the statistics say of it", "CONFIG RESETSTAT", "MULTI", "NOSUCH", "EXEC", "MULTI", "SET k 1",
        "INCR k",
        "EXEC", "DISCARD", "EXEC",
    ),
    sequence(
        "CLIENT REPLY OFF and ON inside", pipeline(
            "MULTI", "PING", "CLIENT REPLY OFF", "PING", "CLIENT REPLY ON", "PING", "EXEC", "ECHO 1",
            "ECHO 2", replies=7,
        ), "PING",
    ),
    sequence(
        "CLIENT REPLY ON inside, after OFF", silent("CLIENT REPLY OFF"), silent("MULTI"), silent("PING"),
        silent("CLIENT REPLY ON"), silent("PING"),
        pipeline("EXEC", "ECHO end", replies=3),
    ),
    sequence(
        "CLIENT REPLY SKIP inside", "MULTI", "PING", "CLIENT REPLY SKIP", "PING",
        pipeline("EXEC", "ECHO skipped", "ECHO 1", "ECHO 2", replies=2),
    ),
    sequence(
        "An expired key is watched while others wait", "DEBUG SET-ACTIVE-EXPIRE 0",
        on("b", silent("BLPOP no 0")), blocked("b"),
        "SET k 1 PX 1", "DEBUG SLEEP 0.02", "WATCH k", "MULTI", "PING", "EXEC",
        "SET k 1 PX 1", "DEBUG SLEEP 0.02", "WATCH k", on("c", "GET k"), "MULTI", "PING", "EXEC",
        "SET k 1 PX 1", "DEBUG SLEEP 0.02", "WATCH k", on("c", "GET k"), on("c", "SET k 2"), "MULTI", "PING",
        "EXEC",
        "SET k 1 PX 1", "DEBUG SLEEP 0.02", "WATCH k", on("c", "FLUSHALL"), "MULTI", "PING", "EXEC",
    ),
    sequence(
        "SWAPDB brings a key whose time has come", "DEBUG SET-ACTIVE-EXPIRE 0", "SELECT 1", "SET k 1 PX 1",
        "DEBUG SLEEP 0.02", "SELECT 0", "WATCH k", on("b", "SWAPDB 0 1"), "MULTI", "PING", "EXEC",
        "WATCH k", on("b", "SWAPDB 0 1"), "MULTI", "PING", "EXEC",
        "WATCH k", on("b", "SWAPDB 0 1"), on("b", "SET k 2"), "MULTI", "PING", "EXEC",
    ),
    sequence("SWAPDB of a database with itself", "SET k 1", "WATCH k", on("b", "SWAPDB 0 0"), "MULTI", "PING",
             "EXEC"),
]

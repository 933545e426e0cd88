"""maxmemory: what is refused for lack of memory, and what goes instead."""

from differential.sequences_server import KEY_EXAMPLES
from support.sequences import each, exactly, gets, on, sequence

FULL = "CONFIG SET maxmemory 1"
FREE = "CONFIG SET maxmemory 0"
SOME_KEYS = [
    "SET k v", "SET n 5", "RPUSH l a b", "SADD s a b", "ZADD z 1 a 2 b", "HSET h f v", "XADD x 1-1 f v",
    "PFADD p a", "GEOADD g 1 1 a", "XGROUP CREATE x group 0",
]
# One of each kind, right and wrong.
COMMANDS = [
    "PING", "ECHO x", "DBSIZE", "INCR n", "DECR n", "INCRBYFLOAT n 1", "GETSET k v", "GETDEL n", "LPUSH l a",
    "LPOP l", "LRANGE l 0 -1", "LSET l 0 x", "LTRIM l 0 1", "LMOVE l l LEFT RIGHT", "RPOPLPUSH l l",
    "BLPOP l 1", "BLMOVE l l LEFT RIGHT 1", "LINSERT l BEFORE a b", "LREM l 0 a", "SADD s c", "SREM s a",
    "SPOP s", "SMEMBERS s", "SINTERSTORE d s s", "SUNION s s", "SMOVE s d b", "ZADD z 3 c", "ZREM z a",
    "ZINCRBY z 1 b", "ZRANGESTORE d z 0 -1", "ZUNIONSTORE d 1 z", "ZPOPMIN z", "ZRANGE z 0 -1", "HSET h g w",
    "HDEL h f", "HINCRBY h n 1", "HGETALL h", "XADD x * f v", "XLEN x", "XDEL x 1-1", "XTRIM x MAXLEN 1",
    "XREADGROUP GROUP group c STREAMS x >", "XACK x group 1-1", "XGROUP CREATE x other 0", "XSETID x 9-9",
    "PFADD p b", "PFCOUNT p", "PFMERGE p p", "GEOADD g 2 2 b", "GEOSEARCHSTORE d g FROMMEMBER a BYRADIUS 1 m",
    "EXPIRE k 100", "PERSIST k", "RENAME k m", "TYPE m", "SORT l STORE d", "SORT l", "SORT_RO l",
    "RESTORE r 0 x", "DUMP m", "OBJECT ENCODING l", "PUBLISH c m", "SPUBLISH c m", "WATCH k", "UNWATCH",
    "SELECT 1", "SELECT 0", "SWAPDB 0 1", "SWAPDB 0 1", "SCRIPT LOAD 'return 1'", "SCRIPT EXISTS x",
    "FUNCTION LOAD x", "FUNCTION STATS", "CONFIG GET maxmemory", "COMMAND COUNT", "NOSUCH", "SET", "GET k l",
    "BITFIELD k GET u8 0", "BITFIELD_RO k GET u8 0", "MSETNX a 1", "COPY l d", "MOVE l 1", "UNLINK l",
]
SCRIPTS = [
    "return 1", "return redis.call('set','k','w')", "return redis.pcall('set','k','w')",
    "return redis.call('get','k')", "redis.call('del','none') return redis.call('set','k','w')",
    "redis.call('expire','k',9) return redis.call('incr','n')", "return redis.pcall('set','k')",
    "return redis.pcall('set','k','w')['err']", "return redis.call('lpop','l')",
    "redis.pcall('set','k','w') redis.call('del','l') return redis.call('set','k','w')",
    "#!lua\nreturn 1", "#!lua\nreturn redis.call('get','k')", "#!lua flags=nothing\nreturn 1", "#!lua",
    "#!lua flags=allow-oom\nreturn redis.call('set','k','w')",
    "#!lua flags=allow-oom\nreturn redis.call('get','k')",
    "#!lua flags=no-writes\nreturn redis.call('get','k')",
    "#!lua flags=no-writes\nreturn redis.call('set','k','w')",
    "#!lua flags=no-writes,allow-oom\nreturn redis.call('set','k','w')",
    "#!lua flags=allow-stale\nreturn redis.call('get','k')",
]
LIBRARY = (
    "#!lua name=lib\n"
    "redis.register_function('plain', function() return redis.call('get','k') end)\n"
    "redis.register_function{function_name='oom', flags={'allow-oom'},"
    " callback=function() return redis.call('set','k','w') end}\n"
    "redis.register_function{function_name='reads', flags={'no-writes'},"
    " callback=function() return redis.call('get','k') end}\n"
)
CALLS = [
    f"{command} {name} 0" for command in ("FCALL", "FCALL_RO") for name in ("plain", "oom", "reads", "none")
]
# What comes between MULTI and EXEC.
QUEUED = ["PING", "GET k", "SET k w", "EVAL 'return 1' 0", "NOSUCH", "GET"]

REFUSED = [
    sequence("commands without memory", SOME_KEYS, FULL, COMMANDS, exactly("INFO errorstats")),
    sequence("commands with keys without memory", SOME_KEYS, FULL, KEY_EXAMPLES),
    sequence("scripts without memory", SOME_KEYS, FULL, each(SCRIPTS, "EVAL ? 0"),
             each(SCRIPTS, "EVAL_RO ? 0"), "EVALSHA e0e1f9fabfc9d4800c877a703b823ac0578ff8db 0"),
    sequence("functions without memory", "SET k v", ("FUNCTION", "LOAD", "REPLACE", LIBRARY), FULL, CALLS,
             FREE, "FUNCTION FLUSH"),
    sequence("transactions without memory", "SET k v", FULL,
             [["MULTI", command, end] for command in QUEUED for end in ("EXEC", "DISCARD")],
             "MULTI", "EXEC", "MULTI", "MULTI", "WATCH k", "UNWATCH", "RESET", "EXEC", "MULTI", "QUIT"),
    sequence("transactions that were queued before",
             [[FREE, "MULTI", *commands, on("b", FULL), on("b", "PING"), "EXEC", "GET k"]
              for commands in (["SET k w"], ["GET k"], ["GET k", "DEL k"], ["EVAL 'return 1' 0"],
                               [("EVAL", "#!lua\nreturn 1", "0")], ["SET k 1", "SET"], [],
                               [("EVAL", "return redis.call('set','k','w')", "0")])]),
    sequence("a limit in a transaction", "MULTI", FULL, "SET k v", "EXEC", "SET k w", FREE, "SET k w"),
    sequence("paused clients without memory", "SET k v", FULL, on("b", "CLIENT PAUSE 100000 WRITE"), "GET k",
             "MULTI", "GET k", "EXEC", on("b", "CLIENT UNPAUSE"), "SET k w"),
]

EVICTED = [
    *[
        sequence(f"{policy} takes all it may", f"CONFIG SET maxmemory-policy {policy}", "SET a v",
                 "SET b v EX 999", "SELECT 3", "HSET c f v", "SET d v PX 99999", FULL, "PING", "DBSIZE",
                 "SET e v", "SELECT 0", "EXISTS a", "EXISTS b", "GET a", "SET a v", "LPUSH a v", "INCR b",
                 FREE, "INCR b")
        for policy in ("allkeys-lru", "allkeys-lfu", "allkeys-random", "volatile-lru", "volatile-lfu",
                       "volatile-random", "volatile-ttl", "noeviction")
    ],
    sequence("events of evicted keys", "CONFIG SET notify-keyspace-events KEA", "SET a v",
             "CONFIG SET maxmemory-policy allkeys-random", on("b", "PSUBSCRIBE __key*"), FULL, gets("b", 2)),
    sequence("evicted keys that were watched", "SET a v", "WATCH a",
             on("b", "CONFIG SET maxmemory-policy allkeys-lru"), on("b", FULL), on("b", "PING"),
             on("b", FREE), "MULTI", "PING", "EXEC"),
    sequence("what is remembered of a key under each policy", "SET k v", "OBJECT IDLETIME k", "OBJECT FREQ k",
             [[f"CONFIG SET maxmemory-policy {policy}", "SET k v", "OBJECT FREQ k", "OBJECT IDLETIME k",
               "OBJECT FREQ none", "SET small 7", "OBJECT REFCOUNT small"]
              for policy in ("volatile-lfu", "allkeys-lru", "volatile-ttl", "allkeys-lfu",
                             "volatile-random")]),
    sequence("options of eviction",
             [[f"CONFIG SET {option} {value}", f"CONFIG GET {option}"]
              for option, values in {
                  "maxmemory-samples": "0 1 64 65 -1 x", "maxmemory-eviction-tenacity": "0 10 100 101 -1 x",
                  "lfu-log-factor": "0 1 100 -1 x", "lfu-decay-time": "0 1 100 -1 x",
                  "lazyfree-lazy-eviction": "yes no maybe", "maxmemory-policy": "volatile-ttl lru NOEVICTION",
                  "maxmemory-clients": "1mb 5% 0 -5% x", "replica-ignore-maxmemory": "no yes x",
                  "activedefrag": "no maybe",
              }.items() for value in values.split()]),
]

SEQUENCES = REFUSED + EVICTED

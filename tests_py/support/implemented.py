"""The commands that are built, by family.

A new family is added here; every test over the whole table follows.
"""

STRINGS = """
    append decr decrby get getdel getex getrange getset incr incrby incrbyfloat lcs mget mset msetnx
    psetex set setex setnx setrange strlen substr
""".split()

BITMAPS = "bitcount bitfield bitfield_ro bitop bitpos getbit setbit".split()

KEYS = """
    copy del dump exists expire expireat expiretime keys move object object|encoding object|freq
    object|help object|idletime object|refcount persist pexpire pexpireat pexpiretime pttl randomkey
    rename renamenx restore restore-asking scan sort sort_ro touch ttl type unlink wait
""".split()

LISTS = """
    blmove blmpop blpop brpop brpoplpush
    lindex linsert llen lmove lmpop lpop lpos lpush lpushx lrange lrem lset ltrim rpop rpoplpush rpush
    rpushx
""".split()

SETS = """
    sadd scard sdiff sdiffstore sinter sintercard sinterstore sismember smembers smismember smove spop
    srandmember srem sscan sunion sunionstore
""".split()

HASHES = """
    hdel hexists hget hgetall hincrby hincrbyfloat hkeys hlen hmget hmset hrandfield hscan hset hsetnx
    hstrlen hvals
""".split()

GEO = """
    geoadd geodist geohash geopos georadius georadius_ro georadiusbymember georadiusbymember_ro geosearch
    geosearchstore
""".split()

HYPERLOGLOGS = "pfadd pfcount pfdebug pfmerge pfselftest".split()

SORTED_SETS = """
    bzmpop bzpopmax bzpopmin
    zadd zcard zcount zdiff zdiffstore zincrby zinter zintercard zinterstore zlexcount zmpop zmscore
    zpopmax zpopmin zrandmember zrange zrangebylex zrangebyscore zrangestore zrank zrem
    zremrangebylex zremrangebyrank zremrangebyscore zrevrange zrevrangebylex zrevrangebyscore
    zrevrank zscan zscore zunion zunionstore
""".split()

STREAMS = """
    xack xadd xautoclaim xclaim xdel xgroup xgroup|create xgroup|createconsumer xgroup|delconsumer
    xgroup|destroy xgroup|help xgroup|setid xinfo xinfo|consumers xinfo|groups xinfo|help xinfo|stream xlen
    xpending xrange xread xreadgroup xrevrange xsetid xtrim
""".split()

CONNECTION = """
    auth client client|getname client|help client|id client|info client|kill client|list
    client|caching client|getredir client|no-evict client|pause client|reply client|setname
    client|tracking client|trackinginfo client|unblock client|unpause echo hello ping quit
    reset select
""".split()

SERVER = """
    command command|count command|docs command|getkeys command|getkeysandflags command|help
    command|info command|list config config|get config|help config|resetstat config|rewrite
    config|set dbsize debug flushall flushdb info latency latency|doctor latency|graph latency|help
    latency|histogram latency|history latency|latest latency|reset lolwut memory memory|doctor
    memory|help memory|malloc-stats memory|purge memory|stats memory|usage monitor shutdown slowlog
    slowlog|get slowlog|help slowlog|len slowlog|reset swapdb time
""".split()

PERSISTENCE = "bgrewriteaof bgsave lastsave save".split()

PUBSUB = """
    psubscribe publish pubsub pubsub|channels pubsub|help pubsub|numpat pubsub|numsub pubsub|shardchannels
    pubsub|shardnumsub punsubscribe spublish ssubscribe subscribe sunsubscribe unsubscribe
""".split()

SCRIPTING = """
    eval eval_ro evalsha evalsha_ro script script|debug script|exists script|flush script|help script|kill
    script|load
""".split()

TRANSACTIONS = "discard exec multi unwatch watch".split()

FUNCTIONS = """
    fcall fcall_ro function function|delete function|dump function|flush function|help function|kill
    function|list function|load function|restore function|stats
""".split()

FAMILIES = {
    "strings": STRINGS, "bitmaps": BITMAPS, "lists": LISTS, "sets": SETS, "hashes": HASHES,
    "hyperloglogs": HYPERLOGLOGS, "geo": GEO, "sorted sets": SORTED_SETS, "streams": STREAMS,
    "keys": KEYS,
    "scripting": SCRIPTING, "functions": FUNCTIONS, "transactions": TRANSACTIONS,
    "persistence": PERSISTENCE,
    "publish and subscribe": PUBSUB,
    "connection": CONNECTION, "server": SERVER,
}
ALL_COMMANDS = sorted(name for family in FAMILIES.values() for name in family)

# What Pongo has and Redis 7.0 has not.
ADDITIONS = {
    "client|no-touch": "Redis 7.2",
    "client|setinfo": "Redis 7.2; clients send it on connecting",
    "waitaof": "Redis 7.2",
    **{
        name: "Redis 7.4: expiry of fields"
        for name in """
            hexpire hexpireat hexpiretime hpersist hpexpire hpexpireat hpexpiretime hpttl httl
        """.split()
    },
    **{name: "Redis 8.0: expiry of fields" for name in "hgetdel hgetex hsetex".split()},
}

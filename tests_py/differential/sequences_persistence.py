"""The data set on disk, as the client that asks for it sees that."""

from support.sequences import on, sequence

FILL = ["SET s v", "SET n 42", "SET e v PX 10000000", "RPUSH l a b c", "SADD t a b c", "SADD i 1 2 3",
        "ZADD z 1 a 2 b", "HSET h f v", "XADD x 1-1 f v", "SELECT 3", "SET other v", "SELECT 0",
        "FUNCTION LOAD \"#!lua name=lib\\nredis.register_function('f', function() return 42 end)\""]
SHOW = ["GET s", "OBJECT ENCODING n", "EXPIRETIME e", "LRANGE l 0 -1", "SCARD t", "OBJECT ENCODING i",
        "ZRANGE z 0 -1 WITHSCORES", "HGETALL h", "XRANGE x - +", "SELECT 3", "GET other", "SELECT 0",
        "DBSIZE", "FCALL f 0"]

SEQUENCES = [
    sequence("saves and rewrites within a transaction are for later", "MULTI", "BGSAVE", "BGSAVE SCHEDULE",
             "BGREWRITEAOF", "EXEC"),
    sequence("words that are too many or unknown", "SAVE x", "BGSAVE x", "BGSAVE SCHEDULE x", "LASTSAVE x",
             "BGSAVE schedule schedule", "DEBUG RELOAD x", "DEBUG RELOAD NOSAVE x", "BGREWRITEAOF x"),
    sequence("SAVE within a transaction", "MULTI", "SAVE", "LASTSAVE x", "EXEC"),
    sequence("SAVE and RELOAD keep what there is", *FILL, "SAVE", "DEBUG RELOAD", *SHOW, "DEL s",
             "SET l other", "DEBUG RELOAD MERGE NOFLUSH NOSAVE", *SHOW, "FLUSHALL",
             "DEBUG RELOAD NOSAVE", "FUNCTION FLUSH"),
    sequence("RELOAD is noticed by who watches a key", "SET k v", "WATCH k", on("b", "DEBUG RELOAD"),
             "MULTI", "GET k", "EXEC", "WATCH none", on("b", "DEBUG RELOAD"), "MULTI", "GET k", "EXEC"),
]

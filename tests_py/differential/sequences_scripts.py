"""EVAL and its kin as commands: arguments, flags, transactions, what others see of a script."""

import re
from dataclasses import replace

from differential.sequences_script_values import evaluate
from differential.sequences_tracking import tracked
from support.sequences import as_step, blocked, gets, on, pipeline, sequence, silent, with_pushes

ONE = "return 1"
SHA_OF_ONE = "e0e1f9fabfc9d4800c877a703b823ac0578ff8db"
GET = "return redis.call('GET', KEYS[1])"
SET = "return redis.call('SET', KEYS[1], ARGV[1])"
SHEBANGS = [
    "#!lua", "#!lua\n", "#!lua flags=", "#!lua flags=no-writes", "#!lua flags=no-writes,allow-stale",
        "#!lua flags=x",
    "#!lua flags=no-writes,", "#!lua flags=,no-writes", "#!lua  flags=no-writes", "#!lua flags=no-writes ",
    "#!lua flags=no-writes flags=allow-oom", "#!lua name=x", "#!lua flags", "#!lua x", "#!", "#!python",
        "#!lua5",
    "#! lua", "#!LUA", "#!lua flags=NO-WRITES", "#!lua flags=allow-oom,no-cluster,allow-cross-slot-keys",
        "#!lua\t",
    "#!lua flags=no-writes,no-writes", "#!lua flags=no-writes\r", "#!lua flags='no-writes'", "#!lua =",
        "#!lua flags=a b",
    "#!lua flags=no-writes, allow-oom", " #!lua", "#lua", "#!lua engine", "#!js flags=x",
]
BODIES = ["return 1", "return redis.call('GET', 'k')", "return redis.call('SET', 'k', 1)", "error('x')",
    "syntax error here"]


def counts(reply):
    """INFO without times."""
    return re.sub(rb"usec(_per_call)?=[0-9.]+", rb"usec\1=?", b"\n".join(sorted(reply.split(b"\r\n")[1:])))


def counted(section):
    return replace(as_step(f"INFO {section}"), form=counts, by_rule=False)


def hits(reply):
    return b"\n".join(line for line in reply.split(b"\r\n") if line.startswith((b"keyspace_", b"total_error",
        b"expired_keys")))


HITS = replace(as_step("INFO stats"), form=hits, by_rule=False)

def monitored(reply):
    """A line of MONITOR without time and address, but with the word lua in its place."""
    return re.sub(rb"\+\d{10}\.\d{6} \[(\d+) (?:127\.0\.0\.1:\d+|(lua))\]", rb"+TIME [\1 \2]", reply)


# Commands that scripts may not call, or may: each is called by name only, and with arguments.
CALLED = """
    AUTH BGREWRITEAOF BGSAVE BLPOP BRPOP BZPOPMIN BLMOVE CLIENT CONFIG DBSIZE DISCARD ECHO EVAL EVALSHA
    EVAL_RO EXEC FLUSHALL FLUSHDB HELLO KEYS LASTSAVE LATENCY MEMORY MIGRATE MONITOR MULTI OBJECT PING
    PSUBSCRIBE PSYNC PUBLISH PUBSUB PUNSUBSCRIBE QUIT RANDOMKEY REPLCONF REPLICAOF RESET ROLE SAVE SCAN
    SCRIPT SELECT SHUTDOWN SLOWLOG SPUBLISH SSUBSCRIBE SUBSCRIBE SUNSUBSCRIBE SWAPDB SYNC UNSUBSCRIBE
    UNWATCH WAIT WATCH XREAD FAILOVER NOSUCH get gEt
""".split()
BUILT = [name for name in CALLED if name not in {
    "BGREWRITEAOF", "FAILOVER", "MIGRATE", "PSYNC", "REPLCONF", "REPLICAOF", "ROLE", "SYNC"}]
CONTAINED = [
    "'CLIENT','ID'", "'CLIENT','NOSUCH'", "'CLIENT','SETNAME','x'", "'CLIENT','REPLY','OFF'",
        "'CONFIG','GET','maxmemory'",
    "'CONFIG','NOSUCH'", "'CONFIG','SET','maxmemory','0'", "'SCRIPT','LOAD','return 1'",
        "'OBJECT','ENCODING','k'",
    "'OBJECT','HELP','x'", "'OBJECT','NOSUCH','x'", "'CONFIG|GET','maxmemory'", "'config|get'",
    "'CLIENT','KILL','x'", "'CLIENT','PAUSE','0'", "'CLIENT','UNBLOCK','99999'", "'DEBUG','SLEEP','0'",
        "'MEMORY','USAGE','k'",
    "'XINFO','STREAM'", "'LATENCY','RESET'", "'PUBSUB','NUMPAT'", "'GET'", "'GET','a','b'",
    "'SET','a'", "'SET','k','v','NX','XX'", "'INCR','s'", "'LPUSH','s','x'", "''", "'GET\\0','k'",
        "'GET ','k'",
]


def by_all(script, *rest):
    """The script through each command that runs one."""
    return [(name, script, *rest) for name in ("EVAL", "EVAL_RO")]


def both_ways(words):
    return [evaluate(f"return redis.{how}call({words})") for how in ("", "p")]


SEQUENCES = [
    sequence("Numbers of keys", [
        (name, what, *rest) for name, what in (("EVAL", ONE), ("EVALSHA", SHA_OF_ONE), ("EVAL_RO", ONE),
            ("EVALSHA_RO", SHA_OF_ONE))
        for rest in (["0"], [], ["1"], ["1", "k"], ["-1"], ["-1", "k"], ["x"], ["1x"], [""], ["1.0"], ["2",
            "k"],
                     ["99999999999999999999"], ["9223372036854775807"], ["-9223372036854775808"], ["00"],
                         ["+1", "k"], [" 1", "k"])
    ]),
    sequence("EVALSHA knows scripts by their hash", f"EVALSHA {SHA_OF_ONE} 0", evaluate(ONE),
        f"EVALSHA {SHA_OF_ONE} 0",
             f"EVALSHA {SHA_OF_ONE.upper()} 0", f"EVALSHA {SHA_OF_ONE[:-1]} 0", f"EVALSHA {SHA_OF_ONE}0 0",
                 "EVALSHA '' 0",
             f"EVALSHA {'z' * 40} 0", f"EVALSHA_RO {SHA_OF_ONE} 0", "SCRIPT FLUSH", f"EVALSHA {SHA_OF_ONE} 0",
             f"EVALSHA_RO {SHA_OF_ONE} 0", f"EVALSHA {'z' * 40} x", f"EVALSHA {SHA_OF_ONE} x"),
    sequence("SCRIPT", "SCRIPT", ("SCRIPT", "LOAD", ONE), ("SCRIPT", "LOAD", ONE), ("SCRIPT", "load", ""),
        f"EVALSHA {SHA_OF_ONE} 0",
             ("SCRIPT", "LOAD", "nonsense ("), ("SCRIPT", "LOAD", "#!x\nreturn 1"), "SCRIPT LOAD",
                 "SCRIPT LOAD a b",
             f"SCRIPT EXISTS {SHA_OF_ONE}", f"SCRIPT EXISTS {SHA_OF_ONE.upper()} nothing {SHA_OF_ONE} ''",
                 "SCRIPT EXISTS",
             "SCRIPT HELP", "SCRIPT HELP x", "SCRIPT NOSUCH", "SCRIPT ''", "SCRIPT KILL", "SCRIPT KILL x",
                 "SCRIPT DEBUG",
             "SCRIPT DEBUG NO", "SCRIPT DEBUG no", "SCRIPT DEBUG maybe", "SCRIPT DEBUG NO x",
                 "SCRIPT FLUSH x", "SCRIPT FLUSH SYNC x",
             f"SCRIPT EXISTS {SHA_OF_ONE}", "SCRIPT FLUSH sync", f"SCRIPT EXISTS {SHA_OF_ONE}", ("SCRIPT",
                 "LOAD", ONE),
             "SCRIPT FLUSH ASYNC", f"SCRIPT EXISTS {SHA_OF_ONE}", ("SCRIPT", "LOAD", ONE), "SCRIPT FLUSH",
             f"SCRIPT EXISTS {SHA_OF_ONE}", evaluate(ONE), f"SCRIPT EXISTS {SHA_OF_ONE}",
                 evaluate("error('x')"),
             "SCRIPT EXISTS bb34b23e73ae55a7ef4e2f56ec79b8c4ba8cd2d4", "SCRIPT FLUSH"),
    sequence("A script that can't be compiled is not known", evaluate("return ("),
        "SCRIPT EXISTS a8a5f5f0b9a9f4a0a1f0",
             [evaluate(script) for script in ("x x", "return 'open", "]]", "for", "goto x",
                 "local a <const> = 1", "\x1bLua",
                                              "return 1 2", "--[[ open", "break", "return ...",
                                                  "return #{...}", "a.b:c = 1",
                                              "x = = 1", "return '\\400'", "\0", "return 1\0garbage",
                                                  "if true then",
                                              "\n\n\nx x", "end", "return return",
                                                  "local function f() return end end")]),
    sequence("Known across connections", evaluate(ONE), on("b", f"EVALSHA {SHA_OF_ONE} 0"), on("b",
        "SCRIPT FLUSH"),
             f"EVALSHA {SHA_OF_ONE} 0", on("b", ("SCRIPT", "LOAD", ONE)), f"EVALSHA {SHA_OF_ONE} 0",
                 "SCRIPT FLUSH"),
    sequence("First lines", "SET k v", [
        step for shebang in SHEBANGS for body in BODIES[:1] for step in by_all(f"{shebang}\n{body}", 0)
    ], [evaluate(shebang) for shebang in SHEBANGS]),
    sequence("Flags of first lines", "SET k v", [
        step for flags in ("", " flags=", " flags=no-writes", " flags=allow-oom", " flags=allow-stale",
            " flags=no-cluster")
        for body in BODIES for step in by_all(f"#!lua{flags}\n{body}", 0)
    ]),
    sequence("Read-only scripts", "SET k v", ("EVAL_RO", GET, 1, "k"), ("EVAL_RO", SET, 1, "k", "x"), "GET k",
             ("EVAL_RO", "return redis.pcall('SET', 'k', 1)", 0), ("EVAL_RO",
                 "return redis.pcall('PUBLISH', 'c', 1)", 0),
             ("EVAL_RO", "return redis.call('PFCOUNT', 'p')", 0), ("EVAL_RO",
                 "return redis.call('SORT', 'l')", 0),
             ("EVAL_RO", "return redis.call('SORT_RO', 'l')", 0), ("EVAL_RO",
                 "return redis.call('GETEX', 'k')", 0),
             ("EVAL_RO", "redis.pcall('SET', 'k', 2) return redis.call('GET', 'k')", 0),
             ("EVAL_RO", "return redis.call('SELECT', 1)", 0), ("EVAL_RO", "return redis.call('FLUSHALL')",
                 0),
             ("EVAL_RO", "return redis.call('GET')", 0), ("EVAL_RO", "return redis.call('SET')", 0),
             ("EVAL_RO", "return redis.call('SPUBLISH', 'c', 1)", 0), ("EVAL_RO",
                 "return redis.call('BLPOP', 'k', 0)", 0)),
    sequence("What scripts may call", "SET k v", [step for name in BUILT for step in both_ways(f"'{name}'")],
             [evaluate(f"return type(redis.pcall('{name}', 'x', 0))") for name in BUILT],
             [step for words in CONTAINED for step in both_ways(words)], "CLIENT GETNAME"),
    sequence("Blocking commands don't", evaluate("return redis.call('BLPOP', 'l', 0)"),
             evaluate("return redis.call('BLMOVE', 'l', 'm', 'LEFT', 'LEFT', 0)"),
                 evaluate("return redis.call('BZPOPMIN', 'z', 0)"),
             evaluate("return redis.call('XREAD', 'BLOCK', 0, 'STREAMS', 'x', '$')"),
                 evaluate("return redis.call('WAIT', 0, 0)"),
             evaluate("return redis.call('BLMPOP', 0, 1, 'l', 'LEFT')"),
                 evaluate("return redis.call('BRPOPLPUSH', 'l', 'm', 0)"),
             "RPUSH l a", evaluate("return redis.call('BLPOP', 'l', 0)"),
                 evaluate("return redis.call('BLPOP', 'l', 'x')")),
    sequence("Serving those who wait", on("b", silent("BLPOP l 0")), blocked("b"),
             evaluate("redis.call('LPUSH', 'l', 'x') return redis.call('LLEN', 'l')"), gets("b"), "LLEN l",
             on("b", silent("BLPOP l 0")), blocked("b"),
             evaluate("redis.call('LPUSH', 'l', 'x', 'y') redis.call('LPOP', 'l') return "
                 "redis.call('LRANGE', 'l', 0, -1)"), gets("b"),
             on("b", silent("BLPOP l 0")), blocked("b"),
             evaluate("redis.call('LPUSH', 'l', 'x') redis.call('DEL', 'l') redis.call('RPUSH', 'l', 'z') "
                 "error('oops')"), gets("b"),
             on("b", silent("BLPOP l 0")), blocked("b"),
                 evaluate("redis.call('LPUSH', 'l', 'x') redis.call('DEL', 'l')"),
             "LPUSH l last", gets("b")),
    sequence("In a transaction", "MULTI", evaluate(SET, "k", "1", keys=1), evaluate(GET, "k", keys=1),
        evaluate("return {1, redis.call('INCR', 'k')}"),
             evaluate("error('x')"), "EVALSHA x 0", f"EVALSHA {SHA_OF_ONE} 0", "SCRIPT LOAD 'return 1'",
                 f"EVALSHA {SHA_OF_ONE} 0", "EVAL",
             "EXEC", "GET k", "MULTI", evaluate(SET, "k", "1", keys=1), evaluate(GET, "k", keys=1),
                 evaluate("return redis.call('INCR', 'k')"),
             evaluate("error('x')"), ("EVAL", "redis.setresp(3) return true", 0), "EVALSHA x 0",
                 "SCRIPT LOAD 'return 1'", f"EVALSHA {SHA_OF_ONE} 0",
             evaluate("return redis.call('MULTI')"), evaluate("return redis.pcall('SELECT', '3')"),
                 "SET here 1", "EXEC", "GET k", "GET here",
             "SELECT 3", "GET here", "SCRIPT FLUSH"),
    sequence("Watched keys", "SET k 1", "WATCH k", evaluate(GET, "k", keys=1), "MULTI", "PING", "EXEC",
        "WATCH k", on("b", evaluate(SET, "k", "2", keys=1)),
             "MULTI", "PING", "EXEC", "WATCH k", evaluate("redis.call('SET', 'k', 3)"), "MULTI", "PING",
                 "EXEC", "WATCH k",
             on("b", evaluate("redis.pcall('LPUSH', 'k', 3)")), "MULTI", "PING", "EXEC", "WATCH k",
             on("b", evaluate("redis.call('SET', 'k', 3) error('after it')")), "MULTI", "PING", "EXEC",
                 "WATCH k",
             on("b", evaluate("redis.call('SELECT', 1) redis.call('SET', 'k', 3)")), "MULTI", "PING", "EXEC"),
    sequence("The database of a script", evaluate("redis.call('SELECT', 3) return redis.call('SET', 'k', 1)"),
        "GET k", "SELECT 3", "GET k",
             evaluate("return redis.call('GET', 'k')"), evaluate("return redis.call('SELECT', 99)"),
                 evaluate("redis.pcall('SELECT', 0) return redis.call('GET', 'k')"),
             "GET k", evaluate("redis.call('SELECT', 4) redis.call('SET', 'k', 4) error('x')"), "SELECT 4",
                 "GET k", "CLIENT INFO",
             evaluate("redis.call('SWAPDB', 4, 5) return redis.call('GET', 'k')"), "GET k",
                 evaluate("redis.call('FLUSHALL') return redis.call('DBSIZE')")),
    sequence("Time stands still",
        evaluate("local a = redis.call('TIME') local n = 0 for i = 1, 1e6 do n = n + i end local b = "
        "redis.call('TIME') "
                                           "return {a[1] == b[1], a[2] == b[2]}"),
             evaluate("redis.call('SET', 'k', 1, 'PX', 20) redis.call('DEBUG', 'SLEEP', 0.05) return "
                 "{redis.call('GET', 'k'), redis.call('PTTL', 'k')}"),
             "DEBUG SLEEP 0.03", "GET k",
                 evaluate("redis.call('SET', 'k', 1, 'EX', 100) return redis.call('PTTL', 'k')"),
             evaluate("redis.call('SET', 'k', 1, 'PX', 1) redis.call('DEBUG', 'SLEEP', 0.01) return "
                 "redis.call('EXISTS', 'k')"),
             evaluate("redis.call('SETEX', 'k', 100, 'v') redis.call('EXPIRE', 'k', 50) return "
                 "redis.call('TTL', 'k')"),
             evaluate("redis.call('EXPIRE', 'k', -1) return redis.call('EXISTS', 'k')"),
             "SET k 1 PX 1", "DEBUG SLEEP 0.01",
                 evaluate("return {redis.call('GET', 'k'), redis.call('TTL', 'k')}")),
    sequence("Statistics", "CONFIG RESETSTAT", "SET k v", "CONFIG RESETSTAT", evaluate(GET, "k", keys=1),
        evaluate(GET, "none", keys=1), HITS,
             evaluate("return redis.call('MGET', 'k', 'none', 'none')"), HITS, counted("commandstats"),
                 counted("errorstats")),
    *[
        sequence(f"Statistics of {name}", "SET k v", "RPUSH l 1", "CONFIG RESETSTAT", evaluate(script),
            counted("commandstats"), counted("errorstats"), HITS)
        for name, script in {
            "a failing command": "return redis.call('INCR', 'k')",
                "one in pcall": "return redis.pcall('INCR', 'k')",
            "one that is passed on in a table": "return {redis.pcall('INCR', 'k')}",
            "one that is ignored": "redis.pcall('INCR', 'k') return 1",
                "one that is raised again": "error(redis.pcall('INCR', 'k'))",
            "one in Lua's pcall": "return {pcall(redis.call, 'INCR', 'k')}",
                "a wrong type": "redis.call('LPUSH', 'k', 1)",
            "an unknown command": "redis.call('NOSUCH')",
                "an unknown one in pcall": "return redis.pcall('NOSUCH')",
            "a wrong number of arguments": "redis.call('GET')",
                "one in pcall without arguments": "return redis.pcall('GET')",
            "a forbidden command": "redis.call('MULTI')",
                "a forbidden one in pcall": "return redis.pcall('MULTI')",
            "an error of the script": "error('x')", "an error with a code": "error({err='MY error'})",
            "an error reply": "return redis.error_reply('MY error')",
                "an error reply without a code": "return redis.error_reply('wrong')",
            "an error table": "return {err='MY error'}",
                "two error tables": "return {{err='A a'}, {err='B b'}}",
            "one error twice": "local e = redis.pcall('INCR', 'k') return {e, e}",
                "a runtime error": "return nil + 1", "a bad argument": "redis.sha1hex()",
            "no compilation": "nonsense (", "no argument": "redis.call()",
                "a wrong argument": "redis.call({})", "a subcommand": "redis.call('CONFIG', 'NOSUCH')",
                "no subcommand": "redis.call('CONFIG')",
                "a subcommand with too little": "redis.call('OBJECT', 'ENCODING')",
            "a command's error with another text": "local e = redis.pcall('INCR', 'k') e.err = 'OTHER x' "
                "return e",
            "writing and failing": "redis.call('SET', 'k', 1) redis.call('LPUSH', 'k', 1)",
        }.items()
    ],
    sequence("Statistics of EVAL itself", "CONFIG RESETSTAT", "EVAL", "EVAL x", "EVALSHA x 0",
        "EVAL 'return 1' x", "EVAL 'return 1' 2", ("EVAL_RO", SET, 1, "k", "v"),
             ("EVAL_RO", "#!lua\nreturn 1", 0), counted("commandstats"), counted("errorstats")),
    sequence("The slow log has no commands of scripts", "CONFIG SET slowlog-log-slower-than 0",
        "SLOWLOG RESET",
             evaluate("redis.call('SET', 'k', 1) return redis.call('GET', 'k')"), "EVALSHA x 0",
                 "CONFIG SET slowlog-log-slower-than -1", "SLOWLOG GET"),
    sequence("CLIENT REPLY", silent("CLIENT REPLY OFF"), silent(evaluate(SET, "k", "v", keys=1)),
        silent("EVAL 'nonsense (' 0"), "CLIENT REPLY ON", "GET k",
             pipeline("CLIENT REPLY SKIP", evaluate(SET, "k", "w", keys=1), evaluate(GET, "k", keys=1),
                 replies=1)),
    sequence("A pipeline", pipeline(evaluate(SET, "k", "1", keys=1), "INCR k", evaluate(GET, "k", keys=1),
        "EVALSHA x 0", evaluate("error('x')"),
                                    evaluate("return redis.call('INCR', 'k')"), "GET k")),
    sequence("Subscribers may not, others are told", on("b", "SUBSCRIBE c"),
        evaluate("return {redis.call('PUBLISH', 'c', 'x'), redis.call('PUBLISH', 'd', 'y')}"),
             gets("b"), on("b", evaluate(ONE))),
    sequence("COMMAND GETKEYS", "COMMAND GETKEYS EVAL x 2 a b c", "COMMAND GETKEYS EVAL x 0",
        "COMMAND GETKEYS EVAL x 3 a", "COMMAND GETKEYS EVALSHA_RO x 1 a b",
             "COMMAND GETKEYSANDFLAGS EVAL x 1 a b", "COMMAND GETKEYSANDFLAGS EVAL_RO x 1 a b",
                 "COMMAND GETKEYS EVAL x y z"),
    sequence("Key events", on("b", "CONFIG SET notify-keyspace-events KEA"), on("b", "PSUBSCRIBE __key*"),
             evaluate("redis.call('SET', 'k', 1) redis.call('INCR', 'k') redis.call('EXPIRE', 'k', 100) "
                 "redis.call('DEL', 'k')"), gets("b", 8),
             evaluate("redis.call('SELECT', 2) redis.call('RPUSH', 'l', 1) redis.call('LPOP', 'l')"),
                 gets("b", 6), evaluate("redis.call('SET', 'k', 1) error('x')"), gets("b", 2)),
    sequence("What MONITOR shows", on("m", "MONITOR"), evaluate(SET, "k", "v", keys=1), gets("m", 2,
        monitored), evaluate("redis.call('SELECT', 3) redis.call('GET', 'k') error('x')"),
             gets("m", 3, monitored),
                 evaluate("redis.pcall('INCR', 'k', 'wrong') redis.pcall('NOSUCH') redis.pcall('INCR', 'k') "
                 "return 1"), gets("m", 2, monitored),
             "EVALSHA x 0", gets("m", 1, monitored), "EVAL 'return (' 0", gets("m", 1, monitored),
                 "EVAL 'return 1' 5", gets("m", 1, monitored),
             "MULTI", evaluate(GET, "k", keys=1), "EXEC", gets("m", 4, monitored), "EVAL",
                 evaluate("redis.call('ECHO', 'a\\nb')"), gets("m", 2, monitored), bare=True),
    tracked("Reads of scripts are tracked", evaluate(GET, "k", keys=1), on("b", "SET k 1"), gets("a"),
        evaluate("return redis.call('MGET', KEYS[1], KEYS[2])", "a", "b", keys=2),
            on("b", evaluate("redis.call('MSET', 'a', 1, 'b', 2)")), gets("a", 2), ("EVAL_RO", GET, 1, "k"),
                on("b", "SET k 1"), gets("a")),
    tracked("Keys that are declared and not read", evaluate(ONE, "k", keys=1), on("b", "SET k 1"), "PING"),
    tracked("Its own writes", "GET k", with_pushes(evaluate(SET, "k", "v", keys=1), 1), "GET k",
        with_pushes(evaluate("redis.call('SET', 'k', 1) redis.call('GET', KEYS[1])", "k", keys=1), 1),
            on("b", "SET k 2"), gets("a")),
    tracked("Opting in", "CLIENT CACHING YES", evaluate(GET, "k", keys=1), on("b", "SET k 1"), gets("a"),
        evaluate(GET, "k", keys=1), on("b", "SET k 2"), "PING",
            how="CLIENT TRACKING ON OPTIN"),
    sequence("Propagation and the like", evaluate("return redis.replicate_commands()"),
        evaluate("return redis.set_repl(redis.REPL_NONE)"),
             evaluate("redis.set_repl(redis.REPL_NONE) redis.call('SET', 'k', 1) return redis.call('GET', "
                 "'k')"), "GET k",
             [evaluate(f"return redis.set_repl({to})") for to in ("redis.REPL_ALL", "redis.REPL_AOF",
                 "redis.REPL_SLAVE", "redis.REPL_REPLICA", "4", "-1", "'1'", "'x'", "nil", "1.5", "{}", "",
                 "1, 2")]),
]

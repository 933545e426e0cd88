"""The server itself: configuration, the command table, diagnosis, time."""

from support.edge_values import BINARY, INTEGERS
from support.implemented import ALL_COMMANDS
from support.sequences import each, exactly, on, sequence

INTEGER_OPTIONS = {
    "timeout": 7, "tcp-keepalive": 123, "slowlog-log-slower-than": 55, "slowlog-max-len": 77,
    "latency-monitor-threshold": 99, "hz": 20, "lfu-decay-time": 3, "lfu-log-factor": 5,
    "list-max-listpack-size": -1, "set-max-intset-entries": 99, "maxmemory-samples": 9,
    "active-expire-effort": 3, "loading-process-events-interval-bytes": 4096,
}
MEMORY_OPTIONS = ["proto-max-bulk-len", "client-query-buffer-limit", "maxmemory"]
BOOLEAN_OPTIONS = [
    "lazyfree-lazy-expire", "lazyfree-lazy-user-flush", "dynamic-hz", "protected-mode", "activerehashing",
    "lazyfree-lazy-server-del",
]
# What commands answer of options that Redis 7.0 doesn't have: HSCAN's NOVALUES.
NEWER = [("DOCS", "hscan")]
UNITS = [
    "2000000", "2000000b", "2000k", "2000kb", "2000KB", "2m", "2mb", "2MB", "1g", "1gb", "1Gb", "0", "-1",
    "1x", "kb", "", "1.5gb", " 2mb", "2 mb", "20%", "1t",
]

CONFIG = [
    sequence("CONFIG SET maxmemory beyond what fits", "CONFIG SET maxmemory 99999999999999999999"),
    sequence(
        "CONFIG GET by name and pattern", "CONFIG GET maxclients", "CONFIG GET MAXCLIENTS",
        "CONFIG GET nothing", "CONFIG GET maxclients timeout", "CONFIG GET timeout timeout",
        "CONFIG GET lfu-*", "CONFIG GET slowlog* lfu*", "CONFIG GET *-max-*-entries", 'CONFIG GET ""',
        "CONFIG GET", "CONFIG GET [", "CONFIG GET lfu-decay-tim?", "CONFIG GET maxmemory-policy",
        "CONFIG GET databases", "CONFIG GET appendonly save",
    ),
    *[
        sequence(
            f"CONFIG SET {option}", f"CONFIG GET {option}", f"CONFIG SET {option} {value}",
            f"CONFIG GET {option}", each(INTEGERS[10:-8], f"CONFIG SET {option} ?"), f"CONFIG GET {option}",
        )
        for option, value in INTEGER_OPTIONS.items()
    ],
    sequence(
        "CONFIG SET maxclients", [
            step
            for value in ("9000", "100", "0", "-1", "abc", "''", "4294967296", "9223372036854775808")
            for step in (f"CONFIG SET maxclients {value}", "CONFIG GET maxclients")
        ],
    ),
    *[
        sequence(
            f"CONFIG SET {option} with units", [
                step
                for value in UNITS
                # Less than is in use; and a share of the memory there is, which Redis does not know.
                if not (option == "maxmemory" and value in ("2000000", "0b", "20%"))
                for step in (("CONFIG", "SET", option, value), f"CONFIG GET {option}")
            ],
        )
        for option in MEMORY_OPTIONS
    ],
    *[
        sequence(
            f"CONFIG SET {option}", f"CONFIG GET {option}", [
                step
                for value in ("yes", "no", "YES", "No", "1", "true", "")
                for step in (("CONFIG", "SET", option, value), f"CONFIG GET {option}")
            ],
        )
        for option in BOOLEAN_OPTIONS
    ],
    sequence(
        "CONFIG SET of choices", "CONFIG SET maxmemory-policy allkeys-lru", "CONFIG GET maxmemory-policy",
        "CONFIG SET maxmemory-policy foo", "CONFIG SET maxmemory-policy ALLKEYS-LFU",
        "CONFIG GET maxmemory-policy", "CONFIG SET loglevel verbose", "CONFIG GET loglevel",
        "CONFIG SET loglevel loud", "CONFIG SET loglevel notice", 'CONFIG SET loglevel ""',
    ),
    sequence(
        "CONFIG SET of several is all or nothing", "CONFIG SET timeout 5 hz 30", "CONFIG GET timeout hz",
        "CONFIG SET timeout 6 hz foo", "CONFIG GET timeout hz", "CONFIG SET timeout 6 nothing 5",
        "CONFIG GET timeout", "CONFIG SET timeout 6 timeout 7", "CONFIG SET timeout 6 databases 3",
        "CONFIG GET timeout", "CONFIG SET timeout 6 TIMEOUT 7",
    ),
    sequence(
        "CONFIG SET refuses what it cannot do", "CONFIG SET", "CONFIG SET timeout", "CONFIG SET nothing 5",
        "CONFIG SET timeout abc", "CONFIG SET timeout -1", "CONFIG SET timeout 5 hz",
        "CONFIG SET databases 5", "CONFIG SET maxclients 0", "CONFIG SET port abc", "CONFIG SET port 70000",
        "CONFIG SET unixsocket /x", "CONFIG SET lfu-* 5", 'CONFIG SET "" 5', "CONFIG SET bind", ("CONFIG",
        "SET", b"\x00", b"\xff"), "CONFIG SET maxmemory-policy", "CONFIG SET tcp-backlog 5",
    ),
    sequence(
        "CONFIG of the output buffer", "CONFIG GET client-output-buffer-limit",
        "CONFIG SET client-output-buffer-limit 'normal 1mb 512kb 30'",
        "CONFIG GET client-output-buffer-limit", "CONFIG SET client-output-buffer-limit 'foo 1 1 1'",
        "CONFIG SET client-output-buffer-limit 'normal 1 1'",
        "CONFIG SET client-output-buffer-limit 'normal a b c'",
        "CONFIG SET client-output-buffer-limit 'pubsub 32mb 8mb 60 replica 0 0 0'",
        "CONFIG GET client-output-buffer-limit",
    ),
    sequence(
        "CONFIG of the other commands", "CONFIG RESETSTAT", "CONFIG RESETSTAT x", "CONFIG REWRITE",
        "CONFIG REWRITE x", "CONFIG HELP", "CONFIG HELP x", "CONFIG", "CONFIG FOO",
    ),
]

KEY_EXAMPLES = [
    "GET k", "SET k v", "SET k v GET EX 10", "MSET a 1 b 2 c 3", "MGET a b c", "DEL a b", "UNLINK a",
    "EXISTS a b", "TOUCH a b", "COPY a b", "COPY a b DB 1 REPLACE", "RENAME a b", "RENAMENX a b", "MOVE k 1",
    "BITOP AND d a b c", "BITOP NOT d a", "OBJECT ENCODING k", "OBJECT FREQ k", "MEMORY USAGE k",
    "BITFIELD k GET u8 0", "BITFIELD k SET u8 0 1", "BITFIELD_RO k GET u8 0", "LCS a b", "LCS a b LEN",
    "GETDEL k", "GETEX k", "GETSET k v", "EXPIRE k 10", "TTL k", "TYPE k", "APPEND k v", "STRLEN k",
    "SETBIT k 0 1", "BITCOUNT k", "INCR k", "MSETNX a 1 b 2", "PSETEX k 1 v", "SETRANGE k 0 v",
    "SUBSTR k 0 1", "PERSIST k",
]
NO_KEYS = [
    "PING", "TIME", "SCAN 0", "KEYS *", "RANDOMKEY", "DBSIZE", "CONFIG GET x", "CLIENT ID", "FLUSHALL",
    "SELECT 1", "OBJECT HELP", "COMMAND", "DEBUG OBJECT k", "INFO", "SWAPDB 0 1",
]
WRONG = [
    "FOO", "FOO k", "GET", "GET k l", "SET k", "MSET a", "MSET a 1 b", "BITOP AND", "OBJECT ENCODING",
    "OBJECT FOO k", "OBJECT", "MEMORY USAGE", "LCS a", "CONFIG", "'' k", "COPY a",
]

COMMAND = [
    *[
        sequence(
            f"COMMAND {command} of what takes keys",
            [f"COMMAND {command} {example}" for example in KEY_EXAMPLES],
        )
        for command in ("GETKEYS", "GETKEYSANDFLAGS")
    ],
    *[
        sequence(
            f"COMMAND {command} of what takes none",
            [f"COMMAND {command} {example}" for example in NO_KEYS + WRONG], f"COMMAND {command}",
        )
        for command in ("GETKEYS", "GETKEYSANDFLAGS")
    ],
    sequence(
        "COMMAND LIST with every filter", "COMMAND LIST", [
            f"COMMAND LIST FILTERBY ACLCAT {category}"
            for category in (
                "string", "bitmap", "keyspace", "connection", "admin", "dangerous", "read", "write", "fast",
                "slow", "blocking", "hash", "nothing", "STRING", "@string", "''",
            )
        ],
        [
            f"COMMAND LIST FILTERBY PATTERN {pattern}"
            for pattern in ("get*", "GET*", "*", "nothing", "config|*", "client|??", "[gs]et", "''", "x[")
        ],
        "COMMAND LIST FILTERBY MODULE nothing", "COMMAND LIST filterby pattern get", "COMMAND LIST FILTERBY",
        "COMMAND LIST FILTERBY FOO x", "COMMAND LIST FILTERBY PATTERN", "COMMAND LIST FOO",
        "COMMAND LIST FOO PATTERN x", "COMMAND LIST FILTERBY PATTERN a b",
    ),
    sequence(
        "COMMAND INFO of what is not there", "COMMAND INFO nothing", "COMMAND INFO get nothing set",
        "COMMAND INFO GET", "COMMAND INFO config|nothing", "COMMAND INFO nothing|get", "COMMAND INFO ''",
        "COMMAND INFO config|", "COMMAND INFO get|x", "COMMAND INFO client|id client|ID CONFIG|GET",
    ),
    sequence(
        "COMMAND DOCS of what is not there", "COMMAND DOCS nothing", "COMMAND DOCS get nothing set",
        "COMMAND DOCS GET", "COMMAND DOCS config|nothing", "COMMAND DOCS ''", "COMMAND DOCS get get",
    ),
    sequence(
        "COMMAND as a whole", "COMMAND", "COMMAND INFO", "COMMAND COUNT", "COMMAND COUNT x", "COMMAND HELP",
        "COMMAND HELP x", "COMMAND FOO",
    ),
    *[
        sequence(f"COMMAND {question} {name}", f"COMMAND {question} {name}")
        for question in ("INFO", "DOCS")
        for name in ALL_COMMANDS
        if (question, name) not in NEWER
    ],
]

DIAGNOSIS = [
    sequence(
        "INFO takes sections", "INFO", "INFO server", "INFO all", "INFO everything", "INFO default",
        "INFO server clients", "INFO keyspace", exactly("INFO nothing"), "SET k v", "INFO KEYSPACE",
        exactly("INFO ''"), "INFO server nothing",
    ),
    sequence(
        "INFO keyspace counts", exactly("INFO keyspace"), "SET k v", exactly("INFO keyspace"), "SELECT 5",
        "MSET a 1 b 2", exactly("INFO keyspace"), "FLUSHALL", exactly("INFO keyspace"),
    ),
    sequence("TIME", "TIME", "TIME x"),
    sequence("DBSIZE", "DBSIZE", "SET k v", "DBSIZE", "SELECT 1", "DBSIZE", "DBSIZE x"),
    sequence(
        "LOLWUT draws something", "LOLWUT", "LOLWUT VERSION 5", "LOLWUT VERSION 5 10", "LOLWUT VERSION 6",
        "LOLWUT VERSION 7", "LOLWUT VERSION x", "LOLWUT VERSION", "LOLWUT VERSION 5 x",
    ),
    sequence(
        "SLOWLOG keeps what was slow", "SLOWLOG LEN", "SLOWLOG GET", "CONFIG SET slowlog-log-slower-than 0",
        "SLOWLOG RESET", "SET k v", "CLIENT SETNAME bob", "GET k", "FOO x", "GET", ("ECHO", b"x" * 200),
        ("DEL", *[f"k{n}" for n in range(50)]), ("SET", "k", bytes(range(128, 256))), "SLOWLOG GET",
        "SLOWLOG GET 2", "SLOWLOG GET 0", "SLOWLOG GET -1", "SLOWLOG LEN", "CONFIG SET slowlog-max-len 2",
        "PING", "SLOWLOG GET 100", "SLOWLOG LEN", "CONFIG SET slowlog-log-slower-than -1", "SLOWLOG RESET",
        "PING", "SLOWLOG LEN",
    ),
    sequence(
        "SLOWLOG keeps what slept", "SLOWLOG RESET", "DEBUG SLEEP 0.02", "SLOWLOG GET", "AUTH secret",
        "SLOWLOG LEN", on("b", "SLOWLOG GET 1"),
    ),
    sequence(
        "SLOWLOG hides passwords", "CONFIG SET slowlog-log-slower-than 0", "SLOWLOG RESET", "AUTH secret",
        "HELLO 2 AUTH default secret SETNAME n", "CONFIG SET requirepass ''", "SLOWLOG GET", bare=True,
    ),
    sequence(
        "SLOWLOG refuses what it cannot do", "SLOWLOG", "SLOWLOG FOO", "SLOWLOG GET abc", "SLOWLOG GET -2",
        "SLOWLOG GET 1 2", "SLOWLOG LEN x", "SLOWLOG RESET x", "SLOWLOG HELP", "SLOWLOG HELP x",
        each(INTEGERS, "SLOWLOG GET ?"),
    ),
    sequence(
        "LATENCY without events", "LATENCY LATEST", "LATENCY HISTORY command", "LATENCY HISTORY nothing",
        "LATENCY RESET", "LATENCY RESET command fork", "LATENCY GRAPH command", "LATENCY DOCTOR",
        "LATENCY HELP",
    ),
    sequence(
        "LATENCY with events", "CONFIG SET latency-monitor-threshold 15", "DEBUG SLEEP 0.03",
        "LATENCY LATEST",
        "LATENCY HISTORY command", "LATENCY GRAPH command", "LATENCY DOCTOR", "LATENCY RESET command",
        "LATENCY LATEST", "DEBUG SLEEP 0.03", "LATENCY RESET nothing", "LATENCY RESET nothing command",
        "LATENCY RESET command",
    ),
    sequence(
        "LATENCY refuses what it cannot do", "LATENCY", "LATENCY FOO", "LATENCY HISTORY",
        "LATENCY HISTORY a b", "LATENCY GRAPH", "LATENCY GRAPH a b", "LATENCY LATEST x", "LATENCY DOCTOR x",
        "LATENCY HELP x",
    ),
    sequence(
        "LATENCY HISTOGRAM of commands", "CONFIG RESETSTAT", "SET k v", "GET k", "LATENCY HISTOGRAM set get",
        "LATENCY HISTOGRAM set", "LATENCY HISTOGRAM nothing", "LATENCY HISTOGRAM set nothing", "CLIENT ID",
        "LATENCY HISTOGRAM client|id", "LATENCY HISTOGRAM client", "CONFIG RESETSTAT",
        "LATENCY HISTOGRAM set", "LATENCY HISTOGRAM GET",
    ),
    sequence(
        "MEMORY tells sizes", "MEMORY USAGE k", "SET k v", "MEMORY USAGE k", "MEMORY USAGE k SAMPLES 5",
        "MEMORY USAGE k SAMPLES 0", "MEMORY USAGE k samples 3", "MEMORY USAGE missing SAMPLES 1",
        "MEMORY DOCTOR", "MEMORY PURGE", "MEMORY STATS", "MEMORY MALLOC-STATS", "MEMORY HELP",
    ),
    sequence(
        "MEMORY refuses what it cannot do", "SET k v", "MEMORY", "MEMORY FOO", "MEMORY USAGE",
        "MEMORY USAGE k FOO", "MEMORY USAGE k SAMPLES", "MEMORY USAGE k SAMPLES x",
        "MEMORY USAGE k SAMPLES -1", "MEMORY USAGE k SAMPLES 5 x", "MEMORY USAGE k l", "MEMORY PURGE x",
        "MEMORY STATS x", "MEMORY DOCTOR x", "MEMORY HELP x",
    ),
    sequence(
        "DEBUG of many kinds", "DEBUG SLEEP 0", "DEBUG SLEEP 0.001", "DEBUG SLEEP",
        "DEBUG SET-ACTIVE-EXPIRE 0", "DEBUG SET-ACTIVE-EXPIRE 1", "DEBUG SET-ACTIVE-EXPIRE", "DEBUG HELP",
        "DEBUG FOO", "DEBUG", "DEBUG OBJECT", "DEBUG OBJECT a b c", "DEBUG DIGEST x",
        "DEBUG ERROR 'MY own error'", "DEBUG ERROR", "DEBUG LOG hello",
    ),
    sequence(
        "DEBUG PROTOCOL shows every kind of reply", [
            f"DEBUG PROTOCOL {kind}"
            for kind in (
                "string", "integer", "double", "null", "array", "set", "map", "verbatim", "true", "false",
                "bignum", "nothing", "attrib",
            )
        ],
        "DEBUG PROTOCOL",
    ),
    sequence(
        "SHUTDOWN refuses what it cannot do", "SHUTDOWN FOO", "SHUTDOWN SAVE NOSAVE", "SHUTDOWN NOSAVE SAVE",
        "SHUTDOWN ABORT", "SHUTDOWN ABORT NOW", "SHUTDOWN NOW ABORT", "SHUTDOWN NOSAVE FOO",
        "SHUTDOWN abort FORCE", "PING",
    ),
    sequence(
        "keys may be any bytes for MEMORY and OBJECT", each(
            BINARY, "SET ? v", "MEMORY USAGE ?", "OBJECT ENCODING ?", "DEBUG OBJECT ?",
            "COMMAND GETKEYS GET ?",
        ),
    ),
]

SEQUENCES = CONFIG + COMMAND + DIAGNOSIS

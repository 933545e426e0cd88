"""Keys whatever they hold: existence, expiry, renaming, copying, scanning."""

from itertools import product

from support.edge_values import BINARY, EXPIRIES, INTEGERS
from support.sequences import each, exactly, on, scan_all, sequence

CONDITIONS = ["", "NX", "XX", "GT", "LT", "nx", "Xx"]
SETUPS = [["SET k v"], ["SET k v", "EXPIREAT k 33177117420"], ["DEL k"]]


def times(command):
    """An earlier and a later time than 33177117420 s, in the command's unit."""
    relative, milli = not command.endswith("AT"), command.startswith("P")
    earlier, later = (100, 90_000_000_000) if relative else (33177117000, 33177118000)
    return [time * (1000 if milli else 1) for time in (earlier, later)]


def expire_family(command):
    conditions = [
        step
        for setup, condition, time in product(SETUPS, CONDITIONS, times(command))
        for step in (*setup, f"{command} k {time} {condition}", "TTL k")
    ]
    # No time twice: whether it is greater than the same one set before would depend on the clock.
    pairs = [
        f"{command} k {times(command)[0] + 10_000 * number} {first} {second}"
        for number, (first, second) in enumerate(product(["NX", "XX", "GT", "LT"], repeat=2))
    ]
    return [
        sequence(f"{command} with every condition", conditions),
        sequence(
            f"{command} refuses conditions that contradict each other", "SET k v", pairs, "EXPIRE k 50",
            pairs, f"{command} k 10 foo", f"{command} k 10 NX foo", f"{command} k 10 XX LT GT",
            f"{command} missing 10 NX XX", f"{command} missing 10 foo", f'{command} k 10 ""',
        ),
        sequence(
            f"{command} with a time that is an edge", each(
                EXPIRIES, "SET k v", f"{command} k ?", "EXISTS k", f"{command} k ? NX", "EXISTS k",
                f"{command} k ? LT", "EXISTS k", f"{command} missing ?",
            ),
        ),
        sequence(
            f"{command} reads only canonical integers", "SET k v", each(INTEGERS, f"{command} k ?",
            "EXISTS k", "SET k v"),
        ),
        sequence(
            f"{command} in the past removes the key", "SET k v", f"{command} k -1", "EXISTS k", "DBSIZE",
            "SET k v", f"{command} k 0", "EXISTS k", "SET k v", f"{command} k -1 XX", "EXISTS k",
            f"{command} k -1 GT", "EXISTS k", f"{command} k -1 LT", "EXISTS k", "SET k v",
            f"{command} k -1 NX", "EXISTS k", "TYPE k",
        ),
    ]


EXPIRY = [
    found for command in ("EXPIRE", "PEXPIRE", "EXPIREAT", "PEXPIREAT") for found in expire_family(command)
] + [
    sequence(
        "EXPIRE shows the option that it does not know", "SET k v", each(BINARY, "EXPIRE k 10 ?"),
        each([b"\r\n", b"\n", b"x\r\n", b"\r\nx\n", b"a\nb\r\n\r\n"], "EXPIRE k 10 ?"), "TTL k",
    ),
    sequence(
        "TTL and its kin", "TTL k", "PTTL k", "EXPIRETIME k", "PEXPIRETIME k", "SET k v", "TTL k", "PTTL k",
        "EXPIRETIME k", "PEXPIRETIME k", "EXPIRE k 100", "TTL k", "PTTL k", "EXPIRETIME k", "PEXPIRETIME k",
        "EXPIREAT k 33177117420", exactly("EXPIRETIME k"), exactly("PEXPIRETIME k"),
        "PEXPIREAT k 33177117420999", exactly("EXPIRETIME k"), exactly("PEXPIRETIME k"),
        "PEXPIREAT k 33177117420499", exactly("EXPIRETIME k"), "PEXPIREAT k 33177117420500",
        exactly("EXPIRETIME k"), "TTL k", "PEXPIRE k 100499", "PEXPIRE k 1000000001", "TTL k",
    ),
    sequence(
        "PERSIST takes the expiry away", "PERSIST k", "SET k v", "PERSIST k", "EXPIRE k 100", "PERSIST k",
        "TTL k", "PERSIST k",
    ),
    sequence(
        "an expiry is lost by overwriting and kept by changing", "SET k 1 EX 100", "INCR k", "APPEND k 0",
        "SETRANGE k 0 2", "SETBIT k 1 1", "TTL k", "SET k 1", "TTL k", "EXPIRE k 100", "GETSET k 2", "TTL k",
        "EXPIRE k 100", "DEL k", "SET k 1", "TTL k", "EXPIRE k 100", "MSET k 3", "TTL k", "EXPIRE k 100",
        "SETNX k 4", "TTL k",
    ),
    sequence(
        "expired keys are not there", "DEBUG SET-ACTIVE-EXPIRE 0", "SET k v", "SET l w", "PEXPIRE k 1",
        "DEBUG SLEEP 0.01", "DBSIZE", "GET k", "DBSIZE", "PEXPIRE l 1", "DEBUG SLEEP 0.01", "EXISTS l",
        "TTL l", "TYPE l", "RENAME l m", "COPY l m", "KEYS *", "PERSIST l", "EXPIRE l 10", "MSETNX l 1 m 2",
        "TTL l", "DEBUG SET-ACTIVE-EXPIRE 1",
    ),
]

NAMES = [
    b"hello", b"hallo", b"hxllo", b"hllo", b"heeeello", b"h[llo", b"h]llo", b"h*llo", b"h?llo", b"h\\llo",
    b"h^llo", b"h-llo", b"", b"a\x00b", b"\xff\xfe", b"key:1", b"key:2", b"key:10", b"KEY:1", b"{tag}x",
    b"\r\n",
]
PATTERNS = [
    b"*", b"", b"?", b"h?llo", b"h*llo", b"h[ae]llo", b"h[^e]llo", b"h[a-b]llo", b"h[b-a]llo", b"h[a", b"h[",
    b"[", b"h\\[llo", b"h\\*llo", b"h\\?llo", b"h\\\\llo", b"\\", b"hello\\", b"**", b"*l*l*", b"*o",
    b"key:?", b"key:??", b"key:*", b"KEY:*", b"*\x00*", b"a?b", b"\xff*", b"{tag}*", b"h[\\]]llo", b"h[]]llo",
    b"h[^]llo", b"h[\\-^]llo", b"h[z-]llo", b"[h]ello", b"[^h]*", b"*[0-9]", b"*:[0-9][0-9]", b"?????",
    b"*?*", b"h**o", b"\\h\\e\\l\\l\\o", b"hello*****", b"\r*", b"*" * 30 + b"x", b"[a-z][a-z]*",
]
FILL = [("SET", name, "v") for name in NAMES]

FINDING = [
    sequence("KEYS with every kind of pattern", FILL, each(PATTERNS, "KEYS ?"), "DBSIZE"),
    sequence(
        "SCAN with every kind of pattern", FILL, [scan_all()], each([b"*"], "DBSIZE"), [
            scan_all(f"MATCH {pattern.decode()}")
            for pattern in PATTERNS
            if pattern and pattern.isascii() and not set(pattern) & set(b"\\\r\x00\"'")
        ],
        scan_all("COUNT 1"), scan_all("COUNT 1000"), scan_all("TYPE string"), scan_all("TYPE STRING"),
        scan_all("TYPE hash"), scan_all("TYPE foo"), scan_all("MATCH h* COUNT 3 TYPE string"),
        scan_all("TYPE string MATCH k* COUNT 2"), scan_all("MATCH a* MATCH h*"), scan_all("COUNT 1 COUNT 5"),
        scan_all('MATCH ""'), scan_all('TYPE ""'),
    ),
    sequence(
        "SCAN of nothing", "SCAN 0", "SCAN 0 COUNT 100", "SCAN 0 MATCH * TYPE string", "SCAN 12345",
        "SCAN 18446744073709551615",
    ),
    sequence(
        "SCAN refuses what it cannot do", "SET k v", "SCAN 0 FOO", "SCAN 0 COUNT", "SCAN 0 COUNT 0",
        "SCAN 0 COUNT -1", "SCAN 0 COUNT abc", "SCAN 0 MATCH", "SCAN 0 TYPE", "SCAN 0 COUNT 10 FOO bar",
        "SCAN 0 count 10 match * type string", "SCAN abc", 'SCAN ""', "SCAN -1", "SCAN 1.5",
        "SCAN 0 MATCH * COUNT", "SCAN 0 NOVALUES", "SCAN 18446744073709551616",
        "SCAN 99999999999999999999999", 'SCAN " 1"', 'SCAN "1 "', "SCAN +1", "SCAN 0x1", each(INTEGERS,
        "SCAN 0 COUNT ?"),
    ),
    sequence(
        "many keys are all found", ("MSET", *[word for n in range(1000) for word in (f"key:{n}", n)]),
        "DBSIZE", scan_all("COUNT 7"), scan_all("MATCH key:*5 COUNT 100"), "KEYS key:99?", ("DEL",
        *[f"key:{n}" for n in range(0, 1000, 2)]),
        scan_all("COUNT 50"), "DBSIZE",
    ),
    sequence(
        "RANDOMKEY finds a key", "RANDOMKEY", "SET k v", exactly("RANDOMKEY"), "SET l w", "RANDOMKEY",
        "DEL k", exactly("RANDOMKEY"), "DEL l", "RANDOMKEY",
    ),
    sequence(
        "EXISTS, TOUCH, DEL and UNLINK count", "MSET a 1 b 2 c 3", "EXISTS a", "EXISTS a b c d",
        "EXISTS a a a", "TOUCH a", "TOUCH a b x a", "DEL a", "DEL a", "DEL b b", "UNLINK c c d",
        "MSET a 1 b 2", "UNLINK a b c", "DBSIZE", 'EXISTS ""', 'DEL ""', 'SET "" v', 'DEL "" ""',
    ),
    sequence("TYPE", "TYPE k", "SET k v", "TYPE k", "SET k 5", "TYPE k"),
    sequence(
        "keys may be any bytes", each(
            BINARY, "SET ? v", "EXISTS ?", "TTL ?", "EXPIRE ? 100", "RENAME ? other", "COPY other ?", "DEL ?"
        ),
    ),
]

MOVING = [
    sequence(
        "RENAME moves value and expiry", "RENAME k l", "SET k v EX 100", "SET l w", "RENAME k l", "GET l",
        "TTL l", "EXISTS k", "RENAME l l", "RENAME x x", "SET a 1", "SET b 2 EX 100", "RENAME a b", "TTL b",
        "GET b", 'RENAME b ""', 'GET ""', "DBSIZE",
    ),
    sequence(
        "RENAMENX spares what is there", "RENAMENX k l", "SET k v EX 100", "RENAMENX k l", "TTL l", "SET k w",
        "RENAMENX k l", "GET l", "RENAMENX k k", "RENAMENX x x", "DBSIZE",
    ),
    sequence(
        "COPY copies value and expiry", "COPY k l", "SET k v EX 100", "COPY k l", "GET l", "TTL l", "TTL k",
        "SET k w", "COPY k l", "GET l", "COPY k l REPLACE", "GET l", "TTL l", "COPY k k", "COPY k k REPLACE",
        "COPY x x", "SET n 5", "COPY n m", "INCR m", "GET n", "OBJECT ENCODING m",
    ),
    sequence(
        "COPY into another database", "SET k v EX 100", "COPY k k DB 1", "COPY k k DB 1",
        "COPY k k DB 1 REPLACE", "COPY k l DB 0", "COPY k k DB 0", "SELECT 1", "GET k", "TTL k", "DBSIZE",
        "SELECT 0", "COPY k l REPLACE DB 2", "COPY k l db 2 replace", "COPY missing l DB 2 REPLACE",
        "SELECT 2", "KEYS *", "COPY l k DB 0", "COPY l k DB 0 REPLACE",
    ),
    sequence(
        "COPY refuses what it cannot do", "SET k v", "COPY k l FOO", "COPY k l DB", "COPY k l DB x",
        "COPY k l DB 16", "COPY k l DB -1", "COPY k l DB 1 DB 2", "COPY k l REPLACE REPLACE",
        "COPY k l DB 1 foo", "COPY k l DB 9223372036854775808", "COPY k l REPLACE DB", "DBSIZE",
        each(INTEGERS, "COPY k m DB ?"),
    ),
    sequence(
        "MOVE moves between databases", "MOVE k 1", "SET k v EX 100", "MOVE k 1", "EXISTS k", "SELECT 1",
        "GET k", "TTL k", "MOVE k 1", "SELECT 0", "SET k w", "MOVE k 1", "MOVE k 0", "MOVE missing 0",
        "MOVE k 16", "MOVE k -1", "MOVE k x", "MOVE k 9223372036854775808", "GET k", each(INTEGERS,
        "MOVE m ?"),
    ),
    sequence(
        "SELECT changes the database", "SET k zero", "SELECT 1", "GET k", "SET k one", "SELECT 15", "DBSIZE",
        "SELECT 16", "SELECT -1", "SELECT x", "DBSIZE", "SELECT 0", "GET k", on("b", "GET k"), on("b",
        "SELECT 1"), on("b", "GET k"), "GET k", "SELECT 9223372036854775808", "SELECT 2147483648",
        each(INTEGERS, "SELECT ?"),
    ),
    sequence(
        "SWAPDB swaps databases under all clients", "SET k zero", on("b", "SELECT 1"), on("b", "SET k one"),
        "SWAPDB 0 1", "GET k", on("b", "GET k"), "SWAPDB 1 0", "GET k", "SWAPDB 0 0", "GET k", "SWAPDB 3 4",
        "SWAPDB 0 16", "SWAPDB 16 0", "SWAPDB -1 0", "SWAPDB x 0", "SWAPDB 0 x", "SWAPDB 1.5 2",
        "SWAPDB 9223372036854775808 0", "EXPIRE k 100", "SWAPDB 0 2", "SELECT 2", "TTL k", "DBSIZE",
        each(INTEGERS, "SWAPDB ? 5", "SWAPDB 5 ?"),
    ),
    sequence(
        "FLUSHDB empties one database, FLUSHALL all", "SET a 1", "SELECT 1", "SET b 2", "FLUSHDB", "DBSIZE",
        "SELECT 0", "DBSIZE", "SELECT 1", "SET b 2", "FLUSHALL", "DBSIZE", "SELECT 0", "DBSIZE", [
            step
            for mode in ("ASYNC", "SYNC", "async", "Sync")
            for command in ("FLUSHDB", "FLUSHALL")
            for step in ("SET a 1", f"{command} {mode}", "DBSIZE", "GET a")
        ],
        "SET a 1", "FLUSHDB FOO", "FLUSHALL FOO", "FLUSHDB ASYNC SYNC", "FLUSHALL ASYNC x",
        "FLUSHALL SYNC ASYNC", "DBSIZE",
    ),
]

OBJECTS = [
    sequence(
        "OBJECT looks without touching", "OBJECT ENCODING k", "OBJECT REFCOUNT k", "OBJECT IDLETIME k",
        "OBJECT FREQ k", "SET k hello", "OBJECT ENCODING k", "OBJECT REFCOUNT k", "OBJECT IDLETIME k",
        "OBJECT FREQ k", "SET k 5", "OBJECT ENCODING k", "OBJECT REFCOUNT k", "SET k 10000",
        "OBJECT REFCOUNT k", "SET k 9999", "OBJECT REFCOUNT k", "SET k -1", "OBJECT REFCOUNT k", "INCR c",
        "OBJECT REFCOUNT c", "INCR c", "OBJECT REFCOUNT c", "OBJECT HELP",
    ),
    sequence(
        "OBJECT refuses what it cannot do", "OBJECT FOO k", "OBJECT FOO", "OBJECT ENCODING",
        "OBJECT ENCODING k k", "OBJECT HELP x", "OBJECT REFCOUNT", "OBJECT FREQ", "OBJECT IDLETIME a b",
        "OBJECT encoding k", 'OBJECT "" k', "OBJECT",
    ),
    sequence(
        "OBJECT FREQ under an LFU policy", "CONFIG SET maxmemory-policy allkeys-lfu", "SET k v",
        "OBJECT FREQ k", "OBJECT IDLETIME k", "GET k", "OBJECT FREQ k", "OBJECT FREQ missing",
        "OBJECT ENCODING k", "SET n 5", "OBJECT REFCOUNT n",
    ),
    sequence(
        "DEBUG OBJECT and digests", "DEBUG DIGEST", "SET k v", "DEBUG OBJECT k", "DEBUG OBJECT missing",
        "DEBUG DIGEST", "SET n 123", "DEBUG OBJECT n", "DEBUG DIGEST", "EXPIRE k 100", "DEBUG DIGEST",
        "PERSIST k", "DEBUG DIGEST", "DEBUG DIGEST-VALUE k", "DEBUG DIGEST-VALUE k n missing",
        "DEBUG DIGEST-VALUE", each(BINARY, "SET ? ?", "DEBUG DIGEST"), "SELECT 3", "SET k v", "DEBUG DIGEST",
        "DEBUG DIGEST-VALUE k", "MOVE k 4", "DEBUG DIGEST", "APPEND k v", "DEBUG DIGEST", "SET k vv",
        "DEBUG DIGEST", "FLUSHALL", "DEBUG DIGEST",
    ),
]

SEQUENCES = EXPIRY + FINDING + MOVING + OBJECTS

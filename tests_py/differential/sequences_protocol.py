"""The protocol itself: inline commands, unknown commands, and what ends a connection."""

from support.edge_values import BINARY
from support.sequences import each, on, pipeline, raw, raw_closes, sequence

LIMIT = 64 * 1024

SEQUENCES = [
    sequence(
        "commands may be sent inline", raw(b"PING\r\n"), raw(b"PING\n"), raw(b"  PING  \r\n"),
        raw(b"SET k 'a b'\r\n"), raw(b"GET k\r\n"), raw(b'SET k "a\\x00\\n\\t\\\\\\""\r\n'),
        raw(b"GET k\r\n"), raw(b"SET k 'it\\'s'\r\nGET k\r\n", replies=2), raw(b'ECHO ""\r\n'),
        raw(b"\r\n\r\nPING\r\n"), raw(b"ping\tx\r\n"), raw(b"   \r\nPING\r\n"), raw(b"GET\r\n"),
        raw(b"FOO bar\r\n"), raw(b"ECHO \xff\xfe\r\n"), raw(b'ECHO "\\xzz\\q"\r\n'), bare=True,
    ),
    sequence(
        "inline and arrays may be mixed",
        raw(b"PING\r\n*1\r\n$4\r\nPING\r\nECHO x\n*2\r\n$4\r\nECHO\r\n$1\r\ny\r\n", replies=4), bare=True,
    ),
    sequence(
        "empty arrays are passed over", raw(b"*0\r\n*-1\r\n*1\r\n$4\r\nPING\r\n"), raw(b"*-5\r\nPING\r\n"),
        raw(b"*0\r\nPING\r\n"), bare=True,
    ),
    sequence(
        "command names know no case", raw(b"*1\r\n$4\r\npInG\r\n"), "sEt k v", "GeT k", "object ENCODING k",
        "OBJECT encoding k", "config GET maxclients",
    ),
    *[
        sequence(f"a connection ends at {name}", raw_closes(data), on("b", "PING"), bare=True)
        for name, data in [
            ("an unbalanced double quote", b'GET "foo\r\n'),
            ("an unbalanced single quote", b"GET 'foo\r\n"),
            ("text right after a quote", b'GET "foo"bar\r\n'),
            ("an inline line too long", b"a" * (LIMIT + 10)),
            ("a line too long with spaces", b"SET k " + b"v" * LIMIT),
            ("an array length that is no number", b"*abc\r\n"),
            ("an array length that is empty", b"*\r\n"),
            ("an array length of 2^31", b"*2147483648\r\n"),
            ("an array length of 2^63", b"*9223372036854775808\r\n"),
            ("an array length beyond a million", b"*3000000000\r\n"),
            ("an array length with a sign", b"*+1\r\n"),
            ("an array length with a space", b"* 1\r\n"),
            ("an array length with a leading zero", b"*01\r\n"),
            ("an array length that never ends", b"*" + b"1" * LIMIT + b"1"),
            ("an element that is no bulk string", b"*1\r\nPING\r\n"),
            ("an element of another kind", b"*1\r\n:5\r\n"),
            ("an array in an array", b"*1\r\n*1\r\n"),
            ("a line where a bulk belongs", b"*2\r\n$4\r\nECHO\r\nfoo\r\n"),
            ("an empty line where a bulk belongs", b"*1\r\n\r\n"),
            ("a bulk length that is no number", b"*1\r\n$abc\r\n"),
            ("a bulk length that is empty", b"*1\r\n$\r\n"),
            ("a negative bulk length", b"*1\r\n$-1\r\n"),
            ("a bulk length of -2", b"*1\r\n$-2\r\n"),
            ("a bulk length with a sign", b"*1\r\n$+4\r\nPING\r\n"),
            ("a bulk length with a leading zero", b"*1\r\n$04\r\nPING\r\n"),
            ("a bulk length over the limit", b"*1\r\n$536870913\r\n"),
            ("a bulk length of 2^63", b"*1\r\n$9223372036854775808\r\n"),
            ("a bulk length that never ends", b"*1\r\n$" + b"1" * LIMIT + b"1"),
            ("a wrong length in the second element", b"*2\r\n$4\r\nECHO\r\n$x\r\n"),
            ("trouble after good commands", b"*1\r\n$4\r\nPING\r\nPING\r\n*x\r\nPING\r\n"),
            ("an inline line with trouble after a good one", b"PING\r\nGET 'x\r\nPING\r\n"),
        ]
    ],
    sequence(
        "the bulk limit can be changed", "CONFIG SET proto-max-bulk-len 1048576", ("SET", "k",
        b"x" * 1048576), "STRLEN k", raw_closes(b"*1\r\n$1048577\r\n", on="b"), "PING", bare=True,
    ),
    sequence(
        "the end of a bulk string is not looked at", raw(b"*1\r\n$4\r\nPINGxx*1\r\n$4\r\nPING\r\n",
        replies=2), bare=True,
    ),
    sequence(
        "many commands in one write", pipeline(*["INCR k"] * 500), "GET k",
        pipeline(*[f"ECHO {n}" for n in range(500)]),
    ),
    sequence(
        "subcommands of one container may follow each other in one write", "SET k text",
        pipeline("OBJECT ENCODING k", "OBJECT REFCOUNT k", "OBJECT IDLETIME k", "OBJECT FOO k",
                 "OBJECT ENCODING k"),
        pipeline("CLIENT SETNAME bob", "CLIENT GETNAME", "CLIENT NO-EVICT on", "CLIENT GETNAME", "CLIENT"),
        pipeline("CONFIG GET hz", "CONFIG RESETSTAT", "config get hz", "CONFIG GET timeout",
                 "COMMAND COUNT x"),
    ),
    sequence(
        "a command with many arguments", ("MGET", *[f"k{n}" for n in range(5000)]), ("DEL", *["k"] * 5000),
        ("ECHO", *["x"] * 1000),
    ),
    sequence(
        "unknown commands are shown with their arguments", "FOO", "foo", "FOO a b c", 'FOO ""', "FOO 'it''s'",
        'FOO "a\\nb\\r\\n"', ("FOO", *[f"argument{n}" for n in range(50)]), ("FOO", b"x" * 200), ("FOO",
        b"x" * 127), ("FOO", b"x" * 128), ("FOO", b"x" * 129), (b"x" * 200,), (b"x" * 128, b"y" * 128, b"z"),
        (b"y" * 127, "a"), ("FOO", b"a" * 60, b"b" * 60, b"c" * 60), each(BINARY, "FOO ?", "? foo"), "GET",
        "SET", 'GET""', "G ET", "GET|k", "CONFIG|GET x", "CLIENT|ID",
    ),
    sequence(
        "unknown subcommands are named", [
            f"{container} {word}"
            for container in (
                "CLIENT", "CONFIG", "COMMAND", "OBJECT", "MEMORY", "SLOWLOG", "LATENCY", "DEBUG",
            )
            for word in ("FOO", "foo bar", "'a b'", "''", '"\\x00"', "help|x")
        ],
        each(BINARY, "CONFIG ?", "CLIENT ? x", "OBJECT ?"), ("CONFIG", b"x" * 200), ("CLIENT", b"y" * 129,
        "z"),
    ),
]

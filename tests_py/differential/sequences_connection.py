"""Connections: greeting, authentication, names, killing, silence."""

from support.edge_values import BINARY, INTEGERS
from support.sequences import closed, closes, each, on, pipeline, raw, sequence, silent

SEQUENCES = [
    sequence(
        "PING and ECHO", "PING", "PING hello", 'PING ""', "PING a b", "ECHO hello", "ECHO", "ECHO a b",
        each(BINARY, "PING ?", "ECHO ?"),
    ),
    sequence("QUIT says OK and closes", "SET k v", closes("QUIT")),
    sequence("QUIT takes arguments", closes("QUIT now")),
    sequence(
        "QUIT leaves what follows in the pipeline undone", closes(pipeline("SET k 1", "QUIT", "SET k 2")),
        on("b", "GET k"),
    ),
    # HELLO
    sequence(
        "HELLO tells about the server", "HELLO", "HELLO 2", "HELLO 3", "HELLO", "HELLO 2", "GET missing",
        "HELLO 3", "GET missing", bare=True,
    ),
    sequence(
        "HELLO refuses other protocols", "HELLO 1", "HELLO 4", "HELLO 0", "HELLO -1", "HELLO abc", 'HELLO ""',
        "HELLO 2.0", each(INTEGERS, "HELLO ?"), "PING",
    ),
    sequence(
        "HELLO with a name", "HELLO 3 SETNAME bob", "CLIENT GETNAME", "HELLO 2 setname alice",
        "CLIENT GETNAME", 'HELLO 3 SETNAME "a b"', 'HELLO 3 SETNAME "a\\n"', "CLIENT GETNAME",
        'HELLO 3 SETNAME ""', "CLIENT GETNAME", "HELLO 3 SETNAME", "HELLO 3 SETNAME a SETNAME b",
        "CLIENT GETNAME",
    ),
    sequence(
        "HELLO with AUTH and no password set", "HELLO 3 AUTH default x", "HELLO 2 AUTH default x SETNAME n",
        "CLIENT GETNAME", "HELLO 3 AUTH nobody x", "HELLO 3 AUTH default", "HELLO 3 AUTH",
        "HELLO 3 SETNAME m AUTH nobody x", "CLIENT GETNAME", "HELLO 4 AUTH nobody x", bare=True,
    ),
    sequence(
        "HELLO refuses wrong syntax", "HELLO 3 FOO", "HELLO 3 AUTH a b c", "HELLO 3 SETNAME a FOO",
        "HELLO SETNAME a", "HELLO AUTH default x", "HELLO 2 2", "CLIENT GETNAME", bare=True,
    ),
    # AUTH
    sequence(
        "AUTH without a password set", "AUTH x", "AUTH default x", "AUTH nobody x", "AUTH a b c", "AUTH",
        'AUTH ""', 'AUTH default ""', "PING",
    ),
    sequence(
        "a password is asked for", "CONFIG SET requirepass secret", on("b", "PING"), on("b", "GET k"), on("b",
        "AUTH wrong"), on("b", "AUTH default wrong"), on("b", "AUTH nobody secret"), on("b", "HELLO"), on("b",
        "HELLO 3"), on("b", "HELLO 3 AUTH default wrong"), on("b", "HELLO 2 SETNAME x"), on("b", "RESET"),
        on("b", "FOO"), on("b", "GET"), on("b", "CLIENT"), on("b", "CLIENT FOO"), on("b", "COMMAND"), on("b",
        "CONFIG GET x"), on("b", "INFO"), on("b", "AUTH secret"), on("b", "PING"), on("b", "RESET"), on("b",
        "PING"), on("b", "AUTH default secret"), on("b", "PING"), on("b", "AUTH wrong"), on("b", "PING"),
        "PING", on("c", "HELLO 3 AUTH default secret SETNAME me"), on("c", "CLIENT GETNAME"), on("c",
        "HELLO 2 AUTH default wrong"), on("c", "PING"), on("d", "QUIT"), on("e", "AUTH a b c"), "AUTH secret",
        "CONFIG GET requirepass", 'CONFIG SET requirepass ""', on("f", "PING"), on("f", "AUTH secret"),
        bare=True,
    ),
    sequence(
        "a password may be any bytes", ("CONFIG", "SET", "requirepass", b'\x00 \xff"'), on("b", ("AUTH",
        b'\x00 \xff"')), on("b", "PING"), on("c", ("AUTH", b"\x00")), bare=True,
    ),
    sequence(
        "strangers may send little", "CONFIG SET requirepass secret", on("b", ("ECHO", b"x" * 16384)), on("b",
        "PING"), closes(raw(b"*1\r\n$16385\r\n", on="b")), closes(raw(b"*11\r\n", on="c")),
        raw(b"*10\r\n" + b"$1\r\na\r\n" * 10, on="d"), on("d", "AUTH secret"), on("d", ("ECHO",
        b"x" * 20000)), on("d", ("MGET", *"abcdefghijklmno")), bare=True,
    ),
    # RESET
    sequence(
        "RESET forgets what the connection was", "SELECT 3", "CLIENT SETNAME bob", "RESET", "CLIENT GETNAME",
        "SET k v", "SELECT 0", "GET k", "RESET x", "HELLO 3", "RESET", "GET none", "CLIENT NO-EVICT ON",
        "RESET", "CLIENT INFO", bare=True,
    ),
    sequence("RESET turns replies on again", silent("CLIENT REPLY OFF"), silent("PING"), "RESET", "PING"),
    # CLIENT
    sequence(
        "CLIENT SETNAME and GETNAME", "CLIENT GETNAME", "CLIENT SETNAME bob", "CLIENT GETNAME",
        'CLIENT SETNAME ""', "CLIENT GETNAME", 'CLIENT SETNAME "a b"', 'CLIENT SETNAME "a\\n"',
        "CLIENT SETNAME", "CLIENT SETNAME a b", "CLIENT GETNAME x", each(BINARY, "CLIENT SETNAME ?",
        "CLIENT GETNAME"), each([b"!", b"~", b"\x7f", b"\x21\x7e", b"a-b_c:d"], "CLIENT SETNAME ?",
        "CLIENT GETNAME"),
    ),
    sequence("CLIENT ID", "CLIENT ID", "CLIENT ID x"),
    sequence(
        "CLIENT INFO shows the connection", "CLIENT INFO", "SELECT 2", "CLIENT SETNAME bob", "CLIENT INFO",
        "CLIENT INFO x", "CLIENT NO-EVICT ON", "CLIENT INFO", "CLIENT NO-EVICT OFF", "CLIENT INFO",
    ),
    sequence(
        "CLIENT LIST shows all connections", "CLIENT LIST", on("b", "CLIENT SETNAME bee"), on("b", "GET k"),
        on("c", "SELECT 5"), on("c", "CONFIG GET timeout"), "CLIENT LIST", "CLIENT LIST TYPE normal",
        "CLIENT LIST TYPE NORMAL", "CLIENT LIST TYPE pubsub", "CLIENT LIST TYPE replica",
        "CLIENT LIST TYPE slave", "CLIENT LIST TYPE master", "CLIENT LIST ID {id:b}",
        "CLIENT LIST ID {id:c} {id:a} 123456789", "CLIENT LIST ID 123456789", on("b",
        "CLIENT LIST ID {id:b} {id:b}"),
    ),
    sequence(
        "CLIENT LIST refuses what it cannot do", "CLIENT LIST TYPE", "CLIENT LIST TYPE foo",
        "CLIENT LIST FOO bar", "CLIENT LIST ID", "CLIENT LIST ID x", "CLIENT LIST ID -1", "CLIENT LIST ID 0",
        "CLIENT LIST ID 1 x", "CLIENT LIST TYPE normal ID 1", "CLIENT LIST FOO",
        "CLIENT LIST ID 9223372036854775808",
    ),
    sequence(
        "CLIENT KILL by address", on("b", "PING"), "CLIENT KILL {addr:b}", closed("b"),
        "CLIENT KILL 1.2.3.4:5", "CLIENT KILL foo", 'CLIENT KILL ""', on("c", "PING"),
        "CLIENT KILL ADDR {addr:c}", closed("c"), "CLIENT KILL ADDR 1.2.3.4:5", on("d", "PING"),
        "CLIENT KILL addr {addr:d} skipme no", closed("d"),
    ),
    sequence(
        "CLIENT KILL by id", on("b", "PING"), "CLIENT KILL ID {id:b}", closed("b"),
        "CLIENT KILL ID 123456789", "CLIENT KILL ID 0", "CLIENT KILL ID -1", "CLIENT KILL ID x",
        "CLIENT KILL ID", on("c", "PING"), on("d", "PING"), "CLIENT KILL ID {id:c} ID {id:d}", closed("d"),
        on("c", "PING"), "CLIENT KILL ID {id:c} USER default TYPE normal", closed("c"),
    ),
    sequence(
        "CLIENT KILL by name of user, type, and local address", on("b", "PING"), "CLIENT KILL USER nobody",
        "CLIENT KILL TYPE pubsub", "CLIENT KILL TYPE master", "CLIENT KILL TYPE replica",
        "CLIENT KILL LADDR 1.2.3.4:5", on("b", "PING"), "CLIENT KILL ID {id:b} TYPE pubsub",
        "CLIENT KILL ID {id:b} LADDR {laddr:b}", closed("b"),
    ),
    sequence(
        "CLIENT KILL spares the caller", "CLIENT KILL ID {id:a}", "CLIENT KILL ID {id:a} SKIPME yes", "PING",
        closes("CLIENT KILL ID {id:a} SKIPME no"), on("b", "CLIENT KILL ADDR {addr:b}"), on("b", "PING"),
    ),
    sequence("CLIENT KILL of the old form takes the caller too", closes("CLIENT KILL {addr:a}")),
    sequence(
        "CLIENT KILL refuses what it cannot do", "CLIENT KILL TYPE foo", "CLIENT KILL TYPE",
        "CLIENT KILL FOO bar", "CLIENT KILL SKIPME foo", "CLIENT KILL SKIPME", "CLIENT KILL ADDR",
        "CLIENT KILL ID 1 FOO", "CLIENT KILL ID 1 FOO bar", "CLIENT KILL ID 99999999 SKIPME maybe",
        "CLIENT KILL MAXAGE 5", "CLIENT KILL",
    ),
    sequence(
        "CLIENT NO-EVICT", "CLIENT NO-EVICT ON", "CLIENT NO-EVICT off", "CLIENT NO-EVICT foo",
        "CLIENT NO-EVICT", "CLIENT NO-EVICT ON x",
    ),
    sequence(
        "CLIENT REPLY OFF silences until ON", silent("CLIENT REPLY OFF"), silent("SET k 1"), silent("FOO"),
        silent("GET"), "CLIENT REPLY ON", "GET k",
    ),
    sequence(
        "CLIENT REPLY SKIP silences one reply", silent("CLIENT REPLY SKIP"), silent("SET k 1"), "GET k",
        silent("CLIENT REPLY SKIP"), silent("FOO"), "PING", silent("CLIENT REPLY SKIP"),
        silent("CLIENT REPLY SKIP"), silent("PING"), "ECHO end",
    ),
    sequence(
        "CLIENT REPLY in a pipeline", pipeline(
            "CLIENT REPLY OFF", "SET k 1", "INCR k", "CLIENT REPLY ON", "GET k", "CLIENT REPLY SKIP", "PING",
            "ECHO end", replies=3,
        ),
    ),
    sequence(
        "CLIENT REPLY refuses what it cannot do", "CLIENT REPLY ON", "CLIENT REPLY foo", "CLIENT REPLY",
        "CLIENT REPLY ON OFF", "PING",
    ),
    sequence(
        "CLIENT REPLY OFF and then OFF, SKIP and ON", silent("CLIENT REPLY OFF"), silent("CLIENT REPLY OFF"),
        silent("CLIENT REPLY SKIP"), silent("PING"), "CLIENT REPLY ON", "PING",
    ),
    sequence(
        "CLIENT PAUSE of nothing much", "CLIENT PAUSE 0", "CLIENT PAUSE 1", "PING",
        "CLIENT PAUSE 100000 WRITE", "GET k", "PING", "CLIENT UNPAUSE", "SET k v",
        "CLIENT PAUSE 100000 write", "CLIENT UNPAUSE", "CLIENT UNPAUSE x",
    ),
    sequence(
        "CLIENT PAUSE refuses what it cannot do", "CLIENT PAUSE", "CLIENT PAUSE abc", "CLIENT PAUSE -1",
        "CLIENT PAUSE 10 FOO", "CLIENT PAUSE 10 ALL x", "CLIENT PAUSE 1.5",
        "CLIENT PAUSE 9223372036854775808", "CLIENT PAUSE 9223372036854775807", "CLIENT UNPAUSE",
    ),
    sequence(
        "CLIENT refuses what it does not know", "CLIENT", "CLIENT FOO", "CLIENT foo bar", 'CLIENT ""',
        "CLIENT HELP", "CLIENT HELP x",
    ),
]

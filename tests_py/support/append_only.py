"""The append-only file, which is several in a directory, and servers that keep one."""

import pytest

from support.resp import encode_command
from support.server import eventually

DIRECTORY = "appendonlydir"
MANIFEST = "appendonly.aof.manifest"
KEEPING = ("--appendonly", "yes", "--auto-aof-rewrite-percentage", "0")


def facts(client):
    """INFO persistence, of a RawClient."""
    lines = client.ask("INFO", "persistence").decode().splitlines()
    return dict(line.split(":", 1) for line in lines if ":" in line)


def need_append_only(client):
    """Skips the test for a server that keeps no such file, whatever it is told."""
    if facts(client).get("aof_enabled") != "1":
        pytest.skip("this server keeps no append-only file")


def rewritten(client):
    """Writes the file anew, and returns the status that this ended with."""
    client.ask("BGREWRITEAOF")
    return after_rewriting(client)


def after_rewriting(client):
    def is_over():
        now = facts(client)
        return now["aof_rewrite_in_progress"] == now["aof_rewrite_scheduled"] == "0"

    eventually(is_over, within=30)
    return facts(client)["aof_last_bgrewrite_status"]


def put_by_hand(directory, data):
    """Lays down an append-only file without a base, which has these bytes."""
    folder = directory / DIRECTORY
    folder.mkdir(exist_ok=True)
    (folder / "appendonly.aof.1.incr.aof").write_bytes(data)
    (folder / MANIFEST).write_bytes(b"file appendonly.aof.1.incr.aof seq 1 type i\n")


def units_that_count(units):
    """The bytes of so many commands or transactions, that append 0, 1, 2 ... to a list, and of notes."""
    number = 0
    yield encode_command(["SELECT", 0])
    for unit in range(1, units):
        numbers = range(number, number + (3 if unit % 3 == 0 else 1))
        number = numbers.stop
        pushes = [encode_command(["RPUSH", "counted", each]) for each in numbers]
        if unit % 3 == 0:
            yield b"".join([encode_command(["MULTI"]), *pushes, encode_command(["EXEC"])])
        else:
            yield b"#TS:1700000000\r\n"
            yield pushes[0]

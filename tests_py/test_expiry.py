"""Keys that end: on time, not before, whether looked at or not, and without stalling anyone."""

import time

import pytest

from support.resp import encode_command, parse
from support.server import eventually
from support.settings import seconds


def statistic(client, section, name):
    return client.info(section)[name]


def expire_later(client, count, milliseconds, prefix="k"):
    with client.pipeline(transaction=False) as pipeline:
        for number in range(count):
            pipeline.psetex(f"{prefix}{number}", milliseconds, number)
        pipeline.execute()


def test_a_key_is_there_until_its_time_and_then_gone(client):
    began = time.monotonic()
    client.set("k", "v", px=200)
    while (value := client.get("k")) is not None:
        assert value == b"v"
        assert time.monotonic() - began < seconds(5), "the key never ends"
    assert time.monotonic() - began >= 0.199


def test_keys_end_without_being_looked_at(client):
    expire_later(client, 5000, 100)
    client.set("stays", 1)
    eventually(lambda: client.dbsize() == 1)
    assert statistic(client, "stats", "expired_keys") == 5000
    assert client.info("keyspace")["db0"]["expires"] == 0


def test_keys_end_in_every_database(server):
    for database in (0, 1, 15):
        with server.redis(db=database) as client:
            expire_later(client, 100, 100)
            client.set("stays", 1)
    with server.redis() as client:
        eventually(
            lambda: [client.info("keyspace")[name]["keys"] for name in ("db0", "db1", "db15")] == [1, 1, 1]
        )


@pytest.mark.pongo_only
def test_keys_end_on_time_among_many_that_stay(client):
    """The lag of active expiry does not grow with the number of keys that have an expiry far away."""
    expire_later(client, 20_000, 1_000_000, "far")
    expire_later(client, 200, 50, "near")
    eventually(lambda: client.dbsize() == 20_000)
    assert statistic(client, "stats", "expired_keys") == 200


def test_without_active_expiry_only_looking_removes(client):
    client.execute_command("DEBUG", "SET-ACTIVE-EXPIRE", "0")
    try:
        expire_later(client, 10, 1)
        client.execute_command("DEBUG", "SLEEP", "0.02")
        assert client.dbsize() == 10
        assert client.exists("k0", "k1") == 0
        assert client.get("k2") is None
        assert client.ttl("k3") == -2
        assert client.dbsize() == 6
        assert client.keys("*") == [] and client.scan(count=100) == (0, [])
        client.randomkey()
    finally:
        client.execute_command("DEBUG", "SET-ACTIVE-EXPIRE", "1")
    eventually(lambda: client.dbsize() == 0)
    assert statistic(client, "stats", "expired_keys") == 10


def test_many_keys_that_end_at_once_stall_nobody(server):
    with server.redis() as client, server.raw() as probe:
        moment = int(time.time() * 1000) + 700
        commands = b"".join(
            encode_command(["SET", f"k{number}", "v", "PXAT", moment]) for number in range(100_000)
        )
        with server.raw() as writer:
            writer.send(commands)
            writer.read_replies(100_000)
        worst = 0
        while client.dbsize():
            began = time.monotonic()
            probe.ask("PING")
            worst = max(worst, time.monotonic() - began)
            assert time.time() * 1000 < moment + 1000 * seconds(20), "keys never end"
        assert worst < seconds(0.25), f"a PING took {worst * 1000:.0f} ms while keys ended"


def test_persist_saves_a_key(client):
    client.set("k", "v", px=100)
    client.set("other", "v", px=100)
    assert client.persist("k")
    eventually(lambda: not client.exists("other"))
    assert client.get("k") == b"v" and client.ttl("k") == -1


@pytest.mark.parametrize(
    "words, kept", [
        (["SET", "k", "1"], False), (["SET", "k", "1", "KEEPTTL"], True), (["GETSET", "k", "1"], False),
        (["INCR", "k"], True), (["APPEND", "k", "1"], True), (["SETRANGE", "k", "0", "1"], True), (["SETBIT",
        "k", "0", "1"], True), (["MSET", "k", "1"], False), (["GETEX", "k", "PERSIST"], False), (["GETEX",
        "k"], True), (["INCRBYFLOAT", "k", "1"], True), (["BITFIELD", "k", "SET", "u8", "0", "1"], True),
        (["BITOP", "NOT", "k", "k"], False), (["TOUCH", "k"], True), (["COPY", "l", "k", "REPLACE"], False),
        (["RENAME", "l", "k"], False), (["PERSIST", "k"], False),
    ],
)
def test_which_commands_keep_an_expiry(client, words, kept):
    client.mset({"l": 5})
    client.set("k", "5", ex=100)
    client.execute_command(*words)
    assert (client.ttl("k") > 0) is kept


def test_an_expiry_travels_with_its_key(server):
    with server.redis() as client, server.redis(db=1) as second:
        client.set("a", 1, px=150)
        client.rename("a", "b")
        client.set("c", 1, px=150)
        client.move("c", 1)
        client.set("d", 1, px=150)
        client.copy("d", "e")
        assert client.pttl("b") > 0 and second.pttl("c") > 0 and client.pttl("e") > 0
        client.swapdb(0, 1)
        assert second.pttl("b") > 0 and client.pttl("c") > 0
        eventually(lambda: client.dbsize() == 0 and second.dbsize() == 0)


def test_a_new_key_of_the_same_name_is_not_ended_by_the_old_expiry(client):
    for change in (
        lambda: client.set("k", "new"), lambda: (client.delete("k"), client.set("k", "new")),
        lambda: (client.rename("k", "x"), client.set("k", "new")), lambda: (client.flushall(), client.set("k",
        "new")), lambda: (client.flushall(asynchronous=True), client.set("k", "new")),
    ):
        client.set("k", "old", px=60)
        change()
        client.set("clock", 1, px=120)
        eventually(lambda: not client.exists("clock"))
        assert client.get("k") == b"new"


def test_an_expiry_may_be_moved_forth_and_back(client):
    client.set("k", "v", px=60)
    client.pexpire("k", 100_000)
    client.set("clock", 1, px=120)
    eventually(lambda: not client.exists("clock"))
    assert client.exists("k")
    client.pexpire("k", 50)
    eventually(lambda: client.dbsize() == 0)


def test_a_time_in_the_past_removes_at_once(client):
    for command in (
        ["EXPIRE", "k", "-1"], ["PEXPIRE", "k", "0"], ["EXPIREAT", "k", "1"], ["PEXPIREAT", "k", "1"],
        ["GETEX", "k", "EXAT", "1"],
    ):
        client.set("k", "v")
        client.execute_command(*command)
        assert client.dbsize() == 0, command


def test_the_average_ttl_is_told(client):
    with client.pipeline(transaction=False) as pipeline:
        for number in range(100):
            pipeline.psetex(f"k{number}", 100_000, 1)
        pipeline.execute()
    average = eventually(lambda: client.info("keyspace")["db0"]["avg_ttl"])
    assert 80_000 < average <= 100_000


def test_expired_keys_are_reused_by_writers(client):
    """Counters begin anew, NX succeeds, and XX fails on what has ended but still lies there."""
    client.execute_command("DEBUG", "SET-ACTIVE-EXPIRE", "0")
    try:
        for key in ("n", "nx", "xx", "append", "getset"):
            client.psetex(key, 1, 41)
        client.execute_command("DEBUG", "SLEEP", "0.02")
        assert client.incr("n") == 1
        assert client.set("nx", "v", nx=True) is True
        assert client.set("xx", "v", xx=True) is None
        assert client.append("append", "ab") == 2
        assert client.getset("getset", "v") is None
        assert [client.ttl(key) for key in ("n", "nx", "xx", "append", "getset")] == [-1, -1, -2, -1, -1]
    finally:
        client.execute_command("DEBUG", "SET-ACTIVE-EXPIRE", "1")


def test_reads_of_ended_keys_are_misses(server):
    with server.raw() as client:
        client.ask("DEBUG", "SET-ACTIVE-EXPIRE", "0")
        client.ask("SET", "k", "v", "PX", "1")
        client.ask("DEBUG", "SLEEP", "0.01")
        assert parse(client.command("GET", "k")).value is None
        client.ask("DEBUG", "SET-ACTIVE-EXPIRE", "1")
        text = client.ask("INFO", "stats")
    assert (
        b"keyspace_hits:0\r\n" in text and b"keyspace_misses:1\r\n" in text and b"expired_keys:1\r\n" in text
    )


@pytest.mark.pongo_only
def test_fields_end_without_being_looked_at(client):
    for number in range(100):
        client.hset(f"h{number}", mapping={f"f{field}": "v" for field in range(200)})
        names = [f"f{field}" for field in range(100 if number else 200)]
        client.execute_command("HPEXPIRE", f"h{number}", 100, "FIELDS", len(names), *names)
    eventually(lambda: statistic(client, "stats", "expired_subkeys") == 99 * 100 + 200)
    assert client.exists("h0") == 0
    assert [client.hlen(f"h{number}") for number in range(1, 100)] == [100] * 99


@pytest.mark.pongo_only
def test_without_active_expiry_fields_end_when_they_are_looked_at(client):
    client.execute_command("DEBUG", "SET-ACTIVE-EXPIRE", 0)
    client.hset("h", mapping={"goes": 1, "stays": 2})
    client.hset("gone", "goes", 1)
    seconds, microseconds = client.time()
    soon = seconds * 1000 + microseconds // 1000 + 200
    for key in ("h", "gone"):
        client.execute_command("HPEXPIREAT", key, soon, "FIELDS", 1, "goes")
    eventually(lambda: client.hgetall("h") == {b"stays": b"2"})
    assert statistic(client, "stats", "expired_subkeys") == 1
    assert client.dbsize() == 2
    assert client.hget("gone", "goes") is None
    assert client.dbsize() == 1
    client.execute_command("DEBUG", "SET-ACTIVE-EXPIRE", 1)


@pytest.mark.pongo_only
def test_a_pause_hides_fields_without_removing_them(client):
    client.hset("h", mapping={"goes": 1, "stays": 2})
    deadline = client.time()[0] * 1000 + 1500
    client.execute_command("HPEXPIREAT", "h", deadline, "FIELDS", 1, "goes")
    client.execute_command("CLIENT", "PAUSE", 100_000, "WRITE")
    eventually(lambda: client.hgetall("h") == {b"stays": b"2"})
    assert client.hlen("h") == 1
    assert statistic(client, "stats", "expired_subkeys") == 0
    client.execute_command("CLIENT", "UNPAUSE")
    eventually(lambda: statistic(client, "stats", "expired_subkeys") == 1)

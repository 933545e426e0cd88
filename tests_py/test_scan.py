"""SCAN's guarantee: what is there from the first call to the last is returned, whatever happens meanwhile."""

import threading

import pytest

from support.resp import encode_command


def fill(server, keys, value="v", **options):
    with server.raw() as client:
        if "db" in options:
            client.ask("SELECT", options["db"])
        for start in range(0, len(keys), 5000):
            part = keys[start : start + 5000]
            client.send(b"".join(encode_command(["SET", key, value]) for key in part))
            assert set(client.read_replies(len(part))) <= {b"+OK\r\n"}


def remove(server, keys):
    with server.raw() as client:
        for start in range(0, len(keys), 1000):
            client.ask("DEL", *keys[start : start + 1000])


def scan(client, between=lambda call: None, **options):
    """All keys of a whole scan, with duplicates; between(call) runs after each call."""
    cursor, found, call = 0, [], 0
    while True:
        cursor, keys = client.scan(cursor, **options)
        found += keys
        if cursor == 0:
            return found
        between(call)
        call += 1
        assert call < 1_000_000, "the scan does not end"


def names(prefix, count):
    return [f"{prefix}:{number}".encode() for number in range(count)]


def test_a_quiet_keyspace_is_returned_whole_and_once(server, client):
    keys = names("k", 3000)
    fill(server, keys)
    assert sorted(scan(client)) == sorted(keys)
    assert sorted(scan(client, count=1)) == sorted(keys)
    assert sorted(scan(client, count=100_000)) == sorted(keys)


def test_one_key_and_none(client):
    assert scan(client) == []
    client.set("k", "v")
    assert scan(client) == [b"k"]


@pytest.mark.parametrize("count", [1, 10, 333])
def test_keys_that_stay_are_returned_while_the_table_grows(server, client, count):
    stay = names("stay", 500)
    fill(server, stay)
    new = iter(range(100))

    def grow(call):
        if call % 3 == 0 and (turn := next(new, None)) is not None:
            fill(server, names(f"new{turn}", 300))

    assert set(stay) <= set(scan(client, grow, count=count))


@pytest.mark.parametrize("count", [1, 10, 333])
def test_keys_that_stay_are_returned_while_the_table_shrinks(server, client, count):
    stay, leave = names("stay", 500), names("leave", 30_000)
    fill(server, stay + leave)
    left = iter(range(0, len(leave), 600))

    def shrink(_):
        if (start := next(left, None)) is not None:
            remove(server, leave[start : start + 600])

    assert set(stay) <= set(scan(client, shrink, count=count))
    assert set(stay) <= set(scan(client, count=count))


def test_keys_that_stay_are_returned_while_the_table_grows_and_shrinks(server, client):
    stay = names("stay", 1000)
    fill(server, stay)

    def breathe(call):
        keys = names("breath", 8000)
        if call % 20 == 5:
            fill(server, keys)
        if call % 20 == 15:
            remove(server, keys)

    assert set(stay) <= set(scan(client, breathe, count=25))


def test_keys_that_stay_are_returned_among_concurrent_writers(server):
    stay = names("stay", 2000)
    fill(server, stay)
    done = threading.Event()

    def write(number):
        while not done.is_set():
            keys = names(f"writer{number}", 3000)
            fill(server, keys)
            remove(server, keys)

    writers = [threading.Thread(target=write, args=(number,)) for number in range(3)]
    for writer in writers:
        writer.start()
    try:
        with server.redis() as client:
            for count in (10, 100, 1000):
                assert set(stay) <= set(scan(client, count=count)), f"COUNT {count} lost keys"
    finally:
        done.set()
        for writer in writers:
            writer.join()


def test_overwriting_and_touching_does_not_hide_keys(server, client):
    stay = names("stay", 500)
    fill(server, stay)

    def change(call):
        key = stay[call % len(stay)]
        client.append(key, "x" * 100)
        client.expire(key, 1000)
        client.set(stay[-call % len(stay)], "y" * 50)
        client.persist(key)

    assert sorted(set(scan(client, change, count=2))) == sorted(stay)


def test_a_renamed_or_removed_key_is_not_returned_afterwards(server, client):
    fill(server, names("k", 100))
    remove(server, names("k", 50))
    client.rename("k:99", "renamed")
    found = set(scan(client))
    assert found == set(names("k", 99)[50:]) | {b"renamed"}


def test_match_and_type_and_count_together(server, client):
    fill(server, names("apple", 1000) + names("pear", 1000))
    assert sorted(scan(client, match="apple:*", count=50)) == sorted(names("apple", 1000))
    assert sorted(scan(client, match="pear:1?", _type="string")) == sorted(names("pear", 20)[10:])
    assert scan(client, _type="list") == []
    assert scan(client, match="nothing*") == []


def test_count_bounds_the_work_of_a_call(server, client):
    """A page holds about as many keys as were asked for, so that no call takes long."""
    fill(server, names("k", 20_000))
    _, page = client.scan(0, count=100)
    assert 0 < len(page) < 1000
    _, page = client.scan(0, count=20_000)
    assert len(page) > 5_000


def test_databases_are_scanned_apart(server):
    fill(server, names("zero", 300))
    fill(server, names("one", 300), db=1)
    with server.redis() as zero, server.redis(db=1) as one:
        assert sorted(scan(zero)) == sorted(names("zero", 300))
        assert sorted(scan(one)) == sorted(names("one", 300))


def test_ended_keys_are_not_returned(server, client):
    fill(server, names("stay", 200))
    client.execute_command("DEBUG", "SET-ACTIVE-EXPIRE", "0")
    try:
        for number in range(200):
            client.psetex(f"gone:{number}", 1, "v")
        client.execute_command("DEBUG", "SLEEP", "0.01")
        assert sorted(scan(client)) == sorted(names("stay", 200))
        assert sorted(client.keys("*")) == sorted(names("stay", 200))
    finally:
        client.execute_command("DEBUG", "SET-ACTIVE-EXPIRE", "1")


def test_a_cursor_outlives_its_connection(server):
    fill(server, names("k", 500))
    cursor, found = 0, set()
    while True:
        with server.redis() as client:
            cursor, keys = client.scan(cursor, count=50)
        found |= set(keys)
        if cursor == 0:
            break
    assert found == set(names("k", 500))


@pytest.mark.parametrize("cursor", [1, 7, 12345, 2**32, 2**53 + 1, 2**64 - 1])
def test_any_cursor_is_harmless(server, client, cursor):
    """It may return anything that is there; the scan that it begins comes to an end."""
    keys = set(names("k", 300))
    fill(server, sorted(keys))
    for _ in range(10_000):
        cursor, page = client.scan(cursor)
        assert set(page) <= keys
        if cursor == 0:
            break
    assert cursor == 0

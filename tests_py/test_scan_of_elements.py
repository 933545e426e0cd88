"""SSCAN's and its kin's guarantee: what is there from the first call to the last is returned."""

import threading
from dataclasses import dataclass

import pytest


@dataclass(frozen=True)
class Collection:
    """One type's commands. A member stands between the other words of its element."""

    scan: str
    add: str
    remove: str
    size: str
    before: tuple = ()
    after: tuple = ()

    def __repr__(self):
        return self.scan

    def adding(self, members):
        return self.add, "c", *(word for name in members for word in (*self.before, name, *self.after))

    def members(self, page):
        """Pages of pairs have the member in front."""
        return page[:: len(self.before) + 1 + len(self.after)]


SET = Collection("SSCAN", "SADD", "SREM", "SCARD")
HASH = Collection("HSCAN", "HSET", "HDEL", "HLEN", after=("v",))
SORTED_SET = Collection("ZSCAN", "ZADD", "ZREM", "ZCARD", before=("1",))

every_collection = pytest.mark.parametrize("of", [SET, HASH, SORTED_SET], ids=repr)


def names(prefix, count):
    return [f"{prefix}:{number}".encode() for number in range(count)]


def fill(client, of, members):
    for start in range(0, len(members), 1000):
        client.ask(*of.adding(members[start : start + 1000]))


def empty(client, of, members):
    for start in range(0, len(members), 1000):
        client.ask(of.remove, "c", *members[start : start + 1000])


def scan(client, of, between=lambda call: None, count=10):
    """All members of a whole scan, with duplicates; between(call) runs after each call."""
    cursor, found, call = b"0", [], 0
    while True:
        cursor, page = client.ask(of.scan, "c", cursor, "COUNT", count)
        found += of.members(page)
        if cursor == b"0":
            return found
        between(call)
        call += 1
        assert call < 100_000, "the scan does not end"


@every_collection
@pytest.mark.parametrize("size", [1, 100, 5000])
def test_a_quiet_collection_is_returned_whole_and_once(server, of, size):
    members = names("m", size)
    with server.raw() as client:
        fill(client, of, members)
        for count in (1, 10, 100_000):
            assert sorted(scan(client, of, count=count)) == sorted(members)


@every_collection
@pytest.mark.parametrize("count", [1, 10, 333])
def test_members_that_stay_are_returned_while_others_come(server, of, count):
    stay = names("stay", 600)
    with server.raw() as client:
        fill(client, of, stay)
        new = iter(range(60))

        def grow(call):
            if call % 3 == 0 and (turn := next(new, None)) is not None:
                fill(client, of, names(f"new{turn}", 300))

        assert set(stay) <= set(scan(client, of, grow, count))


@every_collection
@pytest.mark.parametrize("count", [1, 10, 333])
def test_members_that_stay_are_returned_while_others_go(server, of, count):
    stay, leave = names("stay", 600), names("leave", 20_000)
    with server.raw() as client:
        fill(client, of, stay + leave)
        left = iter(range(0, len(leave), 500))

        def shrink(_):
            if (start := next(left, None)) is not None:
                empty(client, of, leave[start : start + 500])

        assert set(stay) <= set(scan(client, of, shrink, count))
        assert set(stay) <= set(scan(client, of, count=count))


@every_collection
def test_members_that_stay_are_returned_when_a_small_collection_becomes_big(server, of):
    """And the first call may have been answered by another encoding."""
    for size in (1, 100, 127, 128, 129, 200, 600):
        stay = names("stay", size)
        with server.raw() as client:
            client.ask("DEL", "c")
            fill(client, of, stay)
            grown = iter([names("new", 3000)])
            found = scan(client, of, lambda _, rest=grown, to=client: fill(to, of, next(rest, [])), count=5)
            assert set(stay) <= set(found)


@every_collection
def test_members_that_stay_are_returned_among_concurrent_writers(server, of):
    stay = names("stay", 1000)
    with server.raw() as client:
        fill(client, of, stay)
    done = threading.Event()

    def write(number):
        with server.raw() as client:
            members = names(f"writer{number}", 2000)
            while not done.is_set():
                fill(client, of, members)
                empty(client, of, members)

    writers = [threading.Thread(target=write, args=(number,)) for number in range(3)]
    for writer in writers:
        writer.start()
    try:
        with server.raw() as client:
            for count in (10, 100, 1000):
                assert set(stay) <= set(scan(client, of, count=count)), f"COUNT {count} lost members"
    finally:
        done.set()
        for writer in writers:
            writer.join()
    with server.raw() as client:
        assert client.ask(of.size, "c") == len(stay)


@every_collection
def test_a_removed_member_is_not_returned_afterwards(server, of):
    with server.raw() as client:
        fill(client, of, names("m", 1000))
        empty(client, of, names("m", 500))
        assert set(scan(client, of)) == set(names("m", 1000)[500:])


@every_collection
@pytest.mark.parametrize("cursor", [1, 7, 12345, 2**32, 2**43 - 1, 2**53 + 1, 2**64 - 1])
def test_any_cursor_is_harmless(server, of, cursor):
    """It may return anything that is there; the scan that it begins comes to an end."""
    members = set(names("m", 1000))
    with server.raw() as client:
        fill(client, of, sorted(members))
        for _ in range(10_000):
            cursor, page = client.ask(of.scan, "c", cursor)
            assert set(of.members(page)) <= members
            if cursor == b"0":
                break
        assert cursor == b"0"


@every_collection
def test_count_bounds_the_work_of_a_call(server, of):
    with server.raw() as client:
        fill(client, of, names("m", 20_000))
        _, page = client.ask(of.scan, "c", 0, "COUNT", 100)
        assert 0 < len(of.members(page)) < 1000


@every_collection
def test_match_leaves_the_others_out(server, of):
    with server.raw() as client:
        fill(client, of, names("apple", 1000) + names("pear", 1000))
        found, cursor = [], b"0"
        while True:
            cursor, page = client.ask(of.scan, "c", cursor, "MATCH", "pear:1?", "COUNT", "50")
            found += of.members(page)
            if cursor == b"0":
                break
        assert sorted(found) == sorted(names("pear", 20)[10:])

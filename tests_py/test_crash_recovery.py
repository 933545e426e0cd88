"""A server that is killed at any moment comes back with what it has acknowledged, and with nothing by halves.

A process that is killed takes with it what it had not yet given to the system: that is what is tested here,
not what a disk loses that is switched off.
"""

import math
import random
import threading
import time

import pytest

from support.append_only import KEEPING, need_append_only
from support.resp import ConnectionClosed, encode_command, parse
from support.settings import CRASHES, is_pongo, seconds, server_binary

CLIENTS = 8
# So that what is written in the background takes a while.
SLOWLY = ("--rdb-key-save-delay", "1000")
FILLERS = 300
SCRIPT = "for _, key in ipairs(KEYS) do redis.call('SET', key, ARGV[1]) end"


class Sequence:
    """The writes of one client in one way, which are numbered from 1 on."""

    def __init__(self, client_number):
        self.number = client_number
        self.keys = [f"{type(self).__name__}:{client_number}:{part}" for part in range(3)]
        self.begin(0)

    def begin(self, found):
        """So many are there."""
        self.first, self.sent, self.acknowledged_at = found, found, []

    def write_next(self, client):
        self.sent += 1
        self.write(client, self.sent)
        self.acknowledged_at.append(time.monotonic())

    def check(self, client, killed_at, may_lose_s):
        found = self.found(client)
        acknowledged = self.first + len(self.acknowledged_at)
        assert found <= self.sent, f"{self.keys[0]}: {found} of {self.sent} writes"
        for moment in self.acknowledged_at[max(0, found - self.first) :]:
            age = killed_at - moment
            assert age < may_lose_s, f"{self.keys[0]}: {found} of {acknowledged}, one {age:.3f} s old is lost"
        self.begin(found)


class Pushes(Sequence):
    """Each write adds its number to a list."""

    def write(self, client, number):
        client.ask("RPUSH", self.keys[0], number)

    def found(self, client):
        items = client.ask("LRANGE", self.keys[0], 0, -1)
        assert items == [b"%d" % number for number in range(1, len(items) + 1)], f"{items[-20:]}"
        return len(items)


class Together(Sequence):
    """Each write sets three keys to its number."""

    def found(self, client):
        values = client.ask("MGET", *self.keys)
        assert len(set(values)) == 1, f"{self.keys[0]}: {values}"
        return int(values[0] or 0)


class Transactions(Together):
    def write(self, client, number):
        transaction(client, [("SET", key, number) for key in self.keys])


class Scripts(Together):
    def write(self, client, number):
        client.ask("EVAL", SCRIPT, 3, *self.keys, number)


class SharedKeys(Sequence):
    """Each write counts at three keys, which belong to all clients."""

    def write(self, client, number):
        transaction(client, [("HINCRBY", "left", self.number, 1), ("HINCRBY", "right", self.number, 1),
                             ("INCR", "both")])

    def found(self, client):
        left, right = (client.ask("HGET", key, self.number) for key in ("left", "right"))
        assert left == right
        assert sum(map(int, client.ask("HVALS", "left"))) == int(client.ask("GET", "both") or 0)
        return int(left or 0)


def transaction(client, commands):
    """In one write, and its replies."""
    commands = [("MULTI",), *commands, ("EXEC",)]
    client.send(b"".join(map(encode_command, commands)))
    for _ in commands:
        reply = parse(client.read_answer())
        assert not reply.is_error, reply


class Load:
    """Clients that write until the server is gone; what they have been told is counted."""

    def __init__(self, server, sequences, draw):
        self._count, self._news = 0, threading.Condition()
        self._faults = []
        seeds = [draw.random() for _ in sequences]
        self._threads = [threading.Thread(target=self._write, args=(server, own, random.Random(seed)))
                         for own, seed in zip(sequences, seeds)]
        for thread in self._threads:
            thread.start()

    def wait_for(self, more):
        """Returns when so many more writes have been acknowledged."""
        with self._news:
            goal = self._count + more
            arrived = self._news.wait_for(lambda: self._count >= goal or self._faults, timeout=seconds(60))
        assert arrived and not self._faults, self._faults

    def join(self):
        for thread in self._threads:
            thread.join()
        assert not self._faults, self._faults

    def _write(self, server, sequences, draw):
        try:
            with server.raw() as client:
                while True:
                    draw.choice(sequences).write_next(client)
                    with self._news:
                        self._count += 1
                        self._news.notify_all()
        except (ConnectionClosed, OSError):
            pass
        except Exception as fault:  # pylint: disable=broad-except
            with self._news:
                self._faults.append(fault)
                self._news.notify_all()


def kill_at_some_moment(server, load, draw, most, commands=(None, "BGREWRITEAOF", "BGSAVE")):
    """Returns when that was. Often something is being written in the background then."""
    load.wait_for(draw.randint(1, most))
    command = draw.choice(commands)
    if command:
        with server.raw() as client:
            parse(client.command(command))  # One may still be running.
        load.wait_for(draw.randint(1, most))
    killed_at = time.monotonic()
    server.kill()
    load.join()
    return killed_at


@pytest.mark.parametrize("reactors", [1, 2])
@pytest.mark.parametrize("appendfsync, may_lose_s, most", [("always", 0, 500), ("everysec", 2, 8000)])
def test_what_was_acknowledged_is_there_after_a_crash(start_server, tmp_path, appendfsync, may_lose_s, most,
                                                      reactors):
    flags = [*KEEPING, *SLOWLY, "--appendfsync", appendfsync, *reactor_choice(reactors)]
    server = start_server(*flags, directory=tmp_path / "crashes")
    with server.raw() as client:
        need_append_only(client)
        add_fillers(client)
    sequences = some_sequences()
    for crash in range(CRASHES):
        draw = random.Random(f"{appendfsync} {reactors} {crash}")
        killed_at = kill_at_some_moment(server, Load(server, sequences, draw), draw, most)
        server = start_server(*flags, *form_of_file(draw), directory=tmp_path / "crashes")
        check(server, sequences, killed_at, may_lose_s)


@pytest.mark.parametrize("reactors", [1, 2])
def test_a_crash_during_a_save_leaves_a_file_that_is_whole(start_server, tmp_path, reactors):
    flags = [*SLOWLY, *reactor_choice(reactors)]
    server = start_server(*flags, directory=tmp_path / "crashes")
    with server.raw() as client:
        add_fillers(client)
        client.ask("SAVE")
    sequences = some_sequences()
    for crash in range(2 * CRASHES):
        draw = random.Random(f"save {reactors} {crash}")
        load = Load(server, sequences, draw)
        # Sometimes the save comes to its end.
        killed_at = kill_at_some_moment(server, load, draw, draw.choice((300, 3000)), ["BGSAVE"])
        server = start_server(*flags, directory=tmp_path / "crashes")
        check(server, sequences, killed_at, may_lose_s=math.inf)


def form_of_file(draw):
    """What may be different from start to start."""
    yield from ("--aof-use-rdb-preamble", draw.choice(("yes", "no")))
    yield from ("--aof-timestamp-enabled", draw.choice(("yes", "no")))
    if draw.random() < 0.5:  # It is written anew again and again.
        yield from ("--auto-aof-rewrite-percentage", "10", "--auto-aof-rewrite-min-size", "32kb")


def reactor_choice(reactors):
    return ["--reactors", reactors] if is_pongo(server_binary()) else []


def add_fillers(client):
    client.ask("MSET", *(word for number in range(FILLERS) for word in (f"filler:{number}", "x" * 100)))


def some_sequences():
    """For each client one of each kind."""
    return [[kind(number) for kind in (Pushes, Transactions, Scripts, SharedKeys)]
            for number in range(CLIENTS)]


def check(server, sequences, killed_at, may_lose_s):
    with server.raw() as client:
        assert client.ask("EXISTS", *(f"filler:{number}" for number in range(FILLERS))) == FILLERS
        for sequence in sum(sequences, []):
            sequence.check(client, killed_at, may_lose_s)

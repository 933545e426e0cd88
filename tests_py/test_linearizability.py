"""What clients are answered about single keys could have come from a server that does one thing at a time.

Each round has keys of its own, so that what is to be checked stays short. Requests come in batches that the
server finds when it wakes: its reactors then work on the same keys at the same time. A command must have
taken effect after its batch was sent and before the answers to it were read.
"""

import collections
import contextlib
import random
import time
from dataclasses import dataclass, replace

import pytest

from support.linearizability import Operation, violation
from support.resp import encode_command, parse
from support.server import asleep
from support.settings import LOAD_SECONDS, seconds

CLIENTS = 8
SHARES_OF_WRITES = (0.7, 0.7, 0.4, 0.02)  # One for each key of a round. CAS succeeds where few write.
BATCH_COMMANDS = 60
LEAST_ROUNDS = 5
LEAST_SUCCESSES = 5


@dataclass(frozen=True)
class Step:
    """Requests that are one operation on a key; the answer to the last of them is the operation's."""

    key: bytes
    command: tuple
    requests: tuple


def single(key, name, *arguments):
    return Step(key, (name, *arguments), ((name, key, *arguments),))


class Recorder:
    """A client that sends batches of commands and keeps what it was answered."""

    def __init__(self, connection, number):
        self.connection = connection
        self.chance = random.Random(number)
        self.number = number
        self.values = 0
        self.successes = 0
        self.histories = collections.defaultdict(list)  # By key.
        self.watched = None  # A key, and what it held.
        self._steps, self._sent_at = [], 0.0

    def send(self, keys):
        """Ends the CAS that the last batch has begun, and begins another."""
        self._steps = [self._cas(*self.watched)] if self.watched else []
        for key, share in self.chance.choices(list(zip(keys, SHARES_OF_WRITES)), k=BATCH_COMMANDS):
            self._steps.append(self._write(key) if self.chance.random() < share else single(key, b"GET"))
        watched = self.chance.choice(keys)
        self._steps.append(Step(watched, (b"GET",), ((b"WATCH", watched), (b"GET", watched))))
        data = b"".join(encode_command(words) for step in self._steps for words in step.requests)
        self._sent_at = time.perf_counter()
        self.connection.send(data)

    def receive(self):
        replies = [self.connection.read_replies(len(step.requests))[-1] for step in self._steps]
        now = time.perf_counter()
        for step, reply in zip(self._steps, replies):
            answer = parse(reply).to_python()
            self.histories[step.key].append(Operation(step.command, answer, self._sent_at, now))
            self.successes += step.command[0] == b"CAS" and answer is not None
        self.watched = step.key, answer

    def begin_round(self):
        self.histories.clear()
        self.watched = None
        self.connection.command("UNWATCH")

    def _write(self, key):
        name = self.chance.choice([b"SET", *[b"SET GET"] * 4, *[b"INCR"] * 4, *[b"APPEND"] * 3])
        if name == b"INCR":
            return single(key, name)
        if name == b"APPEND":
            return single(key, name, b"%d" % self.chance.randrange(10))
        return single(key, b"SET", self._value(), *name.split()[1:])

    def _cas(self, key, held):
        new = self._value()
        return Step(key, (b"CAS", held, new), ((b"MULTI",), (b"SET", key, new), (b"EXEC",)))

    def _value(self):
        """One that nobody else sets, short enough to count and append for a while."""
        self.values += 1
        return b"%d" % (self.values * CLIENTS + self.number)


def record(server, clients, keys):
    """One history for each key: what each client did with it, and when."""
    for client in clients:
        client.begin_round()
    with asleep(server):
        for client in clients:
            client.send(keys)
    for client in clients:  # While the batches of others still run.
        client.receive()
        client.send(keys)
    for client in clients:
        client.receive()
    with asleep(server):
        for client in clients:
            client.send(keys)
    for client in clients:
        client.receive()
    return {key: [list(client.histories[key]) for client in clients] for key in keys}


@contextlib.contextmanager
def recorders(server):
    connections = [server.raw() for _ in range(CLIENTS)]
    try:
        yield [Recorder(connection, number) for number, connection in enumerate(connections)]
    finally:
        for connection in connections:
            connection.close()


def keys_of(number):
    return [b"round:%d:%d" % (number, key) for key in range(len(SHARES_OF_WRITES))]


def test_histories_of_single_keys_are_linearizable(start_server):
    server = start_server("--reactors", 2)
    begin = time.monotonic()
    rounds = operations = successes = 0
    with recorders(server) as clients:
        while time.monotonic() < begin + LOAD_SECONDS or rounds < LEAST_ROUNDS or successes < LEAST_SUCCESSES:
            assert time.monotonic() < begin + LOAD_SECONDS + seconds(60), "too little has happened"
            for key, history in record(server, clients, keys_of(rounds)).items():
                found = violation(history)
                assert not found, f"{key.decode()}: {found}"
                operations += sum(map(len, history))
            successes = sum(client.successes for client in clients)
            rounds += 1
    print(f"{rounds} rounds, {operations} operations, {successes} times CAS changed a value")


def changed_answer(history, name, answer):
    """The history with one answer to such a command replaced."""
    for number, operations in enumerate(history):
        for position, operation in enumerate(operations):
            if operation.command[0] == name and not isinstance(operation.answer, (Exception, type(None))):
                wrong = [replace(operation, answer=answer(operation.answer))]
                changed = operations[:position] + wrong + operations[position + 1 :]
                return history[:number] + [changed] + history[number + 1 :]
    raise AssertionError(f"there is no {name} to change")


@pytest.mark.parametrize(
    "name, answer",
    [
        (b"GET", lambda _: b"never written"),
        (b"GET", lambda _: None),
        (b"INCR", lambda number: number + 1_000_000_007),
        (b"APPEND", lambda length: length + 100),
    ],
)
def test_a_wrong_answer_in_a_recorded_history_is_found(start_server, name, answer):
    server = start_server("--reactors", 2)
    with recorders(server) as clients:
        history = record(server, clients, keys_of(0))[keys_of(0)[0]]
    assert violation(history) is None
    assert violation(changed_answer(history, name, answer))

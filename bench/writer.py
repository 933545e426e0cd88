"""A process that overwrites keys at a steady rate, can be held, and goes on at once when it is let go.

Its requests are rendered in batches and go out when they are due, whether or not the server was slow before:
a server that was held up finds the more to do. Each connection has one batch in flight. The keys come in an
order that is scattered over all of them, and each once before any comes again.
"""

from __future__ import annotations

import base64
import itertools
import multiprocessing
import os
import random
import socket
import time
from typing import Iterator, Sequence

import load

CONNECTIONS = 4
REQUESTS_PER_BATCH = 50
VALUES = 997


class Sets:
    """Renders SETs of numbered keys, with values of one size in which there is nothing to compress."""

    def __init__(self, value_bytes: int):
        draw = random.Random(1)
        self._values = [base64.b64encode(draw.randbytes(value_bytes))[:value_bytes] for _ in range(VALUES)]
        self._format = b"*3\r\n$3\r\nSET\r\n$16\r\nkey:%%012d\r\n$%d\r\n%%b\r\n" % value_bytes

    def render(self, numbers: Sequence[int], salt: int = 0) -> bytes:
        """Another salt means other values."""
        values = self._values
        pairs = [(number, values[(number + salt) % VALUES]) for number in numbers]
        return self._format * len(pairs) % tuple(itertools.chain.from_iterable(pairs))


class Writer:
    """Writes from construction until stop(), except between hold() and go_on()."""

    def __init__(self, port: int, cpus: set[int], sets: Sets, keys: int, per_second: int):
        context = multiprocessing.get_context("fork")
        self._acknowledged = context.Value("q", 0, lock=False)
        self._stopping = context.Value("b", 0, lock=False)
        self._may_write, self._is_held = context.Event(), context.Event()
        self._may_write.set()
        work = (port, cpus, sets, keys, per_second)
        self._process = context.Process(target=self._write, args=work, daemon=True)
        self._process.start()

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, *_) -> None:
        self._stopping.value = 1
        self._may_write.set()
        self._process.join(10)
        self._process.terminate()

    def acknowledged(self) -> int:
        return self._acknowledged.value

    def hold(self) -> None:
        """Returns when all that was written has been answered."""
        self._may_write.clear()
        while not self._is_held.wait(1):
            if not self._process.is_alive():
                raise SystemExit("the writer has ended")

    def go_on(self) -> None:
        self._is_held.clear()
        self._may_write.set()

    def _write(self, port: int, cpus: set[int], sets: Sets, keys: int, per_second: int) -> None:
        os.sched_setaffinity(0, cpus)
        connections = [_Connection(port) for _ in range(CONNECTIONS)]
        batches = _batches(keys)
        due = time.perf_counter()
        for connection in itertools.cycle(connections):
            if self._stopping.value:
                return
            if not self._may_write.is_set():
                self._acknowledged.value += sum(each.finish() for each in connections)
                self._is_held.set()
                self._may_write.wait()
                due = time.perf_counter()
            numbers, salt = next(batches)
            data = sets.render(numbers, salt)
            time.sleep(max(0.0, due - time.perf_counter()))
            self._acknowledged.value += connection.finish()
            connection.send(data, len(numbers))
            due += len(numbers) / per_second


class _Connection:
    """Has one batch in flight."""

    def __init__(self, port: int):
        self._socket = socket.create_connection((load.HOST, port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._awaited = 0

    def send(self, data: bytes, requests: int) -> None:
        self._socket.sendall(data)
        self._awaited = requests

    def finish(self) -> int:
        """Reads the replies to the batch, and returns how many they were."""
        requests, left = self._awaited, self._awaited * len(b"+OK\r\n")
        while left > 0:
            data = self._socket.recv(left)
            if not data:
                raise ConnectionError("the server closed a writer's connection")
            if b"-" in data:
                raise load.ServerError(data.decode())
            left -= len(data)
        self._awaited = 0
        return requests


def _batches(keys: int) -> Iterator[tuple[list[int], int]]:
    for salt in itertools.count(1):
        for numbers in load.scattered(keys, 0):
            for start in range(0, len(numbers), REQUESTS_PER_BATCH):
                yield numbers[start:start + REQUESTS_PER_BATCH], salt

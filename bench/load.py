"""Sends requests: a connection for single commands, a pipelined fill with known keys, and redis-benchmark.

Commands are tuples of words. A word may hold a placeholder, which each request replaces by digits made from
its number; `__rand_int__` is redis-benchmark's own, so that the same words serve both.
"""

from __future__ import annotations

import csv
import re
import socket
import subprocess
import time
from dataclasses import dataclass
from itertools import chain
from typing import Callable, Iterable, Iterator, Sequence

HOST = "127.0.0.1"
REQUESTS_PER_BATCH = 500
BATCHES_IN_FLIGHT = 2

# Placeholder → its printf format, which must have a fixed width, and the value for request number n.
PLACEHOLDERS: dict[str, tuple[str, Callable[[int], int]]] = {
    "__rand_int__": ("%012d", lambda n: n),
    "__six_digits__": ("%06d", lambda n: 100_000 + n * 7919 % 900_000),
    "__other_six_digits__": ("%06d", lambda n: 100_000 + n * 104_729 % 900_000),
    "__hundred_more__": ("%012d", lambda n: n + 100),
    "__ten_digits__": ("%010d", lambda n: n * 2_654_435_761 % 10**10),
    "__hours_in_ms__": ("%08d", lambda n: 10_000_000 + n * 7919 % 80_000_000),  # From 2.8 to 25 hours.
    # The ten numbers that are request n's own.
    **{f"__own_{own}__": ("%012d", lambda n, own=own: 10 * n + own) for own in range(10)},
}
_PLACEHOLDER = re.compile("|".join(PLACEHOLDERS))


class ServerError(Exception):
    """The server answered with an error."""


class Connection:
    """One blocking connection for single commands. Not thread-safe."""

    def __init__(self, port: int):
        self._socket = socket.create_connection((HOST, port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._input = self._socket.makefile("rb")

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_) -> None:
        self._input.close()
        self._socket.close()

    def call(self, *words: str) -> str | int | None:
        """Sends a command whose reply is a line, an integer or a bulk string."""
        self._socket.sendall(encoded(words))
        line = self._input.readline()
        if not line.endswith(b"\r\n"):
            raise ConnectionError("the server closed the connection")
        kind, rest = line[:1], line[1:-2].decode()
        if kind == b"-":
            raise ServerError(f"{' '.join(words)}: {rest}")
        if kind == b":":
            return int(rest)
        if kind == b"$":
            return self._bulk(int(rest))
        return rest

    def info(self, section: str) -> dict[str, str]:
        lines = str(self.call("INFO", section)).splitlines()
        return dict(line.split(":", 1) for line in lines if ":" in line)

    def _bulk(self, length: int) -> str | None:
        return None if length < 0 else self._input.read(length + 2)[:-2].decode()


def encoded(words: Sequence[str]) -> bytes:
    parts = [f"*{len(words)}\r\n"] + [f"${len(word)}\r\n{word}\r\n" for word in words]
    return "".join(parts).encode()


class RequestTemplate:
    """Renders a command with placeholders for many numbers at once."""

    def __init__(self, command: Sequence[str]):
        self._values = [PLACEHOLDERS[name][1] for word in command for name in _PLACEHOLDER.findall(word)]
        parts = [f"*{len(command)}\r\n"]
        for word in command:
            formatted = _PLACEHOLDER.sub(lambda match: PLACEHOLDERS[match[0]][0], word)
            parts.append(f"${len(rendered(word, 0))}\r\n{formatted}\r\n")
        self._formats = "".join(parts).encode()

    def render(self, numbers: Sequence[int]) -> bytes:
        columns = [map(value, numbers) for value in self._values]
        return self._formats * len(numbers) % tuple(chain.from_iterable(zip(*columns)))


def rendered(word: str, number: int) -> str:
    """The word as request `number` has it."""
    def digits(match: re.Match) -> str:
        printf_format, value = PLACEHOLDERS[match[0]]
        return printf_format % value(number)
    return _PLACEHOLDER.sub(digits, word)


def fill(port: int, command: Sequence[str], count: int, first: int = 0, ascending: bool = False) -> None:
    """Sends the command once for each number from `first` on, in scattered order, and reads all the replies.

    A few batches are in flight at a time. The command's reply must be a line or an integer; the id that XADD
    returns will do.
    """
    template = RequestTemplate(command)
    batches = in_order(count, first) if ascending else scattered(count, first)
    send_batches(port, template.render, batches, 2 if command[0] == "XADD" else 1)


def send_batches(port: int, render: Callable[[Sequence[int]], bytes], batches: Iterable[Sequence[int]],
                 lines: int = 1) -> None:
    """Sends what `render` makes of each batch of numbers: a request for each, with so many reply lines."""
    with socket.create_connection((HOST, port)) as connection:
        awaited = 0
        for numbers in batches:
            connection.sendall(render(numbers))
            awaited += len(numbers) * lines
            while awaited > REQUESTS_PER_BATCH * lines * (BATCHES_IN_FLIGHT - 1):
                awaited -= _read_replies(connection)
        while awaited:
            awaited -= _read_replies(connection)


def in_order(count: int, first: int) -> Iterator[Sequence[int]]:
    for start in range(first, first + count, REQUESTS_PER_BATCH):
        yield range(start, min(start + REQUESTS_PER_BATCH, first + count))


def scattered(count: int, first: int) -> Iterator[list[int]]:
    """Batches of the numbers from `first` on, each number once, neighbours far apart."""
    stride = 2_654_435_761  # A prime, so that it visits every number; near 2**32 over the golden ratio.
    for start in range(0, count, REQUESTS_PER_BATCH):
        batch = range(start, min(start + REQUESTS_PER_BATCH, count))
        yield [first + i * stride % count for i in batch]


def _read_replies(connection: socket.socket) -> int:
    data = connection.recv(1 << 16)
    if not data:
        raise ConnectionError("the server closed the connection")
    if data.startswith(b"-") or b"\n-" in data:
        raise ServerError(data[data.find(b"-"):][:200].decode())
    return data.count(b"\n")


@dataclass(frozen=True)
class LoadResult:
    requests_per_s: float
    p50_ms: float
    p99_ms: float


def redis_benchmark(port: int, command: Sequence[str], requests: int, pipeline: int, keys: int) -> LoadResult:
    """Runs the command `requests` times from 50 clients, `__rand_int__` being drawn from 0 to keys - 1."""
    options = ["-p", str(port), "-n", str(requests), "-P", str(pipeline), "-r", str(keys), "--csv"]
    ran = subprocess.run(["redis-benchmark", *options, *command], check=True, capture_output=True, text=True)
    header, row = csv.reader(ran.stdout.strip().splitlines()[-2:])
    fields = dict(zip(header, row))
    return LoadResult(float(fields["rps"]), float(fields["p50_latency_ms"]), float(fields["p99_latency_ms"]))


def exchange(port: int, commands: Sequence[Sequence[str]], turns: int, depth: int, reply_lines: int,
             last_line: bytes) -> LoadResult:
    """Sends the commands one after the other, as one turn, for each number up to `turns`, from one client.

    `depth` turns go in a batch, and the next batch when this one is answered. All replies of a turn together
    have so many lines; the last one is checked.
    """
    templates = [RequestTemplate(command) for command in commands]
    batches = [b"".join(template.render([number]) for number in range(start, min(start + depth, turns))
                        for template in templates) for start in range(0, turns, depth)]
    times = []
    started = time.perf_counter()
    with socket.create_connection((HOST, port)) as connection:
        for number, batch in enumerate(batches):
            sent = time.perf_counter()
            connection.sendall(batch)
            size = min(depth, turns - number * depth)
            replies = _read_lines(connection, reply_lines * size)
            times.append(time.perf_counter() - sent)
            if replies.count(last_line) != size:
                raise SystemExit(f"not every turn ends with {last_line!r}: {replies[-200:]!r}")
    elapsed = time.perf_counter() - started
    times.sort()
    return LoadResult(turns / elapsed, times[len(times) // 2] * 1e3, times[len(times) * 99 // 100] * 1e3)


def _read_lines(connection: socket.socket, lines: int) -> bytes:
    parts = []
    while lines:
        data = connection.recv(1 << 18)
        if not data:
            raise ConnectionError("the server closed the connection")
        if data.startswith(b"-"):
            raise ServerError(data[:200].decode())
        parts.append(data)
        lines -= data.count(b"\n")
    return b"".join(parts)

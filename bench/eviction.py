#!/usr/bin/python3
"""A cache that is too small: maxmemory 100 MB under a Zipf load of ten times that.

For each server, in a fresh process: clients ask for keys that are as popular as Zipf's law says, and set
those that they miss, as with a cache in front of a database. Hits are counted in the second half of the
requests, when the cache is full. Another client asks for used_memory every few milliseconds, and a probe
sends a PING every millisecond: what it waits is compared with what it waits for the same server without a
limit.
"""

from __future__ import annotations

import argparse
import itertools
import multiprocessing
import random
import socket
import time

import load
import options
import report
import servers
from probe import Probe

KEYS = 1_000_000
VALUE_BYTES = 1_000
REQUESTS = 6_000_000  # The clock of LRU counts seconds: it takes many of them.
CONNECTIONS = 4
PIPELINE = 100
POLL_S = 0.005
MISS = b"$-1\r\n"

COLUMNS = {"policy": "", "server": "", "hits %": ".2f", "most above limit %": "+.2f", "keys": ",d",
           "evicted": ",d", "requests/s": ",.0f", "CPU us": ".2f", "p50 ms": ".3f", "p99 ms": ".3f",
           "p99.9 ms": ".3f", "max ms": ".3f"}


def main() -> None:
    args = parsed_arguments()
    pinning = options.pin(args)
    print(f"{pinning}; {args.keys:,} keys of {args.value} bytes, maxmemory {args.maxmemory >> 20} MiB")
    rows = []
    for policy in args.policy.split(","):
        rows += [measure(spec, policy, args) for spec in chosen(args, policy)]
    report.print_table("A cache that is too small", rows, COLUMNS)
    settings = {"pinning": pinning, "keys": args.keys, "value bytes": args.value, "skew": args.skew,
                "maxmemory": args.maxmemory, "requests": args.requests}
    report.write_json("eviction", settings, rows)


def parsed_arguments() -> argparse.Namespace:
    parser = options.argument_parser(__doc__)
    parser.add_argument("--keys", type=int, default=KEYS)
    parser.add_argument("--value", type=int, default=VALUE_BYTES, help="bytes of each value")
    parser.add_argument("--maxmemory", type=int, default=100 << 20, help="in bytes")
    parser.add_argument("--requests", type=int, default=REQUESTS)
    parser.add_argument("--skew", type=float, default=1.0, help="the exponent of Zipf's law")
    parser.add_argument("--policy", default="allkeys-lru", help="one or more, separated by commas")
    return parser.parse_args()


def chosen(args: argparse.Namespace, policy: str) -> list[servers.ServerSpec]:
    """Each server with the limit and without, and Pongo also with two reactors."""
    limit = f"--maxmemory {args.maxmemory} --maxmemory-policy {policy}"
    specs = []
    for name in args.only.split(","):
        make = options.redis_spec if name == "redis" else options.pongo_spec
        specs += [make(args, limit), renamed(make(args), f"{name}, no limit")]
    if "pongo" in args.only:
        specs.append(options.pongo_spec(args, limit, 2, "pongo, 2 reactors"))
    return specs


def renamed(spec: servers.ServerSpec, name: str) -> servers.ServerSpec:
    return servers.ServerSpec(name, spec.command)


def measure(spec: servers.ServerSpec, policy: str, args: argparse.Namespace) -> dict:
    report.progress(f"{policy}: {spec.name}")
    with servers.Server(spec, args.server_cpus) as server, Watch(server.port) as watch:
        crowd = Clients(server.port, args)
        crowd.run(args.requests // 2)
        with Probe(server.port, args.load_cpus) as probe:
            cpu = server.cpu_seconds()
            start = time.perf_counter()
            hits = crowd.run(args.requests - args.requests // 2)
            end = time.perf_counter()
            cpu = server.cpu_seconds() - cpu
            probe.stop()
        with server.connect() as connection:
            evicted = int(connection.info("stats")["evicted_keys"])
            keys = int(connection.call("DBSIZE"))
        waits = [1e3 * wait for wait in probe.between(start, end).latencies_s]
    asked = args.requests - args.requests // 2
    is_limited = "no limit" not in spec.name
    return {"policy": policy, "server": spec.name, "hits %": 100 * hits / asked,
            "most above limit %": 100 * (watch.most() / args.maxmemory - 1) if is_limited else None,
            "keys": keys, "evicted": evicted, "requests/s": asked / (end - start),
            "CPU us": 1e6 * cpu / asked,
            **{f"{name} ms": report.percentile(waits, percent)
               for name, percent in (("p50", 50), ("p99", 99), ("p99.9", 99.9), ("max", 100))}}


class Clients:
    """Some connections that ask for keys in pipelines, and set what they miss: the same for each server."""

    def __init__(self, port: int, args: argparse.Namespace):
        self._sockets = [socket.create_connection((load.HOST, port)) for _ in range(CONNECTIONS)]
        self._random = random.Random(1)
        self._value = b"v" * args.value
        self._hit = b"$%d\r\n%s\r\n" % (args.value, self._value)
        weights = [1 / rank**args.skew for rank in range(1, args.keys + 1)]
        self._popularity = list(itertools.accumulate(weights))
        self._keys = range(args.keys)

    def run(self, requests: int) -> int:
        """Returns how many were hits."""
        misses = 0
        for _ in range(requests // (PIPELINE * CONNECTIONS)):
            asked = [self._random.choices(self._keys, cum_weights=self._popularity, k=PIPELINE)
                     for _ in self._sockets]
            for each, keys in zip(self._sockets, asked):
                each.sendall(b"".join([b"*2\r\n$3\r\nGET\r\n$12\r\nkey:%08d\r\n" % key for key in keys]))
            for each, keys in zip(self._sockets, asked):
                missed = self._missed(each, keys)
                misses += len(missed)
                self._set(each, dict.fromkeys(missed))
        return requests - misses

    def _missed(self, connection: socket.socket, keys: list[int]) -> list[int]:
        data, at, missed = bytearray(), 0, []
        for key in keys:
            while len(data) - at < len(MISS) or (data[at:at + len(MISS)] != MISS
                                                 and len(data) - at < len(self._hit)):
                data += received(connection)
            if data[at:at + len(MISS)] == MISS:
                missed.append(key)
                at += len(MISS)
            else:
                at += len(self._hit)
        return missed

    def _set(self, connection: socket.socket, keys) -> None:
        connection.sendall(b"".join([
            b"*3\r\n$3\r\nSET\r\n$12\r\nkey:%08d\r\n$%d\r\n%s\r\n" % (key, len(self._value), self._value)
            for key in keys]))
        left = len(keys) * len(b"+OK\r\n")
        while left > 0:
            data = received(connection)
            if b"-" in data:
                raise load.ServerError(data.decode())
            left -= len(data)


def received(connection: socket.socket) -> bytes:
    data = connection.recv(1 << 18)
    if not data:
        raise ConnectionError("the server closed the connection")
    return data


class Watch:
    """Asks a server again and again how much memory it uses, in a process of its own."""

    def __init__(self, port: int):
        context = multiprocessing.get_context("fork")
        self._stopping = context.Value("b", 0, lock=False)
        self._most = context.Value("q", 0, lock=False)
        self._process = context.Process(target=self._watch, args=(port,), daemon=True)
        self._process.start()

    def __enter__(self) -> Watch:
        return self

    def __exit__(self, *_) -> None:
        self._stopping.value = 1
        self._process.join()

    def most(self) -> int:
        return self._most.value

    def _watch(self, port: int) -> None:
        with load.Connection(port) as connection:
            while not self._stopping.value:
                self._most.value = max(self._most.value, int(connection.info("memory")["used_memory"]))
                time.sleep(POLL_S)


if __name__ == "__main__":
    main()

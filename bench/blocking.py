#!/usr/bin/python3
"""BLPOP: how soon a consumer that waits has what a producer pushes, and how late timeouts come.

Hand-over: one consumer waits, one producer pushes; the time is from before the push is sent until the
consumer has read the element, and until the producer has been answered too ("both"). All servers are up and
take turns, in changing order. The two clients come to the server one after the other, so that pongo-server
with two reactors gives each to another one. Timeouts: many clients wait at once for a list that stays empty,
each for a time of its own from 10 ms to 2 s, again and again.
"""

from __future__ import annotations

import argparse
import heapq
import os
import random
import select
import socket
import time
from contextlib import ExitStack
from statistics import median

import load
import options
import report
import servers
from clients import SPARE_DESCRIPTORS, allow_descriptors

VALUE = "v" * 16
# The answer to the PING comes when the server has seen the BLPOP too: what came together is answered at once.
WAIT_FOR_LIST = load.encoded(("PING",)) + load.encoded(("BLPOP", "list", "0"))
PONG = b"+PONG\r\n"
PUSH = load.encoded(("RPUSH", "list", VALUE))
PUSHED = b":1\r\n"
ELEMENT = b"*2\r\n$4\r\nlist\r\n$%d\r\n%b\r\n" % (len(VALUE), VALUE.encode())
NOTHING = b"*-1\r\n"
SHORTEST_S, LONGEST_S = 0.010, 2.0
PATIENCE_S = 30

HAND_OVER_COLUMNS = {
    "server": "", "handed over": ",d", "p50 µs": ".1f", "p50 ratio": ".3f", "p99 µs": ".1f",
    "p99 ratio": ".3f", "max µs": ",.0f", "both p50 µs": ".1f", "both ratio": ".3f", "CPU µs": ".2f",
    "CPU ratio": ".3f",
}
TIMEOUT_COLUMNS = {
    "server": "", "timeouts": ",d", "early": ",d", "p50 ms": ",.2f", "p99 ms": ",.2f", "max ms": ",.2f",
    "CPU µs": ".2f",
}


def main() -> None:
    args = parsed_arguments()
    allow_descriptors(args.clients + 2 * SPARE_DESCRIPTORS)
    args.server_cpus = args.server_cpus or os.sched_getaffinity(0)
    specs = options.chosen_servers(args, reactors=args.reactors)
    pinning = options.pin(args)
    print(f"{pinning}; {args.rounds} rounds of {args.hand_overs:,}; {args.clients:,} clients time out, "
          f"each {args.turns} times")

    hand_overs = measure_hand_overs(specs, args)
    report.print_table("From the push to the consumer", hand_overs, HAND_OVER_COLUMNS)
    timeouts = []
    for spec in specs:
        report.progress(f"{spec.name}: timeouts")
        timeouts.append(measure_timeouts(spec, args))
    report.print_table("How late BLPOP's timeouts are", timeouts, TIMEOUT_COLUMNS)

    settings = {"pinning": pinning, "rounds": args.rounds, "hand overs": args.hand_overs,
                "clients": args.clients, "turns": args.turns,
                "servers": servers.described(specs, args.server_cpus)}
    report.write_json("blocking", settings, {"hand-over": hand_overs, "timeouts": timeouts})


def parsed_arguments() -> argparse.Namespace:
    parser = options.argument_parser(__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--hand-overs", type=int, default=3_000, help="elements in a round")
    parser.add_argument("--clients", type=int, default=1_000, help="that wait until their time is over")
    parser.add_argument("--turns", type=int, default=5, help="of each of them")
    parser.add_argument("--reactors", type=int, default=2, help="of pongo-server")
    return parser.parse_args()


# Hand-over


class ProducerAndConsumer:
    def __init__(self, server: servers.Server, stack: ExitStack):
        self.server = server
        self._consumer, self._producer = (
            stack.enter_context(socket.create_connection((load.HOST, server.port), PATIENCE_S))
            for _ in range(2))
        for each in (self._consumer, self._producer):
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def round(self, count: int) -> dict:
        cpu = self.server.cpu_seconds()
        times = [self._hand_over() for _ in range(count)]
        cpu = self.server.cpu_seconds() - cpu
        waited, both = map(sorted, zip(*times))
        return {"p50 µs": report.percentile(waited, 50) * 1e6, "p99 µs": report.percentile(waited, 99) * 1e6,
                "max µs": waited[-1] * 1e6, "both p50 µs": report.percentile(both, 50) * 1e6,
                "CPU µs": cpu / count * 1e6}

    def _hand_over(self) -> tuple[float, float]:
        """The seconds until the consumer has the element, and until both have been answered."""
        self._consumer.sendall(WAIT_FOR_LIST)
        self._expect(self._consumer, PONG)
        pushed = time.perf_counter()
        self._producer.sendall(PUSH)
        self._expect(self._consumer, ELEMENT)
        received = time.perf_counter()
        self._expect(self._producer, PUSHED)
        return received - pushed, time.perf_counter() - pushed

    def _expect(self, connection: socket.socket, answer: bytes) -> None:
        received = connection.recv(1 << 12)
        if received != answer:
            raise SystemExit(f"{self.server.name}: in place of {answer!r} came {received!r}")


def measure_hand_overs(specs: list[servers.ServerSpec], args: argparse.Namespace) -> list[dict]:
    runs: dict[str, list[dict]] = {spec.name: [] for spec in specs}
    with ExitStack() as stack:
        pairs = [ProducerAndConsumer(stack.enter_context(servers.Server(spec, args.server_cpus)), stack)
                 for spec in specs]
        for pair in pairs:
            pair.round(args.hand_overs // 10 + 1)  # Warms up.
        for number in range(args.rounds):
            report.progress(f"hand-over, round {number + 1}")
            for pair in pairs if number % 2 == 0 else reversed(pairs):
                runs[pair.server.name].append(pair.round(args.hand_overs))
    return [hand_over_row(name, own, next(iter(runs.values())), args) for name, own in runs.items()]


def hand_over_row(server: str, own: list[dict], baseline: list[dict], args: argparse.Namespace) -> dict:
    """Medians over the rounds. Ratios to the first server are formed round by round."""
    def ratio(field: str) -> float:
        return median(run[field] / base[field] for run, base in zip(own, baseline))

    medians = {field: median(run[field] for run in own)
               for field in ("p50 µs", "p99 µs", "both p50 µs", "CPU µs")}
    return {"server": server, "handed over": len(own) * args.hand_overs, **medians,
            "max µs": max(run["max µs"] for run in own), "p50 ratio": ratio("p50 µs"),
            "p99 ratio": ratio("p99 µs"), "both ratio": ratio("both p50 µs"),
            "CPU ratio": ratio("CPU µs"), "rounds": own}


# Timeouts


class Waiters:
    """Clients that wait in vain, all in one epoll. Who is answered begins anew until the last turn."""

    def __init__(self, port: int, count: int, turns: int):
        self.lateness_s: list[float] = []
        self._chance = random.Random(count)
        self._epoll = select.epoll()
        self._clients: dict[int, socket.socket] = {}
        self._due: dict[int, float] = {}
        self._turns: dict[int, int] = {}
        for _ in range(count):
            client = socket.create_connection((load.HOST, port))
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._clients[client.fileno()] = client
            self._turns[client.fileno()] = turns
            self._epoll.register(client, select.EPOLLIN)

    def close(self) -> None:
        self._epoll.close()
        for client in self._clients.values():
            client.close()

    def run(self) -> None:
        """The first waits begin over the time of the longest, so that the load is even."""
        begin = time.perf_counter()
        starts = [(begin + self._chance.uniform(0, LONGEST_S), descriptor) for descriptor in self._clients]
        heapq.heapify(starts)
        waiting = len(starts)
        while waiting:
            while starts and starts[0][0] <= time.perf_counter():
                self._wait(heapq.heappop(starts)[1])
            pause = starts[0][0] - time.perf_counter() if starts else PATIENCE_S
            ready = self._epoll.poll(max(0.0, pause))
            now = time.perf_counter()
            if not ready and not starts:
                raise SystemExit(f"no timeout in {PATIENCE_S} s, though {waiting} clients wait")
            for descriptor, _ in ready:
                self._answered(descriptor, now)
                self._turns[descriptor] -= 1
                if self._turns[descriptor]:
                    self._wait(descriptor)
                else:
                    waiting -= 1

    def _wait(self, descriptor: int) -> None:
        timeout_s = round(self._chance.uniform(SHORTEST_S, LONGEST_S), 3)
        request = load.encoded(("BLPOP", "empty", str(timeout_s)))
        self._due[descriptor] = time.perf_counter() + timeout_s
        self._clients[descriptor].sendall(request)

    def _answered(self, descriptor: int, now: float) -> None:
        received = self._clients[descriptor].recv(1 << 12)
        if received != NOTHING:
            raise SystemExit(f"in place of a timeout came {received!r}")
        self.lateness_s.append(now - self._due[descriptor])


def measure_timeouts(spec: servers.ServerSpec, args: argparse.Namespace) -> dict:
    with servers.Server(spec, args.server_cpus) as server:
        waiters = Waiters(server.port, args.clients, args.turns)
        cpu = server.cpu_seconds()
        waiters.run()
        cpu = server.cpu_seconds() - cpu
        waiters.close()
    late_ms = [seconds * 1e3 for seconds in sorted(waiters.lateness_s)]
    return {"server": spec.name, "timeouts": len(late_ms), "early": sum(late < 0 for late in late_ms),
            "p50 ms": report.percentile(late_ms, 50), "p99 ms": report.percentile(late_ms, 99),
            "max ms": late_ms[-1], "CPU µs": cpu / len(late_ms) * 1e6}


if __name__ == "__main__":
    main()

#!/usr/bin/python3
"""Opens clients by the thousand, all held by this one process, and measures what they cost the server.

Connect: every client connects, sends a PING and reads its answer. Idle: the server's memory per client, and
its CPU while nobody says a word. Active: in a round all clients send a PING and are answered.
"""

from __future__ import annotations

import argparse
import resource
import select
import socket
import time
from statistics import median

import load
import options
import report
import servers

PING = load.encoded(["PING"])
PONG = b"+PONG\r\n"
SPARE_DESCRIPTORS = 200
ANSWER_TIMEOUT_S = 60
CONNECTS_AHEAD = 250  # Fewer than a listen backlog holds: a connect that finds it full takes a second more.
QUIET_S = 10          # Servers trim the buffers of clients that have been idle for seconds.

COLUMNS = {
    "server": "", "connected in s": ".2f", "bytes/client": ",.0f", "idle bytes/client": ",.0f",
    "idle CPU": ".2%", "round ms": ".1f", "worst round ms": ".1f", "requests/s": ",.0f", "CPU µs": ".2f",
    "p50 ms": ".1f", "p99 ms": ".1f", "max ms": ".1f",
}


class Crowd:
    """Many clients of one server, served by one epoll."""

    def __init__(self, port: int, count: int):
        self._epoll = select.epoll()
        self._clients: dict[int, socket.socket] = {}
        for number in range(count):
            client = socket.create_connection((load.HOST, port), timeout=ANSWER_TIMEOUT_S)
            if number % CONNECTS_AHEAD == 0:
                client.sendall(PING)
                _check(client.recv(100))
            client.setblocking(False)
            self._clients[client.fileno()] = client
            self._epoll.register(client, select.EPOLLIN)

    def close(self) -> None:
        self._epoll.close()
        for client in self._clients.values():
            client.close()

    def ping_round(self) -> list[float]:
        """Every client sends a PING; returns the seconds that each waited for its answer."""
        sent = {}
        for descriptor, client in self._clients.items():
            sent[descriptor] = time.perf_counter()
            client.send(PING)
        waited = []
        while len(waited) < len(sent):
            ready = self._epoll.poll(ANSWER_TIMEOUT_S)
            if not ready:
                raise SystemExit(f"{len(sent) - len(waited)} clients had no answer in {ANSWER_TIMEOUT_S} s")
            for descriptor, _ in ready:
                _check(self._clients[descriptor].recv(100))
                waited.append(time.perf_counter() - sent[descriptor])
        return waited


def _check(answer: bytes) -> None:
    if answer != PONG:
        raise SystemExit(f"a client read {answer!r} instead of {PONG!r}")


def main() -> None:
    args = parsed_arguments()
    allow_descriptors(args.clients + SPARE_DESCRIPTORS)
    specs = options.chosen_servers(args, f"--maxclients {args.clients + SPARE_DESCRIPTORS // 2}")
    pinning = options.pin(args)
    print(f"{pinning}; {args.clients:,} clients, {args.rounds} active rounds")

    rows = []
    for spec in specs:
        report.progress(spec.name)
        rows.append(measure(spec, args))
    report.print_table(f"{args.clients:,} clients", rows, COLUMNS)

    settings = {"pinning": pinning, "clients": args.clients, "rounds": args.rounds,
                "servers": servers.described(specs, args.server_cpus)}
    report.write_json("clients", settings, rows)
    if args.chart:
        draw(args.chart, rows)


def parsed_arguments() -> argparse.Namespace:
    parser = options.argument_parser(__doc__)
    parser.add_argument("--clients", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--idle-s", type=float, default=5, help="seconds over which idle CPU is measured")
    return parser.parse_args()


def allow_descriptors(count: int) -> None:
    """Raises this process's limit, which the servers inherit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft >= count:
        return
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (count, max(hard, count)))
    except (ValueError, OSError):
        raise SystemExit(f"{count} descriptors are needed, and the limit is {hard}: see ulimit -Hn") from None


def measure(spec: servers.ServerSpec, args: argparse.Namespace) -> dict:
    with servers.Server(spec, args.server_cpus) as server:
        before = server.settled_rss_bytes(quiet_s=0.5)
        started = time.perf_counter()
        crowd = Crowd(server.port, args.clients)
        crowd.ping_round()
        connected_s = time.perf_counter() - started
        greeted = server.rss_bytes()

        idle_rss = server.settled_rss_bytes(QUIET_S, timeout_s=60)
        idle_cpu = idle_cpu_share(server, args.idle_s)
        active = measure_rounds(server, crowd, args.rounds)
        crowd.close()
    return {"server": spec.name, "connected in s": connected_s,
            "bytes/client": (greeted - before) / args.clients,
            "idle bytes/client": (idle_rss - before) / args.clients, "idle CPU": idle_cpu, **active}


def idle_cpu_share(server: servers.Server, seconds: float) -> float:
    cpu, started = server.cpu_seconds(), time.perf_counter()
    time.sleep(seconds)
    return (server.cpu_seconds() - cpu) / (time.perf_counter() - started)


def measure_rounds(server: servers.Server, crowd: Crowd, count: int) -> dict:
    rounds, waited = [], []
    cpu = server.cpu_seconds()
    for _ in range(count):
        started = time.perf_counter()
        waited += crowd.ping_round()
        rounds.append(time.perf_counter() - started)
    cpu = server.cpu_seconds() - cpu
    waited.sort()
    return {"round ms": median(rounds) * 1e3, "worst round ms": max(rounds) * 1e3,
            "requests/s": len(waited) / sum(rounds), "CPU µs": cpu / len(waited) * 1e6,
            "p50 ms": report.percentile(waited, 50) * 1e3, "p99 ms": report.percentile(waited, 99) * 1e3,
            "max ms": waited[-1] * 1e3}


def draw(path, rows: list[dict]) -> None:
    report.bar_chart(path, "Process memory per idle client (less is better)", "bytes", ["idle client"],
                     {row["server"]: [row["idle bytes/client"]] for row in rows})


if __name__ == "__main__":
    main()

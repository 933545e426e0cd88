#!/usr/bin/python3
"""Looks for stalls: what a PING every millisecond waits while the server is made to do big things.

For each server, in a fresh process: nothing at all (idle), the insertion of 10 million keys, the expiry of 5
million of them, due at one instant, and FLUSHALL ASYNC of the rest. With --collections instead: the growth of
a hash, a set and a sorted set to 5 million members each, their removal, and a ZUNIONSTORE. The probe shares
the load core with the loader, but is scheduled before it.
"""

from __future__ import annotations

import argparse
import time

import load
import options
import report
import servers
from probe import Probe

KEYS = 10_000_000
MEMBERS = 5_000_000
UNITED = 100_000
KEY = "key:__rand_int__"
VALUE = "v" * 16
IDLE_S = 10
QUIET_AFTER_FREEING_S = 2
POLL_S = 0.05
EXPIRY_TIMEOUT_S = 180

COLUMNS = {
    "phase": "", "server": "", "seconds": ".1f", "probes": ",d", "p50 ms": ".3f", "p99 ms": ".3f",
    "p99.9 ms": ".3f", "max ms": ".3f", "probe late p99.9": ".3f", "probe late max": ".3f",
}


class Phases:
    """What was done, and when."""

    def __init__(self, server: str):
        self.server = server
        self.spans: dict[str, tuple[float, float]] = {}

    def run(self, name: str, work, *arguments):
        report.progress(f"{self.server}: {name}")
        start = time.perf_counter()
        result = work(*arguments)
        self.spans[name] = (start, time.perf_counter())
        return result


def main() -> None:
    args = parsed_arguments()
    specs = options.chosen_servers(args)
    pinning = options.pin(args) + ", where the probe goes before it"
    size = int((MEMBERS if args.collections else KEYS) * args.scale)
    print(f"{pinning}; {size:,} {'members' if args.collections else 'keys'}")

    rows = []
    for spec in specs:
        rows += measure(spec, size, args)
    order = list(dict.fromkeys(row["phase"] for row in rows))
    rows.sort(key=lambda row: order.index(row["phase"]))
    report.print_table("Latency of a PING every millisecond", rows, COLUMNS)

    settings = {"pinning": pinning, "size": size, "servers": servers.described(specs, args.server_cpus)}
    report.write_json("stall_collections" if args.collections else "stall", settings, rows)
    if args.chart:
        draw(args.chart, rows, order)


def parsed_arguments() -> argparse.Namespace:
    parser = options.argument_parser(__doc__)
    parser.add_argument("--scale", type=float, default=1.0,
                        help="a part of the keys or members, such as 0.1")
    parser.add_argument("--collections", action="store_true", help="big collections instead of many keys")
    return parser.parse_args()


def measure(spec: servers.ServerSpec, size: int, args: argparse.Namespace) -> list[dict]:
    with servers.Server(spec, args.server_cpus) as server, Probe(server.port, args.load_cpus) as probe:
        phases = Phases(server.name)
        (collection_phases if args.collections else key_phases)(server, size, phases)
        probe.stop()
    return [row_of(phase, spec.name, probe, span) for phase, span in phases.spans.items()]


def key_phases(server: servers.Server, keys: int, phases: Phases) -> None:
    phases.run("idle", time.sleep, IDLE_S)
    due = phases.run("insert", insert, server, keys)
    time.sleep(max(0.0, due - time.time()))
    phases.run("expire", wait_for_expiry, server, keys - keys // 2)
    phases.run("FLUSHALL ASYNC", call_and_free, server, "FLUSHALL", "ASYNC")


def collection_phases(server: servers.Server, members: int, phases: Phases) -> None:
    phases.run("idle", time.sleep, IDLE_S)
    phases.run("grow a hash", load.fill, server.port, ("HSET", "hash", KEY, VALUE), members)
    phases.run("grow a set", load.fill, server.port, ("SADD", "set", KEY), members)
    item = ("ZADD", "zset", "0.__ten_digits__", KEY)
    phases.run("grow a sorted set", load.fill, server.port, item, members)
    phases.run("UNLINK the hash", call_and_free, server, "UNLINK", "hash")
    phases.run("UNLINK the set", call_and_free, server, "UNLINK", "set")
    phases.run("DEL the sorted set", call_and_free, server, "DEL", "zset")
    for key in ("one", "two"):
        load.fill(server.port, ("ZADD", key, "0.__ten_digits__", KEY), UNITED)
    phases.run("ZUNIONSTORE of 100k", call_and_free, server, "ZUNIONSTORE", "both", "2", "one", "two")


def insert(server: servers.Server, keys: int) -> float:
    """Inserts the keys, half of them to expire together soon after the end. Returns when, in Unix time."""
    start = time.time()
    expiring, staying = keys // 2, keys - keys // 2
    load.fill(server.port, ("SET", KEY, VALUE), staying)
    due = time.time() + 4 * (time.time() - start) + 2  # Keys with a TTL take longer to insert.
    load.fill(server.port, ("SET", KEY, VALUE, "PXAT", str(int(due * 1000))), expiring, first=staying)
    if time.time() >= due:
        raise SystemExit(f"{server.name}: the keys were due before all of them were there")
    return due


def wait_for_expiry(server: servers.Server, staying: int) -> None:
    deadline = time.monotonic() + EXPIRY_TIMEOUT_S
    with server.connect() as connection:
        while (left := connection.call("DBSIZE") - staying) > 0:
            if time.monotonic() > deadline:
                print(f"{server.name}: {left:,} keys have not expired after {EXPIRY_TIMEOUT_S} s")
                return
            time.sleep(POLL_S)


def call_and_free(server: servers.Server, *command: str) -> None:
    """Returns when the memory has been given back, as far as it is."""
    with server.connect() as connection:
        connection.call(*command)
    rss, since = server.rough_rss_bytes(), time.monotonic()
    while time.monotonic() - since < QUIET_AFTER_FREEING_S:
        time.sleep(POLL_S)
        if (now := server.rough_rss_bytes()) < rss * 0.99:
            rss, since = now, time.monotonic()


def row_of(phase: str, server: str, probe: Probe, span: tuple[float, float]) -> dict:
    samples = probe.between(*span)

    def ms(values: list[float], percent: float) -> float:
        return report.percentile(values, percent) * 1e3

    return {"phase": phase, "server": server, "seconds": span[1] - span[0],
            "probes": len(samples.latencies_s),
            "p50 ms": ms(samples.latencies_s, 50), "p99 ms": ms(samples.latencies_s, 99),
            "p99.9 ms": ms(samples.latencies_s, 99.9), "max ms": ms(samples.latencies_s, 100),
            "probe late p99.9": ms(samples.lateness_s, 99.9), "probe late max": ms(samples.lateness_s, 100)}


def draw(path, rows: list[dict], phases: list[str]) -> None:
    names = list(dict.fromkeys(row["server"] for row in rows))
    longest = {name: [row["max ms"] for row in rows if row["server"] == name] for name in names}
    report.bar_chart(path, "Longest wait of a PING every millisecond (less is better)", "ms, logarithmic",
                     phases, longest, log=True)


if __name__ == "__main__":
    main()

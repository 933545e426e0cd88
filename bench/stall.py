#!/usr/bin/python3
"""Looks for stalls: what a PING every millisecond waits while the server is made to do big things.

For each server, in a fresh process: nothing at all (idle), the insertion of 10 million keys, the expiry of 5
million of them, due at one instant, and FLUSHALL ASYNC of the rest. The probe shares the load core with the
loader, but is scheduled before it.
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
KEY = "key:__rand_int__"
VALUE = "v" * 16
IDLE_S = 10
QUIET_AFTER_FLUSH_S = 2
POLL_S = 0.05
EXPIRY_TIMEOUT_S = 180

COLUMNS = {
    "phase": "", "server": "", "seconds": ".1f", "probes": ",d", "p50 ms": ".3f", "p99 ms": ".3f",
    "p99.9 ms": ".3f", "max ms": ".3f", "probe late p99.9": ".3f", "probe late max": ".3f",
}

Phases = dict[str, tuple[float, float]]


def main() -> None:
    args = parsed_arguments()
    specs = options.chosen_servers(args)
    pinning = options.pin(args) + ", where the probe goes before it"
    keys = int(KEYS * args.scale)
    print(f"{pinning}; {keys:,} keys")

    rows = []
    for spec in specs:
        rows += measure(spec, keys, args)
    order = list(dict.fromkeys(row["phase"] for row in rows))
    rows.sort(key=lambda row: order.index(row["phase"]))
    report.print_table("Latency of a PING every millisecond", rows, COLUMNS)

    settings = {"pinning": pinning, "keys": keys, "servers": servers.described(specs, args.server_cpus)}
    report.write_json("stall", settings, rows)
    if args.chart:
        draw(args.chart, rows, order)


def parsed_arguments() -> argparse.Namespace:
    parser = options.argument_parser(__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="a part of the 10 million keys, such as 0.1")
    return parser.parse_args()


def measure(spec: servers.ServerSpec, keys: int, args: argparse.Namespace) -> list[dict]:
    with servers.Server(spec, args.server_cpus) as server, Probe(server.port, args.load_cpus) as probe:
        phases = run_phases(server, keys)
        probe.stop()
    return [row_of(phase, spec.name, probe, span) for phase, span in phases.items()]


def run_phases(server: servers.Server, keys: int) -> Phases:
    phases: Phases = {}

    def phase(name: str, work, *arguments):
        report.progress(f"{server.name}: {name}")
        start = time.perf_counter()
        result = work(*arguments)
        phases[name] = (start, time.perf_counter())
        return result

    phase("idle", time.sleep, IDLE_S)
    due = phase("insert", insert, server, keys)
    time.sleep(max(0.0, due - time.time()))
    phase("expire", wait_for_expiry, server, keys - keys // 2)
    phase("FLUSHALL ASYNC", flush, server)
    return phases


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


def flush(server: servers.Server) -> None:
    """Returns when the memory has been given back, as far as it is."""
    with server.connect() as connection:
        connection.call("FLUSHALL", "ASYNC")
    rss, since = server.rough_rss_bytes(), time.monotonic()
    while time.monotonic() - since < QUIET_AFTER_FLUSH_S:
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

#!/usr/bin/python3
"""SET with an append-only file: requests/s, what one waits, and server CPU, by appendfsync and pipeline.

50 clients of redis-benchmark send SETs in a closed loop: one request at a time each with appendfsync always,
where all wait for the disk; one at a time and 16 at a time with everysec. The servers take turns, in changing
order, after a warm-up that doesn't count. What one fdatasync takes on the disk is measured in between: with
`always` it says how many clients have to share one, and so what there is to win.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass

import load
import options
import report
import servers

KEYS = 100_000
VALUE = "v" * 100
COMMAND = ("SET", "key:__rand_int__", VALUE)
SYNCS = 200
BLOCK = b"x" * 4096
WARM_UP = 0.1  # Of the requests of a turn.


@dataclass(frozen=True)
class Workload:
    appendfsync: str
    pipeline: int
    requests: int

    def __str__(self) -> str:
        return f"{self.appendfsync}, {self.pipeline} at a time"


WORKLOADS = [Workload("always", 1, 100_000), Workload("everysec", 1, 300_000),
             Workload("everysec", 16, 1_500_000)]

COLUMNS = {"workload": "", "server": "", "requests/s": ",.0f", "CPU us": ".2f", "busy %": ".0f",
           "p50 ms": ".3f", "p99 ms": ".3f", "requests ratio": ".2f", "CPU ratio": ".2f", "p99 ratio": ".2f"}
RATIOS = {"requests ratio": "requests/s", "CPU ratio": "CPU us", "p99 ratio": "p99 ms"}


def main() -> None:
    args = parsed_arguments()
    pinning = options.pin(args)
    print(f"{pinning}; SET of {len(VALUE)} bytes from 50 clients, {args.rounds} rounds")
    rows, syncs = [], []
    for workload in WORKLOADS:
        if workload.appendfsync in args.appendfsync.split(","):
            rows += measure(workload, args, syncs)
    report.print_table("SET with an append-only file (medians; ratios to the first server)", rows, COLUMNS)
    syncs.sort()
    sync = {f"p{percent} ms": 1e3 * report.percentile(syncs, percent) for percent in (50, 99)}
    shown = ", ".join(f"{percent} {value:.3f}" for percent, value in sync.items())
    print(f"\nfdatasync of 4 KB appended on this disk: {shown}")
    settings = {"pinning": pinning, "rounds": args.rounds, "scale": args.scale, "fdatasync": sync,
                "reactors": args.reactors}
    report.write_json("append_only", settings, rows)


def parsed_arguments() -> argparse.Namespace:
    parser = options.argument_parser(__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--reactors", type=int, default=1, help="of pongo-server")
    parser.add_argument("--scale", type=float, default=1.0, help="a part of the requests, such as 0.1")
    parser.add_argument("--appendfsync", default="always,everysec", help="one or both")
    return parser.parse_args()


def measure(workload: Workload, args: argparse.Namespace, syncs: list[float]) -> list[dict]:
    """A row for each server: the medians of all rounds. Adds what syncs of the disk took meanwhile."""
    flags = f"--appendonly yes --appendfsync {workload.appendfsync} --auto-aof-rewrite-percentage 0"
    specs = options.chosen_servers(args, flags, args.reactors)
    requests = int(workload.requests * args.scale)
    turns: dict[str, list[dict]] = {spec.name: [] for spec in specs}
    with ExitStack() as stack:
        running = [stack.enter_context(servers.Server(spec, args.server_cpus)) for spec in specs]
        for server in running:
            report.progress(f"{workload}: {server.name}")
            turn(server, workload, int(requests * WARM_UP))
            check_file(server)
        for round_number in range(args.rounds):
            for server in running if round_number % 2 == 0 else reversed(running):
                turns[server.name].append(turn(server, workload, requests))
            syncs += sync_seconds()
    base = turns[specs[0].name]
    return [{"workload": str(workload), "server": name, **medians(of_server),
             **ratios(of_server, base)} for name, of_server in turns.items()]


def turn(server: servers.Server, workload: Workload, requests: int) -> dict[str, float]:
    cpu, start = server.cpu_seconds(), time.perf_counter()
    result = load.redis_benchmark(server.port, COMMAND, requests, workload.pipeline, KEYS)
    cpu, elapsed = server.cpu_seconds() - cpu, time.perf_counter() - start
    return {"requests/s": result.requests_per_s, "CPU us": 1e6 * cpu / requests,
            "busy %": 100 * cpu / elapsed, "p50 ms": result.p50_ms, "p99 ms": result.p99_ms}


def check_file(server: servers.Server) -> None:
    """What keeps no file has nothing to be compared."""
    with server.connect() as connection:
        is_enabled = connection.info("persistence").get("aof_enabled") == "1"
    size = sum(path.stat().st_size for path in server.dir.glob("append*/*.aof"))
    if not is_enabled or not size:
        raise SystemExit(f"{server.name} keeps no append-only file")


def sync_seconds() -> list[float]:
    """What each of some appends with fdatasync takes, in a file where those of the servers are too."""
    times = []
    with tempfile.NamedTemporaryFile(prefix="bench-sync-", buffering=0) as file:
        for _ in range(SYNCS):
            file.write(BLOCK)
            start = time.perf_counter()
            os.fdatasync(file.fileno())
            times.append(time.perf_counter() - start)
    return times


def medians(turns: list[dict]) -> dict[str, float]:
    return {what: statistics.median(turn[what] for turn in turns) for what in turns[0]}


def ratios(turns: list[dict], base: list[dict]) -> dict[str, float]:
    """Medians of the ratios to the first server's turn of the same round."""
    return {ratio: statistics.median(ours[what] / theirs[what] for ours, theirs in zip(turns, base))
            for ratio, what in RATIOS.items()}


if __name__ == "__main__":
    main()

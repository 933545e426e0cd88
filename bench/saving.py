#!/usr/bin/python3
"""BGSAVE under writes: its cost in memory and latency, whether it is exact, how long saves and loads take.

For each server, in a fresh process with 5 million keys (about 1 GB): nothing at all (idle), 50,000 writes/s
that are spread over all keys, and a BGSAVE during these, while a probe sends a PING every millisecond. The
writes are held while DEBUG DIGEST tells the state, and go on when BGSAVE has answered. Then the file is
loaded and saved again without writes, on the servers' core and on all cores: its digest has to be what it
was when the save began.

Memory is the resident size, and with redis-server also what its child has to itself: copies of pages.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import tempfile
import threading
import time
from pathlib import Path

import load
import options
import report
import servers
from probe import Probe
from writer import Sets, Writer

KEYS = 5_000_000
VALUE_BYTES = 100
WRITES_PER_S = 50_000
SPAN_S = 10
POLL_S = 0.005
MEMORY_POLL_S = 0.05
MIB = 1 << 20
FLAGS = "--enable-debug-command yes"

PHASE_COLUMNS = {"phase": "", "server": "", "seconds": ".1f", "writes/s": ",.0f", "p50 ms": ".3f",
                 "p99 ms": ".3f", "p99.9 ms": ".3f", "max ms": ".3f", "memory MiB": ",.0f", "rise %": ".1f"}
SUMMARY = ["rise of memory in a save, %", "longest PING in a save, beyond idle, ms",
           "save under writes, one core, s", "save, one core, s", "load, one core, s", "save, all cores, s",
           "load, all cores, s", "file, MiB"]


def main() -> None:
    args = parsed_arguments()
    args.all_cpus = os.sched_getaffinity(0)
    pinning = options.pin(args)
    print(f"{pinning}; {args.keys:,} keys with values of {args.value} bytes, {args.writes:,} writes/s")
    makers = {"redis": lambda reactors: options.redis_spec(args, FLAGS),
              "pongo": lambda reactors: options.pongo_spec(args, FLAGS, reactors)}
    phases, results = [], {}
    for round_number in range(args.rounds):
        names = args.only.split(",")
        for name in names if round_number % 2 == 0 else reversed(names):
            figures = results.setdefault(name, {})
            phases += measure(makers[name], args, figures)
    phases.sort(key=lambda row: ["idle", "writes", "save under writes"].index(row["phase"]))
    report.print_table("A PING every millisecond, and the memory", phases, PHASE_COLUMNS)
    summary = summarized(results)
    report.print_table("In all (medians, but for the first two: the worst)", summary,
                       {"what": "", **{name: ",.2f" for name in results}, "ratio": ".2f"})
    is_exact = {name: all(figures["exact"]) for name, figures in results.items()}
    for name, exact in is_exact.items():
        print(f"{name}: the file is {'exactly' if exact else 'NOT'} the state when the save began")
    settings = {"pinning": pinning, "keys": args.keys, "value bytes": args.value, "writes/s": args.writes,
                "reactors on all cores": args.reactors, "rounds": args.rounds}
    report.write_json("saving", settings, {"phases": phases, "figures": results, "summary": summary})
    if not all(is_exact.values()):
        raise SystemExit(1)


def parsed_arguments() -> argparse.Namespace:
    parser = options.argument_parser(__doc__)
    parser.add_argument("--keys", type=int, default=KEYS)
    parser.add_argument("--value", type=int, default=VALUE_BYTES, help="bytes of each value")
    parser.add_argument("--writes", type=int, default=WRITES_PER_S, help="per second")
    parser.add_argument("--span", type=float, default=SPAN_S, help="seconds of each phase without a save")
    parser.add_argument("--reactors", type=int, default=2, help="of pongo-server when it may use all cores")
    parser.add_argument("--rounds", type=int, default=1)
    return parser.parse_args()


def measure(make, args: argparse.Namespace, figures: dict) -> list[dict]:
    """One round of one server. Adds to its figures and returns the rows of its phases."""
    directory = Path(tempfile.mkdtemp(prefix="bench-saving-"))
    try:
        rows, digest = phases_of(make(1), directory, args, figures)
        for where, spec, cpus in (("one core", make(1), args.server_cpus),
                                  ("all cores", make(args.reactors), args.all_cpus)):
            report.progress(f"{spec.name}: load and save, {where}")
            with servers.Server(spec, cpus, directory) as copy, copy.connect() as connection:
                note(figures, f"load, {where}, s", copy.start_seconds)
                figures.setdefault("exact", []).append(connection.call("DEBUG", "DIGEST") == digest)
                note(figures, f"save, {where}, s", save(copy, connection))
        note(figures, "file, MiB", (directory / "dump.rdb").stat().st_size / MIB)
    finally:
        shutil.rmtree(directory)
    return rows


def phases_of(spec: servers.ServerSpec, directory: Path, args: argparse.Namespace,
              figures: dict) -> tuple[list[dict], str]:
    """Returns the rows, and the digest of what was saved."""
    sets = Sets(args.value)
    with servers.Server(spec, args.server_cpus, directory) as server, server.connect() as connection:
        report.progress(f"{spec.name}: fill")
        load.send_batches(server.port, sets.render, load.scattered(args.keys, 0))
        with Probe(server.port, args.load_cpus) as probe:
            phases = Phases(server)
            report.progress(f"{spec.name}: idle")
            phases.run("idle", None, time.sleep, args.span)
            with Writer(server.port, args.load_cpus, sets, args.keys, args.writes) as writer:
                report.progress(f"{spec.name}: writes")
                phases.run("writes", writer, time.sleep, args.span)
                writer.hold()
                digest = connection.call("DEBUG", "DIGEST")
                report.progress(f"{spec.name}: save under writes")
                seconds = phases.run("save under writes", writer, save, server, connection, writer.go_on)
            probe.stop()
    note(figures, "save under writes, one core, s", seconds)
    note(figures, "rise of memory in a save, %", phases.rows[-1]["rise %"])
    for row in phases.rows:
        row.update(waits(probe, row))
    gain = phases.rows[-1]["max ms"] - phases.rows[0]["max ms"]
    note(figures, "longest PING in a save, beyond idle, ms", gain)
    return phases.rows, digest


class Phases:
    """Runs one phase after the other, and notes when that was, how much was written and the memory."""

    def __init__(self, server: servers.Server):
        self._server = server
        self.rows: list[dict] = []

    def run(self, name: str, writer: Writer | None, work, *arguments):
        before = self._server.rough_rss_bytes()
        written = writer.acknowledged() if writer else 0
        start = time.perf_counter()
        with MemoryWatch(self._server) as memory:
            result = work(*arguments)
        end = time.perf_counter()
        written = writer.acknowledged() - written if writer else 0
        self.rows.append({"phase": name, "server": self._server.name, "start": start, "end": end,
                          "seconds": end - start, "writes/s": written / (end - start),
                          "memory MiB": memory.most / MIB, "rise %": 100 * (memory.most / before - 1)})
        return result


class MemoryWatch:
    """The most memory that a server had, with what its children have to themselves."""

    def __init__(self, server: servers.Server):
        self._server = server
        self.most = 0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> MemoryWatch:
        self._thread.start()
        return self

    def __exit__(self, *_) -> None:
        self._stopping.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stopping.wait(MEMORY_POLL_S):
            now = self._server.rough_rss_bytes() + self._server.copied_by_children_bytes()
            self.most = max(self.most, now)


def save(server: servers.Server, connection: load.Connection, then=lambda: None) -> float:
    """Seconds from BGSAVE until the file has its name. redis-server itself learns of that a little later."""
    path = server.dir / "dump.rdb"
    old = inode(path)
    start = time.perf_counter()
    connection.call("BGSAVE")
    then()
    end = None
    while connection.info("persistence")["rdb_bgsave_in_progress"] == "1":
        time.sleep(POLL_S)
        if end is None and inode(path) != old:
            end = time.perf_counter()
    if connection.info("persistence")["rdb_last_bgsave_status"] != "ok":
        raise SystemExit(f"{server.name} could not save:\n{server.log()[-2000:]}")
    return (end or time.perf_counter()) - start


def inode(path: Path) -> int | None:
    try:
        return path.stat().st_ino
    except FileNotFoundError:
        return None


def waits(probe: Probe, row: dict) -> dict[str, float]:
    latencies = probe.between(row["start"], row["end"]).latencies_s
    return {f"{name} ms": 1e3 * report.percentile(latencies, percent)
            for name, percent in (("p50", 50), ("p99", 99), ("p99.9", 99.9), ("max", 100))}


def note(figures: dict, what: str, value: float) -> None:
    figures.setdefault(what, []).append(value)


def summarized(results: dict[str, dict]) -> list[dict]:
    rows = []
    for number, what in enumerate(SUMMARY):
        typical = max if number < 2 else statistics.median
        row = {"what": what, **{name: typical(figures[what]) for name, figures in results.items()}}
        is_comparable = {"pongo", "redis"} <= results.keys() and min(row["pongo"], row["redis"]) > 0
        row["ratio"] = row["pongo"] / row["redis"] if is_comparable else None
        rows.append(row)
    return rows


if __name__ == "__main__":
    main()

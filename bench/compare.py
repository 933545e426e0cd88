#!/usr/bin/python3
"""Compares servers under the same load: requests/s, server CPU per request, latency, ratios to redis-server.

The servers share the server cores and redis-benchmark has the load cores. For each workload every server
starts in a fresh process, is filled, and takes its turns: a round measures one server after the other, and
every other round in the opposite order, so that a machine that speeds up or slows down favours nobody.
"""

from __future__ import annotations

import argparse
import os
import time
from contextlib import ExitStack
from dataclasses import dataclass
from statistics import median

import load
import options
import report
import servers
from workloads import KEYS, WORKLOADS, Workload


@dataclass(frozen=True)
class Run:
    """One server under one load, once."""

    requests_per_s: float
    cpu_us: float  # Server CPU per request.
    busy: float    # The share of one core that the server used.
    p50_ms: float
    p99_ms: float


Runs = dict[str, list[Run]]  # By server, one per round.


def main() -> None:
    args = parsed_arguments()
    specs = specs_to_compare(args)
    if args.reactors and not args.server_cpus:
        args.server_cpus = os.sched_getaffinity(0)
    pinning = options.pin(args)
    print(f"{pinning}; {args.rounds} rounds; {args.keys:,} keys")

    rows = []
    for workload in chosen_workloads(args.workload, args.group):
        report.progress(workload.name)
        rows += rows_of(workload, measure(workload, specs, args))

    report.print_table("Per workload", rows, COLUMNS)
    means = mean_ratios(rows, specs)
    report.print_table(f"Ratios to {specs[0].name}, geometric mean over the workloads", means, MEAN_COLUMNS)
    settings = {"pinning": pinning, "rounds": args.rounds, "keys": args.keys,
                "servers": servers.described(specs, args.server_cpus)}
    name = "reactors" if args.reactors else "compare"
    report.write_json(name, settings, {"workloads": rows, "means": means})
    if args.chart:
        draw(args.chart, rows, specs)


def parsed_arguments() -> argparse.Namespace:
    parser = options.argument_parser(__doc__)
    parser.add_argument("--workload", metavar="TEXT", action="append",
                        help="only workloads with this in their name (may be given several times)")
    parser.add_argument("--group", choices=sorted({each.group for each in WORKLOADS}),
                        help="only the workloads of this group")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--keys", type=int, default=KEYS)
    parser.add_argument("--quick", action="store_true", help="a tenth of the requests and keys, two rounds")
    parser.add_argument("--reactors", type=int, metavar="N",
                        help="compare pongo-server with N reactors to the same with one, both on all cores "
                             "unless --server-cpus says otherwise")
    args = parser.parse_args()
    if args.quick:
        args.keys //= 10
        args.rounds = 2
    return args


def specs_to_compare(args: argparse.Namespace) -> list[servers.ServerSpec]:
    if args.reactors:
        return [options.pongo_spec(args, reactors=count, name=f"pongo, reactors={count}")
                for count in (1, args.reactors)]
    return options.chosen_servers(args)


def chosen_workloads(wanted: list[str] | None, group: str | None) -> list[Workload]:
    names = [each.name for each in WORKLOADS]
    chosen = [each for each in WORKLOADS if group in (None, each.group)
              and (not wanted or any(text in each.name for text in wanted))]
    if not chosen:
        raise SystemExit(f"no such workload; there are: {'; '.join(names)}")
    return chosen


def measure(workload: Workload, specs: list[servers.ServerSpec], args: argparse.Namespace) -> Runs:
    requests = workload.requests // (10 if args.quick else 1)
    runs: Runs = {spec.name: [] for spec in specs}
    with ExitStack() as stack:
        started = [stack.enter_context(servers.Server(spec, args.server_cpus)) for spec in specs]
        for server in started:
            for each in workload.fills:
                load.fill(server.port, each.command, each.count or args.keys, ascending=each.ascending)
            run_once(server, workload, requests // 10, args.keys)  # Warms up.
        for number in range(args.rounds):
            for server in started if number % 2 == 0 else reversed(started):
                runs[server.name].append(run_once(server, workload, requests, args.keys))
    return runs


def run_once(server: servers.Server, workload: Workload, requests: int, keys: int) -> Run:
    if workload.refill:
        load.fill(server.port, workload.refill, requests)
    if workload.before:
        with server.connect() as connection:
            connection.call(*workload.before)
    cpu_before, time_before = server.cpu_seconds(), time.perf_counter()
    if workload.follows:
        result = load.exchange(server.port, (workload.command, *workload.follows), requests,
                               workload.pipeline, workload.reply_lines, workload.last_line)
    else:
        result = load.redis_benchmark(server.port, workload.command, requests, workload.pipeline,
                                      workload.keys or keys)
    cpu, elapsed = server.cpu_seconds() - cpu_before, time.perf_counter() - time_before
    return Run(result.requests_per_s, cpu / requests * 1e6, cpu / elapsed, result.p50_ms, result.p99_ms)


COLUMNS = {
    "workload": "", "server": "", "requests/s": ",.0f", "ratio": ".3f", "CPU µs": ".3f", "CPU ratio": ".3f",
    "CPU spread": ".1%", "busy": ".0%", "p50 ms": ".3f", "p99 ms": ".3f",
}
MEAN_COLUMNS = {"server": "", "requests/s": ".3f", "CPU per request": ".3f"}


def rows_of(workload: Workload, runs: Runs) -> list[dict]:
    """One row per server: medians over the rounds. Ratios to the first server are formed round by round."""
    baseline = next(iter(runs.values()))
    rows = []
    for name, own in runs.items():
        cpu = [run.cpu_us for run in own]
        rows.append({
            "workload": workload.name,
            "server": name,
            "requests/s": median(run.requests_per_s for run in own),
            "ratio": median(run.requests_per_s / base.requests_per_s for run, base in zip(own, baseline)),
            "CPU µs": median(cpu),
            "CPU ratio": median(run.cpu_us / base.cpu_us for run, base in zip(own, baseline)),
            "CPU spread": (max(cpu) - min(cpu)) / median(cpu),
            "busy": median(run.busy for run in own),
            "p50 ms": median(run.p50_ms for run in own),
            "p99 ms": median(run.p99_ms for run in own),
            "rounds": [vars(run) for run in own],
        })
    return rows


def mean_ratios(rows: list[dict], specs: list[servers.ServerSpec]) -> list[dict]:
    means = []
    for spec in specs:
        own = [row for row in rows if row["server"] == spec.name]
        means.append({"server": spec.name,
                      "requests/s": report.geometric_mean([row["ratio"] for row in own]),
                      "CPU per request": report.geometric_mean([row["CPU ratio"] for row in own])})
    return means


def draw(path, rows: list[dict], specs: list[servers.ServerSpec]) -> None:
    by_server = {spec.name: [row for row in rows if row["server"] == spec.name] for spec in specs}
    groups = [row["workload"].replace(", ", "\n").replace(" in a pipeline", " deep")
              for row in by_server[specs[0].name]]
    report.bar_chart(path, "Server CPU per request (less is better); above the bars in µs",
                     f"{specs[0].name} = 1", groups,
                     {name: [row["CPU ratio"] for row in own] for name, own in by_server.items()},
                     {name: [f"{row['CPU µs']:.2f}" for row in own] for name, own in by_server.items()})


if __name__ == "__main__":
    main()

#!/usr/bin/python3
"""Measures what a server needs per item beyond the payload, which is the key's and the value's own bytes.

Each data set goes into a server of its own, started for it. Memory is the resident size of the process: what
it grew by, divided by the items, less the payload: just after the fill, and when it has settled. A server
that doesn't know the command has no figures.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

import load
import options
import report
import servers

ITEMS = 1_000_000
KEY = "key:__rand_int__"  # 16 bytes.
FIELDS = [word for number in range(10) for word in (f"field{number}", "value:__six_digits__")]


@dataclass(frozen=True)
class DataSet:
    name: str
    command: tuple[str, ...]  # Sent once per item.
    payload: int              # Bytes of user data in an item.
    part: int = 1             # Of the items that are asked for, there is one in so many.
    size: tuple[str, ...] = ("DBSIZE",)  # Tells how many items there are.


DATA_SETS = [
    DataSet("string, 16 B key, 16 B value", ("SET", KEY, "v" * 16), 32),
    DataSet("string, 16 B key, 64 B value", ("SET", KEY, "v" * 64), 80),
    DataSet("string, 16 B key, 1024 B value", ("SET", KEY, "v" * 1024), 1040),
    DataSet("string, 16 B key, 16 B value, TTL", ("SET", KEY, "v" * 16, "PX", "__hours_in_ms__"), 32),
    DataSet("counter, 16 B key, 6 digits", ("INCRBY", KEY, "__six_digits__"), 22),
    DataSet("hashes of 10 fields, 6 B and 12 B", ("HSET", KEY, *FIELDS), 16 + 10 * 18, part=10),
    DataSet("hashes of 10 fields, each with a TTL",
            ("HSETEX", KEY, "PX", "__hours_in_ms__", "FIELDS", "10", *FIELDS), 16 + 10 * 18, part=10),
    DataSet("fields of one hash, 12 B and 16 B", ("HSET", "hash", "__rand_int__", "v" * 16), 28,
            size=("HLEN", "hash")),
    DataSet("members of one set, 16 B", ("SADD", "set", KEY), 16, size=("SCARD", "set")),
    DataSet("members of one sorted set, 16 B and score", ("ZADD", "zset", "0.__ten_digits__", KEY), 24,
            size=("ZCARD", "zset")),
    DataSet("items of one list, 16 B", ("RPUSH", "list", KEY), 16, size=("LLEN", "list")),
    DataSet("entries of one stream, 24 B", ("XADD", "stream", "*", "field", "v" * 24), 24,
            size=("XLEN", "stream")),
]

COLUMNS = {
    "data set": "", "server": "", "payload": "d", "just after": ".1f", "settled": ".1f", "ratio": ".2f",
}


def main() -> None:
    args = parsed_arguments()
    specs = options.chosen_servers(args)
    pinning = options.pin(args)
    print(f"{pinning}; {args.items:,} items per data set")

    rows = []
    for data_set in DATA_SETS:
        if args.data_set and args.data_set not in data_set.name:
            continue
        report.progress(data_set.name)
        added = [measure(data_set, spec, args) for spec in specs]
        for row in added:
            if "settled" in row and "settled" in added[0]:
                row["ratio"] = row["settled"] / added[0]["settled"]
        rows += added

    report.print_table("Bytes per item beyond its payload", rows, COLUMNS)
    settings = {"pinning": pinning, "items": args.items,
                "servers": servers.described(specs, args.server_cpus)}
    report.write_json("memory", settings, rows)
    if args.chart:
        draw(args.chart, rows, specs)


def parsed_arguments() -> argparse.Namespace:
    parser = options.argument_parser(__doc__)
    parser.add_argument("--data-set", metavar="TEXT", help="only data sets with this in their name")
    parser.add_argument("--items", type=int, default=ITEMS)
    return parser.parse_args()


def measure(data_set: DataSet, spec: servers.ServerSpec, args: argparse.Namespace) -> dict:
    items = args.items // data_set.part
    with servers.Server(spec, args.server_cpus) as server:
        before = server.settled_rss_bytes(quiet_s=0.5)
        try:
            load.fill(server.port, data_set.command, items)
        except load.ServerError as error:
            if "unknown command" not in str(error):
                raise
            return {"data set": data_set.name, "server": spec.name, "payload": data_set.payload}
        just_after = server.rss_bytes()
        settled = server.settled_rss_bytes()
        with server.connect() as connection:
            stored = connection.call(*data_set.size)
    if stored != items:
        raise SystemExit(f"{spec.name} holds {stored} items instead of {items}")

    def beyond(rss: int) -> float:
        return (rss - before) / items - data_set.payload

    return {"data set": data_set.name, "server": spec.name, "payload": data_set.payload,
            "just after": beyond(just_after), "settled": beyond(settled), "rss": settled,
            "rss when empty": before}


def draw(path, rows: list[dict], specs: list[servers.ServerSpec]) -> None:
    unknown = {row["data set"] for row in rows if "settled" not in row}
    rows = [row for row in rows if row["data set"] not in unknown]
    by_server = {spec.name: [row for row in rows if row["server"] == spec.name] for spec in specs}
    groups = [row["data set"].replace(", ", "\n") for row in by_server[specs[0].name]]
    report.bar_chart(path, "Memory per item beyond its payload (less is better)", "bytes", groups,
                     {name: [row["settled"] for row in own] for name, own in by_server.items()})


if __name__ == "__main__":
    main()

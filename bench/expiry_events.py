#!/usr/bin/python3
"""How late `expired` events come: 1,000 keys end within one second, among a million keys that end in hours.

For each server, in a fresh process: a subscriber to the events notes when each comes, and the lag is how long
after the key's time that is. Who has not sent an event after the time limit gets the limit as its lag.
"""

from __future__ import annotations

import argparse
import re
import socket
import time

import load
import options
import report
import servers

BACKGROUND = 1_000_000
KEY = "key:__rand_int__"
VALUE = "v" * 16
ENDING = 1_000
SPAN_MS = 1_000
AHEAD_MS = 500
OPTION = ("CONFIG", "SET", "notify-keyspace-events", "Ex")
CHANNEL = "__keyevent@0__:expired"

COLUMNS = {"server": "", "events": ",d", "early": ",d", "p50 ms": ",.1f", "p99 ms": ",.1f", "max ms": ",.1f"}


def main() -> None:
    args = parsed_arguments()
    specs = options.chosen_servers(args)
    pinning = options.pin(args)
    print(f"{pinning}; {ENDING:,} keys end within {SPAN_MS} ms, {args.background:,} do not")

    rows = [measure(spec, args) for spec in specs]
    report.print_table(f"Lag of expired events, at most {args.timeout:.0f} s", rows, COLUMNS)

    settings = {"pinning": pinning, "background": args.background, "ending": ENDING,
                "timeout s": args.timeout, "servers": servers.described(specs, args.server_cpus)}
    report.write_json("expiry_events", settings, rows)


def parsed_arguments() -> argparse.Namespace:
    parser = options.argument_parser(__doc__)
    parser.add_argument("--background", type=int, default=BACKGROUND, help="keys that end much later")
    parser.add_argument("--timeout", type=float, default=60, help="seconds to wait for the last event")
    return parser.parse_args()


def measure(spec: servers.ServerSpec, args: argparse.Namespace) -> dict:
    with servers.Server(spec, args.server_cpus) as server, server.connect() as connection:
        report.progress(f"{server.name}: insert")
        load.fill(server.port, ("SET", KEY, VALUE, "PX", "__hours_in_ms__"), args.background)
        connection.call(*OPTION)
        with socket.create_connection((load.HOST, server.port)) as subscriber:
            subscriber.sendall(load.encoded(("SUBSCRIBE", CHANNEL)))
            subscriber.recv(1 << 16)
            report.progress(f"{server.name}: expire")
            lags_ms = sorted(lags(subscriber, due_keys(connection), args.timeout))
    return row_of(spec.name, lags_ms, args.timeout * 1e3)


def due_keys(connection: load.Connection) -> dict[bytes, float]:
    """Sets the keys; returns when each is due, in milliseconds of Unix time."""
    start = int(time.time() * 1e3) + AHEAD_MS
    due = {f"ending:{number:04}": start + number * SPAN_MS // ENDING for number in range(ENDING)}
    for key, at in due.items():
        connection.call("SET", key, VALUE, "PXAT", str(at))
    return {key.encode(): at for key, at in due.items()}


def lags(subscriber: socket.socket, due: dict[bytes, float], timeout_s: float) -> list[float]:
    """How many milliseconds after a key's time its event came, for all that came in time."""
    found: list[float] = []
    rest = b""
    end = max(due.values()) / 1e3 + timeout_s
    while len(found) < len(due) and (left := end - time.time()) > 0:
        subscriber.settimeout(left)
        try:
            data = rest + subscriber.recv(1 << 16)
        except TimeoutError:
            break
        now = time.time() * 1e3
        whole, newline, rest = data.rpartition(b"\n")
        found += [now - due[key] for key in re.findall(rb"ending:\d{4}", whole + newline)]
    return found


def row_of(server: str, lags_ms: list[float], limit_ms: float) -> dict:
    all_ms = lags_ms + [limit_ms] * (ENDING - len(lags_ms))
    return {"server": server, "events": len(lags_ms), "early": sum(lag < 0 for lag in lags_ms),
            **{f"{name} ms": report.percentile(all_ms, percent)
               for name, percent in (("p50", 50), ("p99", 99), ("max", 100))}}


if __name__ == "__main__":
    main()

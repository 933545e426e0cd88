#!/usr/bin/python3
"""One publisher, 1,000 subscribers of one channel, messages of 64 bytes: what does a delivered message cost?

All servers are up and take turns, in changing order: one message at a time, and 16 in a pipeline. Each
subscriber's bytes are compared with the expected stream. The publisher never runs ahead of the subscribers
by more than a few kilobytes, so that no limit is hit. With --slow instead: 1,000 subscribers more that do
not read for ten seconds, under a limit that is set for them; how far does the server's memory go up, are
they closed, and do those that read lose nothing?
"""

from __future__ import annotations

import argparse
import os
import socket
import threading
import time
from contextlib import ExitStack
from statistics import median

import load
import options
import report
import servers
from clients import SPARE_DESCRIPTORS, allow_descriptors
from subscribers import CHANNEL, Subscribers, message

PIPELINES = (1, 16)
PROCESSES = 2
UNREAD_MESSAGES = 256   # The most that the publisher is ahead of the slowest reader.
SAMPLE_EVERY_S = 0.02
REASON = "for overcoming of output buffer limits"  # Redis's words.

COLUMNS = {
    "in a pipeline": "", "server": "", "delivered": ",d", "deliveries/s": ",.0f", "ratio": ".3f",
    "CPU µs": ".3f", "CPU ratio": ".3f", "CPU spread": ".1%", "busy": ".0%",
}
SLOW_COLUMNS = {
    "server": "", "published": ",d", "allowed MiB": ",.0f", "RSS MiB": ",.1f", "RSS peak": ",.1f",
    "used_memory peak": ",.1f", "slow": ",d", "closed": ",d", "in INFO": ",d", "in the log": ",d",
    "readers": ",d", "readers closed": ",d",
}


class Channel:
    """A server, those who subscribe to its one channel and read, and the one who publishes."""

    def __init__(self, server: servers.Server, args: argparse.Namespace, readers: int, stack: ExitStack):
        self.server = server
        self.published = 0
        self._size = args.size
        self._readers = [
            stack.enter_context(Subscribers(server.port, share, args.size, args.load_cpus))
            for share in shares(readers, min(args.processes, readers))]
        self._publisher = stack.enter_context(socket.create_connection((load.HOST, server.port)))
        self._publisher.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def publish(self, count: int, pipeline: int) -> None:
        """Returns when all who read have got the messages."""
        for start in range(0, count, UNREAD_MESSAGES):
            self._publish_some(min(UNREAD_MESSAGES, count - start), pipeline)

    def close_readers(self) -> int:
        """Returns how many of them the server had closed."""
        return sum(readers.read_to_the_end() for readers in self._readers)

    def _publish_some(self, count: int, pipeline: int) -> None:
        for readers in self._readers:
            readers.start_reading(self.published + count)
        for start in range(0, count, pipeline):
            numbers = range(self.published + start, self.published + min(start + pipeline, count))
            self._publisher.sendall(b"".join(
                load.encoded(("PUBLISH", CHANNEL, message(number, self._size))) for number in numbers))
            self._read_replies(len(numbers))
        self.published += count
        for readers in self._readers:
            readers.wait_until_read()

    def _read_replies(self, count: int) -> None:
        while count:
            data = self._publisher.recv(1 << 16)
            if not data or b"-" in data:
                raise SystemExit(f"{self.server.name}: PUBLISH was answered with {data[:200]!r}")
            count -= data.count(b"\n")


def main() -> None:
    args = parsed_arguments()
    specs = specs_to_measure(args)
    pinning = options.pin(args)
    if args.slow:
        print(f"{pinning}; {args.slow:,} subscribers that don't read for {args.slow_s} s, "
              f"{args.subscribers:,} that do; {args.limit} bytes at most for each")
        rows = [measure_slow(spec, args) for spec in specs]
        report.print_table("Subscribers that don't read", rows, SLOW_COLUMNS)
    else:
        print(f"{pinning}; {args.subscribers:,} subscribers, {args.messages:,} messages of {args.size} bytes "
              f"in each of {args.rounds} rounds")
        rows = [row for pipeline in PIPELINES for row in measure(specs, pipeline, args)]
        report.print_table("Fan-out", rows, COLUMNS)

    settings = {"pinning": pinning, "subscribers": args.subscribers, "messages": args.messages,
                "size": args.size, "rounds": args.rounds, "slow": args.slow, "limit": args.limit,
                "servers": servers.described(specs, args.server_cpus)}
    report.write_json("fanout_slow" if args.slow else "fanout", settings, rows)


def parsed_arguments() -> argparse.Namespace:
    parser = options.argument_parser(__doc__)
    parser.add_argument("--subscribers", type=int, help="that read (default: 1,000; with --slow 100)")
    parser.add_argument("--messages", type=int, default=2_000, help="in a round")
    parser.add_argument("--size", type=int, default=64, help="bytes of a message")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--processes", type=int, default=PROCESSES, help="that hold the subscribers")
    parser.add_argument("--reactors", type=int, default=2, help="of pongo-server")
    parser.add_argument("--slow", type=int, nargs="?", const=1_000, default=0, metavar="COUNT",
                        help="measure with so many subscribers that don't read (1,000 if no count is given)")
    parser.add_argument("--slow-s", type=float, default=10, help="seconds for which they don't")
    parser.add_argument("--limit", type=int, default=256 << 10, help="client-output-buffer-limit, in bytes")
    args = parser.parse_args()
    args.subscribers = args.subscribers or (100 if args.slow else 1_000)
    return args


def specs_to_measure(args: argparse.Namespace) -> list[servers.ServerSpec]:
    clients = args.subscribers + args.slow + SPARE_DESCRIPTORS
    allow_descriptors(clients + SPARE_DESCRIPTORS)
    args.server_cpus = args.server_cpus or os.sched_getaffinity(0)
    return options.chosen_servers(args, f"--maxclients {clients}", args.reactors)


def shares(count: int, parts: int) -> list[int]:
    return [count // parts + (number < count % parts) for number in range(parts)]


def measure(specs: list[servers.ServerSpec], pipeline: int, args: argparse.Namespace) -> list[dict]:
    report.progress(f"{pipeline} in a pipeline")
    runs: dict[str, list[dict]] = {spec.name: [] for spec in specs}
    with ExitStack() as stack:
        channels = [Channel(stack.enter_context(servers.Server(spec, args.server_cpus)), args,
                            args.subscribers, stack) for spec in specs]
        for channel in channels:
            run_once(channel, pipeline, args.messages // 10 + 1, args.subscribers)  # Warms up.
        for number in range(args.rounds):
            for channel in channels if number % 2 == 0 else reversed(channels):
                runs[channel.server.name].append(run_once(channel, pipeline, args.messages, args.subscribers))
    return rows_of(pipeline, runs)


def run_once(channel: Channel, pipeline: int, messages: int, subscribers: int) -> dict:
    cpu, started = channel.server.cpu_seconds(), time.perf_counter()
    channel.publish(messages, pipeline)
    cpu, elapsed = channel.server.cpu_seconds() - cpu, time.perf_counter() - started
    delivered = messages * subscribers
    return {"delivered": delivered, "deliveries/s": delivered / elapsed, "CPU µs": cpu / delivered * 1e6,
            "busy": cpu / elapsed}


def rows_of(pipeline: int, runs: dict[str, list[dict]]) -> list[dict]:
    """One row per server: medians over the rounds. Ratios to the first server are formed round by round."""
    baseline = next(iter(runs.values()))
    rows = []
    for name, own in runs.items():
        cpu = [run["CPU µs"] for run in own]
        rows.append({
            "in a pipeline": str(pipeline),
            "server": name,
            "delivered": sum(run["delivered"] for run in own),
            "deliveries/s": median(run["deliveries/s"] for run in own),
            "ratio": median(run["deliveries/s"] / base["deliveries/s"] for run, base in zip(own, baseline)),
            "CPU µs": median(cpu),
            "CPU ratio": median(run["CPU µs"] / base["CPU µs"] for run, base in zip(own, baseline)),
            "CPU spread": (max(cpu) - min(cpu)) / median(cpu),
            "busy": median(run["busy"] for run in own),
            "rounds": own,
        })
    return rows


class MemoryWatch:
    """Looks again and again how much memory the server says it uses; the kernel keeps the other peak."""

    def __init__(self, server: servers.Server):
        self._server = server
        self._stopping = threading.Event()
        self._used: list[int] = []
        server.forget_rss_peak()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> tuple[int, int]:
        """The peaks of the resident size and of used_memory, in bytes."""
        self._stopping.set()
        self._thread.join()
        return self._server.rss_peak_bytes(), max(self._used)

    def _run(self) -> None:
        with self._server.connect() as connection:
            while not self._stopping.wait(SAMPLE_EVERY_S):
                self._used.append(int(connection.info("memory")["used_memory"]))


def measure_slow(spec: servers.ServerSpec, args: argparse.Namespace) -> dict:
    report.progress(spec.name)
    with ExitStack() as stack:
        server = stack.enter_context(servers.Server(spec, args.server_cpus))
        control = stack.enter_context(server.connect())
        control.call("CONFIG", "SET", "client-output-buffer-limit", f"pubsub {args.limit} 0 0")
        channel = Channel(server, args, args.subscribers, stack)
        slow = stack.enter_context(
            Subscribers(server.port, args.slow, args.size, args.load_cpus, slow=True))

        before = server.rss_bytes()
        watch = MemoryWatch(server)
        end = time.monotonic() + args.slow_s
        while time.monotonic() < end:
            channel.publish(UNREAD_MESSAGES, pipeline=16)
        rss_peak, used_peak = watch.stop()
        closed = slow.read_to_the_end()
        counted = int(control.info("stats").get("client_output_buffer_limit_disconnections", 0))
        mib = 1 << 20
        return {"server": spec.name, "published": channel.published,
                "allowed MiB": args.slow * args.limit / mib, "RSS MiB": before / mib,
                "RSS peak": rss_peak / mib, "used_memory peak": used_peak / mib,
                "slow": args.slow, "closed": closed, "in INFO": counted,
                "in the log": server.log().count(REASON),
                "readers": args.subscribers, "readers closed": channel.close_readers()}


if __name__ == "__main__":
    main()

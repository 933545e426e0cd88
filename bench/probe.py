"""A client that sends a PING every millisecond and notes how long each answer took.

It runs in a process of its own under the real-time scheduler, where the system allows that, so that it takes
its core from the load generator at once when it is due. What is left of its own lateness is noted too: it
tells how much of a latency may be the machine's.
"""

from __future__ import annotations

import array
import gc
import multiprocessing
import os
import socket
import time
from dataclasses import dataclass

import load

INTERVAL_S = 0.001
PING = load.encoded(["PING"])


@dataclass(frozen=True)
class Samples:
    """What was measured within a span of time, sorted."""

    latencies_s: list[float]
    lateness_s: list[float]  # How much later than planned the probe was awake.


class Probe:
    """Probes from construction until stop(). Times are time.perf_counter()'s, which all processes share."""

    def __init__(self, port: int, cpus: set[int]):
        context = multiprocessing.get_context("fork")
        self._stopping = context.Value("b", 0, lock=False)
        self._results, sender = context.Pipe(duplex=False)
        self._process = context.Process(target=_probe, args=(port, cpus, self._stopping, sender), daemon=True)
        self._process.start()
        sender.close()
        self._columns: list[array.array] = []

    def __enter__(self) -> Probe:
        return self

    def __exit__(self, *_) -> None:
        if self._process.is_alive():
            self._process.terminate()
        self._process.join()

    def stop(self) -> None:
        self._stopping.value = 1
        self._columns = [array.array("d", self._results.recv_bytes()) for _ in range(3)]
        self._process.join()

    def between(self, start: float, end: float) -> Samples:
        """REQUIRES: stop() was called."""
        within = [sample for sample in zip(*self._columns) if start <= sample[0] < end]
        return Samples(sorted(sample[1] for sample in within),
                       sorted(sample[2] for sample in within if sample[2] >= 0))


def _probe(port: int, cpus: set[int], stopping, results) -> None:
    _take_precedence(cpus)
    times, latencies, lateness = array.array("d"), array.array("d"), array.array("d")
    with socket.create_connection((load.HOST, port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        due = time.perf_counter()
        while not stopping.value:
            due += INTERVAL_S
            time.sleep(max(0.0, due - time.perf_counter()))
            sent = time.perf_counter()
            connection.sendall(PING)
            if not connection.recv(64):
                raise ConnectionError("the server closed the probe's connection")
            answered = time.perf_counter()
            times.append(sent)
            latencies.append(answered - sent)
            lateness.append(sent - due)
            # A probe that waits for an answer misses its next turns. They would have waited too: count them.
            due = sent if sent - due > INTERVAL_S else due
            while due + INTERVAL_S < answered:
                due += INTERVAL_S
                times.append(due)
                latencies.append(answered - due)
                lateness.append(-1.0)
    for column in (times, latencies, lateness):
        results.send_bytes(column.tobytes())


def _take_precedence(cpus: set[int]) -> None:
    gc.disable()
    os.sched_setaffinity(0, cpus)
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    except PermissionError:
        print("no right to real-time scheduling: the probe competes with the load generator")

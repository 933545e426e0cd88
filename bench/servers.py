"""Starts the servers under measurement and reads from /proc what they cost.

Every server runs in a process of its own, on a free port, in a temporary directory, pinned to given cores,
and is stopped when its `with` block ends.
"""

from __future__ import annotations

import ctypes
import os
import shlex
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from load import Connection, ServerError

START_TIMEOUT_S = 120
START_POLL_S = 0.005
STOP_TIMEOUT_S = 30

# Servers that claim to be a Redis for their clients' sake tell their own version in a field of their own.
VERSION_FIELDS = ("pongo_version", "valkey_version", "dragonfly_version", "kvrocks_version", "redis_version")


@dataclass(frozen=True)
class ServerSpec:
    """How to start one server: its name in the tables, its command line with {port} and {dir} to fill in."""

    name: str
    command: str


class Server:
    """A running server. Use as a context manager."""

    def __init__(self, spec: ServerSpec, cpus: set[int], directory: Path | None = None):
        """A directory that is given holds what the server shall load, and stays."""
        self.name = spec.name
        self.port = free_port()
        self._is_dir_own = directory is None
        self.dir = directory or Path(tempfile.mkdtemp(prefix=f"bench-{spec.name}-"))
        self.command = spec.command.replace("{port}", str(self.port)).replace("{dir}", str(self.dir))
        self._log_path = self.dir / "output.log"
        started = time.perf_counter()
        try:
            with open(self._log_path, "wb") as log:
                self._process = subprocess.Popen(
                    shlex.split(self.command), stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                    cwd=self.dir, preexec_fn=lambda: _prepare_process(cpus))
        except OSError as error:
            self._remove_dir()
            raise SystemExit(f"{self.name} can't be started: {error}") from None
        self.pid = self._process.pid
        try:
            self._wait_until_it_answers()
        except BaseException:
            self.stop()
            raise
        self.start_seconds = time.perf_counter() - started  # Until it answered, and so had loaded its files.

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_) -> None:
        self.stop()

    def stop(self) -> None:
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._remove_dir()

    def _remove_dir(self) -> None:
        if self._is_dir_own:
            shutil.rmtree(self.dir, ignore_errors=True)

    def connect(self) -> Connection:
        return Connection(self.port)

    def version(self) -> str:
        with self.connect() as connection:
            fields = connection.info("server")
        own = [field for field in VERSION_FIELDS if field in fields]
        return f"{own[0]}:{fields[own[0]]}" if own else "unknown"

    def cpu_seconds(self) -> float:
        """User and system time of all threads, also of those that ended, in nanosecond precision."""
        return time.clock_gettime(_process_cpu_clock(self.pid))

    def rss_bytes(self) -> int:
        """The exact resident size. Reading it may hold up the server: not for measurements of latency."""
        with open(f"/proc/{self.pid}/smaps_rollup") as rollup:
            kib = next(line.split()[1] for line in rollup if line.startswith("Rss:"))
        return int(kib) * 1024

    def rough_rss_bytes(self) -> int:
        """The resident size as the kernel's lazy counters have it. Costs the server nothing."""
        with open(f"/proc/{self.pid}/statm") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGESIZE")

    def copied_by_children_bytes(self) -> int:
        """What its children have to themselves: with fork, the pages that it wrote to since."""
        try:
            children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
            rollups = [Path(f"/proc/{child}/smaps_rollup").read_text() for child in children]
        except (FileNotFoundError, ProcessLookupError):  # It has just ended.
            return 0
        return 1024 * sum(int(line.split()[1]) for rollup in rollups for line in rollup.splitlines()
                          if line.startswith("Private_Dirty:"))

    def forget_rss_peak(self) -> None:
        with open(f"/proc/{self.pid}/clear_refs", "w") as references:
            references.write("5")

    def rss_peak_bytes(self) -> int:
        """The most that was resident since the start, or since forget_rss_peak()."""
        with open(f"/proc/{self.pid}/status") as status:
            kib = next(line.split()[1] for line in status if line.startswith("VmHWM:"))
        return int(kib) * 1024

    def log(self) -> str:
        return self._log_path.read_text(errors="replace")

    def settled_rss_bytes(self, quiet_s: float = 2, timeout_s: float = 20) -> int:
        """Waits until the resident size stays the same: allocators give memory back with a delay."""
        deadline = time.monotonic() + timeout_s
        rss, since = self.rss_bytes(), time.monotonic()
        while time.monotonic() < deadline and time.monotonic() - since < quiet_s:
            time.sleep(0.1)
            now = self.rss_bytes()
            if abs(now - rss) > rss // 1000:
                rss, since = now, time.monotonic()
        return self.rss_bytes()

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                break
            try:
                with self.connect() as connection:
                    connection.call("PING")
                    return
            except OSError:
                pass
            except ServerError as error:
                if "LOADING" not in str(error):
                    raise
            time.sleep(START_POLL_S)
        raise SystemExit(f"{self.name} did not start: {self.command}\n{self.log()[-2000:]}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def described(specs: list[ServerSpec], cpus: set[int]) -> dict[str, dict[str, str]]:
    """Version and command line of each server, for the report. Starts each for a moment."""
    descriptions = {}
    for spec in specs:
        with Server(spec, cpus) as server:
            descriptions[spec.name] = {"version": server.version(), "command": spec.command}
    return descriptions


def _prepare_process(cpus: set[int]) -> None:
    """Runs in the new process: pins it, and lets it end when this script does, in whichever way."""
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)
    os.sched_setaffinity(0, cpus)


def _process_cpu_clock(pid: int) -> int:
    """The id of another process's CPU clock, made as clock_getcpuclockid(3) makes it."""
    sched_clock = 2
    return (~pid << 3) | sched_clock

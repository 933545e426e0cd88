"""Starts and stops servers: each on a free port, in its own directory, with its output kept.

A server that died, or whose output holds a sanitizer's report, has a fault(): conftest asks after every test.
"""

import contextlib
import re
import select
import signal
import socket
import subprocess
import threading
import time

import redis

from support.resp import RawClient
from support.settings import reactor_flags, seconds

READY = re.compile(r"[Rr]eady to accept connections")
SANITIZER_REPORT = re.compile(
    r"ERROR: (Address|Leak|Memory)Sanitizer|WARNING: ThreadSanitizer|runtime error: |SUMMARY: \w+Sanitizer"
)

running = set()


class RedisClient(redis.Redis):
    """redis-py whose close() closes its connections too."""

    def close(self):
        super().close()
        self.connection_pool.disconnect()


class ServerFault(Exception):
    """The server under test crashed, hung or was caught by a sanitizer."""


def free_port(host="127.0.0.1"):
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.bind((host, 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def asleep(server):
    """The server sleeps, so that it finds all that was sent meanwhile at once."""
    server.signal(signal.SIGSTOP)
    try:
        yield
    finally:
        server.signal(signal.SIGCONT)


def eventually(condition, within=10, every=0.01):
    """Asks until the condition holds and returns its value; for what announces itself by no event."""
    deadline = time.monotonic() + seconds(within)
    while not (value := condition()):
        assert time.monotonic() < deadline, f"not so within {seconds(within)} s: {condition}"
        select.select([], [], [], every)
    return value


class Server:
    """One server process.

    flags are what follows the binary, after the harness's own: `["--maxclients", "5"]`. A config text is
    written to `.config_path` and goes first. `stdin` is handed to the process's standard input.
    """

    def __init__(
        self,
        binary,
        directory,
        flags=(),
        config=None,
        stdin=None,
        port=None,
        host="127.0.0.1",
        own_flags=True,
    ):
        self.binary, self.directory, self.host = binary, directory, host
        self.flags, self.config, self.stdin, self.own_flags = list(flags), config, stdin, own_flags
        self.port = free_port() if port is None else port
        self.config_path = directory / "server.conf"
        self.process = None
        self.death_expected = False
        self._lines = []
        self._news = threading.Condition()
        self._output_ended = False

    def command_line(self):
        line = [str(self.binary)]
        if self.config is not None:
            line.append(str(self.config_path))
        elif self.stdin is not None:
            line.append("-")
        if self.own_flags:
            line += [
                "--port",
                str(self.port),
                "--dir",
                str(self.directory),
                "--save",
                "",
                "--enable-debug-command",
                "yes",
                *reactor_flags(self.binary),
            ]
        return line + [str(flag) for flag in self.flags]

    def start(self, wait_for=READY):
        """Returns self once the output matches wait_for, or, if that is None, a connection succeeds."""
        self.launch()
        if wait_for is None:
            eventually(lambda: self.process.poll() is not None or self._accepts(), within=30)
        else:
            self.wait_for_log(wait_for, within=30)
        if self.process.poll() is not None:
            raise ServerFault(f"the server ended at once with {self.process.returncode}:\n{self.log()}")
        return self

    def launch(self):
        """Starts the process and waits for nothing."""
        if self.config is not None:
            self.config_path.write_text(self.config)
        self.process = subprocess.Popen(
            self.command_line(),
            cwd=self.directory,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.PIPE if self.stdin is not None else subprocess.DEVNULL,
        )
        running.add(self)
        threading.Thread(target=self._collect, args=(self.process.stdout,), daemon=True).start()
        if self.stdin is not None:
            self.process.stdin.write(self.stdin.encode())
            self.process.stdin.close()
        return self

    def _collect(self, output):
        for line in output:
            with self._news:
                self._lines.append(line.decode("utf-8", "replace"))
                self._news.notify_all()
        with self._news:
            self._output_ended = True
            self._news.notify_all()

    def _accepts(self):
        try:
            socket.create_connection((self.host, self.port), timeout=1).close()
            return True
        except OSError:
            return False

    # What it said

    def log(self):
        with self._news:
            return "".join(self._lines)

    def wait_for_log(self, pattern, within=10, since=0):
        """The match of a pattern in the output after `since` lines; fails if the output ends without it."""
        pattern = re.compile(pattern)
        with self._news:

            def found():
                return pattern.search("".join(self._lines[since:]))

            self._news.wait_for(lambda: found() or self._output_ended, timeout=seconds(within))
            match = found()
        if not match:
            raise ServerFault(f"no {pattern.pattern!r} in the server's output:\n{self.log()}")
        return match

    def log_length(self):
        with self._news:
            return len(self._lines)

    # How it is

    @property
    def pid(self):
        return self.process.pid

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def fault(self):
        """What is wrong with it, or None."""
        report = SANITIZER_REPORT.search(self.log())
        if report:
            return f"a sanitizer spoke: {report.group()}"
        if not self.is_running() and not self.death_expected:
            return f"the server died with {self.process.returncode}"
        return None

    def memory_kib(self, field="VmRSS"):
        """A line of the process's status, such as VmRSS or VmHWM (its peak)."""
        with open(f"/proc/{self.pid}/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith(field + ":"))

    def forget_memory_peak(self):
        with open(f"/proc/{self.pid}/clear_refs", "w") as references:
            references.write("5")

    # Clients

    def raw(self, timeout=30):
        return RawClient((self.host, self.port), timeout=timeout)

    def redis(self, **options):
        options = {"host": self.host, "port": self.port, "socket_timeout": seconds(30), **options}
        return RedisClient(**options)

    # The end

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self, within=20):
        """The exit status; a server that doesn't end in time is killed, and that is a fault."""
        self.death_expected = True
        try:
            status = self.process.wait(timeout=seconds(within))
        except subprocess.TimeoutExpired:
            self.kill()
            raise ServerFault(f"the server did not end within {seconds(within)} s:\n{self.log()}") from None
        with self._news:
            self._news.wait_for(lambda: self._output_ended, timeout=seconds(5))
        return status

    def kill(self):
        self.death_expected = True
        if self.is_running():
            self.process.kill()
            self.process.wait()

    def stop(self):
        """Ends it in the orderly way, whatever state a test left it in; raises its fault if it has one."""
        running.discard(self)
        if self.process is None:
            return
        fault = self.fault()
        if self.is_running():
            self.signal(signal.SIGCONT)
            self.signal(signal.SIGTERM)
            status = self.wait()
            fault = fault or self.fault() or (f"it ended with {status} on SIGTERM" if status else None)
        if fault:
            raise ServerFault(f"{fault}; its output:\n{self.log()}")


class SharedServer:
    """A server for many tests: started at first use, and again if a test killed it."""

    def __init__(self, make):
        self._make = make
        self._server = None

    def get(self):
        if self._server is None or not self._server.is_running():
            self._server = self._make().start()
        return self._server

    def stop(self):
        if self._server is not None:
            self._server.stop()

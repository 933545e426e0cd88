"""Subscribers by the hundred in a process of their own: each must receive exactly the expected stream.

Messages are numbered, and each has the same length, so that the bytes which all subscribers of a channel must
read are known beforehand. What arrives is compared with them as it comes: every byte of every subscriber.
"""

from __future__ import annotations

import multiprocessing
import os
import select
import socket

import load

CHANNEL = "news"
CYCLE = 20_000            # Message numbers start again after so many.
RECEIVE_BYTES = 1 << 16
SLOW_RECEIVE_BUFFER = 4096
PATIENCE_S = 60


def message(number: int, size: int) -> str:
    return f"{number % CYCLE:0{size}d}"


def pushed(text: str) -> bytes:
    """A message as a subscriber receives it."""
    return b"*3\r\n$7\r\nmessage\r\n$%d\r\n%b\r\n$%d\r\n%b\r\n" % (
        len(CHANNEL), CHANNEL.encode(), len(text), text.encode())


class Subscribers:
    """Clients that subscribe at once, and read when they are told to. Use as a context manager."""

    def __init__(self, port: int, count: int, size: int, cpus: set[int], slow: bool = False):
        self.count = count
        context = multiprocessing.get_context("fork")
        self._control, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(port, count, size, cpus, slow, theirs),
                                        daemon=True)
        self._process.start()
        theirs.close()
        self._answer()  # All have subscribed.

    def __enter__(self) -> Subscribers:
        return self

    def __exit__(self, *_) -> None:
        self._process.terminate()
        self._process.join()

    def start_reading(self, messages: int) -> None:
        """All read until each has received so many messages since it subscribed. Returns at once."""
        self._control.send(messages)

    def wait_until_read(self) -> None:
        self._answer()

    def read_to_the_end(self) -> int:
        """All read what there still is. Returns how many of them the server has closed."""
        self._control.send(None)
        return self._answer()

    def _answer(self) -> int:
        try:
            answer = self._control.recv()
        except EOFError:
            raise SystemExit("a process of subscribers has died") from None
        if isinstance(answer, str):
            raise SystemExit(answer)
        return answer


class _Group:
    """The sockets of one process. How far each has read is counted in bytes of the stream."""

    def __init__(self, port: int, count: int, size: int, slow: bool):
        stream = b"".join(pushed(message(number, size)) for number in range(CYCLE))
        self._cycle_bytes = len(stream)
        self._message_bytes = self._cycle_bytes // CYCLE
        self._expected = stream + stream[:RECEIVE_BYTES]
        self._epoll = select.epoll()
        self._sockets: dict[int, socket.socket] = {}
        self._read: dict[int, int] = {}
        for _ in range(count):
            subscriber = _subscribed(port, SLOW_RECEIVE_BUFFER if slow else None)
            self._sockets[subscriber.fileno()] = subscriber
            self._read[subscriber.fileno()] = 0
            self._epoll.register(subscriber, select.EPOLLIN)

    def read(self, messages: int) -> int:
        """Everybody reads up to the end of that message; anything else, or more, is a fault."""
        end = messages * self._message_bytes
        behind = sum(read < end for read in self._read.values())
        while behind:
            for descriptor in self._ready():
                data = self._sockets[descriptor].recv(RECEIVE_BYTES)
                if not data:
                    raise ValueError("a subscriber that reads was closed")
                read = self._advance(descriptor, data)
                if read > end:
                    raise ValueError("a subscriber received more than was published")
                behind -= read == end
        return messages

    def read_to_the_end(self) -> int:
        closed = 0
        while ready := self._epoll.poll(1):
            for descriptor, _ in ready:
                try:
                    data = self._sockets[descriptor].recv(RECEIVE_BYTES)
                except ConnectionResetError:
                    data = b""
                if data:
                    self._advance(descriptor, data)
                else:
                    closed += 1
                    self._epoll.unregister(descriptor)
        return closed

    def _ready(self) -> list[int]:
        ready = self._epoll.poll(PATIENCE_S)
        if not ready:
            raise ValueError(f"nothing came for {PATIENCE_S} s, and some subscribers miss messages")
        return [descriptor for descriptor, _ in ready]

    def _advance(self, descriptor: int, data: bytes) -> int:
        read = self._read[descriptor]
        if not self._expected.startswith(data, read % self._cycle_bytes):
            raise ValueError(f"in place of message {read // self._message_bytes} came {data[:200]!r}")
        self._read[descriptor] = read + len(data)
        return read + len(data)


def _subscribed(port: int, receive_buffer: int | None) -> socket.socket:
    subscriber = socket.socket()
    if receive_buffer:
        subscriber.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    subscriber.connect((load.HOST, port))
    subscriber.sendall(load.encoded(("SUBSCRIBE", CHANNEL)))
    expected = b"*3\r\n$9\r\nsubscribe\r\n$%d\r\n%b\r\n:1\r\n" % (len(CHANNEL), CHANNEL.encode())
    received = b""
    while len(received) < len(expected) and (data := subscriber.recv(100)):
        received += data
    if received != expected:
        raise ValueError(f"SUBSCRIBE was answered with {received!r}")
    return subscriber


def _serve(port: int, count: int, size: int, cpus: set[int], slow: bool, control) -> None:
    os.sched_setaffinity(0, cpus)
    try:
        group = _Group(port, count, size, slow)
        control.send(count)
        while True:
            messages = control.recv()
            control.send(group.read_to_the_end() if messages is None else group.read(messages))
    except (ValueError, OSError) as error:
        control.send(f"a subscriber was not served as it should be: {error}")
    except EOFError:
        pass

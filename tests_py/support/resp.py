"""A client of the wire protocol, RESP2 and RESP3, that hands out the exact bytes of each reply.

RawClient reads one whole reply at a time, nested ones included. An attribute stays glued to the reply that it
describes; a push is a reply of its own, which command() puts aside. Streamed aggregates don't occur.
"""

import socket
from dataclasses import dataclass, replace
from typing import Union

from support.settings import seconds

AGGREGATES = b"*~>%|"
BLOBS = b"$!="


class ConnectionClosed(Exception):
    """The server closed the connection before a whole reply had come; `.received` is what had."""

    def __init__(self, received=b""):
        super().__init__(f"connection closed, after {received[:200]!r}" if received else "connection closed")
        self.received = received


@dataclass(frozen=True)
class Reply:
    """One reply as a tree. Scalars hold bytes, aggregates a tuple of replies, nulls of RESP2 hold None."""

    kind: str
    value: Union[bytes, tuple, None]
    attribute: Union["Reply", None] = None

    @property
    def is_error(self):
        return self.kind in "-!"

    def with_value(self, value):
        return replace(self, value=value)

    def pairs(self):
        """Fields of a map, which in RESP2 is a flat array."""
        return list(zip(self.value[::2], self.value[1::2]))

    def to_bytes(self):
        head = self.kind.encode()
        before = self.attribute.to_bytes() if self.attribute else b""
        if self.value is None:
            return before + head + b"-1\r\n"
        if head in BLOBS:
            return before + head + b"%d\r\n%b\r\n" % (len(self.value), self.value)
        if head in AGGREGATES:
            count = len(self.value) // 2 if self.kind in "%|" else len(self.value)
            return before + head + b"%d\r\n" % count + b"".join(part.to_bytes() for part in self.value)
        return before + head + self.value + b"\r\n"

    def to_python(self):
        """Plain Python values for assertions: bytes, int, None, lists; errors become Exceptions."""
        if self.value is None or self.kind == "_":
            return None
        if self.is_error:
            return RuntimeError(self.value.decode("utf-8", "replace"))
        if self.kind == ":":
            return int(self.value)
        if isinstance(self.value, tuple):
            return [part.to_python() for part in self.value]
        return self.value


def parse(data):
    """The reply that the bytes are; they must be one reply exactly."""
    reply, end = _parse_at(data, 0)
    if end != len(data):
        raise ValueError(f"{len(data) - end} bytes too many after a reply: {data[:200]!r}")
    return reply


def _parse_at(data, start):
    line_end = data.index(b"\r\n", start)
    kind, line, position = data[start : start + 1], data[start + 1 : line_end], line_end + 2
    if kind in BLOBS:
        if line == b"-1":
            return Reply(kind.decode(), None), position
        end = position + int(line)
        return Reply(kind.decode(), data[position:end]), end + 2
    if kind not in AGGREGATES:
        return Reply(kind.decode(), line), position
    if line == b"-1":
        return Reply(kind.decode(), None), position
    parts = []
    for _ in range(int(line) * (2 if kind in b"%|" else 1)):
        part, position = _parse_at(data, position)
        parts.append(part)
    reply = Reply(kind.decode(), tuple(parts))
    if kind != b"|":
        return reply, position
    described, position = _parse_at(data, position)
    return replace(described, attribute=reply), position


def encode_command(words):
    """A command as the array of bulk strings that clients send."""
    blobs = [word if isinstance(word, bytes) else str(word).encode() for word in words]
    return b"*%d\r\n" % len(blobs) + b"".join(b"$%d\r\n%b\r\n" % (len(blob), blob) for blob in blobs)


_ESCAPES = {"n": b"\n", "r": b"\r", "t": b"\t", "b": b"\b", "a": b"\a"}


def split_words(line):
    r"""Words of a line as redis-cli reads it: "double quotes" know \xNN and \n, 'single' ones only \'."""
    words, position = [], 0
    while True:
        while position < len(line) and line[position].isspace():
            position += 1
        if position == len(line):
            return words
        word, position = _word_at(line, position)
        words.append(word)


def _word_at(line, position):
    word, quote = bytearray(), ""
    while position < len(line) and (quote or not line[position].isspace()):
        letter = line[position]
        if quote == '"' and line.startswith("\\x", position):
            word.append(int(line[position + 2 : position + 4], 16))
            position += 4
        elif quote and letter == "\\" and (quote == '"' or line.startswith("\\'", position)):
            word += _ESCAPES.get(line[position + 1], line[position + 1].encode()) if quote == '"' else b"'"
            position += 2
        else:
            if quote and letter == quote:
                quote = ""
            elif not quote and letter in "\"'":
                quote = letter
            else:
                word += letter.encode()
            position += 1
    if quote:
        raise ValueError(f"unbalanced quotes: {line}")
    return bytes(word), position


class RawClient:
    """One connection. Not for use from two threads."""

    def __init__(self, address, timeout=30):
        family = (
            socket.AF_UNIX
            if isinstance(address, str)
            else (socket.AF_INET6 if ":" in address[0] else socket.AF_INET)
        )
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        self.socket.settimeout(seconds(timeout))
        self.socket.connect(address)
        if family != socket.AF_UNIX:
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._begin()

    @classmethod
    def over(cls, connected):
        """A client over a socket that is already connected."""
        client = cls.__new__(cls)
        client.socket = connected
        client._begin()
        return client

    def _begin(self):
        self.pushes = []
        self._buffer = bytearray()
        self._taken = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    @property
    def local_address(self):
        host, port = self.socket.getsockname()[:2]
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    @property
    def peer_address(self):
        host, port = self.socket.getpeername()[:2]
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    def send(self, data):
        self.socket.sendall(data)

    def send_command(self, *words):
        self.send(encode_command(words))

    def command(self, *words):
        """Sends a command, returns its reply's bytes; pushes that come first go to .pushes."""
        self.send_command(*words)
        return self.read_answer()

    def ask(self, *words):
        """Like command(), but as Python values; errors of the server are raised."""
        answer = parse(self.command(*words)).to_python()
        if isinstance(answer, RuntimeError):
            raise answer
        return answer

    def read_answer(self):
        while True:
            reply = self.read_reply()
            if not reply.startswith(b">"):
                return reply
            self.pushes.append(reply)

    def read_reply(self):
        """The bytes of the next whole reply, pushes included."""
        start = self._taken
        try:
            self._skip_reply()
        except ConnectionClosed:
            raise ConnectionClosed(bytes(self._buffer[start:])) from None
        reply = bytes(self._buffer[start : self._taken])
        if self._taken > 1 << 20 or self._taken == len(self._buffer):
            del self._buffer[: self._taken]
            self._taken = 0
        return reply

    def read_replies(self, count):
        return [self.read_reply() for _ in range(count)]

    def read_until_closed(self):
        """All that the server still sends before it closes; socket.timeout if it never does."""
        while self._receive():
            pass
        rest = bytes(self._buffer[self._taken :])
        self._buffer.clear()
        self._taken = 0
        return rest

    def is_closed(self):
        """Waits for the server to close; what it sends meanwhile is an error of the test."""
        try:
            rest = self.read_until_closed()
        except socket.timeout:
            return False
        assert not rest, f"unread bytes before the connection closed: {rest[:200]!r}"
        return True

    def _receive(self):
        try:
            data = self.socket.recv(1 << 18)
        except ConnectionResetError:
            data = b""
        self._buffer += data
        return bool(data)

    def _need(self, end):
        while len(self._buffer) < end:
            if not self._receive():
                raise ConnectionClosed()

    def _line(self):
        searched = self._taken
        while (end := self._buffer.find(b"\r\n", searched)) < 0:
            searched = max(self._taken, len(self._buffer) - 1)
            if not self._receive():
                raise ConnectionClosed()
        line = bytes(self._buffer[self._taken : end])
        self._taken = end + 2
        return line

    def _skip_reply(self):
        outstanding = 1
        while outstanding:
            outstanding -= 1
            line = self._line()
            kind, length = line[:1], line[1:]
            if kind in BLOBS and length != b"-1":
                self._need(self._taken + int(length) + 2)
                self._taken += int(length) + 2
            elif kind in AGGREGATES and length != b"-1":
                outstanding += int(length) * (2 if kind in b"%|" else 1)
                outstanding += kind == b"|"

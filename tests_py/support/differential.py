"""Runs a command sequence on the oracle and on the server under test, and compares the replies' bytes."""

import re
import socket
from dataclasses import dataclass

from support.normalise import EXACT, rule_for
from support.resp import ConnectionClosed, encode_command, parse
from support.sequences import Step
from support.server import ServerFault, eventually

REPLY_TIMEOUT = 10
NO_REPLY = b"<no reply>"
CLOSED = b"<closed>"

_PLACEHOLDER = re.compile(rb"\{(id|addr|laddr):(\w+)\}")


@dataclass(frozen=True)
class KnownException:
    """A difference that is meant."""

    what: str
    reason: str
    matches: callable


# At most five, each with its reason; `matches(words)` tells whether a command's reply is excused.
EXCEPTIONS = [
    KnownException(
        "CONFIG SET maxmemory of 2^63 bytes and more",
        "Redis stores what its unsigned arithmetic makes of it; Pongo says that it is out of range.",
        lambda words: words == (b"CONFIG", b"SET", b"maxmemory", b"99999999999999999999"),
    ),
]
MOST_EXCEPTIONS = 5
BEING_SAVED = (b"rdb_bgsave_in_progress:1", b"aof_rewrite_in_progress:1", b"aof_rewrite_scheduled:1")


def is_excused(words):
    return any(exception.matches(words) for exception in EXCEPTIONS)


class Side:
    """One of the two servers during a sequence, with the sequence's connections to it."""

    def __init__(self, shared):
        self.shared = shared
        self.protocol = 2
        self.connections = {}
        self._admin = None
        self._changed_options = {}

    @property
    def server(self):
        return self.shared.get()

    # Between sequences

    def admin(self, *words):
        """A command on the harness's own connection; made anew when a sequence killed it."""
        for _ in range(2):
            try:
                if self._admin is None:
                    self._admin = self.server.raw(REPLY_TIMEOUT)
                    self._admin.command("CLIENT", "SETNAME", "harness")
                reply = self._admin.command(*words)
                if reply.startswith(b"-NOAUTH"):
                    self.server.kill()
                    raise ServerFault("a password outlived its sequence")
                return reply
            except (ConnectionClosed, OSError):
                self._admin = None
        raise ServerFault(f"{words} got no reply; output of the server:\n{self.server.log()}")

    def reset(self):
        """No keys, default options, no connections but the harness's own, and nothing is being saved."""
        for connection in self.connections.values():
            connection.close()
        self.connections = {}
        for option, value in self._changed_options.items():
            self.admin("CONFIG", "SET", option, value)
        self._changed_options = {}
        self.admin("FLUSHALL")
        for words in (
            "CLIENT UNPAUSE",
            "SLOWLOG RESET",
            "LATENCY RESET",
            "CONFIG RESETSTAT",
            "DEBUG SET-ACTIVE-EXPIRE 1",
        ):
            self.admin(*words.split())
        eventually(lambda: self.admin("CLIENT", "LIST").count(b"laddr=") <= 1)
        eventually(lambda: not any(word in self.admin("INFO", "persistence") for word in BEING_SAVED))

    def _remember_options(self, words):
        if [word.upper() for word in words[:2]] != [b"CONFIG", b"SET"]:
            return
        for option in {word.lower() for word in words[2::2]} - set(self._changed_options):
            reply = parse(self.admin("CONFIG", "GET", option))
            if not reply.is_error and reply.value and len(reply.value) == 2:
                self._changed_options[option] = reply.value[1].value

    def change_option(self, option, value):
        """Until the next reset()."""
        self._remember_options((b"CONFIG", b"SET", option))
        self.admin("CONFIG", "SET", option, value)

    # During a sequence

    def connect(self, name):
        if name not in self.connections:
            connection = self.server.raw(REPLY_TIMEOUT)
            if self.protocol == 3:
                connection.command("HELLO", "3")
            self.connections[name] = connection
        return self.connections[name]

    def _filled_in(self, words):
        def value(match):
            connection = self.connect(match.group(2).decode())
            if match.group(1) == b"id":
                return self._told_of(connection, b"id")
            return (
                connection.local_address if match.group(1) == b"addr" else connection.peer_address
            ).encode()

        return tuple(_PLACEHOLDER.sub(value, word) for word in words)

    def _told_of(self, connection, field):
        """What CLIENT LIST says of a connection, which may be blocked."""
        mine = b" addr=" + connection.local_address.encode() + b" "
        lines = []

        def accepted():
            lines[:] = [line for line in self.admin("CLIENT", "LIST").split(b"\n") if mine in line]
            return lines

        eventually(accepted)
        return dict(word.split(b"=", 1) for word in lines[0].split())[field]

    def perform(self, step):
        """What a step showed: the replies' bytes, and CLOSED or NO_REPLY where it ended so."""
        connection = self.connect(step.connection)
        seen = []
        try:
            if step.until_blocked:
                eventually(lambda: b"b" in self._told_of(connection, b"flags"))
                return seen
            if step.scans:
                return [self._scan_all(connection, step.scans, step.words)]
            words = self._filled_in(step.words)
            self._remember_options(words)
            connection.send(encode_command(words) if step.bytes is None else step.bytes)
            if step.until_closed:
                return [connection.read_until_closed(), CLOSED]
            for _ in range(step.replies):
                seen.append(connection.read_reply())
        except (socket.timeout, TimeoutError):
            seen.append(NO_REPLY)
        except ConnectionClosed as closed:
            seen += [closed.received, CLOSED]
        except ConnectionError:
            seen.append(CLOSED)
        return seen

    def perform_together(self, steps):
        """What each step showed, all of them sent in one write."""
        data = b"".join(encode_command(step.words) for step in steps)
        opening = Step((), steps[0].connection, bytes=data, replies=len(steps))
        seen = self.perform(opening)
        return [seen[number : number + 1] for number in range(len(steps))]

    @staticmethod
    def _scan_all(connection, command, options):
        cursor, found = b"0", set()
        for _ in range(100_000):
            reply = parse(connection.command(*command, cursor, *options))
            if reply.is_error:
                return reply.to_bytes()
            found.update(key.value for key in reply.value[1].value)
            cursor = reply.value[0].value
            if cursor == b"0":
                return encode_command(sorted(found))
        return b"<the scan never came back to cursor 0>"


class Pair:
    """The oracle and the server under test."""

    def __init__(self, oracle, subject):
        self.oracle, self.subject = Side(oracle), Side(subject)
        self.sides = (self.oracle, self.subject)

    def stop(self):
        for side in self.sides:
            side.shared.stop()

    def reset(self):
        for side in self.sides:
            side.reset()

    def begin(self, protocol):
        self.reset()
        for side in self.sides:
            side.protocol = protocol

    def step(self, step):
        """A description of the difference that a step shows, or None."""
        expected, seen = (side.perform(step) for side in self.sides)
        assert (
            NO_REPLY not in expected
        ), f"the sequence is wrong: the oracle does not answer, or close, at: {step}"
        return difference_at(step, expected, seen)

    def pipeline(self, steps):
        """A description of the first difference when all steps are sent in one write, or None."""
        if not steps:
            return None
        expected, seen = (side.perform_together(steps) for side in self.sides)
        return next(filter(None, map(difference_at, steps, expected, seen)), None)

    def differences(self, sequence, protocol):
        """All differences of a sequence, from a fresh state."""
        self.begin(protocol)
        return [found for found in map(self.step, sequence.steps) if found]


def difference_at(step, expected, seen):
    if same_replies(step, expected, seen):
        return None
    return f"  {step}\n    oracle: {_shown(expected)}\n    server: {_shown(seen)}"


def same_replies(step, expected, seen):
    if step.form:
        expected, seen = (list(map(step.form, replies)) for replies in (expected, seen))
    if expected == seen:
        return True
    if len(expected) != len(seen) or step.bytes is not None or step.scans:
        return False
    rule = rule_for(step.words) if step.by_rule else EXACT
    return is_excused(step.words) or all(_same(rule, *replies) for replies in zip(expected, seen))


def _same(rule, expected, seen):
    if expected == seen:
        return True
    try:
        left, right = parse(expected), parse(seen)
    except (ValueError, IndexError):
        return False
    try:
        return rule.equal(left, right)
    except (ValueError, IndexError, TypeError, AttributeError):
        return False


def _shown(replies):
    text = " ".join(repr(reply)[1:] for reply in replies)
    return text if len(text) < 1500 else text[:1500] + f"... ({len(text)} characters)"

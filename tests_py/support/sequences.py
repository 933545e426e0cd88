r"""The words in which command sequences are written down.

    sequence("APPEND makes the string that is missing",
             "APPEND k hello",                  # a line as redis-cli reads it: quotes, "\x00"
             ("APPEND", "k", b"\xff"),          # or the words themselves
             on("b", "GET k"),                  # a second connection
             exactly("EXPIRETIME k"),           # without the command's normalisation rule
             scan_all("MATCH k*"),              # SCAN until cursor 0: the set of what it returned
             scan_all("COUNT 3", of="SSCAN k"), # the same of a command's elements
             silent("CLIENT REPLY OFF"),        # no reply is waited for
             raw(b"*1\r\n$4\r\nPING\r\n"),      # bytes, and how many replies they get
             blocked("b"),                      # goes on when connection b waits for a key
             closes("QUIT"),                    # everything up to the closing of the connection
             gets("b", 2),                      # nothing is sent: two replies that others have caused
             with_pushes("SET k v", 1))         # a reply, and what is pushed around it

Words may hold {id:b}, {addr:b} and {laddr:b}: the id, and both addresses, of connection b.
"""

from dataclasses import dataclass, replace
from typing import Callable

from support.resp import encode_command, split_words


@dataclass(frozen=True)
class Step:
    words: tuple
    connection: str = "a"
    bytes: bytes = None
    replies: int = 1
    until_closed: bool = False
    by_rule: bool = True
    scans: tuple = ()
    until_blocked: bool = False
    form: Callable = None  # What is left of each reply's bytes when all that may differ is taken out.

    def __str__(self):
        text = repr(self.bytes[:120]) if self.bytes is not None else " ".join(map(_shown, self.words))
        marks = "" if self.connection == "a" else f"[{self.connection}] "
        return marks + (f"whole {self.scans[0].decode()}: " if self.scans else "") + text


@dataclass(frozen=True)
class Sequence:
    name: str
    steps: tuple
    bare: bool = False


def _shown(word):
    text = word.decode("latin-1") if isinstance(word, bytes) else str(word)
    if len(text) > 80:
        return f"{text[:60]!r}...({len(text)} bytes)"
    return text if text and text.isprintable() and not set(text) & set(" \"'") else repr(text)


def as_words(line):
    return (
        tuple(split_words(line))
        if isinstance(line, str)
        else tuple(word if isinstance(word, bytes) else str(word).encode() for word in line)
    )


def as_step(step):
    return step if isinstance(step, Step) else Step(as_words(step))


def sequence(name, *steps, bare=False):
    """`steps` may hold lists of steps. A bare sequence begins without HELLO; it runs once, in RESP2."""
    return Sequence(name, tuple(_flat(steps)), bare)


def _flat(steps):
    for step in steps:
        if isinstance(step, list):
            yield from _flat(step)
        else:
            yield as_step(step)


def on(connection, step):
    return replace(as_step(step), connection=connection)


def raw(data, replies=1, on="a"):
    return Step((), on, bytes=data, replies=replies)


def raw_closes(data, on="a"):
    return Step((), on, bytes=data, until_closed=True)


def closes(step):
    return replace(as_step(step), until_closed=True)


def closed(connection):
    """Nothing is sent: the connection must be closed."""
    return Step((), connection, bytes=b"", until_closed=True)


def gets(connection, count=1, form=None):
    return Step((), connection, bytes=b"", replies=count, form=form)


def with_pushes(step, count, form=None):
    return replace(as_step(step), replies=1 + count, by_rule=False, form=form)


def silent(step):
    return replace(as_step(step), replies=0)


def exactly(step):
    return replace(as_step(step), by_rule=False)


def blocked(connection):
    """Nothing is sent: goes on when the server says that the connection waits."""
    return Step((), connection, bytes=b"", replies=0, until_blocked=True)


def scan_all(options="", of="SCAN"):
    return Step(as_words(options), scans=as_words(of))


def pipeline(*commands, replies=None):
    """Several commands in one write."""
    data = b"".join(encode_command(as_words(command)) for command in commands)
    return raw(data, replies=len(commands) if replies is None else replies)


def each(values, *templates):
    """The templates with every value in place of the word `?`."""
    return [
        tuple(as_bytes(value) if word == b"?" else word for word in as_words(template))
        for value in values
        for template in templates
    ]


def as_bytes(value):
    return value if isinstance(value, bytes) else str(value).encode()
